#!/usr/bin/env bash
# hostile/listen_udp.sh -- nobody else binds a udp service's address: not before, not while peers get sockets
# shellcheck source=tests/hostile/listen_lib.sh
. "$(dirname "$0")/listen_lib.sh"

W=$(free_port) P=$(free_port) Q=$(free_port)
attack() { setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; }
cat >"$T/conf" <<EOT
$W stream tcp4 nowait nobody internal echo
$P dgram udp4 nowait daemon /bin/dd dd bs=100 count=1 status=none
$Q dgram udp4 nowait daemon /bin/dd dd bs=100 count=1 status=none
EOT

# Try to bind a port every way there is, until a file appears; print how often it worked.
cat >"$T/thief.py" <<'EOT'
import os, socket, sys, time
port, over, hold = int(sys.argv[1]), sys.argv[2], len(sys.argv) > 3
got, held = 0, []
while True:
    for at in ("0.0.0.0", "127.0.0.1"):
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.setsockopt(socket.SOL_SOCKET, option, 1)
            try:
                s.bind((at, port))
                got += 1
                if hold:
                    held.append(s)
                    print("held", flush=True)
                    while not os.path.exists(over):
                        time.sleep(0.01)
                    sys.exit()
            except OSError:
                pass
            s.close()
    if os.path.exists(over):
        print(got)
        break
EOT
attack /usr/bin/python3 "$T/thief.py" "$Q" "$T/over1" hold >"$T/thief1" &
thief=$!
wait_for grep -q held "$T/thief1"
start_doorward "$T/conf"
witness "$W"
like "$(cat "$T/log")" "listen service=$Q .*error=\"Address already in use\"" "who was there first is not joined"
: >"$T/over1"
wait "$thief"
serves() { [ "$(python3 - "$1" <<'EOT'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(1)
s.connect(("127.0.0.1", int(sys.argv[1])))
s.send(b"hello")
print(s.recv(100).decode())
EOT
	)" = hello ]; }
ok "once he has gone the service has its port" wait_for serves "$Q"

attack /usr/bin/python3 "$T/thief.py" "$P" "$T/over2" >"$T/thief2" &
thief=$!
served=0
for _ in $(seq 60); do serves "$P" && served=$((served + 1)); done
: >"$T/over2"
wait "$thief"
is "$(cat "$T/thief2")" 0 "while peers got their sockets nobody else could bind the port"
is "$served" 60 "all were served"
ok "nobody else waited" witness_content
ok "TERM works" stop_doorward

# systemd's socket for both families, for an entry of plain udp.
if has_ipv6; then
	D=$(free_port)
	echo "$D dgram udp nowait daemon /bin/dd dd bs=100 count=1 status=none" >"$T/dual"
	rm -f "$T/pid"
	python3 - "$D" "$DOORWARD" -f --no-time --control= -p"$T/pid" "$T/dual" >>"$T/out" 2>>"$T/log" <<'EOT' &
import os, socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
s.bind(("::", int(sys.argv[1])))
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
EOT
	# shellcheck disable=SC2034 # who is sourced reads it
	pid=$!
	wait_for pid_file_written
	is "$(grep "listen service=$D " "$T/log")" "listen service=$D address=[::]:$D protocol=udp" "a socket for both families is taken"
	ok "IPv4 is served" wait_for serves "$D"
	six() { [ "$(udp ::1 "$D" hello)" = hello ]; }
	ok "so is IPv6" wait_for six
	ok "TERM works" stop_doorward
fi
done_testing
