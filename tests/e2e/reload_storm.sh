#!/usr/bin/env bash
# e2e/reload_storm.sh -- 300 reloads (STORM) while 8 clients connect without pause: nobody and nothing is lost
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

RELOADS=${STORM:-300}
P=$(free_port) Q=$(free_port) B=$(free_port) U=$(free_port)
# Two configurations by turns: the program of one service and its limit change, two others come and go.
for i in 0 1; do
	cat >"$T/conf.$i" <<-EOF
		$P on protocol = tcp4, user = $SOMEBODY, accept_max = $((3 + i * 5)), backlog = $((100 + i)),
			exec = /bin/echo, args = echo "program $i";
		$B stream tcp4 nowait $SOMEBODY internal daytime
		$U dgram udp4 wait $SOMEBODY internal echo
	EOF
done
cat >>"$T/conf.1" <<EOF
$Q stream tcp4 nowait $SOMEBODY /bin/cat cat
$T/socket stream unix nowait $SOMEBODY /bin/cat cat
EOF
cp "$T/conf.0" "$T/conf"
start_doorward "$T/conf"

cat >"$T/storm" <<'EOF'
import os, re, shutil, signal, socket, sys, threading, time
folder, daemon, reloads, deadline = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
program, daytime = int(sys.argv[5]), int(sys.argv[6])
lost, served, stop = [], [0] * 8, threading.Event()
log = open(f"{folder}/log")

def client(i):
    port, good = (daytime, rb"[A-Z][a-z]+, .*\r\n") if i == 7 else (program, rb"program [01]\n")
    while not stop.is_set():
        try:
            with socket.create_connection(("127.0.0.1", port), 60) as s:
                got = b""
                while chunk := s.recv(100):
                    got += chunk
            if not re.fullmatch(good, got):
                lost.append(f"instead of an answer: {got}")
        except OSError as e:
            lost.append(str(e))
        served[i] += 1

def reload(n):
    # A rename, as an editor does it: there is never half a file.
    shutil.copy(f"{folder}/conf.{n % 2}", f"{folder}/conf.new")
    os.rename(f"{folder}/conf.new", f"{folder}/conf")
    os.kill(daemon, signal.SIGHUP)
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        line = log.readline()
        if "reload kept=" in line:
            return
        if "nothing was changed" in line:
            lost.append(line)
            return
        if not line:
            time.sleep(0.0005)
    sys.exit("no reload")

def storm(n):
    stop.clear()
    clients = [threading.Thread(target=client, args=(i,)) for i in range(8)]
    for c in clients:
        c.start()
    for i in range(n):
        reload(i)
    stop.set()
    for c in clients:
        c.join()

def descriptors():
    return len(os.listdir(f"/proc/{daemon}/fd"))

def memory():
    with open(f"/proc/{daemon}/status") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1])

# The first part fills the caches; both ends are at rest with the same configuration.
storm(reloads // 3)
reload(1)
fds, kilobytes = descriptors(), memory()
storm(reloads - reloads // 3)
reload(1)
print(f"served={'all' if min(served) else served}")
print(f"lost={len(lost)} {sorted(set(lost))[:5] or ''}".strip())
print(f"descriptors={descriptors() - fds}")
print(f"kilobytes={memory() - kilobytes}")
print(f"clients={sum(served)}")
EOF
python3 "$T/storm" "$T" "$pid" "$RELOADS" "$DEADLINE" "$P" "$B" >"$T/report"
result() { sed -n "s/^$1=//p" "$T/report"; }

is "$(result served)" all "each of the clients was served"
is "$(result lost)" 0 "nobody was refused, reset or lost"
is "$(result descriptors)" 0 "no descriptor more than before"
if ! "$DOORWARD" -V | grep -q '^sanitizers: no'; then
	skip "memory is the sanitizer's to count"
else
	# A page or two are the allocator's; 100 bytes lost by each reload would be 64 kB.
	ok "no memory more than before ($(result kilobytes) kB)" test "$(result kilobytes)" -le 40
fi
note "$RELOADS reloads, $(result clients) clients"
ok "TERM ends it orderly" stop_doorward
done_testing
