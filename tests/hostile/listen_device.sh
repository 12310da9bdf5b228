#!/usr/bin/env bash
# hostile/listen_device.sh -- interfaces and addresses that come late, go, and are made anew
# shellcheck source=tests/hostile/listen_lib.sh
. "$(dirname "$0")/listen_lib.sh"

if [ -z "${INSIDE:-}" ]; then
	unshare -nm true 2>/dev/null || skip_all "no network namespace of its own"
	rm -rf "$T"
	INSIDE=1 exec unshare -nm bash "$0" "$@"
fi
ip link set lo up
ip link add d0 type veth peer name d1 2>/dev/null || skip_all "no veth interface"
ip link del d0
[ -e /proc/sys/net/ipv6 ] || skip_all "no IPv6"
sysctl -qw net.ipv6.conf.default.accept_dad=0
make() { ip link add d0 type veth peer name d1 && ip link set d1 up && ip link set d0 up && ip addr add fe80::1/64 dev d0 nodad; }

# A host of two addresses, the second of which is not up yet.
cp /etc/hosts "$T/hosts"
printf '127.0.0.1 twofold\n2001:db8::1 twofold\n' >>"$T/hosts"
mount --bind "$T/hosts" /etc/hosts || skip_all "no /etc/hosts of its own"

W=$(free_port) D=$(free_port) Z=$(free_port) N=$(free_port)
cat >"$T/conf" <<EOT
$W stream tcp4 nowait nobody internal echo
$D on protocol = tcp4, user = nobody, builtin = echo, device = d0;
[fe80::1%d0]:$Z stream tcp6 nowait nobody internal echo
twofold:$N stream tcp nowait nobody internal echo
EOT
start_doorward "$T/conf"
witness "$W"

ask() # address port [interface]: does it echo?
{
	python3 - "$@" <<'EOT'
import socket, sys
at, port, interface = sys.argv[1:4] if len(sys.argv) > 3 else sys.argv[1:3] + [None]
info = socket.getaddrinfo(at, port, type=socket.SOCK_STREAM)[0]
s = socket.socket(info[0])
s.settimeout(1)
if interface:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
s.connect(info[4])
s.send(b"x")
sys.exit(s.recv(1) != b"x")
EOT
}
# What is sent to one's own address comes in by lo; the kernel's list says what a socket is bound to.
index() { python3 -c 'import socket; print(socket.if_nametoindex("d0"))'; }
of_index() { # port: is the listener bound to the interface of now?
	python3 - "$1" "$(index)" <<'EOT'
import socket, struct, sys
# sock_diag(7): idiag_if of the listening socket at this port
for family in (2, 10):
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4)
    port = struct.pack(">H", int(sys.argv[1]))
    req = struct.pack("BBBxI", family, 6, 0, 1 << 10) + port + b"\0" * 34 + struct.pack("III", 0, 0xffffffff, 0xffffffff)
    s.send(struct.pack("IHHII", 16 + len(req), 20, 0x301, 1, 0) + req)
    data = s.recv(65536)
    if struct.unpack_from("IH", data)[1] == 20 and data[20:22] == port:
        sys.exit(struct.unpack_from("I", data, 16 + 4 + 36)[0] != int(sys.argv[2]))
sys.exit(1)
EOT
}

like "$(cat "$T/log")" "listen service=$Z address=\[fe80::1%d0\]:$Z .*error=" "an interface that is away: the log says so"
unlike "$(cat "$T/log")" "not an address" "it is no mistake in the configuration"
ok "a host's first address serves" ask 127.0.0.1 "$N"
like "$(cat "$T/log")" "listen service=$N address=\[2001:db8::1\]:$N .*error=" "its second one is away: the log says so"
kill -USR1 "$pid"
ok "the state says so" wait_for logged "$Z.*down"
reload
like "$(grep '^reload' "$T/log" | tail -n 1)" '^reload kept=' "a reload is not refused"

# Retried after 1, 2, 4 s ...
make
ok "the interface comes: device" wait_for of_index "$D"
ok "and zone" wait_for of_index "$Z"
ok "zone: it serves" ask fe80::1%d0 "$Z"
ip addr add 2001:db8::1/64 dev lo
ok "the address comes" wait_for ask 2001:db8::1 "$N"

before=$(index)
ip link del d0
make
ok "deleted and made anew, it has another index" test "$(index)" != "$before"
ok "device: made anew" within 2 of_index "$D"
ok "zone: made anew" within 2 of_index "$Z"
ok "zone: it serves" ask fe80::1%d0 "$Z"
like "$(cat "$T/log")" "again service=$D .*reason=device" "the log says so"

said=$(log_count "listen service=$Z .*error=")
ip link del d0
ok "away" wait_for logged_times $((said + 1)) "listen service=$Z .*error="
sleep 3 # as long as an attack lasts
make
ok "away for a while, it is back at once: device" within 2 of_index "$D"
ok "zone" within 2 of_index "$Z"
ok "nobody else waited" witness_content
ok "TERM works" stop_doorward
done_testing
