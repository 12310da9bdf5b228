"""systemd's part, played: a notify socket, a watchdog, sockets handed over as fd 3 and up.

systemd_manager.py: prints "ok WHAT", "not ok WHAT" or "note TEXT" a line, for
e2e/systemd.sh to count. The other side of sd_notify(3), sd_listen_fds(3) and the
Type=notify-reload of systemd.service(5).
"""
import os
import select
import signal
import socket
import threading
import time

import harness
from harness import DEADLINE, DOORWARD, TMP as T

CONF = T + "/sd.conf"
UNIX = T + "/sd.sock"


def say(good, what, why=""):
    print("ok" if good else "not ok", what, ("(" + str(why) + ")") if why and not good else "", flush=True)
    return good


def now_usec():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


class Manager:
    """One service as systemd sees it."""

    def __init__(self, listen, log, **env):
        self.path = T + "/notify"
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(self.path)
        self.log = log
        self.seen = []
        self.pid = os.fork()
        if self.pid == 0:
            self.become(listen, env)

    def become(self, listen, env):
        try:
            # High first: a socket may stand where another must go.
            high = [os.dup2(s.fileno(), 100 + i) for i, (s, _) in enumerate(listen)]
            for i, fd in enumerate(high):
                os.dup2(fd, 3 + i, inheritable=True)
            os.closerange(3 + len(listen), 200)
            os.environ.update(NOTIFY_SOCKET=self.path, LISTEN_FDS=str(len(listen)), LISTEN_PID=str(os.getpid()),
                              LISTEN_FDNAMES=":".join(name for _, name in listen), **env)
            out = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.dup2(out, 1)
            os.dup2(out, 2)
            os.close(out)
            os.execv(DOORWARD, [DOORWARD, "-f", "--no-time", "--control=", CONF])
        finally:
            os._exit(127)

    def message(self):
        """The next one, as a dictionary in order; {} at the deadline."""
        if not select.select([self.notify], [], [], DEADLINE)[0]:
            return {}
        text = self.notify.recv(4096).decode()
        self.seen.append((now_usec(), text))
        return dict(line.split("=", 1) for line in text.split("\n") if line)

    def until(self, key):
        while True:
            m = self.message()
            if not m or key in m:
                return m

    def reload(self):
        """As systemd does it. None if all went by the book, else what did not."""
        begin = now_usec()
        os.kill(self.pid, signal.SIGHUP)
        first = self.until("RELOADING")
        if first.get("RELOADING") != "1" or "READY" in first:
            return "no RELOADING=1 of its own: %r" % first
        if not begin <= int(first.get("MONOTONIC_USEC", "0")) <= now_usec():
            return "MONOTONIC_USEC is not between the signal and now: %r, %d" % (first, begin)
        last = self.until("READY")
        if last.get("READY") != "1" or "RELOADING" in last:
            return "no READY=1 of its own: %r" % last
        return None

    def stop(self, signo=signal.SIGTERM):
        os.kill(self.pid, signo)
        last = self.until("STOPPING")
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self.notify.close()
        return last, status


def listener(address, family=socket.AF_INET, kind=socket.SOCK_STREAM, dual=False):
    s = socket.socket(family, kind)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not dual)
    if family != socket.AF_UNIX:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == socket.SOCK_STREAM)
    s.bind(address)
    if kind == socket.SOCK_STREAM:
        s.listen(512)
    return s


def ask(address, text=b"ping", family=socket.AF_INET):
    """Send, end, and read to the end."""
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(DEADLINE)
        try:
            s.connect(address)
            s.sendall(text)
            s.shutdown(socket.SHUT_WR)
            got = b""
            while True:
                more = s.recv(4096)
                if not more:
                    return got
                got += more
        except OSError as e:
            return repr(e).encode()


def ask_udp(port, text):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(1)
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            s.sendto(text, ("127.0.0.1", port))
            try:
                return s.recv(4096)
            except socket.timeout:
                pass
    return b""


def write_conf(*lines):
    with open(CONF + ".new", "w", encoding="ascii") as f:
        f.write("\n".join(lines) + "\n")
    os.rename(CONF + ".new", CONF)


def log_text(log):
    with open(log, encoding="utf-8", errors="replace") as f:
        return f.read()


def refused(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) != 0


class Clients(threading.Thread):
    """One connection after the other until told to stop; each must be answered."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.asked, self.lost, self.enough = port, 0, [], False

    def run(self):
        while not self.enough:
            word = b"%d" % self.asked
            got = ask(("127.0.0.1", self.port), word)
            self.asked += 1
            if got != word:
                self.lost.append(got)


class Adopted:
    """Services on sockets of systemd's, one that opens its own, and the log of their daemon."""

    def __init__(self):
        self.log = T + "/log"
        self.at, self.named, self.unnamed, old, self.dgram, self.twin, self.own = (harness.free_port() for _ in range(7))
        self.sockets = [
            (listener(("127.0.0.1", self.at)), "x"),
            (listener(("127.0.0.1", self.named)), str(self.unnamed)),
            (listener(("127.0.0.1", self.dgram), kind=socket.SOCK_DGRAM), "y"),
            (listener(UNIX, socket.AF_UNIX), "z"),
            (listener(("127.0.0.1", old)), "nobodys"),
        ]
        self.lines = [
            "127.0.0.1:%d stream tcp4 nowait - /bin/cat cat" % self.at,
            "127.0.0.1:%d stream tcp4 nowait - /bin/cat cat" % self.unnamed,
            "127.0.0.1:%d dgram udp4 wait - internal echo" % self.dgram,
            "%s stream unix nowait - /bin/sh sh -c 'cat; env'" % UNIX,
            "127.0.0.1:%d stream tcp4 nowait - /bin/cat cat" % self.own,
        ]
        if harness.has_ipv6():
            self.sockets.append((listener(("::", self.twin), socket.AF_INET6, dual=True), "dual"))
            self.lines.append("%d stream tcp nowait - /bin/cat cat" % self.twin)
        write_conf(*self.lines)

    def start(self):
        m = Manager(self.sockets, self.log)
        return m, m.until("READY")


def check_adopted(a):
    say(ask(("127.0.0.1", a.at)) == b"ping", "a socket is adopted by its address")
    say(ask(("127.0.0.1", a.named)) == b"ping", "a socket is adopted by its name")
    say(refused(a.unnamed), "... and its entry opens none besides")
    say(ask_udp(a.dgram, b"hello") == b"hello", "a datagram socket is adopted")
    env = ask(UNIX, family=socket.AF_UNIX)
    say(b"PROTO=UNIX" in env, "a unix socket is adopted by its path", env)
    say(b"LISTEN_" not in env and b"NOTIFY_" not in env and b"WATCHDOG_" not in env,
        "handlers learn nothing of systemd's", env)
    say(ask(("127.0.0.1", a.own)) == b"ping", "a service without a socket opens its own")
    if harness.has_ipv6():
        say(ask(("127.0.0.1", a.twin)) == b"ping", "a dual-stack socket serves plain tcp over IPv4")
        say(ask(("::1", a.twin), family=socket.AF_INET6) == b"ping", "... and over IPv6")
    say("nobodys" in log_text(a.log), "a socket that no entry wants is reported")


def show_protocol(m, begin):
    """Type=notify-reload once in full, for the log."""
    print("note systemd (at 0 us): kill(%d, SIGHUP)" % m.pid)
    for t, text in m.seen:
        for line in text.split("\n"):
            if line.startswith("MONOTONIC_USEC="):
                line += " (at %d us)" % (int(line.split("=")[1]) - begin)
            print("note doorward (came at %d us): %s" % (t - begin, line))


def check_reload(a, m):
    m.seen.clear()
    begin = now_usec()
    say(m.reload() is None, "a reload: RELOADING=1 with MONOTONIC_USEC=, then READY=1", m.seen)
    show_protocol(m, begin)
    write_conf(*a.lines, "this is no entry")
    say(m.reload() is None, "a reload that fails ends with READY=1 too", m.seen[-3:])
    say(ask(("127.0.0.1", a.at)) == b"ping", "... and nothing has changed")


def check_outlives_entry(a, m):
    """The entry goes, its socket stays; a client who comes meanwhile waits for it."""
    write_conf(*a.lines[1:])
    why = m.reload()
    early = socket.create_connection(("127.0.0.1", a.at))
    early.settimeout(DEADLINE)
    early.sendall(b"early")
    early.shutdown(socket.SHUT_WR)
    write_conf(*a.lines)
    why = why or m.reload()
    try:
        say(why is None and early.recv(100) == b"early", "an adopted socket outlives its entry, and serves the next", why)
    except OSError as e:
        say(False, "an adopted socket outlives its entry, and serves the next", e)


def check_reloads_under_clients(a, m):
    """100 reloads, each with a change, under clients on an adopted and on an own socket."""
    clients = [Clients(a.at), Clients(a.own)]
    for c in clients:
        c.start()
    why = None
    for i in range(100):
        changed = [l.replace("nowait -", "nowait/%d -" % (100 + i)) for l in a.lines]
        write_conf(*changed[:3 + i % 2], *changed[4:])
        why = why or m.reload()
    for c in clients:
        c.enough = True
    for c in clients:
        c.join()
    say(why is None, "100 reloads by the book", why)
    lost = clients[0].lost + clients[1].lost
    say(not lost and min(c.asked for c in clients) > 0, "100 reloads lose no connection", lost[:5])
    print("note %d and %d connections during 100 reloads" % tuple(c.asked for c in clients))


def check_two_runs(a, m):
    last, status = m.stop()
    say(last.get("STOPPING") == "1" and status == 0, "TERM: STOPPING=1, exit status 0", (last, status))
    say(os.path.exists(UNIX), "systemd's unix socket is not removed")
    waiting = socket.create_connection(("127.0.0.1", a.at))
    waiting.settimeout(DEADLINE)
    waiting.sendall(b"still here")
    waiting.shutdown(socket.SHUT_WR)
    write_conf(*a.lines)
    m, _ = a.start()
    say(waiting.recv(100) == b"still here", "a client between two runs waits in the backlog")
    m.stop()


def part_adopt_and_reload():
    a = Adopted()
    m, ready = a.start()
    say(ready.get("READY") == "1", "READY=1 at start", ready)
    say(ready.get("STATUS", "").startswith("%d services" % len(a.lines)), "STATUS has the number of services", ready)
    check_adopted(a)
    check_reload(a, m)
    check_outlives_entry(a, m)
    check_reloads_under_clients(a, m)
    check_two_runs(a, m)


def part_names():
    """Where names decide: more than one socket, one family each, an address that excludes."""
    log = T + "/names.log"
    both, other, strict, elsewhere = (harness.free_port() for _ in range(4))
    sockets = [(listener(("127.0.0.1", other)), str(strict))]
    lines = ["127.0.0.2:%d stream tcp4 nowait - /bin/cat cat" % strict]
    if harness.has_ipv6():
        sockets += [(listener(("::1", elsewhere), socket.AF_INET6), str(both)),
                    (listener(("127.0.0.1", elsewhere)), str(both))]
        lines.append("%d stream tcp nowait - /bin/cat cat" % both)
    write_conf(*lines)
    m = Manager(sockets, log)
    m.until("READY")
    say(ask(("127.0.0.2", strict)) == b"ping", "a name does not override the address of an entry")
    if harness.has_ipv6():
        say(ask(("127.0.0.1", elsewhere)) == b"ping", "two sockets of one name: IPv4")
        say(ask(("::1", elsewhere), family=socket.AF_INET6) == b"ping", "two sockets of one name: IPv6")
        say("listen service=%d address=127.0.0.1:%d" % (both, elsewhere) in log_text(log),
            "the log has the address of the adopted socket", log_text(log))
    m.stop()


def part_watchdog():
    write_conf("127.0.0.1:%d stream tcp4 nowait - /bin/cat cat" % harness.free_port())
    m = Manager([], T + "/watchdog.log", WATCHDOG_USEC="200000")
    beats = [m.until("WATCHDOG").get("WATCHDOG") for _ in range(4)]
    say(beats == ["1"] * 4, "WATCHDOG=1 again and again", beats)
    say(any("STATUS=1 services" in text for _, text in m.seen), "STATUS comes with it", m.seen)
    m.stop()


signal.alarm(int(6 * DEADLINE))
part_adopt_and_reload()
part_names()
part_watchdog()
print("done", flush=True)
