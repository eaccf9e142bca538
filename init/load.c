/* SPDX-License-Identifier: ISC */
#include "init/load.h"

#include "init/boot.h"
#include "init/console.h"
#include "init/klog.h"
#include "init/state.h"
#include "init/word.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char rescue_text[] =
	"type = console\n"
	"command = /bin/busybox getty -n -l /bin/sh -L 115200 %c vt102\n"
	"stop-signal = HUP\n"; /* a shell in use ignores TERM */

static char text[CONF_FILE + 1];

struct names {
	char name[CONF_SERVICES][CONF_NAME];
	size_t count;
};

static bool wrong;	/* something, when the files were read */

static void insert(struct names *names, const char *name)
{
	size_t i = names->count;

	if (i == CONF_SERVICES) {
		i--;
		klog(KLOG_WARN, "more than %d services: leaving out %s", CONF_SERVICES,
		     strcmp(names->name[i], name) > 0 ? names->name[i] : name);
		wrong = true;
		if (strcmp(names->name[i], name) <= 0)
			return;
		names->count--;
	}
	for (; i > 0 && strcmp(names->name[i - 1], name) > 0; i--)
		memcpy(names->name[i], names->name[i - 1], CONF_NAME);
	names->name[i][0] = '\0';
	word_append(names->name[i], CONF_NAME, name);
	names->count++;
}

/* Hidden files are left out, as are the copies that editors leave. */
static void consider(struct names *names, const char *name)
{
	if (name[0] == '.' || name[strlen(name) - 1] == '~')
		return;
	if (word_is_name(name, CONF_NAME)) {
		insert(names, name);
		return;
	}
	klog(KLOG_WARN, LOAD_DIR "/%s: not a name of a service", name);
	wrong = true;
}

/* readdir(3) would allocate. */
static void list(struct names *names)
{
	int fd = open(LOAD_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_Alignas(struct dirent) char buf[1024];
	long n = -1;

	while (fd >= 0 && (n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0)
		for (long at = 0; at < n; at += ((struct dirent *)(buf + at))->d_reclen)
			consider(names, ((struct dirent *)(buf + at))->d_name);
	if (n < 0) {
		klog(KLOG_WARN, "cannot read " LOAD_DIR ": %m");
		wrong = true;
	}
	if (fd >= 0)
		close(fd);
}

/* Reads one file into text. */
static bool read_file(const char *name)
{
	char path[sizeof(LOAD_DIR) + CONF_NAME + 1] = LOAD_DIR "/";
	ssize_t n;

	word_append(path, sizeof(path), name);
	n = boot_read(path, text, sizeof(text));
	if (n < 0)
		klog(KLOG_WARN, "cannot read %s: %m", path);
	else if (n == CONF_FILE || strlen(text) != (size_t)n)
		klog(KLOG_WARN, "%s: too long, or not a text", path);
	return n >= 0 && n < CONF_FILE && strlen(text) == (size_t)n;
}

static bool add_one(struct conf *services, size_t *n, const struct conf *c, const char *console)
{
	if (*n == CONF_SERVICES || conf_copy(&services[*n], c, console) < 0) {
		klog(KLOG_WARN, "no room for %s", c->name);
		return false;
	}
	++*n;
	return true;
}

/* Adds what text describes; *console is set when it takes the consoles. */
static bool add(struct conf *services, size_t *n, const char *name, bool *console)
{
	static struct conf c;
	struct conf_error error;
	char names[CONSOLE_MAX][CONSOLE_NAME];
	size_t consoles;
	bool all = true;

	if (conf_parse(&c, name, text, &error) < 0) {
		klog(KLOG_WARN, LOAD_DIR "/%s:%d: %s", name, error.line, error.what);
		return false;
	}
	if (c.type != CONF_CONSOLE)
		return add_one(services, n, &c, NULL);
	consoles = console_find(names);
	for (size_t i = 0; i < consoles; i++)
		all &= add_one(services, n, &c, names[i]);
	*console |= all;
	return all;
}

/* Puts a name and what is in text into the state, each with its NUL, up to max bytes in all. */
static void keep(const char *name, size_t max)
{
	size_t name_size = strlen(name) + 1, size = strlen(text) + 1;
	char *to = state->conf + state->conf_len;

	if (name_size + size > max - state->conf_len) {
		klog(KLOG_WARN, "no room for %s", name);
		wrong = true;
		return;
	}
	memcpy(to, name, name_size);
	memcpy(to + name_size, text, size);
	state->conf_len += (uint32_t)(name_size + size);
}

void load_files(void)
{
	static struct names names;

	list(&names);
	for (size_t i = 0; i < names.count; i++) {
		if (read_file(names.name[i]))
			keep(names.name[i], STATE_FILES);
		else
			wrong = true;
	}
	state->files_len = state->conf_len;
}

/* Adds what the state has from there to the end. */
static void add_kept(struct conf *services, size_t *n, uint32_t at, uint32_t end, bool *console)
{
	while (at < end) {
		const char *name = state->conf + at, *file = name + strlen(name) + 1;

		at += (uint32_t)(strlen(name) + 1);
		if (at >= state->conf_len)
			return;
		at += (uint32_t)(strlen(file) + 1);
		text[0] = '\0';
		word_append(text, sizeof(text), file);
		if (!add(services, n, name, console))
			wrong = true;
	}
}

/* The rescue shell, where there is one, comes before those whose names are the last. */
static void add_rescue(struct conf *services, size_t *n)
{
	char names[CONSOLE_MAX][CONSOLE_NAME];
	size_t consoles = console_find(names);
	bool console = false;

	while (*n + consoles > CONF_SERVICES)
		klog(KLOG_WARN, "no room for %s", services[--*n].name);
	add_kept(services, n, state->files_len, state->conf_len, &console);
}

size_t load_services(struct conf *services, bool at_boot, bool rescue)
{
	bool console = false;
	size_t n = 0;

	add_kept(services, &n, 0, state->files_len, &console);
	if (at_boot && (rescue || (wrong && !console))) {
		memcpy(text, rescue_text, sizeof(rescue_text));
		keep(LOAD_RESCUE, STATE_CONF);
	}
	if (state->conf_len > state->files_len)
		add_rescue(services, &n);
	return n;
}
