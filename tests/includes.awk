# SPDX-License-Identifier: ISC
#
# Reads the compilers' .d files and complains about an #include against the arrows:
#
#	proto <- lib <- { guest programs, host }; init stands alone; <xenstore.h> is for lib/xs.c only;
#	guest code never sees the host; nothing includes a program.
#
# "a b c": what lives in a may include from b and c (and from itself, and from the system).

BEGIN {
	split("init:|" \
	      "guest-tools/proto:|" \
	      "guest-tools/lib:guest-tools/proto|" \
	      "guest-tools/mode:guest-tools/lib guest-tools/proto|" \
	      "guest-tools/bench:guest-tools/lib guest-tools/proto|" \
	      "guest-tools/work:guest-tools/lib|" \
	      "guest-tools/ctl:guest-tools/lib init|" \
	      "guest-tools/seed:guest-tools/lib|" \
	      "guest-tools/net:guest-tools/lib guest-tools/proto|" \
	      "guest-tools/agent:guest-tools/lib guest-tools/proto guest-tools/mode|" \
	      "host:guest-tools/lib guest-tools/proto|" \
	      "tests:init guest-tools host", rows, "|")
	for (i in rows) {
		split(rows[i], side, ":")
		may[side[1]] = side[2]
	}
}

# The longest room of the table that holds the file; "" for the system's.
function room(file,	r, best) {
	for (r in may)
		if (index(file, r "/") == 1 && length(r) > length(best))
			best = r
	return best
}

function allowed(from, to,	i, n, words) {
	if (to == "" || to == from || index(to, from "/") == 1)
		return 1
	n = split(may[from], words, " ")
	for (i = 1; i <= n; i++)
		if (to == words[i] || index(to, words[i] "/") == 1)
			return 1
	return 0
}

# The first prerequisite of a rule is the source, the others are what it includes, at any depth.
FNR == 1 { source = "" }
/^[^ ].*:$/ { next }
{
	for (i = 1; i <= NF; i++) {
		file = $i
		if (file == "\\" || file ~ /:$/)
			continue
		sub(/^\.\//, "", file)
		if (source == "") {
			source = file
			continue
		}
		if (file ~ /(^|\/)xenstore\.h$/ && source != "guest-tools/lib/xs.c" && source !~ /^tests\//)
			bad[source " must not include <xenstore.h>"]
		if (!allowed(room(source), room(file)))
			bad[source " must not include " file]
	}
}

END {
	for (b in bad) {
		print "includes: " b
		status = 1
	}
	exit status
}
