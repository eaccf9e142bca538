/* SPDX-License-Identifier: ISC */
/* Benchmarks of one process by itself: system calls, page faults, the processor, memory. */
#include "guest-tools/bench/bench.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096
#define FAULT_PAGES 256

#define LINE 64			/* bytes that the cache loads at once */
#define CHASE_BYTES (16u << 20)	/* more than an L2 cache and than a TLB of small pages covers */
#define CHASE_LINES (CHASE_BYTES / LINE)

/* Where results go, so that the compiler has to compute them. */
static volatile uint64_t sink;

static uint64_t lcg(uint64_t x)
{
	return x * 0x5851f42d4c957f2du + 0x14057b7ef767814fu;
}

static int syscall_run(long ops)
{
	while (ops-- > 0)
		syscall(SYS_getppid);
	return 0;
}

const struct bench_ops bench_syscall = { .run = syscall_run };

/* Huge pages would turn 256 faults into none. */
static void *map_small_pages(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p != MAP_FAILED)
		madvise(p, bytes, MADV_NOHUGEPAGE);
	return p;
}

static int page_fault_run(long ops)
{
	for (; ops > 0; ops -= FAULT_PAGES) {
		size_t bytes = (size_t)(ops < FAULT_PAGES ? ops : FAULT_PAGES) * PAGE;
		volatile char *p = map_small_pages(bytes);

		if (p == MAP_FAILED)
			return -errno;
		for (size_t i = 0; i < bytes; i += PAGE)
			p[i] = 1;
		munmap((void *)p, bytes);
	}
	return 0;
}

const struct bench_ops bench_page_fault = { .run = page_fault_run };

static int int_loop_run(long ops)
{
	uint64_t x = sink;

	while (ops-- > 0)
		x = lcg(x);
	sink = x;
	return 0;
}

const struct bench_ops bench_int_loop = { .run = int_loop_run };

union line {
	union line *next;
	char bytes[LINE];
};

static union line *lines;

/* Links all lines into one ring in random order (Sattolo's shuffle), so no prefetcher helps. */
static int mem_loop_setup(enum bench_size size)
{
	uint64_t x = 1;

	(void)size;
	lines = map_small_pages(CHASE_BYTES);
	if (lines == MAP_FAILED) {
		lines = NULL;
		return -errno;
	}
	for (size_t i = 0; i < CHASE_LINES; i++)
		lines[i].next = &lines[i];
	for (size_t i = CHASE_LINES - 1; i > 0; i--) {
		x = lcg(x);
		size_t j = (size_t)(x >> 33) % i;
		union line *next = lines[i].next;

		lines[i].next = lines[j].next;
		lines[j].next = next;
	}
	return 0;
}

static int mem_loop_run(long ops)
{
	union line *p = lines;

	while (ops-- > 0)
		p = p->next;
	sink = (uint64_t)(uintptr_t)p;
	return 0;
}

static void mem_loop_teardown(void)
{
	if (lines)
		munmap(lines, CHASE_BYTES);
	lines = NULL;
}

const struct bench_ops bench_mem_loop = {
	.setup = mem_loop_setup,
	.run = mem_loop_run,
	.teardown = mem_loop_teardown,
};
