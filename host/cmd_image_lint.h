/* SPDX-License-Identifier: ISC */
/* xlab image lint and adopt. */
#ifndef HOST_CMD_IMAGE_LINT_H
#define HOST_CMD_IMAGE_LINT_H

int cmd_image_lint(int argc, char **argv);
int cmd_image_adopt(int argc, char **argv);

#endif
