/* SPDX-License-Identifier: ISC */
/*
 * Changes of an xl.cfg(5) that can be taken back. What a change replaces stays in the file as a
 * comment, whole lines at a time; MODE is the mode of the file before:
 *
 *	#xlab MODE: LINE	a line that is left out now
 *	#xlab MODE N CRC: LINE	the same, and the N lines behind the mark stand in for it
 *	#xlab MODE+ LINE	one more such line
 *	#xlab MODE N CRC.	the N lines behind it are new
 *	#xlab MODE$		at the end: there was no '\n' at the end
 *
 * CRC is that of the N lines (CRC-32, 8 hexadecimal digits): lines that somebody has changed since
 * are not taken back.
 */
#ifndef HOST_XLCFG_EDIT_H
#define HOST_XLCFG_EDIT_H

#include "host/xlcfg.h"

/* What was changed and why, in lines of the file that was read; line is 0 for what is not in it. */
struct xlcfg_note {
	unsigned line;
	char key[40];
	char text[256];
};

struct xlcfg_notes {
	struct xlcfg_note *list;
	size_t n;
	bool failed; /* there was no memory for one */
};

__attribute__((format(printf, 4, 5))) void xlcfg_note(struct xlcfg_notes *notes, unsigned line,
						      const char *key, const char *fmt, ...);
void xlcfg_notes_free(struct xlcfg_notes *notes);

struct xlcfg_edit;

struct xlcfg_edits {
	const struct xlcfg *c;
	struct xlcfg_edit *list;
	size_t n;
	bool failed;
};

/* All of these leave other bytes as they are; where two of them touch the same bytes the one that
 * begins first counts, or the longer one. */
void xlcfg_edit_name(struct xlcfg_edits *e, const struct xlcfg_setting *s, const char *name);
void xlcfg_edit_value(struct xlcfg_edits *e, const struct xlcfg_value *v, const char *text);
void xlcfg_edit_drop(struct xlcfg_edits *e, const struct xlcfg_setting *s);
/* An item of the list that ends with the token last. */
void xlcfg_edit_drop_item(struct xlcfg_edits *e, const struct xlcfg_value *v);
/* A line of its own behind that one; 0 is the beginning of the file. */
__attribute__((format(printf, 3, 4))) void xlcfg_edit_add(struct xlcfg_edits *e, unsigned line,
							  const char *fmt, ...);

/*
 * Makes the new text, with marks; the file must end with '\n' or be empty, and begin as one of that
 * mode. The caller frees *out. 0 or -ENOMEM.
 */
int xlcfg_edit_apply(struct xlcfg_edits *e, const char *mode, char **out, size_t *len);
void xlcfg_edits_free(struct xlcfg_edits *e);

/* Takes marks back. Counts those that were, and those that could not be, for which there is a
 * note. The caller frees *out. 0 or -ENOMEM. */
struct xlcfg_undone {
	unsigned taken_back, kept;
};
int xlcfg_undo(const struct xlcfg *c, char **out, size_t *len, struct xlcfg_undone *u,
	       struct xlcfg_notes *notes);

/* The lines of a file, by whether settings are on them. */
struct xlcfg_lines {
	size_t n;
	uint32_t *start; /* of line i, from 1; start[n + 1] is the end of the file */
	uint32_t *group; /* the last line of the settings that begin on line i; 0 in between */
};
int xlcfg_lines_of(const struct xlcfg *c, struct xlcfg_lines *l);
void xlcfg_lines_free(struct xlcfg_lines *l);

#endif
