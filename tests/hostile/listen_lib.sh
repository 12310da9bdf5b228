# shellcheck shell=bash
# listen_lib.sh -- what the tests of attacked listeners share: a witness, and services by the second
# shellcheck source=tests/lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

[ "$(id -u)" = 0 ] || skip_all "needs root: the attacker is another user"
H=$(dirname "${BASH_SOURCE[0]}")
install -m 755 "$H/listen_handler.py" "$T/listen_handler.py" || exit 99 # where nobody can read it
H=$T

# Ask the echo service at $1 every 50 ms; the longest wait in ms goes to $T/witness.
witness()
{
	python3 - "$1" "$T/witness" <<'EOT' &
import os, socket, sys, time
worst = 0
while True:
    begin = time.monotonic()
    try:
        with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10) as s:
            s.settimeout(10)
            s.sendall(b"x")
            s.shutdown(socket.SHUT_WR)
            s.recv(1)
    except OSError:
        pass
    worst = max(worst, (time.monotonic() - begin) * 1000)
    with open(sys.argv[2] + ".new", "w") as f:
        f.write("%d\n" % worst)
    os.replace(sys.argv[2] + ".new", sys.argv[2])
    time.sleep(0.05)
EOT
	wait_for test -s "$T/witness"
}
# The bound is 200 ms on a quiet machine; here others run, too: what blocks does so for seconds.
witness_content() { [ "$(cat "$T/witness")" -lt "${WITNESS_MS:-1000}" ]; }

# within SECONDS command...: does it come true by then? In real time: for what users wait for.
within()
{
	local end=$((SECONDS + $1 + 1)) # SECONDS are whole
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.02
	done
}
