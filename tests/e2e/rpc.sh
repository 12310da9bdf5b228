#!/usr/bin/env bash
# e2e/rpc.sh -- Sun RPC: registered with rpcbind, called, unregistered at reload and at exit
. "$(dirname "$0")/../lib/lib.sh"

if [ -z "${OWN_RPCBIND:-}" ]; then
	# libasan wraps xdr_* and looks for the real ones at start, when the library is not loaded yet.
	"$DOORWARD" -V | grep -q '^sanitizers: no$' || skip_all "libasan breaks a libtirpc that is loaded later"
	command -v rpcbind >/dev/null || skip_all "no rpcbind"
	"$DOORWARD" -V | grep -q 'tirpc: yes' || skip_all "built without libtirpc"
	as_root=(unshare -mn)
	[ "$(id -u)" = 0 ] || as_root=(unshare -rmn)
	"${as_root[@]}" true 2>/dev/null || skip_all "no namespaces here"
	rm -rf "$T"
	OWN_RPCBIND=yes exec "${as_root[@]}" bash "$0"
fi
ip link set lo up || exit 99
mount -t tmpfs tmpfs /run || skip_all "no mount here"
mkdir /run/rpcbind
# Its user is for a system with more than one.
grep -v '^_rpc:' /etc/passwd >"$T/passwd"
echo "_rpc:x:0:0::/:/bin/false" >>"$T/passwd"
mount --bind "$T/passwd" /etc/passwd || skip_all "no mount here"

start_rpcbind() {
	rpcbind -f -r >>"$T/rpcbind.log" 2>&1 &
	rpcbind=$!
	wait_for rpcbind_answers_or_ends
	kill -0 "$rpcbind" 2>/dev/null
}
rpcbind_answers_or_ends() { rpcinfo -p 127.0.0.1 || ! kill -0 "$rpcbind"; }
start_rpcbind || skip_all "rpcbind does not start here"

install -m 755 "${abs_top_builddir:?}/tests/lib/handler" "$T/handler" || exit 99
: >"$T/calls"
A=536870913 B=536870914 C=536870915 D=536870916
cat >"$T/conf" <<EOT
$A/1-3 stream rpc/tcp nowait - $T/handler handler rpc_stream 300 $T/calls
$B/1 dgram rpc/udp wait - $T/handler handler rpc_dgram 300 $T/calls
$C/7 on socktype = dgram, protocol = rpc/udp4, wait = no, user = -, exec = $T/handler,
	args = handler rpc_dgram 300 $T/calls;
$D/1 stream rpc/tcp4 nowait - $T/handler handler rpc_stream 300 $T/calls
EOT
start_doorward "$T/conf"

listed() { rpcinfo -s 127.0.0.1 2>/dev/null | grep -Eq "^ *$1 "; }
unlisted() { ! listed "$1"; }
# rpcinfo -s: program, versions, networks
versions() { rpcinfo -s 127.0.0.1 | awk -v p="$1" '$1 == p { print $2, $3 }'; }
# calls NET HOST PROGRAM VERSION...
calls() {
	local net=$1 host=$2 program=$3
	shift 3
	for version; do
		like "$(rpcinfo -T "$net" "$host" "$program" "$version" 2>&1)" \
			"program $program version $version ready" "program $program version $version answers over $net"
	done
}

ok "the last one is registered" wait_for listed "$D"
is "$(versions $A)" "3,2,1 tcp6,tcp" "name/lo-hi: every version, over both families"
is "$(versions $B) $(versions $C) $(versions $D)" "1 udp6,udp 7 udp 1 tcp" "what the protocol says is registered"
calls tcp 127.0.0.1 $A 1 2 3
calls udp 127.0.0.1 $B 1
calls udp 127.0.0.1 $C 7
calls tcp 127.0.0.1 $D 1
if has_ipv6; then
	calls tcp6 ::1 $A 2
	calls udp6 ::1 $B 1
else
	skip "no IPv6 here"
fi
ok "a handler was called with the right numbers" grep -q "null .* program=$A version=3" "$T/calls"

# Reload: one goes, one changes its versions, one stays, and one comes.
port_of() { rpcinfo -p 127.0.0.1 | awk -v p="$1" '$1 == p { print $4; exit }'; }
before=$(port_of $B)
sed -i "/^$D/d; s|^$A/1-3|$A/2-4|" "$T/conf"
echo "536870917/1 stream rpc/tcp nowait - $T/handler handler rpc_stream 300 $T/calls" >>"$T/conf"
reload
ok "reload: the new one is registered" wait_for listed 536870917
ok "reload: the one that went is not" wait_for unlisted $D
is "$(versions $A)" "4,3,2 tcp6,tcp" "reload: other versions"
is "$(port_of $B)" "$before" "reload: what stays keeps its port"
calls tcp 127.0.0.1 $A 4
calls udp 127.0.0.1 $B 1

# rpcbind forgets all when it is started anew; a reload tells it again.
kill "$rpcbind"
wait "$rpcbind" 2>/dev/null
start_rpcbind
ok "a new rpcbind knows nothing" unlisted $A
reload
ok "a reload registers all again" wait_for listed $A
ok "the last one, too" wait_for listed 536870917
calls udp 127.0.0.1 $B 1

ok "TERM ends it orderly" stop_doorward
is "$(rpcinfo -s 127.0.0.1 | grep -c 5368709)" 0 "all are unregistered at exit"

# Without rpcbind the services start, log and status say what is missing, and it is told again when it comes.
kill "$rpcbind"
wait "$rpcbind" 2>/dev/null
: >"$T/log"
start_doorward --control="$T/ctl" "$T/conf"
status() { "${abs_top_builddir:?}/src/doorwardctl" -s "$T/ctl" show "$1/1"; }
says() { "${abs_top_builddir:?}/src/doorwardctl" -s "$T/ctl" status "$1/1" | grep -q "$2"; }
ok "without rpcbind: it is logged" wait_for logged "rpcbind did not register program $B version 1"
ok "without rpcbind: the state says so" wait_for says $B 'listening (rpcbind)'
like "$(status $B)" 'rpcbind: not registered' "without rpcbind: and the last error"
like "$(status $B)" '0\.0\.0\.0:[1-9][0-9]* \[::\]:[1-9]' "the port that the system chose is shown"
like "$(cat "$T/log")" "^listen service=$B/1 address=0.0.0.0:[1-9]" "and logged"
start_rpcbind
ok "rpcbind comes: all is registered by itself" wait_for listed 536870917
is "$(versions $A)" "4,3,2 tcp6,tcp" "every version"
ok "it is logged" wait_for logged 'RPC: rpcbind has registered all'
is "$(log_count "did not register program $B version 1 for udp6")" 1 "that it was missing is logged once"
ok "the state says so" wait_for says $B 'listening  '
ok "it ends orderly" stop_doorward
done_testing
