/* SPDX-License-Identifier: ISC */
/* What the files of services say, done by the real xlab-init; and telling it what to do. */
#include "tests/ns/guest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POWERED_OFF SIGINT
#define RESTARTED SIGHUP

#define SAY(word) "command = /bin/sh -c \"echo " word " >>/out/order\"\ntype = once\n"
#define STAY(word) \
	"command = /bin/sh -c \"trap 'echo -" word " >>/out/order; exit' TERM;" \
	" echo +" word " >>/out/order; while :; do busybox sleep 0.05; done\"\n"

static void off(void)
{
	guest_signal(SIGUSR2);
	assert_int_equal(guest_await_end(), POWERED_OFF);
}

static void test_starts_in_order(void **state)
{
	(void)state;
	guest_put_service("a", SAY("a") "after = b c\n");
	guest_put_service("b", SAY("b") "after = c\n");
	guest_put_service("c", SAY("c"));
	guest_boot(GUEST_BARE);
	guest_await("order", "a", 1);
	assert_string_equal(guest_read("order"), "c\nb\na\n");
	off();
}

/* Each of the two waits until the other runs. */
static void test_starts_in_parallel(void **state)
{
	static const char *const meet =
		"command = /bin/sh -c \"echo x >>/out/here; until [ $(busybox wc -l </out/here) = 2 ];"
		" do busybox sleep 0.01; done; echo met >>/out/met\"\ntype = once\n";

	(void)state;
	guest_put_service("a", meet);
	guest_put_service("b", meet);
	guest_boot(GUEST_BARE);
	guest_await("met", "met", 2);
	off();
}

static void test_stops_in_reverse_order(void **state)
{
	(void)state;
	guest_put_service("a", STAY("a"));
	guest_put_service("b", STAY("b") "after = a\n");
	guest_put_service("c", STAY("c") "after = b\n");
	guest_boot(GUEST_BARE);
	guest_await("order", "+", 3);
	off();
	assert_non_null(strstr(guest_read("order"), "-c\n-b\n-a\n"));
}

static void test_cycle_and_missing_name(void **state)
{
	(void)state;
	guest_put_service("a", SAY("a") "after = b\n");
	guest_put_service("b", SAY("b") "after = c\n");
	guest_put_service("c", SAY("c") "after = a\n");
	guest_put_service("d", SAY("d") "after = d nobody\n");
	guest_boot(GUEST_BARE);
	for (const char *name = "abcd"; *name; name++)
		guest_await("order", (char[]){ *name, '\n', '\0' }, 1);
	assert_int_equal(guest_count("log", "is a cycle"), 2);
	assert_int_equal(guest_count("log", "d is after nobody, which there is not"), 1);
	off();
}

static void test_failure_does_not_hold_others(void **state)
{
	(void)state;
	guest_put_service("bad", "command = /bin/sh -c \"exit 3\"\ntype = once\n");
	guest_put_service("dies", "command = /bin/false\nready = fd\n");
	guest_put_service("good", SAY("good") "after = bad dies\n");
	guest_boot(GUEST_BARE);
	guest_await("order", "good", 1);
	off();
}

static void test_ready_by_descriptor(void **state)
{
	(void)state;
	guest_put_service("slow", "command = /bin/sh -c \"[ $XLAB_READY_FD = 3 ] || exit; until [ -e"
				  " /out/go ]; do busybox sleep 0.01; done; echo slow >>/out/order;"
				  " echo >&3; exec busybox sleep 1000\"\nready = fd\n");
	guest_put_service("next", SAY("next") "after = slow\n");
	guest_put_service("go", "command = /bin/sh -c \"/usr/bin/xlab-ctl status >/out/status;"
				" echo >/out/go\"\ntype = once\n");
	guest_boot(GUEST_FULL);
	guest_await("order", "next", 1);
	assert_string_equal(guest_read("order"), "slow\nnext\n");
	assert_non_null(strstr(guest_read("status"), "slow                 starting"));
	assert_non_null(strstr(guest_read("status"), "next                 waiting"));
	off();
}

static void test_never_ready(void **state)
{
	(void)state;
	guest_put_service("mute", "command = /bin/busybox sleep 1000\nready = fd\n"
				  "ready-timeout = 200ms\n");
	guest_put_service("next", SAY("next") "after = mute\n");
	guest_boot(GUEST_BARE);
	guest_await("order", "next", 1);
	assert_int_equal(guest_count("log", "mute is not ready: those after it"), 1);
	off();
}

/* Its end of the pipe is closed without a word. */
static void test_will_never_be_ready(void **state)
{
	(void)state;
	guest_put_service("shut", "command = /bin/sh -c \"exec 3>&-; exec busybox sleep 1000\"\n"
				  "ready = fd\nready-timeout = 0\n");
	guest_put_service("next", SAY("next") "after = shut\n");
	guest_boot(GUEST_BARE);
	guest_await("order", "next", 1);
	off();
}

static void test_group_of_a_service_ends_with_it(void **state)
{
	(void)state;
	guest_put_service("tree", "command = /bin/sh -c \"(busybox sleep 1000; :) & (busybox sleep"
				  " 1000; :) & echo up >>/out/order\"\ntype = once\n");
	guest_boot(GUEST_BARE);
	guest_await("order", "up", 1);
	guest_await_children(0);
	off();
}

static void test_user_and_limits(void **state)
{
	(void)state;
	guest_put_service("low", "command = /bin/sh -c \"(busybox id -u; busybox id -g; ulimit -n;"
				 " ulimit -c) >/out/who\"\ntype = once\nuser = nobody\n"
				 "limit = nofile 77\nlimit = core 0\n");
	guest_put_service("lost", "command = /bin/true\ntype = once\nuser = nosuchuser\n");
	guest_boot(GUEST_BARE);
	guest_await("who", "\n", 4);
	assert_string_equal(guest_read("who"), geteuid() == 0 ? "65534\n65534\n77\n0\n"
							       : "0\n0\n77\n0\n");
	guest_await("log", "lost: cannot start: nosuchuser: No such file", 1);
	off();
}

static void test_bad_files_do_not_hold_good_ones(void **state)
{
	static const struct {
		const char *name, *text, *what;
	} bad[] = {
		{ "empty", "", "no command" },
		{ "binary", "\x01\x02\xff\n", "not `key = value`" },
		{ "key", "command = /bin/true\ncolour = red\n", ":2: no key of xlab-services(5)" },
		{ "path", "command = true\n", ":1: not an absolute path" },
		{ "quote", "command = /bin/sh -c \"exit\n", "a quote is not closed" },
		{ "type", "command = /bin/true\ntype = twice\n", "neither keep, once nor console" },
		{ "time", "command = /bin/true\nbackoff = 5 minutes\n", "not a time" },
		{ "twice", "command = /bin/true\ncommand = /bin/true\n", "given twice" },
		{ "limit", "command = /bin/true\nlimit = nofile\n", "not a resource" },
		{ "signal", "command = /bin/true\nstop-signal = STUN\n", "not a signal" },
		{ "bad name", "command = /bin/true\n", "not a name of a service" },
	};
	static char long_text[8192];

	(void)state;
	memset(long_text, '#', sizeof(long_text) - 1);
	guest_put_service("long", long_text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		guest_put_service(bad[i].name, bad[i].text);
	guest_put_service(".hidden", "nothing that is read");
	guest_put_service("good", SAY("good"));
	guest_boot(GUEST_BARE);
	guest_await("order", "good", 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_not_equal(guest_count("log", bad[i].what), 0);
	assert_int_equal(guest_count("log", "services.d/long: too long"), 1);
	assert_int_equal(guest_count("log", ".hidden"), 0);
	off();
}

static void test_more_services_than_fit(void **state)
{
	char name[16];

	(void)state;
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "s%02d", i);
		guest_put_service(name, SAY("x"));
	}
	guest_boot(GUEST_BARE);
	guest_await("order", "x", 32);
	assert_int_equal(guest_count("log", "more than 32 services"), 8);
	off();
}

static void test_control(void **state)
{
	(void)state;
	guest_put_service("idle", "command = /bin/sh -c \"echo +idle >>/out/order; echo >&3;"
				  " exec busybox sleep 1000\"\nready = fd\n");
	guest_put_service("ctl", "command = /usr/bin/driver\ntype = once\nafter = idle\n");
	guest_put_script("driver",
			 "exec 2>>/out/err\n"
			 "t() { want=$1; shift; /usr/bin/xlab-ctl \"$@\" >>/out/said; got=$?;"
			 " [ $got = $want ] || echo \"$* ended with $got\" >>/out/bad; }\n"
			 "t 0 stop idle; t 0 stop idle; t 0 start idle; t 0 restart idle\n"
			 "t 0 restart --no-wait idle; t 0 start idle\n"
			 "t 100 start nosuch; t 100 start \"$(printf 'a\\nb')\"; t 100; t 100 status x\n"
			 "t 100 start; t 100 --colour status; t 0 --help\n"
			 "t 0 --json status; t 0 --json log; t 0 --json stop idle; t 100 --json stop x\n"
			 "busybox ls -l /run/xlab/ctl >/out/mode\n"
			 "echo over >>/out/over; exec /usr/bin/xlab-ctl reboot");
	guest_boot(GUEST_FULL);
	guest_await("over", "over", 1);
	assert_string_equal(guest_read("bad"), "");
	assert_int_equal(guest_count("order", "+idle"), 4);
	assert_int_equal(guest_count("said", "{\"ok\":true,\"up_ms\":"), 1);
	assert_int_equal(guest_count("said", "{\"ok\":true,\"log\":[\""), 1);
	assert_int_equal(guest_count("said", "{\"ok\":false,\"error\":\"no such service\"}"), 1);
	assert_int_equal(guest_count("err", "xlab-ctl: nosuch: no such service"), 1);
	assert_int_equal(guest_count("mode", "srw-------"), 1);
	assert_int_equal(guest_await_end(), RESTARTED);
}

static void test_control_is_for_root(void **state)
{
	if (geteuid() != 0)
		skip();
	(void)state;
	guest_put_service("low", "command = /bin/sh -c \"/usr/bin/xlab-ctl poweroff 2>/out/err;"
				 " echo ended with $? >>/out/err\"\ntype = once\nuser = nobody\n");
	guest_boot(GUEST_FULL);
	guest_await("err", "ended with 111", 1);
	assert_int_equal(guest_count("err", "Permission denied"), 1);
	off();
}

/* The ring has what services say; grave lines go to the kernel's log as well. */
static void test_log(void **state)
{
	(void)state;
	guest_put_service("talk", "command = /bin/sh -c \"echo one; echo '<4>two' >&2; printf"
				  " 'th\\033ree'; /usr/bin/xlab-ctl log >/out/ring; echo up >/out/up\"\n"
				  "type = once\n");
	guest_put_service("later", "command = /bin/sh -c \"/usr/bin/xlab-ctl log >/out/later;"
				   " echo up >>/out/up\"\ntype = once\nafter = talk\n");
	guest_boot(GUEST_FULL);
	guest_await("up", "up", 2);
	assert_int_equal(guest_count("ring", "talk: one\n"), 1);
	assert_int_equal(guest_count("ring", "talk: two\n"), 1);
	assert_int_equal(guest_count("later", "talk ended with 0\n"), 1);
	assert_int_equal(guest_count("log", "talk: two\n"), 1);
	assert_int_equal(guest_count("log", "talk: one\n"), 0);
	off();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define IN_A_GUEST(f) cmocka_unit_test_teardown(f, guest_end)
		IN_A_GUEST(test_starts_in_order),
		IN_A_GUEST(test_starts_in_parallel),
		IN_A_GUEST(test_stops_in_reverse_order),
		IN_A_GUEST(test_cycle_and_missing_name),
		IN_A_GUEST(test_failure_does_not_hold_others),
		IN_A_GUEST(test_ready_by_descriptor),
		IN_A_GUEST(test_never_ready),
		IN_A_GUEST(test_will_never_be_ready),
		IN_A_GUEST(test_group_of_a_service_ends_with_it),
		IN_A_GUEST(test_user_and_limits),
		IN_A_GUEST(test_bad_files_do_not_hold_good_ones),
		IN_A_GUEST(test_more_services_than_fit),
		IN_A_GUEST(test_control),
		IN_A_GUEST(test_control_is_for_root),
		IN_A_GUEST(test_log),
	};

	return cmocka_run_group_tests(tests, guest_make_root, guest_remove_root);
}
