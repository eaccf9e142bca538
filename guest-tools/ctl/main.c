/* SPDX-License-Identifier: ISC */
/* xlab-ctl: what process 1 does, and telling it to do something else. See xlab-ctl(8). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "guest-tools/ctl/ctl.h"
#include "guest-tools/lib/json.h"
#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"

enum { WAIT_MS = 60 * 1000, POLL_MS = 20, JSON_MAX = 64 * 1024 };

static bool json, no_wait;
static char answer[CTL_ANSWER + 1], text[JSON_MAX];

#define USAGE \
	"usage: xlab-ctl [--json] status | log | poweroff | reboot | halt | " \
	"[--no-wait] start|stop|restart NAME"

static int usage(void)
{
	log_warnx(USAGE);
	return EXIT_USAGE;
}

static int finish(struct json *j)
{
	json_end_obj(j);
	return json_finish(j) == 0 && puts(j->buf) >= 0 ? EXIT_OK : EXIT_SYSTEM;
}

/* What went wrong, in the form that was asked for. */
static int fail(int status, const char *what, const char *why)
{
	struct json j;

	if (json) {
		json_init(&j, text, sizeof(text));
		json_obj(&j, NULL);
		json_bool(&j, "ok", false);
		json_str(&j, "error", why);
		finish(&j);
	}
	log_warnx("%s: %s", what, why);
	return status;
}

/* Asks, and reports what is not an answer. */
static int ask(const char *request, const char *what)
{
	int n = ctl_ask(request, answer, sizeof(answer));

	if (n < 0)
		return fail(EXIT_SYSTEM, CTL_PATH, strerror(-n));
	if (strncmp(answer, "ok\n", 3) == 0)
		return EXIT_OK;
	answer[strcspn(answer, "\n")] = '\0';
	return fail(EXIT_USAGE, what, answer);
}

static void add_service(struct json *j, const struct ctl_service *s)
{
	char buf[32];

	json_obj(j, NULL);
	json_str(j, "name", s->name);
	json_str(j, "state", s->state);
	json_str(j, "type", s->type);
	json_int(j, "pid", s->pid);
	json_int(j, "starts", s->starts);
	json_int(j, "ms_in_state", s->ms);
	json_str(j, "last_end", ctl_status_text(s->status, buf, sizeof(buf)));
	json_end_obj(j);
}

static int status_json(char *p, const struct ctl_init *init)
{
	struct ctl_service s;
	struct json j;

	json_init(&j, text, sizeof(text));
	json_obj(&j, NULL);
	json_bool(&j, "ok", true);
	json_int(&j, "up_ms", init->up_ms);
	json_int(&j, "faults", init->faults);
	json_str(&j, "asked_to", init->doing);
	json_arr(&j, "services");
	while (ctl_read_service(&p, &s))
		add_service(&j, &s);
	json_end_arr(&j);
	return finish(&j);
}

static int status_table(char *p, const struct ctl_init *init)
{
	struct ctl_service s;
	char buf[32];

	printf("up %lld.%03lld s, asked to: %s", init->up_ms / 1000, init->up_ms % 1000,
	       init->doing);
	if (init->faults)
		printf(", %lld faults survived", init->faults);
	printf("\n%-20s %-10s %-7s %6s %6s %10s  %s\n", "service", "state", "type", "pid", "starts",
	       "for (s)", "last end");
	while (ctl_read_service(&p, &s))
		printf("%-20s %-10s %-7s %6lld %6lld %10lld  %s\n", s.name, s.state, s.type, s.pid,
		       s.starts, s.ms / 1000, ctl_status_text(s.status, buf, sizeof(buf)));
	return EXIT_OK;
}

static int do_status(const char *name)
{
	struct ctl_init init;
	char *p = answer;
	int r = ask("status", "status");

	(void)name;
	if (r)
		return r;
	if (!ctl_read_init(&p, &init))
		return fail(EXIT_SYSTEM, "status", "cannot understand the answer");
	return json ? status_json(p, &init) : status_table(p, &init);
}

static int do_log(const char *name)
{
	struct json j;
	int r = ask("log", "log");

	(void)name;
	if (r)
		return r;
	if (!json)
		return fputs(answer + 3, stdout) < 0 ? EXIT_SYSTEM : EXIT_OK;
	json_init(&j, text, sizeof(text));
	json_obj(&j, NULL);
	json_bool(&j, "ok", true);
	json_arr(&j, "log");
	for (char *line = answer + 3, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		json_str(&j, NULL, line);
	}
	json_end_arr(&j);
	return finish(&j);
}

static int say_ok(void)
{
	struct json j;

	if (!json)
		return EXIT_OK;
	json_init(&j, text, sizeof(text));
	json_obj(&j, NULL);
	json_bool(&j, "ok", true);
	return finish(&j);
}

/* Reads the state of one service. */
static int get_state(const char *name, const char **state)
{
	struct ctl_service s;
	struct ctl_init init;
	char *p = answer;
	int r = ask("status", name);

	if (r)
		return r;
	if (ctl_read_init(&p, &init))
		while (ctl_read_service(&p, &s))
			if (!strcmp(s.name, name)) {
				*state = s.state;
				return EXIT_OK;
			}
	return fail(EXIT_SYSTEM, name, "is gone");
}

static bool is_one_of(const char *word, const char *const *words)
{
	while (*words && strcmp(*words, word))
		words++;
	return *words != NULL;
}

/* Waits while the state is one of those. */
static int await(const char *name, const char *const *passing, const char *const *good)
{
	const struct timespec pause = { 0, POLL_MS * 1000000L };
	int64_t end = io_now_ms() + WAIT_MS;
	const char *state = "";
	int r;

	while (!(r = get_state(name, &state)) && is_one_of(state, passing)) {
		if (io_now_ms() > end)
			return fail(EXIT_SYSTEM, name, "takes too long");
		nanosleep(&pause, NULL);
	}
	if (r)
		return r;
	return is_one_of(state, good) ? say_ok() : fail(EXIT_SYSTEM, name, state);
}

static int change(const char *verb, const char *name, const char *const *passing,
		  const char *const *good)
{
	char request[CTL_REQUEST];
	int r;

	if ((size_t)snprintf(request, sizeof(request), "%s \"%s\"", verb, name) >= sizeof(request))
		return fail(EXIT_USAGE, name, "no such service");
	r = ask(request, name);
	if (r || no_wait)
		return r ? r : say_ok();
	return await(name, passing, good);
}

static const char *const going[] = { "waiting", "starting", "restarting", "rekilled", NULL };
static const char *const ending[] = { "stopping", "killed", NULL };
static const char *const is_up[] = { "up", "done", NULL };
static const char *const is_down[] = { "down", "done", "failed", NULL };

static int do_start(const char *name)
{
	return change("start", name, going, is_up);
}

static int do_stop(const char *name)
{
	return change("stop", name, ending, is_down);
}

static int do_restart(const char *name)
{
	return change("restart", name, going, is_up);
}

static int end_all(const char *how)
{
	int r = ask(how, how);

	return r ? r : say_ok();
}

static int do_poweroff(const char *name)
{
	(void)name;
	return end_all("poweroff");
}

static int do_reboot(const char *name)
{
	(void)name;
	return end_all("reboot");
}

static int do_halt(const char *name)
{
	(void)name;
	return end_all("halt");
}

static const struct {
	const char *name;
	bool takes_name;
	int (*run)(const char *name);
} verbs[] = {
	{ "status", false, do_status },	    { "log", false, do_log },
	{ "start", true, do_start },	    { "stop", true, do_stop },
	{ "restart", true, do_restart },    { "poweroff", false, do_poweroff },
	{ "reboot", false, do_reboot },	    { "halt", false, do_halt },
};

/* What was printed may not have arrived. */
static int flushed(int status)
{
	if (fflush(stdout) == 0)
		return status;
	log_warn("standard output");
	return EXIT_SYSTEM;
}

int main(int argc, char **argv)
{
	const char *words[2] = { "", "" };
	int n = 0;

	log_init("xlab-ctl");
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--json"))
			json = true;
		else if (!strcmp(argv[i], "--no-wait"))
			no_wait = true;
		else if (!strcmp(argv[i], "--help"))
			return puts(USAGE) < 0 ? EXIT_SYSTEM : EXIT_OK;
		else if (argv[i][0] == '-' || n == 2)
			return usage();
		else
			words[n++] = argv[i];
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(words[0], verbs[i].name) && n == 1 + verbs[i].takes_name)
			return flushed(verbs[i].run(words[1]));
	return usage();
}
