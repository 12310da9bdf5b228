#!/usr/bin/env bash
# e2e/tcpmux.sh -- RFC 1078: HELP, "+Go", pipelined data, ten seconds, the named service's limits
. "$(dirname "$0")/../lib/lib.sh"

P=$(free_port) FEW=$(free_port)
cat >"$T/conf" <<EOT
$P on protocol = tcp, user = $SOMEBODY, builtin = tcpmux;
$FEW on protocol = tcp, user = $SOMEBODY, builtin = tcpmux, accept_max = 1;
tcpmux/cat stream tcp nowait $SOMEBODY /bin/cat cat
tcpmux/+plus stream tcp nowait $SOMEBODY /bin/cat cat
tcpmux/who stream tcp nowait $SOMEBODY /usr/bin/id id -un
tcpmux/env stream tcp nowait $SOMEBODY /usr/bin/env env
tcpmux/one on exec = /bin/cat, user = $SOMEBODY, accept_max = 1;
tcpmux/+rated on exec = /bin/cat, user = $SOMEBODY, service_max = 1/h;
tcpmux/+denied on exec = /bin/cat, user = $SOMEBODY, deny = 127.0.0.0/8;
tcpmux/going stream tcp nowait $SOMEBODY /bin/cat cat
EOT

# talk PORT [slow] TEXT: send it (slow: a byte at a time), end of input, all that comes back, as a Python literal
cat >"$T/talk.py" <<'EOT'
import socket, sys, time
port, slow, text = int(sys.argv[1]), sys.argv[2] == "slow", sys.argv[-1]
data = text.encode().decode("unicode_escape").encode("latin-1")
s = socket.create_connection(("127.0.0.1", port))
s.settimeout(30)
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
back = b""
try:
    for piece in [data[i:i + 1] for i in range(len(data))] if slow else [data]:
        s.sendall(piece)
        if slow:
            time.sleep(0.01)
    s.shutdown(socket.SHUT_WR)
    while True:
        some = s.recv(65536)
        if not some:
            break
        back += some
except OSError as e:
    back += b" " + type(e).__name__.encode()
print(repr(back)[2:-1])
EOT
talk() { python3 "$T/talk.py" "$@"; }

# Who says nothing has ten seconds: this client waits beside the other tests.
silent() {
	local start=$SECONDS
	talk_nothing >"$T/silent"
	echo $((SECONDS - start)) >"$T/silent.took"
}
talk_nothing() { # keeps its side open
	python3 - "$P" <<'EOT'
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.sendall(b"ca")
print(repr(s.recv(100))[2:-1])
EOT
}

start_doorward -l "$T/conf"
silent &
silent=$!

is "$(talk "$P" 'HELP\r\n')" 'cat\r\nplus\r\nwho\r\nenv\r\none\r\nrated\r\ndenied\r\ngoing\r\n' "HELP names the services"
like "$(talk "$P" 'help\r\n')" '^cat' "help, too"
is "$(talk "$P" 'cat\r\n')" '' "name: the service has the connection"
is "$(talk "$P" 'cat\r\nhello\nworld')" 'hello\nworld' "name: pipelined data reaches the service"
is "$(talk "$P" '+plus\r\n')" '-Service not available\r\n' "a plus is no part of the name"
is "$(talk "$P" 'plus\r\nhello')" '+Go\r\nhello' "+name: +Go before the service, its data behind"
is "$(talk "$P" 'PLUS\r\nhello')" '+Go\r\nhello' "names have no case"
is "$(talk "$P" 'plus\nhello')" '+Go\r\nhello' "a line may end without CR"
is "$(talk "$P" slow 'plus\r\nhello')" '+Go\r\nhello' "a sender of single bytes"
is "$(talk "$P" 'nosuch\r\n')" '-Service not available\r\n' "unknown: a line with a minus"
is "$(talk "$P" '\r\n')" '-Service not available\r\n' "so is nothing"
like "$(talk "$P" "$(printf '%0300d' 0)")" '^-Service ' "so is a name without end"
is "$(talk "$P" 'nam')" '' "who leaves in the middle of the name is left alone"
if [ "$(id -u)" = 0 ]; then
	is "$(talk "$P" 'who\r\n')" 'nobody\n' "privileges are dropped to the entry's user"
else
	is "$(talk "$P" 'who\r\n')" "$(id -un)\n" "the entry's user"
fi
like "$(talk "$P" 'env\r\n')" "TCPREMOTEIP=127.0.0.1.*TCPLOCALPORT=$P" "the handler is told addresses and port"
ok "its start is logged under its name" wait_for logged "accept service=tcpmux/env from=127.0.0.1:"

# Limits of the named service.
exec 5<>"/dev/tcp/127.0.0.1/$P"
printf 'one\r\nhello\n' >&5
read -r -t 10 -u 5 line
is "$line" hello "accept_max: the first is served"
is "$(talk "$P" 'one\r\n')" '-Service busy\r\n' "accept_max: the second is told"
exec 5>&-
free_again() { [ "$(talk "$P" 'one\r\nhello')" = hello ]; }
ok "accept_max: served again when the first has gone" wait_for free_again
is "$(talk "$P" 'rated\r\nhello')" '+Go\r\nhello' "service_max: the first is served"
is "$(talk "$P" 'rated\r\nhello')" '-Service busy\r\n' "service_max: the second is told"
is "$(talk "$P" 'denied\r\n')" '-Access denied\r\n' "deny: no +Go"
ok "deny: it is logged" wait_for logged "reject service=tcpmux/.denied from=127.0.0.1:.* reason=access"

# Limits of the tcpmux service itself: the second client waits until the first has said a name.
exec 5<>"/dev/tcp/127.0.0.1/$FEW"
talk "$FEW" 'plus\r\nhello' >"$T/second" &
second=$!
ok "tcpmux's own accept_max: the second waits" wait_for logged "pause service=$FEW reason=accept_max"
is "$(cat "$T/second")" "" "tcpmux's own accept_max: nothing yet"
printf 'who\r\n' >&5
wait "$second"
is "$(cat "$T/second")" '+Go\r\nhello' "tcpmux's own accept_max: then it is served"
exec 5>&-

# Reload: a name goes, and comes back as another program, for a client that is already there.
exec 5<>"/dev/tcp/127.0.0.1/$P"
sed -i '/going/d; s|tcpmux/cat .*|tcpmux/cat stream tcp nowait - /bin/echo echo new|' "$T/conf"
reload
printf 'cat\r\n' >&5
read -r -t 10 -u 5 line
is "$line" new "reload: who was there before finds the new services"
exec 5>&-
is "$(talk "$P" 'going\r\n')" '-Service not available\r\n' "reload: a name that went"

wait "$silent"
is "$(cat "$T/silent")" '-No service name came\r\n' "who says no name is sent away"
ok "after ten seconds" [ "$(cat "$T/silent.took")" -ge 9 ]
ok "TERM ends it orderly" stop_doorward
done_testing
