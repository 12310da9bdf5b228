#!/usr/bin/env python3
"""evidence/soak.py -- hours of everything at once: does memory, do descriptors, does latency stay where it is?

soak.py [-t SECONDS] [-s SEED] BUILD: every kind of service, clients that come, stay, stall and reset, handlers that
fail, flood and leave others behind, a reload every few seconds, an upgrade every half minute. Once a second a
line goes to BUILD/soak/figures (and at the end, with gnuplot, BUILD/soak/soak.svg). Fails where memory or
descriptors of the master rise over the run, where somebody who waits for an answer gets none, or where
something is left when all have gone.
"""
import argparse
import math
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import ports

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
ROOT = os.geteuid() == 0
USER = "nobody" if ROOT else "-"
FIELDS = ("seconds", "rss_kib", "descriptors", "processes", "running", "latency_ms", "served", "failed", "reloads",
          "upgrades")

# Half of them come and go with a reload, whose number is N.
CONFIGURATION = """
127.0.0.1:{witness} on protocol = tcp4, user = {user}, builtin = echo;
{cat} stream tcp4 nowait {user} /bin/cat cat
{twait} stream tcp4 wait {user} {handler} handler accept 200
{uwait} dgram udp4 wait {user} {handler} handler dgram 200
{unowait} dgram udp4 nowait {user} {handler} handler dgram 200
{folder}/run/stream stream unix nowait {user} /bin/cat cat
{folder}/run/dgram dgram unix wait {user} {handler} handler dgram 200
{echo} stream tcp4 nowait {user} internal echo
{echo} dgram udp4 wait {user} internal echo
{daytime} stream tcp4 nowait {user} internal daytime
{chargen} stream tcp4 nowait {user} internal chargen
127.0.0.1:{mux} on protocol = tcp4, user = {user}, builtin = tcpmux;
tcpmux/cat stream tcp nowait {user} /bin/cat cat
tcpmux/+plus stream tcp nowait {user} /bin/cat cat
{few} on protocol = tcp4, user = {user}, exec = /bin/cat, accept_max = {few_n};
{rated} on protocol = tcp4, user = {user}, exec = /bin/cat, service_max = 20/s;
{dead} on protocol = tcp4, user = {user}, exec = /bin/false;
{gone} on protocol = tcp4, user = {user}, exec = {folder}/not-there;
{loud} on protocol = tcp4, user = {user}, exec = /bin/sh, stderr = log,
	args = sh -c "head -c 20000 /dev/urandom >&2; exec cat";
{deaf} on protocol = tcp4, user = {user}, exec = /bin/sh, timeout = 3s,
	args = sh -c "trap '' TERM; sleep 0.2 & exec cat";
{linger} on protocol = tcp4, user = {user}, exec = /bin/echo, args = echo bye, linger = 2s;
"""
SOMETIMES = """
{extra} stream tcp4 nowait {user} /bin/cat cat
{folder}/run/extra stream unix nowait {user} /bin/cat cat
{extra} dgram udp4 nowait {user} {handler} handler dgram 200
"""
PORTS = ("witness cat twait uwait unowait echo daytime chargen mux few rated dead gone loud deaf linger extra").split()


class Daemon:
    def __init__(self, build, folder):
        self.folder, self.ctl = folder, os.path.join(build, "src/doorwardctl")
        self.at = {"folder": folder, "user": USER, "handler": os.path.join(folder, "handler")}
        taken = set()
        for name in PORTS:
            self.at[name] = ports.free(taken)
            taken.add(self.at[name])
        os.mkdir(folder + "/run")
        os.chmod(folder + "/run", 0o777)
        subprocess.run(["install", "-m", "755", build + "/tests/lib/handler", self.at["handler"]], check=True)
        self.reloads = self.upgrades = 0
        self.write(0)
        self.socket = folder + "/control"
        with open(folder + "/log", "ab") as log:
            self.process = subprocess.Popen(
                [build + "/src/doorward", "-f", "--control=" + self.socket, "-p" + folder + "/pid", folder + "/conf"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + 30
        while not os.path.exists(folder + "/pid") or not os.path.getsize(folder + "/pid"):
            if time.monotonic() > end or self.process.poll() is not None:
                sys.exit("soak: doorward does not start:\n" + open(folder + "/log", encoding="utf-8").read())
            time.sleep(0.05)
        self.pid = self.process.pid

    def write(self, n):
        text = CONFIGURATION + (SOMETIMES if n % 2 else "")
        with open(self.folder + "/new", "w", encoding="utf-8") as file:
            file.write(text.format(few_n=2 + n % 3, **self.at))
        os.rename(self.folder + "/new", self.folder + "/conf")

    def reload(self):
        self.reloads += 1
        self.write(self.reloads)
        os.kill(self.pid, signal.SIGHUP)

    def ask(self, *words):
        command = [self.ctl, "-s", self.socket, *words]
        try:
            return subprocess.run(command, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL,
                                  check=False)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 1, "", "no answer in 300 s: " + " ".join(words))

    def upgrade(self):
        said = self.ask("upgrade")
        self.upgrades += said.returncode == 0
        return said

    def running(self):
        said = self.ask("status", "--json").stdout
        return sum(int(n) for n in re.findall(r'"running":\s*(\d+)', said))

    def rss(self):
        with open("/proc/%d/status" % self.pid, encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.pid))

    def children(self):
        with open("/proc/%d/task/%d/children" % (self.pid, self.pid), encoding="ascii") as file:
            return len(file.read().split())


class Clients:
    """What they do to one daemon; each of `ways` is a visit."""

    def __init__(self, daemon):
        self.daemon, self.at = daemon, daemon.at
        self.served = self.failed = 0
        self.stop, self.lock, self.why = threading.Event(), threading.Lock(), []
        self.ways = [self.cat] * 6 + [self.silent, self.reset, self.half, self.udp, self.udp, self.unix, self.mux,
                                      self.mux_half, self.flood, self.few, self.spoiled, self.linger]

    def connect(self, name):
        s = socket.create_connection(("127.0.0.1", self.at[name]), 30)
        s.settimeout(30)
        return s

    def asked(self, s, word, answer):
        """Who is served by a service that turns nobody away has his answer."""
        s.sendall(word)
        got = b""
        while len(got) < len(answer):
            some = s.recv(4096)
            if not some:
                break
            got += some
        with self.lock:
            self.served += got == answer
            self.failed += got != answer
            if got != answer and len(self.why) < 20:
                self.why.append("%r instead of %r" % (got, answer))

    def cat(self, random_):
        with self.connect(random_.choice(("cat", "echo", "witness"))) as s:
            self.asked(s, b"a line\n", b"a line\n")

    def silent(self, random_):
        with self.connect(random_.choice(("cat", "twait", "echo", "few"))):
            self.stop.wait(random_.random())

    def reset(self, random_):
        with self.connect(random_.choice(("cat", "twait", "echo", "chargen", "mux", "deaf", "loud"))) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.send(b"x" * random_.randrange(1, 2000))

    def half(self, random_):
        with self.connect(random_.choice(("cat", "chargen", "linger"))) as s:
            s.shutdown(socket.SHUT_WR)
            s.recv(random_.randrange(1, 4096))

    def udp(self, random_):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            s.connect(("127.0.0.1", self.at[random_.choice(("uwait", "unowait", "echo", "extra"))]))
            s.send(b"datagram")
            s.recv(100)

    def unix(self, random_):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(30)
            s.connect(self.daemon.folder + random_.choice(("/run/stream", "/run/stream", "/run/extra")))
            s.sendall(b"x\n")
            s.recv(2)

    def mux(self, random_):
        with self.connect("mux") as s:
            word, answer = random_.choice(((b"cat\r\nhello\n", b"hello\n"), (b"plus\r\nx\n", b"+Go\r\nx\n")))
            self.asked(s, word, answer)

    def mux_half(self, random_):
        with self.connect("mux") as s:
            s.sendall(b"ca")
            self.stop.wait(random_.random())

    def flood(self, random_):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            for _ in range(100):
                s.sendto(b"f", ("127.0.0.1", self.at[random_.choice(("uwait", "unowait", "echo"))]))

    def few(self, random_):
        with self.connect(random_.choice(("few", "rated"))) as s:
            s.settimeout(2)
            s.sendall(b"x")
            s.recv(1)

    def spoiled(self, random_):
        with self.connect(random_.choice(("dead", "gone", "loud", "deaf"))) as s:
            s.settimeout(1)
            s.sendall(b"x")
            s.recv(1)

    def linger(self, random_):
        with self.connect("linger") as s:
            s.recv(10)
            self.stop.wait(random_.random())

    def run(self, seed):
        random_ = random.Random(seed)
        while not self.stop.is_set():
            way = random_.choice(self.ways)
            try:
                way(random_)
            except OSError as error:
                # Who is held, full, or spoiled by the handler has his reasons; who asks cat has none.
                if way in (self.cat, self.mux):
                    with self.lock:
                        self.failed += 1
                        self.why.append("%s: %s" % (way.__name__, error))
            self.stop.wait(random_.random() / 20)


def latency(daemon):
    """Of one who asks a builtin, connection included, in ms."""
    began = time.monotonic()
    try:
        with socket.create_connection(("127.0.0.1", daemon.at["witness"]), 30) as s:
            s.settimeout(30)
            s.sendall(b"?")
            s.recv(1)
    except OSError:
        return math.nan
    return 1000 * (time.monotonic() - began)


def act(daemon, n, random_):
    """What the administrator does in second `n`."""
    if n % 30 == 29:
        said = daemon.upgrade()
        if said.returncode:
            print("soak: upgrade: %s" % (said.stderr or said.stdout).strip(), flush=True)
    elif n % 5 == 4:
        daemon.reload()
    elif n % 7 == 3:
        daemon.ask(*random_.choice((["pause", "rated"], ["resume", "rated"], ["ban", "127.9.9.9", "1s"], ["status"],
                                    ["kick", str(daemon.at["deaf"])], ["clients"], ["metrics"])))


def measure(daemon, clients, n):
    return (n, daemon.rss(), daemon.descriptors(), daemon.children(), daemon.running(), latency(daemon), clients.served,
            clients.failed, daemon.reloads, daemon.upgrades)


def slope(rows, column):
    """Least squares over the run but its first fifth, which fills caches: rise over it, and its error."""
    rows = rows[len(rows) // 5:]
    n = len(rows)
    if n < 10:
        return 0.0, 0.0
    x, y = [r[0] for r in rows], [r[column] for r in rows]
    mx, my = sum(x) / n, sum(y) / n
    sxx = sum((a - mx) ** 2 for a in x)
    b = sum((a - mx) * (c - my) for a, c in zip(x, y)) / sxx
    rest = sum((c - my - b * (a - mx)) ** 2 for a, c in zip(x, y))
    length = x[-1] - x[0]
    return b * length, length * math.sqrt(rest / max(1, n - 2) / sxx)


def plot(folder):
    script = ("set terminal svg size 1000,900; set output '%s/soak.svg'; set multiplot layout 4,1; set key left top;"
              "f='%s/figures'; set xlabel 's';"
              "plot f u 1:2 w l t 'memory of the master, KiB';"
              "plot f u 1:3 w l t 'its descriptors', f u 1:4 w l t 'its children';"
              "plot f u 1:5 w l t 'handlers'; set logscale y;"
              "plot f u 1:6 w l t 'latency of a builtin, ms'; unset multiplot") % (folder, folder)
    try:
        subprocess.run(["gnuplot", "-e", script], check=False, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        print("soak: no plot without gnuplot")


def rest(daemon):
    """All clients have gone: what is left of them, when it no longer changes?"""
    daemon.reloads += daemon.reloads % 2  # the configuration of the first rest
    daemon.reload()
    daemon.reloads += 1
    daemon.reload()
    end = time.monotonic() + 60
    while time.monotonic() < end and daemon.running() > 0:
        time.sleep(0.5)
    time.sleep(3)  # lingering connections, helpers that go
    return daemon.running(), daemon.descriptors(), daemon.rss()


def judge(rows, before, after, clients):
    bad = []
    for name, column, least in (("memory (KiB)", 1, 256), ("descriptors", 2, 3)):
        rise, error = slope(rows, column)
        mean = sum(r[column] for r in rows) / len(rows)
        print("soak: %s: mean %.0f, slope over the run %+.1f, its error %.1f" % (name, mean, rise, error))
        if rise > least and rise > 3 * error and rise > 0.05 * mean:
            bad.append(name + " rises")
    times = sorted(r[5] for r in rows if not math.isnan(r[5])) or [math.nan]
    print("soak: latency: half below %.1f ms, 99 of 100 below %.1f ms, most %.1f ms" % (
        times[len(times) // 2], times[len(times) * 99 // 100], times[-1]))
    print("soak: at rest: %d handlers, %d descriptors (%d before), %d KiB (%d before)" % (
        after[0], after[1], before[1], after[2], before[2]))
    print("soak: %d served, %d without an answer" % (clients.served, clients.failed))
    for line in clients.why[:10]:
        print("soak:   " + line)
    if after[0]:
        bad.append("handlers are left")
    if after[1] > before[1] + 2:
        bad.append("descriptors are left")
    if clients.failed:
        bad.append("somebody had no answer")
    if any(math.isnan(r[5]) for r in rows):
        bad.append("the witness had none")
    return bad


def soak(daemon, options, folder):
    random_ = random.Random(options.s)
    clients = Clients(daemon)
    latency(daemon)
    before, rows = rest(daemon), []
    threads = [threading.Thread(target=clients.run, args=(options.s * 1000 + i,), daemon=True) for i in range(8)]
    for t in threads:
        t.start()
    with open(folder + "/figures", "w", encoding="ascii") as out:
        print("# " + "\t".join(FIELDS), file=out)
        began = time.monotonic()
        for n in range(int(options.t)):
            rows.append(measure(daemon, clients, n))
            print("\t".join("%.2f" % v if isinstance(v, float) else str(v) for v in rows[-1]), file=out, flush=True)
            act(daemon, n, random_)
            clients.stop.wait(max(0.0, began + n + 1 - time.monotonic()))
            if time.monotonic() - began > options.t:
                break
    clients.stop.set()
    for t in threads:
        t.join(60)
    return rows, before, rest(daemon), clients


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("-t", type=float, default=7200)
    p.add_argument("-s", type=int, default=int(time.time()))
    p.add_argument("build")
    options = p.parse_args()
    folder = os.path.join(os.path.abspath(options.build), "soak")
    os.makedirs(folder, exist_ok=True)
    print("soak: %d s, seed %d" % (options.t, options.s), flush=True)
    with tempfile.TemporaryDirectory(prefix="soak.") as place:
        os.chmod(place, 0o755)
        daemon = Daemon(os.path.abspath(options.build), place)
        try:
            rows, before, after, clients = soak(daemon, options, folder)
        finally:
            daemon.process.terminate()
            status = daemon.process.wait(300)
            os.replace(place + "/log", folder + "/log")
    plot(folder)
    bad = judge(rows, before, after, clients)
    if status:
        bad.append("it ended with %d" % status)
    print("soak: " + ("; ".join(bad) or "nothing rises, nothing is left, everybody had his answer"))
    sys.exit(1 if bad else 0)


main()
