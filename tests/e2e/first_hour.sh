#!/usr/bin/env bash
# e2e/first_hour.sh -- the tasks of a first user, and how he finds out what is wrong: by -t, the log and status
# shellcheck source=tests/lib/lib.sh
# shellcheck disable=SC2154,SC2317 # pid is of lib.sh; wait_for calls functions
. "$(dirname "$0")/../lib/lib.sh"

command -v python3 >/dev/null || skip_all "no python3"

# An ordinary user, with programs that he may read and a folder that is his.
as=()
if [ "$ME" = root ]; then
	command -v setpriv >/dev/null || skip_all "no setpriv"
	as=(setpriv --reuid=nobody "--regid=$(id -g nobody)" --clear-groups)
fi
as_user() { "${as[@]}" "$@"; }
mkdir "$T/bin" "$T/srv"
cp "$DOORWARD" "$T/bin/doorward" && cp "$abs_top_builddir/src/doorwardctl" "$T/bin/doorwardctl" || exit 99
chmod 755 "$T/bin" "$T/bin"/*
[ "$ME" = root ] && chown nobody "$T/srv"
touch "$T/log"
C=$T/srv/control

serve() { # option...: $T/conf, as the user
	: >"$T/log"
	rm -f "$T/srv/pid"
	"${as[@]}" "$T/bin/doorward" -f --control="$C" -p"$T/srv/pid" "$@" "$T/conf" >>"$T/out" 2>>"$T/log" &
	# shellcheck disable=SC2034 # who is sourced reads it
	pid=$!
	wait_for test -s "$T/srv/pid" || { note "doorward did not start"; sed 's/^/#   /' "$T/log"; return 1; }
}
ctl() { as_user timeout 20 "$T/bin/doorwardctl" -s "$C" "$@"; }
tells() { # description regex: the log, soon
	ok "$1" wait_for logged "$2"
}
shows() { ctl status | grep -Eq -e "$1"; }
checked() { as_user "$T/bin/doorward" -t "$T/conf" 2>&1; }
program() { # name mode line...: a program in srv
	printf '%s\n' "${@:3}" >"$T/srv/$1"
	chmod "$2" "$T/srv/$1"
}
ask_udp() { # port text: the answer, as soon as it is there
	exec {one}<>"/dev/udp/127.0.0.1/$1"
	printf '%s' "$2" >&"$one"
	timeout "$DEADLINE" dd bs=512 count=1 status=none <&"$one"
	exec {one}>&-
}
PY=/usr/bin/python3 # that of the PATH may be root's own
[ -x "$PY" ] || PY=$(command -v python3)
read -r P Q R U H <<<"$(free_ports 5 | tr '\n' ' ')"

# --- 1: a Python program, as an ordinary user -----------------------------------------------------

program hello 755 "#!$PY" 'name = input()' 'print("hello", name)'
echo "127.0.0.1:$P stream tcp nowait - $T/srv/hello" >"$T/conf"
is "$(checked)" "$P stream tcp4 nowait $(as_user id -un) $T/srv/hello 127.0.0.1:$P" "-t has nothing to say but what it would serve"
serve -l
is "$(tcp 127.0.0.1 "$P" 'Ann\n')" "hello Ann" "a Python program is served"
tells "start: what is served" "start version=[^ ]* .*services=1 sockets=1 config=$T/conf$"
tells "accept: who came" "accept service=$P from=127.0.0.1:[0-9]+ pid=[0-9]+ running=1/256$"
tells "exit: how it ended, and for whom" "exit service=$P pid=[0-9]+ status=0 duration=[0-9.]+ .*from=127.0.0.1:[0-9]+"
like "$(ctl status)" "^$P +tcp4 .*listening +0/256 +1 " "status: it waits for the next"
stop_doorward
tells "stop: why" 'stop reason=SIGTERM handlers=0 '

# --- 2: broken in eight ways ----------------------------------------------------------------------

# What is said of one entry: by -t, by the log when a client comes, by status. `-': nothing, and that is right.
broken() { # description entry -t log status
	echo "$2" >"$T/conf"
	local said
	said=$(checked)
	if [ "$3" = - ]; then
		unlike "$said" 'error|warning' "$1: -t cannot know"
	else
		like "$said" "^$T/conf:1:[0-9]+: (error|warning): .*$3" "$1: -t"
	fi
	serve
	[ "$4" = - ] || {
		tcp 127.0.0.1 "$P" 'Ann\n' >/dev/null 2>&1
		tells "$1: the log" "$4"
	}
	ok "$1: status" wait_for shows "$5"
	stop_doorward
}
program crlf 755 $'#!/usr/bin/python3\r' $'print("hello")\r'
program bare 755 'print("hello")'
program lost 755 '#!/usr/bin/pyton3' 'print("hello")'
program closed 644 "#!$PY" 'print("hello")'
program typo 755 "#!$PY" 'name = input()' 'print("hello", nam)'
line="127.0.0.1:$P stream tcp nowait -"
X='exec-failed service='$P' program=[^ ]* step=execve error=[^=]* reason='
broken "lines that end in CR LF" "$line $T/srv/crlf" 'has lines that end in CR LF' "$X\"has lines that end in CR LF" \
	"^$P .*fault \(exec\).* exec: has lines that end in CR LF"
broken "no #! line" "$line $T/srv/bare" 'has no "#!" line and is no executable format' "$X\"has no '#!' line" \
	"^$P .*fault \(exec\).* exec: has no '#!' line"
broken "an interpreter that is missing" "$line $T/srv/lost" 'has an interpreter, "/usr/bin/pyton3", that is missing' \
	"$X\"has an interpreter, '/usr/bin/pyton3', that is missing" "^$P .*exec: has an interpreter, '/usr/bin/pyton3', that is missing"
broken "not executable" "$line $T/srv/closed" 'is not executable' "$X\"is not executable" "^$P .*exec: is not executable"
broken "a path that is mistyped" "$line $T/srv/helo" 'program ".*/srv/helo" is missing: No such file' \
	"exec-failed service=$P program=$T/srv/helo step=execve error=\"No such file" "^$P .*exec: No such file"
broken "a folder that is missing" "127.0.0.1:$P on protocol = tcp, exec = $T/srv/hello, directory = $T/srv/data;" \
	'directory ".*/srv/data" is missing' "exec-failed service=$P .*step=chdir error=\"No such file" "^$P .*chdir: No such file"
broken "the program's own mistake" "127.0.0.1:$P on protocol = tcp, exec = $T/srv/typo, stderr = log;" - \
	"exit service=$P pid=[0-9]+ status=1 .*from=127.0.0.1:[0-9]+ .*stderr=\"NameError: name 'nam' is not defined" \
	"^$P .*listening.* status 1"
broken "an argument that is forgotten" "$line $PY $T/srv/hello" 'the arguments begin with the program.s own name: write "python3.*" before' \
	- '^SERVICE'
tells "and a daemon that has nothing to serve says so" 'nothing is served'
taken() { [ -s "$T/taken" ]; }
python3 -c "
import socket, time
s = socket.socket()
s.bind(('127.0.0.1', $P))
s.listen()
open('$T/taken', 'w').write('yes')
time.sleep(100)" &
thief=$!
wait_for taken
broken "a port that is taken" "$line $T/srv/hello" - - "^$P .*down \(listen\).* listen: Address already in use"
kill "$thief"
wait "$thief" 2>/dev/null
tells "a port that is taken: the log" "listen service=$P address=127.0.0.1:$P protocol=tcp4? error=\"Address already in use\""

# --- 3 to 6: limits, udp, a unix socket, a health check -------------------------------------------

program slow 755 '#!/bin/sh' 'echo ready; read -r line'
program mirror 755 "#!$PY" 'import os' 'os.write(1, os.read(0, 512).upper())'
# of the handler's environment
# shellcheck disable=SC2016
program whoami 755 '#!/bin/sh' 'echo "you are uid $UNIXREMOTEEUID"'
program health 755 '#!/bin/sh' "printf 'HTTP/1.0 200 OK\r\n\r\nfine\n'"
cat >"$T/conf" <<END
127.0.0.1:$Q on protocol = tcp, exec = $T/srv/slow, accept_max = 3, source_max = 1;
127.0.0.1:$U dgram udp nowait - $T/srv/mirror
$T/srv/socket on protocol = unix, exec = $T/srv/whoami, unix_mode = 0600;
127.0.0.1:$H on protocol = tcp, exec = $T/srv/health, timeout = 10s, linger = 2s;
END
is "$(checked | grep -Ec 'error|warning')" 0 "limits, udp, unix, http: -t has nothing to say"
serve -l
exec {one}<>"/dev/tcp/127.0.0.1/$Q"
read -r -t "$DEADLINE" answer <&"$one"
is "$answer" ready "limits: the first client is served"
is "$(tcp 127.0.0.1 "$Q" 2>/dev/null)" "" "limits: the second of one address is not"
tells "limits: the log says whom, and why" "reject service=$Q from=127.0.0.1:[0-9]+ reason=source_max"
like "$(ctl status "$Q")" "^$Q .*1/3 +1 +1 source_max" "limits: status too"
exec {one}>&-
is "$(ask_udp "$U" hello)" HELLO "udp: a datagram, a handler"
is "$(stat -c %a "$T/srv/socket")" 600 "unix: nobody else comes in"
is "$(as_user "$PY" -c "
import socket
s = socket.socket(socket.AF_UNIX)
s.connect('$T/srv/socket')
print(s.recv(100).decode(), end='')")" "you are uid $(as_user id -u)" "unix: who is there"
like "$(printf 'GET / HTTP/1.0\r\n\r\n' | timeout 10 nc -w 10 127.0.0.1 "$H")" '^fine$' "health: its answer arrives, though it reads nothing"

# --- 7: a mistake at a reload ---------------------------------------------------------------------

cp "$T/conf" "$T/good"
sed -i 's/accept_max/acept_max/' "$T/conf"
said=$(ctl reload 2>&1)
is "$?" 1 "a mistake: reload is refused"
like "$said" "^$T/conf:1:[0-9]+: error: .*\"acept_max\".*did you mean \"accept_max\"" "a mistake: where, which word, and what was meant"
is "$(ask_udp "$U" hello)" HELLO "a mistake: what was served is served"
tells "a mistake: the log says the same" "conf:1:[0-9]+: error: .*accept_max"
sed 's/accept_max = 3/accept_max = 4/' "$T/good" >"$T/conf"
echo "127.0.0.1:$R stream tcp nowait - $T/srv/hello" >>"$T/conf"
ok "mended: reload" ctl reload
tells "mended: the log names what changed" "reload kept=3 added=1 changed=1 removed=0 added_services=$R changed_services=$Q"
is "$(tcp 127.0.0.1 "$R" 'Ann\n')" "hello Ann" "mended: and the new one is served"

# --- 8 to 10: who is connected, end one, ban one, why refused -------------------------------------

exec {one}<>"/dev/tcp/127.0.0.1/$Q"
read -r -t "$DEADLINE" answer <&"$one"
is "$answer" ready "a client who stays"
like "$(ctl clients)" "^$Q +tcp4 +127.0.0.1:[0-9]+ +[0-9]+ +[0-9.]+s$" "who is connected: service, peer, pid, age"
handler=$(ctl clients "$Q" | awk 'NR == 2 { print $4 }')
like "$(ctl explain 127.0.0.1 "$Q" 2>&1)" 'source_max' "why refused: he has one already"
ok "end one" ctl kick "$handler"
ok "he sees the end" timeout "$DEADLINE" cat <&"$one"
exec {one}>&-
tells "the log says who was ended" "exit service=$Q pid=$handler signal=SIGTERM .*reason=kick"
ok "ban one" ctl ban 127.0.0.1 10m "$R"
is "$(tcp 127.0.0.1 "$R" 'Ann\n' 2>/dev/null)" "" "he is not served"
tells "the log says why" "reject service=$R from=127.0.0.1:[0-9]+ reason=ban"
like "$(ctl bans)" '127\.0\.0\.1' "who is banned"
like "$(ctl explain 127.0.0.1 "$R" 2>&1)" 'ban' "why refused: he is banned"
ok "no longer" ctl unban 127.0.0.1 "$R"
is "$(tcp 127.0.0.1 "$R" 'Ann\n')" "hello Ann" "he is served again"
stop_doorward

done_testing
