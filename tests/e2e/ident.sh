#!/usr/bin/env bash
# e2e/ident.sh -- the builtin ident (RFC 1413): hidden, tokens, names; nothing of anybody else's connection
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

WHO=$SOMEBODY
[ "$WHO" = - ] && WHO=$(id -un)
P=$(free_port) TOKEN=$(free_port) NAME=$(free_port) SLOW=$(free_port)
cat >"$T/conf" <<EOF
$P stream tcp46 nowait $SOMEBODY internal ident
$TOKEN stream tcp46 nowait $SOMEBODY internal ident-token
$NAME on socktype = stream, protocol = tcp46, builtin = ident-user, user = $WHO;
$SLOW stream tcp4 nowait $SOMEBODY internal auth
auth stream tcp nowait $SOMEBODY internal
EOF
like "$("$DOORWARD" -t "$T/conf")" '^auth .* internal:auth ' "auth alone is this builtin"
sed -i '$d' "$T/conf"
start_doorward -l "$T/conf"
python3 -c 'import socket, sys, time
s = socket.create_connection(("127.0.0.1", int(sys.argv[1]))); s.settimeout(60); s.sendall(b"5 "); began = time.monotonic()
assert s.recv(9) == b""; print("closed", time.monotonic() - began >= 9)' "$SLOW" >"$T/slow" 2>&1 &
slow=$!
OWNER=$(id -un)
[ "$ME" = root ] && OWNER=$(id -un 65534)
export OWNER
oidentd=
if command -v oidentd >/dev/null; then
	OIDENTD=$(free_port)
	export OIDENTD
	oidentd -i -S -p "$OIDENTD" -a 127.0.0.1 >"$T/oidentd" 2>&1 &
	oidentd=$!
	wait_for tcp 127.0.0.1 "$OIDENTD"
else
	skip "oidentd says the same: no oidentd"
fi
python3 "$TESTS/ident.py" "$P" "$TOKEN" "$NAME" >"$T/said" 2>&1 || fail "ident.py" "$(cat "$T/said")"
while IFS= read -r line; do
	case $line in
	'ok '*) pass "${line#ok }" ;;
	'not ok '*) fail "${line#not ok }" ;;
	'token '*) token=${line#token } ;;
	*) note "$line" ;;
	esac
done <"$T/said"
wait "$slow"
is "$(cat "$T/slow")" "closed True" "who says nothing is closed after ten seconds"
[ -z "$oidentd" ] || { kill "$oidentd" && wait "$oidentd" 2>/dev/null; }
unset OIDENTD
# shellcheck disable=SC2317 # called by wait_for
ends() { [ "$(log_count '^exit ')" -ge "$(log_count '^accept ')" ]; }
ok "all end" wait_for ends
is "$(log_count '^exit .* status=0 ')" "$(log_count '^exit ')" "and well"
ok "TERM ends it" stop_doorward
start_doorward "$T/conf"
python3 "$TESTS/ident.py" "$P" "$TOKEN" "$NAME" >"$T/again" 2>&1
unlike "$(grep ^token "$T/again")" "${token:-none}" "another doorward has other tokens"
ok "TERM ends it" stop_doorward
done_testing
