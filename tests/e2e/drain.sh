#!/usr/bin/env bash
# e2e/drain.sh -- --drain and doorwardctl drain: nobody new, the handlers get their time, then TERM and KILL
# shellcheck disable=SC2016,SC2317 # wait_for and other shells do it
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

CTL=$(dirname "$DOORWARD")/doorwardctl
S=$T/control
ctl() { timeout 30 "$CTL" -s "$S" "$@"; }
fact() { ctl status --json | python3 -c '
import json, sys
print(*(s[sys.argv[2]] for s in json.load(sys.stdin)["services"] if s["service"] == sys.argv[1]))' "$@"; }
fact_is() { [ "$(fact "$1" "$2")" = "$3" ]; }
refused() { ! (: >"/dev/tcp/127.0.0.1/$1"); }
says() { timeout 10 bash -c 'echo "$1" >&"$2" && read -r line <&"$2" && [ "$line" = "$1" ]' says "$2" "$1"; }
ended() { # STATUS: the daemon's, in time
	timeout "$DEADLINE" tail --pid="$pid" -f /dev/null || return 1
	wait "$pid"
	local status=$?
	pid=
	[ "$status" = "$1" ]
}
gone() { ! kill -0 "$1" 2>/dev/null; }

mapfile -t P < <(free_ports 5)
cat >"$T/stubborn" <<'END'
#!/bin/sh
# leaves one in its group who does not mind TERM, and is ended by it itself
(trap '' TERM; exec sleep 60) &
echo $! && read -r line
END
cat >"$T/waits" <<'END'
#!/bin/sh
echo $$ >"$1/waits.pid" && exec sleep 60
END
chmod 755 "$T/stubborn" "$T/waits"
cat >"$T/conf" <<END
127.0.0.1:${P[0]} on name = cat, protocol = tcp4, exec = /bin/cat, user = $ME;
127.0.0.1:${P[1]} on name = stubborn, protocol = tcp4, exec = $T/stubborn, user = $ME;
127.0.0.1:${P[2]} on name = mux, protocol = tcp4, builtin = tcpmux, user = $ME;
tcpmux/+muxed stream tcp nowait $ME /bin/cat
127.0.0.1:${P[3]} on name = waits, protocol = tcp4, wait = yes, exec = $T/waits, args = waits $T, user = $ME;
END

### one service
start_doorward --control "$S" --drain 60s "$T/conf"
exec {a}<>"/dev/tcp/127.0.0.1/${P[0]}"
ok "a handler runs" says "$a" one
is "$(ctl drain cat)" "cat tcp4 127.0.0.1:${P[0]}: draining" "drain SERVICE: it is draining"
is "$(fact cat state) $(fact cat reason) $(fact cat running)" "draining drain 1" "status shows what still runs, and why nobody new is served"
exec {b}<>"/dev/tcp/127.0.0.1/${P[0]}"
ok "its handler goes on" says "$a" two
exec {a}>&-
ok "when that has ended, the service is paused" wait_for fact_is cat state paused
is "$(fact cat reason) $(fact cat running)" "drain 0" "for the drain"
is "$(ctl resume cat)" "cat tcp4 127.0.0.1:${P[0]}: listening" "resume brings it back"
ok "who came meanwhile is served" says "$b" three
like "$(ctl drain -t soon cat 2>&1)" '^doorwardctl: -t "soon": not a time' "a time that is none is told"
is "$(fact cat state)" listening "and nothing happens"
ctl drain -t 50ms cat >"$T/out"
ok "when the time is up the handler is ended" wait_for fact_is cat state paused
is "$(fact cat last_exit)" "{'signal': 15}" "by TERM"
exec {b}>&-
ok "which is not called a timeout" logged '^exit service=cat .*signal=SIGTERM duration=[0-9.]* from=[0-9.:]+ cpu='
like "$(ctl drain nobody 2>&1)" 'no service is named "nobody"' "a service that is none"
like "$(ctl -t 5s pause cat 2>&1)" '-t is for drain upgrade, not pause' "-t elsewhere"

### the daemon: TERM, and those who are there
ctl resume cat >"$T/out"
exec {a}<>"/dev/tcp/127.0.0.1/${P[0]}"
ok "another handler" says "$a" one
exec {m}<>"/dev/tcp/127.0.0.1/${P[2]}" {w}<>"/dev/tcp/127.0.0.1/${P[3]}"
ok "a wait handler" wait_for test -s "$T/waits.pid"
ok "a conversation" wait_for fact_is mux running 1
kill -TERM "$pid"
ok "after TERM nobody new comes" wait_for refused "${P[0]}"
is "$(fact cat state) $(fact cat running) $(fact waits running)" "draining 1 1" "status shows what still runs"
like "$(ctl reload 2>&1)" 'about to end' "a reload opens nothing again"
ok "a handler goes on" says "$a" two
ok "the conversation too" timeout 10 bash -c 'printf "muxed\r\n" >&"$1" && read -r line <&"$1" && [[ $line = +Go* ]]' _ "$m"
ok "to its service" says "$m" hello
exec {a}>&- {m}>&-
ok "the wait handler is what it waits for" wait_for fact_is cat running 0
ok "it runs" kill -0 "$pid"
kill -KILL "$(cat "$T/waits.pid")"
ok "when the last has ended, so does the daemon, with 0" ended 0
exec {w}>&-
ok "the log has it" logged '^drain running=[0-9]* time=60'

### who stands in the backlog
start_doorward --control "$S" --drain 60s "$T/conf"
kill -STOP "$pid"
them=()
for ((i = 0; i < 60; i++)); do exec {a}<>"/dev/tcp/127.0.0.1/${P[0]}" && them+=("$a"); done
kill -TERM "$pid"
kill -CONT "$pid"
ok "draining, with clients whom nobody had taken" wait_for refused "${P[0]}"
served=0
for a in "${them[@]}"; do
	says "$a" here 2>/dev/null && served=$((served + 1))
	exec {a}>&-
done
is "$served" 60 "all of them are served"
ok "then the daemon ends, with 0" ended 0

### a second TERM
start_doorward --control "$S" --drain 60s "$T/conf"
exec {a}<>"/dev/tcp/127.0.0.1/${P[0]}"
ok "a handler" says "$a" one
kill -TERM "$pid"
ok "draining" wait_for refused "${P[0]}"
kill -TERM "$pid"
ok "a second TERM ends it at once, with 0" ended 0
ok "and leaves the handler alone" says "$a" two
exec {a}>&-

### the time is up
start_doorward --control "$S" "$T/conf"
exec {a}<>"/dev/tcp/127.0.0.1/${P[1]}"
read -r left <&"$a"
is "$(ctl drain -t 50ms)" "1 handler running" "drain without a service"
ok "the daemon ends, with 0" ended 0
ok "and nobody of the handler's group is left who did not mind TERM" wait_for gone "$left"
exec {a}>&-
like "$("$DOORWARD" --drain soon "$T/conf" 2>&1)" '^doorward: --drain "soon": not a time' "a time that is none"
done_testing
