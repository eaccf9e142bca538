/* SPDX-License-Identifier: ISC */
/* What outlives process 1: the log's ring, and the state that is taken over or not. */
#include "init/ring.h"
#include "init/state.h"
#include "tests/unit/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char log_text[STATE_LOG + 16];

static size_t read_log(size_t size)
{
	size_t n;

	memset(log_text, '!', sizeof(log_text));
	n = ring_read(log_text, size);
	assert_true(n <= size);
	assert_int_equal(log_text[n], '!');
	log_text[n] = '\0';
	return n;
}

static int empty_log(void **unused)
{
	(void)unused;
	fake_reset();
	memset(state, 0, sizeof(*state));
	return 0;
}

static void add(const char *who, const char *text)
{
	ring_add(who, text, strlen(text));
}

static void lines_are_kept(void **unused)
{
	(void)unused;
	assert_int_equal(read_log(STATE_LOG), 0);
	fake_now = 0;
	add("a", "");
	fake_now = 61005;
	add("xlab-init", "two words");
	fake_now = UINT64_MAX;
	add("b", "c");
	read_log(STATE_LOG);
	assert_string_equal(log_text, "0.000 a: \n61.005 xlab-init: two words\n"
				      "18446744073709551.615 b: c\n");
}

static void control_characters(void **unused)
{
	static const char text[] = "a\tb\n\x1b[31m\x7f\0 ~\xc3\xa4";

	(void)unused;
	fake_now = 1;
	ring_add("a", text, sizeof(text) - 1);
	read_log(STATE_LOG);
	assert_string_equal(log_text, "0.001 a: a?b??[31m?? ~??\n");
}

static void small_buffers(void **unused)
{
	static const char both[] = "0.001 a: one\n0.001 a: two\n";
	const size_t line = strlen(both) / 2;

	(void)unused;
	fake_now = 1;
	add("a", "one");
	add("a", "two");
	for (size_t size = 0; size <= STATE_LOG + 1; size += size < 40 ? 1 : 1000) {
		size_t want = size < line ? 0 : size < 2 * line ? line : 2 * line;

		assert_int_equal(read_log(size), want);
		assert_string_equal(log_text, both + 2 * line - want);
	}
}

/* Whatever the length of the lines, what is read are the newest ones, all whole. */
static void wrap_around(void **unused)
{
	(void)unused;
	for (size_t len = 1; len < 300; len += 7) {
		char text[300], first[32];
		size_t n, line;

		empty_log(NULL);
		fake_now = 1;
		memset(text, 'x', len);
		text[len] = '\0';
		line = len + strlen("0.001 a: \n");
		for (size_t i = 0; i < 3 * STATE_LOG / line; i++)
			add("a", text);
		add("b", "last");
		n = read_log(STATE_LOG);
		snprintf(first, sizeof(first), "0.001 a: %.*s", (int)(len < 9 ? len : 9), text);
		assert_memory_equal(log_text, first, strlen(first));
		assert_string_equal(log_text + n - 14, "0.001 b: last\n");
		assert_int_equal((n - 14) % line, 0);
		assert_true(n + line >= STATE_LOG - 1);
	}
}

static void line_longer_than_the_ring(void **unused)
{
	static char text[2 * STATE_LOG];

	(void)unused;
	memset(text, 'x', sizeof(text));
	ring_add("a", text, sizeof(text));
	assert_int_equal(read_log(STATE_LOG), 0);
	add("b", "c");
	read_log(STATE_LOG);
	assert_string_equal(log_text, "1000.000 b: c\n");
}

static int memory(size_t size)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	return fd;
}

static void assert_empty(void)
{
	static const struct state_svc none;

	assert_int_equal(state->size, sizeof(*state));
	assert_int_equal(state->control_fd, -1);
	assert_int_equal(state->watchdog_fd, -1);
	assert_int_equal(state->stopping, 0);
	assert_int_equal(state->faults, 0);
	assert_int_equal(state->log_head, 0);
	for (size_t i = 0; i < CONF_SERVICES; i++)
		assert_memory_equal(&state->svc[i], &none, sizeof(none));
}

static void state_begins_empty(void **unused)
{
	(void)unused;
	assert_false(state_open(-1));
	assert_empty();
	assert_string_equal(fake_warnings, "");
}

static int flags_of(int fd)
{
	return fcntl(fd, F_GETFD);
}

static void state_is_handed_over(void **unused)
{
	struct state *before;
	int fd, inherited = dup(STDOUT_FILENO);

	(void)unused;
	assert_false(state_open(-1));
	before = state;
	strcpy(state->svc[3].name, "agent");
	state->svc[3].pid = 77;
	state->svc[3].state = SVC_UP;
	state->svc[3].log_fd[0] = inherited;
	state->svc[3].log_fd[1] = state->svc[3].ready_fd = -1;
	state->faults = 2;
	add("a", "log");
	fd = state_hand_over();
	assert_int_equal(flags_of(fd), 0);
	assert_int_equal(flags_of(inherited), 0);
	assert_true(state_open(fd));
	assert_ptr_not_equal(state, before);
	assert_string_equal(state->svc[3].name, "agent");
	assert_int_equal(state->svc[3].pid, 77);
	assert_int_equal(state->faults, 2);
	read_log(STATE_LOG);
	assert_string_equal(log_text, "1000.000 a: log\n");
	assert_int_equal(flags_of(fd), FD_CLOEXEC);
	assert_int_equal(flags_of(inherited), FD_CLOEXEC);
	close(inherited);
}

static void refuse(int fd)
{
	fake_warnings[0] = '\0';
	assert_false(state_open(fd));
	assert_empty();
	assert_string_equal(fake_warnings, "nothing to go on from: starting anew\n");
	assert_int_not_equal(state_hand_over(), fd);
}

static void no_state_at_all(void **unused)
{
	static const size_t sizes[] = { 0, 1, sizeof(struct state) - 1, sizeof(struct state) + 1 };
	int ends[2], fd;

	(void)unused;
	refuse(12345);
	for (size_t i = 0; i < COUNT(sizes); i++)
		refuse(memory(sizes[i]));
	refuse(memory(sizeof(struct state))); /* all zero */
	assert_int_equal(pipe(ends), 0);
	refuse(ends[0]);
	fd = open("/dev/null", O_RDWR);
	refuse(fd);
	fd = open("/", O_RDONLY);
	refuse(fd);
}

/* A state of this size, every byte of which is the same. */
static void all_the_same(void **unused)
{
	static struct state garbage;

	(void)unused;
	for (int byte = 0; byte < 256; byte++) {
		int fd = memory(sizeof(garbage));

		memset(&garbage, byte, sizeof(garbage));
		assert_int_equal(write(fd, &garbage, sizeof(garbage)), sizeof(garbage));
		refuse(fd);
		close(fd);
	}
}

/* A good state but for one thing. */
static void spoilt(void (*spoil)(struct state *s))
{
	static struct state s;
	int fd = memory(sizeof(s));

	memset(&s, 0, sizeof(s));
	s.size = sizeof(s);
	s.control_fd = s.watchdog_fd = -1;
	spoil(&s);
	assert_int_equal(write(fd, &s, sizeof(s)), sizeof(s));
	refuse(fd);
	close(fd);
}

static void other_size(struct state *s)
{
	s->size--;
}

static void no_such_state(struct state *s)
{
	s->svc[0].state = SVC_COUNT;
}

static void process_1(struct state *s)
{
	s->svc[CONF_SERVICES - 1].pid = 1;
}

static void negative_pid(struct state *s)
{
	s->svc[5].pid = -5;
}

static void too_long(struct state *s)
{
	s->conf_len = STATE_CONF + 1;
}

static void not_ended(struct state *s)
{
	s->conf_len = 2;
	s->conf[1] = 'x';
}

static void more_files_than_all(struct state *s)
{
	s->conf_len = 2;
	s->files_len = 3;
}

static void no_such_stop(struct state *s)
{
	s->stopping = 4;
}

static void unsound_states(void **unused)
{
	(void)unused;
	spoilt(other_size);
	spoilt(no_such_state);
	spoilt(process_1);
	spoilt(negative_pid);
}

static void unsound_files(void **unused)
{
	(void)unused;
	spoilt(too_long);
	spoilt(not_ended);
	spoilt(more_files_than_all);
}

/* It is an index later on: of a name, and of the kernel's command. */
static void unsound_stop(void **unused)
{
	(void)unused;
	spoilt(no_such_stop);
}

static void names_are_ended(void **unused)
{
	int fd;

	(void)unused;
	assert_false(state_open(-1));
	memset(state->svc[0].name, 'x', CONF_NAME);
	state->svc[0].ready_fd = state->svc[0].log_fd[0] = state->svc[0].log_fd[1] = -1;
	fd = state_hand_over();
	assert_true(state_open(fd));
	assert_int_equal(strlen(state->svc[0].name), CONF_NAME - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(lines_are_kept, empty_log),
		cmocka_unit_test_setup(control_characters, empty_log),
		cmocka_unit_test_setup(small_buffers, empty_log),
		cmocka_unit_test_setup(wrap_around, empty_log),
		cmocka_unit_test_setup(line_longer_than_the_ring, empty_log),
		cmocka_unit_test_setup(state_begins_empty, empty_log),
		cmocka_unit_test_setup(state_is_handed_over, empty_log),
		cmocka_unit_test_setup(no_state_at_all, empty_log),
		cmocka_unit_test_setup(all_the_same, empty_log),
		cmocka_unit_test_setup(unsound_states, empty_log),
		cmocka_unit_test_setup(unsound_files, empty_log),
		cmocka_unit_test_setup(unsound_stop, empty_log),
		cmocka_unit_test_setup(names_are_ended, empty_log),
	};

	return cmocka_run_group_tests_name("init_state", tests, NULL, NULL);
}
