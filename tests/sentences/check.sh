#!/usr/bin/env bash
# sentences/check.sh -- each sentence of the manual pages that has an id is held by a test, and the table of them is true
#
# In a page a line `.\" @ID` marks the sentence behind it, in doc/control.md `<!-- @ID -->`; one that stands on several
# pages has its id on each. A line of tests/sentences/table is `ID FILE TEXT`: the test that holds it, and a line of that test.
set -u
cd "${abs_top_srcdir:-$(dirname "$0")/../..}" || exit 1
table=tests/sentences/table

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
pages=(doc/*.[1-8] doc/control.md)
marked() { sed -nE 's/^(\.\\"|<!--) @([^ ]*).*/\2/p' "$@"; }
rows() { grep -Ev '^(#|$)' "$table"; }
ids() { rows | cut -d' ' -f1; }
missing() { comm "$1" <(marked "${pages[@]}" | sort -u) <(ids | sort -u); }
twice() {
	local page
	for page in "${pages[@]}"; do
		marked "$page" | sort | uniq -d | sed "s|^|$page: |"
	done
}
strange() { { marked "${pages[@]}"; ids; } | grep -Evx '[a-zA-Z0-9]+(\.[a-zA-Z0-9]+)*'; }
ends() { # an id that marks nothing: a comment, a list's end or nothing follows
	awk 'FNR == 1 { id = "" } /^\.\\" @/ { id = $2; next } id && (/^$/ || /^\.(El|Sh|Ss|Pp)/) { print FILENAME ": " id } { id = "" }' doc/*.[1-8]
}
not_run() { # itself, or as what a test that is run names: its driver, its cases
	local file run
	run=$(sed -nE 's,^\t(tests/[^ ]+)( \\)?$,\1,p' tests/local.mk)
	for file in $(rows | cut -d' ' -f2 | sort -u); do
		grep -qFx "${file%.c}" <<<"$run" || grep -qF "/${file##*/}\"" "${file%/*}"/*.{sh,c} 2>/dev/null ||
			echo "$file is run by no test"
	done
}
absent() { # TEXT is a line's, or a part of one
	rows | awk '{ id = $1; file = $2; text = $0; sub(/^[^ ]+ [^ ]+ ?/, "", text) }
		!(file in all) { while ((getline line <file) > 0) all[file] = all[file] line "\n"; all[file] = all[file] " " }
		length(text) < 6 || !index(all[file], text) { print id ": " file " has no such text: " text }'
}
report "ids are words with dots between" "$(strange)"
report "no sentence of a page has the id of another" "$(twice)"
report "behind each id stands a sentence" "$(ends)"
report "each sentence has its test: a row of $table" "$(missing -23)"
report "each row has its sentence" "$(missing -13)"
# What has a table in the code, or in its help, has an id in its page: a sentence about it that a test holds.
items() { awk -v section="$2" -f tests/sentences/items.awk "$1"; } # PAGE SECTION: "NAME id" or "NAME none"
bare() { # PAGE SECTION [NAMES]: items without an id; of NAMES also those that are no item
	items "$1" "$2" | sed -n 's/ none$//p'
	[ -z "${3-}" ] || comm -23 <(sort -u <<<"$3") <(items "$1" "$2" | cut -d' ' -f1 | sort -u)
}
built=${abs_top_builddir:-build}
keys='' builtins='' options='' commands=''
if [ -x "$built/tests/lib/tables" ]; then
	keys=$("$built/tests/lib/tables" keys | sed 's/^rlimit_.*/rlimit_/')
	builtins=$("$built/tests/lib/tables" builtins)
	options=$("$built/src/doorward" --help | sed -n '3,$p' | grep -Eo '^ +(-[A-Za-z])?(, )?(--[a-z-]+)?' | grep -Eo -e '--?[A-Za-z-]+')
	commands=$("$built/src/doorwardctl" --help | sed -nE '3,/^$/s/^  ([a-z-]+) .*/\1/p')
fi
report "each key has an id" "$(bare doc/doorward.conf.5 DEFINITIONS "$keys")"
report "each builtin" "$(bare doc/doorward.conf.5 'BUILTIN SERVICES' "$builtins")"
report "each option" "$(bare doc/doorward.8 OPTIONS "$options")"
report "each command" "$(bare doc/doorwardctl.1 COMMANDS "$commands")"
report "its options, too, and its exit statuses" "$(bare doc/doorwardctl.1 DESCRIPTION && bare doc/doorwardctl.1 'EXIT STATUS')"
report "each directive" "$(bare doc/doorward.conf.5 DIRECTIVES)"
for section in SIGNALS LOG ENVIRONMENT 'EXIT STATUS' 'WHEN IT DOES NOT WORK'; do
	report "doorward.8, $section" "$(bare doc/doorward.8 "$section")"
done
report "make check runs the test of each row" "$(not_run)"
report "the test has what the row says" "$(absent)"
total=$(marked "${pages[@]}" | sort -u | grep -c .)
report "$total sentences, at least 250" "$([ "$total" -ge 250 ] || echo "they are fewer")"
echo "1..$count"
[ "$failures" = 0 ]
