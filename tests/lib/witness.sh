# shellcheck shell=bash
# witness.sh -- another service is asked all the time, and answers: sourced after lib.sh

: "${abs_top_srcdir:?}"
WITNESS_MS=${WITNESS_MS:-200} # the longest wait
witness=

witness_start() { # port of a service that speaks first
	rm -f "$T/witness"
	python3 "$abs_top_srcdir/tests/lib/witness.py" "$1" "$T/witness" &
	witness=$!
	wait_for test -e "$T/witness"
}

witness_end() { # what went on meanwhile
	local said
	kill -TERM "$witness"
	wait "$witness"
	witness=
	said=$(cat "$T/witness")
	note "the witness of $1: $said"
	like "$said" 'asked=[1-9][0-9]* lost=0 ' "$1: another service answers everybody"
	ok "$1: within $WITNESS_MS ms" test "${said##*longest=}" -le "$WITNESS_MS"
}
