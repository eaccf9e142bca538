/* SPDX-License-Identifier: ISC */
#include "guest-tools/ctl/ctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"

enum { WAIT_S = 10, FIELDS_MAX = 8 };

/* The kernel chooses a name for our end, unix(7) "autobind", and says who sends to it. */
static int ctl_open_end(void)
{
	const struct sockaddr_un any = { .sun_family = AF_UNIX };
	const struct timeval wait = { .tv_sec = WAIT_S };
	const int yes = 1;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), r;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) == 0 &&
	    bind(fd, (const struct sockaddr *)&any, sizeof(any.sun_family)) == 0)
		return fd;
	r = -errno;
	close(fd);
	return r;
}

static bool is_from_process_1(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	struct ucred who;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_CREDENTIALS)
		return false;
	memcpy(&who, CMSG_DATA(c), sizeof(who));
	return who.pid == 1;
}

/* Waits for process 1's answer; anybody may send to us, as often as they like. */
static ssize_t ctl_receive(int fd, char *answer, size_t size)
{
	int64_t end = io_now_ms() + WAIT_S * 1000;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec io = { answer, size };
	struct msghdr m;
	ssize_t n;

	do {
		if (io_now_ms() >= end) {
			errno = EAGAIN;
			return -1;
		}
		m = (struct msghdr){ .msg_iov = &io, .msg_iovlen = 1, .msg_control = control,
				     .msg_controllen = sizeof(control) };
		n = recvmsg(fd, &m, 0);
	} while (n >= 0 && !is_from_process_1(&m));
	return n;
}

int ctl_ask(const char *request, char *answer, size_t size)
{
	const struct sockaddr_un init = { .sun_family = AF_UNIX, .sun_path = CTL_PATH };
	int fd = ctl_open_end();
	ssize_t n;

	if (fd < 0)
		return fd;
	n = sendto(fd, request, strlen(request), MSG_NOSIGNAL, (const struct sockaddr *)&init,
		   sizeof(init));
	if (n >= 0)
		n = ctl_receive(fd, answer, size - 1);
	if (n < 0)
		n = errno == EAGAIN ? -ETIMEDOUT : -errno;
	else
		answer[n] = '\0';
	close(fd);
	return (int)n;
}

/* Cuts the next line into its fields. Returns how many there are, 0 at the end. */
static int next_line(char **text, char *field[FIELDS_MAX])
{
	char *line = *text, *end = strchr(line, '\n');
	int n = 0;

	if (!end)
		return 0;
	*end = '\0';
	*text = end + 1;
	while (line && n < FIELDS_MAX) {
		field[n++] = line;
		line = strchr(line, '\t');
		if (line)
			*line++ = '\0';
	}
	return n;
}

bool ctl_read_init(char **text, struct ctl_init *out)
{
	char *f[FIELDS_MAX];

	if (next_line(text, f) != 1 || strcmp(f[0], "ok") || next_line(text, f) != 4)
		return false;
	*out = (struct ctl_init){ atoll(f[1]), atoll(f[2]), f[3] };
	return true;
}

bool ctl_read_service(char **text, struct ctl_service *out)
{
	char *f[FIELDS_MAX];

	if (next_line(text, f) != 7)
		return false;
	*out = (struct ctl_service){
		.name = f[0], .state = f[1], .pid = atoll(f[2]), .type = f[3],
		.starts = atoll(f[4]), .ms = atoll(f[5]), .status = atoi(f[6]),
	};
	return true;
}

const char *ctl_status_text(int status, char *buf, size_t size)
{
	if (status == -1)
		snprintf(buf, size, "-");
	else if (WIFSIGNALED(status))
		snprintf(buf, size, "signal %d", WTERMSIG(status));
	else
		snprintf(buf, size, "exit %d", WEXITSTATUS(status));
	return buf;
}
