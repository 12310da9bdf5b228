#!/usr/bin/env bash
# e2e/many.sh -- 4,000 services in one file load, listen and answer; descriptors beyond select's old limit
. "$(dirname "$0")/../lib/lib.sh"

N=4000
hard=$(ulimit -Hn)
[ "$hard" = unlimited ] || [ "$hard" -ge $((N + 100)) ] || skip_all "the hard limit of descriptors is $hard"

# 4,000 ports are free in a network of its own only.
if [ -z "${OWN_NETWORK:-}" ]; then
	as_root=(unshare -n)
	[ "$(id -u)" = 0 ] || as_root=(unshare -rn)
	command -v ip >/dev/null || skip_all "no ip(8)"
	"${as_root[@]}" true 2>/dev/null || skip_all "no namespaces here"
	rm -rf "$T"
	OWN_NETWORK=yes exec "${as_root[@]}" bash "$0"
fi
ip link set lo up || exit 99

# Every tenth runs a program, the others are builtins.
FIRST=2000
{
	for ((i = 0; i < N; i++)); do
		if ((i % 10)); then
			echo "$((FIRST + i)) stream tcp4 nowait - internal daytime"
		else
			echo "$((FIRST + i)) stream tcp4 nowait - /bin/echo echo $((FIRST + i))"
		fi
	done
	echo "$T/hold stream unix nowait/0 - /bin/cat cat"
	echo "$T/limits stream unix nowait - /bin/sh sh -c 'ulimit -Sn; ulimit -Hn'"
} >"$T/conf"

ulimit -Sn 1024
start_doorward "$T/conf" || exit 99

is "$(log_count 'listen service=.* protocol=tcp4$')" $N "$N services listen"
limits=$(sed -n 's/^Max open files *//p' "/proc/${pid:?}/limits" 2>/dev/null | awk '{ print $1, $2 }')
is "$limits" "$hard $hard" "the master's limit of descriptors is raised to the hard one"
is "$(timeout 10 nc -N -U "$T/limits" </dev/null | tr '\n' ' ')" "1024 $hard " "a handler has the one of the start"

# More handlers than a walk over all children is made for at each end; then all of them end at once.
cat >"$T/hold.py" <<'EOT'
import socket, sys, time
path, pid = sys.argv[1:]
def connect():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    s.connect(path)
    s.sendall(b"x")
    assert s.recv(1) == b"x"
    return s
def comm(child):
    try:
        with open(f"/proc/{child}/comm") as f:
            return f.read().strip()
    except OSError:
        return ""
def children(): # but the starter
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return sum(comm(child) not in ("", "doorward-start", "doorward-help") for child in f.read().split())
def wait_for(n):
    end = time.monotonic() + 30
    while children() > n and time.monotonic() < end:
        time.sleep(0.01)
    return children()
held = [connect() for _ in range(400)]
for _ in range(20):
    connect().close()
short = wait_for(400)
for s in held[:100]:
    s.close()
some = wait_for(300)
for s in held:
    s.close()
print(short, some, wait_for(0))
EOT
is "$(python3 "$T/hold.py" "$T/hold" "$pid")" "400 300 0" "beside 400 handlers ends are noticed, one or all at once"

# ask FIRST N: how many of the ports give the right answer
cat >"$T/ask.py" <<'EOT'
import re, socket, sys
first, n = int(sys.argv[1]), int(sys.argv[2])
good, wrong = 0, ""
for i in range(n):
    s = socket.create_connection(("127.0.0.1", first + i), 20)
    answer = b""
    while True:
        some = s.recv(1000)
        if not some:
            break
        answer += some
    s.close()
    wanted = rb"\w.*\d\d:\d\d:\d\d.*\r\n" if i % 10 else b"%d\n" % (first + i)
    if re.fullmatch(wanted, answer):
        good += 1
    else:
        wrong = "port %d: %r" % (first + i, answer)
print(good, wrong)
EOT
is "$(python3 "$T/ask.py" $FIRST $N)" "$N " "each of them answers"

# A reload that changes one line touches no other.
sed -i "s/echo echo $FIRST\$/echo echo new/" "$T/conf"
reload
is "$(tail -n 1 "$T/log" | grep -o 'kept=.*')" "kept=$((N + 1)) added=0 changed=1 removed=0 changed_services=$FIRST" "a reload of $N services"
is "$(tcp 127.0.0.1 $FIRST)" new "the changed one has its new program"
is "$(python3 "$T/ask.py" $((FIRST + 10)) $((N - 10)))" "$((N - 10)) " "all the others answer as before"
ok "TERM ends it orderly" stop_doorward
done_testing
