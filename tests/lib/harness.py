"""harness.py -- doorward under test, for the drivers in Python: TAP, a daemon, clients, what it uses.

A driver is started by its NAME.sh, which made the folder $T. Rows of a table may run in threads,
each with a daemon of its own. Nothing sleeps for a fixed time to see something happen: wait_for polls.
"""
import concurrent.futures
import itertools
import mmap
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import ports

TMP = os.environ["T"]
DOORWARD = os.environ["DOORWARD"]
BUILD = os.environ["abs_top_builddir"]
SOMEBODY = os.environ["SOMEBODY"]
DEADLINE = float(os.environ.get("DEADLINE", "20"))
ROOT = os.geteuid() == 0
TICKS = os.sysconf("SC_CLK_TCK")
SYMBOLS = subprocess.run(["nm", "-D", DOORWARD], capture_output=True, text=True, check=False).stdout
# Nothing can be interposed there, and freed memory is kept for a while.
# Handlers are started by clone(2); jails are in any build.
CLONES = "\nfork: starter\n" in subprocess.run([DOORWARD, "-V"], capture_output=True, text=True, check=False).stdout
SANITIZED = "__asan" in SYMBOLS or "__tsan" in SYMBOLS or "__msan" in SYMBOLS
FAULT = os.path.join(BUILD, "tests/lib/fault.so")
CAN_FAIL = os.path.exists(FAULT) and not SANITIZED  # Faults, below

lock = threading.RLock()  # of the counts and of the output: ok() may call note()
count = failures = 0


def note(text):
    with lock:
        for line in str(text).splitlines():
            print("# " + line, flush=True)


def ok(good, what, *why):
    global count, failures
    with lock:
        count += 1
        failures += not good
        print(f"{'ok' if good else 'not ok'} {count} - {what}", flush=True)
        if not good:
            for line in why:
                note(line)
    return good


def same(got, expected, what, *why):
    return ok(got == expected, what, f"got:      {got!r}", f"expected: {expected!r}", *why)


def skip(what):
    global count
    with lock:
        count += 1
        print(f"ok {count} # SKIP {what}", flush=True)


def done():
    print(f"1..{count}", flush=True)
    sys.exit(failures != 0)


def wait_for(condition, seconds=None):
    end = time.monotonic() + (seconds or DEADLINE)
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.01)


def own_uid():
    """A user who has no process but this test's: tests of limits and of signals to all of a user's run at the same time."""
    return 1000000 + os.getpid() * 8 + next(uids) % 8


uids = itertools.count()


def free_port():
    with lock:
        port = ports.free(taken)
        taken.add(port)
        return port


taken = set()
kept = []


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
        return True
    except OSError:
        return False


class Daemon:
    """doorward in the foreground with this configuration; `with Daemon(conf) as d`."""

    def __init__(self, conf, *options, env=None, prefix=(), name="conf", stderr=None, mode=0o755, fds=()):
        self.dir = tempfile.mkdtemp(prefix="d.", dir=TMP)
        os.chmod(self.dir, mode)
        self.conf, self.log = os.path.join(self.dir, name), os.path.join(self.dir, "log")
        self.write(conf)
        pidfile = os.path.join(self.dir, "pid")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*prefix, DOORWARD, "-f", "--no-time", "--control=", "-p" + pidfile, *options, self.conf],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log if stderr is None else stderr,
                env={**os.environ, **(env or {})}, pass_fds=fds)
        if not wait_for(lambda: os.path.exists(pidfile) and os.path.getsize(pidfile)):
            self.process.kill()
            self.process.wait()
            raise RuntimeError("doorward did not start:\n" + self.text())
        with open(pidfile, encoding="ascii") as f:
            self.pid = int(f.read())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # As QUIT does, and more: no handler stays behind, nor what is in the group that he leads.
        for pid in self.handlers():
            kill(-pid, signal.SIGKILL)
            kill(pid, signal.SIGKILL)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def write(self, conf):
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write(conf)

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def lines(self, pattern):
        return [line for line in self.text().splitlines() if re.search(pattern, line)]

    def logged(self, pattern, times=1):
        return wait_for(lambda: len(self.lines(pattern)) >= times)

    def reload(self, conf=None):
        if conf is not None:
            self.write(conf)
        end = "^reload kept=|reload: nothing was changed"
        before = len(self.lines(end))
        os.kill(self.pid, signal.SIGHUP)
        self.logged(end, before + 1)

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        return self.process.wait(DEADLINE)

    def proc(self, name):
        with open(f"/proc/{self.pid}/{name}", encoding="utf-8") as f:
            return f.read()

    def cpu(self):
        """Seconds of CPU used so far."""
        fields = self.proc("stat").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def fds(self):
        """But for those that lead to helpers."""
        return len(os.listdir(f"/proc/{self.pid}/fd")) - self.children().count("doorward-help")

    def fds_at_rest(self):
        """The same, when who has just been forked has its name: a helper before that would be counted."""
        wait_for(lambda: "doorward" not in self.children())
        return self.fds()

    def memory(self):
        """Resident kilobytes that are not file pages."""
        return int(re.search(r"RssAnon:\s+(\d+)", self.proc("status")).group(1))

    def child_pids(self):
        try:
            return [int(p) for p in self.proc(f"task/{self.pid}/children").split()]
        except OSError:
            return []

    def children(self):
        return [comm(p) for p in self.child_pids()]

    def handlers(self):
        """The daemon's children but its starters and helpers."""
        return [p for p in self.child_pids() if comm(p) not in ("", "doorward-start", "doorward-help")]



class Faults:
    """Calls of a daemon started with `env` that fail: the file that fault.c looks at, a row a call."""

    ROW = struct.Struct("=16s3i")

    def __init__(self, *calls):
        self.calls = calls
        handle, path = tempfile.mkstemp(prefix="faults.", dir=TMP)
        with open(handle, "r+b") as f:
            f.write(b"".join(self.ROW.pack(name.encode(), 0, 0, 0) for name in calls))
            f.flush()
            self.map = mmap.mmap(f.fileno(), 0)
        self.env = {"LD_PRELOAD": FAULT, "FAULT_FILE": path}

    def at(self, call):
        return self.ROW.size * self.calls.index(call)

    def set(self, call, error, times=-1):
        struct.pack_into("=2i", self.map, self.at(call) + 16, error, times)

    def hits(self, call):
        return self.ROW.unpack_from(self.map, self.at(call))[3]


def comm(pid):
    """The name of a process; "" when it has gone."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8") as f:
            return f.read().strip()
    except OSError:
        return ""


def kill(pid, signo):
    try:
        os.kill(pid, signo)
    except ProcessLookupError:
        pass


class Client:
    """A connection; its handler greets with its pid as the first line."""

    def __init__(self, port, source=None, host="127.0.0.1", path=None):
        if path:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(path)
        else:
            self.socket = socket.create_connection(
                (host, port), DEADLINE, (source, 0) if source else None)
        self.buffer = b""
        self.over = False
        kept.append(self)  # a connection lasts until it is closed, whoever forgets it

    def pump(self):
        self.socket.setblocking(False)
        try:
            while not self.over:
                piece = self.socket.recv(65536)
                self.buffer += piece
                self.over = not piece
        except BlockingIOError:
            pass
        except OSError:
            self.over = True

    def state(self):
        """'served' with a greeting, 'closed' without one, else 'waiting'."""
        self.pump()
        return "served" if b"\n" in self.buffer else "closed" if self.over else "waiting"

    def decided(self):
        return wait_for(lambda: self.state() != "waiting") and self.state()

    def pid(self):
        return int(self.buffer.split(b"\n")[0])

    def send(self, data):
        self.socket.settimeout(DEADLINE)
        self.socket.sendall(data)

    def all(self):
        wait_for(lambda: self.pump() or self.over)
        return self.buffer

    def close(self):
        self.socket.close()


def ask(port, **where):
    """What a service says until it closes; b'' also for a reset."""
    c = Client(port, **where)
    c.socket.shutdown(socket.SHUT_WR)
    try:
        return c.all()
    finally:
        c.close()


def rows(table, run, workers=4):
    """run(*row) for each row, some at a time; an exception is a failure of its row."""
    def one(row):
        try:
            run(*row)
        except Exception:  # pylint: disable=broad-except
            ok(False, f"{row[0]}: the row runs to its end", traceback.format_exc())
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, table))
