#!/usr/bin/env bash
# e2e/handler.sh -- what a handler gets, told by a probe that runs as one
# shellcheck disable=SC2317 # the sections are called by their names
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

PROBE=$T/probe
cp "$abs_top_builddir/tests/lib/probe" "$PROBE"
mkdir -m 1777 "$T/shared"
PYTHON=$(python3 -c 'import sys; print(sys.executable)') # not a script that changes PATH
MY_NICE=$(nice)
HARD=$(ulimit -Hn)

# --- the probe's report ---------------------------------------------------------------------------

tell() { # kind where: connect and keep the report; $CLIENT is the client's pid
	python3 - "$1" "$2" "$DEADLINE" >"$T/report" <<'EOF'
import os, socket, sys, time
kind, where, deadline = sys.argv[1], sys.argv[2], time.time() + int(sys.argv[3])
udp = kind.startswith("udp")
family = {"4": socket.AF_INET, "6": socket.AF_INET6, "x": socket.AF_UNIX}[kind[3] if kind[3] != "t" else "x"]
host = {"4": "127.0.0.1", "6": "::1"}.get(kind[3])
s = socket.socket(family, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
if family == socket.AF_UNIX:
    s.connect(where)
else:
    if kind.endswith("from"):
        s.bind(("127.0.0.3", 0))
    s.connect((host, int(where)))
print(f"client.pid={os.getpid()}")
if family != socket.AF_UNIX:
    print(f"client.address={s.getsockname()[0]}\nclient.port={s.getsockname()[1]}")
text = b""
if udp:
    s.settimeout(1)
    while not text and time.time() < deadline:
        try:
            s.send(b"knock")
            text = s.recv(65536)
        except OSError:
            time.sleep(0.05)
else:
    while chunk := s.recv(65536):
        text += chunk
sys.stdout.write(text.decode(errors="replace"))
EOF
}
told() { # key: its value
	sed -n "s/^$1=//p" "$T/report"
}
env_names() {
	sed -n 's/^env\.\([^=]*\)=.*/\1/p' "$T/report" | sort | tr '\n' ' '
}
env_told() { told "env\\.$1"; }
words() { # sorted, each followed by a blank
	printf '%s\n' "$@" | sort | tr '\n' ' '
}

# What holds for each kind: description, then what descriptors 0 and 1 are.
contract() {
	is "$(told end)" 1 "$1: the report is whole"
	is "$(told fds)" 3 "$1: three descriptors and no other"
	is "$(told fd.0)/$(told fd.1)/$(told fd.2)" "$2 blocking/$2 blocking/$2 blocking" "$1: all are the socket, blocking"
	is "$(told session)/$(told group)/$(told tty)" own/own/none "$1: a session of its own, without a terminal"
	is "$(told cwd)/$(told umask)/$(told nice)" "//022/$MY_NICE" "$1: cwd /, umask 022, nice as it was"
	is "$(told blocked)/$(told ignored)" / "$1: no signal is blocked or ignored"
	is "$(told uid)/$(told gid)/$(told groups)" "$UIDS/$GIDS/$GROUPS_" "$1: user and groups"
	is "$(grep ^rlimit "$T/report")" "$LIMITS" "$1: the limits that doorward was started with"
	is "$(env_told USER)/$(env_told LOGNAME)/$(env_told HOME)/$(env_told SHELL)" "$LOGIN" "$1: the user's variables"
	is "$(env_told TZ)/$(env_told LANG)/$(env_told LC_TIME)/$(env_told PATH)" "Here/C/C/$PATH" "$1: those that are passed"
}
user_is() { # name: what contract() expects
	local line
	line=$(getent passwd "$1")
	UIDS="$(id -u "$1") $(id -u "$1") $(id -u "$1")"
	GIDS="$(id -g "$1") $(id -g "$1") $(id -g "$1")"
	GROUPS_=$(id -G "$1" | tr ' ' '\n' | sort -n | tr '\n' ' ' | sed 's/ $//')
	LOGIN="$1/$1/$(cut -d: -f6 <<<"$line")/$(cut -d: -f7 <<<"$line")"
}
if [ "$SOMEBODY" = - ]; then
	user_is "$ME"
	GROUPS_=$(id -G | tr ' ' '\n' | sort -n | tr '\n' ' ' | sed 's/ $//')
else
	user_is "$SOMEBODY"
fi
export TZ=Here LANG=C LC_TIME=C T_SECRET=1 T_PASSED="two words"
LIMITS=$("$PROBE" 2>/dev/null | grep ^rlimit)
FIXED=(PATH TZ LANG LC_ALL LC_TIME USER LOGNAME HOME SHELL)

# --- each kind of service -------------------------------------------------------------------------

kinds() {
	local kind proto type wait where P
	while read -r kind proto type wait; do
		case $kind in
		*6*) has_ipv6 || { skip "$kind: no IPv6 here"; continue; } ;;
		esac
		where=$T/shared/$kind
		[ "$proto" = unix ] || where=$(free_port)
		printf -v "at_$kind" %s "$where"
		echo "$where $type $proto $wait $SOMEBODY $PROBE probe one"
	done >"$T/conf" <<-EOF
		tcp4 tcp4 stream nowait
		tcp6 tcp6 stream nowait
		tcp4wait tcp4 stream wait
		tcp6wait tcp6 stream wait
		udp4 udp4 dgram nowait
		udp6 udp6 dgram nowait
		udp4wait udp4 dgram wait
		udp6wait udp6 dgram wait
		unix unix stream nowait
		unixwait unix stream wait
	EOF
	grep SKIP "$T/conf" | sed 's/^ok [0-9]* # SKIP/#/'
	sed -i /SKIP/d "$T/conf"
	start_doorward -l "$T/conf"
	kinds_inet tcp4 "inet stream-connected" TCP 127.0.0.1
	kinds_inet udp4 "inet dgram-connected" UDP 127.0.0.1
	if has_ipv6; then
		kinds_inet tcp6 "inet6 stream-connected" TCP ::1
		kinds_inet udp6 "inet6 dgram-connected" UDP ::1
		kinds_wait tcp6wait "inet6 listening" TCP ::
		kinds_wait udp6wait "inet6 dgram" UDP ::
	fi
	kinds_wait tcp4wait "inet listening" TCP 0.0.0.0
	kinds_wait udp4wait "inet dgram" UDP 0.0.0.0

	# shellcheck disable=SC2154 # set by name above
	tell unix "$at_unix"
	contract unix "unix stream-connected"
	is "$(env_names)" "$(words "${FIXED[@]}" PROTO UNIXLOCALPATH UNIXREMOTE{PID,EUID,EGID})" "unix: exactly these variables"
	is "$(env_told PROTO) $(env_told UNIXLOCALPATH)" "UNIX $at_unix" "unix: which socket"
	is "$(env_told UNIXREMOTEPID) $(env_told UNIXREMOTEEUID) $(env_told UNIXREMOTEEGID)" \
		"$(told client.pid) $(id -u) $(id -g)" "unix: who it was"
	# shellcheck disable=SC2154
	tell unixwait "$at_unixwait"
	contract unixwait "unix listening"
	is "$(env_names)" "$(words "${FIXED[@]}" PROTO UNIXLOCALPATH)" "unixwait: exactly these variables"

	# shellcheck disable=SC2154
	tell tcp4from "$at_tcp4"
	is "$(env_told TCPREMOTEIP) $(env_told TCPLOCALIP)" "127.0.0.3 127.0.0.1" "tcp4: both addresses are the connection's"
	is "$(told arg.0) $(told arg.1)" "probe one" "the arguments"
	stop_doorward
}
kinds_inet() { # kind descriptors prefix address
	local where=at_$1
	where=${!where}
	tell "$1" "$where"
	contract "$1" "$2"
	is "$(env_names)" "$(words "${FIXED[@]}" PROTO "$3"{REMOTE,LOCAL}{IP,PORT} REMOTE_{ADDR,HOST,PORT})" \
		"$1: exactly these variables"
	is "$(env_told PROTO) $(env_told "$3REMOTEIP") $(env_told "$3REMOTEPORT") $(env_told "$3LOCALIP") $(env_told "$3LOCALPORT")" \
		"$3 $4 $(told client.port) $4 $where" "$1: the UCSPI variables"
	is "$(env_told REMOTE_ADDR) $(env_told REMOTE_HOST) $(env_told REMOTE_PORT)" \
		"$4 $4 $(told client.port)" "$1: those of CGI and xinetd"
	[[ $1 != udp* ]] || is "$(told got)" knock "$1: the datagram waits in the socket"
}
kinds_wait() { # kind descriptors prefix address
	local where=at_$1
	where=${!where}
	tell "$1" "$where"
	contract "$1" "$2"
	is "$(env_names)" "$(words "${FIXED[@]}" PROTO "$3"LOCAL{IP,PORT})" "$1: exactly these variables"
	is "$(env_told PROTO) $(env_told "$3LOCALIP") $(env_told "$3LOCALPORT")" "$3 $4 $where" "$1: where it listens"
}

# --- a daemon that was started oddly --------------------------------------------------------------

cat >"$T/odd" <<'EOF'
import os, resource, signal, sys
hard, closed = int(sys.argv[1]), [int(fd) for fd in sys.argv[2].split(",")]
for fd in (7, 250, 299):
    os.dup2(os.open("/dev/zero", os.O_RDONLY), fd)
# Every other signal can be ignored, and all blocked.
for signo in (signal.SIGPIPE, signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGCHLD,
              signal.SIGUSR1, signal.SIGALRM, signal.SIGTSTP, signal.SIGRTMIN + 3):
    signal.signal(signo, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
resource.setrlimit(resource.RLIMIT_NOFILE, (300, hard))
os.umask(0o77)
if os.getuid() == 0:
    os.setgroups([5, 6])
for fd in closed:
    os.close(fd)
os.execv(sys.argv[3], sys.argv[3:])
EOF

odd() {
	local P W closed
	P=$(free_port) W=$(free_port)
	cat >"$T/conf" <<-EOF
		$P stream tcp4 nowait $SOMEBODY $PROBE probe
		$W dgram udp4 wait $SOMEBODY $PROBE probe
	EOF
	LIMITS=$(ulimit -Sn 300 && "$PROBE" 2>/dev/null | grep ^rlimit)
	for closed in 0 0,1; do
		printf '#!/bin/sh\nexec "%s" "%s" %s %s "%s" "$@"\n' "$PYTHON" "$T/odd" "$HARD" "$closed" "$REAL" >"$T/start"
		chmod 755 "$T/start"
		: >"$T/log"
		DOORWARD=$T/start
		start_doorward -l "$T/conf" </dev/null
		DOORWARD=$REAL
		tell tcp4 "$P"
		contract "odd start, $closed closed" "inet stream-connected"
		ok "odd start, $closed closed: an end is seen" wait_for logged "exit service=$P"
		tell udp4wait "$W"
		contract "odd start, $closed closed, wait" "inet dgram"
		ok "odd start, $closed closed: HUP is heard" reload
		ok "odd start, $closed closed: TERM is heard" stop_doorward
	done
	LIMITS=$("$PROBE" 2>/dev/null | grep ^rlimit)
}

# As many descriptors as the system lets a process have.
huge() {
	local P most
	P=$(free_port)
	echo "$P stream tcp4 nowait $SOMEBODY $PROBE" >"$T/conf"
	most=$(cat /proc/sys/fs/nr_open 2>/dev/null)
	(ulimit -Hn "$most") 2>/dev/null || most=$HARD
	printf '#!/bin/sh\nulimit -n %s; exec "%s" "$@"\n' "$most" "$REAL" >"$T/start"
	chmod 755 "$T/start"
	DOORWARD=$T/start
	start_doorward "$T/conf"
	DOORWARD=$REAL
	tell tcp4 "$P"
	is "$(told fds) $(told rlimit.nofile)" "3 $most:$most" "a limit of $most descriptors is no hindrance"
	stop_doorward
}

# --- users ----------------------------------------------------------------------------------------

users() {
	local P user line expected
	if [ "$(id -u)" != 0 ]; then
		P=$(free_port)
		echo "$P stream tcp4 nowait root $PROBE" >"$T/conf"
		start_doorward "$T/conf"
		ok "an ordinary user cannot run a handler as another: it is an error" logged 'conf:1:[0-9]+: error:'
		is "$(tcp 127.0.0.1 "$P")" "" "and nothing is run"
		stop_doorward
		skip "the other users are root's to become"
		return
	fi
	: >"$T/conf"
	while IFS='|' read -r user expected; do
		P=$(free_port)
		echo "$P stream tcp4 nowait $user $PROBE" >>"$T/conf"
		echo "$P|$user|$expected"
	done >"$T/users" <<-EOF
		nobody|65534 65534 65534/65534 65534 65534/65534/nobody
		nobody:daemon|65534 65534 65534/1 1 1/1/nobody
		nobody.daemon|65534 65534 65534/1 1 1/1/nobody
		65534|65534 65534 65534/65534 65534 65534/65534/nobody
		65534:1|65534 65534 65534/1 1 1/1/nobody
		4242:4243|4242 4242 4242/4243 4243 4243/4243/4242
		root|0 0 0/0 0 0/0/root
	EOF
	P=$(free_port)
	echo "$P on protocol = tcp4, user = nobody, group = daemon, groups = bin sys, exec = $PROBE;" >>"$T/conf"
	echo "$P|groups = bin sys|65534 65534 65534/1 1 1/1 2 3/nobody" >>"$T/users"
	printf '#!/bin/sh\nexec "%s" -c "import os,sys; os.setgroups([5,6]); os.execv(sys.argv[1], sys.argv[1:])" "%s" "$@"\n' \
		"$PYTHON" "$REAL" >"$T/start"
	chmod 755 "$T/start"
	DOORWARD=$T/start
	start_doorward "$T/conf"
	DOORWARD=$REAL
	while IFS='|' read -r P user expected; do
		tell tcp4 "$P"
		is "$(told uid)/$(told gid)/$(told groups)/$(env_told USER)" "$expected" "user $user: real, effective, saved"
	done <"$T/users"
	stop_doorward
	listed_groups
	powerless
}

# A user whom the databases give groups, in a mount namespace with databases of our own.
listed_groups() {
	local P
	unshare -m true 2>/dev/null || { skip "no mount namespace of our own for /etc/passwd"; return; }
	P=$(free_port)
	echo "t-user:x:4100:4100::/home/t-user:/bin/t-shell" | cat /etc/passwd - >"$T/passwd"
	printf '%s\n' "t-user:x:4100:" "t-one:x:4101:t-user" "t-two:x:4102:daemon,t-user" | cat /etc/group - >"$T/group"
	chmod 644 "$T/passwd" "$T/group"
	cat >"$T/start" <<-EOF
		#!/bin/sh
		mount --bind "$T/passwd" /etc/passwd && mount --bind "$T/group" /etc/group && exec "$REAL" "\$@"
	EOF
	printf '#!/bin/sh\nexec unshare -m "%s" "$@"\n' "$T/start" >"$T/namespace"
	chmod 755 "$T/start" "$T/namespace"
	echo "$P stream tcp4 nowait t-user $PROBE" >"$T/conf"
	DOORWARD=$T/namespace
	start_doorward "$T/conf"
	DOORWARD=$REAL
	tell tcp4 "$P"
	is "$(told uid)/$(told gid)/$(told groups)" "4100 4100 4100/4100 4100 4100/4100 4101 4102" \
		"the groups that the database lists"
	is "$(env_told USER) $(env_told LOGNAME) $(env_told HOME) $(env_told SHELL)" \
		"t-user t-user /home/t-user /bin/t-shell" "and the user's home and shell"
	stop_doorward
}

# root without the right to become somebody else: the handler must not run at all.
powerless() {
	local P cap
	command -v setpriv >/dev/null || { skip "no setpriv"; return; }
	P=$(free_port)
	echo "$P stream tcp4 nowait nobody $PROBE" >"$T/conf"
	for cap in setuid setgid; do
		: >"$T/log"
		printf '#!/bin/sh\nexec setpriv --bounding-set=-%s --inh-caps=-%s "%s" "$@"\n' "$cap" "$cap" "$REAL" >"$T/start"
		chmod 755 "$T/start"
		DOORWARD=$T/start
		start_doorward "$T/conf"
		DOORWARD=$REAL
		is "$(tcp 127.0.0.1 "$P")" "" "without the right to $cap nothing is run"
		ok "without the right to $cap: it is logged" wait_for logged "exec-failed service=$P .*step=set.*error="
		stop_doorward
	done
}

# --- keys -----------------------------------------------------------------------------------------

keys() {
	local P label keys pattern base="user = $SOMEBODY, exec = $PROBE"
	P=$(free_port)
	mkdir -p "$T/root/in/side"
	[ "$(id -u)" != 0 ] || fill_root
	while IFS='|' read -r label keys pattern; do
		[ -n "$label" ] || continue
		echo "$P on protocol = tcp4, $base, $keys;" >"$T/conf"
		if [ -z "$pid" ]; then start_doorward "$T/conf"; else reload; fi
		tell tcp4 "$P"
		like "$(cat "$T/report")" "$pattern" "$label"
	done <<-EOF
		umask|umask = 027|^umask=027$
		umask 0|umask = 0|^umask=000$
		nice is added|nice = 3|^nice=$((MY_NICE + 3))$
		directory|directory = $T/shared|^cwd=$T/shared$
		rlimit soft and hard|rlimit_nofile = 60:70|^rlimit.nofile=60:70$
		rlimit for both|rlimit_core = 0|^rlimit.core=0:0$
		$(sanitized || echo "rlimit as|rlimit_as = 900m|^rlimit.as=943718400:943718400$")
		rlimit cpu|rlimit_cpu = 30|^rlimit.cpu=30:30$
		$(sanitized || echo "rlimit data|rlimit_data = 900m|^rlimit.data=943718400:943718400$")
		rlimit fsize|rlimit_fsize = 1000|^rlimit.fsize=1000:1000$
		rlimit memlock|rlimit_memlock = 4096|^rlimit.memlock=4096:4096$
		rlimit nproc|rlimit_nproc = 900:901|^rlimit.nproc=900:901$
		rlimit rss|rlimit_rss = 900m|^rlimit.rss=943718400:943718400$
		rlimit stack|rlimit_stack = 1m|^rlimit.stack=1048576:1048576$
		env|env = X=a=b Y="c d"|^env.Y=c d$
		env replaces|env = TZ=There|^env.TZ=There$
		pass_env|pass_env = T_PASSED|^env.T_PASSED=two words$
		pass_env of what is not there|pass_env = T_NOBODY|^end=1$
		stderr socket|stderr = socket|^a word on stderr$
		stderr null|stderr = null|^fd.2=null blocking$
		stderr log|stderr = log|^fd.2=pipe blocking$
	EOF
	ok "stderr log: the line is logged" wait_for logged "stderr service=$P pid=[0-9]+ line=.a word on stderr"
	unlike "$(cat "$T/report")" '^a word on stderr' "stderr log: the client does not get it"
	is "$(told fds)" 3 "stderr log: no other descriptor for it"

	if [ "$(id -u)" = 0 ]; then
		while IFS='|' read -r label keys pattern; do
			[ -n "$label" ] || continue
			echo "$P on protocol = tcp4, $keys;" >"$T/conf"
			reload
			tell tcp4 "$P"
			like "$(cat "$T/report")" "$pattern" "$label"
		done <<-EOF
			nice, upwards, before the privileges go|$base, nice = -2|^nice=$((MY_NICE - 2))$
			$(can_raise && echo "a limit over the hard one, before they go|$base, rlimit_nofile = $((HARD + 5))|^rlimit.nofile=$((HARD + 5)):$((HARD + 5))$")
			chroot|user = nobody, exec = /probe, chroot = $T/root|^root=$(stat -c %i "$T/root")$
			chroot, and its cwd|user = nobody, exec = /probe, chroot = $T/root|^cwd=/$
			chroot and directory|user = nobody, exec = /probe, chroot = $T/root, directory = /in/side|^cwd=/in/side$
		EOF
		mkdir -m 700 "$T/closed"
		echo "$P on protocol = tcp4, $base, directory = $T/closed;" >"$T/conf"
		reload
		is "$(tcp 127.0.0.1 "$P")" "" "a directory that is closed to the user: nothing is run"
		ok "a directory that is closed to the user: it is logged" wait_for logged \
			"exec-failed service=$P .*step=chdir error=.*Permission denied"
	else
		skip "nice -2, raised limits and chroot are root's"
	fi
	stop_doorward

	# Command line: the whole environment, the names.
	echo "$P stream tcp4 nowait $SOMEBODY $PROBE" >"$T/conf"
	start_doorward -E --environment --resolve "$T/conf"
	tell tcp4 "$P"
	is "$(env_told T_SECRET)" 1 "-E: the daemon's whole environment"
	is "$(env_told TCPREMOTEHOST)" "$(python3 -c 'import socket; print(socket.gethostbyaddr("127.0.0.1")[0])' 2>/dev/null)" \
		"--resolve: the host's name"
	is "$(told fds)" 3 "--resolve: no descriptor of the look-up is left"
	is "$(told blocked)/$(told ignored)/$(told session)/$(told umask)" "//own/022" "--resolve: all else as ever"
	stop_doorward
}
sanitized() { # the probe needs terabytes of addresses then
	! "$REAL" -V | grep -q '^sanitizers: no'
}
can_raise() { (ulimit -Hn $((HARD + 5))) 2>/dev/null; }
fill_root() { # the probe and its libraries
	local lib
	cp "$PROBE" "$T/root/probe"
	for lib in $(ldd "$PROBE" | grep -Eo '/[^ ]+'); do
		mkdir -p "$T/root${lib%/*}"
		cp "$lib" "$T/root$lib"
	done
	chmod -R go+rX "$T/root"
}

# --- programs that cannot run; the wait for them is one with that for unread sockets --------------

closed() { # port: does who connects see the end of it?
	[ -z "$(tcp 127.0.0.1 "$1")" ]
}

retries() {
	local P label program pattern start=${EPOCHREALTIME/./} clients=() U W udp
	printf 'no program' >"$T/format"
	printf '#!/nowhere/sh\n' >"$T/interpreter"
	printf '#!/bin/sh\n' >"$T/mode"
	chmod 755 "$T/format" "$T/interpreter"
	: >"$T/conf"
	while IFS='|' read -r label program pattern; do
		P=$(free_port)
		echo "$P stream tcp4 nowait $SOMEBODY $program" >>"$T/conf"
		echo "$P|$label|$program|$pattern"
	done >"$T/broken" <<-EOF
		missing|$T/missing|No such file or directory
		not executable|$T/mode|Permission denied
		no program|$T/format|Exec format error
		no interpreter|$T/interpreter|No such file or directory
		a folder|$T/shared|Permission denied
	EOF
	P=$(free_port)
	echo "$P stream tcp4 nowait $SOMEBODY /bin/echo echo fine" >>"$T/conf"
	unread_entries >"$T/lazy.conf" # not in a subshell: the ports are told
	cat "$T/lazy.conf" >>"$T/conf"
	start_doorward -l "$T/conf"
	unread_begin
	is "$(log_count 'conf:[0-9]+:[0-9]+: warning:')" 5 "broken programs: a warning at load for what can be seen"
	is "$(tcp 127.0.0.1 "$P")" fine "broken programs: the others are served"

	# Three clients each at once: pauses of 1 and 2 seconds lie between the tries.
	while IFS='|' read -r P label program pattern; do
		for _ in 1 2 3; do
			closed "$P" &
			clients+=($!)
		done
	done <"$T/broken"
	wait "${clients[@]}"
	ok "broken programs: between the tries there are growing pauses" test $((${EPOCHREALTIME/./} - start)) -ge 3000000
	while IFS='|' read -r P label program pattern; do
		is "$(log_count "exec-failed service=$P ")" 1 "$label: it is reported once"
		ok "$label: with program, step and errno" logged "exec-failed service=$P program=\"?$program\"? step=execve error=\"?$pattern"
		unlike "$(cat "$T/log")" "(accept|exit) service=$P " "$label: it is no start and no exit"
	done <"$T/broken"

	unread_growing "$start"

	IFS='|' read -r P label program pattern <"$T/broken"
	printf '#!/bin/sh\necho here\n' >"$T/new"
	chmod 755 "$T/new"
	mv "$T/new" "$T/missing"
	ok "missing: when it appears it is run" wait_for gives "$P" here
	ok "missing: and said to be fine again" logged "resume service=$P"
	rm "$T/missing"
	ok "missing again" closed "$P"
	ok "missing again: is reported again" wait_for logged_times 2 "exec-failed service=$P "
	unread_end
	stop_doorward
}
gives() { [ "$(tcp 127.0.0.1 "$1")" = "$2" ]; }

# --- wait handlers that leave their socket unread -------------------------------------------------

unread_entries() {
	U=$(free_port) W=$(free_port)
	cat >"$T/lazy" <<-EOF
		#!/bin/sh
		# Count the start, and read only when told to.
		echo >>"$T/shared/starts.\$1"
		[ ! -e "$T/shared/good" ] || exec "$PROBE"
	EOF
	chmod 755 "$T/lazy"
	echo "$U dgram udp4 wait $SOMEBODY $T/lazy lazy udp"
	echo "$W stream tcp4 wait $SOMEBODY $T/lazy lazy tcp"
}
unread_begin() {
	tell udp4wait "$U" &
	udp=$!
	tcp 127.0.0.1 "$W" >"$T/answer" &
}
unread_growing() { # start in microseconds
	local n who
	for who in udp tcp; do
		ok "unread $who: it is tried again" wait_for started "$who" 3
		n=$(wc -l <"$T/shared/starts.$who")
		ok "unread $who: with growing pauses" test \
			$((((1 << (n - 1)) - 1) * 1000000)) -le $((${EPOCHREALTIME/./} - $1))
	done
	is "$(log_count "pause service=$U reason=unread")" 1 "unread udp: it is reported once"
	is "$(log_count "pause service=$W reason=unread")" 1 "unread tcp: it is reported once"
	ok "unread: with errno" logged "pause service=$U reason=unread .*error="
	: >"$T/shared/good"
}
unread_end() {
	wait "$udp"
	is "$(told got)" knock "unread udp: it is served when the program reads"
	ok "unread tcp: it is served when the program reads" wait_for grep -q '^end=1$' "$T/answer"
	ok "unread: and said to be fine again" wait_for logged "resume service=$U"
}
started() { [ "$(wc -l <"$T/shared/starts.$1")" -ge "$2" ]; }

REAL=$DOORWARD
[ $# -gt 0 ] || set -- kinds odd huge users keys retries
for section; do
	: >"$T/log"
	"$section"
done
done_testing
