#!/usr/bin/env bash
# e2e/ctl.sh -- doorwardctl and the control socket: every command, and clients that mean no good
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

CTL=$(dirname "$DOORWARD")/doorwardctl
S=$T/control
ctl() { timeout 30 "$CTL" -s "$S" "$@"; }
client() { timeout 60 python3 "$TESTS/control.py" "$S" "$@"; }
status_of() { ctl status --json | python3 -c '
import json, sys
for s in json.load(sys.stdin)["services"]:
    if s["service"] == sys.argv[1] and s["protocol"] == sys.argv[2]: print(s[sys.argv[3]])' "$@"; }
# shellcheck disable=SC2317 # called by wait_for
state_is() { [ "$(status_of "$1" "$2" state)" = "$3" ]; }

P=$(free_port) Q=$(free_port)
while [ "$Q" = "$P" ]; do Q=$(free_port); done
services() {
	cat <<EOF
127.0.0.1:$P stream tcp nowait/1 $SOMEBODY /bin/cat
127.0.0.1:$P dgram udp wait $SOMEBODY internal echo
127.0.0.1:$Q stream tcp nowait $SOMEBODY /bin/sh sh -c "exit 3"
EOF
	# A name with a quote, a blank, a backslash and a byte that is no UTF-8.
	printf "'%s/a\"\\377 \\\\b' on protocol = unix, exec = /bin/cat, user = '%s';\n" "$T" "$SOMEBODY"
}
many() { for i in $(seq 1 400); do echo "$T/services/socket-with-a-long-name-$i stream unix nowait $SOMEBODY /bin/cat"; done; }
mkdir "$T/services"
services >"$T/conf"

### the socket
start_doorward --control "$S" "$T/conf"
is "$(stat -c %a "$S")" 600 "the socket has mode 0600"
ok "a client that asks in pieces, and more than one thing at once" client pipelined
ok "a request without an end" client too_long
ok "the end of input in the middle of a request" client half
is "$(client request 'nonsense\n')" 'error unknown request "nonsense"' "an unknown request"
is "$(client request 'status now\n')" "error status takes no argument" "an argument too many"
is "$(client request 'show\n')" "error show takes an argument" "an argument too few"
like "$(client request 'show a\x1bb\n')" 'named "a\?b"' "control characters do not come back"
ok "the ninth client waits for one of eight to leave" client crowd
if [ "$ME" = root ]; then
	chmod 666 "$S"
	is "$(client stranger 65534)" "error only root and the user who runs doorward may ask" "another user is refused, whatever the mode"
	chmod 600 "$S"
	is "$(client stranger 65534)" "cannot connect: Permission denied" "and cannot even connect"
else
	skip "another user: needs root"
	skip "another user: needs root"
fi

### status and show
table=$(ctl status)
like "$table" '^SERVICE +PROTO +ADDRESS +STATE +RUNNING +STARTED +REJECTED$' "the table has a head"
like "$table" "^$P +tcp4 +127.0.0.1:$P +listening +0/1 +0 +0\$" "and a line for each service"
like "$table" '/a\\"\\xff \\\\b +unix' "a strange name is escaped"
ok "--json is valid" python3 -c 'import json, sys; json.loads(sys.argv[1])' "$(ctl status --json)"
is "$(ctl status --json | python3 -c 'import json, sys; print([s["service"] for s in json.load(sys.stdin)["services"]][3])')" \
	"$T/a\"$(printf '\357\277\275') \\b" "a strange name in JSON"
exec 3<>"/dev/tcp/127.0.0.1/$P"
ok "a service at its limit is full" wait_for state_is "$P" tcp4 full
# shellcheck disable=SC2317 # called by wait_for: the handler is counted when it has been started
table_says() { ctl status | grep -Eq "$1"; }
ok "the table says why" wait_for table_says "^$P +tcp4 .* full \(accept_max\) +1/1 +1 "
exec 3>&-
ok "and listens again" wait_for state_is "$P" tcp4 listening
: >"/dev/tcp/127.0.0.1/$Q"
# shellcheck disable=SC2317 # called by wait_for
has_exit() { [ "$(status_of "$Q" tcp4 last_exit)" = "{'status': 3}" ]; }
ok "the last exit is told" wait_for has_exit
like "$(ctl status)" "^$Q .* status 3, [0-9]+s ago" "in the table too"
like "$(ctl show "$Q")" "^  last exit +status=3, [0-9]+s ago" "the table says how long ago"
show=$(ctl show "$P")
like "$show" "^  settings +$P stream tcp4 nowait .*/bin/cat 127.0.0.1:$P accept_max=1" "show: the settings"
like "$show" "^$P\$" "show: the name"
like "$show" "^  started +1\$" "show: the counters"
like "$show" "^  state +listening\$" "show: the state"
is "$(grep -c '^  state' <<<"$show")" 2 "show: all services of that name"
is "$(ctl show | grep -c '^  state')" 4 "show: all services"
is "$(ctl show | grep -c '^  settings')" 4 "show: and their settings"
is "$(ctl show "$P/udp" | grep -c '^  state')" 1 "show: one of them by its protocol"
is "$(ctl show "127.0.0.1:$Q" | grep -c '^  state')" 1 "show: by its address"
is "$(ctl status "$P" | wc -l)" 3 "status: services of one name"
is "$(ctl status "$P/udp" | wc -l)/$(ctl status "127.0.0.1:$Q/tcp" | wc -l)" 2/2 "status: one of them by its protocol, by its address"
is "$(ctl status --json "$P/tcp4" | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["services"]))')" 1 "status: the same as JSON"
ok "status: an unknown service is an error" bash -c "'$CTL' -s '$S' status nosuch; [ \$? = 1 ]"
ok "show: an unknown service is an error" bash -c "'$CTL' -s '$S' show nosuch; [ \$? = 1 ]"

### pause and resume
like "$(ctl pause "$P/tcp")" "^$P tcp4 127.0.0.1:$P: paused\$" "pause says what it did"
is "$(status_of "$P" tcp4 state)" paused "the service is paused"
is "$(status_of "$P" udp4 state)" listening "the other one is not"
exec 3<>"/dev/tcp/127.0.0.1/$P"
echo hello >&3
ctl resume "$P/tcp" >"$T/out.resume"
like "$(cat "$T/out.resume")" ": listening\$" "resume says what it did"
is "$(timeout 10 head -n 1 <&3)" hello "a client that came meanwhile is served"
exec 3>&-
ok "pause: an unknown service is an error" bash -c "'$CTL' -s '$S' pause nosuch; [ \$? = 1 ]"

### reload
many >>"$T/conf"
like "$(ctl reload)" "^kept=4 added=400 changed=0 removed=0 added_services=.* and [0-9]+ more" "reload says what changed, and names it as far as it fits"
echo "nonsense here" >>"$T/conf"
out=$(ctl reload 2>"$T/err")
is "$?" 1 "reload: a broken configuration is refused"
like "$out" "^$T/conf:[0-9]+:[0-9]+: error: " "with the errors"
like "$(cat "$T/err")" "nothing was changed" "and nothing changed"
like "$(ctl status)" "^the last reload, [0-9]+s ago, changed nothing: 1 error: $T/conf:[0-9]+:[0-9]+: error: the line ends" \
	"status: the refused reload, with its first error"
is "$(ctl status --json | python3 -c '
import json, sys
load = json.load(sys.stdin)["load"]
print(load["result"], load["errors"], "the line ends" in load["error"], load["kept"], load["age"] < 100)')" \
	"refused 1 True None True" "--json: the refused reload"
for one in '' "$P"; do
	# shellcheck disable=SC2086 # perhaps no word
	is "$(ctl show --json $one | python3 -c 'import json, sys; print(json.load(sys.stdin)["load"]["result"])')" refused "show --json $one: it too"
done
sed -i '$d' "$T/conf"
like "$(ctl reload)" "^kept=404 added=0 " "good again"
like "$(ctl status)" "^reloaded [0-9]+s ago: 404 kept, 0 added, 0 changed, 0 removed$" "status: the reload that was taken"
ok "a slow reader gets all of a long answer" client slow
ok "a reload in the middle of a listing ends it with an error" client reload_during
client deaf >"$T/deaf" 2>&1 &
deaf=$!

### log level, and what is wrong
ok "log-level debug" ctl log-level debug
ok "log-level info" ctl log-level info
ok "another level is an error" bash -c "'$CTL' -s '$S' log-level loud; [ \$? = 1 ]"
exit_of() { "$@" >/dev/null 2>&1; echo $?; }
is "$(exit_of "$CTL" -s "$T/nobody" status)" 69 "no daemon: 69"
is "$(exit_of "$CTL")" 64 "no command: 64"
is "$(exit_of "$CTL" nonsense)" 64 "an unknown command: 64"
is "$(exit_of "$CTL" --nonsense)" 64 "an unknown option: 64"
is "$(exit_of "$CTL" pause)" 64 "a missing argument: 64"
is "$(exit_of "$CTL" --watch status x)" 64 "--watch of one service: 64"
like "$("$CTL" staus 2>&1)" 'unknown command "staus": did you mean "status"' "a slip of the finger"
unlike "$("$CTL" nonsense 2>&1)" 'did you mean' "and what is none"
like "$("$CTL" -s "$T/nobody" status 2>&1)" "$T/nobody: no daemon answers: .*--control PATH.* -s" "which socket was asked, and what to do"
[ "$ME" = root ] || like "$(env -u XDG_RUNTIME_DIR "$CTL" status 2>&1)" 'XDG_RUNTIME_DIR is not set: .*--control' "no socket to ask, and what to do"
is "$(exit_of "$CTL" stop now)" 64 "an argument too many: 64"
is "$(exit_of "$CTL" --json --watch status)" 64 "two forms at once: 64"
like "$("$CTL" --help)" '^  pause +SERVICE' "--help"
like "$("$CTL" --version)" '^doorwardctl \(doorward\) [0-9]' "--version"
is "$(exit_of bash -c "'$CTL' --help >/dev/full")" 74 "an answer that cannot be written: 74"

### check
services >"$T/good"
ok "check: a good file" "$CTL" check "$T/good"
is "$(exit_of "$CTL" check "$T/good" "$T/missing")" 78 "check: a missing one: 78"

### --watch
like "$(client watch "$CTL" 100 q)" $'\033\\[\\?1049h' "--watch takes a screen of its own"
is "$(exit_of client watch "$CTL" 100 q)" 0 "--watch ends at q"
is "$(exit_of client watch "$CTL" 100 '\x03')" 0 "--watch ends at ^C"
client watch "$CTL" 50 q | sed 's/\x1b\[[?0-9;]*[a-zA-Z]//g' | tr -d '\r' >"$T/narrow"
is "$(awk 'length > 50' "$T/narrow")" "" "no line is longer than the terminal is wide"
like "$(cat "$T/narrow")" 'and [0-9]+ more' "nor are there more lines than it has"

### the never-reading client
ok "a client that never reads is closed in the end" wait "$deaf"
like "$(cat "$T/deaf")" 'others are served after [0-4]\.' "and keeps nobody waiting"

### other daemons
out=$("$DOORWARD" -f --no-time --control "$S" "$T/good" 2>&1)
is "$?" 71 "a second daemon is refused the socket"
like "$out" "control socket $S: Address already in use" "with the reason"
ok "the first one still answers" ctl status
ok "stop" ctl stop
wait "$pid"
is "$?" 0 "the daemon ended well"
pid=
ok "the socket is gone" [ ! -e "$S" ]

start_doorward --control "$S" "$T/good"
kill -KILL "$pid"
wait "$pid" 2>/dev/null
ok "a killed daemon leaves its socket" [ -S "$S" ]
start_doorward --control "$S" "$T/good"
ok "the next one takes it over" ctl status
rm "$S"
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$S"
ok "TERM ends it" stop_doorward
ok "a socket of somebody else's stays" [ -S "$S" ]
rm "$S"
echo text >"$S"
is "$(exit_of "$DOORWARD" -f --no-time --control "$S" "$T/good")" 71 "a file that is no socket is not replaced"
is "$(cat "$S")" text "it has its contents"
rm "$S"
is "$(exit_of "$DOORWARD" --control "$S" --run /bin/cat 192.0.2.1:1)" 71 "a start that fails later"
ok "leaves no socket" [ ! -e "$S" ]
start_doorward --control "$S" "$T/good"
is "$(exit_of client watch "$CTL" 80 stop)" 69 "--watch ends with the daemon: 69"
wait "$pid"
pid=

# The manual page's examples, each as it stands there but for the places.
echo "127.0.0.9:git stream tcp nowait $SOMEBODY /bin/cat" >"$T/git.conf"
start_doorward --control "$S" "$T/git.conf"
sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^[$#] //p' "$abs_top_srcdir/doc/doorwardctl.1" >"$T/examples"
ok "the manual page has its examples" [ "$(grep -c . "$T/examples")" -ge 9 ]
while read -r line; do
	run=${line/#doorwardctl/"$CTL" -s "$S"}
	run=${run/\/etc\/xinetd.d/"$abs_top_srcdir/tests/corpus/xinetd"}
	run=${run/\/etc\/inetd.d\/from-xinetd/"$T/from-xinetd"}
	ok "doorwardctl.1: $line" bash -c "$run"
done <"$T/examples"
ok "TERM ends it" stop_doorward

### a name of its own
echo "127.0.0.1:$P on name = guestbook, protocol = tcp, user = -, exec = /bin/echo, args = echo hello;" >"$T/conf"
start_doorward -l --control "$S" "$T/conf"
is "$(tcp 127.0.0.1 "$P")" hello "name: it is served"
ok "name: the log calls it so" wait_for logged '^accept service=guestbook '
is "$(status_of guestbook tcp4 started)" 1 "name: status too"
like "$(ctl show guestbook)" "^  settings +$P stream tcp4 .* name=guestbook" "name: show finds it"
like "$(ctl show "$P")" '^guestbook$' "name: and by its port"
ok "name: TERM ends it" stop_doorward

### a port that is taken for both families is told all the same
if has_ipv6; then
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
s.bind(("::", int(sys.argv[1])))
s.listen()
open(sys.argv[2], "w").close()
import time
time.sleep(100)' "$P" "$T/is-taken" &
	thief=$!
	wait_for test -e "$T/is-taken"
	echo "$P stream tcp nowait $SOMEBODY /bin/cat" >"$T/taken.conf"
	start_doorward --control "$S" "$T/taken.conf"
	like "$(ctl status)" "^$P +tcp +\*:$P +down \(listen\) .*listen: $(message EADDRINUSE)" "a port that is taken: status has it"
	ok "a port that is taken: TERM ends it" stop_doorward
	kill "$thief"
	wait "$thief" 2>/dev/null
else
	skip "no IPv6"
	skip "no IPv6"
fi

### on terminals of several widths
screen() { timeout 60 env "${@:2}" TERM=xterm python3 "$TESTS/control.py" "$T/played" screen "$CTL" "$1" status; }
for width in 20 40 60 80 132; do
	screen "$width" NO_COLOR=1 >"$T/screen"
	is "$(awk -v width="$width" 'length > width' "$T/screen")" "" "$width columns: no line is longer"
	is "$(grep -vc '^    ' "$T/screen")" 5 "$width columns: each service has a line"
	like "$(cat "$T/screen")" '^7001 ' "$width columns: a port"
	like "$(cat "$T/screen")" '^~.*ontrol.sock ' "$width columns: a path keeps its end"
	if [ "$width" -lt 132 ]; then
		unlike "$(cat "$T/screen")" ADDRESS "$width columns: ADDRESS goes first"
		like "$(cat "$T/screen")" '^git:9418 ' "$width columns: and the port stands behind the name"
	else
		like "$(cat "$T/screen")" '^git +tcp +\*:9418 ' "$width columns: the address"
		like "$(cat "$T/screen")" ' ~.*:5678\]:80 ' "$width columns: of an address the port stays"
		like "$(cat "$T/screen")" 'REJECTED +LAST EXIT$' "$width columns: all columns"
	fi
	below=$(awk '/^    / { if (on) print; next } { on = /^git/ }' "$T/screen")
	like "$(tr -d ' \n' <<<"$below")" 'exec/usr/lib/git-core.*directory' \
		"$width columns: a long error is told below, whole"
done
screen 80 X=1 >"$T/screen"
like "$(cat "$T/screen")" $'\033\\[31m *fault' "with colours"
is "$(sed 's/\x1b\[[0-9;]*m//g' "$T/screen")" "$(screen 80 NO_COLOR=1)" "which are all the difference"

### a socket that is somebody else's: no byte of it tells a terminal anything
for words in status 'status --json' 'show x' reload clients 'clients --json' bans 'bans --json' 'kick 192.0.2.1' 'ban 192.0.2.1' 'explain 192.0.2.1 x' 'lookup 1'; do
	# shellcheck disable=SC2086 # words
	timeout 60 python3 "$TESTS/control.py" "$T/hostile" hostile "$CTL" $words >"$T/said"
	ok "$words: something is shown" [ -s "$T/said" ]
	is "$(tr -d '\n -~' <"$T/said" | sed 's/\xe2\x82\xac//g' | od -An -tx1 | tr -d ' \n')" "" "$words: but no control character"
	is "$(grep -c "$(printf '\302[\200-\237]')" "$T/said")" 0 "$words: nor one of C1"
done

### lists that must not drift: the table of commands is in main.c, --help prints it
cd "$abs_top_srcdir" || exit 99
same_list() { # description list list: the same words, in any order
	is "$(tr -s ' \n' '\n' <<<"$2" | grep . | sort -u)" "$(tr -s ' \n' '\n' <<<"$3" | grep . | sort -u)" "$1"
}
commands=$("$CTL" --help | sed -nE 's/^  ([a-z][a-z-]*) .*/\1/p')
ok "there are commands" [ "$(sort -u <<<"$commands" | wc -l)" -ge 9 ]
same_list "doorwardctl.1 has the commands of --help" "$commands" \
	"$(sed -n '/^\.Sh COMMANDS/,/^\.Sh FILES/s/^\.It Cm //p' doc/doorwardctl.1 | cut -d' ' -f1)"
# shellcheck disable=SC2016 # words of bash-completion
completed() { COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) bash -c '
	. etc/completion/doorwardctl.bash
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_doorwardctl
	printf "%s\n" "${COMPREPLY[@]}"' bash "$@"; }
same_list "so has the completion of bash" "$commands" "$(completed doorwardctl '' | grep -v '^-')"
same_list "and that of zsh" "$commands" "$(sed -nE "s/^\t\t'([a-z-]+):.*/\1/p" etc/completion/_doorwardctl)"
imports=$("$CTL" --help | sed -nE 's/^  import +([a-z]+) .*/\1/p')
same_list "bash completes what import takes" "$imports" "$(completed doorwardctl import '')"
same_list "so does zsh" "$imports" "$(sed -nE 's/.*import\).*compadd ([a-z ]+);.*/\1/p' etc/completion/_doorwardctl)"
asked=$(sed -n '/^} commands\[\]/,/^};/p' src/control/command.c | grep -Eo '\{"[a-z-]+"' | tr -d '{"')
same_list "control.md has the requests of the daemon" "$asked" \
	"$(sed -n '/^## Requests/,/^## The line/s/^| `\([a-z-]*\).*/\1/p' doc/control.md)"
is "$(comm -23 <(sort -u <<<"$asked") <(sort -u <<<"$commands"))" "" "doorwardctl has a command for each"
# What the columns of status are made of: control.md's table of keys, the daemon's words, doorwardctl's tables.
# shellcheck disable=SC2016 # backquotes of the page
row_of() { # column, the row's first word: the words between backquotes
	awk -F '|' -v column="$1" -v first="\`$2\`" 'index($2, first) == 2 { print $column }' doc/control.md | grep -Eo '`[a-z_]+`' | tr -d '`'
}
table_of() { sed -n "/$1/,/;/p" src/ctl/rows.c | grep -Eo '"[a-z_]+"' | tr -d '"'; }
same_list "doorwardctl knows control.md's states" "$(row_of 3 state)" "$(table_of '} states\[\] =')"
same_list "and its reasons" "$(row_of 2 accept)" "$(table_of 'reasons\[\] =')"
same_list "which are the daemon's" "$(row_of 2 accept)" \
	"$(sed -nE 's/^    \[REJECT_[A-Z_]+\] = \{"([a-z_]+)".*/\1/p' src/admit/tally.c)"
done_testing
