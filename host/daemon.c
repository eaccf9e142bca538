/* SPDX-License-Identifier: ISC */
#include "host/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"

/* What becomes of the parent: it exits as soon as it is known how the child does. */
static void parent_wait(pid_t child, int ready)
{
	char c;
	int status;

	if (read(ready, &c, 1) == 1)
		_exit(0);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 111);
}

int daemon_begin(const char *log)
{
	int fd[2], null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	pid_t pid;

	if (null < 0 || out < 0 || pipe2(fd, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid) {
		close(fd[1]);
		parent_wait(pid, fd[0]);
	}
	close(fd[0]);
	setsid();
	if (dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		return -errno;
	close(null);
	close(out);
	return fd[1];
}

void daemon_ready(int ready)
{
	if (ready < 0)
		return;
	dup2(STDOUT_FILENO, STDERR_FILENO);
	while (write(ready, "\n", 1) < 0 && errno == EINTR)
		;
	close(ready);
}

int daemon_pid_write(const char *path)
{
	char n[16];

	return io_replace_file(path, n, (size_t)snprintf(n, sizeof(n), "%d\n", (int)getpid()));
}

/* Reads what the holder has left; nothing that a terminal would do more with than show it. */
static void note_read(int fd, char *note, size_t size)
{
	ssize_t n = pread(fd, note, size - 1, 0);

	note[n > 0 ? n : 0] = '\0';
	for (char *p = note; *p; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
			*p = '?';
}

/* The lock is what counts: where there is no room for a note, none is left. */
static void note_write(int fd, const char *note)
{
	ssize_t n = ftruncate(fd, 0) ? -1 : pwrite(fd, note, strlen(note), 0);

	(void)n;
}

int daemon_lock(const char *path, const char *note, struct daemon_holder *holder)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	*holder = (struct daemon_holder){ 0 };
	if (fd < 0)
		return -errno;
	if (fcntl(fd, F_SETLK, &l) == 0) {
		note_write(fd, note);
		return fd;
	}
	if (fcntl(fd, F_GETLK, &l) == 0 && l.l_type != F_UNLCK)
		holder->pid = l.l_pid;
	note_read(fd, holder->note, sizeof(holder->note));
	close(fd);
	return -EBUSY;
}
