#!/usr/bin/env bash
# hostile/listen_unread.sh -- who waited is told by who he is: no pause for others, a growing one for the same
# shellcheck source=tests/hostile/listen_lib.sh
. "$(dirname "$0")/listen_lib.sh"

W=$(free_port) P=$(free_port) Q=$(free_port) R=$(free_port)
S=$T/run
mkdir "$S" "$T/flags"
touch "$T/flags/done" # from the first start on one client each
one="/usr/bin/python3 python3 $H/listen_handler.py $T/flags/done none"
cat >"$T/conf" <<EOT
$W stream tcp4 nowait nobody internal echo
$P stream tcp4 wait nobody $one
$S/one stream unix wait nobody $one
$Q stream tcp4 wait nobody $one
$R stream tcp4 wait nobody /bin/true true
$S/true stream unix wait nobody /bin/true true
EOT
start_doorward -l "$T/conf"
witness "$W"

# `clients` at once, each of them `rounds` times; print how many rounds were served.
crowd() # at clients rounds
{
	python3 - "$@" <<'EOT'
import socket, sys, threading
at, clients, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
served = []
def client():
    for _ in range(rounds):
        with socket.socket(socket.AF_UNIX if at[0] == "/" else socket.AF_INET) as s:
            s.settimeout(60)
            s.connect(at if at[0] == "/" else ("127.0.0.1", int(at)))
            if s.recv(100) == b"good\n":
                served.append(1)
all = [threading.Thread(target=client) for _ in range(clients)]
for t in all: t.start()
for t in all: t.join()
print(len(served))
EOT
}
is "$(crowd "$P" 9 1)" 9 "tcp: nine clients at once are served"
is "$(crowd "$P" 4 20)" 80 "tcp: four in a loop"
is "$(crowd "$S/one" 9 1)" 9 "unix: nine clients at once are served"
is "$(crowd "$S/one" 4 20)" 80 "unix: four in a loop"
unlike "$(cat "$T/log")" 'pause service=.* reason=unread' "none of them was taken for one who waits unread"

# Some who reset while they wait in the queue, and go on coming.
python3 - "$Q" <<'EOT' &
import socket, struct, sys, time
for _ in range(40):
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    time.sleep(0.02)
EOT
attacker=$!
is "$(crowd "$Q" 4 5)" 20 "tcp: and among clients that reset while they wait"
kill "$attacker" 2>/dev/null
unlike "$(cat "$T/log")" "pause service=$Q reason=unread retry=[1-9][0-9]?\.[1-9]*0*[2-9]" "whose number makes no long pause"

# A handler that takes nobody, with ever more clients: the first is the same.
for at in "$R" "$S/true"; do
	python3 - "$at" <<'EOT' &
import socket, sys, time
at, held = sys.argv[1], []
end = time.time() + 20
while time.time() < end:
    s = socket.socket(socket.AF_UNIX if at[0] == "/" else socket.AF_INET)
    s.connect(at if at[0] == "/" else ("127.0.0.1", int(at)))
    held.append(s)
    time.sleep(0.05)
EOT
	ok "${at##*/}: a handler that takes nobody is paused" wait_for logged "pause service=$at reason=unread retry=1\\.000"
	ok "longer and longer" wait_for logged_times 3 "accept service=$at .*"
	starts=$(log_count "accept service=$at ")
	ok "and not started in a loop ($starts)" test "$starts" -lt 40
done
unlike "$(grep "pause service=$R" "$T/log")" 'retry=0\.' "it is known, not guessed"
ok "nobody else waited" witness_content
ok "TERM works" stop_doorward
done_testing
