"""listen_reload.py -- reloads while helpers look at sockets, or while starts wait for a starter; see listen_reload.sh.

A helper or a starter that is stopped takes as long as the test wants.
"""
import os
import re
import signal
import subprocess
import sys

import harness as h

# It takes one client of the first of its sockets that has one, tells its entry and how many sockets it has, and ends with him.
HANDLER = """
import os, select, socket, sys
have = [fd for fd in map(int, os.listdir("/proc/self/fd")) if fd > 2 and os.path.exists(f"/proc/self/fd/{fd}")]
sockets = [socket.socket(fileno=3 + i) for i in range(int(os.environ["LISTEN_FDS"]))]
ready = select.select(sockets, [], [])[0]
client = next(s for s in sockets if s in ready).accept()[0]
client.sendall(f"{sys.argv[1]} {len(sockets)}/{len(have)}\\n".encode())
client.recv(1)
"""
CTL = os.path.join(h.BUILD, "src/doorwardctl")
CONTROL = os.path.join(h.TMP, "control")
WHO = "root" if h.ROOT else "-"


def entry(name, *ports, words=""):
    sockets = " ".join(f"tcp:127.0.0.1:{p}" for p in ports)
    return (f"{name} on listen = {sockets}, wait = yes, handoff = listen_fds, user = {WHO}, exec = {sys.executable},"
            f" args = python3 -S {SCRIPT} {name}{words};\n")


def state(d):
    """What the daemon says of its services."""
    seen = len(d.lines("^state "))
    os.kill(d.pid, signal.SIGUSR1)
    d.logged("^state ", seen + 1)
    return d.lines("^state ")[seen:]


def stopped(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        return f.read().rsplit(")", 1)[1].split()[0] == "T"


class Held:
    """`with Held(d, NAME): ...`: those of this name that there are when it begins, with nothing to do, do nothing."""

    def __init__(self, d, name):
        self.d, self.name = d, name

    def __enter__(self):
        h.wait_for(lambda: all(re.search("state=(listening|paused) .*running=0", s) for s in state(self.d)))
        h.wait_for(lambda: "doorward" not in self.d.children())  # they have their names
        self.pids = [p for p in self.d.child_pids() if h.comm(p) == self.name]
        for p in self.pids:
            h.kill(p, signal.SIGSTOP)
        # One that has not heard of it yet would still take what comes.
        h.wait_for(lambda: all(stopped(p) for p in self.pids))
        return self

    def __exit__(self, *_):
        for p in self.pids:
            h.kill(p, signal.SIGCONT)

    def begun(self, what):
        """The daemon says this of a service of its."""
        return h.wait_for(lambda: any(what in s for s in state(self.d)))


def looks(d):
    return Held(d, "doorward-help"), "state=waiting running=0"


def starts(d):
    return Held(d, "doorward-start"), "state=waiting running=1"


def told(client):
    return h.wait_for(lambda: client.state() == "served") and client.buffer.decode().strip()


def ask(port):
    return h.ask(port).decode().strip()


def split(what, holds, a, b):
    """One entry becomes two."""
    with h.Daemon(entry("pair", a, b)) as d:
        h.same([ask(a), ask(b)], ["pair 2/2", "pair 2/2"], f"{what}: two are one handler's")
        hold, begun = holds(d)
        with hold:
            c = h.Client(a)
            hold.begun(begun)
            d.reload(entry("one", a) + entry("two", b))
        h.same(told(c), "one 1/1", f"{what}, split: who waited is served by whose socket it is, which alone it has")
        h.same(ask(b), "two 1/1", f"{what}, split: the other one is not his handler's")
        c.close()
        h.same([ask(b), ask(a), ask(b)], ["two 1/1", "one 1/1", "two 1/1"], f"{what}, split: so are those who come")
        h.same(d.stop(), 0, f"{what}, split: and it ends")


def gone(a, b):
    """One of two sockets goes while they are looked at."""
    with h.Daemon(entry("pair", a, b)) as d:
        h.same(ask(a), "pair 2/2", "two are one handler's")
        hold, begun = looks(d)
        with hold:
            c = h.Client(a)
            hold.begun(begun)
            d.reload(entry("pair", a))
        h.same(told(c), "pair 1/1", "one goes: the other one's client is served")
        c.close()
        h.same(ask(a), "pair 1/1", "and the next")
        h.same(d.stop(), 0, "and it ends")


def ctl(*words):
    subprocess.run([CTL, "-s", CONTROL, *words], stdout=subprocess.DEVNULL, check=True)


def paused(d, *ports):
    """A handler's end with a client left at each of these, of which the daemon knows, and so asks nobody at the next start."""
    first, *left = [h.Client(port) for port in (ports[0], *ports)]
    h.same(told(first), "pair 2/2", "a client is served, others wait")
    ctl("pause", "pair")
    first.close()
    h.wait_for(lambda: any(re.search("state=paused .*running=0", s) for s in state(d)))
    return left


def some_asked(a, b):
    """A reload comes while a helper is asked about one socket, and about the other one nobody is."""
    with h.Daemon(entry("pair", a, b), "--control=" + CONTROL) as d:
        left, = paused(d, b)
        with Held(d, "doorward-help"):
            ctl("resume", "pair")
            _, _, now = state(d), state(d), state(d)  # the clients have had their turn
            h.ok("state=waiting running=0" in now[0], "one of two is looked at: so is the other one, of which nobody is asked", *now)
            d.reload(entry("pair", a, b, words=" x"))
        h.same(told(left), "pair 2/2", "one of two is looked at: who waits at the other one is served")
        left.close()
        h.same([ask(a), ask(b)], ["pair 2/2"] * 2, "so are those who come")
        h.same(d.stop(), 0, "and it ends")


def looked_after(a, b):
    """Nobody starts while one of its sockets is looked after: the late answer would free it."""
    with h.Daemon(entry("pair", a, b), "--control=" + CONTROL) as d:
        left = paused(d, a, b)
        hold = Held(d, "doorward-help")
        with hold:
            # The second one has had its turn with the second socket.
            h.wait_for(lambda: d.children().count("doorward-help") > 1)
            ctl("resume", "pair")
            state(d)
        h.same(told(left[0]), "pair 2/2", "one of two is looked after: who waits is served")
        left.insert(1, h.Client(a))  # its handler takes the first socket's first
        state(d)
        h.same((len(d.handlers()), [c.state() for c in left[1:]]), (1, ["waiting"] * 2), "by one handler, others wait")
        for c in left:
            h.same(told(c), "pair 2/2", "for their turn")
            c.close()
        h.same(d.stop(), 0, "and it ends")


def single(wait, port):
    return (f"127.0.0.1:{port} on protocol = tcp4, wait = {wait}, user = {WHO}, exec = {sys.executable},"
            f" args = python3 -S {SOLO};\n")


def turned(port):
    """wait becomes nowait, and the other way round, while the start waits for a starter."""
    with h.Daemon(single("yes", port)) as d:
        h.same(ask(port), "a listener", "wait: a handler has the listener")
        hold, begun = starts(d)
        with hold:
            c = h.Client(port)
            hold.begun(begun)
            d.reload(single("no", port))
        h.same(told(c), "a client", "then nowait: who waited is served as one")
        hold, _ = starts(d)
        with hold:
            c = h.Client(port)
            hold.begun("running=1")
            d.reload(single("yes", port))
        h.same(c.decided(), "closed", "wait again: who had been accepted is turned away")
        h.same(ask(port), "a listener", "and the next one served")
        h.same(d.stop(), 0, "and it ends")


def main():
    ports = [h.free_port() for _ in range(3)]
    split("looked at", looks, *ports[:2])
    gone(*ports[:2])
    some_asked(*ports[:2])
    looked_after(*ports[:2])
    if h.CLONES:
        split("about to start", starts, *ports[:2])
        turned(ports[2])
    else:
        h.skip("a start that waits: there are no starters")
    h.done()


SCRIPT = os.path.join(h.TMP, "handler.py")
with open(SCRIPT, "w", encoding="utf-8") as f:
    f.write(HANDLER)
SOLO = os.path.join(h.TMP, "solo.py")
with open(SOLO, "w", encoding="utf-8") as f:
    f.write("""
import os, socket
s = socket.socket(fileno=os.dup(0))
listens = s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
(s.accept()[0] if listens else s).sendall(b"a listener\\n" if listens else b"a client\\n")
""")
main()
