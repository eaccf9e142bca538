/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "host/proc.h"
#include "host/report_plot.h"
#include "host/report_text.h"

enum { PLOT_MAX = 16 << 20, PLOT_DEADLINE_MS = 60 * 1000 };

/* What gnuplot 5's svg terminal writes, and what stands in a page instead; "%" in as is the id of
 * the plot. Up to and with until, if there is one, the text is left out. */
static const struct change {
	const char *from, *as, *until;
} changes[] = {
	{ "\"black\"", "\"currentColor\"", NULL },
	{ "id=\"gnuplot_", "id=\"%-", NULL },
	{ "'gp", "'%-gp", NULL },
	{ "'#gp", "'#%-gp", NULL },
	{ "id='textbox'", "id='%-textbox'", NULL },
	{ "id='greybox'", "id='%-greybox'", NULL },
	{ "<title>", "", "</title>" },
	{ "<desc>", "", "</desc>" },
};

static void put_as(FILE *f, const char *as, const char *id)
{
	for (; *as; as++) {
		if (*as == '%')
			fputs(id, f);
		else
			putc(*as, f);
	}
}

/* The colours of a script: rgb(0,0,N), with or without blanks. Returns what follows, or NULL. */
static const char *take_colour(const char *at, FILE *f)
{
	static const char *const forms[] = { "rgb(  0,   0,   ", "rgb(0,0," };

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		size_t len = strlen(forms[i]);

		if (strncmp(at, forms[i], len) || at[len] < '1' || at[len] > '8' ||
		    at[len + 1] != ')')
			continue;
		fprintf(f, "var(--p%c)", at[len]);
		return at + len + 2;
	}
	return NULL;
}

/* Returns what follows the text that was changed, or NULL when there is nothing to change. */
static const char *take_change(const char *at, const char *id, FILE *f)
{
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		const struct change *c = &changes[i];
		const char *end;

		if (strncmp(at, c->from, strlen(c->from)))
			continue;
		put_as(f, c->as, id);
		end = c->until ? strstr(at, c->until) : at;
		return end ? end + strlen(c->until ? c->until : c->from) : NULL;
	}
	return take_colour(at, f);
}

static void put_words(const struct plot_words *words, FILE *f)
{
	fprintf(f, "><title id=\"%s-title\">", words->id);
	text_html(f, words->title);
	fprintf(f, "</title><desc id=\"%s-desc\">", words->id);
	text_html(f, words->alternative);
	fputs("</desc>", f);
}

/* picture: from "<svg" on. */
static void put_picture(const char *picture, const struct plot_words *words, FILE *f)
{
	const char *body = strchr(picture, '>'), *at;

	fprintf(f, "<svg role=\"img\" aria-labelledby=\"%s-title %s-desc\"", words->id, words->id);
	fwrite(picture + 4, 1, (size_t)(body - picture - 4), f);
	put_words(words, f);
	for (at = body + 1; *at;) {
		const char *next = take_change(at, words->id, f);

		if (!next)
			putc(*at++, f);
		else
			at = next;
	}
}

static int adapt(const char *drawn, const struct plot_words *words, char **svg)
{
	const char *picture = strstr(drawn, "<svg");
	size_t len;
	FILE *f;

	if (!picture || !strchr(picture, '>'))
		return -EIO;
	f = open_memstream(svg, &len);
	if (!f)
		return -errno;
	put_picture(picture, words, f);
	return fclose(f) ? -ENOMEM : 0;
}

static int run_gnuplot(const char *script, size_t len, char *drawn)
{
	static const char *const argv[] = { "gnuplot", "-d", "-", NULL };
	int fd = memfd_create("plot", MFD_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = io_write_all(fd, script, len);
	lseek(fd, 0, SEEK_SET);
	if (!err)
		err = proc_capture(argv, drawn, PLOT_MAX,
				   &(struct proc_opts){ .in = fd,
							.err = PROC_NULL,
							.deadline_ms = PLOT_DEADLINE_MS });
	close(fd);
	return err > 0 ? -EIO : err;
}

int plot_draw(const char *script, size_t len, const struct plot_words *words, char **svg)
{
	char *drawn = malloc(PLOT_MAX);
	int err = drawn ? run_gnuplot(script, len, drawn) : -ENOMEM;

	*svg = NULL;
	if (!err)
		err = adapt(drawn, words, svg);
	free(drawn);
	return err;
}
