#!/usr/bin/env bash
# e2e/tcp.sh -- a program behind tcp: over IPv4, IPv6, both as two sockets
. "$(dirname "$0")/../lib/lib.sh"

P4=$(free_port) P6=$(free_port) PB=$(free_port)
cat >"$T/conf" <<EOF
$P4 stream tcp4 nowait $SOMEBODY /bin/cat cat
$P6 stream tcp6 nowait $SOMEBODY /bin/cat
$PB stream tcp nowait $SOMEBODY /usr/bin/env env
EOF
start_doorward -l "$T/conf"

is "$(tcp 127.0.0.1 "$P4" hello)" hello "tcp4: a program echoes"
ok "tcp4: 100,000 bytes come back unchanged" bash -c "
	head -c 100000 /dev/urandom >$T/data; timeout 10 nc -N 127.0.0.1 $P4 <$T/data | cmp - $T/data"
if has_ipv6; then
	is "$(tcp ::1 "$P6" hello)" hello "tcp6: a program echoes"
	ok "tcp6: IPv4 is not served" bash -c "! nc -z 127.0.0.1 $P6"
	like "$(tcp ::1 "$PB")" '^TCPREMOTEIP=::1$' "tcp: an IPv6 peer is told"
else
	skip "no IPv6 here"
fi
like "$(tcp 127.0.0.1 "$PB")" '^TCPREMOTEIP=127.0.0.1$' "tcp: an IPv4 peer is plain IPv4"
ok "each start is logged" wait_for logged_times 3 "accept service=$P4|accept service=$P6|accept service=$PB"
ok "TERM ends it orderly" stop_doorward
done_testing
