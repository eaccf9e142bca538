/* SPDX-License-Identifier: ISC */
/* Prints the tables of docs/protocol.md, made of the definition itself; each behind its name. */
#include <stdio.h>

#include "guest-tools/proto/proto.h"
#include "host/record.h"

#define TYPE_NAME(id, name, what) [XPT_##id] = name,
static const char *const type_names[] = { XP_TYPES(TYPE_NAME) };

static const char *const writers[] = { [XP_GUEST] = "guest", [XP_HOST] = "host" };

/* Of the owner and of the other side, as xl makes the folder that the node is in. */
static const char *const permissions[] = {
	[XP_GUEST] = "guest: read, write", [XP_HOST] = "guest: read; host: read, write"
};

static void row_key(const char *path, enum xp_writer writer, enum xp_type type, int max, const char *what)
{
	printf("| `%s` | %s | %s | %s | %d | %s |\n", path, writers[writer], permissions[writer],
	       type_names[type], max, what);
}

static void table_limits(void)
{
	printf("@limits\n| limit | bytes |\n| --- | --- |\n");
	printf("| a value | %d |\n| of them a piece's data | %d |\n", XP_VALUE_MAX, XP_PIECE_DATA_MAX);
	printf("| a record | %d |\n| a path below the home | %d |\n", XP_RECORD_MAX, XP_KEY_MAX - 1);
	printf("\nThe window has %d slots. A record's objects are nested %d deep at most; names in it have\n"
	       "at most %d bytes.\n",
	       XP_WINDOW, RECORD_DEPTH_MAX, RECORD_NAME_MAX);
}

int main(void)
{
	table_limits();
	printf("@types\n| type | a value of it |\n| --- | --- |\n");
#define ROW_TYPE(id, name, what) printf("| %s | %s |\n", name, what);
	XP_TYPES(ROW_TYPE)
	printf("@keys\n| path | writer | permissions | type | bytes | what it holds |\n"
	       "| --- | --- | --- | --- | --- | --- |\n");
#define ROW_KEY(id, path, writer, type, max, what) row_key(path, writer, XPT_##type, max, what);
	XP_KEYS(ROW_KEY)
	row_key(XP_PIECE_DIR "/NN", XP_GUEST, XPT_TEXT, XP_VALUE_MAX, "a piece; NN is its number modulo the window, two digits");
	printf("@states\n| state | the guest |\n| --- | --- |\n");
#define ROW_STATE(id, word, what) printf("| `%s` | %s |\n", word, what);
	XP_STATES(ROW_STATE)
	printf("@steps\n| from | to | when |\n| --- | --- | --- |\n");
#define ROW_STEP(from, to, when) printf("| %s | %s | %s |\n", xp_state_word(XPS_##from), xp_state_word(XPS_##to), when);
	XP_STATE_STEPS(ROW_STEP)
	printf("@end\n");
	return 0;
}
