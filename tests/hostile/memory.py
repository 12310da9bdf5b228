"""hostile/memory.py -- out of memory, at every allocation: a start serves all or ends with 71, a reload loses nothing"""
import concurrent.futures
import os
import random
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import hostile as h  # noqa: E402 pylint: disable=wrong-import-position

# make check tries one allocation in so many, from a place that is printed; EVERY=1 tries all of them.
EVERY = int(os.environ.get("EVERY", "4"))
FROM = int(os.environ.get("FROM", str(random.randrange(EVERY))))

OOM = os.path.join(h.BUILD, "tests/lib/oom.so")
USER = "" if h.SOMEBODY == "-" else f"user = {h.SOMEBODY}, group = daemon, groups = daemon sys, "


WORDS = "out of memory", "Cannot allocate memory", "the look-up process failed: signal"


def configuration(folder):
    """Something of everything; the tcp ports and the path that must answer."""
    ports = [h.free_port() for _ in range(4)]
    path = os.path.join(folder, "socket")
    with open(os.path.join(folder, "included"), "w", encoding="ascii") as f:
        f.write(f"{ports[3]} stream tcp nowait {h.SOMEBODY} internal daytime\n")
    text = (".defaults env = A=b, source_max = 100;\n"
            f"127.0.0.1:{ports[0]} stream tcp4 nowait {h.SOMEBODY} /bin/echo echo one\n"
            f"{ports[1]} on protocol = tcp4, {USER}exec = /bin/cat, args = cat -u, allow = 127.0.0.0/8,"
            " rlimit_nofile = 100, stderr = log, timeout = 1m;\n"
            f"127.0.0.1:{ports[2]} stream tcp4 nowait {h.SOMEBODY} internal tcpmux\n"
            f"tcpmux/+one stream tcp nowait {h.SOMEBODY} /bin/echo echo one\n"
            f"{ports[2]} dgram udp4 wait {h.SOMEBODY} /bin/cat cat\n"
            f"{path} stream unix nowait {h.SOMEBODY} /bin/cat\n"
            f"echo off protocol = tcp, {USER}exec = /bin/cat;\n"
            ".include inclu*\n")
    conf = os.path.join(folder, "conf")
    with open(conf, "w", encoding="ascii") as f:
        f.write(text)
    return conf, ports, path


def serves(ports, path):
    for port in ports:
        if not h.connects(port):
            return False
    try:
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(path)
    except OSError:
        return False
    return True


def written(path):
    try:
        return os.path.getsize(path) > 0
    except FileNotFoundError:
        return False


def text_of(path):
    with open(path, encoding="ascii", errors="replace") as f:
        return f.read()


class Starts:
    """Starts of one daemon, over and over, in a folder and on ports of its own."""

    def __init__(self, what):
        self.folder = os.path.join(h.TMP, what)
        os.mkdir(self.folder)
        self.crashes = 0
        self.conf, self.ports, self.path = configuration(self.folder)

    def start(self, nth, on, stderr):
        # Where the master forks its handlers, one that is not as far as exec has copies of the former one's listeners.
        h.wait_for(lambda: not any(h.connects(port) for port in self.ports))
        told, pidfile = os.path.join(self.folder, "told"), os.path.join(self.folder, "pid")
        env = {**os.environ, "LD_PRELOAD": OOM, "OOM_NTH": str(nth), "OOM_TOLD": told}
        if on:
            env["OOM_ON"] = "1"
        p = subprocess.Popen([h.DOORWARD, "-f", "--no-time", "-p" + pidfile, "--control=" + os.path.join(self.folder, "ctl"),
                              self.conf], env=env, stderr=stderr, stdin=subprocess.DEVNULL,
                             preexec_fn=lambda: os.nice(19))  # nothing here is to slow the witness
        return p, told, pidfile

    def reload(self, nth):
        """The same of a reload; `nth` is one of the last of the start, or behind it."""
        path = os.path.join(self.folder, "log")
        with open(path, "w", encoding="ascii") as log:
            p, told, pidfile = self.start(nth, False, log)
        try:
            h.wait_for(lambda: p.poll() is not None or written(pidfile))
            if os.path.exists(told):  # the start came to it
                os.unlink(told)
                p.terminate()
                p.wait(h.DEADLINE)
                return ""
            p.send_signal(signal.SIGHUP)
            ended = h.wait_for(lambda: p.poll() is not None or "\nreload" in text_of(path) or "reload: nothing" in text_of(path))
            said = text_of(path)
            # All is as it was in either case; in one there is a reason, of this kind and no other.
            good = ended and ("nothing was changed" not in said or any(w in said for w in WORDS))
            good = serves(self.ports, self.path) and good
            p.terminate()
            good = p.wait(h.DEADLINE) == 0 and good
            if not os.path.exists(told):
                return None
            os.unlink(told)
            return "" if good else f"exit {p.returncode}\n" + text_of(path)
        finally:
            if p.poll() is None:
                p.kill()
                p.wait()

    def once(self, nth, on):
        """None when the start has no such allocation; else what is wrong, "" for nothing."""
        p, told, pidfile = self.start(nth, on, subprocess.PIPE)
        try:
            h.wait_for(lambda: p.poll() is not None or written(pidfile))
            if p.poll() is None:
                good = h.wait_for(lambda: serves(self.ports, self.path), 3)
                p.terminate()
                said = p.communicate(timeout=h.DEADLINE)[1].decode()
                good = good and " error: " not in said
                wrong = "" if good and p.returncode == 0 else f"runs without all services, {p.returncode}\n" + said
            else:
                said = p.communicate()[1].decode()
                # While names are asked in the master, glibc's own setservent(3) can end it.
                self.crashes += p.returncode < 0
                good = p.returncode < 0 or p.returncode == 71 and said.strip()
                wrong = "" if good else f"exit {p.returncode}\n" + said
            came = os.path.exists(told)
            if came:
                os.unlink(told)
            return wrong if came else None
        finally:
            if p.poll() is None:
                p.kill()
                p.wait()


def sweep(what, attempt, first, step):
    starts, nth, runs, bad = Starts(what.replace(" ", "-")), first, 0, []
    while True:
        wrong = attempt(starts, nth)
        if wrong is None:
            h.note(f"{what}: libc ended {starts.crashes} of {runs} starts itself")
            return runs, bad
        runs += 1
        if wrong:
            bad.append(f"allocation {nth}: {wrong}")
        nth += step


def run_sweep(what, attempt, result, first=1):
    """The first allocation that does not come any more."""
    workers = 2
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        results = list(pool.map(lambda i: sweep(f"{what} {i}", attempt, first + FROM + i * EVERY, workers * EVERY), range(workers)))
    runs, bad = sum(r[0] for r in results), [b for r in results for b in r[1]]
    h.ok(runs > 100 // EVERY, f"{what}: {runs} allocations were tried")
    h.same(bad, [], f"{what}: {result}", *bad[:50])
    return runs * EVERY


def run_foreground(what, options, good):
    """-V, -t and --run, at every allocation: as ever, or 71 with a word."""
    every = EVERY if what == "-t" else 1  # the others have few
    told, bad, nth = os.path.join(h.TMP, "told"), [], 1 - every
    while True:
        nth += every
        env = {**os.environ, "LD_PRELOAD": OOM, "OOM_NTH": str(nth), "OOM_TOLD": told}
        p = subprocess.run([h.DOORWARD, *options], env=env, capture_output=True, text=True,
                           timeout=h.DEADLINE, stdin=subprocess.DEVNULL, check=False)
        if not os.path.exists(told):
            break
        os.unlink(told)
        if p.returncode not in (good, 71) and p.returncode >= 0 or not p.stderr and p.returncode == 71:
            bad.append(f"allocation {nth}: exit {p.returncode}\n{p.stderr}")
    h.ok(nth > 1, f"{what}: {nth // every} allocations were tried")
    h.same(bad, [], f"{what}: {good} or 71, with a word", *bad[:20])


def run_without_null():
    """-V and -t need no /dev/null; a daemon does."""
    dev, conf = os.path.join(h.TMP, "nodev"), os.path.join(h.TMP, "null.conf")
    os.mkdir(dev)
    if not h.own_mounts() or h.libc.mount(dev.encode(), b"/dev", None, 0x1000, None) != 0:
        h.skip("no /dev/null: it takes root to have none")
        return
    with open(conf, "w", encoding="ascii") as f:
        f.write(f"127.0.0.1:{h.free_port()} stream tcp nowait {h.SOMEBODY} /bin/echo echo\n")
    for options, expected in ((["-V"], 0), (["-h"], 0), (["-t", conf], 0), (["-t", conf + ".none"], 78),
                              (["-f", "--control=", "-p", conf], 71)):
        p = subprocess.run([h.DOORWARD, *options], capture_output=True, text=True, stdin=subprocess.PIPE,
                           timeout=h.DEADLINE, check=False)
        h.same(p.returncode, expected, f"no /dev/null, {options[0]}: exit status", p.stderr)
        h.ok(expected == 0 or p.stderr, f"no /dev/null, {options[0]}: with a word")
    for closed in (0, 1):
        p = subprocess.run([h.DOORWARD, "-V"], stderr=subprocess.PIPE, check=False,
                           preexec_fn=lambda fd=closed: os.close(fd), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        h.same(p.returncode, 71, f"no /dev/null and no descriptor {closed}: exit status")
        h.ok(b"/dev/null" in p.stderr, f"no /dev/null and no descriptor {closed}: with a word")


def main():
    if h.SANITIZED or not os.path.exists(OOM):
        h.skip_all("nothing can be interposed in this build")
    watched = h.free_port()
    with h.Daemon(h.other(watched)) as d:
        with h.Witness(watched):
            result = "each start serves all, or ends with 71 and a word"
            end = run_sweep("one fails", lambda s, nth: s.once(nth, False), result)
            run_sweep("all fail from there on", lambda s, nth: s.once(nth, True), result)
            run_sweep("one fails in a reload", Starts.reload, "all stays, and if not as asked then with a word", end)
        h.term_works(d, "beside that")
    conf = Starts("check").conf
    run_foreground("-V", ["-V"], 0)
    run_foreground("-t", ["-t", conf], 0)
    run_foreground("--run", ["--run", "/bin/echo 'not closed", "0"], 64)
    run_foreground("a wrong option", ["--nonsense"], 64)
    run_without_null()
    h.done()


main()
