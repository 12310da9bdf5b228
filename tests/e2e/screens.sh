#!/usr/bin/env bash
# e2e/screens.sh -- status --watch at 60, 80 and 132 columns, with and without colour and UTF-8: doc/screens.md shows it
#
# screens.sh --write: bring doc/screens.md up to date.
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

command -v python3 >/dev/null || skip_all "no python3"
drawn() { timeout 60 python3 "$TESTS/screens.py" "$abs_top_builddir/src/doorwardctl" "$T"; }
page=$abs_top_srcdir/doc/screens.md
if [ "${1-}" = --write ]; then
	drawn >"$T/screens.md" && cp "$T/screens.md" "$page"
	exit
fi
ok "colours and locales change no character, and no line is too long" bash -c "$(declare -f drawn)
	TESTS=$TESTS abs_top_builddir=$abs_top_builddir T=$T; drawn >$T/screens.md"
is "$(diff "$page" "$T/screens.md")" "" "doc/screens.md shows what is drawn (else tests/e2e/screens.sh --write)"
for width in 60 80 132; do
	sed -n "/^## $width /,/^What/p" "$page" >"$T/one"
	like "$(cat "$T/one")" '^7001 .*fault \(exec\)' "$width: who is broken"
	like "$(tr -s '\n ' '  ' <"$T/one")" 'exec: has an interpreter.* No such file or directory \(3m20s ago\)' "$width: and why, whole, and since when"
	like "$(cat "$T/one")" 'ontrol\.sock' "$width: a path keeps its end"
	like "$(cat "$T/one")" '^git(:9418)? .*full \(accept_max\)' "$width: who is full"
	like "$(cat "$T/one")" '^the last reload, 1m35s ago, changed nothing: ' "$width: and that a reload was refused"
done
done_testing
