#!/usr/bin/env bash
# lint/man.sh -- mandoc has nothing to say about any manual page
set -u
cd "${abs_top_srcdir:-$(dirname "$0")/../..}" || exit 1
if ! command -v mandoc >/dev/null; then
	echo "1..0 # SKIP no mandoc"
	exit 0
fi

count=0
failed=0
for page in doc/*.[1-8]; do
	[ -f "$page" ] || continue
	count=$((count + 1))
	# which other pages are installed is the machine's affair
	report=$(mandoc -T lint "$page" 2>&1 | grep -Ev 'referenced manual not found|mandoc\.db')
	if [ -z "$report" ]; then
		echo "ok $count - $page"
	else
		failed=1
		echo "not ok $count - $page"
		printf '%s\n' "$report" | sed 's/^/# /'
	fi
done
echo "1..$count"
exit "$failed"
