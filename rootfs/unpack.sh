#!/bin/sh
# SPDX-License-Identifier: ISC
#
# unpack.sh PACKAGE TREE OUT: fetches PACKAGE as pinned, unpacks it into the new folder TREE, and
# puts into OUT what every component carries: USED (see fetch.sh) and copyright.
set -eu

[ $# -eq 3 ] || { echo "usage: unpack.sh PACKAGE TREE OUT" >&2; exit 100; }
package=$1 tree=$2 out=$3

"$(dirname "$0")"/fetch.sh "$package" "$tree.files"
case $(ls "$tree.files") in
*.dsc*)
	dpkg-source --no-check -x "$tree.files"/*.dsc "$tree"
	rm -f "$tree/../${package}_"*
	copyright=$tree/debian/copyright
	;;
*)
	dpkg-deb -x "$tree.files"/*.deb "$tree"
	doc=usr/share/doc/$package
	copyright=$tree/$doc/copyright
	# Packages of one source may share a folder; the other package is then on this machine.
	[ -r "$copyright" ] || copyright=/usr/share/doc/$(readlink "$tree/$doc")/copyright
	;;
esac
cp "$tree.files/USED" "$out/USED"
cp "$copyright" "$out/copyright"
rm -rf "$tree.files"
