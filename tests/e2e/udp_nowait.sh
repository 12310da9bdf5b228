#!/usr/bin/env bash
# e2e/udp_nowait.sh -- udp nowait: one handler a peer, his datagram waiting, nothing handled twice
. "$(dirname "$0")/../lib/lib.sh"

install -m 755 "${abs_top_builddir:?}/tests/lib/handler" "$T/handler" || exit 99

# burst.py HOST PORT PEERS EACH SECONDS: PEERS sockets send EACH datagrams each, interleaved, as fast
# as they can; who has no answer repeats every 300 ms. "first": answered with no repetition.
cat >"$T/burst.py" <<'END'
import select, socket, sys, time
host, port, peers, each = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
deadline = time.monotonic() + float(sys.argv[5])
family = socket.AF_INET6 if ":" in host else socket.AF_INET
socks = []
for i in range(peers):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
    s.setblocking(False)
    socks.append(s)
answers = {s: set() for s in socks}
first = set()
def read(ready):
    for s in ready:
        try:
            answers[s].add(s.recv(1000).split()[0])
        except OSError:
            pass
text = [[b"%d/%d" % (i, n) for i in range(peers)] for n in range(each)]
for n in range(each):
    for i, s in enumerate(socks):
        s.sendto(text[n][i], (host, port))
tries = 0
while time.monotonic() < deadline:
    again = time.monotonic() + 0.3
    while time.monotonic() < again and not all(answers.values()):
        read(select.select(socks, [], [], 0.05)[0])
    if tries == 0:
        first = {s for s in socks if answers[s]}
    late = [s for s in socks if not answers[s]]
    if not late:
        break
    tries += 1
    for s in late:
        s.sendto(b"%d/again%d" % (socks.index(s), tries), (host, port))
# What else comes: the handlers' answers to the rest.
end = time.monotonic() + 0.2
while time.monotonic() < end:
    read(select.select(socks, [], [], 0.05)[0])
for s in socks:
    s.sendto(b"bye", (host, port))
pids = set().union(*answers.values())
print("first=%d answered=%d handlers=%d" % (len(first), sum(bool(a) for a in answers.values()), len(pids)))
END


: >"$T/got"
chmod 666 "$T/got"
started() { grep -c '^start ' "$T/got"; }
twice() { grep '^got ' "$T/got" | awk '$3 != "bye" { print $3 }' | sort | uniq -d | wc -l; }
handlers_gone() { ! pgrep -f "^handler peer [0-9]* $T/got" >/dev/null; }

# burst WHAT HOST PORT EACH: 50 clients send EACH datagrams each
burst() {
	local out
	wait_for handlers_gone
	: >"$T/got"
	out=$(python3 "$T/burst.py" "$2" "$3" 50 "$4" "$DEADLINE")
	note "$1: $out (of 50), $(grep -c '^got ' "$T/got") datagrams read"
	like "$out" 'answered=50 ' "$1: every client is answered"
	is "$(started)" 50 "$1: exactly 50 handlers"
	is "$(twice)" 0 "$1: nothing is handled twice"
	# As many as fit the listener's queue, by a daemon that may put them back: none is lost.
	if [ "$4" = 1 ] && [ "${puts_back:-no}" = yes ]; then
		is "$(grep -c '^got .*/0$' "$T/got")" 50 "$1: every first try is handled"
	fi
	is "$(awk '/^start / { print $3 }' "$T/got" | sort -u | wc -l)" 50 "$1: each has a peer of its own"
}

# ask.py HOST PORT TEXT...: one client; who answers each text ("-": nobody), asked again every 400 ms
cat >"$T/ask.py" <<'END'
import os, socket, sys, time
host, port = sys.argv[1], int(sys.argv[2])
patience = float(os.environ.get("PATIENCE", os.environ["DEADLINE"]))
s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
s.connect((host, port)) # only answers from the address asked are seen
s.settimeout(min(patience, 0.4))
for text in sys.argv[3:]:
    end, who = time.monotonic() + patience, "-"
    while who == "-" and time.monotonic() < end:
        try:
            s.send(text.encode())
            answer = s.recv(1000).decode().split(" ")
            while answer[2] != text: # to an earlier try
                answer = s.recv(1000).decode().split(" ")
            who = answer[0]
        except OSError:
            pass
    print(who, end=" ")
END
export DEADLINE
ask() { python3 "$T/ask.py" "$@"; }

P=$(free_port) LIMITED=$(free_port) DENIED=$(free_port) RATED=$(free_port)
cat >"$T/conf" <<END
$P dgram udp nowait $SOMEBODY $T/handler handler peer 3000 $T/got
$LIMITED on protocol = udp4, wait = no, user = $SOMEBODY, exec = $T/handler,
	args = handler peer 600 $T/got, accept_max = 2;
$DENIED on protocol = udp4, wait = no, user = $SOMEBODY, exec = $T/handler,
	args = handler peer 600 $T/got, deny = 127.0.0.0/8;
$RATED on protocol = udp4, wait = no, user = $SOMEBODY, exec = $T/handler,
	args = handler peer 10 $T/got, ip_max = 3/h;
END

one_peer() {
	local out a b c
	wait_for handlers_gone
	: >"$T/got"
	out=$(ask 127.0.0.2 "$P" one two three bye)
	read -r a b c _ <<<"$out"
	ok "$1: the address asked answers" [ "${a:--}" != - ]
	is "$b $c" "$a $a" "$1: what the peer sends later goes to his handler"
	like "$(cat "$T/got")" "start $a peer=127.0.0.1#[0-9]* local=127.0.0.2#$P waiting=1" \
		"$1: a connected socket, the datagram waiting"
	is "$(grep -c '^start' "$T/got")" 1 "$1: one handler"
	# The handler ended at "bye"; the same source port comes again, at once.
	out=$(ask 127.0.0.1 "$P" bye again bye)
	read -r a b _ <<<"$out"
	ok "$1: a peer whose handler has gone gets another" [ "${b:--}" != - -a "$a" != "$b" ]
	like "$(ask 127.0.0.1 "$P" "" bye)" '^[0-9]' "$1: an empty datagram is one, too"
}

# What one peer sent while the daemon was busy is his handler's, all of it.
queue() {
	wait_for handlers_gone
	: >"$T/got"
	kill -STOP "${pid:?}"
	python3 - "$P" <<'END'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("127.0.0.1", int(sys.argv[1])))
for text in (b"one", b"two", b"three", b"bye"):
    s.send(text)
END
	kill -CONT "$pid"
	ok "$1: a queue of one peer's: the last is handled" wait_for grep -q bye "$T/got"
	is "$(awk '{ print $1, $1 == "got" ? $3 : "" }' "$T/got" | tr '\n' ' ')" \
		"start  got one got two got three got bye " "$1: a queue of one peer's: all, in order, by one handler"
}

nobody_got() { ! grep -q "^got .* $1$" "$T/got"; }

limits() {
	wait_for handlers_gone
	: >"$T/got"
	# One program with five sockets that stay: the port of a client who has gone may be the next one's,
	# and the handler, who is still there, his.
	like "$(python3 "$T/burst.py" 127.0.0.1 "$LIMITED" 5 1 "$DEADLINE")" ' answered=5 handlers=[5-9]$' \
		"accept_max: the others are served when there is room"
	ok "accept_max: the pause is logged" logged "pause service=$LIMITED reason=accept_max"
	is "$(PATIENCE=0.2 ask 127.0.0.1 "$DENIED" hello)" "- " "deny: no handler"
	ok "deny: it is logged" logged "reject service=$DENIED from=127.0.0.1:[0-9]* reason=access"
	# Who asks all hosts of a network at once has no answer: he could have others flooded.
	python3 - "$P" <<'END'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.sendto(b"all", ("127.255.255.255", int(sys.argv[1])))
END
	ok "broadcast: it is logged" wait_for logged "reject service=$P from=127.0.0.1:[0-9]* reason=port"
	ok "broadcast: no handler" nobody_got all
	for _ in 1 2 3; do ask 127.0.0.1 "$RATED" hello >>"$T/rated"; done
	PATIENCE=0.2 ask 127.0.0.1 "$RATED" hello >>"$T/rated"
	is "$(grep -Eo '[0-9]+' "$T/rated" | wc -l)" 3 "ip_max: three handlers"
	ok "ip_max: the fourth is logged" logged "reject service=$RATED from=127.0.0.1:[0-9]* reason=ip_max"
}

# CAP_NET_RAW, not only uid 0: a container may be without.
if (($(sed -n 's/^CapEff:\t*/16#/p' /proc/self/status 2>/dev/null || echo 0) >> 13 & 1)); then puts_back=yes; fi
start_doorward "$T/conf"
burst "500 datagrams" 127.0.0.1 "$P" 10
burst "50 datagrams" 127.0.0.1 "$P" 1
if has_ipv6; then
	burst "500 datagrams, IPv6" ::1 "$P" 10
	burst "50 datagrams, IPv6" ::1 "$P" 1
	like "$(ask ::1 "$P" one bye)" '^[0-9]+ ' "IPv6: a client is answered"
else
	skip "no IPv6 here"
fi
one_peer "127.0.0.2"
if [ "${puts_back:-no}" = yes ]; then queue "put back"; else skip "no right to put back"; fi
limits
ok "TERM ends it orderly" stop_doorward

if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	# The same without the right to put datagrams back.
	puts_back=no
	chmod 777 "$T"
	install -m 755 "$DOORWARD" "$T/doorward"
	sed "s/ $SOMEBODY / - /; s/user = $SOMEBODY, //" "$T/conf" >"$T/conf.user"
	cat >"$T/as_nobody" <<END
#!/bin/sh
exec setpriv --reuid=nobody --regid=nogroup --clear-groups $T/doorward "\$@"
END
	chmod 755 "$T/as_nobody"
	DOORWARD=$T/as_nobody start_doorward "$T/conf.user"
	burst "ordinary user: 500 datagrams" 127.0.0.1 "$P" 10
	burst "ordinary user: 50 datagrams" 127.0.0.1 "$P" 1
	one_peer "ordinary user"
	queue "ordinary user"
	ok "TERM ends it orderly" stop_doorward
else
	skip "no change of user here"
fi
done_testing
