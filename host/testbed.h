/* SPDX-License-Identifier: ISC */
/*
 * The testbed: a QEMU that holds a real Xen host, looked after by one supervisor process, with
 * everything that belongs to it in one folder:
 *
 *   lock          held by the supervisor; whoever removes it (or the folder) ends the testbed
 *   ready.json    there while commands can be run: what testbed_read() gives
 *   console.log   what Xen and dom0 print;  qemu.log, ssh.log, end.log  what the others print
 *   ssh_config    for ssh(1) in this folder, with client_key, known_hosts and ssh.sock
 *   state/        shared with dom0: ssh/ keys, log/ is its /var/log/xen
 *   share         link to the folder that dom0 has as /xlab
 */
#ifndef HOST_TESTBED_H
#define HOST_TESTBED_H

#include <stddef.h>
#include <sys/types.h>

#define TESTBED_DIR "build/testbed/run"
#define TESTBED_PORT_MAX 65535

/* All paths are absolute; dir exists. */
struct testbed_opts {
	const char *dir;
	const char *dom0;	/* folder with vmlinux, initrd, root.img (build-dom0.sh) */
	const char *xen;	/* the hypervisor, an ELF file */
	const char *share;	/* folder for dom0's /xlab */
	const char *xenstored;	/* "xenstored" or "oxenstored" */
	int deadline_s;		/* to be ready */
	int lifetime_s;		/* after that */
};

/* ready.json. Times are seconds since 1970. */
struct testbed_info {
	pid_t supervisor;
	int port;
	long long since, until;
	double boot_s;
	char xenstored[16];
};

/* The supervisor: starts the testbed, looks after it and takes it down again; the process's whole
 * work. Writes to report, once, a byte: 0 when commands can be run, or an exit status after having
 * said on stderr what went wrong. When the other end of report is closed before, the testbed ends.
 * Returns the exit status. */
int testbed_supervise(const struct testbed_opts *o, int report);

/* Makes all that QEMU finds in the current folder before it starts: keys, links, ssh_config.
 * Returns 0 or -errno; *what then says what was being done. */
int testbed_prepare(const struct testbed_opts *o, int port, const char **what);

/* Takes the lock of the current folder, for as long as this process lives. Returns a descriptor that
 * must stay open, or -errno: -EAGAIN when another has it. */
int testbed_lock(void);

/* Who holds the lock of dir: a process, 0 for nobody, or -errno. */
pid_t testbed_owner(const char *dir);

/* Reads dir's ready.json: 0, -ENOENT when the testbed is not ready, or -errno. */
int testbed_read(const char *dir, struct testbed_info *info);

/* Writes it in the current folder, at once or not at all. 0 or -errno. */
int testbed_write(const struct testbed_info *info);

#endif
