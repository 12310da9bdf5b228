#!/usr/bin/env bash
# e2e/builtins.sh -- echo, discard, chargen, daytime, time against their RFCs; what udp must not answer
# shellcheck source=tests/lib/lib.sh
# shellcheck disable=SC2154,SC2317,SC2016 # pid is of lib.sh; wait_for calls functions; a script for another shell stands in quotes
. "$(dirname "$0")/../lib/lib.sh"

# A second address of IPv6, and packets that nobody else sees, need a network of our own.
if [ -z "${OWN_NETWORK:-}" ] && [ "$(id -u)" = 0 ] && unshare -n ip link set lo up 2>/dev/null; then
	rm -rf "$T"
	exec env OWN_NETWORK=1 unshare -n bash -c 'ip link set lo up
		ip addr add fd00::2/128 dev lo nodad 2>/dev/null
		exec bash "$0"' "$0"
fi

S=$SOMEBODY
ports=$(free_ports 13 | tr '\n' ' ')
# shellcheck disable=SC2034 # some are for the client only
read -r ECHO DISCARD CHARGEN DAYTIME TIME DUAL FREE FREE2 ALONE ECHO4 CHARGEN4 LIMITED OTHER <<<"$ports"
for name in echo discard chargen daytime time; do
	for protocol in tcp udp; do
		case $name in
		echo) port=$ECHO ;; discard) port=$DISCARD ;; chargen) port=$CHARGEN ;; daytime) port=$DAYTIME ;; *) port=$TIME ;;
		esac
		case $protocol in tcp) kind=stream wait=nowait ;; *) kind=dgram wait=wait ;; esac
		echo "$port $kind $protocol $wait $S internal $name"
	done
done >"$T/conf"
cat >>"$T/conf" <<EOF2
$DUAL dgram udp46 wait $S internal echo
$FREE on socktype = dgram, protocol = udp4, builtin = chargen, user = $S, ip_max = 0;
$FREE2 dgram udp4 nowait $S internal echo
127.0.0.1:$ECHO4 dgram udp4 wait $S internal echo
127.0.0.1:$CHARGEN4 on socktype = dgram, protocol = udp4, builtin = chargen, user = $S, ip_max = 0;
$LIMITED on socktype = dgram, protocol = udp4, builtin = echo, user = $S, ip_max = 3;
EOF2
[ "$S" = - ] && sed -i 's/ user = -,//; s/, user = -;/;/' "$T/conf"
# A program takes its turn on a port that no builtin has.
echo "$ALONE dgram udp4 wait $S /bin/cat" >>"$T/conf"

"$DOORWARD" -t "$T/conf" >"$T/table" 2>&1
for name in chargen daytime time; do
	like "$(grep " dgram udp .*internal:$name " "$T/table")" ' ip_max=60$' "udp $name has a default ip_max"
done
like "$(grep " dgram udp .*internal:echo " "$T/table")" ' ip_max=600$' "udp echo has a default ip_max"
is "$(grep ip_max= "$T/table" | grep -vc " dgram .*internal:echo ")" 3 "and nobody else has one that was not given"
"$DOORWARD" -t -C 7 "$T/conf" >"$T/table" 2>&1
like "$(grep " dgram udp .*internal:time " "$T/table")" ' ip_max=7$' "-C comes before it"
echo "# nothing" >"$T/none"
"$DOORWARD" -t "$T/none" >"$T/table" 2>&1
is "$(cat "$T/table")" "0 services" "none is on by default"

start_doorward -l "$T/conf"

cat >"$T/client.py" <<'EOF2'
import os, re, select, signal, socket, struct, sys, threading, time

log, pid, deadline = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
(ECHO, DISCARD, CHARGEN, DAYTIME, TIME, DUAL, FREE, FREE2, ALONE, ECHO4, CHARGEN4, LIMITED,
 OTHER) = map(int, sys.argv[4:17])
socket.setdefaulttimeout(deadline)
root = os.geteuid() == 0


def report(good, what, why=""):
    print(("ok " if good else "not ok ") + what + ("" if good else " # " + why), flush=True)


def check(what):
    def run(test):
        try:
            test()
            report(True, what)
        except Exception as e:  # an assertion or a time-out: told with its line
            line = e.__traceback__.tb_next.tb_lineno if e.__traceback__.tb_next else 0
            report(False, what, f"line {line}: {type(e).__name__} {e}".replace("\n", " ")[:500])
    return run


def has(family, host):
    try:
        with socket.socket(family) as s:
            s.bind((host, 0))
        return True
    except OSError:
        return False


hosts = [(socket.AF_INET, "127.0.0.1")] + ([(socket.AF_INET6, "::1")] if has(socket.AF_INET6, "::1") else [])


def tcp(family, host, port):
    s = socket.socket(family, socket.SOCK_STREAM)
    s.connect((host, port))
    return s


def udp(family, host="", port=0):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.bind((host, port))
    return s


def rest(s):
    data = b""
    while True:
        more = s.recv(65536)
        if not more:
            return data
        data += more


def ask(s, to, data):
    s.sendto(data, to)
    return s.recvfrom(70000)


def state(port):
    """started and the reject counts of a service (all of its families), as USR1 tells them."""
    size = os.stat(log).st_size
    os.kill(pid, signal.SIGUSR1)
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        with open(log, "rb") as f:
            f.seek(size)
            # The last of the configuration is the end of the list.
            text = f.read().decode()
        if re.search(rf"(?m)^state service={ALONE} .*\n", text):
            break
        time.sleep(0.01)
    total = {"started": 0, "rejected": 0, "port": 0, "ip_max": 0}
    for line in re.findall(rf"(?m)^state service={port} protocol=udp.*", text):
        for key, n in re.findall(r" (\w+)=(\d+)\b(?!/)", line):
            if key in total:
                total[key] += int(n)
    return total


def until(port, key, n):
    end = time.monotonic() + deadline
    while state(port)[key] < n:
        assert time.monotonic() < end, f"{key} of {port}: {state(port)}, not {n}"
        time.sleep(0.01)


def nothing(s):
    return not select.select([s], [], [], 0)[0]


PATTERN = bytes(range(32, 127))


def chargen_line(i):
    return bytes(PATTERN[(i + k) % 95] for k in range(72)) + b"\r\n"


DAY = re.compile(rb"[A-Z][a-z]+day, [A-Z][a-z]+ \d\d?, \d{4} \d\d:\d\d:\d\d-[A-Z0-9+-]+\r\n\Z")


def good_time(four):
    assert len(four) == 4, four
    return abs(struct.unpack("!I", four)[0] - (int(time.time()) + 2208988800) % 2**32) <= 60


# --- streams ---------------------------------------------------------------------------------------

for family, host in hosts:
    v = "IPv4" if family == socket.AF_INET else "IPv6"

    @check(f"RFC 862, tcp, {v}: a megabyte comes back unchanged, then the end")
    def _():
        s, data = tcp(family, host, ECHO), os.urandom(1 << 20)
        def send():
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
        t = threading.Thread(target=send)
        t.start()
        back = rest(s)
        t.join()
        assert back == data, len(back)

    @check(f"RFC 862, tcp, {v}: each piece comes back at once")
    def _():
        s = tcp(family, host, ECHO)
        for piece in b"a", b"\0\xff\r\n", b"x" * 1000:
            s.sendall(piece)
            got = b""
            while len(got) < len(piece):
                got += s.recv(65536)
            assert got == piece, got

    @check(f"RFC 863, tcp, {v}: all is taken, nothing comes back")
    def _():
        s = tcp(family, host, DISCARD)
        s.sendall(b"x" * (1 << 20))
        assert nothing(s)
        s.shutdown(socket.SHUT_WR)
        assert rest(s) == b""

    @check(f"RFC 864, tcp, {v}: 72 characters a line, each line one further, without end")
    def _():
        s, data = tcp(family, host, CHARGEN), b""
        s.sendall(b"what the client says is thrown away")
        while len(data) < 74 * 2000:
            data += s.recv(65536)
        for i in range(2000):
            assert data[74 * i:74 * i + 74] == chargen_line(i), (i, data[74 * i:74 * i + 74])

    @check(f"RFC 867, tcp, {v}: one line, then the end")
    def _():
        line = rest(tcp(family, host, DAYTIME))
        assert DAY.match(line), line

    @check(f"RFC 868, tcp, {v}: four bytes, then the end")
    def _():
        assert good_time(rest(tcp(family, host, TIME)))

# --- datagrams -------------------------------------------------------------------------------------

for family, host in hosts:
    v = "IPv4" if family == socket.AF_INET else "IPv6"

    @check(f"RFC 862, udp, {v}: each datagram comes back, empty and large ones too")
    def _():
        s = udp(family)
        for data in b"hello", b"", b"\0", os.urandom(1400), os.urandom(60000):
            back, peer = ask(s, (host, ECHO), data)
            assert back == data and peer[:2] == (host, ECHO), (len(back), peer)

    @check(f"RFC 863, udp, {v}: no answer")
    def _():
        s, before = udp(family), state(DISCARD)["started"]
        for data in b"hello", b"", os.urandom(1400):
            s.sendto(data, (host, DISCARD))
        until(DISCARD, "started", before + 3)
        assert nothing(s)

    @check(f"RFC 864, udp, {v}: lines of at most 512 bytes, also to an empty request")
    def _():
        s = udp(family)
        for data in b"", b"x", b"x" * 1000:
            back, _ = ask(s, (host, CHARGEN), data)
            assert 0 < len(back) <= 512, len(back)
            assert back == b"".join(map(chargen_line, range(len(back) // 74))), back

    @check(f"RFC 867, udp, {v}: one line for one datagram, also an empty one")
    def _():
        s = udp(family)
        for data in b"", b"x" * 1000:
            back, _ = ask(s, (host, DAYTIME), data)
            assert DAY.match(back), back

    @check(f"RFC 868, udp, {v}: four bytes for one datagram, also an empty one")
    def _():
        s = udp(family)
        for data in b"", b"x" * 1000:
            assert good_time(ask(s, (host, TIME), data)[0])

    @check(f"udp, {v}: one answer for one datagram")
    def _():
        s = udp(family)
        for port in ECHO, DAYTIME, TIME, CHARGEN:
            ask(s, (host, port), b"once")
        before = state(ECHO)["started"]
        assert ask(s, (host, ECHO), b"after")[0] == b"after"
        until(ECHO, "started", before + 1)
        assert nothing(s)

# --- the address asked -----------------------------------------------------------------------------

asked = [(socket.AF_INET, h) for h in ("127.0.0.1", "127.0.0.2", "127.77.7.7")]
asked += [(socket.AF_INET6, h) for h in ("::1", "fd00::2") if has(socket.AF_INET6, h)]
for family, host in asked:
    @check(f"asked at {host}, it answers from there")
    def _():
        s = udp(family)
        for port in ECHO, CHARGEN, DAYTIME, TIME, DUAL:
            _, peer = ask(s, (host, port), b"from where?")
            assert peer[:2] == (host, port), peer

# --- no loops --------------------------------------------------------------------------------------

small = (7, 9, 11, 13, 17, 19, 37, 53, 123, 161) if root else ()
small += (1434, 1900, 3702, 5353, 5683, 11211)
for port in small:
    try:
        s = udp(socket.AF_INET, "127.0.0.5", port)
    except OSError:
        continue  # somebody has it

    @check(f"from port {port} nothing is answered")
    def _():
        before = state(FREE2)
        s.sendto(b"?", ("127.0.0.1", FREE2))
        until(FREE2, "port", before["port"] + 1)
        assert nothing(s)
        assert state(FREE2)["started"] == before["started"]
    s.close()

for what, port in ("an echo", ECHO4), ("a chargen", CHARGEN4):
    s = udp(socket.AF_INET, "127.0.0.5", port)

    @check(f"from a port that {what} here is configured on, nothing is answered")
    def _():
        for to in FREE2, FREE:
            before = state(to)
            s.sendto(b"?", ("127.0.0.1", to))
            until(to, "port", before["port"] + 1)
            assert state(to)["started"] == before["started"]
        assert nothing(s)
    s.close()

s = udp(socket.AF_INET, "127.0.0.5", OTHER)


@check("from any other port it is")
def _():
    assert ask(s, ("127.0.0.1", FREE2), b"!")[0] == b"!"


def forge(source, port, to, data):
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    body = struct.pack("!HHHH", port, to, 8 + len(data), 0) + data
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, 17, 0,
                       socket.inet_aton(source), socket.inet_aton("127.0.0.1"))
    raw.sendto(head + body, ("127.0.0.1", 0))


if root and "OWN_NETWORK" in os.environ:
    for name, source, to in (("echo to chargen", FREE2, FREE), ("chargen to echo", FREE, FREE2),
                             ("echo to itself", FREE2, FREE2), ("chargen to itself", FREE, FREE),
                             ("echo to another echo", ECHO, FREE2)):
        @check(f"forged from {name}: no second packet")
        def _():
            # Everything that goes over lo, seen from outside.
            tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            tap.bind(("lo", 0))
            before = [state(p) for p in (source, to)]
            forge("127.0.0.1", source, to, b"ping")
            until(to, "port", before[-1]["port"] + 1)
            after = [state(p) for p in (source, to)]
            assert [a["started"] for a in after] == [b["started"] for b in before], after
            seen, ports = 0, struct.pack("!HH", source, to)
            while not nothing(tap):
                packet, where = tap.recvfrom(65536)
                if where[2] != socket.PACKET_OUTGOING:
                    seen += packet[23] == 17 and {packet[34:36], packet[36:38]} & {ports[:2], ports[2:]} != set()
            assert seen == 1, f"{seen} packets"
            tap.close()
else:
    print("skip forged packets need root and a network of our own", flush=True)

# --- no more than it should be ---------------------------------------------------------------------


def flood(port, n, limit):
    s, before, start = udp(socket.AF_INET, "127.0.0.9"), state(port), time.monotonic()
    for i in range(n):
        s.sendto(b"", ("127.0.0.1", port))
        if i % 10 == 9:  # not more than the socket's queue takes
            end = time.monotonic() + deadline
            while True:
                now = state(port)
                if now["started"] + now["rejected"] - before["started"] - before["rejected"] > i:
                    break
                assert time.monotonic() < end, now
    took = time.monotonic() - start
    got = 0
    while not nothing(s):
        s.recv(70000)
        got += 1
    more = int(took * limit / 60) + 1
    assert limit <= got <= limit + more, f"{got} answers in {took:.1f} s"
    assert state(port)["ip_max"] - before["ip_max"] == n - got, state(port)
    return s


for name, port in ("chargen", CHARGEN), ("daytime", DAYTIME), ("time", TIME):
    @check(f"udp {name}: 60 answers a minute and source")
    def _():
        s = flood(port, 80, 60)
        other = udp(socket.AF_INET, "127.0.0.10")
        assert ask(other, ("127.0.0.1", port), b"")[0]


@check("ip_max of the entry is what counts")
def _():
    flood(LIMITED, 20, 3)


@check("ip_max = 0: no limit")
def _():
    s = udp(socket.AF_INET)
    for i in range(100):
        assert ask(s, ("127.0.0.1", FREE), b"")[0]


@check("a builtin's own rejects say why")
def _():
    text = open(log).read()
    assert re.search(rf"(?m)^reject service={FREE2} from=127\.0\.0\.[0-9]+:\d+ reason=port", text)
    assert re.search(rf"(?m)^reject service={CHARGEN} from=127\.0\.0\.9:\d+ reason=ip_max", text)
EOF2
# shellcheck disable=SC2086 # words
python3 "$T/client.py" "$T/log" "$pid" "$DEADLINE" $ports >"$T/results" 2>&1
python_status=$?
while read -r result; do
	case $result in
	ok*) pass "${result#ok }" ;;
	not\ ok*) fail "${result#not ok }" ;;
	skip*) skip "${result#skip }" ;;
	*) note "$result" ;;
	esac
done <"$T/results"
is "$python_status" 0 "the client came to its end"

# --- whose processes these are --------------------------------------------------------------------

child_of() { sed -n "s/^accept service=$1 .*pid=\([1-9][0-9]*\) .*/\1/p" "$T/log" | tail -n 1; }
for port in "$ECHO" "$DISCARD" "$CHARGEN"; do
	before=$(log_count "^accept service=$port ")
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	ok "tcp $port: a child serves" wait_for logged_times $((before + 1)) "^accept service=$port .*pid=[1-9]"
	child=$(child_of "$port")
	is_somebody() { [ "$(stat -c %u "/proc/$child")" = "$(id -u "${S/#-/$ME}")" ]; }
	ok "tcp $port: as the entry's user" wait_for is_somebody
	exec {fd}>&-
	ok "tcp $port: it ends with its client" wait_for logged "exit service=$port pid=$child "
done
ok "TERM ends it orderly" stop_doorward
done_testing
