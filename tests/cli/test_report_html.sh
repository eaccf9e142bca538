#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The pages of xlab report in a browser: on a phone and on a desk, light and dark, nothing sticks out, the
# console stays empty, plots take the page's colours. TAP.
set -eu

host/deps.sh chromium >&2

xlab=$PWD/build/host/xlab
cli=$PWD/tests/cli
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
cd "$tmp"

new() { "$xlab" collect --store "$1" 2>/dev/null || true; }
new runs
new hostile
python3 "$cli/reports.py" runs runs
python3 "$cli/reports.py" hostile hostile
"$xlab" report --html=one.html runs:one >table
"$xlab" report --html=pair.html runs:one runs:two >table
"$xlab" report --html=hostile.html hostile >table

# browse PAGE SCHEME: what report_frames.html says of it is in said, the console in console. Chromium's
# sandbox wants another user than root.
browse() {
	sed "s/PAGE/$1/" "$cli/report_frames.html" >frames.html
	case $2 in dark) scheme=0 ;; light) scheme=1 ;; esac
	timeout 120 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$tmp/profile" \
		--allow-file-access-from-files --blink-settings=preferredColorScheme="$scheme" --enable-logging=stderr \
		--disable-dev-shm-usage --virtual-time-budget=20000 --dump-dom "file://$tmp/frames.html" >dom 2>log
	sed -n 's/.*CONSOLE.*\] *//p' log >console
	sed 's/<li>/\n&/g' dom | sed -n 's/^<li>\(.*\)<\/li>.*/\1/p' >said
	cat said console
}
# looks PAGE SCHEME BACKGROUND PLOTS
looks() {
	browse "$1" "$2"
	printf '%s\n' "375 375 fits inside $2 $3 same $4 0" "1280 1280 fits inside $2 $3 same $4 0" | diff - said
	grep -q 'the console is heard' console && [ "$(wc -l <console)" -eq 1 ]
}
for page in one:3 pair:1 hostile:3; do
	check "${page%:*}.html, light" looks "${page%:*}.html" light 'rgb(255,255,255)' "${page#*:}"
	check "${page%:*}.html, dark" looks "${page%:*}.html" dark 'rgb(22,24,27)' "${page#*:}"
done

# The test itself: a page that is too wide, and one that has something to say, are seen.
broken() {
	sed 's/<main>/<main><p style="width:2000px">wide<\/p><script>console.error("no")<\/script>/' one.html >broken.html
	browse broken.html light
	grep -q '^375 375 overflows out:P light .* 3 1$' said && grep -q '"no"' console
}
check 'what is broken is seen' broken
echo "1..$n"
exit "$failed"
