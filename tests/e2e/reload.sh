#!/usr/bin/env bash
# e2e/reload.sh -- what a reload changes, what it keeps, and that an error changes nothing
# shellcheck disable=SC2317 # the sections are called by their names
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

PROBE=$T/probe
install -m 755 "$abs_top_builddir/tests/lib/probe" "$PROBE" || exit 99 # where nobody can run it
mkdir -m 1777 "$T/shared"

cat >"$T/greet" <<'EOF2'
#!/bin/sh
# Say a name and repeat lines under it.
echo "$1"
while read -r line; do
	[ "$line" = quit ] && exit
	echo "$1 $line"
done
EOF2
cat >"$T/waiter" <<'EOF2'
#!/usr/bin/env python3
# A wait handler for streams and datagrams: answers "NAME pid" until it is told to quit.
import os, socket, sys
s = socket.socket(fileno=0)
answer = f"{sys.argv[1]} {os.getpid()}\n".encode()
while True:
    if s.type == socket.SOCK_DGRAM:
        text, peer = s.recvfrom(100)
        s.sendto(answer, peer)
    else:
        c, _ = s.accept()
        c.sendall(answer)
        text = c.makefile("rb").readline()
        c.close()
    if text.strip() == b"quit":
        break
EOF2
cat >"$T/block" <<'EOF2'
# Hold these ports.
import socket, sys, time
held = []
for port in sys.argv[1:]:
    s = socket.socket()
    s.bind(("127.0.0.1", int(port)))
    s.listen()
    held.append(s)
print("held", flush=True)
time.sleep(1000)
EOF2
chmod 755 "$T/greet" "$T/waiter"

# --- helpers --------------------------------------------------------------------------------------

conf() { # the configuration is what comes in
	cat >"$T/conf"
}
greet() { # port name [protocol [bind]]: a line for the greeter
	echo "${4:+$4:}$1 stream ${3:-tcp4} nowait $SOMEBODY $T/greet greet $2"
}
definition() { # port keys
	echo "$1 on $2;"
}
greeter() { # port keys name: the same as greet, with keys
	definition "$1" "protocol = tcp4, user = $SOMEBODY, $2, exec = $T/greet, args = greet $3"
}
inode() { # tcp|tcp6|udp|udp6 port: of the sockets bound there
	awk -v port=":$(printf %04X "$2")" '
		NR > 1 && substr($2, length($2) - 4) == port && ($4 == "0A" || FILENAME ~ /udp/) { print $10 }
	' "/proc/net/$1"
}
dial() { # variable port [host]: connect and keep the connection
	{ exec {dialled}<>"/dev/tcp/${3:-127.0.0.1}/$2"; } 2>/dev/null || return
	printf -v "$1" %s "$dialled"
}
answer() { # fd: the next line from there
	local line=
	read -r -t "$DEADLINE" line <&"$1"
	printf '%s\n' "$line"
}
ask() { # fd text: say it and print the answer
	printf '%s\n' "$2" >&"$1"
	answer "$1"
}
hang_up() { # fd...
	local fd
	for fd; do exec {fd}>&-; done
}
first() { # port [host]: the first line that somebody who connects gets
	local fd
	dial fd "$1" "${2:-}" || { echo refused; return; }
	answer "$fd"
	hang_up "$fd"
}
gets() { # port text [host]: does who connects get it?
	[ "$(first "$1" "${3:-}")" = "$2" ]
}
served() { # port text [host]: sooner or later
	wait_for gets "$@"
}
udp_ask() { # port text [host]: a datagram, again until there is an answer
	python3 - "$1" "$2" "${3:-127.0.0.1}" "$DEADLINE" <<'EOF2'
import socket, sys, time
port, text, host, deadline = int(sys.argv[1]), sys.argv[2], sys.argv[3], time.time() + int(sys.argv[4])
s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
s.connect((host, port))
s.settimeout(0.2) # the handler before may have gone with it
while time.time() < deadline:
    try:
        s.send(text.encode())
        print(s.recv(65536).decode(errors="replace").strip())
        break
    except OSError:
        time.sleep(0.02)
EOF2
}
state() { # service pattern: does USR1 show it so?
	local before
	before=$(log_count "^.*state service=$1 ")
	kill -USR1 "$pid"
	wait_for logged_times $((before + 1)) "state service=$1 " || return 1
	grep -E "state service=$1 " "$T/log" | tail -n 1 | grep -Eq -e "$2"
}
soon() { # service pattern: will it be so?
	wait_for state "$1" "$2"
}
ended() { # how many handlers' ends were logged?
	log_count '^exit service='
}

# --- an error changes nothing ---------------------------------------------------------------------

nothing_changes() { # description pattern: the reload is refused and logs this
	local before
	before=$(inode tcp "$P1")
	reload
	ok "$1: it is logged" logged "$2"
	is "$(first "$P1")" old "$1: the old entry serves"
	is "$(inode tcp "$P1")" "$before" "$1: its socket stays"
	is "$(first "$P2")" refused "$1: nothing is added"
	is "$(ask "$session" again)" "old again" "$1: a session goes on"
}

errors() {
	local session label line pattern
	P1=$(free_port) P2=$(free_port)
	greet "$P1" old | conf
	start_doorward -l "$T/conf"
	dial session "$P1" && answer "$session" >/dev/null

	while IFS='|' read -r label line pattern; do
		{
			greet "$P1" new
			greet "$P2" added
			printf '%b' "$line"
		} | conf
		nothing_changes "$label" "/conf:$pattern"
		is "$(log_count 'reload: nothing was changed, 1 error"$')" 1 "$label: it is counted"
		: >"$T/log"
	done <<-EOF2
		nowiat|7007 stream tcp nowiat - /bin/cat\n|3:17: error: .*nowiat
		a port too high|70000 stream tcp nowait - /bin/cat\n|3:1: error: .*70000
		a truncated line|7007 stream tc|3:15: error: the line ends early
		a line without its end|7007 stream tcp nowait -|3:25: error: the line ends early
		a truncated definition|7007 on socktype = stream, exec = /bin/c|3:[0-9]+: error:
		an open quote|7007 stream tcp nowait - /bin/cat 'x|3:[0-9]+: error:
		a user that is not there|7007 stream tcp nowait nobody.here.x /bin/cat\n|3:24: error: .*nobody
		an unknown key|7007 on socktype = stream, exce = /bin/cat;\n|3:28: error: .*exce
	EOF2

	{
		greet "$P1" new
		echo "7007 stream tcp nowiat - /bin/cat"
		echo "70000 stream tcp nowait - /bin/cat"
	} | conf
	nothing_changes "two errors" 'conf:2:17: error:'
	ok "two errors: the second is logged as well" logged 'conf:3:1: error:'
	ok "two errors: they are counted" logged 'nothing was changed, 2 errors'

	: >"$T/log"
	rm "$T/conf"
	nothing_changes "a missing file" "conf: error: .*No such file|conf:0:0: error|conf.*No such file"
	: >"$T/log"
	# Root reads all there is but this: reading it fails with EIO.
	ln -s /proc/self/mem "$T/conf"
	nothing_changes "an unreadable file" "/conf.*($(message EIO)|Permission denied)"
	rm "$T/conf"
	: >"$T/log"
	ln -s conf "$T/conf"
	nothing_changes "a loop of links" "/conf.*symbolic links"
	rm "$T/conf"
	if [ "$ME" != root ]; then
		: >"$T/log"
		greet "$P1" new | conf
		chmod 0 "$T/conf"
		nothing_changes "no permission" "/conf.*Permission denied"
		rm -f "$T/conf"
	fi

	: >"$T/log"
	greet "$P1" new | conf
	reload
	ok "once it is good it is taken" logged '^reload kept=0 added=0 changed=1 removed=0'
	is "$(first "$P1")" new "once it is good the next client gets it"
	is "$(ask "$session" still)" "old still" "and the session goes on as it was"
	hang_up "$session"
	stop_doorward
}

folder() {
	local P1 P2
	P1=$(free_port) P2=$(free_port)
	mkdir "$T/conf.d"
	greet "$P1" old >"$T/conf.d/a"
	start_doorward -l "$T/conf.d"
	greet "$P1" new >"$T/conf.d/a"
	echo "x y" >"$T/conf.d/b"
	reload
	ok "a folder: an error in one file is logged" logged 'conf.d/b:1:[0-9]+: error:'
	is "$(first "$P1")" old "a folder: and nothing of the others is taken"
	greet "$P2" b >"$T/conf.d/b"
	reload
	is "$(first "$P1") $(first "$P2")" "new b" "a folder: a new file is found"
	rm "$T/conf.d/b"
	reload
	is "$(first "$P1") $(first "$P2")" "new refused" "a folder: a file that went takes its entries along"
	stop_doorward
}

# --- the socket and its backlog -------------------------------------------------------------------

backlog() {
	local P a b c before
	P=$(free_port)
	greeter "$P" "accept_max = 1" one | conf
	start_doorward -l "$T/conf"
	before=$(inode tcp "$P")
	dial a "$P" && answer "$a" >/dev/null
	dial b "$P"
	dial c "$P"
	ok "accept_max: it is full" soon "$P" 'state=full .*running=1/1'
	greeter "$P" "accept_max = 1" two | conf
	reload
	is "$(inode tcp "$P")" "$before" "the socket is the same"
	ok "it still is full after the reload" state "$P" 'state=full .*running=1/1'
	is "$(ask "$a" x)" "one x" "the running handler is not touched"
	hang_up "$a"
	is "$(answer "$b")" two "who queued before the reload is served by the new program"
	greeter "$P" "accept_max = 0" three | conf
	reload
	is "$(answer "$c")" three "a limit that goes lets the queue in at once"
	hang_up "$b" "$c"

	# The daemon is asked to reload while clients are in the queue that it has not seen yet.
	greeter "$P" "accept_max = 0" four | conf
	kill -STOP "$pid"
	dial a "$P"
	dial b "$P"
	kill -HUP "$pid"
	kill -CONT "$pid"
	like "$(answer "$a") $(answer "$b")" '^(three|four) (three|four)$' "a reload loses nobody in the queue"
	served "$P" four
	hang_up "$a" "$b"
	stop_doorward
}

# --- every field ----------------------------------------------------------------------------------

probe_says() { # port: the probe's report
	tcp 127.0.0.1 "$1"
}

fields() {
	local P NICER base before label keys pattern out id
	P=$(free_port)
	ln -s probe "$T/other"
	base="protocol = tcp4, user = $SOMEBODY, exec = $T/probe"
	definition "$P" "$base" | conf
	export T_PASSED=seven
	start_doorward -l "$T/conf"
	before=$(inode tcp "$P")
	id=$(id -u)
	NICER=$(($(nice) + 5)) # than this suite is
	[ "$NICER" -le 19 ] || NICER=19

	while IFS='|' read -r label keys pattern; do
		[ -n "$label" ] || continue
		definition "$P" "$keys" | conf
		reload
		out=$(probe_says "$P")
		like "$out" "$pattern" "$label: it is so for the next connection"
		definition "$P" "$base" | conf
		reload
		out=$(probe_says "$P")
		unlike "$out" "$pattern" "$label: and no more when it goes"
	done <<-EOF2
		args|$base, args = probe one "two words"|^arg.2=two words$
		exec|protocol = tcp4, user = $SOMEBODY, exec = $T/other|^arg.0=other$
		umask|$base, umask = 077|^umask=077$
		directory|$base, directory = $T|^cwd=$T$
		env|$base, env = X=y|^env.X=y$
		pass_env|$base, pass_env = T_PASSED|^env.T_PASSED=seven$
		nice|$base, nice = 5|^nice=$NICER$
		rlimit|$base, rlimit_nofile = 99:100|^rlimit.nofile=99:100$
		stderr|$base, stderr = null|^fd.2=null
		stderr = log|$base, stderr = log|^fd.2=pipe
		keepalive|$base, keepalive = yes|^keepalive=1$
		nodelay|$base, nodelay = yes|^nodelay=1$
		tos|$base, tos = 16|^tos=16$
		sndbuf|$base, sndbuf = 30000|^sndbuf=60000$
		recvbuf|$base, recvbuf = 30000|^rcvbuf=60000$
		$([ "$id" = 0 ] && echo "user|protocol = tcp4, user = daemon, exec = $T/probe|^uid=1 1 1$")
		$([ "$id" = 0 ] && echo "group|$base, group = daemon|^gid=1 1 1$")
		$([ "$id" = 0 ] && echo "groups|$base, groups = daemon bin|^groups=1 2 65534$")
	EOF2
	is "$(inode tcp "$P")" "$before" "all this time the socket was the same"
	if command -v ss >/dev/null; then
		definition "$P" "$base, backlog = 3" | conf
		reload
		is "$(ss -Htln "sport = :$P" | awk '{print $3}')" 3 "backlog: it is so on the same socket"
	fi
	stop_doorward
}

limits() {
	local P base a b
	P=$(free_port)
	base="protocol = tcp4, user = $SOMEBODY, exec = $T/greet, args = greet hi"
	definition "$P" "$base" | conf
	start_doorward -l "$T/conf"
	is "$(first "$P")" hi "no limit: it is served"
	definition "$P" "$base, deny = 127.0.0.1" | conf
	reload
	is "$(first "$P")" "" "deny: it is so for the next connection"
	ok "deny: it is logged" wait_for logged "reject service=$P .*reason=access"
	definition "$P" "$base, allow = 127.0.0.0/8" | conf
	reload
	is "$(first "$P")" hi "allow: it is so for the next connection"

	definition "$P" "$base, ip_max = 1/h" | conf
	reload
	is "$(first "$P")/$(first "$P")" "hi/" "ip_max: the second is refused"
	ok "ip_max: it is logged" wait_for logged "reject service=$P .*reason=ip_max"
	definition "$P" "$base, source_max = 1" | conf
	reload
	dial a "$P" && answer "$a" >/dev/null
	is "$(first "$P")" "" "source_max: a second at a time is refused"
	ok "source_max: it is logged" wait_for logged "reject service=$P .*reason=source_max"
	definition "$P" "$base" | conf
	reload
	is "$(first "$P")" hi "source_max: it goes"

	definition "$P" "$base, service_max = 1/h" | conf
	reload
	dial b "$P" && answer "$b" >/dev/null
	hang_up "$a" "$b"
	dial a "$P"
	ok "service_max: the second has to wait" soon "$P" 'state=rate'
	definition "$P" "$base" | conf
	reload
	is "$(answer "$a")" hi "service_max: when it goes, who waited is served"
	hang_up "$a"

	definition "$P" "protocol = tcp4, user = $SOMEBODY, exec = /bin/sleep, args = sleep 1000, timeout = 1s" | conf
	reload
	is "$(first "$P")" "" "timeout: it is so for the next connection"
	ok "timeout: it is logged" wait_for logged "exit service=$P .*reason=timeout"
	definition "$P" "$base" | conf
	reload
	ok "all limits are gone" served "$P" hi
	stop_doorward
}

# --- wait and nowait, internal and external -------------------------------------------------------

kinds() {
	local P U a b before
	P=$(free_port) U=$(free_port)
	both() { # wait program words for tcp; the same for udp
		echo "$P stream tcp4 $1"
		echo "$U dgram udp4 $2"
	}
	both "nowait $SOMEBODY $T/greet greet hi" "wait $SOMEBODY $T/waiter waiter one" | conf
	start_doorward -l "$T/conf"
	before=$(inode tcp "$P") # udp nowait gives its socket to a peer
	dial a "$P" && answer "$a" >/dev/null
	like "$(udp_ask "$U" quit)" '^one [0-9]+$' "udp wait: it is served"

	both "wait $SOMEBODY $T/waiter waiter first" "wait $SOMEBODY internal echo" | conf
	reload
	dial b "$P"
	like "$(answer "$b")" '^first [0-9]+$' "nowait -> wait: the next connection, with a handler running"
	is "$(ask "$a" x)" "hi x" "nowait -> wait: the running one goes on"
	is "$(udp_ask "$U" mirror)" mirror "udp external -> internal: the next datagram"

	both "nowait $SOMEBODY $T/greet greet back" "wait $SOMEBODY $T/waiter waiter two" | conf
	reload
	ok "wait -> nowait: the running handler keeps the socket" state "$P" 'state=waiting'
	echo quit >&"$b"
	ok "wait -> nowait: it comes when that one ends" served "$P" back
	hang_up "$a" "$b"
	like "$(udp_ask "$U" quit)" '^two [0-9]+$' "udp internal -> external: the next datagram"

	both "nowait $SOMEBODY internal echo" "nowait $SOMEBODY $PROBE probe" | conf
	reload
	dial a "$P"
	is "$(ask "$a" mirror)" mirror "external -> internal: the next connection"
	like "$(udp_ask "$U" x)" '^fd.0=inet dgram-connected' "udp wait -> nowait: the next datagram"

	both "nowait $SOMEBODY $T/greet greet again" "wait $SOMEBODY $T/waiter waiter three" | conf
	reload
	is "$(first "$P")" again "internal -> external: the next connection"
	is "$(ask "$a" x)" x "internal -> external: the builtin that runs goes on"
	like "$(udp_ask "$U" quit)" '^three [0-9]+$' "udp nowait -> wait: the next datagram"
	hang_up "$a"

	is "$(inode tcp "$P")" "$before" "tcp: all this time the socket was the same"
	unlike "$(cat "$T/log")" 'signal=' "nobody died of it"
	stop_doorward
}

# --- running handlers, counts ---------------------------------------------------------------------

counts() {
	local P a b c d
	P=$(free_port)
	greeter "$P" "accept_max = 2" one | conf # so far nobody asks where they come from
	start_doorward -l "$T/conf"
	dial a "$P" && answer "$a" >/dev/null
	dial b "$P" && answer "$b" >/dev/null
	for name in two three; do
		greeter "$P" "accept_max = 3, source_max = 2" "$name" | conf
		reload
		ok "$name: the running handlers count on" state "$P" 'running=2/3'
		is "$(first "$P")" "" "$name: for their source, too"
	done
	ok "$name: it was for the source" wait_for logged "reject service=$P .*reason=source_max"
	greeter "$P" "accept_max = 2" four | conf
	reload
	dial c "$P"
	ok "four: for the service" soon "$P" 'state=full .*running=2/2'
	hang_up "$a"
	is "$(answer "$c")" four "four: a slot that comes free is used once"
	ok "four: and no more" soon "$P" 'state=full .*running=2/2|running=2/2'
	greeter "$P" "accept_max = 1" five | conf
	reload
	dial d "$P"
	ok "five: more than the new limit may run on" soon "$P" 'state=full .*running=2/1'
	is "$(ask "$b" x)" "one x" "five: none is ended"
	hang_up "$b"
	ok "five: one of two is one too many still" soon "$P" 'state=full .*running=1/1'
	hang_up "$c"
	is "$(answer "$d")" five "five: then it is the next one's turn"
	hang_up "$d"
	ok "five: every slot was given back" soon "$P" 'running=0/1'
	stop_doorward
}

waiting() {
	local P U a b old
	P=$(free_port) U=$(free_port)
	entries() { # name
		echo "$P stream tcp4 wait $SOMEBODY $T/waiter waiter $1"
		echo "$U dgram udp4 wait $SOMEBODY $T/waiter waiter $1"
	}
	entries one | conf
	start_doorward -l "$T/conf"
	dial a "$P"
	old=$(answer "$a")
	like "$old" '^one [0-9]+$' "wait: it is served"
	echo >&"$a"
	reload
	ok "wait: an unchanged entry waits for its handler still" state "$P" 'state=waiting'
	dial b "$P"
	is "$(answer "$b")" "$old" "wait: the handler has its socket still"
	echo quit >&"$b"
	ok "wait: it resumes when the handler ends" served_by_another "$P" one "${old#* }"
	entries two | conf
	reload
	dial a "$P"
	like "$(answer "$a")" '^one ' "wait: a changed one lets its handler end first"
	echo quit >&"$a"
	ok "wait: then the new arguments hold" served_by_another "$P" two "${old#* }"
	hang_up "$a" "$b"

	old=$(udp_ask "$U" x)
	like "$old" '^two [0-9]+$' "udp wait: it is served"
	entries three | conf
	reload
	is "$(udp_ask "$U" quit)" "$old" "udp wait: the running handler has its socket still"
	like "$(udp_ask "$U" quit)" '^three [0-9]+$' "udp wait: the next one has the new arguments"
	ok "udp wait: its end is seen" soon "$U" 'state=listening'
	dismiss "$P"
	stop_doorward
}
dismiss() { # port: end the wait handler there
	local fd
	dial fd "$1" && echo quit >&"$fd" && hang_up "$fd"
}
served_by_another() { # port name pid: a handler of that name, and not that one
	local line
	line=$(first "$1")
	[[ $line == "$2 "* && ${line#* } != "$3" ]]
}

removed() {
	local P Q W X a b w before
	P=$(free_port) Q=$(free_port) W=$(free_port) X=$T/shared/socket
	{
		greeter "$P" "accept_max = 1" one
		echo "$Q stream tcp4 nowait $SOMEBODY $T/greet greet keeper"
		echo "$W stream tcp4 wait $SOMEBODY $T/waiter waiter one"
		echo "$X stream unix nowait $SOMEBODY $T/greet greet unix"
	} | conf
	start_doorward -l "$T/conf"
	dial a "$P" && answer "$a" >/dev/null
	dial w "$W" && answer "$w" >/dev/null
	ok "unix: the socket is there" test -S "$X"
	before=$(stat -c %i "$X")
	reload
	is "$(stat -c %i "$X")" "$before" "unix: it is the same after a reload"

	echo "$Q stream tcp4 nowait $SOMEBODY $T/greet greet keeper" | conf
	reload
	ok "removed: it is counted" logged 'reload kept=1 added=0 changed=0 removed=3'
	is "$(first "$P")" refused "removed: nobody listens"
	is "$(ask "$a" x)" "one x" "removed: the running handler is not touched"
	ok "removed: the file of a unix socket goes" test ! -e "$X"
	{
		greeter "$P" "accept_max = 1" two
		echo "$Q stream tcp4 nowait $SOMEBODY $T/greet greet keeper"
	} | conf
	reload
	dial b "$P"
	ok "added again: who runs still counts" soon "$P" 'state=full .*running=1/1'
	is "$(ask "$a" y)" "one y" "added again: and is not touched"
	before=$(ended)
	hang_up "$a"
	is "$(answer "$b")" two "added again: served when he is gone"
	ok "added again: his end was logged" wait_for more_ended "$before"

	echo "$Q stream tcp4 nowait $SOMEBODY $T/greet greet keeper" | conf
	reload
	before=$(ended)
	hang_up "$b"
	ok "removed: an end after it is logged" wait_for more_ended "$before"

	# The wait handler has its socket still, so the same port is taken.
	echo "$W stream tcp4 wait $SOMEBODY $T/waiter waiter two" | conf
	: >"$T/log"
	reload
	ok "wait, added again: taken by its own handler" wait_for logged "listen service=$W .*error="
	echo quit >&"$w"
	ok "wait, added again: it serves when that one ends" served_by_another_soon "$W" two 0
	hang_up "$w"
	dismiss "$W"
	stop_doorward
}
more_ended() { [ "$(ended)" -gt "$1" ]; }
served_by_another_soon() { wait_for served_by_another "$@"; }

# --- addresses ------------------------------------------------------------------------------------

addresses() {
	local P U old new session i=0 steps
	P=$(free_port) U=$(free_port)
	steps=('* tcp4' '127.0.0.1 tcp4' '* tcp4' '127.0.0.2 tcp4' '127.0.0.1 tcp4')
	has_ipv6 && steps+=('* tcp' '127.0.0.1 tcp' '* tcp46' '* tcp4' '* tcp6' '[::1] tcp6' '* tcp46' '* tcp' '[::1] tcp')
	greet "$P" step0 tcp4 '*' | conf
	start_doorward -l "$T/conf"
	dial session "$P" && answer "$session" >/dev/null
	old='* tcp4'
	for new in "${steps[@]:1}"; do
		i=$((i + 1))
		{
			greet "$P" "step$i" "${new#* }" "${new% *}"
			echo "${new% *}:$U dgram ${new#* tcp} nowait $SOMEBODY internal echo" |
				sed "s/dgram /dgram udp/"
		} | conf
		: >"$T/log"
		reload
		is "$(reached "$P")" "$(expected "step$i" "$new")" "$old -> $new: these addresses are served"
		unlike "$(cat "$T/log")" 'error=' "$old -> $new: nothing is in the way"
		old=$new
	done
	is "$(ask "$session" x)" "step0 x" "a session outlives all of it"
	hang_up "$session"
	stop_doorward
}
reached() { # port: what each of the addresses gets
	echo "$(first "$1" 127.0.0.1) $(first "$1" 127.0.0.2) $(has_ipv6 && first "$1" ::1)"
}
expected() { # name "address protocol"
	case $2 in
	'* tcp' | '* tcp46') echo "$1 $1 $1" ;;
	'* tcp4') echo "$1 $1 $(has_ipv6 && echo refused)" ;;
	'* tcp6') echo "refused refused $1" ;;
	127.0.0.1*) echo "$1 refused $(has_ipv6 && echo refused)" ;;
	127.0.0.2*) echo "refused $1 $(has_ipv6 && echo refused)" ;;
	*) echo "refused refused $1" ;;
	esac
}

# A service that moves to another address is the same to its handlers.
moved() {
	local P a b
	P=$(free_port)
	greeter "$P" "bind = *, accept_max = 1" one | conf
	start_doorward -l "$T/conf"
	dial a "$P" && answer "$a" >/dev/null
	greeter "$P" "bind = 127.0.0.1, accept_max = 1" two | conf
	reload
	dial b "$P"
	is "$(ask "$a" x)" "one x" "moved: and is not touched"
	hang_up "$a"
	is "$(answer "$b")" two "moved: the next is served there"
	is "$(grep -Eo '^(accept|exit) ' "$T/log" | tr -d ' \n')" acceptexitaccept "moved: who runs counts on"
	hang_up "$b"
	stop_doorward
}

# A peer of udp nowait whose handler could not start yet has a socket of his own; nobody may trip over it.
udp_peers() {
	local U base
	U=$(free_port)
	if [ "$(id -u)" != 0 ]; then
		skip "sockets for two peers at once need a raw socket"
		return
	fi
	base="socktype = dgram, protocol = udp4, user = $SOMEBODY"
	definition "$U" "$base, wait = no, accept_max = 1, exec = /bin/sleep, args = sleep 1000, timeout = 1m" | conf
	start_doorward -l "$T/conf"
	definition "$U" "$base, builtin = echo" | conf
	is "$(python3 - "$U" "$pid" "$T/log" "$DEADLINE" <<'EOF2'
import os, signal, socket, sys, time
port, daemon, log, end = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], time.time() + int(sys.argv[4])
peers = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
os.kill(daemon, signal.SIGSTOP)
for p in peers:
    p.connect(("127.0.0.1", port))
    p.send(b"first")
os.kill(daemon, signal.SIGCONT)
while "accept service" not in open(log).read() and time.time() < end:
    time.sleep(0.02)
os.kill(daemon, signal.SIGHUP)
while "reload kept" not in open(log).read() and time.time() < end:
    time.sleep(0.02)
for p in peers:
    p.settimeout(0.1)
got = set()
while len(got) < 1 and time.time() < end:
    for p in peers:
        try:
            p.send(b"again")
            got.add(p.recv(100).decode())
        except OSError:
            pass
print(*sorted(got))
EOF2
	)" first "udp nowait -> internal: what waited is answered"
	unlike "$(cat "$T/log")" 'signal=SEGV' "udp nowait -> internal: nothing fails of it"
	kill -QUIT "$pid"
	wait "$pid"
	pid=
}

bind_failure() {
	local P Q R blocker
	P=$(free_port) Q=$(free_port) R=$(free_port)
	python3 "$T/block" "$P" "$R" >"$T/held" &
	blocker=$!
	wait_for grep -q held "$T/held"
	{
		greet "$P" blocked
		greet "$Q" free
	} | conf
	start_doorward -l "$T/conf"
	ok "a port that is taken: it is logged" logged "listen service=$P .*error="
	is "$(first "$Q")" free "a port that is taken: the others are served"
	greet "$R" late >>"$T/conf"
	reload
	ok "a port that is taken at a reload: it is logged" logged "listen service=$R .*error="
	ok "a port that is taken: the state tells" state "$P" 'state=down'
	kill "$blocker"
	wait "$blocker" 2>/dev/null
	ok "it is retried until it succeeds" served "$P" blocked
	ok "that of the reload, too" served "$R" late
	is "$(log_count "listen service=$R .*error=")" 1 "the failure is logged once"
	ok "the success is logged" logged "listen service=$R address=[^ ]* protocol=tcp4$"
	stop_doorward
}

# The backoff needs no watching: nobody tries more often than 1, 2, 4 ... seconds allow.
bind_backoff() {
	local P blocker start tries
	command -v strace >/dev/null || { skip "no strace"; return; }
	P=$(free_port)
	: >"$T/held"
	python3 "$T/block" "$P" >"$T/held" &
	blocker=$!
	wait_for grep -q held "$T/held"
	greet "$P" never | conf
	start=${EPOCHREALTIME/./}
	DOORWARD=$T/traced
	printf '#!/bin/sh\nexec strace -D -o "%s/trace" -e trace=bind "%s" "$@"\n' "$T" "$REAL" >"$T/traced"
	chmod 755 "$T/traced"
	if ! start_doorward "$T/conf"; then
		skip "no strace here"
	else
		wait_for tried 3
		tries=$(grep -c EADDRINUSE "$T/trace")
		ok "the pause between two tries doubles" test \
			$((((1 << (tries - 1)) - 1) * 1000000)) -le $((${EPOCHREALTIME/./} - start))
		stop_doorward
	fi
	kill "$blocker"
	DOORWARD=$REAL
}
tried() { [ "$(grep -c EADDRINUSE "$T/trace")" -ge "$1" ]; }

# --- names ----------------------------------------------------------------------------------------

relative() {
	local P here=$PWD
	P=$(free_port)
	greet "$P" one | conf
	cd "$T" || return
	start_doorward -l conf
	cd "$here" || return
	greet "$P" two | conf
	reload
	is "$(first "$P")" two "a relative path is that of the start"
	stop_doorward
}

services_file() {
	local P Q before
	if [ "$(id -u)" != 0 ] || ! unshare -m true 2>/dev/null; then
		skip "no mount namespace of our own for /etc/services"
		return
	fi
	P=$(free_port) Q=$(free_port)
	echo "t-name $P/tcp t-alias" >"$T/services"
	cat >"$T/in-namespace" <<-EOF2
		#!/bin/sh
		exec unshare -m sh -c 'mount --bind "\$0" /etc/services && exec "\$@"' "$T/services" "$REAL" "\$@"
	EOF2
	chmod 755 "$T/in-namespace"
	DOORWARD=$T/in-namespace
	greet t-name one | conf
	start_doorward -l "$T/conf"
	DOORWARD=$REAL
	is "$(first "$P")" one "/etc/services: a name"
	echo "t-name $Q/tcp t-alias" >"$T/services"
	reload
	is "$(first "$P") $(first "$Q")" "refused one" "/etc/services: an edit is seen"
	greet t-alias alias | conf
	before=$(inode tcp "$Q")
	reload
	is "$(first "$Q")" alias "/etc/services: an alias"
	greet "$Q" number | conf
	reload
	is "$(first "$Q")" number "/etc/services: the port instead of the name"
	is "$(inode tcp "$Q")" "$before" "/etc/services: all of them are the same socket"
	greet t-name gone | conf
	: >"$T/services"
	reload
	ok "/etc/services: a name that went is an error" logged 'conf:1:1: error: .*t-name'
	is "$(first "$Q")" number "/etc/services: and changes nothing"
	stop_doorward
}

REAL=$DOORWARD
[ $# -gt 0 ] || set -- errors folder backlog fields limits kinds counts waiting removed addresses \
	moved udp_peers bind_failure bind_backoff relative services_file
for section; do
	: >"$T/log"
	rm -rf "$T/conf"
	"$section"
done
done_testing
