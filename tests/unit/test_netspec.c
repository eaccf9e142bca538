/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest-tools/lib/netspec.h"

static void off_is_off(void **state)
{
	static const char *const off[] = { "", "off", "  ", " off\n", "\t" };
	struct netspec s;
	char why[NETSPEC_WHY], text[16];

	(void)state;
	for (size_t i = 0; i < sizeof(off) / sizeof(*off); i++) {
		assert_int_equal(netspec_parse(off[i], &s, why, sizeof(why)), 0);
		assert_int_equal(s.n, 0);
		assert_int_equal(netspec_format(&s, text, sizeof(text)), 3);
		assert_string_equal(text, "off");
	}
}

static void specifications_are_read(void **state)
{
	struct netspec s;
	char why[NETSPEC_WHY];

	(void)state;
	assert_int_equal(netspec_parse("eth0,dhcp \t eth1,192.0.2.10/24,gw=192.0.2.1,dns=192.0.2.2,"
				       "dns=198.51.100.1 00:16:3E:aA:00:0f,10.1.2.3/32\n",
				       &s, why, sizeof(why)),
			 0);
	assert_int_equal(s.n, 3);
	assert_string_equal(s.iface[0].id, "eth0");
	assert_true(s.iface[0].dhcp);
	assert_false(s.iface[0].by_mac);
	assert_string_equal(s.iface[1].id, "eth1");
	assert_false(s.iface[1].dhcp);
	assert_int_equal(s.iface[1].addr, 0xc000020a);
	assert_int_equal(s.iface[1].prefix, 24);
	assert_int_equal(s.iface[1].gw, 0xc0000201);
	assert_int_equal(s.iface[1].ndns, 2);
	assert_int_equal(s.iface[1].dns[0], 0xc0000202);
	assert_int_equal(s.iface[1].dns[1], 0xc6336401);
	assert_true(s.iface[2].by_mac);
	assert_string_equal(s.iface[2].id, "00:16:3e:aa:00:0f");
	assert_int_equal(s.iface[2].prefix, 32);
	assert_int_equal(s.iface[2].gw, 0);
}

static void bad_ones_are_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "eth0", "'eth0' needs ,dhcp or ,ADDRESS/PREFIX" },
		{ "eth0,", "'' is neither dhcp nor ADDRESS/PREFIX" },
		{ "eth0,dhcpx", "'dhcpx' is neither dhcp nor ADDRESS/PREFIX" },
		{ "eth0,dhcp,gw=10.0.0.1", "'gw=10.0.0.1' cannot follow dhcp" },
		{ "eth0,dhcp off", "'off' has to stand alone" },
		{ "off eth0,dhcp", "'eth0,dhcp' cannot follow off" },
		{ "eth0,dhcp eth0,10.0.0.2/8", "'eth0' has two specifications" },
		{ "00:16:3e:0:0:1,dhcp",
		  "'00:16:3e:0:0:1' is neither the name of an interface nor a MAC address" },
		{ "00:16:3E:00:00:01,dhcp 00:16:3e:00:00:01,dhcp",
		  "'00:16:3e:00:00:01' has two specifications" },
		{ "01:16:3e:00:00:01,dhcp",
		  "'01:16:3e:00:00:01' is neither the name of an interface nor a MAC address" },
		{ "..,dhcp", "'..' is neither the name of an interface nor a MAC address" },
		{ "-a,dhcp", "'-a' is neither the name of an interface nor a MAC address" },
		{ "a/b,dhcp", "'a/b' is neither the name of an interface nor a MAC address" },
		{ "abcdefghijklmnop,dhcp",
		  "'abcdefghijklmnop' is neither the name of an interface nor a MAC address" },
		{ "eth0,10.0.0.2", "'10.0.0.2' is neither dhcp nor ADDRESS/PREFIX" },
		{ "eth0,10.0.0.2/", "'10.0.0.2/' has a prefix that is not 1 to 32" },
		{ "eth0,10.0.0.2/0", "'10.0.0.2/0' has a prefix that is not 1 to 32" },
		{ "eth0,10.0.0.2/33", "'10.0.0.2/33' has a prefix that is not 1 to 32" },
		{ "eth0,10.0.0.2/+8", "'10.0.0.2/+8' has a prefix that is not 1 to 32" },
		{ "eth0,10.0.0.2/008", "'10.0.0.2/008' has a prefix that is not 1 to 32" },
		{ "eth0,10.0.0.256/8", "'10.0.0.256/8' is no address of a host" },
		{ "eth0,10.0.0.02/8", "'10.0.0.02/8' is no address of a host" },
		{ "eth0,10.0.2/8", "'10.0.2/8' is no address of a host" },
		{ "eth0,10.0.0.2.1/8", "'10.0.0.2.1/8' is no address of a host" },
		{ "eth0,127.0.0.1/8", "'127.0.0.1/8' is no address of a host" },
		{ "eth0,224.0.0.1/8", "'224.0.0.1/8' is no address of a host" },
		{ "eth0,10.0.0.0/8", "'10.0.0.0/8' is the address of a network, not of a host" },
		{ "eth0,10.255.255.255/8",
		  "'10.255.255.255/8' is the address of a network, not of a host" },
		{ "eth0,10.0.0.2/8,gw=11.0.0.1",
		  "'gw=11.0.0.1' is no other host of the interface's network" },
		{ "eth0,10.0.0.2/8,gw=10.0.0.2",
		  "'gw=10.0.0.2' is no other host of the interface's network" },
		{ "eth0,10.0.0.2/8,gw=", "'gw=' is no address of a host" },
		{ "eth0,10.0.0.2/8,gw=10.0.0.1,gw=10.0.0.1", "'gw=10.0.0.1' is a second gateway" },
		{ "eth0,10.0.0.2/8,dns=1.1.1.1,dns=1.1.1.2,dns=1.1.1.3",
		  "'dns=1.1.1.3' is one name server too many" },
		{ "eth0,10.0.0.2/8,", "'' is neither gw=ADDRESS nor dns=ADDRESS" },
		{ "eth0,10.0.0.2/8,mtu=9000", "'mtu=9000' is neither gw=ADDRESS nor dns=ADDRESS" },
		{ "a,dhcp b,dhcp c,dhcp d,dhcp e,dhcp f,dhcp g,dhcp h,dhcp i,dhcp",
		  "'i,dhcp' is one interface too many" },
	};
	struct netspec s;
	char why[NETSPEC_WHY];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(netspec_parse(bad[i].text, &s, why, sizeof(why)), -EINVAL);
		assert_string_equal(why, bad[i].why);
	}
}

static void length_is_bounded(void **state)
{
	char text[NETSPEC_TEXT_MAX + 2], why[NETSPEC_WHY];
	struct netspec s;

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, "eth0,dhcp", 9);
	text[NETSPEC_TEXT_MAX] = '\0';
	assert_int_equal(netspec_parse(text, &s, why, sizeof(why)), 0);
	text[NETSPEC_TEXT_MAX] = ' ';
	text[NETSPEC_TEXT_MAX + 1] = '\0';
	assert_int_equal(netspec_parse(text, &s, why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, "is too long"));
	memset(text, 'a', NETSPEC_TEXT_MAX);
	text[NETSPEC_TEXT_MAX] = '\0';
	assert_int_equal(netspec_parse(text, &s, why, sizeof(why)), -EINVAL);
	assert_true(strlen(why) < sizeof(why) - 1);
}

static void formatted_is_the_same(void **state)
{
	static const char *const texts[] = {
		"eth0,dhcp",
		"a,dhcp b,dhcp c,dhcp d,dhcp e,dhcp f,dhcp g,dhcp h,dhcp",
		"00:16:3e:00:00:01,10.0.0.3/31,gw=10.0.0.2,dns=1.1.1.1,dns=223.255.255.254 x,dhcp",
	};
	char out[NETSPEC_TEXT_MAX + 1], why[NETSPEC_WHY];
	struct netspec s;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_int_equal(netspec_parse(texts[i], &s, why, sizeof(why)), 0);
		assert_int_equal(netspec_format(&s, out, sizeof(out)), strlen(texts[i]));
		assert_string_equal(out, texts[i]);
		for (size_t size = 1; size <= strlen(texts[i]); size++)
			assert_int_equal(netspec_format(&s, out, size), -ENOSPC);
	}
}

/* The longest that can be: eight of these are shorter than the limit. */
static void longest_fits(void **state)
{
	char text[NETSPEC_TEXT_MAX + 1] = "", out[NETSPEC_TEXT_MAX + 1], why[NETSPEC_WHY];
	struct netspec s;

	(void)state;
	for (int i = 0; i < NETSPEC_MAX; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%s00:16:3e:00:00:0%d,192.168.100.10%d/24,gw=192.168.100.200,"
			 "dns=192.168.100.201,dns=192.168.100.202",
			 i ? " " : "", i, i);
	assert_int_equal(netspec_parse(text, &s, why, sizeof(why)), 0);
	assert_int_equal(netspec_format(&s, out, sizeof(out)), strlen(text));
	assert_string_equal(out, text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(off_is_off),
		cmocka_unit_test(specifications_are_read),
		cmocka_unit_test(bad_ones_are_refused),
		cmocka_unit_test(length_is_bounded),
		cmocka_unit_test(formatted_is_the_same),
		cmocka_unit_test(longest_fits),
	};

	return cmocka_run_group_tests_name("netspec", tests, NULL, NULL);
}
