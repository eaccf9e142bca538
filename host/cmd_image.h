/* SPDX-License-Identifier: ISC */
/* What the commands of xlab image share. */
#ifndef HOST_CMD_IMAGE_H
#define HOST_CMD_IMAGE_H

#include "host/image_check.h"

int cmd_image_inspect(int argc, char **argv);
int cmd_image_size(int argc, char **argv);

/* Checks the image and says what stops that. EXIT_OK also when it differs; the caller frees c in
 * any case. */
int cmd_image_check(const char *disk, struct image_check *c);

/* Says that it differs, if it does, and how. EXIT_OK or EXIT_USAGE. */
int cmd_image_verdict(const char *disk, const struct image_check *c);

/* Prints a JSON value to standard output, as the manifest is written. */
int cmd_image_print(const struct json_t *value);

/* Prints a string of the manifest, of 127 characters at most, with '?' for what is not printable
 * ASCII. */
void cmd_image_print_word(const char *format, const char *word);

/* The exit status that fits -errno: whether it is the caller who can do something about it. */
int cmd_image_status(int err);

int cmd_image_install(int argc, char **argv);
int cmd_image_wrap(int argc, char **argv);

#endif
