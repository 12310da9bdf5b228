# shellcheck shell=bash
# lib.sh -- what the end-to-end tests share: TAP, a folder of their own, doorward started and stopped.
#
# A test sources this file, calls start_doorward and the like, says ok/is/like, and ends with done_testing.
# Nothing sleeps for a fixed time: wait_for polls until a deadline.

set -u
: "${abs_top_srcdir:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
: "${abs_top_builddir:=$abs_top_srcdir/build}"
: "${DOORWARD:=$abs_top_builddir/src/doorward}"
export TESTS=$abs_top_srcdir/tests/e2e PYTHONPATH=$abs_top_srcdir/tests/lib
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C

count=0
failures=0
pid=
DEADLINE=${DEADLINE:-20} # seconds that wait_for allows a slow machine

# The folder is readable for handlers that run as somebody else.
T=$(mktemp -d "${TMPDIR:-/tmp}/doorward-test.XXXXXX") || exit 99
chmod 755 "$T"
# root runs handlers as nobody where a test does not say otherwise; anybody else as himself.
if [ "$(id -u)" = 0 ]; then ME=root SOMEBODY=nobody; else ME=$(id -un) SOMEBODY=-; fi
export ME SOMEBODY

cleanup() {
	[ -n "$pid" ] && kill -KILL "$pid" 2>/dev/null
	# Handlers are in sessions of their own; what a test started is marked by its folder.
	local p
	for p in $(jobs -p); do kill "$p" 2>/dev/null; done
	[ -n "${KEEP:-}" ] && { echo "# kept: $T"; return; }
	rm -rf "$T"
}
trap cleanup EXIT
trap 'exit 99' TERM INT

skip_all() { # reason: the whole test cannot run here
	echo "1..0 # SKIP $*"
	[ -n "${TESTS_RUN:-}" ] && exit 0
	exit 77
}

note() { printf '%s\n' "$*" | sed 's/^/# /'; }

pass() { count=$((count + 1)); echo "ok $count - $*"; }
fail() { # description, then lines that explain
	count=$((count + 1))
	failures=$((failures + 1))
	echo "not ok $count - $1"
	shift
	[ $# -gt 0 ] && note "$*"
	return 0
}
skip() { count=$((count + 1)); echo "ok $count # SKIP $*"; }

ok() { # description command...: succeeds?
	local what=$1
	shift
	# In this shell: stop_doorward and the like keep their variables here.
	if "$@" >"$T/ok.out" 2>&1; then pass "$what"; else fail "$what" "failed: $*" "$(cat "$T/ok.out")"; fi
}
is() { # got expected description
	if [ "$1" = "$2" ]; then pass "$3"; else fail "$3" "got:      $1" "expected: $2"; fi
}
like() { # text extended-regex description
	if grep -Eq -e "$2" <<<"$1"; then pass "$3"; else fail "$3" "no match for: $2" "in: $1"; fi
}
unlike() { # text extended-regex description
	if grep -Eq -e "$2" <<<"$1"; then fail "$3" "should not match: $2" "in: $1"; else pass "$3"; fi
}
same_file() { # file file description
	if cmp -s "$1" "$2"; then pass "$3"; else fail "$3" "$(cmp "$1" "$2" 2>&1)" "$(wc -c "$1" "$2" 2>&1)"; fi
}

done_testing() {
	echo "1..$count"
	if [ "$failures" -gt 0 ] && [ -f "$T/log" ]; then
		note "the daemon's log:"
		tail -n 30 "$T/log" | sed 's/^/#   /'
	fi
	[ "$failures" = 0 ]
	exit
}

wait_for() { # command...: poll until it succeeds, at most DEADLINE seconds
	local end=$((SECONDS + DEADLINE))
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.02
	done
}

free_ports() { # count: ports that are free for tcp and udp, on IPv4 and IPv6, a line each
	python3 "$abs_top_srcdir/tests/lib/ports.py" "$T/ports" "$1"
}
free_port() { free_ports 1; } # one a call: P=$(free_port)

has_ipv6() { # an address ::1
	if [ -r /proc/net/if_inet6 ]; then
		grep -q '^0\{31\}1 ' /proc/net/if_inet6
	else
		python3 -c 'import socket; s=socket.socket(socket.AF_INET6); s.bind(("::1",0))' 2>/dev/null
	fi
}

pid_file_written() { [ -s "$T/pid" ]; }

# Start doorward in the foreground with these arguments; its log is $T/log, its pid $pid. Returns when its sockets are open.
start_doorward() {
	rm -f "$T/pid"
	"$DOORWARD" -f --no-time --control= -p"$T/pid" "$@" >>"$T/out" 2>>"$T/log" &
	pid=$!
	wait_for pid_file_written || { note "doorward did not start"; sed 's/^/#   /' "$T/log"; return 1; }
}

stop_doorward() { # orderly; its exit status
	[ -n "$pid" ] || return 0
	kill -TERM "$pid"
	wait "$pid"
	local status=$?
	pid=
	return $status
}

message() { # ERRNO: strerror's words here; those of EADDRINUSE, EIO and others differ in musl
	python3 -c 'import errno, os, sys; print(os.strerror(getattr(errno, sys.argv[1])))' "$1"
}
log_count() { grep -Ec -e "$1" "$T/log"; }           # lines of the log that match
logged() { grep -Eq -e "$1" "$T/log"; }              # is there one?
logged_times() { [ "$(log_count "$2")" -ge "$1" ]; } # n regex: are there at least n?

# Signal HUP and wait until the reload is done, well or badly.
reload() {
	local before
	before=$(log_count '^reload kept=|reload: nothing was changed')
	kill -HUP "$pid"
	wait_for logged_times $((before + 1)) '^reload kept=|reload: nothing was changed'
}

tcp() { # host port [text]: send the text, end of input, print what comes back
	printf '%b' "${3:-}" | timeout 10 nc -N -w 10 "$1" "$2"
}
udp() { # host port text [seconds]: one datagram, print the first answers
	printf '%b' "$3" | timeout 10 nc -u -w "${4:-1}" "$1" "$2"
}
