/* SPDX-License-Identifier: ISC */
#include "host/collect_scratch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/log.h"
#include "guest-tools/proto/proto.h"
#include "host/cmd.h"
#include "host/record.h"

enum {
	UUID_LEN = 36,
	BOOTS_MAX = 4096,
	WORDS_MAX = 64 * 1024,
	FILE_MAX = 512 << 20 /* more than lines of all that one guest may store */
};

struct files {
	struct scratch *scratch;
	struct store *store;
	const struct guest_limits *limits;
	const char *name; /* of the store */
	char *words;	  /* what the host said */
	size_t words_len;
	char uuid[BOOTS_MAX][UUID_LEN + 1]; /* names of files */
	int n;
};

/* Keys of the host's, in the order in which they are told. */
struct word {
	unsigned key;
	const char *value;
};

int scratch_words(const struct scratch_words *w, char *buf, size_t size)
{
	const struct word words[] = {
		{ XPK_MODE, w->mode },	     { XPK_WORKLOAD, w->workload },
		{ XPK_SIZE, w->size },	     { XPK_IMAGE, w->image },
		{ XPK_WARMUPS, w->warmups }, { XPK_REPETITIONS, w->repetitions },
		{ XPK_RUN, w->run },
	};
	size_t len = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		int n;

		if (!words[i].value[0])
			continue;
		n = xp_line_format(words[i].key, words[i].value, strlen(words[i].value), buf + len,
				   size - len);
		if (n < 0)
			return -ENOSPC;
		len += (size_t)n;
	}
	return (int)len;
}

/* Calls line() for each whole line of a text, until it returns non-zero, and returns that. */
static int each_line(const char *text, size_t len, int (*line)(const char *text, size_t len, void *arg),
		     void *arg)
{
	const char *end;
	int r = 0;

	while (!r && (end = memchr(text, '\n', len))) {
		r = line(text, (size_t)(end - text), arg);
		len -= (size_t)(end + 1 - text);
		text = end + 1;
	}
	return r;
}

/* Puts one of the host's words, which by now may be the guest's. */
static int take_word(const char *text, size_t len, void *arg)
{
	struct source *src = arg;
	struct xp_line line;

	if (xp_line_parse(text, len, &line) || xp_key_writer(line.key) != XP_HOST ||
	    !xp_value_is_fine(line.key, line.value, line.len))
		return 0;
	return src->put(src, line.key, line.value, line.len);
}

/* A boot while its lines are taken. */
struct boot {
	struct files *files;
	const char *uuid;
	bool known; /* it has said who it is, and is in the store */
	struct source_serial src;
	struct guest guest;
};

/* It says who it is: its file's name. 0, -EPROTO when it is another, or not in the words of a host,
 * or -errno. */
static int boot_begin(struct boot *b)
{
	struct guest *g = &b->guest;
	char val[XP_VALUE_MAX + 1];
	int r = b->src.src.get(&b->src.src, XPK_BOOT, val, sizeof(val));

	if (r != UUID_LEN || strcmp(val, b->uuid))
		return -EPROTO;
	if (b->known)
		return 0;
	r = guest_identify(g, &b->src.src, b->uuid, 0, false, b->files->limits);
	if (r || !record_name_is_fine(g->row.run) || !record_name_is_fine(g->row.workload))
		return -EPROTO;
	r = store_guest_get(b->files->store, &g->row);
	b->known = !r;
	return r;
}

/* Stores what is new up to the newest piece that was shown. 0 or -errno. */
static int boot_serve(struct boot *b)
{
	char val[XP_VALUE_MAX + 1];
	uint32_t head;
	int n = b->src.src.get(&b->src.src, XPK_HEAD, val, sizeof(val));

	/* What is stored already is there once more, from its beginning. */
	if (n > 0 && !xp_number_parse(val, (size_t)n, &head) && head < b->guest.row.last.seq)
		return 0;
	n = guest_serve(&b->guest, b->files->store);
	return n < 0 ? n : 0;
}

/* 0, 1 when nothing more is taken, or -errno. */
static int boot_line(const char *text, size_t len, void *arg)
{
	struct boot *b = arg;
	int key = source_serial_take(&b->src, text, len), r;

	if (key == XPK_BOOT)
		return boot_begin(b);
	if (key != XPK_HEAD || !b->known)
		return 0;
	r = boot_serve(b);
	return r ? r : b->guest.refused;
}

/* Says what there is of a boot, and marks it as stored, if it is. An exit status. */
static int boot_end(struct boot *b)
{
	const struct store_guest *row = &b->guest.row;
	char mark[UUID_LEN + sizeof(XP_SCRATCH_ACK)];
	int r;

	printf("%s: run %s, %s: %s, %u pieces\n", b->uuid, row->run, row->workload,
	       store_status_name(row->status), row->last.seq);
	if (b->guest.refused)
		log_warnx("%s: %s", b->uuid, b->guest.why);
	/* Of one that came to no end, somebody may want to see what there is. */
	if (row->status == STORE_LOST)
		return EXIT_OK;
	snprintf(mark, sizeof(mark), "%s" XP_SCRATCH_ACK, b->uuid);
	r = scratch_put(b->files->scratch, mark, "", 0);
	return r ? cmd_fail(r, mark) : EXIT_OK;
}

/* An exit status: for a file that no agent wrote, and for trouble with the store. */
static int boot_fail(const struct files *f, const char *uuid, int err)
{
	if (err == -EUCLEAN)
		return cmd_fail_store(err, f->name);
	if (err != -EPROTO) {
		log_warnx("%s: cannot store: %s", f->name, store_error(f->store));
		return EXIT_SYSTEM;
	}
	log_warnx("%s: %s is nothing that an agent wrote", f->scratch->path, uuid);
	return EXIT_USAGE;
}

/* An exit status. */
static int boot_take(struct files *f, const char *uuid)
{
	static struct boot b;
	size_t len;
	char *text;
	int r = scratch_get(f->scratch, uuid, FILE_MAX, &text, &len);

	if (r)
		return r == -EFBIG || r == -EINVAL ? boot_fail(f, uuid, -EPROTO) : cmd_fail(r, uuid);
	b = (struct boot){ .files = f, .uuid = uuid };
	source_serial_init(&b.src);
	r = each_line(f->words, f->words_len, take_word, &b.src.src);
	if (!r)
		r = each_line(text, len, boot_line, &b);
	free(text);
	if (r >= 0 && !b.known)
		r = -EPROTO;
	if (r >= 0)
		r = guest_gone(&b.guest, f->store);
	return r < 0 ? boot_fail(f, uuid, r) : boot_end(&b);
}

/* Notes what has the name of a kernel's boot_id. 0, or 1 when there is no room for it. */
static int note_name(const char *name, void *arg)
{
	struct files *f = arg;

	if (strlen(name) != UUID_LEN || !xp_value_is_fine(XPK_BOOT, name, UUID_LEN))
		return 0;
	if (f->n == BOOTS_MAX)
		return 1;
	strcpy(f->uuid[f->n++], name);
	return 0;
}

/* Reads what there is. An exit status. */
static int read_names(struct files *f)
{
	int r = scratch_get(f->scratch, XP_SCRATCH_HOST_NAME, WORDS_MAX, &f->words, &f->words_len);

	if (r == -ENOENT) {
		log_warnx("%s: nothing of xlab native entry is on it", f->scratch->path);
		return EXIT_USAGE;
	}
	if (!r)
		r = scratch_list(f->scratch, note_name, f);
	if (r < 0)
		return cmd_fail(r, f->scratch->path);
	if (r > 0)
		log_warnx("%s: more than %d boots: the others are left", f->scratch->path, BOOTS_MAX);
	if (!f->n)
		log_info("%s: no boot has left anything on it", f->scratch->path);
	return EXIT_OK;
}

int collect_scratch(struct scratch *scratch, struct store *s, const char *path,
		    const struct guest_limits *limits)
{
	static struct files f;
	int r, status;

	f = (struct files){ .scratch = scratch, .store = s, .limits = limits, .name = path };
	status = read_names(&f);
	/* One that is no good does not keep the others from being stored. */
	for (int i = 0; i < f.n && status != EXIT_SYSTEM; i++)
		if ((r = boot_take(&f, f.uuid[i])))
			status = r;
	free(f.words);
	return status;
}
