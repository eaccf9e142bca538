/* SPDX-License-Identifier: ISC */
/* What the host sets while the agent waits; xlab-net is a script here that writes down its life. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest-tools/agent/settings.h"
#include "guest-tools/lib/io.h"
#include "guest-tools/proto/proto.h"

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFake someone@somewhere"

static char root[64], told[96];
static const char *value[XPK_COUNT];
static int value_len[XPK_COUNT];

static int fake_get(unsigned key, char *buf, size_t size)
{
	if (!value[key])
		return -ENOENT;
	if ((size_t)value_len[key] >= size)
		return -EMSGSIZE;
	memcpy(buf, value[key], (size_t)value_len[key]);
	buf[value_len[key]] = '\0';
	return value_len[key];
}

static const struct link_ops fake = { .name = "fake", .get = fake_get };

static void give(unsigned key, const char *val)
{
	value[key] = val;
	value_len[key] = (int)strlen(val);
}

static void write_text(const char *name, const char *text, mode_t mode)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	assert_int_equal(io_replace_file(path, text, strlen(text)), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void make_dir(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static int setup(void **state)
{
	char path[256], script[512];

	(void)state;
	strcpy(root, "/tmp/xlab-settings.XXXXXX");
	assert_non_null(mkdtemp(root));
	make_dir("bin");
	make_dir("run");
	make_dir("etc");
	make_dir("etc/xlab");
	snprintf(told, sizeof(told), "%s/told", root);
	snprintf(script, sizeof(script),
		 "#!/bin/sh\ntrap 'echo stopped >>%s; exit' TERM\necho \"start $*\" >>%s\n"
		 "case $1 in *slow*) ;; *) eval \"echo >&$XLAB_READY_FD\" ;; esac\n"
		 "case $1 in *dhcp*) while :; do sleep 0.01; done ;; esac\n",
		 told, told);
	write_text("bin/xlab-net", script, 0755);
	snprintf(path, sizeof(path), "%s/bin:/usr/bin:/bin", root);
	setenv("PATH", path, 1);
	memset(value, 0, sizeof(value));
	settings_init(&fake, root);
	return 0;
}

static int teardown(void **state)
{
	char command[96];

	(void)state;
	/* Ends what the test left running. */
	give(XPK_NET, "off");
	settings_finish(5000);
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static void check_told(const char *want)
{
	char text[1024] = "";

	io_read_file(told, text, sizeof(text));
	assert_string_equal(text, want);
}

static void nothing_set_is_nothing_done(void **state)
{
	(void)state;
	settings_look();
	settings_finish(60 * 1000);
	check_told("");
}

static void network_is_ready_before_the_run(void **state)
{
	(void)state;
	give(XPK_NET, "eth0,dhcp");
	settings_look();
	settings_look();
	settings_finish(60 * 1000);
	check_told("start eth0,dhcp\n");
}

static void new_network_ends_the_old(void **state)
{
	(void)state;
	give(XPK_NET, "eth0,dhcp");
	settings_finish(60 * 1000);
	give(XPK_NET, "eth0,10.0.0.2/8");
	settings_finish(60 * 1000);
	check_told("start eth0,dhcp\nstopped\nstart eth0,10.0.0.2/8\n");
}

static void bad_network_changes_nothing(void **state)
{
	static const char nul[] = "eth1,dhcp\0x";

	(void)state;
	give(XPK_NET, "eth0,dhcp");
	settings_finish(60 * 1000);
	give(XPK_NET, "--help");
	settings_look();
	value[XPK_NET] = nul;
	value_len[XPK_NET] = sizeof(nul) - 1;
	settings_look();
	value_len[XPK_NET] = XP_VALUE_MAX + 1;
	settings_look();
	check_told("start eth0,dhcp\n");
}

static void slow_network_is_stopped(void **state)
{
	int64_t start = io_now_ms();

	(void)state;
	give(XPK_NET, "slow0,dhcp");
	settings_finish(500);
	assert_true(io_now_ms() - start < 5000);
	check_told("start slow0,dhcp\nstopped\n");
}

/* The agent's other children are waited for by number. */
static void other_children_are_left_alone(void **state)
{
	struct timespec nap = { 0, 50 * 1000 * 1000 };
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		_exit(7);
	nanosleep(&nap, NULL);
	give(XPK_NET, "eth0,10.0.0.2/8");
	settings_finish(60 * 1000);
	settings_look();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 7);
}

static void check_keys(const char *want)
{
	char path[128], text[4096] = "";
	struct stat st;

	snprintf(path, sizeof(path), "%s/run/ssh/authorized_keys", root);
	assert_true(io_read_file(path, text, sizeof(text)) > 0);
	assert_string_equal(text, want);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	snprintf(path, sizeof(path), "%s/run/ssh", root);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void keys_follow_those_of_the_image(void **state)
{
	(void)state;
	give(XPK_SSH_KEYS, "# mine\n" KEY);
	settings_look();
	check_keys("# mine\n" KEY "\n");
	write_text("etc/xlab/authorized_keys", "ssh-rsa AAAA image", 0644);
	give(XPK_SSH_KEYS, KEY "\n");
	settings_look();
	check_keys("ssh-rsa AAAA image\n" KEY "\n");
}

static void bad_keys_change_nothing(void **state)
{
	static const char *const bad[] = { "",		 "\n",
					   "# no key\n", "ssh-rsa \x1b[2J",
					   "ssh\r\n",	 "ssh-rsa \xc3\xa4" };

	(void)state;
	give(XPK_SSH_KEYS, KEY);
	settings_look();
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		give(XPK_SSH_KEYS, bad[i]);
		settings_look();
		check_keys(KEY "\n");
	}
	value[XPK_SSH_KEYS] = KEY;
	value_len[XPK_SSH_KEYS] = sizeof(KEY); /* with its NUL */
	settings_look();
	check_keys(KEY "\n");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(nothing_set_is_nothing_done),    TEST(network_is_ready_before_the_run),
		TEST(new_network_ends_the_old),	      TEST(bad_network_changes_nothing),
		TEST(slow_network_is_stopped),	      TEST(other_children_are_left_alone),
		TEST(keys_follow_those_of_the_image), TEST(bad_keys_change_nothing),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
