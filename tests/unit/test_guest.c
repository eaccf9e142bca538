/* SPDX-License-Identifier: ISC */
/* The host's side of the protocol on a real store: pieces go in through a source made of an array.
 */
#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/guest.h"

/* Both sides' keys, and how many puts from now one fails. */
struct fake {
	struct source src;
	char val[XPK_COUNT][XP_VALUE_MAX + 1];
	int len[XPK_COUNT];
	int fail_put;
	int heads; /* how often XPK_HEAD was read */
};

static int fake_get(struct source *src, unsigned key, char *buf, size_t size)
{
	struct fake *f = (struct fake *)src;

	f->heads += key == XPK_HEAD;
	if (f->len[key] < 0)
		return -ENOENT;
	if ((size_t)f->len[key] >= size)
		return -EMSGSIZE;
	memcpy(buf, f->val[key], (size_t)f->len[key]);
	buf[f->len[key]] = '\0';
	return f->len[key];
}

static int fake_put(struct source *src, unsigned key, const char *val, size_t len)
{
	struct fake *f = (struct fake *)src;

	if (f->fail_put && --f->fail_put == 0)
		return -EPIPE;
	assert_true(len <= XP_VALUE_MAX);
	memcpy(f->val[key], val, len);
	f->len[key] = (int)len;
	return 0;
}

static void set(struct fake *f, unsigned key, const char *val)
{
	fake_put(&f->src, key, val, strlen(val));
}

struct bench {
	char path[32];
	struct store *store;
	struct fake *fake;
	struct guest guest;
	struct xp_sender sender;
};

static const struct guest_limits roomy = { .bytes = INT64_C(128) << 20, .records = 1000 };

static int bind(struct bench *b, struct guest *g, const char *uuid, const struct guest_limits *limits)
{
	int r = guest_identify(g, &b->fake->src, uuid, 3, false, limits);

	return r ? r : store_guest_get(b->store, &g->row);
}

static void open_store(struct bench *b)
{
	assert_int_equal(store_open(b->path, STORE_WRITE, &b->store), 0);
	assert_int_equal(bind(b, &b->guest, "uuid-1", &roomy), 0);
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	int fd;

	strcpy(b->path, "/tmp/xlab-test.XXXXXX");
	fd = mkstemp(b->path);
	assert_true(fd >= 0);
	close(fd);
	b->fake = calloc(1, sizeof(*b->fake));
	b->fake->src = (struct source){ .get = fake_get, .put = fake_put };
	memset(b->fake->len, -1, sizeof(b->fake->len));
	set(b->fake, XPK_RUN, "test");
	set(b->fake, XPK_MODE, "pv");
	set(b->fake, XPK_WORKLOAD, "micro");
	set(b->fake, XPK_SIZE, "quick");
	set(b->fake, XPK_IMAGE, "00");
	set(b->fake, XPK_VERSION, XP_VERSION);
	open_store(b);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	store_close(b->store);
	unlink(b->path);
	free(b->fake);
	free(b);
	return 0;
}

/* What a collector that was killed and started again has left: the file. */
static void restart(struct bench *b)
{
	store_close(b->store);
	open_store(b);
}

/* Writes what the window has room for of a record. Returns whether it was all. */
static bool show(struct bench *b)
{
	char buf[XP_VALUE_MAX], n[12];
	struct xp_piece p;

	while (xp_sender_next(&b->sender, &p)) {
		int len = xp_piece_format(&p, buf, sizeof(buf));

		fake_put(&b->fake->src, xp_piece_key(p.seq), buf, (size_t)len);
	}
	snprintf(n, sizeof(n), "%u", b->sender.head);
	set(b->fake, XPK_HEAD, n);
	return xp_sender_idle(&b->sender);
}

static void send_text(struct bench *b, const char *text)
{
	xp_sender_begin(&b->sender, text, strlen(text));
	assert_true(show(b));
}

static long query(struct bench *b, const char *sql)
{
	sqlite3_stmt *q;
	long n;

	assert_int_equal(sqlite3_prepare_v2(store_db(b->store), sql, -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return n;
}

#define GUEST "{\"type\":\"guest\",\"mode\":\"pv\",\"link\":\"xenstore\"}"
#define SAMPLE \
	"{\"type\":\"sample\",\"workload\":\"micro\",\"benchmark\":\"b\",\"unit\":\"ns/op\"," \
	"\"index\":0,\"ops\":1,\"value\":2.5}"
#define END "{\"type\":\"end\",\"steps\":1,\"failed\":0}"

static void whole_run_is_stored(void **state)
{
	struct bench *b = *state;

	send_text(b, GUEST);
	send_text(b, SAMPLE);
	assert_int_equal(guest_serve(&b->guest, b->store), 2);
	assert_string_equal(b->fake->val[XPK_ACK], "2");
	assert_int_equal(b->guest.row.status, STORE_RUNNING);
	send_text(b, END);
	assert_int_equal(guest_serve(&b->guest, b->store), 1);
	assert_int_equal(guest_serve(&b->guest, b->store), 0);
	assert_int_equal(b->guest.row.status, STORE_DONE);
	assert_int_equal(guest_gone(&b->guest, b->store), 0);
	assert_int_equal(b->guest.row.status, STORE_DONE);
	assert_int_equal(query(b, "SELECT count(*) FROM sample WHERE value = 2.5"), 1);
}

/* Killed between every two steps of a megabyte: between commit and acknowledgement, and before. */
static void restarts_lose_and_double_nothing(void **state)
{
	struct bench *b = *state;
	size_t len = XP_RECORD_MAX;
	char *text = malloc(len);
	int turns = 0;

	memset(text, ' ', len);
	memcpy(text, SAMPLE, strlen(SAMPLE));
	send_text(b, GUEST);
	assert_int_equal(guest_serve(&b->guest, b->store), 1);
	xp_sender_ack(&b->sender, 1);
	xp_sender_begin(&b->sender, text, len);
	for (bool all = false; !all; turns++) {
		uint32_t ack;

		all = show(b);
		if (turns % 2)
			b->fake->fail_put = 1;
		assert_int_equal(guest_serve(&b->guest, b->store) < 0, turns % 2);
		restart(b);
		assert_true(guest_serve(&b->guest, b->store) >= 0);
		assert_int_equal(xp_number_parse(b->fake->val[XPK_ACK],
						 (size_t)b->fake->len[XPK_ACK], &ack),
				 0);
		assert_int_equal(xp_sender_ack(&b->sender, ack), 0);
		assert_int_equal(ack, b->sender.head);
	}
	assert_true(turns > 5);
	assert_int_equal(query(b, "SELECT count(*) FROM sample"), 1);
	assert_int_equal(query(b, "SELECT length(json) FROM record WHERE seq = 2"), len);
	assert_int_equal(query(b, "SELECT count(*) FROM piece"), 0);
	free(text);
}

static void wrong_mode_is_invalid(void **state)
{
	struct bench *b = *state;
	enum store_status status;
	char why[64];

	send_text(b, "{\"type\":\"guest\",\"mode\":\"pvh\",\"link\":\"xenstore\"}");
	send_text(b, END);
	assert_int_equal(guest_serve(&b->guest, b->store), 2);
	assert_int_equal(b->guest.row.status, STORE_INVALID);
	assert_int_equal(store_find(b->store, "test", "uuid-1", &status, why, sizeof(why)), 0);
	assert_int_equal(status, STORE_INVALID);
	assert_string_equal(why, "asked for pv, measured pvh");
}

static void restarted_agent_is_invalid(void **state)
{
	struct bench *b = *state;

	send_text(b, GUEST);
	send_text(b, GUEST);
	assert_int_equal(guest_serve(&b->guest, b->store), 2);
	assert_int_equal(b->guest.row.status, STORE_INVALID);
}

static void failed_step_is_a_failure(void **state)
{
	struct bench *b = *state;

	send_text(b, GUEST);
	send_text(b, "{\"type\":\"end\",\"steps\":2,\"failed\":1}");
	assert_int_equal(guest_serve(&b->guest, b->store), 2);
	assert_int_equal(b->guest.row.status, STORE_FAILED);
}

static void unmeasured_run_is_invalid(void **state)
{
	struct bench *b = *state;

	send_text(b, SAMPLE);
	send_text(b, END);
	assert_int_equal(guest_serve(&b->guest, b->store), 2);
	assert_int_equal(b->guest.row.status, STORE_INVALID);
}

static void nothing_comes_after_the_end(void **state)
{
	struct bench *b = *state;

	send_text(b, GUEST);
	send_text(b, "{\"type\":\"end\",\"steps\":2,\"failed\":1}");
	send_text(b, END);
	send_text(b, SAMPLE);
	assert_int_equal(guest_serve(&b->guest, b->store), 4);
	assert_int_equal(b->guest.row.status, STORE_INVALID);
}

static void vanished_guest_is_lost(void **state)
{
	struct bench *b = *state;

	send_text(b, GUEST);
	assert_int_equal(guest_serve(&b->guest, b->store), 1);
	assert_int_equal(guest_gone(&b->guest, b->store), 0);
	assert_int_equal(b->guest.row.status, STORE_LOST);
}

static void nonsense_is_refused(void **state)
{
	static const char *const heads[] = { "-1", "x", "65", "4294967295", "", "1\xff" };
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		set(b->fake, XPK_HEAD, heads[i]);
		b->guest.refused = b->guest.told = false;
		b->guest.row.status = STORE_RUNNING;
		b->fake->len[XPK_REFUSED] = -1;
		assert_int_equal(guest_serve(&b->guest, b->store), 0);
		assert_int_equal(b->guest.row.status, STORE_INVALID);
		assert_true(b->fake->len[XPK_REFUSED] > 0);
	}
	/* Once refused, always: what comes later is not looked at. */
	send_text(b, GUEST);
	assert_int_equal(guest_serve(&b->guest, b->store), 0);
	assert_int_equal(query(b, "SELECT count(*) FROM record"), 0);
}

/* What was good before the nonsense stays, but counts for nothing. */
static void broken_piece_is_refused(void **state)
{
	struct bench *b = *state;

	send_text(b, GUEST);
	send_text(b, SAMPLE);
	b->fake->val[xp_piece_key(2)][20] ^= 1;
	assert_int_equal(guest_serve(&b->guest, b->store), 1);
	assert_true(b->guest.refused);
	assert_int_equal(b->guest.row.status, STORE_INVALID);
	assert_int_equal(query(b, "SELECT count(*) FROM record"), 1);
}

/* A head may be seen before its piece where keys come one by one. */
static void late_piece_is_waited_for(void **state)
{
	struct bench *b = *state;

	set(b->fake, XPK_HEAD, "1");
	assert_int_equal(guest_serve(&b->guest, b->store), 0);
	assert_false(b->guest.refused);
	send_text(b, GUEST);
	assert_int_equal(guest_serve(&b->guest, b->store), 1);
}

static void without_a_run_nothing_is_bound(void **state)
{
	struct bench *b = *state;
	struct guest g;

	b->fake->len[XPK_RUN] = -1;
	assert_int_equal(bind(b, &g, "uuid-2", &roomy), -ENOENT);
	assert_int_equal(query(b, "SELECT count(*) FROM guest"), 1);
}

/* A writer that holds the file: nothing is acknowledged, and later all is stored. */
static void store_in_trouble_acknowledges_nothing(void **state)
{
	struct bench *b = *state;
	sqlite3 *other;

	sqlite3_busy_timeout(store_db(b->store), 0);
	assert_int_equal(sqlite3_open(b->path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	send_text(b, GUEST);
	assert_int_equal(guest_serve(&b->guest, b->store), -EIO);
	assert_int_equal(b->fake->len[XPK_ACK], -1);
	sqlite3_close(other);
	assert_int_equal(guest_serve(&b->guest, b->store), 1);
	assert_string_equal(b->fake->val[XPK_ACK], "1");
}

static void other_major_version_is_refused(void **state)
{
	static const char *const versions[] = { "2.0", "0.9", "1", "1.", "x", "", "1.0.0", "1.65536" };
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
		set(b->fake, XPK_VERSION, versions[i]);
		restart(b);
		assert_int_equal(guest_serve(&b->guest, b->store), 0);
		assert_true(b->guest.refused);
	}
	set(b->fake, XPK_VERSION, "2.0");
	restart(b);
	guest_serve(&b->guest, b->store);
	b->fake->val[XPK_REFUSED][b->fake->len[XPK_REFUSED]] = '\0';
	assert_string_equal(b->fake->val[XPK_REFUSED], "speaks protocol 2.0; this host speaks 1.x");
}

/* What only it knows is kept, and harms nothing. */
static void newer_minor_version_is_served(void **state)
{
	struct bench *b = *state;

	set(b->fake, XPK_VERSION, "1.7");
	send_text(b, GUEST);
	send_text(b, "{\"type\":\"dream\",\"of\":\"sheep\"}");
	send_text(b, SAMPLE);
	send_text(b, END);
	assert_int_equal(guest_serve(&b->guest, b->store), 4);
	assert_int_equal(b->guest.row.status, STORE_DONE);
	assert_int_equal(query(b, "SELECT count(*) FROM record"), 4);
	b->fake->val[XPK_HOST_VERSION][b->fake->len[XPK_HOST_VERSION]] = '\0';
	assert_string_equal(b->fake->val[XPK_HOST_VERSION], XP_VERSION);
}

static void unknown_record_of_our_version_is_invalid(void **state)
{
	struct bench *b = *state;

	send_text(b, "{\"type\":\"dream\"}");
	assert_int_equal(guest_serve(&b->guest, b->store), 1);
	assert_int_equal(b->guest.row.status, STORE_INVALID);
}

static void pieces_before_a_version_are_refused(void **state)
{
	struct bench *b = *state;

	b->fake->len[XPK_VERSION] = -1;
	assert_int_equal(guest_serve(&b->guest, b->store), 0);
	assert_false(b->guest.refused);
	send_text(b, GUEST);
	assert_int_equal(guest_serve(&b->guest, b->store), 0);
	assert_true(b->guest.refused);
}

/* Serves as who asks for the head behind an acknowledgement, before which the guest shows that many
 * samples more. Returns how many pieces there were; *heads is how often the head was asked for to
 * know that. */
static int serve_seeing(struct bench *b, int meanwhile, int *heads)
{
	static struct guest_text pieces[XP_WINDOW];
	struct guest_news news = { .pieces = pieces };
	char ack[12], head[XP_VALUE_MAX + 1];
	int before = b->fake->heads;

	assert_true(guest_read(&b->guest, &news) >= 0);
	*heads = b->fake->heads - before;
	assert_int_equal(store_begin(b->store), 0);
	assert_int_equal(guest_store(&b->guest, b->store, &news), 0);
	assert_int_equal(store_commit(b->store), 0);
	while (meanwhile-- > 0)
		send_text(b, SAMPLE);
	guest_ack(&b->guest, ack);
	if (ack[0])
		guest_seen(&b->guest, head, fake_get(&b->fake->src, XPK_HEAD, head, sizeof(head)));
	assert_int_equal(guest_told(&b->guest, 0), 0);
	return news.n;
}

static void what_was_seen_is_not_asked_for(void **state)
{
	struct bench *b = *state;
	int heads;

	send_text(b, GUEST);
	assert_int_equal(serve_seeing(b, 0, &heads), 1);
	assert_int_equal(heads, 2);
	send_text(b, SAMPLE);
	assert_int_equal(serve_seeing(b, 3, &heads), 1);
	assert_int_equal(heads, 1);
	assert_int_equal(serve_seeing(b, 1, &heads), 3);
	assert_int_equal(heads, 0);
	assert_int_equal(serve_seeing(b, 0, &heads), 1);
	assert_int_equal(heads, 0);
	/* Stirred for nothing. */
	assert_int_equal(serve_seeing(b, 0, &heads), 0);
	assert_int_equal(heads, 1);
	assert_int_equal(query(b, "SELECT count(*) FROM record"), 6);
}

static void lies_behind_an_acknowledgement_are_refused(void **state)
{
	static const char *const lies[] = { "x", "99999999999999999999", "1", "68" };
	struct bench *b = *state;
	char uuid[16];
	int heads;

	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		snprintf(uuid, sizeof(uuid), "uuid-%zu", 2 + i);
		assert_int_equal(bind(b, &b->guest, uuid, &roomy), 0);
		b->sender = (struct xp_sender){ 0 };
		send_text(b, GUEST);
		send_text(b, SAMPLE);
		assert_int_equal(serve_seeing(b, 1, &heads), 2);
		assert_int_equal(b->guest.ahead, 1);
		assert_int_equal(serve_seeing(b, 0, &heads), 1);
		guest_seen(&b->guest, lies[i], (int)strlen(lies[i]));
		assert_int_equal(b->guest.ahead, 0);
		set(b->fake, XPK_HEAD, lies[i]);
		assert_int_equal(serve_seeing(b, 0, &heads), 0);
		assert_true(b->guest.refused);
	}
}

/* An agent that is killed between a piece and its head goes on behind the head: what is in that
 * slot was never sent. */
static void a_piece_before_its_head_is_nothing(void **state)
{
	struct bench *b = *state;
	int heads;

	send_text(b, GUEST);
	assert_int_equal(serve_seeing(b, 0, &heads), 1);
	send_text(b, SAMPLE);
	set(b->fake, XPK_HEAD, "1");
	assert_int_equal(serve_seeing(b, 0, &heads), 0);
	b->sender.head = 1;
	send_text(b, GUEST);
	assert_int_equal(serve_seeing(b, 0, &heads), 1);
	assert_int_equal(b->guest.row.status, STORE_INVALID);
	assert_int_equal(query(b, "SELECT count(*) FROM sample"), 0);
}

static void limits_bound_what_is_stored(void **state)
{
	static const struct guest_limits few = { .bytes = 1 << 20, .records = 2 };
	static const struct guest_limits small = { .bytes = sizeof(GUEST) + 10, .records = 1000 };
	struct bench *b = *state;

	assert_int_equal(bind(b, &b->guest, "uuid-1", &few), 0);
	send_text(b, GUEST);
	send_text(b, SAMPLE);
	assert_int_equal(guest_serve(&b->guest, b->store), 2);
	assert_false(b->guest.refused);
	send_text(b, SAMPLE);
	assert_int_equal(guest_serve(&b->guest, b->store), 0);
	assert_true(b->guest.refused);
	assert_int_equal(query(b, "SELECT count(*) FROM record"), 2);
	/* A collector that is started again knows what there is. */
	assert_int_equal(bind(b, &b->guest, "uuid-1", &small), 0);
	assert_int_equal(guest_serve(&b->guest, b->store), 0);
	assert_true(b->guest.refused);
	assert_int_equal(query(b, "SELECT count(*) FROM record"), 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(whole_run_is_stored),
		TEST(restarts_lose_and_double_nothing),
		TEST(wrong_mode_is_invalid),
		TEST(restarted_agent_is_invalid),
		TEST(failed_step_is_a_failure),
		TEST(unmeasured_run_is_invalid),
		TEST(nothing_comes_after_the_end),
		TEST(vanished_guest_is_lost),
		TEST(nonsense_is_refused),
		TEST(broken_piece_is_refused),
		TEST(late_piece_is_waited_for),
		TEST(without_a_run_nothing_is_bound),
		TEST(other_major_version_is_refused),
		TEST(newer_minor_version_is_served),
		TEST(unknown_record_of_our_version_is_invalid),
		TEST(pieces_before_a_version_are_refused),
		TEST(what_was_seen_is_not_asked_for),
		TEST(lies_behind_an_acknowledgement_are_refused),
		TEST(a_piece_before_its_head_is_nothing),
		TEST(limits_bound_what_is_stored),
		TEST(store_in_trouble_acknowledges_nothing),
	};

	return cmocka_run_group_tests_name("guest", tests, NULL, NULL);
}
