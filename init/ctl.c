/* SPDX-License-Identifier: ISC */
#include "init/ctl.h"

#include "init/klog.h"
#include "init/ring.h"
#include "init/state.h"
#include "init/stop.h"
#include "init/svc.h"
#include "init/sys.h"
#include "init/word.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BATCH 16	/* requests between two looks at children and timers */

static char answer[CTL_ANSWER];
static size_t answer_len;

static const struct {
	const char *word;
	enum ctl_verb verb;
	bool takes_name;
} verbs[] = {
	{ "status", CTL_STATUS, false },   { "log", CTL_LOG, false },
	{ "start", CTL_START, true },	   { "stop", CTL_STOP, true },
	{ "restart", CTL_RESTART, true },  { "halt", CTL_HALT, false },
	{ "poweroff", CTL_POWEROFF, false }, { "reboot", CTL_REBOOT, false },
};

enum ctl_verb ctl_parse(char *text, const char **name)
{
	const char *word = word_next(&text), *rest = word_next(&text);

	*name = rest ? rest : "";
	if (!word || word_next(&text))
		return CTL_BAD;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(word, verbs[i].word) == 0 && verbs[i].takes_name == (rest != NULL))
			return verbs[i].verb;
	return CTL_BAD;
}

void ctl_open(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = CTL_PATH };
	int fd;

	if (state->control_fd >= 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mkdir(CTL_DIR, 0755);
	unlink(CTL_PATH);
	umask(0177);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		klog(KLOG_WARN, "nobody can control init: %m");
	else
		state->control_fd = fd;
	umask(022);
	if (fd >= 0 && state->control_fd < 0)
		close(fd);
}

static void say(const char *text)
{
	while (*text && answer_len < sizeof(answer))
		answer[answer_len++] = *text++;
}

static void say_number(int64_t n)
{
	char digits[24];
	char *p = digits + sizeof(digits) - 1;
	uint64_t u = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

	*p = '\0';
	do {
		*--p = (char)('0' + u % 10);
	} while (u /= 10);
	if (n < 0)
		*--p = '-';
	say("\t");
	say(p);
}

static void say_service(size_t i, uint64_t now)
{
	static const char *const types[] = { "keep", "once", "console" };
	const struct state_svc *s = &state->svc[i];

	say(s->name);
	say("\t");
	say(sup_state_name((enum sup_state)s->state));
	say_number(s->pid);
	say("\t");
	say(types[svc_conf(i)->type]);
	say_number(s->starts);
	say_number((int64_t)(now - s->since));
	say_number(s->status);
	say("\n");
}

static void answer_status(void)
{
	uint64_t now = sys_now_ms();

	say("ok\ninit");
	say_number((int64_t)(now - state->booted));
	say_number(state->faults);
	say("\t");
	say(stop_name((enum stop_how)state->stopping));
	say("\n");
	for (size_t i = 0; i < svc_count(); i++)
		say_service(i, now);
}

static void answer_log(void)
{
	say("ok\n");
	answer_len += ring_read(answer + answer_len, sizeof(answer) - answer_len);
}

static void answer_service(enum sup_event ev, const char *name)
{
	int i = svc_find(name);

	if (i < 0) {
		say("no such service\n");
	} else if (state->stopping) {
		say("no service starts or stops by itself any more\n");
	} else {
		svc_ask((size_t)i, ev);
		say("ok\n");
	}
}

static void answer_stop(enum stop_how how)
{
	stop_ask(how);
	say("ok\n");
}

static void answer_one(char *request)
{
	const char *name;

	answer_len = 0;
	switch (ctl_parse(request, &name)) {
	case CTL_STATUS: answer_status(); break;
	case CTL_LOG: answer_log(); break;
	case CTL_START: answer_service(EV_START, name); break;
	case CTL_STOP: answer_service(EV_STOP, name); break;
	case CTL_RESTART: answer_service(EV_RESTART, name); break;
	case CTL_HALT: answer_stop(STOP_HALT); break;
	case CTL_POWEROFF: answer_stop(STOP_POWEROFF); break;
	case CTL_REBOOT: answer_stop(STOP_REBOOT); break;
	case CTL_BAD: say("no such request\n"); break;
	}
}

/*
 * From a socket of its own: an answer that nobody reads stays in its sender's buffer, which would be
 * full for everybody. Who does not listen gets nothing.
 */
static void send_answer(const struct sockaddr_un *to, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	sendto(fd, answer, answer_len, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)to, len);
	close(fd);
}

void ctl_answer(void)
{
	char request[CTL_REQUEST];
	struct sockaddr_un from;

	for (int i = 0; i < BATCH; i++) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(state->control_fd, request, sizeof(request) - 1, MSG_TRUNC,
				     (struct sockaddr *)&from, &len);

		if (n < 0)
			return;
		/* A path would have to be looked up, on whatever disk, or be our own. */
		if (len <= sizeof(from.sun_family) || from.sun_path[0])
			continue;
		request[n < (ssize_t)sizeof(request) ? n : 0] = '\0';
		if ((size_t)n != strlen(request)) /* cut off, or more than a line of text */
			request[0] = '\0';
		answer_one(request);
		send_answer(&from, len);
	}
}
