/* SPDX-License-Identifier: ISC */
#include "tests/store/tap.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <xen/io/xs_wire.h>

#include "guest-tools/lib/io.h"
#include "tests/store/wire.h"

enum { HEAD = sizeof(struct xsd_sockmsg) };

/* Counts the whole messages at the front of b and takes them away. */
static void count(struct tap *t, struct bytes *b)
{
	struct xsd_sockmsg head;
	unsigned domid;

	while (b->len >= HEAD) {
		memcpy(&head, b->at, HEAD);
		if (b->len - HEAD < head.len)
			return;
		if (head.type == XS_READ && head.len && !b->at[HEAD + head.len - 1] &&
		    sscanf(b->at + HEAD, "/local/domain/%u/", &domid) == 1 && domid < BUS_DOMAINS)
			t->reads[domid]++;
		bytes_drop(b, HEAD + head.len);
	}
}

/* Hands on what has come. False when an end is closed. */
static bool hand_on(int from, int to, struct bytes *copy)
{
	char buf[8192];
	ssize_t n = read(from, buf, sizeof(buf));

	if (n <= 0 || io_write_all(to, buf, (size_t)n))
		return false;
	if (copy)
		bytes_add(copy, buf, (size_t)n);
	return true;
}

static void serve(struct tap *t, int client, const char *socket)
{
	struct bytes said = { 0 };
	struct wire w;
	bool up = wire_open(&w, socket) == 0;

	while (up) {
		struct pollfd fds[] = { { .fd = client, .events = POLLIN },
					{ .fd = w.fd, .events = POLLIN } };

		up = poll(fds, 2, -1) > 0 && (!fds[0].revents || hand_on(client, w.fd, &said)) &&
		     (!fds[1].revents || hand_on(w.fd, client, NULL));
		count(t, &said);
	}
	bytes_free(&said);
	wire_close(&w);
	close(client);
}

int tap_start(struct tap *t, const char *dir, const char *socket_path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(t->path, sizeof(t->path), "%s/tap", dir);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", t->path);
	t->reads = mmap(NULL, BUS_DOMAINS * sizeof(*t->reads), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fd < 0 || t->reads == MAP_FAILED ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 1) < 0)
		return -errno;
	t->pid = fork();
	if (t->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_IGN);
		for (;;)
			serve(t, accept(fd, NULL, NULL), socket_path);
	}
	close(fd);
	return t->pid < 0 ? -errno : 0;
}

void tap_stop(struct tap *t)
{
	kill(t->pid, SIGKILL);
	waitpid(t->pid, NULL, 0);
	munmap(t->reads, BUS_DOMAINS * sizeof(*t->reads));
}
