/* SPDX-License-Identifier: ISC */
#include "init/out.h"

#include "init/klog.h"
#include "init/ring.h"
#include "init/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define SECOND_MS 1000
#define READ 4096	/* bytes at a time, from one service */

static bool verbose;
static bool told_kernel;	/* something, in this read */

static struct {
	uint64_t second;	/* when the one began that bytes are counted in */
	unsigned bytes;
	unsigned char len;
	char line[200];		/* as far as it has come */
} outs[CONF_SERVICES];

void out_be_verbose(void)
{
	verbose = true;
}

static size_t index_of(const struct state_svc *s)
{
	return (size_t)(s - state->svc);
}

void out_open(struct state_svc *s)
{
	int fd[2];

	if (s->log_fd[0] >= 0)
		return;
	if (pipe2(fd, O_CLOEXEC) < 0) {
		klog(KLOG_WARN, "%s cannot log: %m", s->name);
		return;
	}
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	s->log_fd[0] = fd[0];
	s->log_fd[1] = fd[1];
}

static void flush(const struct state_svc *s)
{
	size_t i = index_of(s), len = outs[i].len;
	const char *text = outs[i].line;
	int level = KLOG_INFO;

	outs[i].len = 0;
	if (len >= 3 && text[0] == '<' && text[1] >= '0' && text[1] <= '7' && text[2] == '>') {
		level = text[1] - '0';
		text += 3;
		len -= 3;
	}
	ring_add(s->name, text, len);
	if (verbose || level <= KLOG_WARN) {
		klog_of(level, s->name, text, len);
		told_kernel = true;
	}
}

static void take(const struct state_svc *s, const char *text, size_t len)
{
	size_t i = index_of(s);

	for (; len > 0; text++, len--) {
		if (*text != '\n')
			outs[i].line[outs[i].len++] = *text;
		if (*text == '\n' || outs[i].len == sizeof(outs[i].line))
			flush(s);
	}
}

size_t out_read(struct state_svc *s)
{
	size_t i = index_of(s), got = 0;
	uint64_t now = sys_now_ms();
	char buf[READ / 8];
	ssize_t n;

	if (now - outs[i].second >= SECOND_MS) {
		outs[i].second = now;
		outs[i].bytes = 0;
	}
	told_kernel = false;
	for (int k = 0; k < 8 && outs[i].bytes < OUT_RATE && !told_kernel; k++) {
		n = read(s->log_fd[0], buf, sizeof(buf));
		if (n <= 0)
			break;
		outs[i].bytes += (unsigned)n;
		got += (size_t)n;
		take(s, buf, (size_t)n);
	}
	return got;
}

void out_end(struct state_svc *s)
{
	size_t i = index_of(s), left = STATE_LOG, got;

	while (left > 0 && (got = out_read(s)) > 0)
		left -= got < left ? got : left;
	if (outs[i].len > 0)
		flush(s);
}

uint64_t out_muted_until(const struct state_svc *s)
{
	size_t i = index_of(s);

	return outs[i].bytes < OUT_RATE ? 0 : outs[i].second + SECOND_MS;
}
