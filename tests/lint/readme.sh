#!/usr/bin/env bash
# lint/readme.sh -- tests/README.md has the first line of each test, local.mk runs each, no page has a merge's marks
#
# readme.sh --write: bring the tables up to date.
set -u
cd "${abs_top_srcdir:-$(dirname "$0")/../..}" || exit 1

# The first comment of a test is its line here: "FOLDER/NAME -- what it holds".
rows() { # file...
	local file name line
	for file; do
		name=${file#tests/}
		line=$(sed -nE "1,3s,^(#|/\*|\"\"\") $name -- (.*),\2,p" "$file" | sed -E 's, *(\*/|""")$,,')
		echo "| \`$name\` | ${line:-?} |"
	done
}
table() { # title file...
	printf '\n## %s\n\n| file | what it holds |\n|---|---|\n' "$1"
	shift
	rows "$@"
}
readme() {
	sed '/^## /,$d' tests/README.md | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
	table 'Check programs: the functions' tests/check/*.c
	table 'End-to-end tests: the programs' tests/e2e/*.sh
	table 'The tree itself' tests/layers.sh tests/lint/*.sh tests/sentences/*.sh
	table 'The master in a played kernel' tests/model/*.c tests/model/*.sh
	table 'Fuzzing' tests/fuzz/*.c
	table 'All of them, many times' tests/stress.sh
	table 'What they share' tests/lib/*.c
}
if [ "${1-}" = --write ]; then
	readme >tests/README.md.new && mv tests/README.md.new tests/README.md
	exit
fi

count=0
failures=0
report() { # WHAT WHY-NOT
	count=$((count + 1))
	if [ -z "$2" ]; then
		echo "ok $count - $1"
	else
		failures=$((failures + 1))
		echo "not ok $count - $1"
		printf '%s\n' "$2" | sed 's/^/# /'
	fi
}
not_run() {
	local file
	for file in tests/check/*.c tests/e2e/*.sh tests/lint/*.sh tests/sentences/*.sh; do
		grep -qE "^	${file%.c}( |\$)" tests/local.mk || echo "$file is not in tests/local.mk"
	done
}
report "each test says in its first line what it holds" "$(readme | grep -F '| ? |')"
report "tests/README.md says the same (else tests/lint/readme.sh --write)" "$(readme | diff tests/README.md -)"
report "make check runs each" "$(not_run)"
report "no merge has left its marks" "$(grep -nE '^(<{7}|>{7}) ' ChangeLog ./*.md ./*.am ./*.ac doc/*.* tests/local.mk tests/README.md)"
echo "1..$count"
[ "$failures" = 0 ]
