"""upgrade.py: doorward's place is taken by a new one, again and again, under load, and in every way that fails.

UPGRADES (10) is how many there are in a row, SERVICES (0) how many more the daemon has meanwhile.
"""
import json
import os
import random
import re
import select
import signal
import socket
import struct
import subprocess
import time

import harness
from harness import DEADLINE, DOORWARD, SANITIZED, SOMEBODY, TMP, Client, Daemon, free_port, note, ok, same, wait_for

CTL = os.path.join(os.path.dirname(DOORWARD), "doorwardctl")
UPGRADES = int(os.environ.get("UPGRADES", "10"))
SERVICES = int(os.environ.get("SERVICES", "0"))


def daemon(conf, *options, **more):
    control = os.path.join(TMP, f"control.{free_port()}")
    d = Daemon(conf, "--control", control, *options, **more)
    d.control = control
    return d


def ctl(d, *words, timeout=60):
    p = subprocess.run([CTL, "-s", d.control, *words], capture_output=True, text=True, timeout=timeout, check=False)
    return p.returncode, p.stdout, p.stderr


def upgrade(d, *words):
    status, out, err = ctl(d, "upgrade", *words)
    if status:
        note(f"upgrade: {status} {out}{err}")
    return status == 0


def fact(d, name, key):
    for line in ctl(d, "show", name)[1].splitlines():
        words = line.split(None, 1)
        if words and words[0] == key:
            return words[1].strip() if len(words) > 1 else ""
    return None


def running(d, name):
    return (fact(d, name, "running") or "").split("/")[0]


# --- under load ---------------------------------------------------------------------------------

class Load:
    """A process of clients of one kind, one after the other and without a pause, until it is told to stop.

    Then `done` says how many there were, `longest` how long one of them waited, `wrong` what went wrong."""

    def __init__(self, once, *where):
        self.once, self.where = once, where
        self.done, self.longest, self.wrong = 0, 0.0, ["it did not come to its end"]
        self.answer, mine = os.pipe()
        stop, self.stopper = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.stopper)
            os.write(mine, json.dumps(self.run(stop)).encode())
            os._exit(0)
        os.close(mine)
        os.close(stop)

    def run(self, stop):
        done, longest, wrong = 0, 0.0, []
        while not select.select([stop], [], [], 0)[0] and len(wrong) < 5:
            began = time.monotonic()
            try:
                self.once(f"{os.getpid()}-{done}".encode(), *self.where)
            except (OSError, AssertionError) as e:
                wrong.append(f"{self.once.__name__} {done}: {e!r}")
            longest = max(longest, time.monotonic() - began)
            done += 1
        return done, longest, wrong

    def stop(self):
        os.write(self.stopper, b".")  # later ones have a copy of it: to close it says nothing
        os.close(self.stopper)
        with os.fdopen(self.answer) as f:
            said = f.read()
        os.waitpid(self.pid, 0)
        if said:
            self.done, self.longest, self.wrong = json.loads(said)


def answer(s, token):
    s.sendall(token)
    s.shutdown(socket.SHUT_WR)
    back = b""
    while True:
        some = s.recv(4096)
        if not some:
            break
        back += some
    assert back == token, (back, token)


def tcp(token, port):
    with socket.create_connection(("127.0.0.1", port), DEADLINE) as s:
        answer(s, token)


def unix(token, path):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(DEADLINE)
        s.connect(path)
        answer(s, token)


def udp(token, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(DEADLINE)
        s.connect(("127.0.0.1", port))
        s.send(token)
        back = s.recv(4096)
        assert back == token, (back, token)
        s.setblocking(False)
        try:
            assert not s.recv(4096), "answered twice"
        except BlockingIOError:
            pass


def under_load():
    p = [free_port() for _ in range(4)]
    path = os.path.join(TMP, "load.sock")
    more = "".join(f"127.1.{n // 250}.{n % 250 + 1}:{p[3]} stream tcp4 nowait {SOMEBODY} /bin/cat\n"
                   for n in range(SERVICES))
    conf = (f"127.0.0.1:{p[0]} on name = tcp, protocol = tcp4, exec = /bin/cat, user = {SOMEBODY}, accept_max = 0,"
            f" source_max = 100;\n"
            f"{path} on name = unix, protocol = unix, exec = /bin/cat, user = {SOMEBODY};\n"
            f"127.0.0.1:{p[1]} on name = udp, protocol = udp4, builtin = echo, user = {SOMEBODY},"
            f" ip_max = 1000000/s;\n") + more
    with daemon(conf) as d:
        old = [Client(p[0]) for _ in range(3)]
        for c in old:
            c.send(b"before\n")
        ok(all(c.decided() == "served" for c in old), "handlers that began before")
        if not upgrade(d):
            ok(False, "the first upgrade", d.text())
            return
        fds, memory = d.fds(), d.memory()
        loads = [Load(*what) for what in 3 * [(tcp, p[0])] + 2 * [(udp, p[1])] + 3 * [(unix, path)]]
        good = sum(upgrade(d) for _ in range(UPGRADES))
        for load in loads:
            load.stop()
        wrong = [w for load in loads for w in load.wrong]
        same(good, UPGRADES, f"{UPGRADES} upgrades while clients come without pause")
        ok(not wrong, "none is refused, reset, lost or answered twice", *wrong[:10])
        done = {kind: sum(load.done for load in loads if load.once is kind) for kind in (tcp, udp, unix)}
        longest = {kind: max(load.longest for load in loads if load.once is kind) * 1000 for kind in done}
        note(f"clients: {done[tcp]} tcp, {done[udp]} udp, {done[unix]} unix, with {SERVICES} services more; longest wait"
             f" {longest[tcp]:.0f} ms tcp, {longest[udp]:.0f} ms udp, {longest[unix]:.0f} ms unix")
        note("pauses in s: " + " ".join(line.split("pause=")[1] for line in d.lines("^upgrade version=")))
        same(fact(d, "tcp", "started"), str(done[tcp] + 3), "each of them is counted once: tcp")
        same(fact(d, "unix", "started"), str(done[unix]), "unix")
        same(fact(d, "udp", "started"), str(done[udp]), "udp")
        wait_for(lambda: running(d, "tcp") == "3")
        same(running(d, "tcp"), "3", "those that began before the first still run after the last")
        for c in old:
            c.send(b"after\n")
            c.socket.shutdown(socket.SHUT_WR)
        same([c.all() for c in old], [b"before\nafter\n"] * 3, "and end as they should")
        ok(wait_for(lambda: running(d, "tcp") == "0"), "which is seen")
        # A starter more or less, and its socket, is as it was.
        ok(wait_for(lambda: d.fds() <= fds + 8), "no descriptor is gained", d.fds(), fds)
        if not SANITIZED:
            ok(d.memory() <= memory + 512, "no memory is gained", d.memory(), memory)
        same(len(d.lines("^upgrade version=")), UPGRADES + 1, "the log has each")
        same(d.stop(), 0, "TERM ends it")
        ok(not os.path.exists(path), "and it takes the unix socket along")


# --- what goes on -------------------------------------------------------------------------------

def what_goes_on():
    p = [free_port() for _ in range(9)]
    mark = os.path.join(TMP, "waited")
    program = os.path.join(TMP, "talks")
    with open(program, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\necho $$\nwhile read -r line; do echo $line >&2; done\nexit 3\n")
    os.chmod(program, 0o755)
    me = "root" if harness.ROOT else "-"
    conf = f"""
127.0.0.1:{p[0]} on name = source, protocol = tcp4, exec = {program}, user = {me}, source_max = 2;
127.0.0.1:{p[1]} on name = rate, protocol = tcp4, exec = {program}, user = {me}, service_max = 2/h burst 2;
127.0.0.1:{p[2]} on name = paused, protocol = tcp4, exec = {program}, user = {me};
127.0.0.1:{p[3]} on name = late, protocol = tcp4, exec = {program}, user = {me}, timeout = 1s;
127.0.0.1:{p[4]} on name = waits, protocol = tcp4, wait = yes, exec = /bin/sh, user = {me},
    args = sh -c "echo >>{mark}; exec /usr/bin/python3 -c 'import os,socket,time; s=socket.socket(fileno=0); c=s.accept()[0]; c.recv(9); c.send(b\\"bye\\")'";
127.0.0.1:{p[5]} on name = log, protocol = tcp4, exec = {program}, user = {me}, stderr = log;
127.0.0.1:{p[6]} on name = mux, protocol = tcp4, builtin = tcpmux, user = {me};
tcpmux/+muxed stream tcp nowait {me} {program}
127.0.0.1:{p[7]} on name = broken, protocol = tcp4, exec = /nowhere/at-all, user = {me};
127.0.0.1:{p[8]} on name = full, protocol = tcp4, exec = {program}, user = {me}, accept_max = 1;
"""
    with daemon(conf, "-l") as d:
        source = [Client(p[0]) for _ in range(2)]
        rate = [Client(p[1]) for _ in range(2)]
        full, log, late = Client(p[8]), Client(p[5]), Client(p[3])
        for c in [*source, *rate, full, log, late]:
            c.decided()
        queued, third = Client(p[8]), Client(p[1])
        waiter = Client(p[4])
        ok(wait_for(lambda: os.path.exists(mark)), "a wait handler")
        mux = Client(p[6])
        mux.send(b"mux")
        broken = Client(p[7])
        same(broken.decided(), "closed", "a handler that cannot be started")
        paused = time.monotonic()
        ctl(d, "pause", "paused")
        ok(wait_for(lambda: (running(d, "mux"), running(d, "full")) == ("1", "1")), "a conversation, and a full service")
        log.send(b"one\ntw")
        ok(d.logged("stderr service=log .*line=one"), "a line of a handler's")
        began = [fact(d, name, "started") for name in ("source", "rate", "log", "full")]
        same(began, ["2", "2", "1", "1"], "starts are counted")
        fault = fact(d, "broken", "last error")

        ok(upgrade(d), "an upgrade")
        same([fact(d, name, "started") for name in ("source", "rate", "log", "full")], began, "counts go on")
        same((fact(d, "paused", "state") or "").split()[0], "paused", "a pause goes on")
        same((fact(d, "rate", "state") or "").split()[0], "rate", "a rate goes on")
        state = (fact(d, "broken", "state") or "").split()[0]
        over = time.monotonic() > paused + 0.9  # of the second that it takes: on a slow machine
        ok(state == "fault" or over, "the pause after a fault goes on", state)
        same(fact(d, "broken", "last error"), fault, "with its reason")
        same((fact(d, "full", "state") or "").split()[0], "full", "who is full stays so")
        same(third.state(), "waiting", "who waits for the rate waits")
        same(queued.state(), "waiting", "and who waits for a place")
        same(Client(p[0]).decided(), "closed", "a source at its limit stays there")
        source[0].close()
        ok(wait_for(lambda: running(d, "source") == "1"), "its handlers are still ours")
        same(Client(p[0]).decided(), "served", "and give their places back")
        full.close()
        same(queued.decided(), "served", "so does that of a full service")
        log.send(b"o\n")
        ok(d.logged(f"stderr service=log pid={log.pid()} line=two"), "a line that stood half in the pipe is whole")
        mux.send(b"ed\r\n")
        ok(wait_for(lambda: mux.pump() or b"+Go" in mux.buffer), "a conversation goes on in the middle of a word")
        ok(wait_for(lambda: fact(d, "muxed", "started") == "1" or fact(d, "tcpmux/+muxed", "started") == "1"),
           "and its service starts")
        waiter.send(b"x")
        same(waiter.all(), b"bye", "the wait handler serves")
        again = Client(p[4])
        again.send(b"x")
        same(again.all(), b"bye", "and when it has ended the next one does")
        ok(d.logged("exit service=late .*duration=[12][.].*reason=timeout"), "a timeout comes at its time",
           *d.lines("service=late"))
        ctl(d, "resume", "paused")
        same(Client(p[2]).decided(), "served", "a pause ends as ever")
        os.kill(d.pid, signal.SIGUSR2)
        ok(d.logged("upgrade version=", 2), "USR2 is an upgrade, too")
        d.reload()
        ok(d.lines("^[^ ]* ?reload kept="), "a reload after it")
        same(d.stop(), 0, "TERM ends it")


def what_is_told():
    port, other = free_port(), free_port()
    conf = (f"127.0.0.1:{port} on name = crlf, protocol = tcp4, exec = {program('crlf', '#!/bin/sh' + chr(13) + chr(10))}, user = {SOMEBODY};\n"
            f"127.0.0.1:{other} on name = ends, protocol = tcp4, exec = /bin/false, user = {SOMEBODY};\n")
    with daemon(conf) as d:
        Client(port).decided()
        Client(other).decided()
        ok(wait_for(lambda: "CR LF" in (fact(d, "crlf", "last") or "") + ctl(d, "show", "crlf")[1]), "a program is explained")
        ok(wait_for(lambda: "status=1, " in ctl(d, "show", "ends")[1]), "an end has its age")
        d.write(conf + "nonsense\n")
        same(ctl(d, "reload")[0], 1, "a reload is refused")
        d.write(conf)
        ok(upgrade(d), "an upgrade after it")
        ok("exec: has lines that end in CR LF" in ctl(d, "show", "crlf")[1], "what is wrong with the program is still told")
        ok("status=1, " in ctl(d, "show", "ends")[1], "and how long ago the other's handler ended")
        said = ctl(d, "status")[1]
        ok("ago, changed nothing: 1 error: " in said, "and how the last reload went", said)
        same(d.stop(), 0, "TERM ends it")


# --- in every way it can fail -------------------------------------------------------------------

def program(name, text, mode=0o755):
    path = os.path.join(TMP, name)
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def failures():
    port = free_port()
    conf = f"127.0.0.1:{port} stream tcp4 nowait {SOMEBODY} /bin/cat\n"
    with daemon(conf) as d:
        c = Client(port)
        for path, why, what in (
                (os.path.join(TMP, "nothing"), "there is no such file", "a file that is missing"),
                (TMP, "it is not executable", "a folder"),
                (program("plain", "words\n", 0o644), "it is not executable", "a file that is not executable"),
                (program("garbage", "\x7fELF no\n"), "it cannot be executed: Exec format error", "what is no program"),
                (program("crashes", "#!/bin/sh\nkill -SEGV $$\n"), "it crashed: signal 11", "one that crashes"),
                (program("old", f"#!/bin/sh\nexec {DOORWARD} --no-such-option 2>&1\n"), "it is too old for this",
                 "one that does not know how"),
                ("/bin/true", "it gave no answer, and ended with status 0", "another program"),
                (program("denies", "#!/bin/sh\necho no not today\n"), "not today", "one that says no")):
            status, _, err = ctl(d, "upgrade", path)
            ok(status == 1 and why in err, f"{what}: {why}", status, err)
        status, _, err = ctl(d, "upgrade", "-t", "200ms", program("hangs", "#!/bin/sh\nsleep 60\n"))
        ok(status == 1 and "no answer in 0.2 s" in err, "one that hangs", status, err)
        status, out, err = ctl(d, "upgrade", program("state", f"#!/bin/sh\nshift; exec {DOORWARD} --probe-state=9 \"$@\" 9</dev/null\n"))
        ok(status == 1 and "the state" in err, "one that does not understand the state", status, out, err)
        with open(d.conf, "a", encoding="ascii") as f:
            f.write("nonsense\n")
        status, out, err = ctl(d, "upgrade")
        ok(status == 1 and "the configuration has 1 error" in err and ":2:" in out, "a configuration with a mistake",
           status, out, err)
        same(len(d.lines("upgrade-failed")), 11, "the log has each")
        ok(not d.lines("upgrade version="), "nothing was changed")
        d.write(conf)
        c.send(b"still\n")
        c.socket.shutdown(socket.SHUT_WR)
        same(c.all(), b"still\n", "the old one serves on")
        same(Client(port).state(), "waiting", "and takes new clients")
        for where in (["upgrade", "-t", "soon"], ["upgrade", "a", "b"]):
            ok(ctl(d, *where)[0] in (1, 64), "wrong words: " + " ".join(where))
        here = os.path.join(TMP, "here")
        os.symlink(DOORWARD, here)
        status = subprocess.run([CTL, "-s", d.control, "upgrade", "here"], cwd=TMP, timeout=60, check=False).returncode
        same(status, 0, "a path from where one stands")
        same(os.readlink(f"/proc/{d.pid}/exe"), os.path.realpath(DOORWARD), "is what runs then")
        same(d.stop(), 0, "TERM ends it")


def reloads():
    """A reload comes between the proof and the end: what it found is what is served."""
    port, new = free_port(), free_port()
    done, go = os.path.join(TMP, "proved"), os.path.join(TMP, "go")
    line = "127.0.0.1:{} stream tcp4 nowait " + SOMEBODY + " /bin/cat\n"
    slow = program("slow", f'#!/bin/sh\ncase $1 in\n--probe-state=*)\n{DOORWARD} "$@"; status=$?\necho >>{done}\n'
                   f'while ! test -e {go}; do sleep 0.01; done\nexit $status ;;\nesac\nexec {DOORWARD} "$@"\n')
    with daemon(line.format(port)) as d:
        asker = subprocess.Popen([CTL, "-s", d.control, "upgrade", slow], stdout=subprocess.DEVNULL)
        ok(wait_for(lambda: os.path.exists(done)), "a reload in an upgrade: the new binary has read the configuration")
        d.reload(line.format(port) + line.format(new))
        ok(new in ports(d), "what is new is served")
        with open(go, "w", encoding="ascii"):
            pass
        same(asker.wait(DEADLINE), 0, "the upgrade goes on")
        ok(d.logged("^upgrade version="), "another binary serves")
        d.logged("^reload |^upgrade version=", 2)
        ok(wait_for(lambda: ports(d) == {port, new}), "what was new is served on", ports(d), d.text())
        same(os.path.getsize(done), 2, "the new binary was asked once more")
        same(d.stop(), 0, "TERM ends it")


def ports(d):
    """Where its sockets listen."""
    return {int(w.rsplit(":", 1)[1]) for w in re.findall(r"127\.0\.0\.1:\d+", ctl(d, "status")[1])}


# --- of other versions --------------------------------------------------------------------------

class State:
    """base/state.h's form, written by hand."""

    def __init__(self, number=1):
        self.whole = b"doorward state\0\0" + struct.pack("=Q", number)

    @staticmethod
    def number(n):
        return struct.pack("=Q", n)

    @staticmethod
    def text(word):
        return struct.pack("=Q", len(word)) + word.encode() + b"\0"

    def part(self, name, *records, needed=1):
        body = b"".join(struct.pack("=Q", len(r)) + r for r in records)
        self.whole += self.text(name) + self.number(needed) + struct.pack("=Q", len(body)) + body
        return self

    def probe(self, conf):
        state, answers = os.memfd_create("state", 0), os.memfd_create("answers", 0)
        daemon_part = self.text("9.9") + self.number(answers + 1)
        at = self.whole.find(b"@daemon")
        whole = self.whole if at < 0 else None
        if whole is None:
            record = struct.pack("=Q", len(daemon_part)) + daemon_part
            whole = self.whole[:at - 16] + struct.pack("=Q", len(record)) + record + self.whole[at + 7:]
        os.write(state, whole)
        p = subprocess.run([DOORWARD, f"--probe-state={state}", "-f", conf], capture_output=True, text=True, timeout=60,
                           check=False, pass_fds=(state, answers))
        os.close(state)
        os.close(answers)
        return p.stdout.strip(), p.stderr

    def usual(self):
        return self.part("daemon", b"@daemon").part("services").part("sockets").part("handlers")


def versions():
    conf = program("empty.conf", "")
    out, err = State().usual().probe(conf)
    same(out, "yes", "a state of the past, with few parts", err)
    out, err = State().usual().part("moods", State.text("good"), needed=0).probe(conf)
    ok(out == "yes" and "moods" in err, "a part of the future is skipped, and said", out, err)
    out, err = State().usual().part("moods", State.text("good")).probe(conf)
    same(out, "no the state is not understood: it cannot do without the part moods", "or refused where it is needed")
    same(State(2).usual().probe(conf)[0], "no the state is not understood: it is of a newer kind", "another number")
    same(State().part("daemon", b"@daemon").part("services").part("sockets").probe(conf)[0],
         "no the state is not understood: there is no part handlers", "a part of the past without which nothing goes")
    same(State().part("daemon", b"@daemon").part("sockets").probe(conf)[0],
         "no the state is not understood: damaged: sockets", "parts out of their order")
    cut = State().usual()
    cut.whole += State.text("holds")
    same(cut.probe(conf)[0], "no the state is not understood: damaged", "the end is missing")
    cut = State().usual()
    cut.whole = cut.whole[8:]
    same(cut.probe(conf)[0], "no the state is not understood: this is none", "none at all")


# --- damaged --------------------------------------------------------------------------------------

def probe(state, conf):
    fd = os.memfd_create("state", 0)
    os.write(fd, state)
    p = subprocess.run([DOORWARD, f"--probe-state={fd}", "-f", "--control=", conf], capture_output=True, text=True,
                       errors="replace", timeout=60, check=False, pass_fds=(fd, ANSWERS))
    os.close(fd)
    return p


ANSWERS = os.memfd_create("answers", 0)


def with_answers(state):
    """The number behind the version, in the first record of the first part, is what we have here."""
    at = 16 + 8 + 15 + 8 + 8 + 8
    at += 8 + struct.unpack_from("=Q", state, at)[0] + 1
    return state[:at] + struct.pack("=Q", ANSWERS + 1) + state[at + 8:]


def damage():
    """A real state, with bytes of it changed or missing: the answer is yes or no, and never a crash."""
    port, seed = free_port(), int(os.environ.get("SEED", str(random.SystemRandom().randrange(1 << 32))))
    note(f"SEED={seed}")
    rng, copy = random.Random(seed), os.path.join(TMP, "copy")
    spy = program("spy", f"#!/bin/sh\nfd=${{1#*=}}\ncat /proc/self/fd/$fd >{copy}\necho no thanks\n")
    conf = (f"127.0.0.1:{port} on protocol = tcp4, exec = /bin/cat, user = {SOMEBODY}, source_max = 2, stderr = log,"
            f" linger = 5s, timeout = 1h;\n")
    with daemon(conf) as d:
        clients = [Client(port) for _ in range(4)]  # two of them are over the limit
        for c in clients[:2]:
            c.send(b"x\n")
        ok(wait_for(lambda: clients[0].pump() or clients[0].buffer), "a handler")
        ctl(d, "pause", str(port))
        ctl(d, "upgrade", spy)
        with open(copy, "rb") as f:
            state = with_answers(f.read())
        same(probe(state, d.conf).stdout, "yes\n", "the state as it is")
        crashed, answers = [], set()
        for i in range(int(os.environ.get("MUTATIONS", "60"))):
            bad = bytearray(state)
            for _ in range(rng.choice((1, 1, 2, 8))):
                bad[rng.randrange(96, len(bad))] = rng.choice((0, 1, 255, rng.randrange(256)))
            p = probe(bytes(bad[:rng.randrange(len(bad))] if i % 4 == 0 else bad), d.conf)
            answers.add(p.stdout.split(" ", 1)[0].strip())
            if p.returncode < 0 or p.returncode not in (0, 71):
                crashed.append((i, p.returncode, p.stdout, p.stderr[-2000:]))
        ok(not crashed, "no damage ends in a crash", *crashed[:3])
        ok("no" in answers and answers <= {"yes", "no"}, "but in an answer", answers)
        same(d.stop(), 0, "TERM ends it")


under_load()
what_goes_on()
what_is_told()
failures()
reloads()
versions()
damage()
harness.done()
