/* SPDX-License-Identifier: ISC */
#include "guest-tools/bench/bench.h"

/* name, unit, text, { quick, ref }, planned ns, implementation */
const struct bench bench_micro[] = {
	{ "syscall", "ns/call", "getppid, a system call that does nothing",
	  { 20000, 5000000 }, 0, &bench_syscall },
	{ "fork_exec", "ns/process", "fork, exec and wait for a small static program",
	  { 10, 2000 }, 0, &bench_fork_exec },
	{ "page_fault", "ns/page", "first touch of fresh memory, mmap and munmap included",
	  { 2560, 1024000 }, 0, &bench_page_fault },
	{ "pipe_pingpong", "ns/trip", "a byte to another process and back, on one processor",
	  { 500, 150000 }, 0, &bench_pipe },
	{ "timer_wake", "ns/wake", "how late a sleeper is woken that asked for 1 ms",
	  { 30, 250 }, BENCH_NAP_NS, &bench_timer },
	{ "int_loop", "ns/step", "multiply and add, each step waiting for the one before",
	  { 10000000, 250000000 }, 0, &bench_int_loop },
	{ "mem_loop", "ns/load", "pointer chase through 16 MiB in random order",
	  { 400000, 16000000 }, 0, &bench_mem_loop },
	{ "sha256sum", "ns/byte", "BusyBox sha256sum, process start included",
	  { 1 << 20, 64 << 20 }, 0, &bench_sha256 },
	{ "gzip", "ns/byte", "BusyBox gzip, process start included",
	  { 128 << 10, 8 << 20 }, 0, &bench_gzip },
};

const size_t bench_micro_count = sizeof(bench_micro) / sizeof(bench_micro[0]);
