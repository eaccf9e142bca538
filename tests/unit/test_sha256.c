/* SPDX-License-Identifier: ISC */
/* Against the examples that NIST publishes for FIPS 180-4, and against libmd at every length up to
 * some. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sha2.h>

#include "guest-tools/lib/sha256.h"

static void digest(const void *data, size_t len, size_t piece, char text[SHA256_TEXT])
{
	const char *p = data;
	struct sha256 s;

	sha256_init(&s);
	for (size_t n; len; len -= n, p += n) {
		n = len < piece ? len : piece;
		sha256_add(&s, p, n);
	}
	sha256_end(&s, text);
}

static void published_examples(void **state)
{
	static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	char text[SHA256_TEXT];

	(void)state;
	digest("abc", 3, 64, text);
	assert_string_equal(text,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest(two_blocks, strlen(two_blocks), 64, text);
	assert_string_equal(text,
			    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	digest("", 0, 64, text);
	assert_string_equal(text,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void a_million(void **state)
{
	char *data = malloc(1000000), text[SHA256_TEXT];

	(void)state;
	assert_non_null(data);
	memset(data, 'a', 1000000);
	digest(data, 1000000, 997, text);
	assert_string_equal(text,
			    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	free(data);
}

static void every_length_in_every_piece(void **state)
{
	uint8_t data[200];
	char text[SHA256_TEXT], want[SHA256_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 37);
	for (size_t len = 0; len <= sizeof(data); len++) {
		SHA256Data(data, len, want);
		for (size_t piece = 1; piece <= 130; piece += 43) {
			digest(data, len, piece, text);
			assert_string_equal(text, want);
		}
	}
}

static void files_are_read_to_their_end(void **state)
{
	char text[SHA256_TEXT], want[SHA256_TEXT];
	static uint8_t data[40000];
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	memset(data, 7, sizeof(data));
	assert_int_equal(fwrite(data, 1, sizeof(data), f), sizeof(data));
	rewind(f);
	assert_int_equal(sha256_fd(fileno(f), text), 0);
	SHA256Data(data, sizeof(data), want);
	assert_string_equal(text, want);
	fclose(f);
	assert_int_equal(sha256_fd(-1, text), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_examples),
		cmocka_unit_test(a_million),
		cmocka_unit_test(every_length_in_every_piece),
		cmocka_unit_test(files_are_read_to_their_end),
	};

	return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
