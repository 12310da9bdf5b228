#!/usr/bin/env bash
# cage/presets.sh -- what a preset and its single keys do to a handler; the manual's lists of both
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

[ "$(uname)" = Linux ] || skip_all "these layers are Linux's"
MANUAL=${abs_top_srcdir:-$(dirname "$0")/../..}/doc/doorward.conf.5

P=() && for _ in 1 2 3 4 5 6; do P+=("$(free_port)"); done
install -m 755 "$abs_top_builddir/tests/cage/prober" "$T/prober"
status="protocol = tcp4, exec = /bin/cat, args = cat /proc/self/status, user = $SOMEBODY"
cat >"$T/conf" <<EOF
127.0.0.1:${P[0]} on $status;
127.0.0.1:${P[1]} on $status, sandbox = basic;
127.0.0.1:${P[2]} on $status, sandbox = basic, no_new_privs = no;
127.0.0.1:${P[3]} on protocol = tcp4, exec = /bin/sh, args = sh -c 'ulimit -Hc', user = $SOMEBODY, sandbox = basic;
127.0.0.1:${P[4]} on $status, no_new_privs = yes, capabilities = none;
127.0.0.1:${P[5]} on protocol = tcp4, exec = $T/prober, args = prober session, user = $SOMEBODY, sandbox = basic;
EOF

ask() { tcp 127.0.0.1 "${P[$1]}"; }
field() { ask "$1" | sed -n "s/^$2:[[:blank:]]*//p"; }
start_doorward "$T/conf"

is "$(field 0 NoNewPrivs)" "$(sed -n 's/^NoNewPrivs:[[:blank:]]*//p' /proc/self/status)" "no sandbox: nothing is changed"
is "$(field 1 NoNewPrivs)" 1 "basic: no_new_privs"
for set in CapInh CapPrm CapEff CapAmb; do
	is "$(field 1 $set)" 0000000000000000 "basic: $set is empty"
done
if [ "$(id -u)" = 0 ]; then
	is "$(field 1 CapBnd)" 0000000000000000 "basic: so is the bounding set"
	is "$(field 2 CapBnd)" 0000000000000000 "without no_new_privs it is, too"
else
	is "$(field 2 CapBnd)" "" "a capability that could be had again: not started"
fi
is "$(ask 3)" 0 "basic: no core dump"
is "$(field 4 NoNewPrivs)$(field 4 CapEff)" 10000000000000000 "the keys alone do the same"
ok "basic: a session keyring of its own" [ "$(ask 5)" != "$(ask 5)" ]
stop_doorward

"$DOORWARD" -t "$T/conf" >"$T/table"
is "$(grep -c 'sandbox=basic no_new_privs=no$' "$T/table")" 1 "a key overrides its preset in -t"
is "$(grep -c 'sandbox=basic$' "$T/table")" 3 "what a preset says by itself is not told"

# --- the manual ---------------------------------------------------------------------------------------

code() { "$abs_top_builddir/tests/lib/tables" "$1"; }
presets() {
	sed -n '/@presets/,/^\.Ed/p' "$MANUAL" | awk '/ = / {
		if (/^[a-z]/) { preset = $1; sub(/^[a-z]+ +/, "") }
		sub(/^ +/, "")
		print preset, $0 }'
}
layers() { sed -n '/^The layers, as messages/,/^\.El/s/^\.It Li \(.*\) Ta .*/\1/p' "$MANUAL"; }
is "$(presets)" "$(code presets)" "the manual has the presets of the code"
is "$(layers)" "$(code layers)" "and its layers"
done_testing
