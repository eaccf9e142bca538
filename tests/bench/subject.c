/* SPDX-License-Identifier: ISC */
#include "tests/bench/subject.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void below(char *full, const char *root, const char *path)
{
	snprintf(full, PATH_MAX, "%s%s", root, path);
}

static void make_parents(char *path)
{
	for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
}

__attribute__((format(printf, 4, 5)))
static int put(const char *root, const char *path, int mode, const char *fmt, ...)
{
	char full[PATH_MAX];
	va_list ap;
	int fd, n;

	below(full, root, path);
	make_parents(full);
	fd = open(full, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	va_start(ap, fmt);
	n = vdprintf(fd, fmt, ap);
	va_end(ap);
	close(fd);
	return n < 0 ? -EIO : 0;
}

static int set_up_nothing(const char *root, const char *word)
{
	(void)root, (void)word;
	return 0;
}

/* Who can do without a delay before a restart does so for the row of restarts. */
static bool is_to_hurry(const char *word)
{
	return strcmp(word, "exit") == 0;
}

static int set_up_xlab(const char *root, const char *word)
{
	return put(root, "/etc/xlab/services.d/svc", 0644,
		   "command = " SUBJECT_SVC " %s\ntype = keep\n%s", word,
		   is_to_hurry(word) ? "backoff = 0\n" : "");
}

static int set_up_busybox(const char *root, const char *word)
{
	return put(root, "/etc/inittab", 0644, "::respawn:" SUBJECT_SVC " %s\n", word);
}

/*
 * Stage 1 does nothing, stage 2 is what Debian's comes to. runsvdir sleeps for a second when its
 * folder was changed in this one, which on a machine that boots it was not.
 */
static int set_up_runit(const char *root, const char *word)
{
	static const struct timespec long_ago[2] = { { 1000000000, 0 }, { 1000000000, 0 } };
	char full[PATH_MAX];
	int r;

	if ((r = put(root, "/etc/runit/1", 0755, "#!/bin/busybox true\n")) < 0 ||
	    (r = put(root, "/etc/runit/2", 0755,
		     "#!/bin/busybox sh\nexec runsvdir -P /etc/service\n")) < 0 ||
	    (r = put(root, "/etc/runit/3", 0755, "#!/bin/busybox true\n")) < 0 ||
	    (r = put(root, "/etc/service/svc/run", 0755, "#!" SUBJECT_SVC " %s\n", word)) < 0)
		return r;
	below(full, root, "/etc/service");
	return utimensat(AT_FDCWD, full, long_ago, 0) < 0 ? -errno : 0;
}

static int set_up_s6(const char *root, const char *word)
{
	return put(root, "/run/service/svc/run", 0755, "#!" SUBJECT_SVC " %s\n", word);
}

static int set_up_finit(const char *root, const char *word)
{
	char full[PATH_MAX];

	below(full, root, "/etc/finit.d/");
	make_parents(full);
	return put(root, "/etc/finit.conf", 0644, "runlevel 2\n"
		   "service [2] %s log:null " SUBJECT_SVC " %s -- svc\n",
		   is_to_hurry(word) ? "respawn" : "restart:-1", word);
}

const struct subject subjects[] = {
	{ .name = "xlab-init", .argv = { "/sbin/init" }, .supervises = true,
	  .setup = set_up_xlab,
	  .delay = "100 ms, doubling, to 30 s; none with `backoff = 0`, as for `restarts`",
	  .note = "mounts its file systems before the service" },
	{ .name = "busybox", .packages = "busybox-static", .argv = { "/bin/init" },
	  .supervises = true, .setup = set_up_busybox, .delay = "1 s, cannot be set",
	  .note = "also pauses 1 s after each round of reaping; `orphans` is one round" },
	{ .name = "runit", .packages = "runit busybox-static", .argv = { "/sbin/runit" },
	  .supervises = true, .setup = set_up_runit,
	  .delay = "1 s from the start before, cannot be set",
	  .note = "PID 1 is runit, which runs /etc/runit/1 (empty) and 2 (runsvdir)" },
	{ .name = "s6-svscan", .packages = "s6 libs6-2.11 libskarnet2.13 libexecline2.9",
	  .argv = { "/usr/bin/s6-svscan", "/run/service" }, .supervises = true,
	  .setup = set_up_s6, .delay = "1 s, cannot be set" },
	{ .name = "finit", .packages = "finit libite5 libuev3", .argv = { "/sbin/finit" },
	  .supervises = true, .setup = set_up_finit,
	  .delay = "none, then 2 s, then 5 s; none with `respawn`, as for `restarts`",
	  .note = "mounts its file systems before the service" },
	{ .name = "tini", .packages = "tini", .argv = { "/usr/bin/tini-static", "--" },
	  .wraps = true, .setup = set_up_nothing, .note = "the static flavour" },
	{ .name = "dumb-init", .packages = "dumb-init", .argv = { "/usr/bin/dumb-init", "--" },
	  .wraps = true, .setup = set_up_nothing },
	{ .name = "catatonit", .packages = "catatonit", .argv = { "/usr/bin/catatonit", "--" },
	  .wraps = true, .setup = set_up_nothing },
};

const size_t subject_count = sizeof(subjects) / sizeof(subjects[0]);

__attribute__((format(printf, 1, 2)))
static int shell(const char *fmt, ...)
{
	char cmd[4 * PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	return system(cmd) == 0 ? 0 : -EIO;
}

static int install_packages(const struct subject *s, const char *root)
{
	char names[256], *save = NULL;
	int r = 0;

	snprintf(names, sizeof(names), "%s", s->packages);
	for (char *p = strtok_r(names, " ", &save); p && r == 0; p = strtok_r(NULL, " ", &save))
		r = shell("cp -a '" SUBJECT_INITS "/%s/.' '%s'", p, root);
	return r;
}

static int install_libc(const char *root)
{
	return shell("d=/lib/x86_64-linux-gnu; "
		     "for f in /lib64/ld-linux-x86-64.so.2 $d/libc.so.6 $d/libdl.so.2; do "
		     "install -D \"$f\" '%s'\"$f\" || exit; done", root);
}

int subject_is_dynamic(const struct subject *s, const char *root)
{
	char full[PATH_MAX], ident[sizeof(Elf64_Ehdr)];
	const Elf64_Ehdr *h = (const void *)ident;
	Elf64_Phdr ph = { .p_type = PT_NULL };
	int fd, r;

	below(full, root, s->argv[0]);
	fd = open(full, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = pread(fd, ident, sizeof(ident), 0) == sizeof(ident) ? 0 : -EIO;
	for (int i = 0; r == 0 && i < h->e_phnum; i++)
		if (pread(fd, &ph, sizeof(ph), (off_t)(h->e_phoff + i * sizeof(ph))) == sizeof(ph))
			r = ph.p_type == PT_INTERP;
	close(fd);
	return r;
}

static long library_bytes;

static int add_library(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	if (kind == FTW_F && strstr(path + ftw->base, ".so"))
		library_bytes += st->st_size;
	return 0;
}

long subject_library_bytes(const char *root)
{
	library_bytes = 0;
	nftw(root, add_library, 8, FTW_PHYS);
	return library_bytes;
}

int subject_install(const struct subject *s, const char *root)
{
	int r = s->packages ? install_packages(s, root) :
		shell("install -D -m 755 \"${XLAB_INIT:-build/guest/xlab-init}\" '%s%s'", root,
		      s->argv[0]);

	if (r < 0)
		return r;
	r = shell("cd '%s' && mkdir -p dev usr/bin && : >dev/null && "
		  "{ [ ! -e bin/busybox ] || ln -s busybox bin/init; }", root);
	if (r < 0)
		return r;
	r = subject_is_dynamic(s, root);
	if (r > 0)
		r = install_libc(root);
	return r < 0 ? r : shell("install -m 755 build/bench/service '%s" SUBJECT_SVC "'", root);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

int subject_refresh(const struct subject *s, const char *root, const char *word)
{
	static const char *const folders[] = { "/etc", "/run", "/tmp", "/out" };
	char full[PATH_MAX];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		below(full, root, folders[i]);
		nftw(full, remove_one, 8, FTW_DEPTH | FTW_PHYS);
		if (mkdir(full, 0755) < 0)
			return -errno;
	}
	below(full, root, "/out/fifo");
	if (mkfifo(full, 0600) < 0)
		return -errno;
	return s->setup(root, word);
}

void subject_version(const struct subject *s, char *version, size_t size)
{
	char path[PATH_MAX], line[256];
	FILE *f;

	*version = '\0';
	if (!s->packages)
		return;
	snprintf(path, sizeof(path), SUBJECT_INITS "/%.*s/USED", (int)strcspn(s->packages, " "),
		 s->packages);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "version=", 8) == 0)
			snprintf(version, size, "%.*s", (int)strcspn(line + 8, "\n"), line + 8);
	if (f)
		fclose(f);
}
