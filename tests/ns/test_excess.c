/* SPDX-License-Identifier: ISC */
/* Services that do one thing to excess, and faults of process 1: nothing may hold it up or end it. */
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
#include <unistd.h>

#define POWERED_OFF SIGINT

#define ONCE(command_line) "type = once\ncommand = " command_line "\n"
#define THEN_SAY(command_line, word) \
	ONCE("/bin/sh -c \"" command_line " && echo " word " >>/out/over\"")

static void off(void)
{
	guest_signal(SIGUSR2);
	assert_int_equal(guest_await_end(), POWERED_OFF);
}

static void test_100000_orphans(void **state)
{
	(void)state;
	guest_put_service("orphans", THEN_SAY("/bin/hostile orphans 100000", "all"));
	guest_boot(GUEST_BARE);
	guest_await("over", "all", 1);
	guest_await_children(0);
	off();
}

/* Limits bind the user who has them, and not root. */
static void test_fork_bomb(void **state)
{
	if (geteuid() != 0)
		skip();
	(void)state;
	guest_put_service("bomb", "command = /bin/sh -c \"exec /bin/hostile bomb 0 2>/out/bomb\"\n"
				  "user = nobody\nlimit = nproc 50\nlimit = fsize 64K\n"
				  "stop-timeout = 100ms\n");
	guest_put_service("other", ONCE("/bin/sh -c \"until [ -s /out/bomb ]; do busybox sleep 0.01;"
					" done; /usr/bin/xlab-ctl restart --no-wait bomb &&"
					" echo alive >>/out/over\""));
	guest_boot(GUEST_FULL);
	guest_await("over", "alive", 1);
	off();
}

/* It takes time to fail often, and next to none of it is process 1's. */
static void test_services_that_crash_at_once(void **state)
{
	char name[16];

	(void)state;
	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "bad%d", i);
		guest_put_service(name, "command = /bin/sh -c \"echo x >>/out/starts; kill -SEGV $$\"\n");
	}
	guest_boot(GUEST_BARE);
	guest_await("starts", "x", 40);
	assert_true(guest_age_ms() >= 100 + 200 + 400 + 800);
	assert_true(guest_count("starts", "x") < 8 * 7);
	assert_true(guest_cpu_ms() < 200);
	off();
}

/* Two of them: of lines, and of one that never ends. Others are heard all the same. */
static void test_floods(void **state)
{
	long began;

	(void)state;
	guest_put_service("lines", "command = /bin/hostile flood 80\n");
	guest_put_service("line", "command = /bin/hostile flood 0\n");
	guest_put_service("other", THEN_SAY("busybox sleep 2; /usr/bin/xlab-ctl status", "heard"));
	guest_boot(GUEST_FULL);
	began = guest_cpu_ms();
	guest_await("over", "heard", 1);
	assert_true(guest_cpu_ms() - began < guest_age_ms() / 4);
	off();
}

static void test_closed_output(void **state)
{
	(void)state;
	guest_put_service("shut", "command = /bin/sh -c \"exec 0<&- 1>&- 2>&-; exec /bin/busybox sleep"
				  " 1000\"\n");
	guest_put_service("over", THEN_SAY(":", "over") "after = shut\n");
	guest_boot(GUEST_BARE);
	guest_await("over", "over", 1);
	off();
}

static void test_kill_storm(void **state)
{
	(void)state;
	guest_put_service("a", "command = /bin/busybox sleep 1000\nbackoff = 1ms\n");
	guest_put_service("b", "command = /bin/busybox sleep 1000\nbackoff = 0\n");
	guest_put_service("storm", ONCE("/bin/hostile kills 1000") "after = a b\n");
	guest_put_service("over", THEN_SAY(":", "all") "after = storm\n");
	guest_boot(GUEST_FULL);
	guest_await("over", "all", 1);
	guest_await_children(2);
	off();
}

static void test_10000_requests(void **state)
{
	(void)state;
	guest_put_service("idle", "command = /bin/busybox sleep 1000\n");
	guest_put_service("ask", THEN_SAY("/bin/hostile requests 10000", "all"));
	guest_put_service("deaf", THEN_SAY("/bin/hostile deaf 1000", "sent"));
	guest_boot(GUEST_FULL);
	guest_await("over", "all", 1);
	guest_await("over", "sent", 1);
	off();
}

/* Bytes first, then names. */
static void test_full_file_systems(void **state)
{
	(void)state;
	guest_put_service("idle", "command = /bin/busybox sleep 1000\n");
	guest_put_script("fill", "for f in /run /tmp; do\n"
				 "busybox mount -o remount,size=64k,nr_inodes=40 tmpfs $f; i=0\n"
				 "while echo >$f/$i; do i=$((i+1)); done 2>>/out/full\n"
				 "while busybox touch $f/$i; do i=$((i+1)); done 2>>/out/full\n"
				 "done; /usr/bin/xlab-ctl restart idle && echo over >>/out/over");
	guest_put_service("fill", ONCE("/usr/bin/fill") "after = idle\n");
	guest_boot(GUEST_FULL);
	guest_await("over", "over", 1);
	assert_int_equal(guest_count("full", "No space left on device"), 4);
	off();
}

/* The same processes, the same log, and the same control as before. */
static void test_goes_on_after_a_fault(void **state)
{
	(void)state;
	guest_put_service("idle", "command = /bin/sh -c \"echo $$ >>/out/idle; exec busybox sleep 1000\"\n");
	guest_put_service("talk", "command = /bin/sh -c \"echo before; busybox kill -SEGV 1; until"
				  " /usr/bin/xlab-ctl status >/out/status && busybox grep -q faults"
				  " /out/status; do :; done; echo after; /usr/bin/xlab-ctl log >/out/ring;"
				  " echo over >>/out/over; exec busybox sleep 1000\"\nafter = idle\n");
	guest_boot(GUEST_FULL);
	guest_await("over", "over", 1);
	guest_await("idle", "\n", 1);
	assert_int_equal(guest_count("idle", "\n"), 1);
	assert_int_equal(guest_count("status", "1 faults survived"), 1);
	assert_int_equal(guest_count("ring", "talk: before\n"), 1);
	assert_int_equal(guest_count("ring", "process 1 has met signal 11\n"), 1);
	assert_int_equal(guest_count("log", "process 1 goes on after a fault"), 1);
	guest_await_children(2);
	off();
	assert_int_equal(guest_count("log", "does not stop"), 0);
}

/* Nothing of it is read again: what has gone from the disk since goes on. */
static void test_fault_without_files(void **state)
{
	(void)state;
	guest_put_service("a", "command = /bin/sh -c \"echo $$ >>/out/a; exec busybox sleep 1000\"\n");
	guest_put_service("b", THEN_SAY("until [ -s /out/a ]; do :; done; busybox rm"
					" /etc/xlab/services.d/*; busybox kill -FPE 1; until"
					" /usr/bin/xlab-ctl restart a; do :; done", "again"));
	guest_boot(GUEST_FULL);
	guest_await("over", "again", 1);
	guest_await("a", "\n", 2);
	off();
}

/* What the guest's root can do to a state: sealed against a change of its size, believed to be none. */
static void test_state_that_is_spoilt(void **state)
{
	(void)state;
	guest_put_service("a", "command = /bin/sh -c \"echo x >>/out/a; exec busybox sleep 1000\"\n");
	guest_put_script("spoil", "until [ -s /out/a ]; do :; done; cd /proc/1/fd; for f in *; do case $(busybox readlink $f) in"
			 " *memfd*) [ -e /out/spoilt ] && exit; echo >/out/spoilt;"
			 " busybox truncate -s 0 $f; busybox printf 'abcd' | busybox dd of=$f conv=notrunc bs=4"
			 " 2>/dev/null; busybox kill -SEGV 1;; esac; done");
	guest_put_service("spoil", "command = /usr/bin/spoil\ntype = once\nafter = a\n");
	guest_boot(GUEST_FULL);
	guest_await("log", "nothing to go on from: starting anew", 1);
	guest_await("a", "x", 2);
	guest_await_children(1);
	off();
}

static void test_descriptors(void **state)
{
	(void)state;
	guest_put_service("list", "command = /bin/sh -c \"busybox ls /proc/self/fd >/out/fds;"
				  " busybox grep -E 'Sig(Blk|Ign)' /proc/self/status >/out/signals;"
				  " echo up >>/out/over\"\ntype = once\n");
	guest_boot(GUEST_FULL);
	guest_await("over", "up", 1);
	assert_string_equal(guest_read("fds"), "0\n1\n2\n3\n"); /* 3 is ls's own */
	assert_string_equal(guest_read("signals"),
			    "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
	off();
}

static void test_deaf_client_harms_nobody(void **state)
{
	(void)state;
	guest_put_service("talk", ONCE("/bin/sh -c \"busybox seq 3000\""));
	guest_put_service("deaf", "command = /bin/sh -c \"/bin/hostile deaf 50; exec busybox sleep"
				  " 1000\"\nafter = talk\n");
	guest_put_service("other", THEN_SAY("busybox sleep 1; /usr/bin/xlab-ctl log | busybox grep -q 3000",
					    "heard") "after = deaf\n");
	guest_boot(GUEST_FULL);
	guest_await("over", "heard", 1);
	off();
}

static void test_last_words_and_traced_ones(void **state)
{
	(void)state;
	guest_put_service("words", ONCE("/bin/sh -c \"printf 'last words'; exit 3\""));
	guest_put_service("traced", "command = /bin/sh -c \"echo x >>/out/traced; exec /bin/hostile traced"
				    " 0\"\n");
	guest_put_service("other", THEN_SAY("busybox sleep 1; /usr/bin/xlab-ctl log >/out/ring", "over")
				   "after = words traced\n");
	guest_boot(GUEST_FULL);
	guest_await("over", "over", 1);
	assert_int_equal(guest_count("ring", "words: last words\n"), 1);
	assert_int_equal(guest_count("traced", "x"), 1);
	off();
}

/* Whoever is nobody's child can do this, and is in no service's group. */
static void test_stops_without_end(void **state)
{
	(void)state;
	guest_put_service("stops", ONCE("/bin/busybox setsid /bin/hostile stops 20"));
	guest_put_service("other", THEN_SAY("/usr/bin/xlab-ctl status", "heard") "after = stops\n");
	guest_boot(GUEST_FULL);
	guest_await("over", "heard", 1);
	off();
}

static void test_fault_while_it_stops(void **state)
{
	(void)state;
	guest_put_service("slow", "command = /bin/sh -c \"trap 'busybox kill -BUS 1; busybox sleep 0.3;"
				  " echo ended >>/out/over; exit' TERM; echo up >>/out/over; while :; do"
				  " busybox sleep 0.01; done\"\n");
	guest_boot(GUEST_FULL);
	guest_await("over", "up", 1);
	off();
	assert_int_equal(guest_count("over", "ended"), 1);
}

static void test_faults_without_end(void **state)
{
	(void)state;
	guest_put_service("idle", "command = /bin/busybox sleep 1000\n");
	guest_boot(GUEST_FULL);
	guest_await_children(1);
	for (int i = 0; i < 5; i++) {
		guest_signal(SIGILL);
		guest_await("log", "goes on after a fault", i + 1);
	}
	guest_signal(SIGILL);
	guest_await("log", "it only reaps and shuts down", 1);
	off();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define IN_A_GUEST(f) cmocka_unit_test_teardown(f, guest_end)
		IN_A_GUEST(test_100000_orphans),
		IN_A_GUEST(test_fork_bomb),
		IN_A_GUEST(test_services_that_crash_at_once),
		IN_A_GUEST(test_floods),
		IN_A_GUEST(test_closed_output),
		IN_A_GUEST(test_kill_storm),
		IN_A_GUEST(test_10000_requests),
		IN_A_GUEST(test_full_file_systems),
		IN_A_GUEST(test_goes_on_after_a_fault),
		IN_A_GUEST(test_fault_without_files),
		IN_A_GUEST(test_state_that_is_spoilt),
		IN_A_GUEST(test_descriptors),
		IN_A_GUEST(test_deaf_client_harms_nobody),
		IN_A_GUEST(test_last_words_and_traced_ones),
		IN_A_GUEST(test_stops_without_end),
		IN_A_GUEST(test_fault_while_it_stops),
		IN_A_GUEST(test_faults_without_end),
	};

	return cmocka_run_group_tests(tests, guest_make_root, guest_remove_root);
}
