/* SPDX-License-Identifier: ISC */
/* What xlab-net makes of what it sees: the clock, the interfaces and the programs are the test's.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/net/net.h"

static int64_t now;
static bool there, ip_fails;
static int started;
static char resolv[256];
static struct netspec spec;

int64_t io_now_ms(void)
{
	return now;
}

int iface_find(const struct netspec_iface *i, char name[16])
{
	if (!there && strcmp(i->id, "here"))
		return -ENOENT;
	strcpy(name, i->by_mac ? "here" : i->id);
	return 0;
}

int ip_configure(const char *name, const struct netspec_iface *i)
{
	(void)name;
	(void)i;
	return ip_fails ? -1 : 0;
}

pid_t ip_start_client(const char *name, int lease_fd)
{
	(void)name;
	(void)lease_fd;
	return 1000 + ++started;
}

int resolv_write(const struct card *cards, size_t n)
{
	char addr[NETSPEC_ADDR_TEXT];

	resolv[0] = '\0';
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < cards[i].ndns; k++) {
			strcat(resolv, netspec_addr_format(cards[i].dns[k], addr));
			strcat(resolv, " ");
		}
	return 0;
}

static void begin(const char *text)
{
	char why[NETSPEC_WHY];

	assert_int_equal(netspec_parse(text, &spec, why, sizeof(why)), 0);
	now = 1000000;
	there = ip_fails = false;
	started = 0;
	resolv[0] = '\0';
	net_init(&spec, -1);
}

static void hear(const char *line)
{
	net_lease(line, strlen(line), NULL);
}

static void absent_is_waited_for_and_given_up(void **state)
{
	(void)state;
	begin("late,dhcp here,192.0.2.2/24,dns=192.0.2.1");
	assert_true(net_step() > 0);
	assert_string_equal(resolv, "192.0.2.1 ");
	assert_false(net_is_settled());
	now += 9999;
	assert_true(net_step() > 0);
	assert_true(net_has_work());
	now += 1;
	assert_int_equal(net_step(), -1);
	assert_true(net_is_settled());
	assert_true(net_has_failed());
	assert_false(net_has_work());
}

static void late_is_taken(void **state)
{
	(void)state;
	begin("late,192.0.2.2/24");
	net_step();
	there = true;
	assert_int_equal(net_step(), -1);
	assert_true(net_is_settled());
	assert_false(net_has_failed());
}

static void failed_command_fails_one(void **state)
{
	(void)state;
	begin("here,192.0.2.2/24");
	ip_fails = true;
	assert_int_equal(net_step(), -1);
	assert_true(net_has_failed());
	assert_true(net_is_settled());
}

static void one_interface_under_two_names(void **state)
{
	(void)state;
	begin("here,192.0.2.2/24 00:16:3e:00:00:01,dhcp");
	there = true;
	assert_int_equal(net_step(), -1);
	assert_true(net_has_failed());
	assert_int_equal(started, 0);
}

static void lease_is_read(void **state)
{
	(void)state;
	begin("here,dhcp");
	assert_int_equal(net_step(), -1);
	assert_int_equal(started, 1);
	hear("here none");
	assert_false(net_is_settled());
	hear("here lease 192.0.2.5 evil 300.1.1.1 192.0.2.1 127.0.0.1 198.51.100.1 203.0.113.1");
	assert_true(net_is_settled());
	assert_string_equal(resolv, "192.0.2.1 198.51.100.1 ");
	hear("here lease 192.0.2.5");
	assert_string_equal(resolv, "");
	assert_true(net_has_work());
}

static void nonsense_is_no_lease(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"here",
		"here ",
		"here lease",
		"here lease x",
		"here lease 0.0.0.0",
		"here lease 192.0.2.5.6",
		"here lease 192.0.2.5\n",
		"there lease 192.0.2.5",
		"here  failed",
		"udhcpc: lease of 192.0.2.5 obtained",
	};
	char line[600];

	(void)state;
	begin("here,dhcp");
	net_step();
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		hear(bad[i]);
		assert_false(net_is_settled());
	}
	memset(line, ' ', sizeof(line));
	memcpy(line, "here lease 192.0.2.5", 20);
	net_lease(line, sizeof(line), NULL);
	assert_false(net_is_settled());
	net_lease("here lease 192.0.2.5\0x", 22, NULL);
	assert_true(net_is_settled());
}

/* 1, 2, 4 ... 60 s, and from the start again after a client that lived. */
static void dying_clients_come_ever_later(void **state)
{
	static const int wait[] = { 1, 2, 4, 8, 16, 32, 60, 60 };

	(void)state;
	begin("here,dhcp");
	net_step();
	for (size_t i = 0; i < sizeof(wait) / sizeof(*wait); i++) {
		net_reaped(1, 0);
		net_reaped(1000 + started, 256);
		assert_int_equal(net_step(), wait[i] * 1000);
		now += wait[i] * 1000;
		assert_int_equal(net_step(), -1);
		assert_int_equal(started, i + 2);
	}
	now += 60 * 1000;
	net_reaped(1000 + started, 9);
	assert_int_equal(net_step(), 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_is_waited_for_and_given_up),
		cmocka_unit_test(late_is_taken),
		cmocka_unit_test(failed_command_fails_one),
		cmocka_unit_test(one_interface_under_two_names),
		cmocka_unit_test(lease_is_read),
		cmocka_unit_test(nonsense_is_no_lease),
		cmocka_unit_test(dying_clients_come_ever_later),
	};

	return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
