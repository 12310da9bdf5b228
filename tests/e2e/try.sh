#!/usr/bin/env bash
# e2e/try.sh -- doorward --try: once, with the terminal as its client, what a handler would be
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

mapfile -t P < <(free_ports 9)
F=$T/conf
cat >"$T/looks" <<'END'
#!/bin/sh
id; pwd; umask; ulimit -n; ulimit -c; nice
env | grep -v -e PORT= -e ^_= | sort
[ -t 0 ] && echo a terminal
ls -l /proc/self/fd 2>/dev/null | sed -n 's/.* \([0-9]*\) -> \([a-z]*\):.*/\1 \2/p' | head -n 3
echo to the client >&2
exit 7
END
cat >"$T/serves" <<'END'
#!/usr/bin/env python3
import os, socket, sys, time
s = socket.socket(fileno=os.dup(0))
if s.type == socket.SOCK_DGRAM:
    data, peer = s.recvfrom(1000)
    s.sendto(b"got " + data, peer)
else:
    c, peer = s.accept()
    c.sendall(b"got " + c.recv(1000))
    c.close()
    time.sleep(1000)
END
cat >"$T/several" <<'END'
#!/usr/bin/env python3
import os, socket
s = [socket.socket(fileno=3 + i) for i in range(int(os.environ["LISTEN_FDS"]))]
c, peer = s[0].accept()
c.sendall(os.environ["LISTEN_FDNAMES"].encode() + b"\n")
for other in s[1:]:  # where it was said that it is
    with socket.socket(other.family, other.type) as mine:
        mine.connect(other.getsockname())
        where = other.getsockname()
        mine.send(b"heard\n")
        said = other.recv(9) if other.type == socket.SOCK_DGRAM else other.accept()[0].recv(9)
        c.sendall((where if isinstance(where, str) else str(where[1])).encode() + b" " + said)
c.close()
END
chmod 755 "$T/looks" "$T/serves" "$T/several"
cat >"$F" <<END
127.0.0.1:${P[0]} on name = looks, protocol = tcp4, user = $SOMEBODY, exec = $T/looks, umask = 027, directory = /usr,
	rlimit_nofile = 77, rlimit_core = 0, nice = 3, env = GREETING=hello;
${P[1]} stream tcp nowait $SOMEBODY /bin/cat cat
${P[2]} off protocol = tcp, user = $SOMEBODY, exec = /bin/sh, args = sh -c "echo to the log >&2; kill -9 \$\$", stderr = log;
${P[3]} stream tcp nowait $SOMEBODY /no/such/program
${P[4]} stream tcp wait $SOMEBODY $T/serves
${P[4]} dgram udp wait $SOMEBODY $T/serves
$T/w dgram unix wait $SOMEBODY $T/serves
$T/s stream unix wait $SOMEBODY $T/serves
$T/n stream unix nowait $SOMEBODY /bin/cat
${P[5]} on protocol = tcp, user = $SOMEBODY, exec = /bin/sleep, args = sleep 1000, timeout = 200ms, timeout_signal = USR1;
${P[6]} stream tcp nowait root /usr/bin/id id -u
${P[7]} on protocol = tcp, user = $SOMEBODY, exec = /bin/cat, chroot = $T, nice = -3;
several on listen = tcp4:127.0.0.1:${P[8]} udp4:${P[8]} $T/m, names = a b c, handoff = listen_fds, wait = yes, user = $SOMEBODY,
	exec = $T/several;
echo stream tcp nowait $SOMEBODY internal
echo dgram udp wait $SOMEBODY internal
END
try() { # name input...: what came in $out, what was said in $said, the exit status in $status
	out=$(printf '%b' "${2:-}" | timeout 60 "$DOORWARD" --control= --try "$1" "$F" 2>"$T/said")
	status=$?
	said=$(cat "$T/said")
}

# --- the same as a handler ---
ok "a daemon" start_doorward "$F"
real=$(tcp 127.0.0.1 "${P[0]}")
stop_doorward
try looks
is "$out" "$real" "user, groups, directory, limits, environment, descriptors: as a handler's"
like "$out" '^to the client$' "its standard error goes to the client"
is "$status" 7 "the exit status is the handler's"
is "$(tail -n 1 <<<"$said")" "doorward: ended: status=7" "... and is said in the end"
like "$(head -n 1 <<<"$said")" "^doorward: $F:1:$" "first it says which entry it is"
like "$said" "^doorward: ${P[0]} stream tcp4 nowait .* name=looks .*nice=3 .*rlimit_nofile=77" "... its settings"
like "$said" "^doorward: user [^ ]+: uid [0-9]+, gid [0-9]+, groups [0-9]" "... whom"
like "$said" "^doorward: directory /usr$" "... where"
like "$said" "^doorward:   GREETING=hello$" "... and with which environment"
like "$said" "writes to 2 goes to the client" "... and where its errors go"

# --- what is said, both ways ---
try "${P[1]}" 'hello\n'
is "$out/$status" "hello/0" "what is typed goes to it, its answer comes back"
head -c 3000000 /dev/zero >"$T/zeros"
"$DOORWARD" --control= --try "${P[1]}" "$F" <"$T/zeros" >"$T/answer" 2>"$T/said"
same_file "$T/zeros" "$T/answer" "3 MB through it"
try "$T/n" hello
is "$out" hello "a unix socket"
try "${P[4]}/tcp" hello
is "$out" "got hello" "a wait service gets a socket to serve, and its client"
like "$said" "it waits for other clients: the handler is sent SIGTERM" "... it is ended when that has gone"
try "${P[4]}/udp" hello
is "$out/$status" "got hello/0" "a datagram"
try "$T/w" hello
is "$out/$status" "got hello/0" "... to a unix socket"
try "$T/s" hello
is "$out" "got hello" "a unix wait service"
try echo/tcp hello
is "$out/$status" "hello/0" "a builtin that is a process"
try several
is "$(sed -n 1p <<<"$out")/$(grep -c ' heard$' <<<"$out")" "a:b:c/2" "several sockets: all are there, by their names"
where=$(sed -nE '2s/ heard//p' <<<"$out")
like "$said" "^doorward: socket on 4: udp 127.0.0.1:$where$" "... it is said where others find them"
where=$(sed -nE '3s/ heard//p' <<<"$out")
like "$said" "^doorward: socket on 5: $where$" "... a path too"
is "$(find /tmp -maxdepth 1 -name 'doorward-try.*' -newer "$F")" "" "no file is left"

# --- ends ---
try "${P[2]}"
is "$status" 137 "killed: 128 and the signal"
like "$said" "^doorward: ended: signal=SIGKILL$" "... which is named"
like "$said" "^to the log$" "stderr = log comes to standard error"
like "$said" "$F:4, which is off:" "an entry that is off can be tried"
try "${P[3]}"
is "$status" 127 "a program that is not there"
like "$said" "^doorward: it could not be started: execve: $(message ENOENT)$" "... is told at once"
mkfifo "$T/silent"
exec 9<>"$T/silent" # nothing is said, and it does not end
timeout 60 "$DOORWARD" --control= --try "${P[5]}" "$F" <&9 >"$T/out" 2>"$T/said"
is "$?" $((128 + $(kill -l USR1))) "timeout: the entry's own signal"
like "$(cat "$T/said")" "^doorward: timeout: the handler is sent SIGUSR1$" "... says so"
: >"$T/said" # it runs, it said of the one before
"$DOORWARD" --control= --try "${P[4]}/tcp" "$F" <&9 >"$T/out" 2>"$T/said" &
tried=$!
wait_for grep -q 'it runs' "$T/said"
kill -INT "$tried"
wait "$tried"
is "$?" 143 "an interrupt ends the handler"

# --- refused ---
try nosuch
is "$status" 78 "no such entry"
like "$said" 'no entry is named "nosuch"' "... says so"
try "${P[4]}"
is "$status" 78 "two of a name"
like "$said" "^doorward:   ${P[4]}/udp \\($F:7\\)$" "... both are named"
try echo/udp
is "$status" 64 "a builtin of the master's"

# --- somebody else ---
cp "$DOORWARD" "$T/doorward" 2>/dev/null
as_other() { # name
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups "$T/doorward" --control= --try "$1" "$F"
	else
		"$DOORWARD" --control= --try "$1" "$F"
	fi
}
if [ "$(id -u)" != 0 ] || command -v setpriv >/dev/null; then
	me=$(id -u)
	[ "$me" != 0 ] || me=$(id -u nobody)
	is "$(as_other "${P[6]}" 2>"$T/said" </dev/null)" "$me" "an ordinary user runs it as himself"
	like "$(cat "$T/said")" "^doorward: not the same: only root can run it as root" "... and is told that it is not the same"
	as_other "${P[7]}" >"$T/out" 2>"$T/said" </dev/null
	is "$?" 77 "a chroot cannot be had"
	like "$(cat "$T/said")" "^doorward: chroot $T: only root can try that$" "... says so"
else
	for i in 1 2 3 4; do skip "no setpriv ($i)"; done
fi
done_testing
