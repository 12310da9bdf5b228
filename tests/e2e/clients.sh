#!/usr/bin/env bash
# e2e/clients.sh -- who is connected, kicked, banned, and why one would not be served
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

CTL=$(dirname "$DOORWARD")/doorwardctl
S=$T/control
ctl() { timeout 30 "$CTL" -s "$S" "$@"; }
exit_of() { "$@" >/dev/null 2>&1; echo $?; }
json() { python3 -c 'import json, sys; print(eval(sys.argv[1], {"d": json.load(sys.stdin)}))' "$1"; }
status() { echo status | timeout 10 nc -NU "$S"; }
# A value of a service's line, 0 where there is none: quicker than JSON.
field() { status | sed -nE "s|^ state service=$1 (.*)|\1 $2=0|p" | tr ' ' '\n' | sed -nE "s|^$2=([^/]*).*|\1|p" | head -n 1; }
banned() { field "$1" ban; }
pid_of() { ctl clients "$1" | awk 'NR == 2 { print $4 }'; }
# shellcheck disable=SC2317 # called by wait_for
{
	field_is() { [ "$(field "$1" "$2")" = "$3" ]; }
	banned_is() { [ "$(banned "$1")" = "$2" ]; }
	over() { [ "$(ctl bans)" = "nobody is banned" ]; }
}

read -r P Q U W M X < <(free_ports 6 | tr '\n' ' ')
cat >"$T/conf" <<EOF
127.0.0.1:$P on name = cat, protocol = tcp, user = $SOMEBODY, exec = /bin/cat;
127.0.0.1:$Q on name = strict, protocol = tcp, user = $SOMEBODY, exec = /bin/cat, accept_max = 2, source_max = 1, ip_max = 2/h,
	allow = 127.0.0.0/8, deny = 127.0.0.9 127.0.0.64/26;
127.0.0.1:$U dgram udp wait $SOMEBODY internal echo
127.0.0.1:$W on name = waits, protocol = tcp, wait = yes, user = $SOMEBODY, exec = /bin/sleep, args = sleep 60;
127.0.0.1:$X on name = udp, protocol = udp, wait = no, user = $SOMEBODY, exec = /bin/cat;
127.0.0.1:$M stream tcp nowait $SOMEBODY internal tcpmux
tcpmux/git stream tcp nowait $SOMEBODY /bin/echo echo hello
$T/unix on protocol = unix, user = $SOMEBODY, exec = /bin/cat, accept_max = 0;
EOF
start_doorward -l --control "$S" "$T/conf"
me=uid:$(id -u)

### who is connected
is "$(ctl clients)" "nobody is connected" "clients: nobody"
is "$(ctl clients --json | json 'd["clients"]')" "[]" "clients: nobody, for machines"
talk() { exec 3<>"/dev/tcp/127.0.0.1/$1" && echo x >&3 && read -r -u 3 -t 20 line && [ "$line" = x ]; }
ok "a client" talk "$P"
handler=$(pid_of cat)
like "$(ctl clients)" '^SERVICE +PROTO +PEER +PID +AGE$' "clients: a head"
like "$(ctl clients)" "^cat +tcp4 +127.0.0.1:[0-9]+ +$handler +[0-9.]+s\$" "clients: service, peer, pid, age"
ok "clients: the pid is the log's" logged "^accept service=cat from=.* pid=$handler "
is "$(ctl clients --json cat | json 'sorted(d["clients"][0])')" "['address', 'age', 'peer', 'pid', 'protocol', 'service']" "clients: of one service, for machines"
is "$(ctl clients strict)" "nobody is connected" "clients: of another one"
is "$(exit_of ctl clients nosuch)" 1 "clients: of none"
like "$(ctl show cat)" "^  handler +127.0.0.1:[0-9]+, pid $handler, [0-9.]+s\$" "show: peer, pid, age"
is "$(ctl show --json | json '[[h["pid"] for h in s["handlers"]] for s in d["services"]]')" "[[$handler], [], [], [], [], [], [], []]" "show: for machines"

### kick
is "$(exit_of ctl kick 1)" 1 "kick: a process that is no handler"
is "$(exit_of ctl kick nonsense)" 1 "kick: nonsense"
is "$(exit_of ctl kick 127.0.0.2)" 1 "kick: an address where nobody is"
is "$(exit_of ctl kick 127.0.0.1 strict)" 1 "kick: nor at that service"
like "$(ctl kick "$handler")" "^cat .* $handler " "kick: by pid"
ok "kick: he sees the end" timeout 20 cat <&3
ok "kick: the log says so" wait_for logged "^exit service=cat pid=$handler .*signal=SIGTERM .*reason=kick"
ok "another one" talk "$P"
like "$(ctl kick 127.0.0.0/8 cat)" "^cat " "kick: by prefix and service"
ok "kick: he sees the end" timeout 20 cat <&3
exec 3<>"/dev/tcp/127.0.0.1/$W"
ok "clients: its handler" wait_for field_is waits running 1
like "$(ctl clients waits)" "^waits +tcp4 +- +[0-9]+ " "clients: a wait handler has no peer"
like "$(ctl kick "$(pid_of waits)")" '^waits ' "kick: by its pid"
ok "kick: it has ended" wait_for logged '^exit service=waits .*reason=kick'
ctl pause waits >"$T/out"
exec 3>&-

### ban: tcp
like "$(ctl ban 127.0.0.1 1h cat)" '^127.0.0.1 is kept out of cat for 1h$' "ban: says what it did"
is "$(tcp 127.0.0.1 "$P" x)" "" "ban: closed without a word"
ok "ban: counted" wait_for banned_is cat 1
ok "ban: in the log" logged '^reject service=cat from=127.0.0.1:[0-9]+ reason=ban$'
ok "ban: the ban too" logged '^ban peer=127.0.0.1 service=cat time=3600.000$'
like "$(ctl status cat)" ' 1 ban( |$)' "ban: in status"
like "$(ctl status)" '^1 ban is in force: doorwardctl bans$' "ban: and that there is one"
is "$(ctl status --json cat | json 'd["bans"], d["services"][0]["rejected_by"]')" "(1, {'ban': 1})" "ban: for machines"
like "$(ctl bans)" '^127.0.0.1 +cat +(1h|59m[0-9]+s) +1$' "bans: peer, service, time, how often"
is "$(ctl bans --json | json '[(b["peer"], b["service"], b["refused"], b["left"] > 3000) for b in d["bans"]]')" "[('127.0.0.1', 'cat', 1, True)]" "bans: for machines"
ok "a reload" reload
is "$(tcp 127.0.0.1 "$P" x)" "" "ban: kept over a reload"
sed -i "/^127.0.0.1:$P /d" "$T/conf"
ok "a reload without the service" reload
echo "127.0.0.1:$P on name = cat, protocol = tcp, user = $SOMEBODY, exec = /bin/cat;" >>"$T/conf"
ok "and with it" reload
is "$(tcp 127.0.0.1 "$P" x)" "" "ban: kept over that"
like "$(ctl ban 127.0.0.1 2h cat)" 'for 2h$' "ban: with another time"
is "$(ctl bans | wc -l)" 2 "ban: is the same one"
like "$(ctl unban 127.0.0.1)" '^127.0.0.1 is no longer kept out of cat$' "unban: whatever the service"
is "$(tcp 127.0.0.1 "$P" x)" x "unban: at once"
is "$(exit_of ctl unban 127.0.0.1)" 1 "unban: there is none"
is "$(exit_of ctl ban nonsense)$(exit_of ctl ban 10.0.0.0/33)$(exit_of ctl ban 10.0.0.1 10m nosuch)" 111 "ban: nonsense, a length, a service that is none"
like "$(ctl ban nonsense 2>&1)" '"nonsense": not an address' "ban: says which word"
like "$(ctl ban 127.0.0.8 "$P")" "kept out of $P for good" "ban: a service's port is no time"
like "$(ctl ban 127.0.0.8 - "$P")" "kept out of $P for good" "ban: nor behind a dash"
is "$(ctl unban 127.0.0.8 "$P"; ctl bans)" "127.0.0.8 is no longer kept out of $P
nobody is banned" "unban: by the same word"
ctl ban 127.0.0.0/8 300ms >"$T/out"
is "$(tcp 127.0.0.1 "$P" x)" "" "ban: a prefix"
ok "ban: ends by its time" wait_for over
is "$(tcp 127.0.0.1 "$P" x)" x "ban: and he is served"

### ban: the other kinds
like "$(ctl ban 127.0.0.1)" "^but not of waits/tcp4: a wait handler takes its clients itself" "ban: says for whom it cannot be"
is "$(exit_of ctl ban 127.0.0.1 1h waits)" 1 "ban: and refuses it there alone"
send_udp() { echo x >"/dev/udp/127.0.0.1/$1"; }
send_udp "$U"
ok "ban: a udp builtin" wait_for banned_is "$U" 1
send_udp "$X"
ok "ban: udp nowait" wait_for banned_is udp 1
is "$(tcp 127.0.0.1 "$M" 'git\r\n')" "" "ban: tcpmux"
is "$(field udp started)$(field tcpmux/git started)" 00 "ban: nothing was started"
ctl unban 127.0.0.1 >"$T/out"
coproc timeout 30 python3 "$TESTS/clients.py" "$S" mux "$M"
mux=$COPROC_PID
read -r -t 20 line <&"${COPROC[0]}"
ctl ban 127.0.0.1 1m tcpmux/git >"$T/out"
echo go >&"${COPROC[1]}"
read -r -t 20 line <&"${COPROC[0]}"
like "$line" '^-Access denied' "ban: of a tcpmux service, while he is asked for its name"
wait "$mux" 2>/dev/null
is "$(banned tcpmux/git)" 1 "ban: counted there"
ctl unban 127.0.0.1 >"$T/out"
unix() { printf x | timeout 10 nc -NU "$T/unix"; }
is "$(unix)" x "a unix client"
ctl ban "$me" 1h "$T/unix" >"$T/out"
is "$(unix 2>/dev/null)" "" "ban: by uid"
ok "ban: counted" wait_for banned_is "$T/unix" 1
ctl unban "$me" >"$T/out"
ok "a client" talk "$P"
like "$(ctl ban --kick 127.0.0.1 10s)" '^cat +tcp4 +127.0.0.1:' "ban --kick: those that run end"
ok "ban --kick: he sees the end" timeout 20 cat <&3
is "$(exit_of ctl ban --kick 127.0.0.77)" 0 "ban --kick: nobody is no error"
ctl unban 127.0.0.1 >"$T/out" && ctl unban 127.0.0.77 >>"$T/out"
exec 3>&-

### explain
counts() { status | grep -Eo '(started|rejected)=[0-9]+'; }
why() { # address service status words
	local before out
	before=$(counts)
	out=$(ctl explain "$1" "$2" 2>/dev/null)
	is "$?" "$3" "explain $1 $2: exit status $3"
	like "$out" "$4" "explain $1 $2: $4"
	is "$(counts)" "$before" "explain $1 $2: counts nothing"
}
why 127.0.0.1 cat 0 '^cat tcp4 127.0.0.1:.*: served: nothing speaks against it$'
why 127.0.0.1 strict 0 'served: allow = 127.0.0.0/8$'
why 127.0.0.9 strict 1 'refused: deny = 127.0.0.9/32$'
why 127.0.0.65 strict 1 'refused: deny = 127.0.0.64/26$'
why 192.0.2.1 strict 1 'refused: no rule of allow names it$'
why ::1 strict 1 'not for it: it has no IPv6 socket$'
why "$me" "$T/unix" 0 'served: '
why 127.0.0.1 waits 1 'waits: paused by doorwardctl$'
why 224.0.0.1 udp 1 'refused: a datagram from there is never answered'
ok "a client" talk "$Q"
why 127.0.0.1 strict 1 'refused: source_max, 1 of 1 run for 127.0.0.1$'
why 127.0.0.2 strict 0 'served: '
ctl kick 127.0.0.1 strict >"$T/out"
ok "it ends" wait_for field_is strict running 0
ok "a second one" talk "$Q"
ctl kick 127.0.0.1 strict >"$T/out"
ok "it ends" wait_for field_is strict running 0
why 127.0.0.1 strict 1 'refused: ip_max, the next start in (29|30)m'
exec 3>&-
ctl ban 127.0.0.0/24 1h strict >"$T/out"
why 127.0.0.1 strict 1 'refused: ban of 127.0.0.0/24 at strict, for (1h|59m[0-9]+s) more$'
ctl unban 127.0.0.0/24 >"$T/out"
is "$(exit_of ctl explain nonsense cat)$(exit_of ctl explain 127.0.0.1 nosuch)" 11 "explain: no address, no service"

### many, and hostile readers
ok "hundreds of clients: each is listed once, all are kicked" timeout 60 python3 "$TESTS/clients.py" "$S" many "$T/unix" 400
ok "who does not read holds nobody up" timeout 60 python3 "$TESTS/clients.py" "$S" deaf "$T/unix"
out=$(timeout 60 python3 "$TESTS/clients.py" "$S" fill)
like "$out" '^4096 ' "4096 bans, and no more"
like "$(ctl bans)" "^${out#* } " "the last one is still there"

### the log's level and connections
is "$(ctl log-level)" info "log-level tells"
is "$(ctl log-connections)" on "log-connections tells"
ok "log-connections off" ctl log-connections off
is "$(ctl log-connections)" off "is off"
lines=$(log_count '^accept service=cat ')
is "$(tcp 127.0.0.1 "$P" x)" x "a client"
is "$(log_count '^accept service=cat ')" "$lines" "leaves no line"
ok "log-connections on" ctl log-connections on
is "$(tcp 127.0.0.1 "$P" x)" x "a client"
ok "leaves one" wait_for logged_times $((lines + 1)) '^accept service=cat '
is "$(exit_of ctl log-connections perhaps)" 1 "neither on nor off"
ok "TERM ends it" stop_doorward
done_testing
