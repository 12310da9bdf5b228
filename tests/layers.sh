#!/usr/bin/env bash
# layers.sh -- a folder includes lower ranks only, siblings never, and a file stays under 450 lines
set -u
cd "${1:-${abs_top_srcdir:-$(dirname "$0")/..}}" || exit 1

ranks='
0 base
1 os
1 ctl
2 service
3 conf
3 listen
3 handler
4 admit
5 serve
5 control
6 daemon
'

rank_of() { awk -v folder="$1" '$2 == folder { print $1; found = 1 } END { exit !found }' <<<"$ranks"; }

# may_include FOLDER HEADER: print why not, if not
may_include()
{
	local own=$1 header=$2 other=${2%%/*} mine theirs
	[ "$own" = "$other" ] && return 0
	mine=$(rank_of "$own")
	if ! theirs=$(rank_of "$other"); then
		echo "includes $header, which has no rank"
	elif [ "$own" = ctl ] && [ "$other" != base ]; then
		echo "includes $header: of the rest ctl uses base only"
	elif [ "$theirs" -ge "$mine" ]; then
		echo "includes $header, from rank $mine to rank $theirs"
	fi
}

check_file()
{
	local folder header lines
	folder=${1#src/}
	folder=${folder%%/*}
	if ! rank_of "$folder" >/dev/null; then
		echo "has no rank"
		return
	fi
	while read -r header; do
		[ "$header" = config.h ] || may_include "$folder" "$header"
	done < <(sed -n 's/^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*"\([^"]*\)".*/\1/p' "$1")
	lines=$(wc -l <"$1")
	[ "$lines" -le 450 ] || echo "has $lines lines"
}

count=0
failed=0
while read -r file; do
	count=$((count + 1))
	why=$(check_file "$file")
	if [ -z "$why" ]; then
		echo "ok $count - $file"
	else
		failed=1
		echo "not ok $count - $file"
		printf '%s\n' "$why" | sed "s|^|# $file |"
	fi
done < <(find src -name '*.[ch]' | sort)
echo "1..$count"
exit "$failed"
