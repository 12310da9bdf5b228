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
report "make check runs the test of each row" "$(not_run)"
report "the test has what the row says" "$(absent)"
total=$(marked "${pages[@]}" | sort -u | grep -c .)
report "$total sentences, at least 250" "$([ "$total" -ge 250 ] || echo "they are fewer")"
echo "1..$count"
[ "$failures" = 0 ]
