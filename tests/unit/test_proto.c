/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest-tools/proto/proto.h"

static void crc_is_that_of_gzip(void **state)
{
	(void)state;
	assert_int_equal(xp_crc32(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(xp_crc32(0, "", 0), 0);
	assert_int_equal(xp_crc32(xp_crc32(0, "1234", 4), "56789", 5), 0xcbf43926);
}

static void every_key_has_one_path(void **state)
{
	char a[XP_KEY_MAX], b[XP_KEY_MAX];

	(void)state;
	for (unsigned i = 0; i < XPK_COUNT; i++) {
		xp_key_path(i, a);
		assert_int_equal(xp_key_find(a), i);
		/* The characters that xenstore takes; never a dot. */
		assert_int_equal(strspn(a, "abcdefghijklmnopqrstuvwxyz0123456789/-_"), strlen(a));
		/* A guest may write below data/ alone, and only the host writes elsewhere. */
		assert_int_equal(xp_key_writer(i) == XP_GUEST, strncmp(a, "data/", 5) == 0);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(a, xp_key_path(j, b));
	}
	assert_int_equal(xp_key_find("data/xlab/p/64"), -1);
	assert_int_equal(xp_key_find(""), -1);
	assert_true(XP_WINDOW <= 64);
}

static void numbers_are_digits_only(void **state)
{
	static const char *const bad[] = { "",	 "-1",	"+1",	      " 1",
					   "1 ", "0x1", "4294967296", "00000000001" };
	uint32_t n;

	(void)state;
	assert_int_equal(xp_number_parse("4294967295", 10, &n), 0);
	assert_int_equal(n, UINT32_MAX);
	assert_int_equal(xp_number_parse("0", 1, &n), 0);
	assert_int_equal(n, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(xp_number_parse(bad[i], strlen(bad[i]), &n), -EINVAL);
	assert_int_equal(xp_number_parse("1\0", 2, &n), -EINVAL);
}

/* For each type what is and what is none of it, with a key of that type. */
static void values_are_of_their_type(void **state)
{
	static const struct {
		enum xp_key key;
		const char *good[4], *bad[9];
	} rows[] = {
		{ XPK_HEAD, { "0", "4294967295" }, { "", "-1", "4294967296", "1 ", "x", "00000000001" } },
		{ XPK_VERSION, { "1.0", "65535.65535" }, { "", "1", "1.", ".1", "1.0.0", "65536.0", "1 0" } },
		{ XPK_BOOT, { "01234567-89ab-cdef-0123-456789abcdef" },
		  { "", "01234567-89ab-cdef-0123-456789abcde", "01234567-89AB-cdef-0123-456789abcdef",
		    "01234567-89ab-cdef-0123-456789abcdefa" } },
		{ XPK_IMAGE, { "0", "0123456789abcdef" }, { "", "A", "0g" } },
		{ XPK_RUN, { "a", "2026-01-01 a/b_c.d" }, { "", "<b>", "a\n", "\x1b[2J", "\xc3\xa9" } },
		{ XPK_STATE, { "ready", "armed", "done" }, { "", "Ready", "ready ", "read", "huh" } },
		{ XPK_PROGRESS, { "0/0", "3/9", "9/9" }, { "", "3", "/", "3/", "/9", "10/9", "1/2/3" } },
		{ XPK_TIME, { "0 0", "7 4611686018427387903" },
		  { "", "7", "7 ", " 7", "7 4611686018427387904", "7 1 1", "7 -1" } },
		{ XPK_START, { "0", "4611686018427387903" }, { "", "4611686018427387904", "1.0" } },
		{ XPK_BARRIER, { "2 pv", "8 a b" }, { "", "2", "2 ", " pv", "x pv", "2 <pv>" } },
		{ XPK_LOG, { "", "\x1b\xff" }, { NULL } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (const char *const *v = rows[i].good; *v; v++)
			assert_true(xp_value_is_fine(rows[i].key, *v, strlen(*v)));
		for (const char *const *v = rows[i].bad; *v; v++)
			assert_false(xp_value_is_fine(rows[i].key, *v, strlen(*v)));
	}
	assert_false(xp_value_is_fine(XPK_RUN, "a\0b", 3));
}

static void values_have_a_bound(void **state)
{
	char text[XP_VALUE_MAX + 2];

	(void)state;
	memset(text, '1', sizeof(text));
	for (unsigned key = 0; key < XPK_COUNT; key++) {
		assert_in_range(xp_key_max(key), 1, XP_VALUE_MAX);
		assert_false(xp_value_is_fine(key, text, xp_key_max(key) + 1));
	}
	assert_true(xp_value_is_fine(XPK_RUN, text, xp_key_max(XPK_RUN)));
	assert_true(xp_value_is_fine(XPK_LOG, text, xp_key_max(XPK_LOG)));
}

/* Every cell of the table, once more. */
static void states_follow_each_other(void **state)
{
	/* to: none, ready, armed, running, done, failed */
	static const char *const may[XPS_COUNT] = {
		[XPS_NONE] = "010000",	  [XPS_READY] = "011101", [XPS_ARMED] = "010101",
		[XPS_RUNNING] = "010011", [XPS_DONE] = "000000",  [XPS_FAILED] = "000000",
	};

	(void)state;
	for (int from = 0; from < XPS_COUNT; from++) {
		const char *word = xp_state_word((enum xp_state)from);

		assert_int_equal(xp_state_find(word, strlen(word)), from);
		for (int to = 0; to < XPS_COUNT; to++)
			assert_int_equal(xp_state_may_follow((enum xp_state)from, (enum xp_state)to),
					 may[from][to] == '1');
	}
	assert_int_equal(xp_state_find("done\0", 5), XPS_NONE);
}

static struct xp_piece piece(const char *data, size_t len)
{
	return (struct xp_piece){
		.seq = 7, .record = 5, .offset = 100, .total = 5000, .data = data, .len = len
	};
}

static void piece_comes_back(void **state)
{
	char data[XP_PIECE_DATA_MAX], buf[XP_VALUE_MAX];
	struct xp_piece p = piece(data, sizeof(data)), q;
	int n;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)i;
	n = xp_piece_format(&p, buf, sizeof(buf));
	assert_in_range(n, 1, XP_VALUE_MAX);
	assert_int_equal(xp_piece_parse(buf, (size_t)n, &q), 0);
	assert_int_equal(q.seq, p.seq);
	assert_int_equal(q.record, p.record);
	assert_int_equal(q.offset, p.offset);
	assert_int_equal(q.total, p.total);
	assert_int_equal(q.len, p.len);
	assert_memory_equal(q.data, data, sizeof(data));
	assert_int_equal(xp_piece_format(&p, buf, 100), -EMSGSIZE);
}

/* The widest numbers and the most data still fit. */
static void largest_piece_fits(void **state)
{
	char data[XP_PIECE_DATA_MAX] = { 0 }, buf[XP_VALUE_MAX];
	struct xp_piece p = { UINT32_MAX,    UINT32_MAX, XP_RECORD_MAX - sizeof(data),
			      XP_RECORD_MAX, data,	 sizeof(data) };

	(void)state;
	assert_in_range(xp_piece_format(&p, buf, sizeof(buf)), 1, XP_VALUE_MAX);
}

static void every_flipped_bit_is_seen(void **state)
{
	char buf[XP_VALUE_MAX];
	struct xp_piece p = piece("{\"type\":\"end\"}", 14), q;
	int n;

	(void)state;
	p.total = p.offset + 14;
	n = xp_piece_format(&p, buf, sizeof(buf));
	for (int bit = 0; bit < n * 8; bit++) {
		buf[bit / 8] ^= (char)(1 << bit % 8);
		assert_int_not_equal(xp_piece_parse(buf, (size_t)n, &q), 0);
		buf[bit / 8] ^= (char)(1 << bit % 8);
	}
	for (int len = 0; len < n; len++)
		assert_int_not_equal(xp_piece_parse(buf, (size_t)len, &q), 0);
	assert_int_equal(xp_piece_parse(buf, (size_t)n, &q), 0);
}

static void unsound_pieces_are_refused(void **state)
{
	static const struct xp_piece bad[] = {
		{ 0, 1, 0, 4, "abcd", 4 },
		{ 1, 0, 0, 4, "abcd", 4 },
		{ 1, 2, 0, 4, "abcd", 4 },
		{ 2, 1, 0, 4, "abcd", 4 },
		{ 1, 1, 1, 5, "abcd", 4 },
		{ 1, 1, 0, 3, "abcd", 4 },
		{ 2, 1, 2, 4, "abcd", 4 },
		{ 2, 1, 4, 4, "abcd", 4 },
		{ 1, 1, 0, XP_RECORD_MAX + 1, "a", 1 },
		{ 1, 1, 0, 0, "", 0 },
		{ 1, 1, 0, 9, "abcd", 4 },
		{ 2, 1, UINT32_MAX, 4, "abcd", 4 },
		{ 1, 1, 0, 4, "", 0 },
	};
	char buf[XP_VALUE_MAX];
	struct xp_piece q;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int n = xp_piece_format(&bad[i], buf, sizeof(buf));

		assert_int_equal(xp_piece_parse(buf, (size_t)n, &q), -EINVAL);
	}
}

static void order_of_pieces(void **state)
{
	struct xp_piece none = { 0 }, a = { 1, 1, 0, 10, "abcd", 4 },
			b = { 2, 1, 4, 10, "abcd", 4 }, next = { 2, 2, 0, 4, "abcd", 4 },
			gap = { 3, 1, 4, 10, "abcd", 4 }, other = { 2, 1, 4, 11, "abcd", 4 },
			hole = { 2, 1, 5, 10, "abcd", 4 };

	(void)state;
	assert_true(xp_piece_follows(&none, &a));
	assert_false(xp_piece_follows(&none, &b));
	assert_true(xp_piece_follows(&a, &b));
	assert_true(xp_piece_follows(&a, &next));
	assert_false(xp_piece_follows(&a, &a));
	assert_false(xp_piece_follows(&a, &gap));
	assert_false(xp_piece_follows(&a, &other));
	assert_false(xp_piece_follows(&a, &hole));
}

/* Sends records of many sizes through a window that is acknowledged now and then. */
static void sender_cuts_whole_records(void **state)
{
	static const size_t sizes[] = { 1, XP_PIECE_DATA_MAX, XP_PIECE_DATA_MAX + 1, XP_RECORD_MAX,
					17 };
	struct xp_sender s = { 0 };
	struct xp_piece last = { 0 }, p;
	char *data = malloc(XP_RECORD_MAX);

	(void)state;
	memset(data, 'x', XP_RECORD_MAX);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		size_t got = 0;

		xp_sender_begin(&s, data, sizes[i]);
		while (!xp_sender_idle(&s)) {
			while (xp_sender_next(&s, &p)) {
				assert_true(xp_piece_follows(&last, &p));
				last = p;
				got += p.len;
				assert_true(s.head - s.ack <= XP_WINDOW);
			}
			if (!xp_sender_idle(&s))
				assert_int_equal(s.head - s.ack, XP_WINDOW);
			assert_int_equal(xp_sender_ack(&s, s.head), 0);
		}
		assert_true(xp_piece_ends_record(&last));
		assert_int_equal(got, sizes[i]);
	}
	free(data);
}

static void absurd_acknowledgements(void **state)
{
	struct xp_sender s = { .head = 10, .ack = 5 };

	(void)state;
	assert_int_equal(xp_sender_ack(&s, 11), -EINVAL);
	assert_int_equal(xp_sender_ack(&s, 4), -EINVAL);
	assert_int_equal(s.ack, 5);
	assert_int_equal(xp_sender_ack(&s, 10), 0);
}

static void line_comes_back(void **state)
{
	char value[XP_VALUE_MAX], buf[XP_LINE_MAX];
	static struct xp_line line;
	int n;

	(void)state;
	for (size_t i = 0; i < sizeof(value); i++)
		value[i] = (char)i;
	for (unsigned key = 0; key < XPK_COUNT; key++) {
		n = xp_line_format(key, value, sizeof(value), buf, sizeof(buf));
		assert_in_range(n, 1, XP_LINE_MAX - 1);
		assert_null(memchr(buf, '\n', (size_t)n - 1));
		assert_int_equal(xp_line_parse(buf, (size_t)n - 1, &line), 0);
		assert_int_equal(line.key, key);
		assert_int_equal(line.len, sizeof(value));
		assert_memory_equal(line.value, value, sizeof(value));
	}
	assert_int_equal(xp_line_format(0, value, XP_VALUE_MAX + 1, buf, sizeof(buf)), -EMSGSIZE);
}

static void broken_lines_are_refused(void **state)
{
	char buf[XP_LINE_MAX];
	static struct xp_line line;
	int n = xp_line_format(XPK_STATE, "ready", 5, buf, sizeof(buf)) - 1;

	(void)state;
	for (int i = 0; i < n; i++) {
		buf[i] ^= 1;
		assert_int_not_equal(xp_line_parse(buf, (size_t)n, &line), 0);
		buf[i] ^= 1;
		assert_int_not_equal(xp_line_parse(buf, (size_t)i, &line), 0);
	}
	assert_int_equal(xp_line_parse(buf, (size_t)n, &line), 0);
	assert_string_equal(line.value, "ready");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc_is_that_of_gzip),
		cmocka_unit_test(every_key_has_one_path),
		cmocka_unit_test(numbers_are_digits_only),
		cmocka_unit_test(values_are_of_their_type),
		cmocka_unit_test(values_have_a_bound),
		cmocka_unit_test(states_follow_each_other),
		cmocka_unit_test(piece_comes_back),
		cmocka_unit_test(largest_piece_fits),
		cmocka_unit_test(every_flipped_bit_is_seen),
		cmocka_unit_test(unsound_pieces_are_refused),
		cmocka_unit_test(order_of_pieces),
		cmocka_unit_test(sender_cuts_whole_records),
		cmocka_unit_test(absurd_acknowledgements),
		cmocka_unit_test(line_comes_back),
		cmocka_unit_test(broken_lines_are_refused),
	};

	return cmocka_run_group_tests_name("proto", tests, NULL, NULL);
}
