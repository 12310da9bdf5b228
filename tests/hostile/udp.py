"""udp.py -- udp nowait and udp builtins against a hostile network.

We stand in a network namespace of our own, the clients in another one behind a veth pair: 10.9.0.1 and
fd09::1 are the server's, 10.9.0.2 and fd09::2 the clients'. WAY=ordinary: the daemon may not put datagrams
back (it is without CAP_NET_RAW, as an ordinary user's), else "put back". ROW=... runs the rows of that name.
"""
import ctypes
import os
import select
import shutil
import socket
import struct
import subprocess
import threading
import time

import harness as h

HANDLER = os.path.join(h.TMP, "handler")
LIBC = ctypes.CDLL(None, use_errno=True)
ORDINARY = ["setpriv", "--inh-caps=-net_raw", "--bounding-set=-net_raw"]
HERE, THERE = ("10.9.0.1", "fd09::1"), ("10.9.0.2", "fd09::2")
SECOND = "10.9.0.3"  # the clients', too


def run(*words, text=None):
    return subprocess.run(words, input=text, text=True, capture_output=True, check=True).stdout


# --- two networks -----------------------------------------------------------------------------------


class Net:
    """The clients' side; `with net:` opens sockets there."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "-n", "sleep", "1000"])
        mine = os.stat("/proc/self/ns/net").st_ino
        other = f"/proc/{self.holder.pid}/ns/net"
        if not h.wait_for(lambda: os.stat(other).st_ino != mine):
            raise RuntimeError("no second network")
        self.home, self.away = os.open("/proc/self/ns/net", os.O_RDONLY), os.open(other, os.O_RDONLY)
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1", "netns", str(self.holder.pid))
        addresses("v0", HERE)
        with self:
            run("ip", "link", "set", "lo", "up")
            addresses("v1", THERE)
            run("ip", "addr", "add", SECOND + "/24", "dev", "v1")

    def __enter__(self):
        self.enter(self.away)

    def __exit__(self, *_):
        self.enter(self.home)

    @staticmethod
    def enter(fd):
        if LIBC.setns(fd, 0x40000000):
            raise OSError(ctypes.get_errno(), "setns")

    def close(self):
        self.holder.kill()
        self.holder.wait()


def addresses(device, pair):
    run("ip", "addr", "add", pair[0] + "/24", "brd", "+", "dev", device)
    run("ip", "-6", "addr", "add", pair[1] + "/64", "dev", device, "nodad")
    run("ip", "link", "set", device, "up")


class Rules:
    """nft rules while the row runs."""

    def __init__(self, text):
        self.text = text

    def __enter__(self):
        if self.text:
            run("nft", "-f", "-", text=self.text)

    def __exit__(self, *_):
        if self.text:
            run("nft", "flush", "ruleset")


class Link:
    """A command to the loopback device, and one that takes it back."""

    def __init__(self, do, undo):
        self.do, self.undo = do.split(), undo.split()

    def __enter__(self):
        run(*self.do)

    def __exit__(self, *_):
        run(*self.undo)


# --- the others -------------------------------------------------------------------------------------


class Witness(threading.Thread):
    """Asks another service every 50 ms: how often, what failed, the longest time."""

    def __init__(self, net, port):
        super().__init__(daemon=True)
        self.net, self.port, self.over = net, port, threading.Event()
        self.times, self.failed = [], 0

    def run(self):
        self.net.enter(self.net.away)  # this thread only
        while not self.over.wait(0.05):
            began = time.monotonic()
            try:
                with socket.create_connection((HERE[0], self.port), 5) as s:
                    self.failed += s.recv(10) == b""
            except OSError:
                self.failed += 1
            self.times.append(time.monotonic() - began)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


class Peer:
    """A client: one socket, one text, who answered it."""

    def __init__(self, s, to, text):
        self.socket, self.to, self.text, self.answers = s, to, text, []
        self.socket.setblocking(False)

    def send(self):
        try:
            self.socket.sendto(self.text, self.to)
        except OSError:
            pass  # an ICMP error of an earlier one

    def pump(self):
        try:
            while True:
                self.answers.append(self.socket.recv(70000))
        except OSError:
            pass
        return self.answers


def peers(net, count, to, text=b"hello", sources=None):
    """Sockets on the clients' side (net None: on the server's own)."""
    if net:
        net.enter(net.away)
    made = []
    for i in range(count):
        s = socket.socket(socket.AF_INET6 if ":" in to[0] else socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        if sources:
            s.bind((sources[i % len(sources)], 0))
        made.append(Peer(s, to, text))
    if net:
        net.enter(net.home)
    return made


def answered(clients, seconds=None):
    """All send at once; who has no answer sends again every 300 ms. How many were answered."""
    end = time.monotonic() + (seconds or h.DEADLINE)
    waiting = list(clients)
    while waiting and time.monotonic() < end:
        for c in waiting:
            c.send()
        again = time.monotonic() + 0.3
        while waiting and time.monotonic() < again:
            select.select([c.socket for c in waiting], [], [], 0.05)
            waiting = [c for c in waiting if not c.pump()]
    return len(clients) - len(waiting)


class Case:
    """A daemon with the service under attack and another one, and what must be true at the end."""

    def __init__(self, net, name, way, keys="", mode="peer 300", prefix=(), family="", wait="no",
                 before=None):
        self.name, self.port, self.other = f"{way}: {name}", h.free_port(), h.free_port()
        if before:
            before(self.port)
        self.got = os.path.join(h.TMP, f"got.{self.port}")
        with open(self.got, "w", encoding="ascii"):
            os.chmod(self.got, 0o666)
        prefix = [str(word).format(port=self.port) for word in prefix]
        conf = (f"{self.port} on protocol = udp{family}, wait = {wait}, user = {h.SOMEBODY},"
                f" exec = {HANDLER}, args = handler {mode} {self.got}{keys};\n"
                f"{self.other} on protocol = tcp, builtin = daytime, user = {h.SOMEBODY};\n")
        before = list(ORDINARY) if way == "ordinary" else []
        self.daemon = h.Daemon(conf, prefix=[*before, *prefix])
        self.failures = h.failures
        self.descriptors, self.most = self.daemon.fds(), 0
        self.watch = threading.Thread(target=self.count, daemon=True)
        self.over = threading.Event()
        self.witness = Witness(net, self.other)

    def count(self):
        while not self.over.wait(0.02):
            try:
                self.most = max(self.most, self.daemon.fds() - self.descriptors)
            except OSError:
                return

    def started(self):
        with open(self.got, encoding="utf-8", errors="replace") as f:
            return [line for line in f if line.startswith("start ")]

    def __enter__(self):
        self.watch.start()
        self.witness.__enter__()
        return self

    def __exit__(self, kind, *_):
        name, d = self.name, self.daemon
        if not kind:
            h.ok(h.wait_for(lambda: not d.handlers()), f"{name}: the handlers end")
            cpu = d.cpu()
            time.sleep(0.5)  # what spins takes all of it
            h.ok(d.cpu() - cpu < 0.25, f"{name}: nothing spins", d.cpu() - cpu)
        self.witness.__exit__()
        self.over.set()
        self.watch.join()
        if not kind:
            times = self.witness.times
            h.note(f"{name}: the other service {len(times)} times, longest {max(times) * 1e3:.0f} ms;"
                   f" {self.most} descriptors, {len(self.started())} handlers")
            h.same(self.witness.failed, 0, f"{name}: the other service answers")
            h.same(d.stop(), 0, f"{name}: TERM ends it")
        if kind or h.failures > self.failures:
            h.note("\n".join(d.text().splitlines()[-10:]))
        d.__exit__()


def serves(case, clients, handlers=None, descriptors=None):
    """All are answered, each by one handler, and no more descriptors than clients were needed."""
    h.same(answered(clients), len(clients), f"{case.name}: every client is answered")
    expected = len(clients) if handlers is None else handlers
    h.same(len(case.started()), expected, f"{case.name}: a handler for each, and no other")
    most = descriptors if descriptors is not None else len(clients) + 8
    h.ok(case.most <= most, f"{case.name}: descriptors are bounded", case.most)


# --- the rows ---------------------------------------------------------------------------------------


NAT = """table inet t {{
 chain pre {{
  type nat hook prerouting priority -100;
  udp dport 5 redirect to :{port}
 }}
}}
"""
SNAT = """table inet t {{
 chain post {{
  type nat hook postrouting priority 100;
  oifname "lo" udp dport {port} masquerade
 }}
}}
"""
DROP = """table inet t {{
 chain in {{
  type filter hook input priority 0;
  iifname "lo" udp dport {port} drop
 }}
}}
"""
TWIST = """table inet t {{
 chain out {{
  type filter hook output priority -200;
  oifname "lo" udp dport {port} udp sport set 4242
 }}
}}
"""


def firewall(net, way, name, rules, port):
    for count in (1, 20):
        with Case(net, f"{name}, {count} at once", way) as c, Rules(rules.format(port=c.port)):
            serves(c, peers(net, count, (HERE[0], port or c.port)))
            if count == 1:
                h.same(c.daemon.lines("^drop "), [], f"{c.name}: nothing is lost")


def loopback(net, way, name, do, undo, text):
    for count in (1, 20):
        with Case(net, f"{name}, {count} at once", way) as c, Link(do, undo):
            serves(c, peers(net, count, (HERE[0], c.port), text))
            if count == 1:
                h.same(c.daemon.lines("^drop "), [], f"{c.name}: nothing is lost")


def broadcast(net, way):
    with Case(net, "subnet broadcast", way) as c:
        client, = peers(net, 1, ("10.9.0.255", c.port))
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        client.send()
        h.ok(c.daemon.logged("reject .*reason=port"), f"{c.name}: it is refused, and said so")
        h.same(c.started(), [], f"{c.name}: no handler")
        serves(c, peers(net, 1, (HERE[0], c.port)))


def nothing(net, way):
    """An empty datagram is one, too: `peer` answers with its pid."""
    for host in HERE:
        for count in (1, 5):
            with Case(net, f"0 bytes to {host}, {count} at once", way) as c:
                serves(c, peers(net, count, (host, c.port), b""))
                if count == 1:
                    h.same(c.daemon.lines("^drop "), [], f"{c.name}: nothing is lost")


def sizes(net, way):
    for host, length in ((0, 1), (0, 65507), (1, 1), (1, 65507), (1, 65527)):
        for count in (1, 5):
            with Case(net, f"{length} bytes to {HERE[host]}, {count} at once", way, mode="echo 300") as c:
                text = os.urandom(length)
                clients = peers(net, count, (HERE[host], c.port), text)
                h.same(answered(clients), count, f"{c.name}: answered")
                if count == 1:
                    h.same(c.daemon.lines("^drop "), [], f"{c.name}: nothing is lost")
                h.same({a for p in clients for a in p.answers}, {text}, f"{c.name}: unchanged")
                for p in clients:
                    p.socket.close()
                for pid in c.daemon.handlers():  # echo waits for ever
                    h.kill(pid, 15)


def datagram(source, to, text=b"x"):
    '''A forged one, by a raw socket of the network that we are in; pairs of address and port.'''
    udp = struct.pack("!HHHH", source[1], to[1], 8 + len(text), 0) + text
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
                       socket.inet_aton(source[0]), socket.inet_aton(to[0]))
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as s:
        s.sendto(head + udp, (to[0], 0))


def forged(net, way):
    with Case(net, "forged sources", way) as c:
        to = (HERE[0], c.port)
        datagram(to, to)
        h.ok(c.daemon.logged("reject .*reason=port"), f"{c.name}: its own address: refused")
        with net:
            datagram((THERE[0], 0), to)
        h.ok(c.daemon.logged("reject .*from=10.9.0.2:0 reason=port"), f"{c.name}: port 0: refused")
        with net:
            datagram(("198.51.100.7", 4000), to)  # no route there: no peer's socket
        h.same(c.started(), [], f"{c.name}: no handler")
        serves(c, peers(net, 1, to))


BINDS = '''
import os, socket, sys, time
os.setresgid(12345, 12345, 12345)
os.setresuid(*3 * [int(sys.argv[2])])
got = 0
while not got and os.getppid() != 1 and not os.path.exists(sys.argv[3]):
    for host in ("0.0.0.0", "10.9.0.1"):
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.setsockopt(socket.SOL_SOCKET, option, 1)
                try:
                    s.bind((host, int(sys.argv[1])))
                    got += 1
                    if len(sys.argv) > 4:
                        print("bound", flush=True)
                        sys.stdin.read()
                except OSError:
                    pass
print(got)
'''


def strangers(net, way):
    '''The port is the service's: nobody else gets it, not in the moment of a hand-over either.'''
    if not h.ROOT or "-r" in os.environ["OWN"]:
        h.skip("strangers: only one user here")
        return
    nobody = str(__import__("pwd").getpwnam("nobody").pw_uid)
    # A handler whose "bye" was dropped, as UDP may drop any, ends by itself.
    with Case(net, "strangers at the port", way, mode="peer 5") as c:
        stop = os.path.join(c.daemon.dir, "stop")
        others = [subprocess.Popen([shutil.which("python3"), "-c", BINDS, str(c.port), uid, stop],
                                   stdout=subprocess.PIPE, text=True) for uid in ("12345", nobody)]
        for _ in range(10):
            answered(peers(net, 8, (HERE[0], c.port), b"bye"))
        with open(stop, "w", encoding="ascii"):
            pass
        h.same([o.communicate()[0].strip() for o in others], ["0", "0"],
               f"{c.name}: neither a stranger nor the handlers' user could bind")
        h.ok(len(c.started()) >= 80, f"{c.name}: meanwhile the clients were served", c.started())


def first_there(net, way):
    if not h.ROOT or "-r" in os.environ["OWN"]:
        h.skip("first there: only one user here")
        return
    first = None

    def bind(port):
        nonlocal first
        first = subprocess.Popen(
            [shutil.which("python3"), "-c", BINDS, str(port), "12345", "/none", "stay"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        first.stdout.readline()

    with Case(net, "a stranger was first", way, before=bind) as c:
        h.ok(c.daemon.logged("Address already in use"), f"{c.name}: the port is not shared")
        first.communicate("")
        serves(c, peers(net, 1, (HERE[0], c.port)))


def crowd(net, way):
    with Case(net, "600 peers, 20 handlers", way, mode="peer 20", keys=", accept_max = 20") as c:
        clients = peers(net, 600, (HERE[0], c.port))
        h.same(answered(clients, 3 * h.DEADLINE), 600, f"{c.name}: every client is answered")
        most = 20 + 8 if way == "put back" else 600
        h.ok(c.most <= most, f"{c.name}: no more descriptors than handlers", c.most)


def descriptors(net, way):
    few = ["sh", "-c", 'ulimit -n 100; exec "$@"', "sh"]
    with Case(net, "100 descriptors, 200 peers", way, mode="peer 20", prefix=few) as c:
        h.same(answered(peers(net, 200, (HERE[0], c.port)), 3 * h.DEADLINE), 200,
               f"{c.name}: every client is answered")


def gone(net, way):
    '''Who asks and goes leaves ICMP errors at his peer's socket.'''
    with Case(net, "clients that are gone", way, keys=", accept_max = 1", mode="peer 100") as c:
        for p in peers(net, 20, (HERE[0], c.port)):
            p.send()
            p.socket.close()
        h.same(answered(peers(net, 1, (HERE[0], c.port))), 1, f"{c.name}: the next one is served")


def leftovers(net, way):
    '''A handler that ends leaves what it did not read; the peer's next try has another one.'''
    with Case(net, "leftovers", way) as c:
        p, = peers(net, 1, (HERE[0], c.port), b"bye")
        for _ in range(5):
            p.send()
        h.ok(h.wait_for(c.started), f"{c.name}: the first is handled")
        h.ok(h.wait_for(lambda: not c.daemon.handlers()), f"{c.name}: its handler ends")
        p.pump()
        p.answers.clear()
        h.same(answered([p]), 1, f"{c.name}: the next try has another")


INHERIT = '''
import os, socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
s.bind(("::", int(sys.argv[1])))
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES=sys.argv[1])
os.execvp(sys.argv[2], sys.argv[2:])
'''


def adopted(net, way):
    '''ListenDatagram=PORT is one socket for both families; the entry has two.'''
    for count in (1, 20):
        with Case(net, f"systemd's dual-stack socket, {count} at once", way,
                  prefix=[shutil.which("python3"), "-c", INHERIT, "{port}"]) as c:
            h.same(len(c.daemon.lines(f"^listen service={c.port} ")), 1, f"{c.name}: it is adopted")
            clients = [p for host in HERE for p in peers(net, count, (host, c.port))]
            serves(c, clients)
            if way == "put back":
                h.same(c.daemon.lines("^drop "), [], f"{c.name}: nothing is lost")


def received():
    with open("/proc/net/snmp", encoding="ascii") as f:
        return int([line.split() for line in f if line.startswith("Udp:")][1][1])


def loops(_, way):
    '''Two doorwards, here and there, that answer each other for a forged datagram.'''
    if way == "ordinary":
        return
    net, port = _, h.free_port()
    there = ["nsenter", f"--net=/proc/{net.holder.pid}/ns/net"]
    for builtin in ("echo", "chargen", "daytime", "time"):
        for keys in ("", ", ip_max = 0"):
            name = f"two doorwards, {builtin}{keys}"
            conf = (f"{port} on protocol = udp, builtin = {builtin}, user = {h.SOMEBODY}{keys};\n",
                    f"{port + 1} on protocol = udp, builtin = {builtin}, user = {h.SOMEBODY}{keys};\n")
            with h.Daemon(conf[0]), h.Daemon(conf[1], prefix=there):
                before = received()
                with net:
                    for _ in range(10):
                        datagram((THERE[0], port + 1), (HERE[0], port))
                end, last = time.monotonic() + 5, -1
                while time.monotonic() < end and last != received():
                    last = received()
                    time.sleep(0.3)
                h.note(f"{name}: {received() - before} datagrams for ten forged ones")
                h.ok(last == received(), f"{name}: it ends")
                h.ok(received() - before < 1000, f"{name}: soon")


def asked(net, way):
    '''hosts.allow's question about a datagram that hangs until its time is over.'''
    if not os.path.exists("/etc/hosts.allow") or "libwrap: yes" not in run(h.DOORWARD, "-V"):
        h.skip("asked: no libwrap here")
        return
    allow, asks = os.path.join(h.TMP, "hosts.allow"), os.path.join(h.TMP, f"asks.{way[:3]}")
    with open(allow, "w", encoding="ascii") as f:
        f.write(f"handler: {THERE[0]}: spawn echo $$ >{asks}; exec sleep 1000\n")
    run("mount", "--bind", allow, "/etc/hosts.allow")
    try:
        with Case(net, "a question that hangs", way, keys=", hosts_access = yes", wait="yes",
                  mode="dgram 300") as c:
            first, = peers(net, 1, (HERE[0], c.port), sources=[THERE[0]])
            first.send()
            h.ok(h.wait_for(lambda: os.path.exists(asks) and os.path.getsize(asks)),
                 f"{c.name}: it is asked")
            h.kill(c.daemon.handlers()[0], 14)  # libwrap's time is over
            h.ok(c.daemon.logged("reject .*reason=hosts_access"), f"{c.name}: it is refused")
            with open(asks, encoding="ascii") as f:
                h.kill(int(f.read()), 9)
            second = peers(net, 1, (HERE[0], c.port), sources=[SECOND])
            h.same(answered(second), 1, f"{c.name}: others are served")
    finally:
        run("umount", "/etc/hosts.allow")


ROWS = [
    (firewall, "redirected by NAT", NAT, 5),
    (firewall, "masqueraded on lo", SNAT, 0),
    (firewall, "dropped on lo", DROP, 0),
    (firewall, "another port on lo", TWIST, 0),
    (loopback, "MTU of lo", "ip link set lo mtu 1000", "ip link set lo mtu 65536", b"x" * 1200),
    (loopback, "lo down", "ip link set lo down", "ip link set lo up", b"hello"),
    (broadcast,),
    (sizes,),
    (nothing,),
    (forged,),
    (strangers,),
    (first_there,),
    (crowd,),
    (descriptors,),
    (gone,),
    (leftovers,),
    (adopted,),
    (loops,),
    (asked,),
]


def main():
    net = Net()
    way, wanted = os.environ["WAY"], os.environ.get("ROW", "")
    try:
        for test, *args in ROWS:
            if wanted not in " ".join([test.__name__, *map(str, args)]):
                continue
            if test is firewall and not shutil.which("nft"):
                h.skip(f"{args[0]}: no nft here")
            else:
                h.rows([(net, way, *args)], test, 1)
    finally:
        net.close()
    h.done()


main()
