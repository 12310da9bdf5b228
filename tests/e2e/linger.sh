#!/usr/bin/env bash
# e2e/linger.sh -- linger: an answer given without reading the question arrives; nothing is kept too long
# shellcheck disable=SC2317 # wait_for calls by name
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

fds() { # descriptors of the master, but for a helper's
	local all=(/proc/"$pid"/fd/*)
	echo $((${#all[@]} - $(pgrep -c -P "${pid:?}" -x doorward-help)))
}
has_fds() { [ "$(fds)" = "$1" ]; }
has_more_fds() { [ "$(fds)" -gt "$1" ]; }
all_ended() { # n port: have n handlers of the service ended?
	[ "$(log_count "exit service=$2 .*(status|signal)=")" -ge "$1" ]
}
[ -d /proc/self/fd ] || skip_all "no /proc"

cat >"$T/health" <<'EOF'
#!/bin/sh
# It answers, and does not read.
printf 'HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nfine\n'
EOF
cat >"$T/long" <<'EOF'
#!/bin/sh
head -c 1000000 /dev/zero
EOF
cat >"$T/half" <<'EOF'
#!/bin/sh
exec head -c 1
EOF
cat >"$T/dies" <<'EOF'
#!/bin/sh
kill -KILL $$
EOF
chmod +x "$T/health" "$T/long" "$T/half" "$T/dies"

WITH=$(free_port) BARE=$(free_port) LONG=$(free_port) HALF=$(free_port) SHORT=$(free_port) DIES=$(free_port) NOEXEC=$(free_port)
service() { # port program key...
	echo "127.0.0.1:$1 on protocol = tcp, user = $SOMEBODY, exec = $2${3:+, $3};"
}
{
	service "$WITH" "$T/health" "linger = 60s"
	service "$BARE" "$T/health"
	service "$LONG" "$T/long" "linger = 60s"
	service "$HALF" "$T/half" "linger = 60s"
	service "$SHORT" "$T/health" "linger = 200ms"
	service "$DIES" "$T/dies" "linger = 60s"
	service "$NOEXEC" "$T/none" "linger = 60s"
} >"$T/conf"
start_doorward -l -c 0 "$T/conf" || exit 99
before=$(fds)

# A client that sends its request, lets the handler come to its end, and reads then: the worst case.
cat >"$T/client.py" <<'EOF'
import socket, sys
port, times = int(sys.argv[1]), int(sys.argv[2])
body = b"x" * int(sys.argv[3])
want = int(sys.argv[4])
reset = short = 0
for _ in range(times):
    s = socket.create_connection(("127.0.0.1", port), 20)
    got = 0
    try:
        s.sendall(b"GET /health HTTP/1.1\r\nHost: me\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        # One byte first, then a look at the rest: by now the other side may have closed.
        while True:
            data = s.recv(65536)
            if not data:
                break
            got += len(data)
    except (ConnectionResetError, BrokenPipeError):
        reset += 1
    short += got < want
    s.close()
print(reset, short)
EOF
client() { timeout 60 python3 "$T/client.py" "$@"; } # port times extra-bytes expected-bytes: resets, answers cut short

ANSWER=43
is "$(client "$WITH" 1000 0 "$ANSWER")" "0 0" "a health check 1,000 times: no reset, every answer whole"
read -r resets _ <<<"$(client "$BARE" 1000 0 "$ANSWER")"
note "without linger $resets of 1,000 were reset"
ok "without linger some are" [ "$resets" -gt 0 ]
is "$(client "$WITH" 50 200000 "$ANSWER")" "0 0" "a question that is longer than the buffers"
is "$(client "$LONG" 20 200000 1000000)" "0 0" "and an answer that is, too"
is "$(client "$HALF" 100 10 1)" "0 0" "a handler that reads a part"
ok "no descriptor is left" wait_for has_fds "$before"

# --- the peer's part --------------------------------------------------------------------------

# hold PORT N [TALK]: N clients that send, read to the end, and keep their sides open until told; the
# number of whole answers is printed when all have theirs. With TALK they go on sending, until cut.
cat >"$T/hold.py" <<'EOF'
import socket, sys, time
port, n, talk = int(sys.argv[1]), int(sys.argv[2]), len(sys.argv) > 3
held, whole = [], 0
for _ in range(n):
    s = socket.create_connection(("127.0.0.1", port), 20)
    s.sendall(b"GET / HTTP/1.0\r\n\r\n")
    held.append(s)
for s in held:
    data = b""
    try:
        while part := s.recv(4096):
            data += part
    except ConnectionResetError:
        continue
    whole += data.endswith(b"fine\n")
print(whole, flush=True)
try:
    while talk:
        held[0].sendall(b"and another thing\n")
        time.sleep(0.01)
except (ConnectionResetError, BrokenPipeError):
    print("cut", flush=True)
sys.stdin.read()
EOF
hold() { # name port n [talk]: in the background; its words in $T/NAME
	mkfifo "$T/$1.go"
	python3 "$T/hold.py" "$2" "$3" ${4:+"$4"} <"$T/$1.go" >"$T/$1" &
	exec {go}>"$T/$1.go"
	wait_for test -s "$T/$1"
}
let_go() { exec {go}>&-; }

hold open "$SHORT" 3
is "$(cat "$T/open")" 3 "clients that do not close have their answers"
ok "they are cut when linger's time is over" wait_for has_fds "$before"
let_go
hold talking "$SHORT" 1 talk
ok "one that does not stop talking is cut, too" wait_for grep -qx cut "$T/talking"
ok "and nothing is left of it" wait_for has_fds "$before"
let_go

hold patient "$WITH" 5
is "$(cat "$T/patient")" 5 "with a long time"
ok "their connections stay" wait_for has_fds $((before + 5))
ok "a reload does not touch them" reload
ok "they stay still" has_fds $((before + 5))
is "$(client "$WITH" 5 0 "$ANSWER")" "0 0" "others are served meanwhile"
let_go
ok "until the clients close" wait_for has_fds "$before"

hold gone "$WITH" 2
sed -i "/:$WITH /d" "$T/conf"
ok "a service that goes while connections of it linger" reload
ok "leaves them" has_more_fds $((before - 1))
let_go
service "$WITH" "$T/health" "linger = 60s" >>"$T/conf"
ok "it comes back" reload
ok "and nothing is left" wait_for has_fds "$before"

# More than may linger: the oldest make room, and the daemon has room for others.
hold many "$WITH" 300
is "$(cat "$T/many")" 300 "300 clients that do not close: each has its answer"
ok "256 of them linger" wait_for has_fds $((before + 256))
let_go
ok "until they close" wait_for has_fds "$before"

# --- handlers that end badly ------------------------------------------------------------------

for _ in 1 2 3; do
	tcp 127.0.0.1 "$DIES" hello >/dev/null
done
ok "a handler that dies: its connections end" wait_for all_ended 3 "$DIES"
tcp 127.0.0.1 "$NOEXEC" hello >/dev/null
ok "a program that is missing" wait_for logged "exec-failed service=$NOEXEC"
ok "no descriptor is left" wait_for has_fds "$before"

hold last "$WITH" 2
ok "TERM does not wait for those that linger" stop_doorward
let_go
done_testing
