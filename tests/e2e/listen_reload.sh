#!/usr/bin/env bash
# e2e/listen_reload.sh -- reloads while helpers look at the sockets of one handler: each socket is served afterwards
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/lib.sh"

readarray -t P < <(free_ports 3)
# One client of one socket: at the others somebody waits still, which need not be looked up again.
cat >"$T/handler.py" <<'EOF'
import os, random, select, socket
sockets = [socket.socket(fileno=3 + i) for i in range(int(os.environ["LISTEN_FDS"]))]
random.choice(select.select(sockets, [], [])[0]).accept()[0].close()
EOF
cat >"$T/conf" <<EOF
many on listen = tcp:127.0.0.1:${P[0]} tcp:127.0.0.1:${P[1]} $T/sock, wait = yes, handoff = listen_fds,
	user = $ME, exec = $(command -v python3), args = python3 -S $T/handler.py;
127.0.0.1:${P[2]} stream tcp nowait $SOMEBODY internal daytime
EOF
cat >"$T/attack.py" <<'EOF'
import os, random, signal, socket, sys, threading, time
daemon, end = int(sys.argv[1]), time.monotonic() + float(sys.argv[2])
def clients(to):
    while time.monotonic() < end:
        s = socket.socket(socket.AF_UNIX if "/" in to else socket.AF_INET)
        s.settimeout(1)
        try:
            s.connect(to if "/" in to else ("127.0.0.1", int(to)))
            s.recv(1)
        except OSError:
            pass
        s.close()
for to in sys.argv[3:]:
    threading.Thread(target=clients, args=(to,)).start()
while time.monotonic() < end:
    os.kill(daemon, signal.SIGHUP)
    time.sleep(random.random() * 0.003)
EOF

served() { # is a client of this port, or path, taken and let go?
	python3 - "$1" <<'EOF'
import socket, sys
to = sys.argv[1]
s = socket.socket(socket.AF_UNIX if "/" in to else socket.AF_INET)
s.settimeout(10)
s.connect(to if "/" in to else ("127.0.0.1", int(to)))
sys.exit(s.recv(1) != b"")
EOF
}

start_doorward "$T/conf"
python3 "$T/attack.py" "$pid" 2 "$T/sock" "${P[0]}" "${P[1]}"
like "$(tcp 127.0.0.1 "${P[2]}")" ':' 'another service is served'
for at in "${P[0]}" "${P[1]}" "$T/sock"; do
	ok "so is ${at#"$T/"} of the one with several" served "$at"
done
ok 'and it ends in order' stop_doorward
done_testing
