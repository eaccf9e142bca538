/* SPDX-License-Identifier: ISC */
/*
 * xlab-agent: asks the host what to run, runs it, hands over the results, and ends the run when the
 * host says that they are safe. It is silent while a step of the workload runs, so that reporting
 * never disturbs what is measured.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest-tools/agent/barrier.h"
#include "guest-tools/agent/facts.h"
#include "guest-tools/agent/guestlog.h"
#include "guest-tools/agent/link.h"
#include "guest-tools/agent/outbox.h"
#include "guest-tools/agent/settings.h"
#include "guest-tools/agent/step.h"
#include "guest-tools/lib/io.h"
#include "guest-tools/lib/json.h"
#include "guest-tools/lib/log.h"
#include "guest-tools/lib/times.h"
#include "guest-tools/mode/cpus.h"
#include "guest-tools/mode/mode.h"
#include "guest-tools/proto/proto.h"

enum {
	ALONE_MS = 10 * 1000, /* without a word of the host's */
	SETTLE_MS = 30 * 1000 /* a network that is not ready then stays away from the run */
};

static const struct link_ops *host;

static int agent_send_json(struct json *j)
{
	int r;

	json_end_obj(j);
	r = json_finish(j);
	return r ? r : outbox_send(j->buf, j->len);
}

static int agent_send_guest(const struct mode_evidence *ev)
{
	char buf[16384];
	struct json j;

	json_init(&j, buf, sizeof(buf));
	json_obj(&j, NULL);
	json_str(&j, "type", "guest");
	json_str(&j, "link", host->name);
	mode_to_json(ev, &j);
	cpus_mitigations_to_json("", &j);
	cpus_ticks_to_json("", &j);
	return agent_send_json(&j);
}

static int agent_send_end(int steps, int failed)
{
	char buf[512];
	struct json j;

	json_init(&j, buf, sizeof(buf));
	json_obj(&j, NULL);
	json_str(&j, "type", "end");
	json_int(&j, "steps", steps);
	json_int(&j, "failed", failed);
	cpus_ticks_to_json("", &j);
	return agent_send_json(&j);
}

/* Waits, for ever if need be, until the host has given the guest a value for the key; takes what it
 * sets meanwhile. */
static int agent_get(unsigned key, char *buf, size_t size)
{
	int r;

	while ((r = host->get(key, buf, size)) == -ENOENT) {
		settings_look();
		if ((r = outbox_wait()))
			return r;
	}
	return r < 0 ? r : 0;
}

/* True when an agent before this one has ended the run and could not power off. */
static bool agent_is_late(void)
{
	char state[16];

	return host->get(XPK_STATE, state, sizeof(state)) >= 0 &&
	       (!strcmp(state, xp_state_word(XPS_DONE)) ||
		!strcmp(state, xp_state_word(XPS_FAILED)));
}

/* Says that the host can see us: to the kernel's log, whose clock began with the boot, and to PID 1,
 * xlab-services(5). */
static void agent_be_ready(void)
{
	static const char text[] = "<6>xlab-agent: ready\n";
	const char *fd = getenv("XLAB_READY_FD");
	int log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (log >= 0 && (write(log, text, strlen(text)) < 0 || close(log) < 0))
		log_warn("cannot write to the kernel's log");
	if (!fd)
		return;
	if (write(atoi(fd), "\n", 1) < 0)
		log_warn("cannot tell that I am ready");
	close(atoi(fd));
	unsetenv("XLAB_READY_FD");
}

/* With a workload on the kernel's command line the host is not waited for without end. */
static int agent_find_host(void)
{
	int64_t end = io_now_ms() + ALONE_MS;
	char run[128];
	int r = 0;

	if (!getenv("XLAB_WORKLOAD"))
		return 0;
	while (!r && host->get(XPK_RUN, run, sizeof(run)) == -ENOENT && io_now_ms() < end)
		r = outbox_wait();
	if (r || host->get(XPK_RUN, run, sizeof(run)) != -ENOENT)
		return r;
	log_warnx("no host says what to run: running %s", getenv("XLAB_WORKLOAD"));
	host = link_console_open();
	outbox_switch(host);
	return host ? 0 : -errno;
}

/* Runs the workload and tells what became of it; begun is what there is to tell of its start. Sets
 * *end. 0 or -errno. */
static int agent_work(const char *workload, const char *size, const char *begun, size_t begun_len,
		      enum xp_state *end)
{
	int failed = 0, steps = step_run_all(workload, size, &failed), r = 0;

	if (steps == -ECONNREFUSED)
		return steps;
	if (steps < 0 && (failed = 1))
		log_warnx("cannot run workload %s: %s", workload, strerror(-steps));
	*end = failed ? XPS_FAILED : XPS_DONE;
	if (begun_len)
		r = outbox_send(begun, begun_len);
	if (!r)
		r = agent_send_end(steps < 0 ? 0 : steps, failed);
	return r ? r : outbox_sync();
}

/* Where the host says how often a workload is to run, the programs that run it read that here. */
static void agent_take_times(void)
{
	static const struct {
		unsigned key;
		const char *name;
	} times[] = { { XPK_WARMUPS, TIMES_WARMUPS }, { XPK_REPETITIONS, TIMES_REPETITIONS } };
	char val[16];

	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++)
		if (host->get(times[i].key, val, sizeof(val)) > 0)
			setenv(times[i].name, val, 1);
}

/* From the first word of the host's to the last of ours. Sets *end. 0 or -errno. */
static int agent_serve(const struct mode_evidence *ev, enum xp_state *end)
{
	char run[XP_NAME_MAX + 1], workload[XP_NAME_MAX + 1], size[16], begun[256];
	size_t len;
	int r;

	if ((r = agent_find_host()) || (r = agent_get(XPK_RUN, run, sizeof(run))) ||
	    (r = agent_get(XPK_WORKLOAD, workload, sizeof(workload))) ||
	    (r = agent_get(XPK_SIZE, size, sizeof(size))))
		return r;
	agent_take_times();
	settings_finish(SETTLE_MS);
	facts_tell_addresses(host);
	log_info("run %s: workload %s, size %s, by %s", run, workload, size, host->name);
	if ((r = agent_send_guest(ev)) || (r = outbox_sync()) ||
	    (r = barrier_pass(host, begun, sizeof(begun), &len)))
		return r;
	if (!len && (r = outbox_become(XPS_RUNNING)))
		return r;
	return agent_work(workload, size, begun, len, end);
}

/* The whole of a run. 0 or -errno. */
static int agent_run(const struct mode_evidence *ev)
{
	enum xp_state end = XPS_FAILED;
	int r;

	if (agent_is_late())
		return 0;
	facts_tell(host);
	if ((r = outbox_open(host)) || (r = outbox_become(XPS_READY)))
		return r;
	agent_be_ready();
	r = agent_serve(ev, &end);
	if (r && r != -ECONNREFUSED)
		return r;
	guestlog_put(host);
	return outbox_become(end);
}

/* $XLAB_MODE is what the person who boots this means it to be. */
static void agent_check_mode(const struct mode_evidence *ev)
{
	const char *asked = getenv("XLAB_MODE"), *measured = mode_name(mode_decide(ev));

	if (asked && strcmp(asked, measured))
		log_warnx("asked to be %s, measured %s: the run is not valid", asked, measured);
}

/* Whether that is what the link would have been: a machine that nobody sees must not stay with us. */
static bool is_lent(void)
{
	const char *dev = getenv("XLAB_LINK");

	return dev && !strcmp(dev, LINK_SCRATCH);
}

/* Asks PID 1 for the end of the run: back to the machine's own system, or off. An exit status. */
static int agent_leave(bool back)
{
	log_info("run is over: %s", back ? "restarting the machine" : "powering off");
	if (kill(1, back ? SIGTERM : SIGUSR2) < 0) {
		log_warn("cannot signal PID 1");
		return EXIT_SYSTEM;
	}
	pause();
	return EXIT_OK;
}

int main(void)
{
	struct mode_evidence ev;
	int r;

	log_init("xlab-agent");
	signal(SIGPIPE, SIG_IGN);
	if ((r = mode_gather("", &ev))) {
		log_warnx("cannot measure the mode: %s", strerror(-r));
		return EXIT_SYSTEM;
	}
	host = link_open(!strcmp(ev.hv_type, "xen"));
	if (!host) {
		log_warn("no way to the host");
		return is_lent() ? agent_leave(true) : EXIT_SYSTEM;
	}
	agent_check_mode(&ev);
	settings_init(host, "");
	if ((r = agent_run(&ev)))
		log_warnx("cannot go on: %s", strerror(-r));
	return r && !host->leaves ? EXIT_SYSTEM : agent_leave(host->leaves);
}
