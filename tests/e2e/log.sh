#!/usr/bin/env bash
# e2e/log.sh -- the events of the log: their keys, what needs -l, what no client can forge, what is summed up
# shellcheck source=tests/lib/lib.sh
# shellcheck disable=SC2154,SC2317 # pid is of lib.sh; wait_for calls functions
. "$(dirname "$0")/../lib/lib.sh"

S=$SOMEBODY
ports=$(free_ports 9 | tr '\n' ' ')
read -r CAT TRUE STATUS KILLED MISSING FULL RATE ACCESS SOURCE <<<"$ports"
MUX=$(free_port) OTHER=$(free_port) WAIT=$(free_port)
if [ "$S" = - ]; then user=; else user="user = $S, "; fi

cat >"$T/nasty" <<'EOF2'
#!/bin/sh
# What a client could make a handler say.
printf 'plain\n' >&2
printf 'doorward[1]: accept service=forged from=1.2.3.4:5 pid=6\naccept service=forged pid=7\n' >&2
printf 'a"b\\c\ttab\rreturn\033[31mred\001 \200\377 k=v\n' >&2
printf '\n' >&2
head -c 3000 /dev/zero | tr '\0' z >&2
printf '\nunfinished' >&2
EOF2
cat >"$T/wait" <<'EOF2'
#!/bin/sh
exec dd of=/dev/null bs=1000 count=1 2>/dev/null
EOF2
chmod 755 "$T/nasty" "$T/wait"
cat >"$T/conf" <<EOF2
$CAT stream tcp4 nowait $S /bin/cat
$TRUE stream tcp4 nowait $S /bin/true
$STATUS stream tcp4 nowait $S /bin/sh sh -c 'exit 3'
$KILLED stream tcp4 nowait $S /bin/sh sh -c 'kill -KILL \$\$'
$MISSING stream tcp4 nowait $S $T/missing
$FULL on ${user}socktype = stream, protocol = tcp4, exec = /bin/cat, accept_max = 1;
$RATE on ${user}socktype = stream, protocol = tcp4, exec = /bin/true, service_max = 1/s;
$ACCESS on ${user}socktype = stream, protocol = tcp4, exec = /bin/true, deny = 127.0.0.0/8;
$SOURCE on ${user}socktype = stream, protocol = tcp4, exec = /bin/cat, source_max = 1;
$MUX stream tcp4 nowait $S internal tcpmux
tcpmux/nasty on ${user}exec = $T/nasty, stderr = log;
'$T/the	so=ck"et' on ${user}protocol = unix, socktype = stream, exec = /bin/true;
$WAIT dgram udp4 wait $S $T/wait
EOF2

ISO='[0-9]+\.[0-9]{3}'
USED="cpu=$ISO rss=[1-9][0-9]*" # by a process
PRE='^'
event() { # description pattern: the whole of a line, behind the prefix
	ok "$1" wait_for logged "$PRE$2\$"
}
dial() { # variable port [host]
	{ exec {dialled}<>"/dev/tcp/${3:-127.0.0.1}/$2"; } 2>/dev/null || return
	printf -v "$1" %s "$dialled"
}
held() { # variable port: a client that cat has answered
	dial "$1" "$2" && echo hello >&"$dialled" && read -r -t "$DEADLINE" _ <&"$dialled"
}

# --- without -l -----------------------------------------------------------------------------------

start_doorward "$T/conf"
event "listen" "listen service=$CAT address=0.0.0.0:$CAT protocol=tcp4"
event "listen: udp" "listen service=$WAIT address=0.0.0.0:$WAIT protocol=udp4"
tcp 127.0.0.1 "$TRUE" >/dev/null
tcp 127.0.0.1 "$STATUS" >/dev/null
event "exit with a status, and whom it served" "exit service=$STATUS pid=[0-9]+ status=3 duration=$ISO from=127.0.0.1:[0-9]+ $USED"
tcp 127.0.0.1 "$KILLED" >/dev/null
event "exit by a signal" "exit service=$KILLED pid=[0-9]+ signal=SIGKILL duration=$ISO from=[0-9.:]+ $USED"
tcp 127.0.0.1 "$MISSING" >/dev/null
event "exec-failed" "exec-failed service=$MISSING program=$T/missing step=execve error=\"No such file or directory\""
tcp 127.0.0.1 "$ACCESS" >/dev/null 2>&1
event "reject: access" "reject service=$ACCESS from=127.0.0.1:[0-9]+ reason=access"
held one "$SOURCE"
tcp 127.0.0.1 "$SOURCE" >/dev/null 2>&1
event "reject: source_max" "reject service=$SOURCE from=127.0.0.1:[0-9]+ reason=source_max"
exec {one}>&-
held one "$FULL"
dial two "$FULL"
event "pause: accept_max" "pause service=$FULL reason=accept_max"
exec {one}>&-
event "resume: accept_max" "resume service=$FULL reason=accept_max"
exec {two}>&-
tcp 127.0.0.1 "$RATE" >/dev/null
dial two "$RATE"
event "pause: service_max" "pause service=$RATE reason=service_max"
event "resume: service_max" "resume service=$RATE reason=service_max"
exec {two}>&-
ok "a reload" reload
event "reload" "reload kept=13 added=0 changed=0 removed=0"
sed -i "1s,/bin/cat,/bin/cat cat -u," "$T/conf"
sed -i "4s/^$KILLED/$OTHER/" "$T/conf"
ok "another" reload
event "reload with a change, and whose" \
	"reload kept=11 added=1 changed=1 removed=1 added_services=$OTHER changed_services=$CAT removed_services=$KILLED"
is "$(log_count 'accept service=')" 0 "without -l no accept is logged"
is "$(log_count 'status=0')" 0 "without -l no clean exit is logged"
stop_doorward
unlike "$(grep -v "^$T/conf:5:" "$T/log" | grep -Ev "$PRE(start|stop|listen|exit|exec-failed|reject|pause|resume|reload) [a-z]+=[^ ]+( [a-z_]+=(\"([^\"\\\\]|\\\\.)*\"|[^ \"=]+))*$")" . \
	"each line is an event with its keys"

# --- with it --------------------------------------------------------------------------------------

: >"$T/log"
start_doorward -l "$T/conf"
ODD="\"$T/the\\\\tso=ck\\\\\"et\""
event "listen: a path is escaped" "listen service=$ODD address=$ODD protocol=unix"
tcp 127.0.0.1 "$TRUE" >/dev/null
event "-l: accept" "accept service=$TRUE from=127.0.0.1:[0-9]+ pid=[0-9]+ running=1/256"
event "-l: a clean exit" "exit service=$TRUE pid=[0-9]+ status=0 duration=$ISO from=127.0.0.1:[0-9]+ $USED"
held one "$CAT"
held two "$CAT"
event "-l: running is the number of handlers" "accept service=$CAT from=127.0.0.1:[0-9]+ pid=[0-9]+ running=2/256"
from=$(python3 -c "
import socket
s = socket.create_connection(('127.0.0.1', $CAT))
print(s.getsockname()[1])
s.shutdown(1)
s.recv(1)")
event "-l: from is the peer's address and port" "accept service=$CAT from=127.0.0.1:$from pid=[0-9]+ running=3/256"
exec {one}>&- {two}>&-
python3 -c "
import socket
s = socket.socket(socket.AF_UNIX)
s.connect('$T/the\\tso=ck\"et')
s.recv(1)"
event "-l: a unix peer is its uid" "accept service=$ODD from=uid:$(id -u) pid=[0-9]+ running=1/256"
echo x >/dev/udp/127.0.0.1/"$WAIT"
event "-l: wait: no peer is known" "accept service=$WAIT pid=[0-9]+ running=1/1"
ok "-l: two pids are the same" wait_for logged "exit service=$WAIT pid=$(sed -n "s/.*accept service=$WAIT pid=\([0-9]*\) .*/\1/p" "$T/log") status=0"

# --- what others write ----------------------------------------------------------------------------

tcp 127.0.0.1 "$MUX" 'nasty\r\n' >/dev/null
N='stderr service=tcpmux/nasty pid=[0-9]+ line='
event "stderr: a plain word" "${N}plain"
event "stderr: a forged line is a value" "$N\"doorward\[1\]: accept service=forged from=1.2.3.4:5 pid=6\""
event "stderr: a forged event is a value" "$N\"accept service=forged pid=7\""
event "stderr: quotes, backslashes, controls and high bytes are escaped" \
	"$N\"a\\\\\"b\\\\\\\\c\\\\ttab\\\\rreturn\\\\x1b\[31mred\\\\x01 \\\\x80\\\\xff k=v\""
event "stderr: a long line is cut into pieces" "${N}z{1024}"
event "stderr: the last line needs no end" "${N}unfinished"
for name in 'no\033[2Jsuch' 'no\raccept service=forged' 'x\naccept service=forged\r\n' '\0\0' '%s%n%s'; do
	tcp 127.0.0.1 "$MUX" "$name\r\n" >/dev/null
done
tcp 127.0.0.1 "$MUX" 'nasty\r\n' >/dev/null
ok "the daemon goes on" wait_for logged_times 2 "accept service=tcpmux/nasty "
is "$(log_count "$PRE(accept|exit) service=forged")" 0 "no client has forged a line"
is "$(LC_ALL=C grep -c '[^ -~]' "$T/log")" 0 "nothing but printable characters is in the log"
printf '%s\n' "$CAT stream tcp4 nowait $S /bin/cat" >"$T/conf"
printf '7 stream tcp4 no\033[2J\r"wa\nit" %s /bin/cat\n' "$S" >>"$T/conf"
ok "a reload with a word of control characters" reload
is "$(LC_ALL=C grep -c '[^ -~]' "$T/log")" 0 "the configuration's words are escaped too"
event "the refused reload says so" 'fault what="reload: nothing was changed, [0-9]+ errors?"'
stop_doorward

# --- summed up ------------------------------------------------------------------------------------

cat >"$T/conf" <<EOF2
$SOURCE on ${user}socktype = stream, protocol = tcp4, exec = /bin/cat, source_max = 1;
$ACCESS on ${user}socktype = stream, protocol = tcp4, exec = /bin/true, deny = 127.0.0.0/8;
$FULL on ${user}socktype = stream, protocol = tcp4, exec = /bin/true, accept_max = 1;
EOF2
: >"$T/log"
start_doorward "$T/conf"
sum() { # event service [reason]: how many were there, by the log's own account
	sed -n "s/^$1 service=$2 .*reason=${3:-[a-z_]*}\( count=\([0-9]*\)\)\{0,1\}\$/\2/p" "$T/log" |
		awk '{ n += $1 == "" ? 1 : $1 } END { print n + 0 }'
}
adds_up() { [ "$(sum "$1" "$2")" = "$3" ]; }
held one "$SOURCE"
before=$SECONDS
python3 - "$SOURCE" "$ACCESS" <<'EOF2'
import socket, sys
for i in range(100):
    for port in sys.argv[1:]:
        s = socket.create_connection(("127.0.0.1", int(port)))
        try:
            s.recv(1)
        except ConnectionResetError:
            pass
        s.close()
EOF2
took=$((SECONDS - before + 1))
ok "rejects: the counts add up to all of them" wait_for adds_up reject "$SOURCE" 100
ok "rejects: for each service" wait_for adds_up reject "$ACCESS" 100
for port in "$SOURCE" "$ACCESS"; do
	lines=$(log_count "reject service=$port ")
	ok "rejects: at most a line a second and service ($lines)" test "$lines" -le $((took + 2))
done
like "$(grep "reject service=$SOURCE" "$T/log" | tail -n 1)" 'from=127.0.0.1:[0-9]+ reason=source_max count=[0-9]+$' \
	"rejects: the summary has the last one's address"
exec {one}>&-

before=$SECONDS
python3 - "$FULL" <<'EOF2'
import socket, sys
for _ in range(10):
    clients = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for i in range(10)]
    for s in clients:
        try:
            s.recv(1)
        except ConnectionResetError:
            pass
EOF2
many() { [ "$(sum pause "$FULL")" -gt "$1" ]; }
ok "pauses: there are many" wait_for many 10
took=$((SECONDS - before + 1))
lines=$(log_count "pause service=$FULL ")
ok "pauses: at most a line a second ($lines)" test "$lines" -le $((took + 2))
resumed() { [ "$(log_count "resume service=$FULL ")" = "$(log_count "pause service=$FULL ")" ]; }
ok "pauses: each that was logged has its resume" wait_for resumed
like "$(grep -E "(pause|resume) service=$FULL " "$T/log" | tail -n 1)" '^resume ' "pauses: the log ends with the resume"
ok "TERM ends it" stop_doorward
is "$(sum reject "$SOURCE")" 100 "nothing is told twice at the end"

# A sum that is due is not lost at the end.
: >"$T/log"
start_doorward "$T/conf"
for _ in {1..5}; do tcp 127.0.0.1 "$ACCESS" >/dev/null 2>&1; done
stop_doorward
is "$(sum reject "$ACCESS")" 5 "what is not summed up yet is told at the end"

# What handlers leave running has their stderr still: that shall not eat up the master's descriptors.
LEFT=$(free_port)
cat >"$T/left" <<EOF
#!/bin/sh
sleep 100 </dev/null >/dev/null &
echo \$! >>$T/left.pids
echo left >&2
EOF
chmod 755 "$T/left"
echo "127.0.0.1:$LEFT on protocol = tcp, ${user}exec = $T/left, stderr = log, accept_max = 0;" >"$T/conf2"
touch "$T/left.pids" && chmod 666 "$T/left.pids"
: >"$T/log"
start_doorward "$T/conf2"
master_fds() { find "/proc/${pid:?}/fd" -mindepth 1 2>/dev/null | wc -l; }
before=$(master_fds)
for _ in {1..300}; do tcp 127.0.0.1 "$LEFT" >/dev/null; done
ok "left behind: what 300 handlers said is told" wait_for logged_times 300 "^stderr service=$LEFT pid=[0-9]+ line=left"
few() { [ "$(master_fds)" -le $((before + 257)) ]; } # and a helper
ok "left behind: at most 256 pipes stay open ($(($(master_fds) - before)))" wait_for few
ok "left behind: TERM ends it" stop_doorward
while read -r left; do kill "$left" 2>/dev/null; done <"$T/left.pids"

cat >"$T/much" <<'EOF'
#!/bin/sh
for i in 1 2 3 4 5 6; do echo "line number $i" >&2; done
EOF
chmod 755 "$T/much"
echo "127.0.0.1:$LEFT on protocol = tcp, ${user}exec = $T/much, stderr = log, stderr_max = 32;" >"$T/conf2"
: >"$T/log"
start_doorward -l "$T/conf2"
tcp 127.0.0.1 "$LEFT" >/dev/null
ok "stderr_max: the end of it is told" wait_for logged "^stderr service=$LEFT pid=[0-9]+ line=.\(what follows is over stderr_max\)"
ok "stderr_max: what is under it" logged_times 2 "^stderr .*line=.line number [12]"
ok "stderr_max: and its last bytes" logged_times 1 "^stderr .*line=.line n.$"
ok "stderr_max: the handler goes on" wait_for logged "^exit .*status=0"
is "$(log_count '^stderr ')" 4 "stderr_max: nothing else"
ok "stderr_max: TERM ends it" stop_doorward

# Why a program cannot be executed, in the words of -t, whoever finds out.
printf '#!/bin/cat\r\nx\r\n' >"$T/crlf"
printf '#!/no/such/interpreter\nx\n' >"$T/lost"
printf 'print("x")\n' >"$T/bare"
chmod 755 "$T/crlf" "$T/lost" "$T/bare"
printf '#!/bin/sh\n' >"$T/plain"
chmod 644 "$T/plain"
read -r CRLF LOST BARE PLAIN <<<"$(free_ports 4 | tr '\n' ' ')"
cat >"$T/conf2" <<EOF2
$CRLF stream tcp4 nowait $S $T/crlf
$LOST stream tcp4 nowait $S $T/lost
$BARE stream tcp4 nowait $S $T/bare
$PLAIN stream tcp4 nowait $S $T/plain
EOF2
for how in '' --resolve; do
	: >"$T/log"
	# an option or none
	# shellcheck disable=SC2086
	start_doorward $how "$T/conf2"
	for port in $CRLF $LOST $BARE $PLAIN; do tcp 127.0.0.1 "$port" >/dev/null 2>&1; done
	X="$how exec-failed" E='exec-failed service='
	event "$X: CR behind #!" "$E$CRLF program=$T/crlf step=execve error=\"[^\"]*\" reason=\"has lines that end in CR LF, [^\"]*\""
	event "$X: an interpreter that is missing" \
		"$E$LOST program=$T/lost step=execve error=\"[^\"]*\" reason=\"has an interpreter, '/no/such/interpreter', that is missing: [^\"]*\""
	event "$X: no #!" "$E$BARE program=$T/bare step=execve error=\"[^\"]*\" reason=\"has no '#!' line and is no executable format\""
	event "$X: not executable" "$E$PLAIN program=$T/plain step=execve error=\"[^\"]*\" reason=\"is not executable\""
	stop_doorward
done

# A handler that fails has said why, and its client may never have seen it.
cat >"$T/broken" <<'EOF'
#!/bin/sh
echo begins >&2
printf 'tab\there, and the key "x"\n\n' >&2
[ "$1" ] && echo "$1" >&2 && exit 0
sleep 0.1 # who ends before his start is told of may not be heard to the end
exit 3
EOF
cat >"$T/loud" <<'EOF'
#!/bin/sh
yes "all is well" | head -n 20000 >&2
printf 'it broke' >&2
sleep 0.1
kill -TERM $$
EOF
chmod 755 "$T/broken" "$T/loud"
MUCH=$(free_port)
cat >"$T/conf2" <<EOF
127.0.0.1:$LEFT on protocol = tcp, ${user}exec = $T/broken, stderr = log;
127.0.0.1:$MUCH on protocol = tcp, ${user}exec = $T/loud, stderr = log;
127.0.0.1:$CAT on protocol = tcp, ${user}exec = $T/broken, args = broken fine, stderr = log;
127.0.0.1:$TRUE on protocol = tcp, ${user}builtin = daytime;
EOF
: >"$T/log"
start_doorward -l "$T/conf2"
tcp 127.0.0.1 "$LEFT" >/dev/null
event "a failed handler's end has its last words" \
	"exit service=$LEFT pid=[0-9]+ status=3 duration=$ISO from=[0-9.:]+ $USED stderr=\"tab\\\\there, and the key \\\\\"x\\\\\"\""
tcp 127.0.0.1 "$MUCH" >/dev/null
event "however much it said before" "exit service=$MUCH pid=[0-9]+ signal=SIGTERM duration=$ISO from=[0-9.:]+ $USED stderr=\"it broke\""
tcp 127.0.0.1 "$CAT" >/dev/null
event "one that ends well has no need of it" "exit service=$CAT pid=[0-9]+ status=0 duration=$ISO from=[0-9.:]+ $USED"
tcp 127.0.0.1 "$TRUE" >/dev/null
event "a builtin in the master has no pid" "accept service=$TRUE from=127.0.0.1:[0-9]+ running=1/256"
event "and its end is told too" "exit service=$TRUE status=0 duration=0.000 from=127.0.0.1:[0-9]+"
for i in {1..60}; do echo "$T/u$i on name = a_rather_long_name_$i, protocol = unix, ${user}exec = $T/broken;"; done >>"$T/conf2"
ok "a reload that adds many" reload
like "$(grep '^reload ' "$T/log")" 'added=60 .* added_services="a_rather_long_name_1 [a-z_0-9 ]* and [0-9]+ more"$' \
	"names not more than fit in a line"
stop_doorward

# --- the beginning and the end --------------------------------------------------------------------

echo "127.0.0.1:$LEFT on protocol = tcp, ${user}exec = /bin/cat;" >"$T/conf2"
ends() { # signal reason: from a start to this end
	: >"$T/log"
	start_doorward "$T/conf2"
	held one "$LEFT"
	kill "-$1" "$pid"
	wait "$pid"
	pid=
	exec {one}>&-
	event "$1: the end says why" "stop reason=$2 handlers=1 uptime=$ISO"
	is "$(log_count '^(start|stop) ')" 2 "$1: a line each for the beginning and the end"
}
ends TERM SIGTERM
ends INT SIGINT
ends QUIT SIGQUIT
event "the beginning says what is served" \
	"start version=$("$DOORWARD" -V | sed -n '1s/.* //p') pid=[0-9]+ services=1 sockets=1 config=$T/conf2"

rm -f "$T/pid"
"$DOORWARD" -f --control= -p"$T/pid" "$T/conf2" 2>"$T/log" &
pid=$!
wait_for pid_file_written
stop_doorward
is "$(grep -Evc '^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\.[0-9]{3} (listen|start|stop) ' "$T/log")" 0 \
	"in the foreground each line has its time, without --no-time"
done_testing
