#!/usr/bin/env bash
# cage/escapes.sh -- each way out of a cage, tried from each of them: what holds is what tests/cage/escapes.table says
#
# escapes.sh --write: print the table as it is here. A way that is not the same on every system without a sandbox has
# "?" there; where root's daemon and an ordinary user's differ, it is ROOT/USER.
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

[ "$(uname)" = Linux ] || skip_all "these layers are Linux's"
"$DOORWARD" -V | grep -q '^sanitizers: no$' || skip_all "the sanitizers' own handlers want more"
HERE=${abs_top_srcdir:-$(dirname "$0")/../..}
TABLE=$HERE/tests/cage/escapes.table
PRESETS="none basic strict jail"

chmod 755 "$T"
mkdir "$T/outside" "$T/outside/open"
install -m 755 "$abs_top_builddir/tests/cage/prober" "$T/prober"
cp "$T/prober" "$T/outside/program"
cp "$T/prober" "$T/outside/setuid"
[ "$(id -u)" != 0 ] || chmod 4755 "$T/outside/setuid"
for file in secret public own open/to-remove open/to-rename; do echo text >"$T/outside/$file"; done
[ "$(id -u)" != 0 ] || chown -R "$SOMEBODY" "$T/outside/own" "$T/outside/open"
chmod 777 "$T/outside" "$T/outside/open"
chmod 666 "$T/outside/public"

as_somebody() { # in a process of its own
	[ "$(id -u)" != 0 ] || exec setpriv --reuid "$SOMEBODY" --regid "$(id -g "$SOMEBODY")" --clear-groups "$@"
	exec "$@"
}
OPEN=$(free_port)
as_somebody "$T/prober" victim "$T/outside" "$OPEN" >"$T/victim" &
VICTIM=$!
wait_for grep -q ready "$T/victim"

for preset in $PRESETS; do
	port=$(free_port)
	eval "P_$preset=$port"
	echo "127.0.0.1:$port on protocol = tcp4, exec = $T/prober, args = prober all $T/outside $VICTIM $OPEN, user = $SOMEBODY, sandbox = $preset;"
done >"$T/conf"
echo "127.0.0.1:$OPEN on protocol = tcp4, exec = /bin/echo, user = $SOMEBODY;" >>"$T/conf"
if ! "$DOORWARD" -t "$T/conf" >"$T/told" 2>&1; then
	kill "$VICTIM"
	skip_all "not every layer is here: $(grep -m 1 error "$T/told")"
fi
start_doorward "$T/conf"
for preset in $PRESETS; do
	port=P_$preset
	timeout 60 nc -N -w 60 127.0.0.1 "${!port}" </dev/null >"$T/$preset"
	# what one of them has made or removed is as it was for the next
	rm -rf "$T/outside/open/"* && echo text | tee "$T/outside/open/to-remove" >"$T/outside/open/to-rename"
	[ "$(id -u)" != 0 ] || chown -R "$SOMEBODY" "$T/outside/open"
done
stop_doorward
kill "$VICTIM"
wait "$VICTIM" 2>/dev/null

join_all() { # the attempt, then what came of it in each preset
	awk '{ if (!($1 in seen)) { order[++n] = $1; seen[$1] } what[$1] = what[$1] " " $2 }
		END { for (i = 1; i <= n; i++) print order[i] what[order[i]] }' "$T/none" "$T/basic" "$T/strict" "$T/jail"
}
if [ "${1:-}" = --write ]; then
	join_all
	exit 0
fi
while read -r attempt none basic strict jail; do
	[ "$attempt" != "#" ] || continue
	i=0
	for expected in $none $basic $strict $jail; do
		i=$((i + 1))
		preset=$(cut -d' ' -f"$i" <<<"$PRESETS")
		got=$(sed -n "s/^$attempt //p" "$T/$preset")
		if [ "$(id -u)" = 0 ]; then expected=${expected%/*}; else expected=${expected#*/}; fi
		[ "$expected" = '?' ] || [ "$got" = "$expected" ] || fail "$preset: $attempt" "is $got, and to be $expected"
	done
	pass "$attempt: none $none, basic $basic, strict $strict, jail $jail"
done <"$TABLE"
is "$(grep -cv '^#' "$TABLE")" "$(wc -l <"$T/jail")" "the table has each attempt"
page() { sed -nE 's/^\| ([a-z0-9-]+) \| ([a-z/?]+) \| ([a-z/?]+) \| ([a-z/?]+) \| ([a-z/?]+) \|$/\1 \2 \3 \4 \5/p' "$HERE/doc/sandbox.md" | grep -v '^attempt '; }
is "$(page)" "$(grep -v '^#' "$TABLE")" "doc/sandbox.md has the same table"
ok "and they are many" [ "$(wc -l <"$T/jail")" -ge 60 ]
done_testing
