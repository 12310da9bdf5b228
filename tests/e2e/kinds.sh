#!/usr/bin/env bash
# e2e/kinds.sh -- every kind of socket: a client, a handler, and the same bytes back
. "$(dirname "$0")/../lib/lib.sh"

install -m 755 "${abs_top_builddir:?}/tests/lib/handler" "$T/handler" || exit 99
mkdir "$T/run"

# same_bytes WHAT KIND WHERE...
same_bytes() {
	local what=$1
	shift
	ok "$what: the same bytes come back" python3 "$TESTS/traffic.py" "$@"
}

waiter_gone() { ! pgrep -f "^handler accept 200 $T/waits" >/dev/null; }
no_sockets() { [ -z "$(find "$T/run" -maxdepth 1 -type s)" ]; }

mapfile -t ports < <(free_ports 9)
read -r TCP TWAIT T46 U46 UWAIT UNOWAIT SPLIT4 SPLIT6 LATER <<<"${ports[*]}"
: >"$T/waits"
chmod 666 "$T/waits"
cat >"$T/conf" <<EOT
# unix
$T/run/stream stream unix nowait $SOMEBODY /bin/cat cat
$T/run/waits stream unix wait $SOMEBODY $T/handler handler accept 200
$T/run/dgram dgram unix wait $SOMEBODY $T/handler handler dgram 200
$T/run/seqpacket on socktype = seqpacket, protocol = unix, user = $SOMEBODY,
	exec = $T/handler, args = handler echo;
# tcp
$TCP stream tcp nowait $SOMEBODY /bin/cat cat
$TWAIT stream tcp wait $SOMEBODY $T/handler handler accept 200 $T/waits
$T46 stream tcp46 nowait $SOMEBODY /bin/sh sh -c "echo \$REMOTE_ADDR \$TCPLOCALIP; exec cat"
# udp
$UWAIT dgram udp wait $SOMEBODY $T/handler handler dgram 200
$UNOWAIT dgram udp nowait $SOMEBODY $T/handler handler dgram 200
$U46 dgram udp46 wait $SOMEBODY $T/handler handler dgram 200
# Who names the family has it, wherever the line stands.
$SPLIT4 stream tcp nowait $SOMEBODY /bin/echo echo both
$SPLIT4 stream tcp4 nowait $SOMEBODY /bin/echo echo four
$SPLIT6 stream tcp6 nowait $SOMEBODY /bin/echo echo six
$SPLIT6 stream tcp nowait $SOMEBODY /bin/echo echo both
# Of two for the same the later serves.
$LATER stream tcp4 nowait $SOMEBODY /bin/echo echo earlier
$LATER stream tcp4 nowait $SOMEBODY /bin/echo echo later
EOT
start_doorward "$T/conf"

is "$(log_count "listen service=$T46 ")" 1 "tcp46 is one socket"
is "$(log_count "listen service=$U46 ")" 1 "udp46 is one socket"
if has_ipv6; then is "$(log_count "listen service=$TCP ")" 2 "tcp is two"; else skip "no IPv6 here"; fi

same_bytes "unix stream" stream "$T/run/stream"
same_bytes "unix stream wait" stream "$T/run/waits"
same_bytes "unix dgram" dgram "$T/run/dgram"
same_bytes "unix seqpacket" seqpacket "$T/run/seqpacket"

hosts=(127.0.0.1)
if has_ipv6; then hosts+=(::1); else skip "no IPv6 here"; fi
for host in "${hosts[@]}"; do
	same_bytes "tcp nowait, $host" stream "$host" "$TCP"
	same_bytes "tcp wait, $host" stream "$host" "$TWAIT"
	same_bytes "tcp wait, $host, a second client" stream "$host" "$TWAIT"
	same_bytes "udp wait, $host" dgram "$host" "$UWAIT"
	same_bytes "udp wait, $host, a second client" dgram "$host" "$UWAIT"
	same_bytes "udp nowait, $host" dgram "$host" "$UNOWAIT"
	same_bytes "udp46, $host" dgram "$host" "$U46"
	is "$(tcp "$host" "$T46" hello | tr '\n' ' ')" "$host $host hello" "tcp46, $host: the peer's plain address"
	# A wait handler that went idle has ended; the service resumes.
	handlers=$(grep -c start "$T/waits")
	ok "tcp wait, $host: its handler ends" wait_for waiter_gone
	same_bytes "tcp wait, $host, after its end" stream "$host" "$TWAIT"
	ok "tcp wait, $host: another handler" [ "$(grep -c start "$T/waits")" -gt "$handlers" ]
done

is "$(tcp 127.0.0.1 "$SPLIT4")" four "tcp4 has the port's IPv4"
is "$(tcp 127.0.0.1 "$SPLIT6")" both "tcp keeps the IPv4 that tcp6 leaves"
is "$(tcp 127.0.0.1 "$LATER")" later "the later of two equal entries serves"
like "$(cat "$T/log")" "conf:21:1: warning: .$LATER" "the earlier one is a warning"
if has_ipv6; then
	is "$(tcp ::1 "$SPLIT4")" both "tcp keeps the IPv6 that tcp4 leaves"
	is "$(tcp ::1 "$SPLIT6")" six "tcp6 has the port's IPv6"
else
	skip "no IPv6 here"
fi

# The family comes back at reload, when nobody names it any more.
sed -i "/^$SPLIT4 stream tcp4/d" "$T/conf"
reload
is "$(tcp 127.0.0.1 "$SPLIT4")" both "the family comes back at reload"

ok "TERM ends it orderly" stop_doorward
ok "the unix sockets are gone" no_sockets
done_testing
