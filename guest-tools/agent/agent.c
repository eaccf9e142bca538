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
#include <time.h>
#include <unistd.h>

#include "guest-tools/agent/agent.h"
#include "guest-tools/agent/guestlog.h"
#include "guest-tools/agent/link.h"
#include "guest-tools/agent/settings.h"
#include "guest-tools/agent/step.h"
#include "guest-tools/lib/io.h"
#include "guest-tools/lib/json.h"
#include "guest-tools/lib/log.h"
#include "guest-tools/mode/mode.h"
#include "guest-tools/proto/proto.h"

enum {
	WAIT_MS = 1000, /* backstop of every wait: watches may be lost, lines too */
	BACKOFF_MAX_MS = 2000,
	ALONE_MS = 10 * 1000, /* without a word of the host's */
	SETTLE_MS = 30 * 1000 /* a network that is not ready then stays away from the run */
};

static const struct link_ops *host;
static struct xp_sender sender;

static void agent_sleep(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

/* Puts a key, however long the store stays full. 0 or -errno. */
static int agent_put(unsigned key, const char *val, size_t len)
{
	int r, ms = 50;

	while ((r = host->put(key, val, len)) == -EAGAIN) {
		if (ms == 50)
			log_warnx("the store is full: waiting for room");
		agent_sleep(ms);
		ms = ms * 2 < BACKOFF_MAX_MS ? ms * 2 : BACKOFF_MAX_MS;
	}
	return r;
}

static int agent_put_text(unsigned key, const char *text)
{
	return agent_put(key, text, strlen(text));
}

static int agent_put_head(void)
{
	char n[12];

	return agent_put(XPK_HEAD, n, (size_t)snprintf(n, sizeof(n), "%u", sender.head));
}

/* Where the link may lose a key, everything that the host has not answered is put again. */
static int agent_again(void)
{
	static const unsigned always[] = { XPK_BOOT, XPK_VERSION, XPK_STATE };
	int r = 0;

	if (!host->lossy)
		return 0;
	for (size_t i = 0; !r && i < sizeof(always) / sizeof(*always); i++)
		r = host->again(always[i]);
	for (uint32_t seq = sender.ack + 1; !r && seq <= sender.head; seq++)
		r = host->again(xp_piece_key(seq));
	return r ? r : host->again(XPK_HEAD);
}

/* Waits until the host has changed something or the backstop is over. 0 or -errno. */
static int agent_wait(void)
{
	int64_t start = io_now_ms();
	int r = host->wait(WAIT_MS);

	return !r && io_now_ms() - start >= WAIT_MS ? agent_again() : r;
}

/* Reads the acknowledgement. 0 or -errno. */
static int agent_read_ack(void)
{
	char val[16];
	uint32_t ack;
	int n = host->get(XPK_ACK, val, sizeof(val));

	if (n == -ENOENT)
		return 0;
	if (n < 0)
		return n;
	if (xp_number_parse(val, (size_t)n, &ack) || xp_sender_ack(&sender, ack))
		log_warnx("the host acknowledges '%s' of %u pieces", val, sender.head);
	return 0;
}

/* Shows the host what has been sent and waits until at most `left` pieces are not acknowledged. */
static int agent_flush(uint32_t left)
{
	int r = agent_put_head();

	while (!r && !(r = agent_read_ack()) && sender.head - sender.ack > left)
		r = agent_wait();
	return r;
}

int agent_send(const char *record, size_t len)
{
	char buf[XP_VALUE_MAX];
	struct xp_piece p;
	int r = 0;

	xp_sender_begin(&sender, record, len);
	while (!r && !xp_sender_idle(&sender)) {
		while (!r && xp_sender_next(&sender, &p)) {
			int n = xp_piece_format(&p, buf, sizeof(buf));

			r = n < 0 ? n : agent_put(xp_piece_key(p.seq), buf, (size_t)n);
		}
		if (!r && !xp_sender_idle(&sender))
			r = agent_flush(XP_WINDOW / 2);
	}
	return r;
}

int agent_sync(void)
{
	return agent_flush(0);
}

static int agent_send_json(struct json *j)
{
	int r;

	json_end_obj(j);
	r = json_finish(j);
	return r ? r : agent_send(j->buf, j->len);
}

static int agent_send_guest(const struct mode_evidence *ev)
{
	char buf[4096];
	struct json j;

	json_init(&j, buf, sizeof(buf));
	json_obj(&j, NULL);
	json_str(&j, "type", "guest");
	json_str(&j, "link", host->name);
	mode_to_json(ev, &j);
	return agent_send_json(&j);
}

static int agent_send_end(int steps, int failed)
{
	char buf[128];
	struct json j;

	json_init(&j, buf, sizeof(buf));
	json_obj(&j, NULL);
	json_str(&j, "type", "end");
	json_int(&j, "steps", steps);
	json_int(&j, "failed", failed);
	return agent_send_json(&j);
}

/* Waits, for ever if need be, until the host has given the guest a value for the key; takes what it
 * sets meanwhile. */
static int agent_get(unsigned key, char *buf, size_t size)
{
	int r;

	while ((r = host->get(key, buf, size)) == -ENOENT) {
		settings_look();
		if ((r = agent_wait()))
			return r;
	}
	return r < 0 ? r : 0;
}

/* After a restart of the agent in the same boot: numbers go on where they stood. */
static int agent_resume(void)
{
	char val[16];
	int n = host->get(XPK_HEAD, val, sizeof(val));

	if (n == -ENOENT)
		return 0;
	if (n < 0 || xp_number_parse(val, (size_t)n, &sender.head))
		return n < 0 ? n : -EINVAL;
	return agent_read_ack();
}

static int agent_announce(void)
{
	char boot[64];
	int n = io_read_file("/proc/sys/kernel/random/boot_id", boot, sizeof(boot));
	int r = n < 0 ? n : agent_put(XPK_BOOT, boot, strcspn(boot, "\n"));

	if (!r)
		r = agent_put_text(XPK_VERSION, XP_VERSION);
	if (!r)
		r = agent_resume();
	return r ? r : agent_put_text(XPK_STATE, "ready");
}

/* True when an agent before this one has ended the run and could not power off. */
static bool agent_is_late(void)
{
	char state[16];

	return host->get(XPK_STATE, state, sizeof(state)) >= 0 &&
	       (!strcmp(state, "done") || !strcmp(state, "failed"));
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
		r = agent_wait();
	if (r || host->get(XPK_RUN, run, sizeof(run)) != -ENOENT)
		return r;
	log_warnx("no host says what to run: running %s", getenv("XLAB_WORKLOAD"));
	host = link_console_open();
	return host ? 0 : -errno;
}

/* The whole of a run. 0 or -errno. */
static int agent_run(const struct mode_evidence *ev)
{
	char run[128], workload[64], size[16];
	int r, steps, failed = 0;

	if (agent_is_late())
		return 0;
	if ((r = agent_announce()))
		return r;
	agent_be_ready();
	if ((r = agent_find_host()) || (r = agent_get(XPK_RUN, run, sizeof(run))) ||
	    (r = agent_get(XPK_WORKLOAD, workload, sizeof(workload))) ||
	    (r = agent_get(XPK_SIZE, size, sizeof(size))))
		return r;
	settings_finish(SETTLE_MS);
	log_info("run %s: workload %s, size %s, by %s", run, workload, size, host->name);
	if ((r = agent_put_text(XPK_STATE, "running")) || (r = agent_send_guest(ev)) ||
	    (r = agent_sync()))
		return r;
	steps = step_run_all(workload, size, &failed);
	if (steps < 0 && (failed = 1))
		log_warnx("cannot run workload %s: %s", workload, strerror(-steps));
	if ((r = agent_send_end(steps < 0 ? 0 : steps, failed)) || (r = agent_sync()))
		return r;
	guestlog_put(host);
	return agent_put_text(XPK_STATE, failed ? "failed" : "done");
}

/* $XLAB_MODE is what the person who boots this means it to be. */
static void agent_check_mode(const struct mode_evidence *ev)
{
	const char *asked = getenv("XLAB_MODE"), *measured = mode_name(mode_decide(ev));

	if (asked && strcmp(asked, measured))
		log_warnx("asked to be %s, measured %s: the run is not valid", asked, measured);
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
		return EXIT_SYSTEM;
	}
	agent_check_mode(&ev);
	settings_init(host, "");
	if ((r = agent_run(&ev))) {
		log_warnx("cannot go on: %s", strerror(-r));
		return EXIT_SYSTEM;
	}
	log_info("run is over: powering off");
	if (kill(1, SIGUSR2) < 0) {
		log_warn("cannot signal PID 1");
		return EXIT_SYSTEM;
	}
	pause();
	return EXIT_OK;
}
