#!/usr/bin/env bash
# lint/format.sh -- every C file is as clang-format leaves it
set -u
cd "${abs_top_srcdir:-$(dirname "$0")/../..}" || exit 1
# The same style comes out differently from other versions: the tree follows Debian 12's.
if ! clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
	echo "1..0 # SKIP no clang-format 14"
	exit 0
fi

count=0
failed=0
for file in src/*/*.[ch] src/*/*/*.[ch] tests/*/*.[ch] doc/examples/*.c; do
	[ -f "$file" ] || continue
	count=$((count + 1))
	if report=$(clang-format --dry-run -Werror "$file" 2>&1); then
		echo "ok $count - $file"
	else
		failed=1
		echo "not ok $count - $file"
		printf '%s\n' "$report" | grep ': error:' | sed 's/^/# /'
	fi
done
echo "1..$count"
exit "$failed"
