#!/usr/bin/env bash
# e2e/signals.sh -- what each signal does to the daemon, and what it leaves alone
# shellcheck source=tests/lib/lib.sh
# shellcheck disable=SC2154,SC2317 # pid is of lib.sh; wait_for calls functions
. "$(dirname "$0")/../lib/lib.sh"

S=$SOMEBODY
P=$(free_port) Q=$(free_port) R=$(free_port) W=$(free_port)
mkdir -m 1777 "$T/sockets"
cat >"$T/conf" <<EOF2
$P stream tcp4 nowait $S /bin/cat
$Q stream tcp4 nowait $S /bin/echo echo served
$R stream tcp4 nowait $S internal echo
$W dgram udp4 wait $S /bin/sh sh -c 'dd of=/dev/null bs=100 count=1 2>/dev/null; read line < $T/fifo'
$T/sockets/one stream unix nowait $S /bin/cat
EOF2
mkfifo -m 666 "$T/fifo"

hold() { # variable port: a client whose handler has answered once
	{ exec {dialled}<>"/dev/tcp/127.0.0.1/$2"; } 2>/dev/null || return
	printf -v "$1" %s "$dialled"
	echo hello >&"$dialled" && read -r -t "$DEADLINE" _ <&"$dialled"
}
lives() { # fd: does its handler still answer?
	local line=
	echo still >&"$1" && read -r -t "$DEADLINE" line <&"$1" && [ "$line" = still ]
}
ended() { # fd: is the end of the connection all that comes?
	local line
	! read -r -t "$DEADLINE" line <&"$1"
}
served() { [ "$(tcp 127.0.0.1 "$Q" 2>/dev/null)" = served ]; }
refused() { ! nc -z 127.0.0.1 "$1"; }
state() { ps -o stat= -p "$1"; }
zombies() { ps -o stat=,ppid= -A | awk -v p="$pid" '$2 == p && /^Z/' | wc -l; }
no_zombies() { [ "$(zombies)" = 0 ]; }
pid_of() { # service: of the handler that was accepted last
	sed -n "s/^accept service=$1 .*pid=\([0-9]*\) .*/\1/p" "$T/log" | tail -n 1
}
gone() { ! kill -0 "$1" 2>/dev/null; }
is_up() { # description: start, with a client of a program and one of a builtin
	: >"$T/log"
	start_doorward -l "$T/conf"
	ok "$1: a client of a program" hold one "$P"
	ok "$1: a client of a builtin" hold two "$R"
}

# --- TERM and INT ---------------------------------------------------------------------------------

for signal in TERM INT; do
	is_up "$signal"
	ok "$signal: the unix socket is there" test -S "$T/sockets/one"
	kill "-$signal" "$pid"
	wait "$pid"
	is "$?" 0 "$signal: exit status"
	pid=
	for port in "$P" "$Q" "$R"; do
		ok "$signal: $port is not served any more" refused "$port"
	done
	ok "$signal: the pid file is gone" test ! -e "$T/pid"
	ok "$signal: the unix socket is gone" test ! -e "$T/sockets/one"
	ok "$signal: the handler of a program goes on" lives "$one"
	ok "$signal: the handler of a builtin goes on" lives "$two"
	ok "$signal: the ports are free for the next one, while handlers run" start_doorward "$T/conf"
	ok "$signal: the next one serves" served
	stop_doorward
	exec {one}>&- {two}>&-
done

is_up "another's socket"
rm "$T/sockets/one"
echo other >"$T/sockets/one"
ok "another's socket: TERM" stop_doorward
is "$(cat "$T/sockets/one")" other "what is not the daemon's own socket is not removed"
rm "$T/sockets/one"
exec {one}>&- {two}>&-

# --- QUIT -----------------------------------------------------------------------------------------

is_up QUIT
udp 127.0.0.1 "$W" x 1 >/dev/null
ok "QUIT: a wait handler" wait_for logged "accept service=$W .*pid="
cat_pid=$(pid_of "$P") echo_pid=$(pid_of "$R") wait_pid=$(pid_of "$W")
kill -QUIT "$pid"
wait "$pid"
is "$?" 0 "QUIT: exit status"
pid=
ok "QUIT: the handler of a program ends" ended "$one"
ok "QUIT: the handler of a builtin ends" ended "$two"
for handler in "$cat_pid" "$echo_pid" "$wait_pid"; do
	ok "QUIT: handler $handler is gone" wait_for gone "$handler"
done
ok "QUIT: the pid file is gone" test ! -e "$T/pid"
ok "QUIT: the unix socket is gone" test ! -e "$T/sockets/one"
exec {one}>&- {two}>&-

# --- HUP ------------------------------------------------------------------------------------------

is_up HUP
echo "$T/sockets/two stream unix nowait $S /bin/cat" >>"$T/conf"
ok "HUP: it reloads" reload
ok "HUP: it says what changed" logged '^reload kept=5 added=1 changed=0 removed=0 added_services='
ok "HUP: the handlers go on" lives "$one"
ok "HUP: of builtins too" lives "$two"
for _ in {1..20}; do kill -HUP "$pid"; done
sed -i '$d' "$T/conf"
ok "HUP, many of them: the last one counts" reload
gone_again() { [ ! -e "$T/sockets/two" ]; }
ok "HUP, many of them: the state is that of the file" wait_for gone_again
ok "HUP, many of them: it serves" served

# --- USR1 -----------------------------------------------------------------------------------------

before=$(log_count '^state service=')
kill -USR1 "$pid"
ok "USR1: a line for each service" wait_for logged_times $((before + 5)) '^state service='
ok "USR1: with its clients" logged "^state service=$P protocol=tcp4 address=0.0.0.0:$P state=[a-z]+ running=1/256 started=1 rejected=0"
ok "USR1: of a unix socket" logged "^state service=$T/sockets/one protocol=unix "
ok "USR1: the handlers go on" lives "$one"
is "$(log_count '^state service=')" $((before + 5)) "USR1: once"
without() { kill -USR1 "$pid"; logged "^state service=$Q protocol=tcp4 .* running=0/256 "; } # his last one may just end
ok "USR1: and without" wait_for without

# --- CHLD -----------------------------------------------------------------------------------------

before=$(log_count "^exit service=$Q ")
for _ in {1..20}; do tcp 127.0.0.1 "$Q" >"$T/served" & clients[$!]=1; done
wait "${!clients[@]}"
ok "CHLD: all that ended are reaped" wait_for logged_times $((before + 20)) "^exit service=$Q .* status=0 "
ok "CHLD: nobody is left as a zombie" wait_for no_zombies
kill -KILL "$(pid_of "$P")"
ok "CHLD: a handler that was killed is reaped" wait_for logged "^exit service=$P .* signal=SIGKILL "
ok "CHLD: its client sees the end" ended "$one"
# Handlers that end while the daemon is stopped leave one pending signal for all of them.
ok "CHLD: a client of a program" hold one "$P"
ok "CHLD: another" hold three "$P"
before=$(log_count "^exit service=$P ")
kill -STOP "$pid"
exec {one}>&- {two}>&- {three}>&-
became_zombies() { [ "$(zombies)" -ge 3 ]; }
ok "CHLD: three have ended" wait_for became_zombies
kill -CONT "$pid"
ok "CHLD: one signal for several reaps them all" wait_for logged_times $((before + 2)) "^exit service=$P "
ok "CHLD: none is left" wait_for no_zombies
kill -CHLD "$pid"
ok "CHLD without a child does nothing" served

# --- PIPE -----------------------------------------------------------------------------------------

kill -PIPE "$pid"
ok "PIPE: the daemon goes on" served
ok "PIPE: it goes on" kill -0 "$pid"
like "$(state "$pid")" '^[RSD]' "PIPE: as before"
ok "TERM ends it" stop_doorward
sed -i "s,/bin/echo echo served,/bin/grep grep SigIgn /proc/self/status," "$T/conf"
start_doorward "$T/conf"
like "$(tcp 127.0.0.1 "$Q")" 'SigIgn:.0000000000000000' "PIPE: handlers do not ignore it"
ok "TERM ends it" stop_doorward
done_testing
