/* SPDX-License-Identifier: ISC */
#include "host/plan.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const orders[] = { [PLAN_RANDOM] = "random", [PLAN_LISTED] = "listed" };

const char *plan_order_name(enum plan_order order)
{
	return orders[order];
}

/* Calls add() for each word of a list. NULL, or what is wrong. */
static const char *each_word(struct plan *p, const char *value,
			     const char *(*add)(struct plan *p, const char *word))
{
	const char *wrong = "is empty or too long";
	char text[KEYFILE_MAX], *save, *word;

	if (strlen(value) >= sizeof(text))
		return wrong;
	strcpy(text, value);
	for (word = strtok_r(text, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		wrong = add(p, word);
		if (wrong)
			return wrong;
	}
	return wrong;
}

static const char *add_workload(struct plan *p, const char *word)
{
	for (unsigned i = 0; i < p->nworkloads; i++)
		if (!strcmp(p->workload[i], word))
			return "names a workload twice";
	if (p->nworkloads == PLAN_WORKLOADS_MAX)
		return "has more than 64 workloads";
	return keyfile_text(p->workload[p->nworkloads++], sizeof(p->workload[0]), word,
			    keyfile_name_chars);
}

static const char *add_mode(struct plan *p, const char *word)
{
	enum mode mode;

	if (mode_parse(word, &mode) || mode == MODE_UNKNOWN)
		return "has a word that is no mode (native pv pvh pvhvm hvm)";
	for (unsigned i = 0; i < p->nmodes; i++)
		if (p->mode[i] == mode)
			return "names a mode twice";
	p->mode[p->nmodes++] = mode;
	return NULL;
}

static const char *add_vcpus(struct plan *p, const char *word)
{
	unsigned n;
	const char *wrong = keyfile_number(&n, word, 1, 512);

	for (unsigned i = 0; !wrong && i < p->nvcpus; i++)
		if (p->vcpus[i] == n)
			wrong = "has a number twice";
	if (wrong)
		return wrong;
	if (p->nvcpus == PLAN_VCPUS_MAX)
		return "has more than 16 numbers";
	p->vcpus[p->nvcpus++] = n;
	return NULL;
}

static const char *set_workloads(struct plan *p, const char *v)
{
	return each_word(p, v, add_workload);
}

static const char *set_modes(struct plan *p, const char *v)
{
	return each_word(p, v, add_mode);
}

static const char *set_vcpus(struct plan *p, const char *v)
{
	return each_word(p, v, add_vcpus);
}

static const char *set_repetitions(struct plan *p, const char *v)
{
	return keyfile_number(&p->repetitions, v, 1, PLAN_TIMES_MAX);
}

static const char *set_max_repetitions(struct plan *p, const char *v)
{
	return keyfile_number(&p->max_repetitions, v, 1, PLAN_TIMES_MAX);
}

static const char *set_warmups(struct plan *p, const char *v)
{
	unsigned n;
	const char *wrong = keyfile_number(&n, v, 0, PLAN_TIMES_MAX);

	if (!wrong)
		p->warmups = (int)n;
	return wrong;
}

static const char *set_precision(struct plan *p, const char *v)
{
	size_t digits = strspn(v, "0123456789.");
	char *end;
	double percent = strtod(v, &end);

	if (!isdigit((unsigned char)*v) || end != v + digits || strcmp(end + (*end == ' '), "%") ||
	    percent < 0.1 || percent > 50)
		return "is no share like 5%, from 0.1% to 50%";
	p->precision = percent / 100;
	return NULL;
}

static const char *set_per(struct plan *p, const char *v)
{
	if (strcmp(v, "sample") && strcmp(v, "cell"))
		return "is neither sample nor cell";
	p->per = *v == 's' ? PLAN_PER_SAMPLE : PLAN_PER_CELL;
	return NULL;
}

const char *plan_set_order(struct plan *p, const char *word)
{
	if (strcmp(word, orders[PLAN_RANDOM]) && strcmp(word, orders[PLAN_LISTED]))
		return "is neither random nor listed";
	p->order = *word == 'r' ? PLAN_RANDOM : PLAN_LISTED;
	return NULL;
}

const char *plan_set_seed(struct plan *p, const char *word)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(word, &end, 10);
	if (!isdigit((unsigned char)*word) || *end || errno || n > PLAN_SEED_MAX)
		return "is not a number in range";
	p->seed = n;
	p->seeded = true;
	return NULL;
}

static const char *set_retries(struct plan *p, const char *v)
{
	return keyfile_number(&p->retries, v, 0, PLAN_TIMES_MAX);
}

static const char *set_deadline(struct plan *p, const char *v)
{
	return keyfile_number(&p->deadline_s, v, 1, 1000000);
}

static const char *set_together(struct plan *p, const char *v)
{
	if (strcmp(v, "yes") && strcmp(v, "no"))
		return "is neither yes nor no";
	p->together = *v == 'y';
	return NULL;
}

const char *plan_native_parse(const char *word, bool *chroot)
{
	if (strcmp(word, "qemu") && strcmp(word, "chroot"))
		return "is neither qemu nor chroot";
	*chroot = *word == 'c';
	return NULL;
}

static const char *set_native(struct plan *p, const char *v)
{
	return plan_native_parse(v, &p->chroot);
}

/* Those without a function are the guest's. */
static const struct {
	const char *key;
	const char *(*set)(struct plan *p, const char *value);
	bool many;
} keys[] = {
	{ .key = "name" },
	{ .key = "disk" },
	{ .key = "payload", .many = true },
	{ .key = "memory" },
	{ .key = "size" },
	{ .key = "scratch" },
	{ .key = "bridge" },
	{ .key = "mac" },
	{ .key = "network" },
	{ .key = "ssh_keys" },
	{ .key = "cpus" },
	{ .key = "weight" },
	{ .key = "cap" },
	{ .key = "workloads", .set = set_workloads },
	{ .key = "modes", .set = set_modes },
	{ .key = "vcpus", .set = set_vcpus },
	{ .key = "repetitions", .set = set_repetitions },
	{ .key = "max_repetitions", .set = set_max_repetitions },
	{ .key = "precision", .set = set_precision },
	{ .key = "warmups", .set = set_warmups },
	{ .key = "per", .set = set_per },
	{ .key = "order", .set = plan_set_order },
	{ .key = "seed", .set = plan_set_seed },
	{ .key = "retries", .set = set_retries },
	{ .key = "deadline", .set = set_deadline },
	{ .key = "together", .set = set_together },
	{ .key = "native", .set = set_native },
};

enum { NKEYS = sizeof(keys) / sizeof(*keys) };

static int find_key(const char *key)
{
	int i = 0;

	while (i < NKEYS && strcmp(keys[i].key, key))
		i++;
	return i < NKEYS ? i : -1;
}

static bool key_is_many(int key)
{
	return keys[key].many;
}

static const char *set_key(void *to, int key, const char *value)
{
	struct plan *p = to;

	return keys[key].set ? keys[key].set(p, value) : domain_set(&p->desc, keys[key].key, value);
}

/* What was not said. */
static void complete(struct plan *p)
{
	static const enum mode all[] = { MODE_NATIVE, MODE_PV, MODE_PVH, MODE_PVHVM, MODE_HVM };

	if (!p->nmodes) {
		memcpy(p->mode, all, sizeof(all));
		p->nmodes = sizeof(all) / sizeof(*all);
	}
	if (!p->nvcpus)
		p->vcpus[p->nvcpus++] = 1;
}

static const char *check(void *to, uint64_t seen)
{
	struct plan *p = to;
	const char *wrong = domain_check(&p->desc);

	(void)seen;
	complete(p);
	if (wrong)
		return wrong;
	if (!p->nworkloads)
		return "'workloads' is missing";
	if ((p->precision > 0) != (p->max_repetitions > 0))
		return "'precision' and 'max_repetitions' need each other";
	if (p->max_repetitions && p->max_repetitions < p->repetitions)
		return "'max_repetitions' is less than 'repetitions'";
	return NULL;
}

int plan_parse(char *text, struct plan *p, char *why, size_t size)
{
	static const struct keyfile how = { "is no key of a plan", find_key, key_is_many, set_key, check, false };

	*p = (struct plan){ .repetitions = 6, .warmups = -1, .retries = 1, .deadline_s = 600 };
	domain_init(&p->desc);
	return keyfile_parse(text, &how, p, why, size);
}

int plan_read(const char *path, struct plan *p, char text[KEYFILE_MAX], char *why, size_t size)
{
	char copy[KEYFILE_MAX];
	int r = keyfile_read(path, "a plan", text, why, size);

	if (r)
		return r;
	strcpy(copy, text);
	return plan_parse(copy, p, why, size);
}
