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

static void count_request(struct tap_counts *c, const struct xsd_sockmsg *head, const char *data)
{
	unsigned domid;

	c->asked++;
	if (head->type == XS_READ && head->len && !data[head->len - 1] &&
	    sscanf(data, "/local/domain/%u/", &domid) == 1 && domid < BUS_DOMAINS)
		c->reads[domid]++;
}

static void count_answer(struct tap_counts *c, const struct xsd_sockmsg *head, const char *data)
{
	(void)data;
	c->answered += head->type != XS_WATCH_EVENT;
}

typedef void count_fn(struct tap_counts *c, const struct xsd_sockmsg *head, const char *data);

/* Counts the whole messages at the front of b and takes them away. */
static void count_all(struct tap_counts *c, struct bytes *b, count_fn *count)
{
	struct xsd_sockmsg head;

	while (b->len >= HEAD) {
		memcpy(&head, b->at, HEAD);
		if (b->len - HEAD < head.len)
			return;
		count(c, &head, b->at + HEAD);
		bytes_drop(b, HEAD + head.len);
	}
}

/* Hands on what has come; unfinished is what was not yet a whole message. False when an end is
 * closed. */
static bool hand_on(struct tap_counts *c, int from, int to, struct bytes *unfinished,
		    count_fn *count)
{
	char buf[8192];
	ssize_t n = read(from, buf, sizeof(buf));

	if (n <= 0)
		return false;
	bytes_add(unfinished, buf, (size_t)n);
	count_all(c, unfinished, count);
	return io_write_all(to, buf, (size_t)n) == 0;
}

static void serve(struct tap_counts *c, int client, const char *socket)
{
	struct bytes asked = { 0 }, answered = { 0 };
	struct wire w;
	bool up = wire_open(&w, socket) == 0;

	while (up) {
		struct pollfd fds[] = { { .fd = client, .events = POLLIN },
					{ .fd = w.fd, .events = POLLIN } };

		up = poll(fds, 2, -1) > 0 &&
		     (!fds[0].revents || hand_on(c, client, w.fd, &asked, count_request)) &&
		     (!fds[1].revents || hand_on(c, w.fd, client, &answered, count_answer));
	}
	_exit(0);
}

/* A process for each client. They end with us, as we end with the test. */
static void serve_all(struct tap_counts *c, int listener, const char *socket)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int client = accept(listener, NULL, NULL);

		if (client >= 0 && fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			serve(c, client, socket);
		}
		close(client);
	}
}

int tap_start(struct tap *t, const char *dir, const char *socket_path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(t->path, sizeof(t->path), "%s/tap", dir);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", t->path);
	t->counts = mmap(NULL, sizeof(*t->counts), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fd < 0 || t->counts == MAP_FAILED ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, SOMAXCONN) < 0)
		return -errno;
	t->pid = fork();
	if (t->pid == 0)
		serve_all(t->counts, fd, socket_path);
	close(fd);
	return t->pid < 0 ? -errno : 0;
}

void tap_stop(struct tap *t)
{
	kill(t->pid, SIGKILL);
	waitpid(t->pid, NULL, 0);
	munmap(t->counts, sizeof(*t->counts));
}
