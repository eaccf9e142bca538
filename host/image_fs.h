/* SPDX-License-Identifier: ISC */
/* What the readers and writers of image file systems share, apart from the rest: libext2fs's types.
 */
#ifndef HOST_IMAGE_FS_H
#define HOST_IMAGE_FS_H

#include <stdint.h>

struct struct_ext2_filsys;

/* Opens the file system that begins at that byte of the disk; flags are EXT2_FLAG_*. 0 or -errno;
 * -EINVAL for one that claims to be larger than what is behind that byte. */
int image_fs_open(const char *disk, uint64_t offset, int flags, struct struct_ext2_filsys **fs);

/* Opens that of the disk's first partition with ext2, ext3 or ext4, for reading; see disk_fs.h.
 * -EINVAL without one, and for what is damaged. */
struct disk_fs;
int image_open(const char *disk, struct disk_fs **fs);

#endif
