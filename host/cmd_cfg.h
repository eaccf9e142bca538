/* SPDX-License-Identifier: ISC */
/* What the commands of xlab cfg share. */
#ifndef HOST_CMD_CFG_H
#define HOST_CMD_CFG_H

#include <jansson.h>

#include "guest-tools/proto/modes.h"
#include "host/xlcfg.h"

int cmd_cfg_convert(int argc, char **argv);
int cmd_cfg_lint(int argc, char **argv);

/* What cmd_cfg_lint() does with one file, tried in mode, or in all when that is MODE_UNKNOWN; files
 * is NULL for text. stopped becomes true when something stops it. Returns an exit status. */
int cmd_cfg_lint_file(const char *path, enum mode mode, json_t *files, bool *stopped);

/* Reads an xl.cfg(5). 0, -EINVAL and -EFBIG with e, or -errno with e->what NULL. */
int cmd_cfg_read(const char *path, struct xlcfg *c, struct xlcfg_error *e);

/* A string of JSON with '?' for what is not printable ASCII, as log.h has it. */
json_t *cmd_cfg_json(const char *text);

#endif
