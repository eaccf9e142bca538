# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# Sourced by fetch.sh and relock.sh, which define die: asks the archives that this machine is
# configured for about packages and their sources, from lists of our own under the cache, and keeps
# what was downloaded in a pool there, by hash. The system's lists and configuration are read, never
# changed, and no privilege is needed.
#
# KIND is deb or source, as in sources.lock.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/xlab
apt=$cache/apt

# The machine's entries, each also for source packages, with only the indexes that are read here.
apt_sources() {
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
		awk '$1 == "deb" || $1 == "deb-src" {
			sub(/^[ \t]*deb(-src)?/, "")
			if (!seen[$0]++)
				print "deb" $0 "\ndeb-src" $0
		}' >"$apt/sources/all.list"
	awk 'FNR == 1 { print "" }
		tolower($1) == "types:" { $0 = "Types: deb deb-src\nTargets: Packages Sources" }
		tolower($1) != "targets:"' /etc/apt/sources.list.d/*.sources 2>/dev/null \
		>"$apt/sources/all.sources" || true
}

apt_conf() {
	cat <<-EOT
		Dir::Etc::SourceList "/dev/null";
		Dir::Etc::SourceParts "$apt/sources";
		Dir::State::Lists "$apt/lists";
		Dir::Cache "$apt/cache";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
	EOT
}

# Brings our lists up to date unless that was done within the last half hour. An archive that does
# not answer is reported and left out: whether it was needed shows when a package is looked up.
apt_refresh() {
	mkdir -p "$apt/sources" "$apt/lists/partial" "$apt/cache/archives/partial"
	apt_sources
	apt_conf >"$apt/conf"
	sum=$(cat "$apt/sources"/* | sha256sum)
	if [ -n "$(find "$apt/fresh" -mmin -30 2>/dev/null)" ] &&
		[ "$sum" = "$(cat "$apt/fresh")" ]; then
		return 0
	fi
	if apt-get -c "$apt/conf" -qq update >&2; then
		printf '%s\n' "$sum" >"$apt/fresh"
	else
		echo "apt-private: not every package list could be read" >&2
	fi
}

# apt_versions KIND PACKAGE: the versions on offer, one a line.
apt_versions() {
	case $1 in deb) index=Packages ;; *) index=Sources ;; esac
	apt-cache -c "$apt/conf" madison "$2" 2>/dev/null |
		awk -F ' *[|] *' -v p="$2" -v i="$index\$" '{ sub(/^ */, "", $1) }
			$1 == p && $3 ~ i { print $2 }'
}

# apt_series KIND PACKAGE VERSION: the versions on offer of VERSION's series, the newest first. A
# series is an epoch and the first two numbers: 1:1.35 of 1:1.35.0-4.
apt_series() {
	series=$(printf '%s\n' "$3" | sed -E 's/^(([0-9]+:)?[0-9]+\.[0-9]+).*/\1/')
	apt_versions "$1" "$2" |
		awk -v s="$series" 'index($0, s) == 1 && substr($0, length(s) + 1) ~ /^[^0-9]/' |
		sort -rVu
}

# apt_sha256 KIND PACKAGE VERSION: the hash that the signed index gives for the .deb or the .dsc.
apt_sha256() {
	case $1 in
	deb)
		apt-cache -c "$apt/conf" show "$2=$3" | awk '$1 == "SHA256:" { print $2; exit }'
		;;
	*)
		apt-cache -c "$apt/conf" showsrc --only-source "$2" |
			awk -v v="$3" '/^[^ ]/ { part = $1 }
				part == "Version:" { here = $2 == v }
				here && part == "Checksums-Sha256:" && /\.dsc$/ { print $1; exit }'
		;;
	esac
}

apt_download() {
	case $1 in
	deb) apt-get -c "$apt/conf" -qq download "$2=$3" >&2 ;;
	*) apt-get -c "$apt/conf" -qq source --download-only --only-source "$2=$3" >&2 ;;
	esac
}

# pool_verify DIR SHA256: the .deb or .dsc in DIR has that hash, and what a .dsc lists has its own.
pool_verify() {
	main=$(find "$1" -name '*.deb' -o -name '*.dsc')
	[ "$(sha256sum <"$main")" = "$2  -" ] || return 1
	case $main in
	*.dsc)
		awk '/^[^ ]/ { list = $1 == "Checksums-Sha256:"; next }
			list { print $1 "  " $3 }' "$main" |
			(cd "$1" && sha256sum --check --quiet --strict)
		;;
	esac
}

# pool_has SHA256: the cache holds these files. They are hashed again, for disks forget too.
pool_has() {
	[ -d "$cache/pool/$1" ] || return 1
	pool_verify "$cache/pool/$1" "$1" || die "wrong hash in $cache/pool/$1: remove that folder"
}

# pool_add KIND PACKAGE VERSION SHA256: downloads, verifies and keeps. Fails when the archive does
# not have the files; files that are not what they should be stop the program.
pool_add() {
	mkdir -p "$cache/pool" "$cache/tmp"
	tmp=$(mktemp -d "$cache/tmp/fetch.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	if ! (cd "$tmp" && apt_download "$1" "$2" "$3"); then
		rm -rf "$tmp"
		return 1
	fi
	pool_verify "$tmp" "$4" || die "$2 $3 does not have the hash $4: stopped"
	chmod 755 "$tmp"
	mv "$tmp" "$cache/pool/$4"
}
