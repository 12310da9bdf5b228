"""faults.py -- calls that fail and handlers that misbehave. Each row: no spin, no leak, recovery, one line."""
import errno
import os
import re
import signal
import socket
import struct
import time

import harness as h

IN_FAULT = 1.2  # seconds that a fault lasts
GREETER = os.path.join(h.TMP, "greeter")


def script(name, text):
    path = os.path.join(h.TMP, name)
    with open(path, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\n" + text)
    os.chmod(path, 0o755)
    return path


def message(error):
    return re.escape(os.strerror(error))


def idle(d, fds, name):
    """Nobody runs, nothing is left over."""
    h.ok(h.wait_for(lambda: not d.handlers()), f"{name}: all handlers end")
    # Fewer, where the first count met a connection on its way.
    h.ok(h.wait_for(lambda: d.fds() <= fds), f"{name}: {fds} descriptors, as before", d.fds())

    def rests():  # who waited may just be started
        before = len(d.lines("^state service="))
        os.kill(d.pid, signal.SIGUSR1)
        h.wait_for(lambda: len(d.lines("^state service=")) > before)
        return " running=0/" in d.lines("^state service=")[-1]
    h.ok(h.wait_for(rests), f"{name}: no slot is taken", *d.lines("^state service="))


def quiet(d, name, seconds=IN_FAULT):
    """Let the fault last, and see that the master rests. The CPU used is noted."""
    before, began = d.cpu(), time.monotonic()
    time.sleep(seconds)
    used, lasted = d.cpu() - before, time.monotonic() - began
    h.note(f"{name}: {used * 1000:.0f} ms of CPU in {lasted * 1000:.0f} ms")
    h.ok(used <= 0.05 * lasted + 0.03, f"{name}: no spin")


def entry(port, keys="", program=None):
    return (f"{port} on protocol = tcp4, user = {h.SOMEBODY}, exec = {program or GREETER},"
            f" {keys + ', ' if keys else ''}args = greeter;\n")


def builtin(port, name):
    return f"{port} on protocol = tcp4, user = {h.SOMEBODY}, builtin = {name};\n"


def served(port, text):
    """A client gets an answer; echo wants to be asked."""
    def once():
        with socket.create_connection(("127.0.0.1", port), h.DEADLINE) as s:
            s.settimeout(h.DEADLINE)
            try:
                s.sendall(b"x\n")
                return s.recv(100) != b""
            except OSError:
                return False
    return h.wait_for(once) or text


# A starter clones; without it the master forks.
FORKS = "clone" if h.CLONES else "fork"


# name, call, errno, configuration, times told, most failures in the time, what becomes of a client
def call_rows():
    table = []
    for error in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EPERM):
        table.append(("accept", "accept4", error, entry, 1, 8, "waits"))
    table.append(("accept for a builtin", "accept4", errno.EMFILE, lambda p: builtin(p, "daytime"),
                  1, 8, "waits"))
    for error in (errno.EAGAIN, errno.ENOMEM):
        table.append(("clone", "clone", error, entry, 1, 8, "waits"))
        table.append(("fork of a builtin", FORKS, error, lambda p: builtin(p, "echo"), 1, 8, "waits"))
        table.append(("fork before names", FORKS, error, lambda p: entry(p, "hosts_access = yes"),
                      1, 8, "waits"))
    table.append(("a pipe for stderr", "pipe2", errno.EMFILE, lambda p: entry(p, "stderr = log"),
                  1, 8, "waits"))
    for error in (errno.E2BIG, errno.ENOENT, errno.EACCES, errno.ENOEXEC, errno.ENOMEM):
        table.append(("exec", "execve", error, entry, 1, 3, "closed"))
    table.append(("exec, too many processes", "execve", errno.EAGAIN, entry, 1, 8, "waits"))
    table.append(("exec after names", "execve", errno.ENOENT,
                  lambda p: entry(p, "hosts_access = yes"), 1, 5, "closed"))
    table.append(("getsockname", "getsockname", errno.ENOBUFS, entry, 0, 9, "served"))
    table.append(("getpeername", "getpeername", errno.ENOTCONN, entry, 0, 0, "served"))
    return table


def run_call(name, call, error, conf, told, most, becomes):
    name = f"{name}: {errno.errorcode[error]}"
    port, faults = h.free_port(), h.Faults(call)
    with h.Daemon(conf(port), env=faults.env) as d:
        if "hosts_access is not supported" in d.text():
            h.skip(f"{name}: no libwrap in this build")
            return
        h.same(served(port, ""), True, f"{name}: served before")
        h.wait_for(lambda: not d.handlers())
        fds = d.fds()
        faults.set(call, error)
        clients = [h.Client(port) for _ in range(4)]
        for c in clients:
            c.send(b"x\n")
        quiet(d, name)
        hits = faults.hits(call)
        h.ok((hits > 0) == (most > 0) and hits <= most, f"{name}: failed {hits} times, at most {most}")
        if becomes == "closed":
            h.ok(any(c.state() == "closed" for c in clients), f"{name}: who cannot be served is let go")
        elif becomes == "waits":
            h.same({c.state() for c in clients}, {"waiting"}, f"{name}: the clients wait")
        faults.set(call, 0, 0)
        if becomes != "closed":
            h.same({c.decided() for c in clients}, {"served"}, f"{name}: all who waited are served")
        h.same(served(port, ""), True, f"{name}: served again, by itself")
        for c in clients:
            c.close()
        lines = d.lines(f"service={port} .*error=.*{message(error)}")
        h.same(len(lines), told, f"{name}: {told} line with errno", *lines)
        if told:
            h.ok(d.logged(f"resume service={port}"), f"{name}: the end is told")
        idle(d, fds, name)


def run_reset():
    """Clients that reset before they are accepted cost nothing and log nothing."""
    name, port, faults = "reset before accept", h.free_port(), h.Faults("accept4")
    with h.Daemon(entry(port, "service_max = 1/s burst 1"), env=faults.env) as d:
        h.same(served(port, ""), True, f"{name}: served before")
        h.wait_for(lambda: not d.handlers())
        fds, lines = d.fds(), len(d.lines("."))
        os.kill(d.pid, signal.SIGSTOP)
        for _ in range(100):
            with socket.create_connection(("127.0.0.1", port)) as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.kill(d.pid, signal.SIGCONT)
        d.reload(entry(port))
        quiet(d, name)
        h.same(served(port, ""), True, f"{name}: the next is served")
        h.ok(len(d.lines(".")) <= lines + 10, f"{name}: the log does not grow with them")
        idle(d, fds, name)
        faults.set("accept4", errno.ECONNABORTED, 200)
        h.same(served(port, ""), True, f"{name}: ECONNABORTED 200 times, then served at once")


def run_sharing():
    """A kernel or an emulator that makes no child for a parent: the master forks."""
    name, port, faults = "clone without a parent", h.free_port(), h.Faults("clone")
    with h.Daemon(entry(port), env=faults.env) as d:
        fds = d.fds()
        faults.set("clone", errno.EINVAL, 1)
        for _ in range(3):
            h.same(served(port, ""), True, f"{name}: served")
        h.same(faults.hits("clone"), 1, f"{name}: refused once")
        h.same(d.lines("pause"), [], f"{name}: nobody is told")
        idle(d, fds, name)


def run_clock(name, offset):
    port, faults = h.free_port(), h.Faults("clock_gettime")
    with h.Daemon(entry(port, "service_max = 2/s burst 1, timeout = 30s"), "-d", env=faults.env) as d:
        h.same(served(port, ""), True, f"{name}: served before")
        waiting = [h.Client(port) for _ in range(3)]
        faults.set("clock_gettime", offset, 0)
        h.same({c.decided() for c in waiting}, {"served"}, f"{name}: who waited for a token is served")
        quiet(d, name, 0.5)
        h.same(d.lines("reason=timeout"), [], f"{name}: no handler is timed out")
        for c in waiting:
            c.close()


def run_dies(name, text):
    """A handler that ends at once, a hundred times: the master keeps nothing of them."""
    port = h.free_port()
    with h.Daemon(entry(port, "accept_max = 4, stderr = log", script(f"dies-{port}", text))) as d:
        fds = d.fds()
        for _ in range(50):
            h.ask(port)
        memory = d.memory()
        for _ in range(100):
            h.ask(port)
        h.ok(d.memory() <= memory + 64, f"{name}: memory does not grow", memory, d.memory())
        quiet(d, name, 0.4)
        h.ok(d.logged("exit service=.* (status=3|signal=SIGKILL)", 150), f"{name}: each end is told")
        idle(d, fds, name)


def run_killed():
    name, port = "killed with -9", h.free_port()
    with h.Daemon(entry(port, "accept_max = 1", script("sits", "echo $$\nexec sleep 1000\n"))) as d:
        fds = d.fds()
        for _ in range(3):
            c = h.Client(port)
            h.same(c.decided(), "served", f"{name}: served")
            os.kill(c.pid(), signal.SIGKILL)
            c.all()
        idle(d, fds, name)


def run_stopped():
    """One that stops itself is ended by its timeout: TERM stays pending, KILL does not."""
    name, port = "stops itself", h.free_port()
    with h.Daemon(entry(port, "accept_max = 1, timeout = 300ms",
                        script("stops", "echo $$\nkill -STOP $$\n"))) as d:
        fds, c = d.fds(), h.Client(port)
        c.decided()
        quiet(d, name, 1)
        h.ok(c.all() and d.logged("exit .*signal=SIGKILL .*reason=timeout"), f"{name}: ended and told")
        idle(d, fds, name)


def run_forks():
    """The handler's place is free when it ends; what it left behind is its own."""
    name, port = "forks and exits", h.free_port()
    with h.Daemon(entry(port, "accept_max = 1", script("forks", "sleep 1000 &\necho $!\n"))) as d:
        fds, left = d.fds(), []
        for _ in range(3):
            c = h.Client(port)
            h.same(c.decided(), "served", f"{name}: served")
            left.append(c.pid())
        idle(d, fds, name)
        h.ok(all(os.path.exists(f"/proc/{p}") for p in left), f"{name}: what it left runs on")
        for pid in left:
            h.kill(pid, signal.SIGKILL)


def run_unread(name, kind):
    """A wait handler that leaves its socket unread: a growing pause, told once; then it reads."""
    port, turn = h.free_port(), os.path.join(h.TMP, f"reads-{kind}")
    starts = os.path.join(h.TMP, f"starts-{kind}")
    with open(starts, "w", encoding="ascii"):
        pass
    os.chmod(starts, 0o666)
    program = script(f"unread-{kind}", f"echo >>{starts}\ntest -e {turn} || exit 0\n"
                     f"exec python3 -c '{READER}'\n")
    protocol = "udp4" if kind == "dgram" else "tcp4"
    conf = (f"{port} on protocol = {protocol}, wait = yes, user = {h.SOMEBODY}, exec = {program},"
            f" args = x;\n")
    with h.Daemon(conf) as d, socket.socket(
            socket.AF_INET, getattr(socket, "SOCK_" + kind.upper())) as s:
        fds = d.fds()
        s.settimeout(h.DEADLINE)
        s.connect(("127.0.0.1", port))
        s.send(b"ping\n")
        quiet(d, name)
        n = os.path.getsize(starts)
        h.ok(1 <= n <= 3, f"{name}: started {n} times, not in a loop")
        h.same(len(d.lines("pause .*reason=unread")), 1, f"{name}: told once")
        with open(turn, "w", encoding="ascii"):
            pass
        h.same(s.recv(100), b"ping\n", f"{name}: answered once it reads")
        h.ok(d.logged("resume service="), f"{name}: the end is told")
        idle(d, fds, name)


READER = ('import socket; s = socket.socket(fileno=0);\n'
          'if s.type == socket.SOCK_STREAM: c = s.accept()[0]; c.sendall(c.recv(100))\n'
          'else: d, a = s.recvfrom(100); s.sendto(d, a)')


def run_wait_killed():
    name, port = "wait handler killed with -9", h.free_port()
    program = script("waits", "cat >/dev/null 2>&1 &\nexec python3 -c 'import socket, os\n"
                     "s = socket.socket(fileno=0)\nwhile 1: d, a = s.recvfrom(100);"
                     " s.sendto(b\"%d\" % os.getpid(), a)'\n".replace("cat >/dev/null 2>&1 &\n", ""))
    conf = f"{port} on protocol = udp4, wait = yes, user = {h.SOMEBODY}, exec = {program}, args = x;\n"
    with h.Daemon(conf) as d, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fds = d.fds()
        s.settimeout(h.DEADLINE)
        s.connect(("127.0.0.1", port))
        pids = set()
        for _ in range(3):
            s.send(b"ping")
            pid = int(s.recv(100))
            pids.add(pid)
            os.kill(pid, signal.SIGKILL)
            h.wait_for(lambda pid=pid: pid not in d.handlers())
        h.same(len(pids), 3, f"{name}: the next datagram starts another")
        idle(d, fds, name)


def run_nproc():
    """The user's limit of processes, without fault.so: the client waits, then is served."""
    name, port = "RLIMIT_NPROC", h.free_port()
    if not h.ROOT:
        h.skip("RLIMIT_NPROC of another user needs root")
        return
    # Nobody else has this uid, so that its one process is ours.
    uid = h.own_uid()
    conf = (f"{port} on protocol = tcp4, user = {uid}, group = {uid}, rlimit_nproc = 1,"
            f" exec = {script('one', 'echo $$; read x')}, args = x;\n")
    with h.Daemon(conf) as d:
        fds = d.fds()
        # Linux lets one more run than the limit says.
        first, second, third = [h.Client(port) for _ in range(3)]
        h.same([first.decided(), second.decided()], ["served"] * 2, f"{name}: two are served")
        h.ok(d.logged("pause .*reason=fork .*" + message(errno.EAGAIN)), f"{name}: told with errno")
        quiet(d, name)
        h.same(third.state(), "waiting", f"{name}: the third waits")
        first.close()
        second.close()
        h.same(third.decided(), "served", f"{name}: and is served")
        third.close()
        idle(d, fds, name)


def main():
    script("greeter", "echo $$\nread line\n")
    if not h.CAN_FAIL:
        print("1..0 # SKIP nothing can be interposed in this build")
        return
    clones = h.CLONES
    table = [(row[0], run_call, *row) for row in call_rows() if row[1] != "clone" or clones]
    table += [("sharing", run_sharing)] if clones else []
    table += [
        ("reset", run_reset),
        ("clock ahead", run_clock, "clock ten years ahead", 315360000),
        ("clock back", run_clock, "clock ten years back", -315360000),
        ("dies", run_dies, "dies at once", "exit 3\n"),
        ("dies by signal", run_dies, "kills itself", "kill -9 $$\n"),
        ("killed", run_killed),
        ("stopped", run_stopped),
        ("forks", run_forks),
        ("unread dgram", run_unread, "leaves a datagram unread", "dgram"),
        ("unread stream", run_unread, "leaves a connection unread", "stream"),
        ("wait killed", run_wait_killed),
        ("nproc", run_nproc),
    ]
    h.rows(table, lambda name, run, *args: run(*args), workers=8)
    h.done()


main()
