/* SPDX-License-Identifier: ISC */
/*
 * What is true of the host while a sample is taken and could bend its figures, as one JSON object
 * of the form in docs/facts.schema.json. What cannot be had is not in it: nothing is guessed.
 *
 * Sources: the kernel's Documentation/ABI (sysfs), proc(5), the words of xl(1) 4.17 and, for the
 * frequency of a machine that Xen governs, of xenpm.
 */
#ifndef HOST_FACTS_H
#define HOST_FACTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { FACTS_VERSION = 1, FACTS_TEXT_BYTES = 64 << 10 };

/* Where facts come from: this machine (facts_system), or what a test says that one is. */
struct facts_source {
	const char *root; /* "" or the folder that holds proc/ and sys/ */
	bool emulated;	  /* machine_is_emulated() */

	/* Puts what a program prints, ended by a NUL, into buf. 0 or -errno; -EMSGSIZE when buf
	 * holds only the beginning. Called in dom0 alone. May be NULL. */
	int (*ask)(const char *const argv[], char *buf, size_t size, void *arg);
	void *arg;
};

/* The machine that this runs on. */
struct facts_source facts_system(void);

/*
 * Gathers. interest names the n domains that are measured: they are marked, and no other domain's
 * noise. In dom0 it runs xl some eight times, which takes a good part of a second: never call it
 * while a sample is taken. NULL when memory is short.
 */
json_t *facts_gather(const struct facts_source *src, const char *const interest[], size_t n);

/*
 * Two texts of facts, for the caller to free: what seldom changes, which is the same to the byte as long
 * as that is, and what is another at each reading. Of what would be longer than FACTS_TEXT_BYTES the
 * longest parts are left out. 0 or -ENOMEM.
 */
int facts_texts(const json_t *facts, char **steady, char **moving);

/* The facts that two such texts hold, or NULL: they are not of that form, or memory is short. */
json_t *facts_of_texts(const char *steady, size_t steady_len, const char *moving,
		       size_t moving_len);

/*
 * What went on between two readings of one machine that the measured domains did not do, as an
 * array of objects: "flag" (a name of FACTS_FLAGS), "text" for people, and where it is a figure
 * "value" and "limit", which it is above. A fact that is missing in one of the two flags nothing.
 * NULL when memory is short. The objects may be of anybody's making.
 */
json_t *facts_noise(const json_t *before, const json_t *after);

/*
 * X(flag, limit, what it says). The limits are what a careful person would not wave through: the
 * interval of a median is rarely narrower than a percent, so what takes a percent of a CPU is seen.
 */
#define FACTS_FLAGS(X) \
	X(rebooted, 0, "the two readings are not of one boot: nothing else is compared") \
	X(steal, 0.01, "part of the CPUs' time that a hypervisor below gave to others") \
	X(pressure, 0.05, "part of the time in which a task of this kernel waited for a CPU") \
	X(dom0_busy, 0.25, "CPUs that dom0 used; in hvm it also plays the guest's devices") \
	X(domain_ran, 0.01, "CPUs that a domain used which is not measured") \
	X(domain_gone, 0, "a domain that is not measured went away: what it used is not known") \
	X(governor, 0, "the governor or its driver is another") \
	X(turbo, 0, "turbo went on or off") \
	X(cpus, 0, "CPUs went on- or offline, or SMT was switched") \
	X(scheduler, 0, "pools, scheduler, weights, caps or affinities are others") \
	X(throttled, 0, "times that a CPU was slowed down for its heat") \
	X(hot, -10, "kelvins above a sensor's own critical temperature, by the second reading")

#endif
