/* SPDX-License-Identifier: ISC */
/*
 * A payload from packages of the archives that this machine is configured for: mmdebstrap installs
 * them with all that they need into a system of its own, with maintainer scripts, and its last hook
 * packs that. Before that comes what is added to them. Root needs no more; others need a range of
 * user IDs in /etc/subuid, see mmdebstrap(1).
 */
#include <errno.h>
#include <glob.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/payload_work.h"
#include "host/proc.h"

/* The text of payload-pack.sh. */
__asm__(".section .rodata\n"
	".global payload_pack\n"
	"payload_pack:\n"
	".incbin \"host/payload-pack.sh\"\n"
	".byte 0\n"
	".previous\n");
extern const char payload_pack[];

enum { CONF_MAX = 65536, SUITE_MAX = 64 };

/* What is taken over from the environment: how the archives are reached, and where there is room.
 */
static const char *const kept[] = {
	"http_proxy", "https_proxy", "ftp_proxy", "no_proxy",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",  "TMPDIR",
};

/* What a shell takes as it is. */
static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-";

/* The name of this release of Debian. An exit status. */
static int find_suite(char suite[SUITE_MAX])
{
	const char *const ask[] = { "sh", "-c",
				    ". /etc/os-release && echo \"${VERSION_CODENAME:?}\"", NULL };

	if (proc_capture(ask, suite, SUITE_MAX, &(struct proc_opts){ .err = PROC_NULL }) == 0) {
		suite[strcspn(suite, "\n")] = '\0';
		return EXIT_OK;
	}
	log_warnx("payload: /etc/os-release does not name a release of Debian");
	return EXIT_USAGE;
}

static void add_environment(struct work_words *words, const struct work *w)
{
	char head[PAYLOAD_HEAD_MAX];

	work_word(words, "env");
	work_word(words, "-i");
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		if (getenv(kept[i]))
			work_word(words, "%s=%s", kept[i], getenv(kept[i]));
	/* Beside the payload is room. The user IDs of others may not go there, so /tmp it is then.
	 */
	if (geteuid() == 0 && strspn(w->dir, plain) == strlen(w->dir))
		work_word(words, "TMPDIR=%s", w->dir);
	payload_head(w, head);
	head[strlen(head) - 1] = '\0';
	work_word(words, "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	work_word(words, "HOME=/");
	work_word(words, "LC_ALL=C.UTF-8");
	work_word(words, "SOURCE_DATE_EPOCH=%lld", (long long)w->b->epoch);
	work_word(words, "PAYLOAD_START=%lld", (long long)time(NULL));
	work_word(words, "PAYLOAD_HEAD=%s", head);
}

/* The lists of archives, as apt has them. */
static void add_sources(struct work_words *words)
{
	static const char *const patterns[] = {
		"/etc/apt/sources.list",
		"/etc/apt/sources.list.d/*.list",
		"/etc/apt/sources.list.d/*.sources",
	};
	struct stat st;
	glob_t found;
	int more = 0;

	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++, more = GLOB_APPEND)
		glob(patterns[i], more, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (stat(found.gl_pathv[i], &st) == 0 && st.st_size > 0)
			work_word(words, "%s", found.gl_pathv[i]);
	globfree(&found);
}

static void add_mmdebstrap(struct work_words *words, const struct work *w, const char *conf)
{
	work_word(words, "mmdebstrap");
	work_word(words, "--mode=%s", geteuid() == 0 ? "root" : "unshare");
	work_word(words, "--variant=essential");
	work_word(words, "--format=null");
	work_word(words, "--skip=cleanup");
	work_word(words, "--aptopt=%s", conf);
	work_word(words, "--include=%s", w->b->packages);
	if (w->b->add[0].dir)
		work_word(words, "--customize-hook=tar-in '%s' /", w->tar);
	if (w->b->run)
		work_word(words, "--customize-hook=chroot \"$1\" %s", w->b->run);
	work_word(words, "--customize-hook=%s", payload_pack);
	work_word(words, "--customize-hook=download xlab.erofs '%s'", w->image);
}

/* Puts a folder into the tar of what is added: the same bytes wherever, whenever and as whomever
 * the folder was copied, as in payload_folder.c. Symbolic links stay what they are, wherever it
 * goes. An exit status. */
static int add_to_tar(const struct work *w, const struct payload_add *add)
{
	char mtime[32], place[PATH_MAX];
	const char *const tar[] = { "tar",
				    "--append",
				    "--file",
				    w->tar,
				    "--directory",
				    add->dir,
				    "--format=gnu",
				    "--sort=name",
				    "--owner=root:0",
				    "--group=root:0",
				    "--mode=a-st,u=rwX,go=rX",
				    mtime,
				    place,
				    ".",
				    NULL };
	int r = payload_check_folder(add->dir);

	snprintf(mtime, sizeof(mtime), "--mtime=@%lld", (long long)w->b->epoch);
	snprintf(place, sizeof(place), "--transform=s,^[.],.%s,S", add->at);
	return r ? r : work_run(w, tar);
}

static int make_tar(struct work *w)
{
	int r = EXIT_OK;

	for (int i = 0; !r && i < PAYLOAD_ADDS_MAX && w->b->add[i].dir; i++)
		r = add_to_tar(w, &w->b->add[i]);
	if (!r && !SHA256File(w->tar, w->added))
		r = cmd_fail(-errno, w->tar);
	return r;
}

int payload_from_packages(struct work *w)
{
	static struct work_words words;
	static char conf[CONF_MAX];
	const char *const ask[] = { "apt-config", "dump", "Acquire", NULL };
	char suite[SUITE_MAX];
	int r = find_suite(suite);

	if (r)
		return r;
	if (strpbrk(w->dir, "'\n")) {
		log_warnx("%s: mmdebstrap has no way to write such a name", w->dir);
		return EXIT_USAGE;
	}
	if (w->b->add[0].dir && (r = make_tar(w)))
		return r;
	r = proc_capture(ask, conf, sizeof(conf), &(struct proc_opts){ .err = PROC_NULL });
	if (r) {
		log_warnx(
			"payload: apt-config does not say how archives are reached: is this Debian?");
		return EXIT_SYSTEM;
	}
	memset(&words, 0, sizeof(words));
	/* What it mounts goes with it, however it ends. */
	if (geteuid() == 0) {
		work_word(&words, "unshare");
		work_word(&words, "--mount");
	}
	add_environment(&words, w);
	add_mmdebstrap(&words, w, conf);
	work_word(&words, "%s", suite);
	work_word(&words, "/dev/null");
	add_sources(&words);
	return words.err ? cmd_fail(words.err, "mmdebstrap") : work_run(w, words.argv);
}
