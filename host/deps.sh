#!/bin/sh
# SPDX-License-Identifier: ISC
#
# deps.sh [PACKAGE...]: installs those packages of host/packages, or those named, that this machine
# lacks, and says so.
set -eu

wanted=$(printf '%s\n' "$@")
[ $# -gt 0 ] || wanted=$(cat "$(dirname "$0")/packages")
missing=$({ dpkg-query -W -f '${Package} ${db:Status-Status}\n'; echo; echo "$wanted"; } | awk '
	!NF { wanted = 1; next }
	!wanted { if ($2 == "installed") have[$1] = 1; next }
	!/^#/ && !($1 in have) { printf " %s", $1 }')
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || {
		echo "deps.sh: as root, install:$missing" >&2
		exit 100
	}
	as_root=sudo
fi
echo "  INSTALL$missing"
$as_root apt-get -q update >/dev/null
# The words of $missing are package names.
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends $missing >/dev/null
