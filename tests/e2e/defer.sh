#!/usr/bin/env bash
# e2e/defer.sh -- 1,000 clients who say nothing, at an entry with defer: no process, no line, one counter
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

[ "$(uname)" = Linux ] || skip_all "TCP_DEFER_ACCEPT is Linux'"
ulimit -n 2048 2>/dev/null || skip_all "no 2048 descriptors for the clients"
P=$(free_port)
cat >"$T/conf" <<EOF
$P on socktype = stream, protocol = tcp4, defer = 60s, accept_max = 0, user = $(id -un), exec = /bin/cat;
EOF
start_doorward -l "$T/conf"
before=$(wc -l <"$T/log")
dropped() { awk '/^TcpExt:/ { if (!n++) split($0, name); else for (i = 1; i <= NF; i++) if (name[i] == "TCPDeferAcceptDrop") print $i }' /proc/net/netstat; }
had=$(dropped)
mkfifo "$T/go"
python3 -c 'import socket, sys
quiet = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for i in range(1000)]
print("there", flush=True)
sys.stdin.read()
quiet[500].sendall(b"a word\n")
quiet[500].shutdown(socket.SHUT_WR)
print(quiet[500].recv(99).decode().strip(), flush=True)' "$P" <"$T/go" >"$T/quiet" 2>&1 &
clients=$!
exec 9>"$T/go"
ok "1,000 clients connect" wait_for grep -q there "$T/quiet"
is "$(tcp 127.0.0.1 "$P" hello)" hello "who speaks is served beside them"
ok "he has a handler" wait_for logged '^exit '
is "$(grep -c '^accept ' "$T/log")" 1 "nobody else starts a handler"
is "$(tail -n "+$((before + 1))" "$T/log" | grep -vc '^\(accept\|exit\) ')" 0 "or leaves a line"
is "$(pgrep -P "$pid" -c cat)" 0 "there is no process"
if [ -n "$had" ]; then
	ok "the system's counter has them" [ $(($(dropped) - had)) -ge 1000 ]
else
	skip "no TCPDeferAcceptDrop here"
fi
exec 9>&-
wait "$clients"
is "$(tail -n 1 "$T/quiet")" "a word" "one of them who speaks in the end is served"
ok "TERM ends it" stop_doorward
done_testing
