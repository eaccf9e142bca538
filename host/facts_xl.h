/* SPDX-License-Identifier: ISC */
/*
 * What xl and xenpm print, parsed: pure, bounded, for any bytes at all. text is ended by a NUL and
 * is changed. All return a new value, which is empty where nothing in the text is theirs, or NULL
 * when memory is short. The forms are those of xl(1), of Xen 4.17.
 */
#ifndef HOST_FACTS_XL_H
#define HOST_FACTS_XL_H

#include <jansson.h>

/* `xl info -n`: an object; of its tables "numa". */
json_t *facts_xl_info(char *text);

/* Adds what `xl dmesg` still has of the boot: XPTI, what spec-ctrl= came to, clock, debug build. */
void facts_xl_dmesg(char *text, json_t *xen);

/* `xl cpupool-list`: [{ name, scheduler, cpu_count, domain_count }]. */
json_t *facts_xl_pools(char *text);

/* Adds "cpus", a list as in "0,1", to the pools, of `xl cpupool-list -c`. */
void facts_xl_pool_cpus(char *text, json_t *pools);

/* `xl sched-credit`, `sched-credit2`, `sched-rtds`: adds "parameters" to the pools; and "pool" and
 * weight and cap, or period_us, budget_us and extratime, to the domains, which have a "domid". */
void facts_xl_sched(char *text, json_t *pools, json_t *domains);

/* `xl vcpu-list`: adds "affinity", [{ vcpu, cpu, hard, soft }], to the domains; without cpu where
 * the vcpu is offline. */
void facts_xl_vcpus(char *text, json_t *domains);

/* `xenpm get-cpufreq-para`: as facts_frequency(). */
json_t *facts_xenpm(char *text);

/* The element of the array whose key is that number, or that text. Borrowed; NULL when there is
 * none. */
json_t *facts_find_number(const json_t *array, const char *key, json_int_t number);
json_t *facts_find_text(const json_t *array, const char *key, const char *text);

#endif
