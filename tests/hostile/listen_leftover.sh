#!/usr/bin/env bash
# hostile/listen_leftover.sh -- what wait handlers leave behind: daemons, sockets in use, sockets made blocking
# shellcheck source=tests/hostile/listen_lib.sh
. "$(dirname "$0")/listen_lib.sh"

W=$(free_port) P=$(free_port) Q=$(free_port) R=$(free_port)
mkdir -m 777 "$T/flags"
chmod 777 "$T/flags"
handler="/usr/bin/python3 python3 $H/listen_handler.py $T/flags"
cat >"$T/base" <<EOT
$W stream tcp4 nowait nobody internal echo
$P stream tcp4 wait nobody $handler/stay stay
EOT
echo "$Q stream tcp4 wait nobody $handler/flip flip" >"$T/flip"
echo "$R stream tcp4 wait nobody /usr/bin/tail tail -n 1 --pid=1 -f $T/flags/held" >"$T/held"
cat "$T/base" "$T/flip" "$T/held" >"$T/conf"
: >"$T/flags/held"
start_doorward "$T/conf"
witness "$W"
ask() { timeout 5 nc 127.0.0.1 "$1" </dev/null; }
gets() { [ "$(ask "$1")" = "$2" ]; }

# A daemon's way: its child must never see EAGAIN, whatever the master does with the socket meanwhile.
is "$(ask "$P")" first "the first is served"
answers=
for _ in 1 2 3 4 5 6 7 8 9 10; do answers="$answers$(ask "$P") "; done
like "$answers" '^((child|good) ){10}$' "so are the next, by the handler's child or by others"
ok "the child never saw EAGAIN" test ! -e "$T/flags/stay.eagain"

# wait becomes nowait. Who is left of the handlers makes the socket blocking, and takes the clients before the master does.
is "$(ask "$Q")" first "one who will not let go"
sed -i 's/ wait nobody .*/ nowait nobody internal echo/' "$T/flip"
cat "$T/base" "$T/flip" "$T/held" >"$T/conf"
ok "reload" reload
clients=()
for _ in $(seq 40); do
	ask "$Q" >/dev/null & # most are stolen
	clients+=($!)
done
wait "${clients[@]}"
ok "nobody else waited" witness_content
echoes() { [ "$(tcp 127.0.0.1 "$Q" x)" = x ]; }
wait_for sh -c "! pgrep -f '^python3 $H/listen_handler.py $T/flags/flip' >/dev/null"
ok "when he has gone the service is back" within 2 echoes

# Removed and added again while its handler has the socket.
connect() { python3 -c "import socket; socket.create_connection(('127.0.0.1', $R), 5)"; }
ok "a handler that stays" connect
holder() { pgrep -f "^tail -n 1 --pid=1 -f $T/flags/held"; }
ok "it runs" wait_for holder
cat "$T/base" "$T/flip" >"$T/conf"
reload
cat "$T/base" "$T/flip" "$T/held" >"$T/conf"
reload
ok "the port is in use" wait_for logged "listen service=$R .*error=\"Address already in use\""
sleep 8 # the pauses between the tries grow meanwhile: 1, 2, 4, 8 s
listens() { [ "$(log_count "^listen service=$R address=0.0.0.0:$R protocol=tcp4\$")" = 2 ]; }
ok "it is not served yet" test "$(log_count "^listen service=$R address=0.0.0.0:$R protocol=tcp4\$")" = 1
kill "$(holder)"
ok "its handler's end cuts the pause short" within 2 listens
ok "nobody else waited" witness_content
ok "TERM works" stop_doorward
pkill -f "^tail -n 1 --pid=1 -f $T/flags/held"
done_testing
