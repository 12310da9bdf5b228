#!/usr/bin/env bash
# hostile/listen_spoil.sh -- a wait handler spoils the socket that it shares: its service is back at once
# shellcheck source=tests/hostile/listen_lib.sh
. "$(dirname "$0")/listen_lib.sh"

# An interface to bind to that brings nothing; whoever may not make one leaves that way out.
if [ -z "${INSIDE:-}" ] && unshare -n true 2>/dev/null; then
	rm -rf "$T"
	INSIDE=1 exec unshare -n bash "$0" "$@"
fi
ip link set lo up 2>/dev/null
ip link add away0 type veth peer name away1 2>/dev/null && ip link set away0 up

tcp_ways="none shutdown timeout lowat filter locked nonblock async backlog defer clamp minttl ttl later"
udp_ways="none shutdown connect timeout lowat filter locked nonblock peekoff buffer encap minttl recverr later"
unix_ways="none shutdown timeout nonblock later"
dgram_ways="none shutdown connect timeout filter nonblock peekoff later"
ip link show away0 >/dev/null 2>&1 && tcp_ways="$tcp_ways device" udp_ways="$udp_ways device"

S=$T/run
mkdir -m 777 "$S" "$T/flags"
chmod 777 "$T/flags"
declare -A at
entry() { # kind way: an entry for it
	local where=$S/$1.$2 type=stream proto=unix
	case $1 in tcp) proto=tcp4 ;; udp) proto=udp4 type=dgram ;; dgram) type=dgram ;; esac
	case $1 in tcp | udp) where=$(free_port) ;; esac
	at[$1.$2]=$where
	echo "$where $type $proto wait nobody /usr/bin/python3 python3 $H/listen_handler.py $T/flags/$1.$2 $2" >>"$T/conf"
}
W=$(free_port)
echo "$W stream tcp4 nowait nobody internal echo" >"$T/conf"
for way in $tcp_ways; do entry tcp "$way"; done
for way in $udp_ways; do entry udp "$way"; done
for way in $unix_ways; do entry unix "$way"; done
for way in $dgram_ways; do entry dgram "$way"; done
start_doorward "$T/conf"
witness "$W"

# One client, who waits for 1 s: kind, way.
ask()
{
	python3 - "$1" "${at[$1.$2]}" <<'EOT'
import socket, sys
kind, at = sys.argv[1:]
family, where = (socket.AF_INET, ("127.0.0.1", int(at))) if kind in ("tcp", "udp") else (socket.AF_UNIX, at)
s = socket.socket(family, socket.SOCK_STREAM if kind in ("tcp", "unix") else socket.SOCK_DGRAM)
s.settimeout(1)
if kind == "dgram":
    s.bind("")
    import os
try:
    s.connect(where)
    if kind in ("udp", "dgram"):
        s.send(b"x")
    print(s.recv(100).decode(), end="")
except OSError as e:
    print(e)
EOT
}
gets() { [ "$(ask "$1" "$2")" = "$3" ]; }

for kind in tcp udp unix dgram; do
	ways=${kind}_ways
	for way in ${!ways}; do
		ok "$kind $way: the first is served" wait_for gets "$kind" "$way" first
	done
done
for kind in tcp udp unix dgram; do
	ways=${kind}_ways
	for way in ${!ways}; do
		ok "$kind $way: so are the next" within 2 gets "$kind" "$way" good
		is "$(ask "$kind" "$way")" good "$kind $way: and the one after"
	done
done
ok "nobody else waited" witness_content
kill -HUP "$pid"
ok "HUP works" wait_for logged '^reload kept='
ok "TERM works" stop_doorward
done_testing
