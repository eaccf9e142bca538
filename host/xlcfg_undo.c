/* SPDX-License-Identifier: ISC */
#include "host/xlcfg_edit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/proto/modes.h"
#include "guest-tools/proto/proto.h"

enum mark_kind { MARK_NONE, MARK_OLD, MARK_MORE, MARK_NEW, MARK_NO_NEWLINE };

struct mark {
	unsigned lines, crc; /* of what stands in */
	const char *rest;    /* the line that it keeps */
	size_t len;
};

/* "N CRC" and what is behind it; NULL when it is something else. */
static const char *parse_stand_in(const char *s, struct mark *m)
{
	size_t digits = strspn(s, "0123456789");

	if (!digits || digits > 6 || s[digits] != ' ' ||
	    strspn(s + digits + 1, "0123456789abcdef") != 8)
		return NULL;
	m->lines = (unsigned)strtoul(s, NULL, 10);
	m->crc = (unsigned)strtoul(s + digits + 1, NULL, 16);
	return m->lines ? s + digits + 9 : NULL;
}

/* line ends with '\n', or with the file. */
static enum mark_kind parse_mark(const char *line, size_t len, struct mark *m)
{
	char word[8] = "";
	enum mode mode;
	const char *s;
	bool new = false;

	*m = (struct mark){ 0 };
	if (strncmp(line, "#xlab ", 6) || sscanf(line + 6, "%7[a-z]", word) != 1 ||
	    mode_parse(word, &mode))
		return MARK_NONE;
	s = line + 6 + strlen(word);
	if (!strncmp(s, "$\n", 2))
		return MARK_NO_NEWLINE;
	if (*s == ' ') {
		s = parse_stand_in(s + 1, m);
		new = s && !strncmp(s, ".\n", 2);
	}
	if (new)
		return MARK_NEW;
	if (!s || (*s != ':' && (*s != '+' || m->lines)) || s[1] != ' ')
		return MARK_NONE;
	m->rest = s + 2;
	m->len = (size_t)(line + len - m->rest);
	return *s == ':' ? MARK_OLD : MARK_MORE;
}

struct undo {
	FILE *f;
	const struct xlcfg *c;
	struct xlcfg_lines l;
	struct xlcfg_undone *u;
	struct xlcfg_notes *notes;
};

static enum mark_kind mark_at(const struct undo *u, size_t line, struct mark *m)
{
	if (line > u->l.n || u->l.group[line])
		return MARK_NONE;
	return parse_mark(u->c->text + u->l.start[line], u->l.start[line + 1] - u->l.start[line],
			  m);
}

static bool stands(const struct undo *u, size_t line, const struct mark *m)
{
	uint32_t from;

	if (line + m->lines > u->l.n + 1)
		return false;
	from = u->l.start[line];
	return xp_crc32(0, u->c->text + from, u->l.start[line + m->lines] - from) == m->crc;
}

/* Takes back the block that begins with first on that line. Returns the next line. */
static size_t undo_block(struct undo *u, size_t line, enum mark_kind kind, const struct mark *first)
{
	struct mark m = *first;
	size_t behind = line + 1;

	while (kind == MARK_OLD && mark_at(u, behind, &m) == MARK_MORE)
		behind++;
	if (first->lines && !stands(u, behind, first)) {
		u->u->kept++;
		xlcfg_note(u->notes, (unsigned)behind, "#xlab",
			   "kept: these lines were changed after the conversion");
		return behind;
	}
	u->u->taken_back++;
	if (kind == MARK_OLD)
		fwrite(first->rest, 1, first->len, u->f);
	for (size_t i = line + 1; i < behind; i++)
		if (mark_at(u, i, &m) == MARK_MORE)
			fwrite(m.rest, 1, m.len, u->f);
	return behind + first->lines;
}

/* Returns whether the last line had no '\n'. */
static bool undo_all(struct undo *u)
{
	bool cut = false;

	for (size_t i = 1; i <= u->l.n;) {
		size_t end = u->l.group[i] ? u->l.group[i] : i;
		struct mark m;
		enum mark_kind kind = mark_at(u, i, &m);

		if (kind == MARK_OLD || kind == MARK_NEW) {
			i = undo_block(u, i, kind, &m);
			continue;
		}
		cut = kind == MARK_NO_NEWLINE && i == u->l.n;
		u->u->taken_back += cut;
		if (!cut)
			fwrite(u->c->text + u->l.start[i], 1, u->l.start[end + 1] - u->l.start[i],
			       u->f);
		i = end + 1;
	}
	return cut;
}

int xlcfg_undo(const struct xlcfg *c, char **out, size_t *len, struct xlcfg_undone *done,
	       struct xlcfg_notes *notes)
{
	struct undo u = { .c = c, .u = done, .notes = notes };
	bool cut = false;

	*done = (struct xlcfg_undone){ 0, 0 };
	*out = NULL;
	if (xlcfg_lines_of(c, &u.l))
		return -ENOMEM;
	u.f = open_memstream(out, len);
	if (u.f)
		cut = undo_all(&u);
	xlcfg_lines_free(&u.l);
	if (!u.f || fclose(u.f)) {
		free(*out);
		*out = NULL;
		return -ENOMEM;
	}
	if (cut && *len && (*out)[*len - 1] == '\n')
		(*out)[--*len] = '\0';
	return 0;
}
