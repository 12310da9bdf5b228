#!/usr/bin/env bash
# e2e/listen.sh -- one handler for several sockets: handed over as LISTEN_FDS, kept at reloads, looked after, told of
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

CTL=$abs_top_builddir/src/doorwardctl
mapfile -t PORT < <(free_ports 8)
A=${PORT[0]} B=${PORT[1]} C=${PORT[2]} D=${PORT[3]}
SERVER="exec = /usr/bin/env, args = env python3 $TESTS/listen_server.py $T/state"
chmod 755 "$TESTS" 2>/dev/null
: >"$T/state"
chmod 666 "$T/state"

entry() { # endpoints [more keys]: the entry
	echo "multi on listen = $1, handoff = listen_fds, user = $ME${2:+, $2}, $SERVER;"
}
unix_stream() { # path text
	python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(sys.argv[2].encode()); print(s.recv(99).decode(), end="")' "$1" "$2"
}
unix_dgram() { # path text
	python3 -c 'import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.settimeout(15); s.bind(sys.argv[3]); os.chmod(sys.argv[3], 0o777)
s.sendto(sys.argv[2].encode(), sys.argv[1]); print(s.recv(99).decode(), end=""); os.unlink(sys.argv[3])' "$1" "$2" "$T/peer$RANDOM"
}
one_udp() { # port text
	python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(15)
s.sendto(sys.argv[2].encode(), ("127.0.0.1", int(sys.argv[1]))); print(s.recv(99).decode(), end="")' "$1" "$2"
}
starts() { grep -c '^pid' "$T/state"; }
started() { [ "$(starts)" -ge "$1" ]; }
state() { "$CTL" -s "$T/ctl" status multi 2>&1; }
is_state() { state | grep -q "$1"; }

# --- what it says ----------------------------------------------------------------------------------

entry "tcp:$A udp4:127.0.0.1:$B $T/s tcp4:$C dgram:$T/d" "names = web ask path old post" >"$T/conf"
is "$("$DOORWARD" -t "$T/conf" 2>&1 | sed "s|$T|T|g")" \
	"multi stream,dgram tcp,udp,unix wait $ME /usr/bin/env tcp46:[::]:$A udp4:127.0.0.1:$B T/s tcp4:0.0.0.0:$C dgram:T/d args=\"env python3 $TESTS/listen_server.py T/state\" handoff=listen_fds stdout=null stderr=log names=web:ask:path:old:post" \
	"-t lists the endpoints"

problem() { # entry expected description
	echo "$1" >"$T/bad.conf"
	is "$("$DOORWARD" -t "$T/bad.conf" 2>&1 | sed "s|^$T/bad.conf:||")" "$2" "$3"
}
rest="user = $ME, $SERVER;"
problem "x on listen = tpc:7001, $rest" '1:15: error: unknown protocol "tpc" (did you mean "tcp"?)' "a protocol misspelt"
problem "x on listen = 7001 strem:/x, handoff = listen_fds, $rest" \
	'1:20: error: unknown protocol "strem" (did you mean "stream"?)' "a socket type misspelt"
problem "x on listen = tcp:127.0.0.1:70o1, $rest" \
	'1:29: error: unknown service "70o1" for tcp: write a number, or add it to /etc/services' "a port that is none"
problem "x on listen = 7001 tcp4:1.2.3.4.5:7, handoff = listen_fds, $rest" '1:25: error: "1.2.3.4.5" is not an address' "an address that is none"
problem "x on listen = 7001 7001, handoff = listen_fds, $rest" '1:20: error: "7001" is listed twice' "an endpoint twice"
problem "x on listen = 7001 127.0.0.1:7001, handoff = listen_fds, $rest" \
	'1:20: error: another endpoint has the address of "127.0.0.1:7001", too' "an address twice"
problem "x on listen = tcp:, $rest" '1:15: error: "tcp:" is not [PROTOCOL:][ADDRESS:]PORT or a path' "half an endpoint"
problem "x on listen = tcp:/run/x, $rest" '1:19: error: the path "/run/x" needs protocol "unix"' "a path with tcp"
problem "x on listen = rpc/tcp:7, $rest" '1:15: error: "listen" has no RPC services' "an RPC service"
problem "x on listen = 7001 7002, $rest" '1:20: error: stdin is one socket, "listen" has 2: write handoff = listen_fds' "stdin with several"
problem "x on listen = 7001 7002, handoff = stdin, $rest" \
	'1:26: error: stdin is one socket, "listen" has 2: write handoff = listen_fds' "stdin with several, asked for"
problem "x on listen = 7001 7002, handoff = listen_fds, wait = no, $rest" \
	'1:55: error: a nowait service has one endpoint: "listen" has 2' "nowait with several"
problem "x on listen = 7001, builtin = echo, user = $ME;" '1:15: error: "listen" is for a program, not a builtin' "a builtin"
problem "x on listen = 7001 7002, names = a, handoff = listen_fds, $rest" '1:34: error: 1 name for 2 endpoints' "too few names"
problem "x on listen = 7001, names = a:b, handoff = listen_fds, $rest" \
	'1:29: error: "a:b" is no name for a descriptor: printable characters but ":"' "a name with a colon"
problem "x on listen = 7001, names = a, $rest" '1:29: error: "names" is for handoff = listen_fds' "names without descriptors"
problem "x on listen = 7001, handoff = listen_fd, $rest" \
	'1:31: error: handoff "listen_fd" is none of stdin, listen_fds (did you mean "listen_fds"?)' "a hand-over misspelt"
problem "x on listen = 7001, handoff = listen_fds, stderr = socket, $rest" \
	'1:43: error: "stderr = socket" is for handoff = stdin: log or null' "stderr has no socket to go to"
problem "127.0.0.1:x on listen = 7001, $rest" '1:1: error: with "listen" the addresses stand there: "127.0.0.1"' "an address elsewhere"
problem "x on socktype = dgram, listen = tcp:7001, $rest" '1:17: error: socket type "dgram" is that of no endpoint of "listen"' "a type of nobody"
problem "x on listen = $(seq -s ' ' 7001 7065), handoff = listen_fds, $rest" \
	'1:1: error: 65 sockets are too many for one handler (at most 64)' "too many"

echo "x on listen = 7001 /nowhere/x, handoff = listen_fds, $rest" >"$T/bad.conf"
like "$("$DOORWARD" -t "$T/bad.conf" 2>&1)" ':1:20: warning: the socket.s folder "/nowhere" is missing' "a path's folder that is missing"
like "$("$DOORWARD" --control= --try x "$T/bad.conf" 2>&1 </dev/null)" 'with, the first of 2, on 3;' "--try says what it tries"
: >"$T/state"

# --- one handler for all ------------------------------------------------------------------------------

start_doorward -l "--control=$T/ctl" "$T/conf"
like "$(cat "$T/log")" "^listen service=multi address=127.0.0.1:$B protocol=udp4$" "each endpoint is told"
is "$(tcp 127.0.0.1 "$A" hi)" web "a tcp client starts it"
handler=$(sed -nE 's/^pid ([0-9]+) .*/\1/p' "$T/state")
is "$(sed 's/^pid [0-9]*//' "$T/state")" " names web ask path old post fds 0 1 2 3 4 5 6 7 stdin null variables" \
	"it has its sockets from 3 on, and nothing else"
is "$(one_udp "$B" hi)" ask "udp"
is "$(unix_stream "$T/s" hi)" path "a unix stream"
is "$(unix_dgram "$T/d" hi)" post "unix datagrams"
is "$(tcp 127.0.0.1 "$C" hi)" old "tcp4"
if has_ipv6; then is "$(tcp ::1 "$A" hi)" web "IPv6 on the same socket"; else skip "no IPv6 here"; fi
is "$(starts)" 1 "one handler has all of them"
like "$(state)" "multi +tcp,udp,unix +tcp46:\[::\]:$A udp4:127.0.0.1:$B $T/s tcp4:0.0.0.0:$C dgram:$T/d +waiting +1/1 +1 " "status"
is "$(for word in "$A" "multi/udp" "$B/udp4" "127.0.0.1:$C" "$T/d" "$A/udp"; do "$CTL" -s "$T/ctl" show "$word" >/dev/null 2>&1; echo $?; done | xargs)" \
	"0 0 0 0 0 1" "it is found by each endpoint"
like "$("$CTL" -s "$T/ctl" --json status)" "\"addresses\":\[\"tcp46:\[::\]:$A\",\"udp4:127.0.0.1:$B\",\"$T/s\",\"tcp4:0.0.0.0:$C\",\"dgram:$T/d\"\]" "json"

sockets() { find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' 2>/dev/null | sort; } # of a process
entry "udp4:127.0.0.1:$B tcp:$A $T/s tcp4:$C dgram:$T/d tcp4:$D" "names = ask web path old post new, env = X=1" >"$T/conf"
ok "a reload" reload
like "$(cat "$T/log")" "reload kept=0 added=0 changed=1 removed=0" "it is the same service"
is "$(comm -12 <(sockets "$handler") <(sockets "$pid") | wc -l)" 5 "every endpoint keeps its socket"
is "$(tcp 127.0.0.1 "$A" hi)" web "the handler goes on with them"
python3 -c 'import socket, sys, time
s = socket.create_connection(("127.0.0.1", int(sys.argv[1]))); s.sendall(b"hi"); print(s.recv(99).decode(), end="")' "$D" >"$T/new" &
client=$!
waits() { ss -Hltn "sport = :$D" 2>/dev/null | grep -q '^LISTEN *1 ' || ! command -v ss >/dev/null; }
ok "who comes at a new endpoint waits" wait_for waits
is "$(starts) $(kill -0 "$handler" && echo runs)" "1 runs" "while the handler runs none is looked at"
tcp 127.0.0.1 "$A" quit >/dev/null
ok "after its end he is served" wait_for started 2
wait "$client"
is "$(cat "$T/new")" new "by the next one, which has the new one, too"
is "$(sed -n '2s/.* names \(.*\) fds.*/\1/p' "$T/state")" "ask web path old post new" "in the order of the entry"
unlike "$(cat "$T/log")" 'unread' "nothing was left unread"

# --- another binary -------------------------------------------------------------------------------------

n=$(starts)
ok "an upgrade" "$CTL" -s "$T/ctl" upgrade
is "$(tcp 127.0.0.1 "$A" hi) $(starts)" "web $n" "the handler goes on"
is "$(state | grep -o 'waiting  *1/1')" "waiting      1/1" "and has all of them still"
tcp 127.0.0.1 "$A" quit >/dev/null
is "$(unix_stream "$T/s" hi) $(starts)" "path $((n + 1))" "the next one has them"

# --- apart and together ---------------------------------------------------------------------------------

{
	echo "a on listen = tcp:$A, handoff = listen_fds, user = $ME, $SERVER;"
	echo "b on listen = tcp4:$C $T/s, names = old path, handoff = listen_fds, user = $ME, $SERVER;"
} >"$T/conf"
ok "the sockets go to two entries" reload
is "$(tcp 127.0.0.1 "$C" hi)" old "the handler still has one of them"
tcp 127.0.0.1 "$C" quit >/dev/null
is "$(tcp 127.0.0.1 "$C" hi)" old "its own handler has it then"
is "$(tcp 127.0.0.1 "$A" hi)" "$A" "and the other entry's the other"
is "$(starts)" $((n + 3)) "one each"
entry "tcp:$A tcp4:$C $T/s" "names = web old path" >"$T/conf"
ok "both come together" reload
tcp 127.0.0.1 "$A" quit >/dev/null
python3 -c 'import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1]))); s.sendall(b"hi"); s.settimeout(15); print(s.recv(99).decode(), end="")' "$A" >"$T/late" &
client=$!
ok "one of the two handlers ends" wait_for logged_times 3 '^exit service=(multi|a|b) '
is "$(tcp 127.0.0.1 "$C" hi) $(starts)" "old $((n + 3))" "none is started while the other has a part"
tcp 127.0.0.1 "$C" quit >/dev/null
ok "then one has all" wait_for started $((n + 4))
wait "$client"
is "$(cat "$T/late") $(tail -n 1 "$T/state" | sed 's/.* names \(.*\) fds.*/\1/')" "web web old path" "and who waited is served"

# --- what handlers leave --------------------------------------------------------------------------------

tcp 127.0.0.1 "$A" "spoil old" >/dev/null
ok "a socket that a handler has shut down is made good" wait_for bash -c "[ \"\$(printf hi | timeout 5 nc -N 127.0.0.1 $C)\" = old ]"
tcp 127.0.0.1 "$A" quit >/dev/null
ok "it ends" wait_for is_state 'listening'
sed -i "s|$T/state;|$T/state idle;|" "$T/conf"
ok "a handler that reads nothing" reload
(one=$(tcp 127.0.0.1 "$A" hi); two=$(unix_stream "$T/s" hi); echo "$one $two") >"$T/patient" 2>/dev/null &
client=$!
ok "is held with a pause" wait_for logged 'pause service=multi reason=unread|fault service=multi reason=unread|reason=unread'
"$CTL" -s "$T/ctl" pause multi >/dev/null
like "$(state)" paused "pause"
sed -i "s|$T/state idle;|$T/state;|" "$T/conf"
reload
n=$(starts)
"$CTL" -s "$T/ctl" resume multi >/dev/null
wait "$client"
is "$(cat "$T/patient")" "web path" "resume: all who waited are served"
is "$(starts)" $((n + 1)) "by one"
tcp 127.0.0.1 "$A" quit >/dev/null
ok "TERM ends it orderly" stop_doorward
is "$(find "$T" -type s)" "" "no path is left"

# --- an endpoint that cannot be opened, and those of others --------------------------------------------

python3 -c 'import socket, sys, time
s = socket.socket(); s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen(); open(sys.argv[2], "w").close(); time.sleep(60)' "$B" "$T/taken" &
taken=$!
wait_for [ -e "$T/taken" ]
{
	entry "tcp4:127.0.0.1:$A tcp4:127.0.0.1:$B tcp4:$C tcp4:$D" "names = web busy old new"
	echo "$C stream tcp4 nowait $ME /bin/echo echo other"
	echo "$D stream tcp4 nowait $ME /bin/echo echo other"
} >"$T/conf"
: >"$T/state"
start_doorward -l "--control=$T/ctl" "$T/conf"
is "$(grep -c 'is served by the later entry at .*:[23]$' "$T/log")" 2 "each endpoint that another entry has is told"
is "$(tcp 127.0.0.1 "$C")" other "the later one serves"
is "$(tcp 127.0.0.1 "$A" hi)" web "the rest is served"
is "$(sed 's/.* names \(.*\) fds.*/\1/' "$T/state")" web "with what there is"
like "$(state)" 'waiting' "status says so"
kill "$taken"
ok "the port is free: it is opened" wait_for logged "^listen service=multi address=127.0.0.1:$B protocol=tcp4$"
tcp 127.0.0.1 "$A" quit >/dev/null
is "$(tcp 127.0.0.1 "$B" hi) $(tail -n 1 "$T/state" | sed 's/.* names \(.*\) fds.*/\1/')" "busy web busy" "the next handler has it"
tcp 127.0.0.1 "$A" quit >/dev/null
ok "TERM ends it orderly" stop_doorward

# --- a connection as descriptor 3, many sockets ----------------------------------------------------------

cat >"$T/show" <<-'EOF2'
	#!/bin/sh
	read -r said <&3
	{ echo "$said $LISTEN_FDS $LISTEN_FDNAMES $REMOTE_ADDR $(($$ - LISTEN_PID))"; ls -l /proc/$$/fd | grep -o ' [012] -> .*'; } >&3
	echo out
	echo err >&2
EOF2
chmod 755 "$T/show"
mapfile -t PORT < <(free_ports 64)
{
	echo "$A on socktype = stream, protocol = tcp4, names = conn, handoff = listen_fds, stdout = log, user = $SOMEBODY, exec = $T/show;"
	entry "${PORT[*]/#/tcp4:127.0.0.1:}"
} >"$T/conf"
: >"$T/state"
start_doorward -l "--control=$T/ctl" "$T/conf"
like "$(tcp 127.0.0.1 "$A" 'hello\n')" "^hello 1 conn 127.0.0.1 0" "nowait: the connection is descriptor 3"
ok "stdout = log" wait_for logged 'stderr service=.* line=out'
ok "and stderr" wait_for logged 'stderr service=.* line=err'
is "$(tcp 127.0.0.1 "${PORT[63]}" hi) $(wc -w <"$T/state")" "${PORT[63]} $((2 + 1 + 64 + 1 + 67 + 2 + 1))" "64 sockets"
tcp 127.0.0.1 "${PORT[0]}" quit >/dev/null
ok "TERM ends it orderly" stop_doorward
done_testing
