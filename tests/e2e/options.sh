#!/usr/bin/env bash
# e2e/options.sh -- every option, exit status and way of starting that doorward(8) promises
# shellcheck source=tests/lib/lib.sh
# shellcheck disable=SC2154,SC2317,SC2016 # pid is of lib.sh; wait_for calls functions; scripts for other shells stand in quotes
. "$(dirname "$0")/../lib/lib.sh"

S=$SOMEBODY
P=$(free_port) Q=$(free_port) R=$(free_port) U=$(free_port)
entry() { # port text [wait field]: a service that says the text
	echo "$1 stream tcp4 ${3:-nowait} $S /bin/echo echo $2"
}
keeper() { # port [wait field]: a service whose handlers stay until the client goes
	echo "$1 stream tcp4 ${2:-nowait} $S /bin/cat"
}
run() { # arguments...: to its end; status, and what it said in $T/said
	"$DOORWARD" "$@" >"$T/said" 2>&1
	status=$?
}
said() { cat "$T/said"; }
restart() { # arguments...
	stop_doorward
	: >"$T/log"
	start_doorward "$@"
}
dial() { # variable port [host]: connect and keep the connection
	{ exec {dialled}<>"/dev/tcp/${3:-127.0.0.1}/$2"; } 2>/dev/null || return
	printf -v "$1" %s "$dialled"
}
held() { # variable port: connect to a keeper and be served
	dial "$1" "$2" && echo hello >&"${!1}" && read -r -t "$DEADLINE" _ <&"${!1}"
}
closed() { # fd: does the other side close without a word?
	local line
	! read -r -t "$DEADLINE" line <&"$1" && [ -z "$line" ]
}
is_gone() { ! kill -0 "$1" 2>/dev/null; }
shown() { # option... : the settings that the table shows for the one entry
	"$DOORWARD" -t "$@" "$T/conf" 2>&1 | sed "s/.*0.0.0.0:$P *//"
}

entry "$P" first >"$T/conf"
entry "$Q" second >"$T/conf2"
mkdir "$T/d"
entry "$R" third >"$T/d/one"

# --- words ----------------------------------------------------------------------------------------

run -V
is "$status" 0 "-V: status"
like "$(said)" '^doorward [0-9]' "-V: the version"
for what in sysconfdir fdset fork libwrap tirpc hardening 'chargen dgram' 'tcpmux stream'; do
	like "$(said)" "^ *$what" "-V: says $what"
done
cp "$T/said" "$T/features"
run --version
same_file "$T/said" "$T/features" "--version is the same"
run -h
is "$status" 0 "-h: status"
for what in -f -i -d -t -l -R -c -C -s -a -p -q -E -w -W -V -h --foreground --debug --check --log-connections \
	--rate '--pidfile\[=FILE\]' --backlog --environment --resolve --version --help; do
	like "$(said)" "(^| )$what(,| |$)" "-h names $what"
done
cp "$T/said" "$T/help"
run --help
same_file "$T/said" "$T/help" "--help is the same"

# --- exit statuses --------------------------------------------------------------------------------

wrong() { # description message arguments...
	local what=$1 message=$2
	shift 2
	run "$@" "$T/conf"
	is "$status" 64 "$what: status"
	like "$(said)" "$message" "$what: message"
}
wrong "an unknown letter" "(invalid option -- 'Z'|unrecognized option: Z)$" -Z # getopt of glibc, of musl
wrong "an unknown long option" "bogus" --bogus
wrong "no number" '^doorward: --rate "x": not a number$' -f -R x
wrong "a number with a tail" '^doorward: -c "5x": not a number$' -f -c 5x
wrong "a number below 0" '^doorward: -C "-1": not a number$' -f -C -1
wrong "a number too large" '^doorward: -s "4294967296": out of range \(0-1000000\)$' -f -s 4294967296
wrong "a backlog too large" '^doorward: --backlog "2147483648": out of range \(1-65535\)$' -f -q 2147483648
wrong "no address" '^doorward: -a needs an address$' -f -a ''
wrong "-t with a wrong option" 'not a number' -t -R x
run -f -R
is "$status" 64 "an argument that is missing: status"

run -t "$T/conf"
is "$status" 0 "-t: a good configuration"
run -t "$T/missing"
is "$status" 78 "-t: a missing file"
run -t -a nowhere.invalid "$T/conf"
is "$status" 78 "-t: an address that is none"

run -f --control= -p"$T/no/such/folder/pid" "$T/conf"
is "$status" 71 "a pid file that cannot be made: status"
like "$(said)" "$T/no/such/folder/pid.lock: No such file or directory" "a pid file that cannot be made: message"

# --- files and folders, mixed with options --------------------------------------------------------

run "$T/conf" -t "$T/d" --rate 7 "$T/conf2"
is "$status" 0 "options between the files: status"
is "$(cut -d' ' -f1 "$T/said" | tr '\n' ' ')" "$P $R $Q " "files and folders in the order given"
is "$(grep -c 'service_max=7$' "$T/said")" 3 "an option behind a file holds for it too"
cd "$T" || exit 99
entry 17001 dash >"$T/-t"
run -t -- -t conf2
is "$status/$(wc -l <"$T/said")" 0/2 "-- ends the options"
cd / || exit 99

# --- the default files ----------------------------------------------------------------------------

defaults() { # what a configuration of the usual name gives, in a mount namespace of its own
	local dir at packages lib
	dir=$(sed -n 's/^ *sysconfdir: //p' "$T/features")
	at=$dir
	until [ -d "$at" ]; do at=$(dirname "$at"); done
	packages=$(sed -n 's/^ *packages: //p' "$T/features")
	lib=$packages
	until [ -d "$lib" ]; do lib=$(dirname "$lib"); done
	case $at in /etc | /) return 1 ;; esac
	case $lib in /lib | /usr/lib | /) return 1 ;; esac
	unshare -rm bash -c '
		cp "$0" "$1/doorward" && mount -t tmpfs none "$2" && mkdir -p "$3" || exit 1
		entry="stream tcp4 nowait root /bin/echo"
		"$1/doorward" -t >"$1/none" 2>&1
		echo "17001 $entry" >"$3/inetd.conf"
		"$1/doorward" -t >"$1/file" 2>&1
		mkdir "$3/inetd.d"
		echo "17002 $entry" >"$3/inetd.d/more"
		"$1/doorward" -t >"$1/both" 2>&1
		mount -t tmpfs none "$4" && mkdir -p "$5" || exit 1
		for name in a.conf b.conf c.conf c.conf.bak not-ours; do echo "17003 $entry" >"$5/$name"; done
		echo "17004 off user = root, exec = /bin/echo, socktype = stream, protocol = tcp4;" >"$5/d.conf"
		ln -s /dev/null "$3/inetd.d/a.conf"
		echo "17005 $entry" >"$3/inetd.d/b.conf"
		"$1/doorward" -t >"$1/layers" 2>&1
		rm -r "$3/inetd.d"
		"$1/doorward" -t >"$1/beneath" 2>&1
	' "$DOORWARD" "$T" "$at" "$dir" "$lib" "$packages" 2>/dev/null
}
if defaults; then
	like "$(cat "$T/none")" '/inetd.conf:.*error: No such file' "no file given: inetd.conf is the default"
	is "$(cut -d' ' -f1 "$T/file" | tr '\n' ' ')" "17001 " "inetd.conf alone: inetd.d is not missed"
	is "$(cut -d' ' -f1 "$T/both" | tr '\n' ' ')" "17001 17002 " "inetd.conf and inetd.d"
	is "$(sed 's|.* file=/.*/||' "$T/both" | tr '\n' ' ')" "inetd.conf:1 more:1 " "-t says where each entry stands"
	is "$(sed 's|.* file=/.*/\([^/]*/[^/]*/[^/]*\)$|\1|' "$T/layers" | sed 's|.*/\(.*/\)|\1|' | tr '\n' ' ')" \
		"etc/inetd.conf:1 inetd.d/b.conf:1 doorward/c.conf:1 inetd.d/more:1 " "packages' entries stand beneath inetd.d"
	like "$(grep c.conf "$T/layers")" " file=$(sed -n 's/^ *packages: //p' "$T/features")/c.conf:1$" "... in a folder of their own"
	unlike "$(cat "$T/layers")" 'error|warning' "... and nothing is found wrong"
	is "$(grep -v warning "$T/beneath" | cut -d' ' -f1 | tr '\n' ' ')" "17001 17003 " "... of two for one port the later serves"
	like "$(cat "$T/beneath")" 'a.conf:1:1: warning: .* is served by the later entry at .*/b.conf:1' "... and they are read without inetd.d"
else
	skip "no mount namespace for the default files"
fi

# --- defaults for entries, as the table shows them ------------------------------------------------

is "$(shown)" 'args="echo first"' "no option: the usual defaults"
is "$(shown -R 7)" 'args="echo first" service_max=7' "-R"
is "$(shown --rate=7)" 'args="echo first" service_max=7' "--rate"
is "$(shown -R 0)" 'args="echo first"' "-R 0: no limit"
is "$(shown -c 7)" 'args="echo first" accept_max=7' "-c"
is "$(shown -c 0)" 'args="echo first" accept_max=0' "-c 0: no limit"
is "$(shown -c 256)" 'args="echo first"' "-c: 256 is the default"
is "$(shown -C 7)" 'args="echo first" ip_max=7' "-C"
is "$(shown -s 7)" 'args="echo first" source_max=7' "-s"
is "$(shown -q 7)" 'args="echo first" backlog=7' "-q"
is "$(shown --backlog=7)" 'args="echo first" backlog=7' "--backlog"
entry "$P" first nowait.3 >"$T/conf"
like "$(shown -R 7)" ' service_max=3$' "an entry's own rate comes before -R"
entry "$P" first nowait/3/4/5 >"$T/conf"
like "$(shown -c 7 -C 8 -s 9)" ' accept_max=3 source_max=5 ip_max=4$' "an entry's own limits come before -c, -C, -s"
entry "$P" first >"$T/conf"
like "$("$DOORWARD" -t -a 127.0.0.2 "$T/conf")" " 127.0.0.2:$P " "-a: an entry without address"
{
	echo "127.0.0.3:$(entry "$P" first)"
	echo "127.0.0.4:"
	entry "$Q" second
	echo "*:"
	entry "$R" third
} >"$T/conf3"
"$DOORWARD" -t -a 127.0.0.2 "$T/conf3" >"$T/said" 2>&1
like "$(said)" " 127.0.0.3:$P " "-a: an entry's address comes first"
like "$(said)" " 127.0.0.4:$Q " "-a: a line's default address comes first"
like "$(said)" " 127.0.0.2:$R |0.0.0.0:$R " "*: goes back"

# --- and what they do -----------------------------------------------------------------------------

keeper "$P" >"$T/conf"
restart -c 1 "$T/conf"
ok "-c 1: the first is served" held one "$P"
dial two "$P" && echo waiting >&"$two"
ok "-c 1: the second waits" wait_for logged "pause service=$P reason=accept_max"
exec {one}>&-
line=
read -r -t "$DEADLINE" line <&"$two"
is "$line" waiting "-c 1: until the first is gone"
exec {two}>&-

restart -s 1 -a 127.0.0.1 "$T/conf"
ok "-s 1: the first is served" held one "$P"
dial two "$P"
ok "-s 1: another of the same source is closed" closed "$two"
ok "-s 1: it is logged" wait_for logged "reject service=$P from=127.0.0.1:[0-9]+ reason=source_max"
exec {one}>&- {two}>&-
is "$(tcp 127.0.0.2 "$P" 2>&1)" "" "-a 127.0.0.1: 127.0.0.2 is not served"
ok "-a 127.0.0.1: it is logged" logged "listen service=$P address=127.0.0.1:$P "

entry "$P" first >"$T/conf"
restart -C 2 "$T/conf"
is "$(tcp 127.0.0.1 "$P")$(tcp 127.0.0.1 "$P")$(tcp 127.0.0.1 "$P" 2>/dev/null)" firstfirst \
	"-C 2: two starts of a source, the third is closed"
ok "-C 2: it is logged" wait_for logged "reject service=$P from=127.0.0.1:[0-9]+ reason=ip_max"

restart -R 2 "$T/conf"
is "$(tcp 127.0.0.1 "$P")$(tcp 127.0.0.1 "$P")" firstfirst "-R 2: two starts"
dial one "$P"
ok "-R 2: the third waits" wait_for logged "pause service=$P reason=service_max"
exec {one}>&-

backlog() { ss -Hltn "sport = :$P" 2>/dev/null | awk '{ print $3 }'; }
if command -v ss >/dev/null && [ -n "$(backlog)" ]; then
	is "$(backlog)" "$(cat /proc/sys/net/core/somaxconn 2>/dev/null)" "no -q: the system's SOMAXCONN"
	restart -q 17 "$T/conf"
	is "$(backlog)" 17 "-q 17: the backlog of the socket"
else
	skip "no ss to show the backlog"
fi

# --- the environment ------------------------------------------------------------------------------

echo "$P stream tcp4 nowait $S /usr/bin/env" >"$T/conf"
export OWN_VARIABLE=handed
restart "$T/conf"
tcp 127.0.0.1 "$P" >"$T/env"
unlike "$(cat "$T/env")" OWN_VARIABLE "without -E: the daemon's variables are not handed on"
like "$(cat "$T/env")" '^TCPREMOTEIP=127.0.0.1$' "without --environment: the addresses are set"
like "$(cat "$T/env")" '^REMOTE_HOST=127.0.0.1$' "without --resolve: REMOTE_HOST is the address"
unlike "$(cat "$T/env")" '^TCPREMOTEHOST=' "without --resolve: no name"
restart -E "$T/conf"
tcp 127.0.0.1 "$P" >"$T/env"
like "$(cat "$T/env")" '^OWN_VARIABLE=handed$' "-E: they are"
like "$(cat "$T/env")" '^TCPREMOTEIP=127.0.0.1$' "-E: with the addresses"
restart --environment --resolve "$T/conf"
tcp 127.0.0.1 "$P" >"$T/env"
like "$(cat "$T/env")" '^TCPREMOTEIP=127.0.0.1$' "--environment is accepted"
name=$(getent hosts 127.0.0.1 | awk '{ print $2; exit }')
if [ -n "$name" ]; then
	like "$(cat "$T/env")" "^TCPREMOTEHOST=$name$" "--resolve: the host name"
else
	skip "127.0.0.1 has no name here"
fi
unset OWN_VARIABLE

# --- the log --------------------------------------------------------------------------------------

entry "$P" first >"$T/conf"
for option in -l --log-connections; do
	restart "$option" "$T/conf"
	tcp 127.0.0.1 "$P" >/dev/null
	ok "$option: an accept is logged" wait_for logged "^accept service=$P from=127.0.0.1:[0-9]+ pid=[0-9]+ running=1/256"
	ok "$option: a clean exit is logged" wait_for logged "^exit service=$P pid=[0-9]+ status=0 duration="
done
restart -d "$T/conf"
tcp 127.0.0.1 "$P" >/dev/null
kill -0 "$pid"
is "$?" 0 "-d stays in the foreground"
stop_doorward
is "$(log_count 'accept|exit ')" 0 "without -l neither is"
for option in -f -i --foreground --debug; do
	"$DOORWARD" "$option" --control= -p"$T/pid" "$T/conf" >>"$T/out" 2>>"$T/log" &
	pid=$!
	wait_for pid_file_written
	is "$(cat "$T/pid")" "$pid" "$option stays in the foreground"
	ok "$option: TERM ends it with 0" stop_doorward
done

: >"$T/journal"
echo wrong >"$T/wrong"
exec 9>>"$T/journal"
JOURNAL_STREAM=$(stat -L -c %d:%i "$T/journal") "$DOORWARD" -f --no-time -l --control= -p"$T/pid" "$T/conf" "$T/wrong" 2>&9 &
pid=$!
wait_for pid_file_written
ok "the journal: TERM ends it with 0" stop_doorward
like "$(cat "$T/journal")" "^<6>listen service=$P " "the journal: events with their priority, without a name"
like "$(cat "$T/journal")" "^<3>$T/wrong:.* error: " "the journal: errors with theirs"
exec 9>&-
JOURNAL_STREAM=1:1 start_doorward "$T/conf"
ok "no journal there: plain lines" logged "^listen service=$P "

# --- the pid file ---------------------------------------------------------------------------------

run -f --control= -p"$T/pid" "$T/conf2"
is "$status" 71 "a second instance on the same pid file: status"
like "$(said)" "$T/pid: another instance is running \(pid $pid\)" "a second instance: message"
is "$(tcp 127.0.0.1 "$P")" first "a second instance: the first serves on"
is "$(cat "$T/pid")" "$pid" "a second instance: the pid file is still the first's"
is "$(wc -l <"$T/pid")" 1 "the pid file is one line"
stop_doorward
ok "the pid file is removed at exit" test ! -e "$T/pid"
ok "and its lock" test ! -e "$T/pid.lock"
echo 1 >"$T/pid"
"$DOORWARD" -f --no-time --control= --pidfile="$T/pid" "$T/conf" 2>>"$T/log" &
pid=$!
holds_pid() { [ "$(cat "$T/pid")" = "$pid" ]; }
ok "--pidfile: a stale file is taken over" wait_for holds_pid
is "$(tcp 127.0.0.1 "$P")" first "it is written when the sockets are open"
rm "$T/pid"
echo other >"$T/pid"
stop_doorward
is "$(cat "$T/pid")" other "a file that another has put there is not removed"
rm "$T/pid"
before=$(ls "$T")
"$DOORWARD" -p -f --no-time --control= "$T/conf" 2>>"$T/log" &
pid=$!
serves() { [ "$(tcp 127.0.0.1 "$P" 2>/dev/null)" = first ]; }
ok "-p alone: no pid file, but service" wait_for serves
stop_doorward
is "$(ls "$T")" "$before" "-p alone: nothing was written"

# --- relative paths -------------------------------------------------------------------------------

mkdir "$T/work"
cp "$T/conf" "$T/work/relative"
entry "$U" included >"$T/work/included"
echo ".include included" >>"$T/work/relative"
(cd "$T/work" && exec "$DOORWARD" --control= -ppid relative ../d) >"$T/said" 2>&1
is "$?/$(said)" 0/ "the background: the parent ends with 0 and says nothing"
pid=$(cat "$T/work/pid")
is "$(tcp 127.0.0.1 "$P")" first "the background: it serves as soon as the parent ends"
is "$(readlink "/proc/$pid/cwd" 2>/dev/null || echo /)" / "the background: the daemon leaves the folder"
is "$(ps -o sid= -p "$pid" | tr -d ' ')" "$pid" "the background: a session of its own"
is "$(ps -o tty= -p "$pid" | tr -d ' ')" "?" "the background: no terminal"
for fd in 0 1 2; do
	is "$(readlink "/proc/$pid/fd/$fd")" /dev/null "the background: fd $fd is /dev/null"
done
entry "$Q" later >>"$T/work/relative"
kill -HUP "$pid"
later() { [ "$(tcp 127.0.0.1 "$Q" 2>/dev/null)" = later ]; }
ok "relative paths hold for a reload in another folder" wait_for later
is "$(tcp 127.0.0.1 "$R")" third "and for a folder"
is "$(tcp 127.0.0.1 "$U")" included "and for what a file includes"
kill -TERM "$pid"
ok "the background: TERM ends it" wait_for is_gone "$pid"
ok "the background: the pid file is removed" test ! -e "$T/work/pid"

# --- the background, with trouble -----------------------------------------------------------------

background() { # arguments...: status and what it said
	"$DOORWARD" --control= "$@" >"$T/said" 2>&1 </dev/null
	status=$?
}
printf '70000 stream tcp nowait %s /bin/cat\n%s\n' "$S" "$(entry "$P" first)" >"$T/conf"
background -p"$T/pid" "$T/conf"
is "$status" 0 "a bad line: it starts"
like "$(said)" "^doorward: $T/conf:1:1: error: port \"70000\" is out of range" "a bad line: the terminal is told"
is "$(wc -l <"$T/said")" 1 "a bad line: it is told once"
pid=$(cat "$T/pid")
is "$(tcp 127.0.0.1 "$P")" first "a bad line: the good one is served"
background -p"$T/pid" "$T/conf"
is "$status" 71 "a second instance in the background: status"
like "$(said)" "another instance is running \(pid $pid\)" "a second instance in the background: the terminal is told"
background -p"$T/pid2" "$T/conf"
is "$status" 0 "a port in use: it starts, and tries again"
like "$(said)" "listen service=$P .*error=\"$(message EADDRINUSE)\"" "a port in use: the terminal is told"
kill -TERM "$pid" "$(cat "$T/pid2")"
both_gone() { [ ! -e "$T/pid" ] && [ ! -e "$T/pid2" ]; }
ok "both end" wait_for both_gone
pid=
background -p"$T/pid" "$T/missing"
is "$status" 78 "a missing file: it does not start"
like "$(said)" "$T/missing: error: No such file or directory" "a missing file: the terminal is told"
: >"$T/empty"
background --control="$T/ctl" -p"$T/pid" "$T/empty"
is "$status" 0 "an empty file: it starts"
like "$(said)" "nothing is served: there is no entry" "an empty file: the terminal is told"
like "$("$abs_top_builddir/src/doorwardctl" -s "$T/ctl" status)" "^nothing is served: there is no entry$" "status says so too"
echo "$P stream tcp4 nowait $SOMEBODY /bin/echo echo taken up" >"$T/empty"
kill -HUP "$(cat "$T/pid")"
taken_up() { [ "$(tcp 127.0.0.1 "$P")" = "taken up" ]; }
ok "an empty file: a reload takes up what comes" wait_for taken_up
kill -TERM "$(cat "$T/pid")"
ok "and ends" wait_for test ! -e "$T/pid"

# --- what it was started with ---------------------------------------------------------------------

# Without 0, 1 and 2, with other descriptors open, with signals blocked and ignored.
cat >"$T/start" <<'EOF2'
import os, signal, sys
how, program, *args = sys.argv[1:]
names = "HUP TERM INT QUIT USR1 CHLD PIPE ALRM USR2".split()
if "ignored" in how:
    for name in names:
        signal.signal(getattr(signal, "SIG" + name), signal.SIG_IGN)
if "blocked" in how:
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
if "open" in how:
    for fd in 3, 9, 200, 250:
        os.dup2(os.open("/dev/null", os.O_RDWR), fd)
    for fd in range(3, 251):
        try:
            os.set_inheritable(fd, True)
        except OSError:
            pass
if "closed" in how:
    for fd in 0, 1, 2:
        os.close(fd)
os.execv(program, [program] + args)
EOF2
cat >"$T/tell" <<'EOF2'
#!/bin/sh
grep -E '^Sig(Blk|Ign)' /proc/self/status
echo $(ls /proc/self/fd) # ls has one more of its own
EOF2
chmod 755 "$T/tell"
echo "$P stream tcp4 nowait $S $T/tell" >"$T/conf"
for how in blocked ignored blocked-ignored; do
	rm -f "$T/pid"
	: >"$T/log"
	python3 "$T/start" "$how-open" "$DOORWARD" -f --no-time -l --control= -p"$T/pid" "$T/conf" 2>>"$T/log" &
	pid=$!
	wait_for pid_file_written
	is "$(tcp 127.0.0.1 "$P" | tr '\t\n' '  ')" "SigBlk: 0000000000000000 SigIgn: 0000000000000000 0 1 2 3 " \
		"$how signals and open descriptors do not reach handlers"
	ok "$how: handlers are reaped" wait_for logged "exit service=$P "
	ok "$how: HUP is heard" reload
	kill -USR1 "$pid"
	ok "$how: USR1 is heard" wait_for logged "state service=$P "
	ok "$how: TERM is heard" stop_doorward
done
python3 "$T/start" closed "$DOORWARD" -f --no-time --control= -p"$T/pid" "$T/conf" &
pid=$!
ok "started without 0, 1 and 2: it serves" wait_for pid_file_written
like "$(tcp 127.0.0.1 "$P" | tr '\n' ' ')" " 0 1 2 3 $" "started without 0, 1 and 2: handlers have them"
ok "started without 0, 1 and 2: it ends" stop_doorward
for how in closed closed-ignored-blocked; do
	ok "$how, the background: the parent ends with 0" \
		timeout "$DEADLINE" python3 "$T/start" "$how" "$DOORWARD" --control= -p"$T/pid" "$T/conf"
	pid=$(cat "$T/pid")
	like "$(tcp 127.0.0.1 "$P" | tr '\n' ' ')" " 0 1 2 3 $" "$how, the background: it serves"
	python3 "$T/start" "$how" "$DOORWARD" --control= -p"$T/pid" "$T/conf"
	is "$?" 71 "$how, the background: a refused start has its status"
	kill -TERM "$pid"
	ok "$how, the background: it ends" wait_for is_gone "$pid"
	pid=
done

# --- libwrap, and syslog: in a mount namespace of root --------------------------------------------

wrapped() { # options...: with 127.0.0.1 denied to "echo" and "daytime"
	rm -f "$T/pid"
	: >"$T/log"
	unshare -m bash -c 'mount --bind "$0/etc" /etc && exec "$@"' "$T" \
		"$DOORWARD" -f --no-time -l --control= -p"$T/pid" "$@" "$T/conf" 2>>"$T/log" &
	pid=$!
	wait_for pid_file_written
}
in_namespace() { [ "$(id -u)" = 0 ] && unshare -m mount --bind /tmp /mnt 2>/dev/null; }
has_libwrap() { grep -q '^ *libwrap: yes' "$T/features"; }
if ! in_namespace; then
	skip "no mount namespace: -w and -W"
elif ! has_libwrap; then
	entry "$P" first >"$T/conf"
	run -t -w "$T/conf"
	is "$status" 78 "-w is refused in a build without libwrap"
else
	cp -a /etc "$T/etc"
	echo "echo daytime: 127.0.0.1" >"$T/etc/hosts.deny"
	: >"$T/etc/hosts.allow"
	{
		entry "$P" outside
		echo "$Q stream tcp4 nowait $S internal daytime"
	} >"$T/conf"
	wrapped
	is "$(tcp 127.0.0.1 "$P")" outside "without -w and -W: a program is served"
	like "$(tcp 127.0.0.1 "$Q")" ':' "without -w and -W: a builtin is served"
	stop_doorward
	wrapped -w
	is "$(tcp 127.0.0.1 "$P")" "" "-w: a program is not served to whom hosts.deny names"
	ok "-w: it is logged" wait_for logged "reject service=$P from=127.0.0.1:[0-9]+ reason=hosts_access"
	like "$(tcp 127.0.0.1 "$Q")" ':' "-w: a builtin is served"
	stop_doorward
	wrapped -W
	is "$(tcp 127.0.0.1 "$Q")" "" "-W: a builtin is not served to whom hosts.deny names"
	ok "-W: it is logged" wait_for logged "reject service=$Q from=127.0.0.1:[0-9]+ reason=hosts_access"
	is "$(tcp 127.0.0.1 "$P")" outside "-W: a program is served"
	stop_doorward
fi

syslogged() { grep -aq -e "$1" "$T/syslog"; }
if in_namespace; then
	mkdir "$T/dev"
	for device in null zero urandom; do : >"$T/dev/$device"; done
	python3 - "$T" <<'EOF2' &
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1] + "/dev/log")
with open(sys.argv[1] + "/syslog", "wb", buffering=0) as out:
    while True:
        out.write(s.recv(65536) + b"\n")
EOF2
	wait_for test -e "$T/syslog"
	printf '70000 stream tcp nowait %s /bin/cat\n%s\n' "$S" "$(entry "$P" first)" >"$T/conf"
	rm -f "$T/pid"
	unshare -m bash -c '
		for device in null zero urandom; do mount --bind "/dev/$device" "$0/dev/$device" || exit; done
		mount --rbind "$0/dev" /dev && exec "$@"' "$T" \
		"$DOORWARD" -l --control= -p"$T/pid" "$T/conf" >"$T/said" 2>&1
	is "$?" 0 "syslog: it starts"
	pid=$(cat "$T/pid")
	is "$(tcp 127.0.0.1 "$P")" first "syslog: it serves"
	ok "syslog: an event, facility daemon, with the daemon's pid" wait_for syslogged "^<30>.* doorward\[$pid\]: accept service=$P "
	ok "syslog: an error at its priority" syslogged "^<27>.* doorward\[$pid\]: $T/conf:1:1: error: "
	is "$(wc -l <"$T/said")" 1 "syslog: the terminal has what was wrong, and no more"
	kill -TERM "$pid"
	ok "syslog: it ends" wait_for is_gone "$pid"
	pid=
else
	skip "no mount namespace: syslog"
fi
# --- a configuration on standard input -----------------------------------------------------------

IN=$(free_port)
entry="127.0.0.1:$IN stream tcp nowait $SOMEBODY /bin/cat cat"
like "$(echo "$entry" | "$DOORWARD" -t - 2>&1)" "^$IN stream tcp4 nowait .*/bin/cat" "-t -: the table"
is "$(echo "$IN stream tpc nowait $SOMEBODY /bin/cat" | "$DOORWARD" -t - 2>&1 | grep -c '^stdin:1:')" 1 "-t -: a mistake has its place"
is "$(printf 'a\0b' | "$DOORWARD" -t - 2>&1)" "doorward: standard input: there is a NUL byte in it" "-t -: a NUL byte"
: >"$T/log"
rm -f "$T/pid"
"$DOORWARD" -f --no-time --control= -p"$T/pid" - <<<"$entry" 2>>"$T/log" &
pid=$!
ok "-: it starts" wait_for pid_file_written
is "$(tcp 127.0.0.1 "$IN" hello)" hello "-: what it says is served"
ok "-: a reload" reload
ok "-: says that it cannot be read again" logged 'standard input cannot be read again'
is "$(tcp 127.0.0.1 "$IN" hello)" hello "-: and goes on"
ok "-: TERM ends it" stop_doorward

# Nowhere to put a control socket, and nobody who asked for one.
: >"$T/log"
echo "$entry" >"$T/conf"
if [ "$ME" = root ] && command -v setpriv >/dev/null; then
	as=(setpriv --reuid=nobody "--regid=$(id -g nobody)" --clear-groups)
	cp "$DOORWARD" "$T/doorward" && chmod 755 "$T/doorward"
	sed -i 's/ nobody / - /' "$T/conf"
else
	as=() && cp "$DOORWARD" "$T/doorward"
fi
env -u XDG_RUNTIME_DIR "${as[@]}" "$T/doorward" -f --no-time -p "$T/conf" 2>>"$T/log" &
pid=$!
ok "no place for a control socket: it serves" wait_for logged '^start '
ok "and says so, with what to write" logged 'no control socket: XDG_RUNTIME_DIR is not set; --control PATH .*--pidfile FILE'
ok "TERM ends it" stop_doorward
done_testing
