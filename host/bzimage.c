/* SPDX-License-Identifier: ISC */
#include "host/bzimage.h"

#include <endian.h>
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/elfnote.h>

/* Offsets in the real-mode header. */
enum {
	SETUP_SECTS = 0x1f1,
	BOOT_FLAG = 0x1fe, /* 0xaa55 */
	MAGIC = 0x202,	   /* "HdrS" */
	PROTOCOL = 0x206,
	KERNEL_VERSION = 0x20e, /* of a text, minus 0x200 */
	PAYLOAD_OFFSET = 0x248, /* behind the setup sectors; protocol 2.08 */
	PAYLOAD_LENGTH = 0x24c,
	HEADER_END = 0x250,
	PROTOCOL_PAYLOAD = 0x208,
	SECTOR = 512,
	SIZE_APPENDED = 4 /* scripts/Makefile.lib: the unpacked size, except behind gzip */
};

static uint32_t get32(const unsigned char *at)
{
	uint32_t v;

	memcpy(&v, at, 4);
	return le32toh(v);
}

static unsigned get16(const unsigned char *at)
{
	return at[0] | (unsigned)at[1] << 8;
}

/* The first word of the kernel's own name for itself. */
static void read_version(const unsigned char *buf, size_t len, char *to, size_t size)
{
	size_t at = get16(buf + KERNEL_VERSION), n = 0;

	if (!at || (at += SECTOR) >= len)
		return;
	while (n + 1 < size && at + n < len && buf[at + n] > ' ' && buf[at + n] <= '~') {
		to[n] = (char)buf[at + n];
		n++;
	}
	to[n] = '\0';
}

struct notes {
	bool any, entry, phys32, linux_guest, generic;
};

static bool is_text(const char *desc, size_t len, const char *text)
{
	return len >= strlen(text) && !memcmp(desc, text, strlen(text));
}

static void take_note(struct notes *n, unsigned type, const char *desc, size_t len)
{
	n->any = true;
	n->entry |= type == XEN_ELFNOTE_ENTRY;
	n->phys32 |= type == XEN_ELFNOTE_PHYS32_ENTRY;
	n->linux_guest |= type == XEN_ELFNOTE_GUEST_OS && is_text(desc, len, "linux");
	n->generic |= type == XEN_ELFNOTE_LOADER && is_text(desc, len, "generic");
}

static void read_segment(Elf *elf, const GElf_Phdr *ph, struct notes *n)
{
	Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)ph->p_offset, ph->p_filesz,
					      ph->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
	size_t at = 0, next, name, desc;
	GElf_Nhdr nh;

	while (data && at < data->d_size && (next = gelf_getnote(data, at, &nh, &name, &desc))) {
		const char *base = data->d_buf;

		if (nh.n_namesz == 4 && !memcmp(base + name, "Xen", 4))
			take_note(n, nh.n_type, base + desc, nh.n_descsz);
		at = next;
	}
}

static void read_notes(char *elf_file, size_t len, struct bzimage *k)
{
	struct notes n = { 0 };
	GElf_Phdr ph;
	size_t count = 0;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_memory(elf_file, len);
	if (elf && elf_kind(elf) == ELF_K_ELF && !elf_getphdrnum(elf, &count)) {
		k->opened = true;
		for (size_t i = 0; i < count && i < 64; i++)
			if (gelf_getphdr(elf, (int)i, &ph) && ph.p_type == PT_NOTE)
				read_segment(elf, &ph, &n);
	}
	elf_end(elf);
	/* What libelf-dominfo.c of Xen asks for. */
	k->xen = n.any;
	k->pv = n.entry && (n.linux_guest || n.generic);
	k->pvh = n.phys32;
}

static int read_payload(const unsigned char *at, size_t len, struct bzimage *k)
{
	char *elf;
	size_t used, n;
	int r;

	k->packing = unpack_detect(at, len);
	if (k->packing != UNPACK_GZIP && len > SIZE_APPENDED)
		len -= SIZE_APPENDED;
	r = unpack(at, len, BZIMAGE_UNPACKED_MAX, &used, &elf, &n);
	if (r)
		return r == -ENOMEM ? r : 0;
	read_notes(elf, n, k);
	free(elf);
	return 0;
}

static int read_elf(const void *buf, size_t len, struct bzimage *k)
{
	char *copy = malloc(len);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, buf, len);
	read_notes(copy, len, k);
	free(copy);
	return 0;
}

int bzimage_read(const void *buf, size_t len, struct bzimage *k, char *why, size_t size)
{
	const unsigned char *b = buf;
	size_t at, payload;

	*k = (struct bzimage){ .packing = UNPACK_NONE };
	if (len > 64 && !memcmp(b, ELFMAG, SELFMAG))
		return read_elf(buf, len, k);
	if (len < HEADER_END || get16(b + BOOT_FLAG) != 0xaa55 || memcmp(b + MAGIC, "HdrS", 4)) {
		snprintf(why, size, "is neither a bzImage nor ELF");
		return -EINVAL;
	}
	k->bz = true;
	read_version(b, len, k->version, sizeof(k->version));
	if (get16(b + PROTOCOL) < PROTOCOL_PAYLOAD)
		return 0;
	at = ((b[SETUP_SECTS] ? b[SETUP_SECTS] : 4) + 1u) * SECTOR + get32(b + PAYLOAD_OFFSET);
	payload = get32(b + PAYLOAD_LENGTH);
	if (at >= len || payload > len - at || !payload) {
		snprintf(why, size, "is cut off");
		return -EINVAL;
	}
	return read_payload(b + at, payload, k);
}
