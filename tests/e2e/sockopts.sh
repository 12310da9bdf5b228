#!/usr/bin/env bash
# e2e/sockopts.sh -- every socket option, as getsockopt(2) tells it inside a handler, also after a reload
. "$(dirname "$0")/../lib/lib.sh"

[ "$(uname -s)" = Linux ] || skip_all "these are Linux's numbers" # it tells twice the size of a buffer
install -m 755 "${abs_top_builddir:?}/tests/lib/handler" "$T/handler" || exit 99

mapfile -t ports < <(free_ports 7)
read -r TCP WAITS DGRAM HANDED LINE V6 FREE <<<"${ports[*]}"

# conf OPTIONS BACKLOG LINE-OPTIONS
conf() {
	local run="user = -, exec = $T/handler, args = handler options"
	cat <<-EOT
		127.0.0.1:$TCP on protocol = tcp, $run $1;
		127.0.0.1:$WAITS on protocol = tcp, wait = yes, $run $2;
		127.0.0.1:$DGRAM on protocol = udp, $run $3;
		127.0.0.1:$HANDED on protocol = udp, wait = no, $run $3;
		$T/unix on protocol = unix, $run $4;
		127.0.0.1:$LINE stream tcp$5 nowait - $T/handler handler options
		192.0.2.77:$FREE on protocol = tcp, $run $6;
	EOT
	if has_ipv6; then echo "[::1]:$V6 on protocol = tcp, $run $1;"; fi
}
udp_ask() {
	python3 - "$1" <<'EOT'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("127.0.0.1", int(sys.argv[1])))
for patience in (1, 1, 10):
    s.settimeout(patience)
    s.send(b"?")
    try:
        print(s.recv(65536).decode())
        break
    except OSError:
        pass
EOT
}

# has TEXT WHAT NAME=VALUE...
has() {
	local text=$1 what=$2
	shift 2
	for line; do
		is "$(grep "^${line%%=*}=" <<<"$text")" "$line" "$what: $line"
	done
}

# An ordinary user may bind a socket to a device, once.
if [ "$(id -u)" = 0 ]; then unbound=(device=); else unbound=(); fi
buffers=", sndbuf = 30000, recvbuf = 40k"
conf "$buffers, keepalive = 1m/7/3, user_timeout = 2500ms, nodelay = yes, freebind = yes, reuseport = yes, tos = 16, device = lo" \
	", backlog = 7, defer = 20s, keepalive = 9/8/7" "$buffers, tos = 8, reuseport = yes, freebind = yes, device = lo" "$buffers" \
	",sndbuf=20k,rcvbuf=1m" ", freebind = yes" >"$T/conf"
start_doorward "$T/conf"

rcvbuf_most=$((2 * $(cat /proc/sys/net/core/rmem_max 2>/dev/null || echo 212992)))
large=$((2 * 1024 * 1024 < rcvbuf_most ? 2 * 1024 * 1024 : rcvbuf_most))
has "$(tcp 127.0.0.1 "$TCP")" "tcp" sndbuf=60000 recvbuf=81920 keepalive=1 keepidle=60 keepintvl=7 keepcnt=3 user_timeout=2500 nodelay=1 freebind=1 reuseport=1 \
	tos=16 device=lo
text=$(tcp 127.0.0.1 "$WAITS") # its end of speech wakes it too
has "$text" "tcp wait" listening=1 backlog=7 keepalive=1 keepidle=9 keepintvl=8 keepcnt=7
like "$text" '^defer=[1-9]' "tcp wait: defer"
has "$(udp_ask "$DGRAM")" "udp wait" sndbuf=60000 recvbuf=81920 tos=8 reuseport=1 freebind=1 device=lo
has "$(udp_ask "$HANDED")" "udp nowait" sndbuf=60000 recvbuf=81920 tos=8 freebind=1 device=lo
has "$(timeout 10 nc -N -U "$T/unix" </dev/null)" "unix" sndbuf=60000
has "$(tcp 127.0.0.1 "$LINE")" "a classic line" sndbuf=40960 "recvbuf=$large"
like "$(cat "$T/log")" "listen service=$FREE address=192.0.2.77:$FREE protocol=tcp4\$" \
	"freebind: an address that is not there is bound"
if has_ipv6; then
	has "$(tcp ::1 "$V6")" "tcp, IPv6" sndbuf=60000 recvbuf=81920 keepalive=1 nodelay=1 freebind=1 reuseport=1 \
		tclass=16 device=lo
else
	skip "no IPv6 here"
fi
other_binds() {
	python3 - "$1" <<'EOT'
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen()
EOT
}
ok "reuseport: another process may bind the port" other_binds "$TCP"

# Another set, for the next connection; the sockets stay.
conf ", sndbuf = 50000, recvbuf = 50000, tos = 32, device = lo" ", backlog = 9, keepalive = yes" ", tos = 4" ", sndbuf = 50000" "" \
	", freebind = yes" >"$T/conf"
reload
has "$(tcp 127.0.0.1 "$TCP")" "tcp, changed at reload" sndbuf=100000 recvbuf=100000 keepalive=0 user_timeout=0 nodelay=0 reuseport=0 \
	freebind=0 tos=32 device=lo
fresh_probes=$(python3 -c '
import socket
s = socket.socket()
for name in "IDLE", "INTVL", "CNT":
    print("keep%s=%d" % (name.lower(), s.getsockopt(socket.IPPROTO_TCP, getattr(socket, "TCP_KEEP" + name))))')
mapfile -t probes <<<"$fresh_probes"
has "$(tcp 127.0.0.1 "$WAITS")" "tcp wait, changed at reload" backlog=9 keepalive=1 defer=0 "${probes[@]}"
has "$(udp_ask "$DGRAM")" "udp wait, changed at reload" tos=4 reuseport=0 "${unbound[@]}"
has "$(udp_ask "$HANDED")" "udp nowait, changed at reload" tos=4 "${unbound[@]}"
has "$(timeout 10 nc -N -U "$T/unix" </dev/null)" "unix, changed at reload" sndbuf=100000

# None of them: what the system gives to any socket.
conf "" "" "" "" "" ", freebind = yes" >"$T/conf"
reload
fresh=$(python3 - <<'EOT'
import socket
for kind, name in ((socket.SOCK_STREAM, "tcp"), (socket.SOCK_DGRAM, "udp")):
    s = socket.socket(socket.AF_INET, kind)
    print(name, "sndbuf=%d" % s.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))
    print(name, "recvbuf=%d" % s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF))
EOT
)
has "$(tcp 127.0.0.1 "$TCP")" "tcp, gone at reload" keepalive=0 nodelay=0 reuseport=0 tos=0 "${unbound[@]}"
mapfile -t sizes < <(sed -n 's/^udp //p' <<<"$fresh")
has "$(udp_ask "$DGRAM")" "udp wait, gone at reload" "${sizes[@]}" tos=0 "${unbound[@]}"
has "$(udp_ask "$HANDED")" "udp nowait, gone at reload" "${sizes[@]}" tos=0 "${unbound[@]}"
if has_ipv6; then has "$(tcp ::1 "$V6")" "tcp, IPv6, gone at reload" tclass=0 "${unbound[@]}"; else skip "no IPv6 here"; fi
somaxconn=$(cat /proc/sys/net/core/somaxconn)
has "$(tcp 127.0.0.1 "$WAITS")" "tcp wait, gone at reload" "backlog=$somaxconn"
is "$(log_count "listen service=$TCP ")" 1 "the socket is the one of the start"

ok "TERM ends it orderly" stop_doorward

# Who connects and says nothing starts no handler and leaves no line.
echo "127.0.0.1:$TCP on protocol = tcp, user = -, exec = /bin/cat, defer = 1h;" >"$T/conf"
start_doorward -l "$T/conf"
exec {silent}<>"/dev/tcp/127.0.0.1/$TCP"
is "$(tcp 127.0.0.1 "$TCP" 'one\n')" one "defer: who speaks is served"
wait_for logged '^accept ' # the answer may be there before the line
is "$(log_count '^accept ')" 1 "defer: who does not is not there"
echo two >&"$silent"
is "$(head -n 1 <&"$silent")" two "defer: and is served when he does"
exec {silent}>&-
ok "TERM ends it orderly" stop_doorward
done_testing
