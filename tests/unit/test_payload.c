/* SPDX-License-Identifier: ISC */
/* Payload disks: what they are called, what they hold, and what is taken for one. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest-tools/lib/io.h"
#include "host/payload.h"

/* Made by `xlab payload build seed --from DIR`, with one file a/b: the numbers to 300; one block.
 */
#define SEED "tests/fuzz/corpus/payload/folder"

static char path[64];

static int setup(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/xlab-payload.XXXXXX");
	fd = mkstemp(path);
	return fd < 0 || close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

/* Writes the seed to path, with one byte changed. */
static void write_changed(size_t at, uint8_t by)
{
	char b[PAYLOAD_BLOCK + 1];
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_int_equal(io_read_file(SEED, b, sizeof(b)), PAYLOAD_BLOCK);
	b[at] = (char)(b[at] ^ by);
	assert_true(fd >= 0);
	assert_int_equal(io_write_all(fd, b, PAYLOAD_BLOCK), 0);
	close(fd);
}

static void names(void **state)
{
	static const char *const good[] = { "a", "0", "web", "cpu2006", "a-", "abcdefghij-12345" };
	static const char *const bad[] = {
		"", "-a", "A", "a_b", "a.b", "a/", "..", "a b", "abcdefghij-123456", "\303\244"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(payload_name_is_fine(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(payload_name_is_fine(bad[i]));
}

static void lists_of_packages(void **state)
{
	static const char *const good[] = { "nginx", "a1,g++,libc6", "x0=1:2.3~rc1-4+b1,y0" };
	static const char *const bad[] = {
		"",    "a",   ",aa",	"aa,", "aa,,bb", "aa bb", "-aa",
		"aa=", "=aa", "aa=1=2", "Aa",  "/aa",	 "?aa",	  "aa\n"
	};
	char many[PAYLOAD_PACKAGES_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(payload_packages_are_fine(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(payload_packages_are_fine(bad[i]));
	memset(many, 'a', sizeof(many));
	many[sizeof(many) - 1] = '\0';
	assert_false(payload_packages_are_fine(many));
	many[sizeof(many) - 2] = '\0';
	assert_true(payload_packages_are_fine(many));
}

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEAD "payload 1\nname web\nepoch 5\n"

static int parse(const char *text, json_t **m)
{
	char copy[1024];

	strcpy(copy, text);
	return payload_manifest_parse(copy, m);
}

static void manifest_is_read(void **state)
{
	json_t *m, *want;

	(void)state;
	assert_int_equal(parse(HEAD "packages ab,cd=1\npackage ab 2 all " HASH "\n", &m), 0);
	want = json_pack("{ss si ss s[ss] s[{ss ss ss ss}]}", "name", "web", "epoch", 5, "from",
			 "packages", "asked", "ab", "cd=1", "packages", "package", "ab", "version",
			 "2", "architecture", "all", "sha256", HASH);
	assert_true(json_equal(m, want));
	json_decref(m);
	json_decref(want);
	assert_int_equal(parse(HEAD "packages ab\nadded " HASH "\nran /web/setup-1\n", &m), 0);
	assert_string_equal(json_string_value(json_object_get(m, "added")), HASH);
	assert_string_equal(json_string_value(json_object_get(m, "ran")), "/web/setup-1");
	json_decref(m);
	assert_int_equal(parse(HEAD "folder\n", &m), 0);
	assert_string_equal(json_string_value(json_object_get(m, "from")), "folder");
	json_decref(m);
}

static void other_manifests_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"payload 2\nname web\nepoch 5\nfolder\n",
		HEAD,
		HEAD "folder web\n",
		HEAD "folder\nfolder\n",
		HEAD "folder\npackage ab 2 all " HASH "\n",
		HEAD "packages a\n",
		HEAD "packages ab\nname web\n",
		HEAD "packages ab\npackages ab\n",
		HEAD "packages ab\npackage ab 2 all 0123\n",
		HEAD "packages ab\npackage ab 2 " HASH "\n",
		HEAD "packages ab\npackage ab 2 all " HASH " x\n",
		HEAD "packages ab\npackage ab 2\x01 all " HASH "\n",
		HEAD "packages ab\nnonsense\n",
		HEAD "folder\nadded " HASH "\n",
		HEAD "added " HASH "\npackages ab\n",
		HEAD "packages ab\nadded 0123\n",
		HEAD "packages ab\nadded " HASH "\nadded " HASH "\n",
		HEAD "packages ab\nran setup\n",
		HEAD "packages ab\nran /\n",
		HEAD "packages ab\nran /a;b\n",
		"name web\npayload 1\nepoch 5\nfolder\n",
		"payload 1\nname -web\nepoch 5\nfolder\n",
		"payload 1\nname web\nepoch five\nfolder\n",
	};
	json_t *m;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(parse(bad[i], &m), -EINVAL);
		assert_null(m);
	}
}

static void files_are_read(void **state)
{
	struct payload p;
	char *text;
	size_t len;

	(void)state;
	assert_int_equal(payload_open(SEED, &p), 0);
	assert_string_equal(p.name, "seed");
	assert_int_equal(p.bytes, PAYLOAD_BLOCK);
	assert_int_equal(payload_read(&p, "/a/b", 4096, &text, &len), 0);
	assert_int_equal(len, 9 * 2 + 90 * 3 + 201 * 4);
	assert_memory_equal(text, "1\n2\n3\n", 6);
	assert_string_equal(text + len - 9, "\n299\n300\n");
	free(text);
	assert_int_equal(payload_read(&p, "/a/b", len - 1, &text, &len), -EFBIG);
	assert_int_equal(payload_read(&p, "/a", 4096, &text, &len), -ENOENT);
	assert_int_equal(payload_read(&p, "/a/c", 4096, &text, &len), -ENOENT);
	assert_int_equal(payload_read(&p, "/a/b/c", 4096, &text, &len), -ENOENT);
	payload_close(&p);
}

/* A byte that is changed is found, by one check or the other: any of the superblock's, and others.
 */
static void damage_is_found(void **state)
{
	struct payload p;

	(void)state;
	assert_int_equal(payload_open(SEED, &p), 0);
	assert_int_equal(payload_verify(&p), 0);
	payload_close(&p);
	for (size_t at = 0; at < PAYLOAD_BLOCK; at += at / 128 == PAYLOAD_SUPER / 128 ? 1 : 32) {
		write_changed(at, 0x10);
		if (payload_open(path, &p))
			continue;
		assert_int_equal(payload_verify(&p), -EILSEQ);
		payload_close(&p);
	}
}

/* Sealed again it is as it was, with the checksum too. */
static void seal_is_repeatable(void **state)
{
	char was[PAYLOAD_BLOCK + 1], is[PAYLOAD_BLOCK + 1];
	struct payload p;

	(void)state;
	write_changed(PAYLOAD_SUPER + 5, 0xff);
	assert_int_equal(payload_seal(path, "abcdefghij-12345"), 0);
	assert_int_equal(payload_open(path, &p), 0);
	assert_string_equal(p.name, "abcdefghij-12345");
	payload_close(&p);
	assert_int_equal(payload_seal(path, "seed"), 0);
	assert_int_equal(io_read_file(SEED, was, sizeof(was)), PAYLOAD_BLOCK);
	assert_int_equal(io_read_file(path, is, sizeof(is)), PAYLOAD_BLOCK);
	assert_memory_equal(was, is, PAYLOAD_BLOCK);
}

static void names_that_are_none(void **state)
{
	struct payload p;

	(void)state;
	write_changed(PAYLOAD_SUPER + 64, 's'); /* \0eed */
	assert_int_equal(payload_open(path, &p), 0);
	assert_string_equal(p.name, "");
	payload_close(&p);
	write_changed(PAYLOAD_SUPER + 64 + 6, 'x'); /* seed\0\0x */
	assert_int_equal(payload_open(path, &p), 0);
	assert_string_equal(p.name, "");
	payload_close(&p);
	write_changed(PAYLOAD_SUPER + 64, 's' ^ '.'); /* .eed */
	assert_int_equal(payload_open(path, &p), 0);
	assert_string_equal(p.name, "");
	payload_close(&p);
}

static void what_is_no_payload(void **state)
{
	struct payload p;

	(void)state;
	assert_int_equal(payload_open("/nonexistent", &p), -ENOENT);
	assert_int_equal(payload_open("/tmp", &p), -EISDIR);
	assert_int_equal(payload_open("/dev/null", &p), -EINVAL);
	for (size_t size = 0; size < PAYLOAD_BLOCK; size += 97) {
		write_changed(0, 0);
		assert_int_equal(truncate(path, (off_t)size), 0);
		assert_int_equal(payload_open(path, &p), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(lists_of_packages),
		cmocka_unit_test(manifest_is_read),
		cmocka_unit_test(other_manifests_are_refused),
		cmocka_unit_test(files_are_read),
		cmocka_unit_test(damage_is_found),
		cmocka_unit_test(seal_is_repeatable),
		cmocka_unit_test(names_that_are_none),
		cmocka_unit_test(what_is_no_payload),
	};

	return cmocka_run_group_tests_name("payload", tests, setup, teardown);
}
