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

enum { WAIT_S = 10, FIELDS_MAX = 8 };

/* The kernel chooses a name for our end, unix(7) "autobind". */
static int ctl_connect(void)
{
	const struct sockaddr_un init = { .sun_family = AF_UNIX, .sun_path = CTL_PATH };
	const struct sockaddr_un any = { .sun_family = AF_UNIX };
	const struct timeval wait = { .tv_sec = WAIT_S };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), r;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) == 0 &&
	    bind(fd, (const struct sockaddr *)&any, sizeof(any.sun_family)) == 0 &&
	    connect(fd, (const struct sockaddr *)&init, sizeof(init)) == 0)
		return fd;
	r = -errno;
	close(fd);
	return r;
}

int ctl_ask(const char *request, char *answer, size_t size)
{
	int fd = ctl_connect();
	ssize_t n;

	if (fd < 0)
		return fd;
	n = send(fd, request, strlen(request), MSG_NOSIGNAL);
	if (n >= 0)
		n = recv(fd, answer, size - 1, 0);
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
