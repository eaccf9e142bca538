/* SPDX-License-Identifier: ISC */
#include "guest-tools/net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"

#define BUSYBOX "/bin/busybox"
#define SCRIPT "/usr/lib/xlab/udhcpc"

/* In a child: as a program expects to find itself, and ended when we are. */
static void child_prepare(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
}

/* Runs a command to its end; its last line of complaint goes to why. Returns 0 or -1. */
static int run(const char *const argv[], char *why, size_t size)
{
	int fd[2], status;
	ssize_t n;
	size_t len = 0;
	pid_t pid;

	snprintf(why, size, "cannot start " BUSYBOX);
	if (pipe2(fd, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		child_prepare();
		dup2(fd[1], STDERR_FILENO);
		execv(BUSYBOX, (char *const *)argv);
		_exit(127);
	}
	close(fd[1]);
	while (pid > 0 && len < size - 1 && (n = read(fd[0], why + len, size - 1 - len)) > 0)
		len += (size_t)n;
	close(fd[0]);
	if (len)
		why[len] = '\0';
	why[strcspn(why, "\n")] = '\0';
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* The same, and says what went wrong. */
static int ip(const char *name, const char *const argv[])
{
	char why[160], command[160] = "ip";
	size_t len = 2;

	if (!run(argv, why, sizeof(why)))
		return 0;
	for (int i = 2; argv[i] && len < sizeof(command); i++)
		len += (size_t)snprintf(command + len, sizeof(command) - len, " %s", argv[i]);
	log_warnx("%s: '%s' failed: %s", name, command, why);
	return -1;
}

#define IP(name, ...) ip(name, (const char *const[]){ "busybox", "ip", __VA_ARGS__, NULL })

int ip_configure(const char *name, const struct netspec_iface *spec)
{
	char gw[NETSPEC_ADDR_TEXT], addr[NETSPEC_ADDR_TEXT], full[NETSPEC_ADDR_TEXT + 4];

	snprintf(full, sizeof(full), "%s/%u", netspec_addr_format(spec->addr, addr), spec->prefix);
	/* What an earlier specification left. */
	if (IP(name, "-4", "addr", "flush", "dev", name) || IP(name, "link", "set", name, "up") ||
	    IP(name, "addr", "add", full, "dev", name))
		return -1;
	if (!spec->gw)
		return 0;
	return IP(name, "route", "add", "default", "via", netspec_addr_format(spec->gw, gw), "dev",
		  name);
}

/* The client closes what it inherits but standard output, so that is what its script talks to. */
static void client_exec(const char *name, int lease_fd)
{
	const char *const argv[] = { "udhcpc", "-f",	 "-R", "-i",	 name, "-s",  SCRIPT,
				     "-t",     "5",	 "-T", "2",	 "-A", "5",   "-o",
				     "-O",     "subnet", "-O", "router", "-O", "dns", NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	child_prepare();
	dup2(null, STDIN_FILENO);
	dup2(lease_fd, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execv(BUSYBOX, (char *const *)argv);
	_exit(127);
}

pid_t ip_start_client(const char *name, int lease_fd)
{
	pid_t pid = fork();

	if (pid == 0)
		client_exec(name, lease_fd);
	return pid < 0 ? -errno : pid;
}
