/* SPDX-License-Identifier: ISC */
/* xlab-ctl's side of the control socket: whose answer counts, for how long, and what is in it. */
#include "guest-tools/ctl/ctl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "guest-tools/lib/io.h"

static int64_t now;
static pid_t senders[4];	/* who sends what comes; the last one goes on, 0: nobody does */
static size_t turn;

int64_t io_now_ms(void)
{
	return now;
}

ssize_t sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
	       socklen_t to_len)
{
	(void)fd, (void)buf, (void)flags, (void)to, (void)to_len;
	return (ssize_t)len;
}

/* A second passes until something comes, or ten until it gives up. */
ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
	struct ucred who = { .pid = senders[turn] };
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	(void)fd, (void)flags;
	now += who.pid ? 1000 : 10000;
	errno = EAGAIN;
	if (!who.pid)
		return -1;
	*c = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(who)),
			       .cmsg_level = SOL_SOCKET,
			       .cmsg_type = SCM_CREDENTIALS };
	memcpy(CMSG_DATA(c), &who, sizeof(who));
	memcpy(m->msg_iov->iov_base, who.pid == 1 ? "ok\n" : "no\n", 3);
	turn += turn + 1 < sizeof(senders) / sizeof(senders[0]);
	return 3;
}

static int ask(const pid_t from[4], char answer[8])
{
	now = 5000;
	turn = 0;
	memcpy(senders, from, sizeof(senders));
	return ctl_ask("status", answer, 8);
}

static void process_1_answers(void **unused)
{
	char answer[8];

	(void)unused;
	assert_int_equal(ask((pid_t[]){ 1, 0, 0, 0 }, answer), 3);
	assert_string_equal(answer, "ok\n");
	assert_int_equal(ask((pid_t[]){ 77, 2, 1, 0 }, answer), 3);
	assert_string_equal(answer, "ok\n");
}

static void nobody_answers(void **unused)
{
	char answer[8];

	(void)unused;
	assert_int_equal(ask((pid_t[]){ 0, 0, 0, 0 }, answer), -ETIMEDOUT);
}

/* Who sends without end does not make it wait without end. */
static void others_answer(void **unused)
{
	char answer[8];

	(void)unused;
	assert_int_equal(ask((pid_t[]){ 77, 77, 77, 77 }, answer), -ETIMEDOUT);
	assert_in_range(now, 5000 + 10000, 5000 + 20000);
}

static void what_is_in_a_status(void **unused)
{
	char text[] = "ok\ninit\t1234\t2\tpower off\n"
		      "shell@hvc0\tup\t77\tconsole\t3\t4567\t-1\n"
		      "a\tbackoff\t0\tkeep\t9\t1\t256\n"
		      "cut\toff\t0\n";
	char *p = text, buf[32];
	struct ctl_service s;
	struct ctl_init init;

	(void)unused;
	assert_true(ctl_read_init(&p, &init));
	assert_int_equal(init.up_ms, 1234);
	assert_int_equal(init.faults, 2);
	assert_string_equal(init.doing, "power off");
	assert_true(ctl_read_service(&p, &s));
	assert_string_equal(s.name, "shell@hvc0");
	assert_string_equal(s.state, "up");
	assert_string_equal(s.type, "console");
	assert_int_equal(s.pid, 77);
	assert_int_equal(s.starts, 3);
	assert_int_equal(s.ms, 4567);
	assert_string_equal(ctl_status_text(s.status, buf, sizeof(buf)), "-");
	assert_true(ctl_read_service(&p, &s));
	assert_string_equal(ctl_status_text(s.status, buf, sizeof(buf)), "exit 1");
	assert_string_equal(ctl_status_text(11, buf, sizeof(buf)), "signal 11");
	assert_false(ctl_read_service(&p, &s));
}

static void what_is_no_status(void **unused)
{
	static const char *const texts[] = {
		"", "\n", "ok", "ok\n", "no such request\n", "ok\ninit\t1\t2\n", "ok\ninit\t1\t2\tx",
		"ok\tx\ninit\t1\t2\tx\n", "ok\ninit\t1\t2\tx\ty\n",
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char text[64], *p = text;
		struct ctl_init init;

		strcpy(text, texts[i]);
		assert_false(ctl_read_init(&p, &init));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(process_1_answers),
		cmocka_unit_test(nobody_answers),
		cmocka_unit_test(others_answer),
		cmocka_unit_test(what_is_in_a_status),
		cmocka_unit_test(what_is_no_status),
	};

	return cmocka_run_group_tests_name("ctl", tests, NULL, NULL);
}
