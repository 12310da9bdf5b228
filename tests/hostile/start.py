"""hostile/start.py -- whoever can hold the start of his own handlers holds nobody else's"""
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import hostile as h  # noqa: E402 pylint: disable=wrong-import-position

if os.geteuid() != 0:
    h.skip_all("attackers need users of their own: run it as root")
ATTACKER = h.own_uid()
CTL = os.path.join(h.BUILD, "src/doorwardctl")
ATTACKED = f"user = {ATTACKER}, group = {ATTACKER}"


def other(port):
    """What the witness asks is another user's."""
    return f"127.0.0.1:{port} on protocol = tcp4, user = daemon, exec = /bin/echo, args = echo here;\n"


def as_attacker():
    os.setgroups([])
    os.setgid(ATTACKER)
    os.setuid(ATTACKER)


def attacker(code, *args):
    p = subprocess.Popen([h.PYTHON, "-c", code, *map(str, args)], preexec_fn=as_attacker, cwd="/",
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    h.children.append(p)
    p.stdout.readline()
    return p


def ended(p):
    p.kill()
    p.wait()


def serves(port):
    return h.wait_for(lambda: h.ask_once(port) < 2, 4)


def batter(port, seconds, n=30):
    """Clients that go on coming, and do not wait for an answer."""
    clients, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        if len(clients) < n:
            s = socket.create_connection(("127.0.0.1", port), 5)
            clients.append(s)
        time.sleep(0.05)
    return clients


# Every process of his user but himself, without pause.
STOP = """
import os, signal
print("ready", flush=True)
while True:
    try:
        os.kill(-1, signal.SIGSTOP)
    except OSError:
        pass
"""


def run_stop():
    what, attacked, watched = "stopped before exec", h.free_port(), h.free_port()
    conf = other(watched) + f"{attacked} on protocol = tcp4, {ATTACKED}, exec = /bin/echo, args = echo here;\n"
    with h.Daemon(conf) as d:
        with h.Witness(watched, what):
            p = attacker(STOP)
            clients = batter(attacked, 3)
            h.hup_works(d, what)
            clients += batter(attacked, 1)
            ended(p)
            h.ok(serves(attacked), f"{what}: it serves again at once")
        for c in clients:
            c.close()
        h.term_works(d, what)
    subprocess.run(["pkill", "-9", "-u", str(ATTACKER)], check=False)  # handlers that he stopped


LEASE = """
import fcntl, os, signal, sys, time
signal.signal(signal.SIGIO, signal.SIG_IGN)
fd = os.open(sys.argv[1], os.O_WRONLY)
fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("ready", flush=True)
time.sleep(60)
"""


def leased(name, program):
    """A copy of a program that is the attacker's own."""
    path = os.path.join(h.TMP, name)
    with open(path, "wb") as f, open(program, "rb") as g:
        f.write(g.read())
    os.chmod(path, 0o755)
    os.chown(path, ATTACKER, ATTACKER)
    return path


def run_lease():
    what, attacked, watched = "a lease on the program", h.free_port(), h.free_port()
    program = leased("leased", "/bin/echo")
    conf = other(watched) + f"{attacked} on protocol = tcp4, {ATTACKED}, exec = {program}, args = echo here;\n"
    with h.Daemon(conf) as d:
        if not hasattr(fcntl, "F_SETLEASE"):
            h.skip(f"{what}: no leases here")
            return
        with h.Witness(watched, what):
            p = attacker(LEASE, program)
            clients = batter(attacked, 3)
            # A hold of a lease ends a write in us, too: the reload looks at the program.
            clients += batter(attacked, 1)
            ended(p)
            h.ok(serves(attacked), f"{what}: it serves again at once")
        for c in clients:
            c.close()
        h.term_works(d, what)


def stands(d, port, running):
    """The daemon says that so many of this service are admitted."""
    def says():
        os.kill(d.pid, signal.SIGUSR1)
        return d.lines(f"^state .*:{port} .*running={running}/")
    return h.wait_for(says)


def run_drained():
    """Starts that wait because their user holds others are taken back, all of them; then the service goes on."""
    what, attacked = "a service whose starts all wait is drained", [h.free_port() for _ in range(3)]
    program, control = leased("leased-echo", "/bin/echo"), os.path.join(h.TMP, "control")
    conf = "".join(f"127.0.0.1:{port} on protocol = tcp4, {ATTACKED}, accept_max = 0, exec = {run}, args = echo here;\n"
                   for port, run in zip(attacked, (program, program, "/bin/echo")))

    def ctl(*words):
        subprocess.run([CTL, "-s", control, *words], stdout=subprocess.DEVNULL, check=True)
    with h.Daemon(conf, "--control=" + control) as d:
        p = attacker(LEASE, program)
        clients = [socket.create_connection(("127.0.0.1", port), 5) for port in attacked[:2] for _ in range(2)]
        stands(d, attacked[1], 2)
        time.sleep(0.3)  # until all four are passed over: nothing shows it
        waiting = [h.Client(attacked[2]) for _ in range(20)]
        h.ok(stands(d, attacked[2], 16), f"{what}: they wait")
        ctl("drain", "-t", "0s", str(attacked[2]))
        h.same({c.decided() for c in waiting[:16]}, {"closed"}, f"{what}: they are turned away")
        ended(p)
        ctl("resume", str(attacked[2]))
        h.ok(serves(attacked[2]), f"{what}: it serves again when it is resumed")
        h.term_works(d, what)
        for c in clients:
            c.close()


# Unsent data and a long SO_LINGER, left for whoever closes last.
LINGER = h.script("lingers", """
import socket, struct
s = socket.socket(fileno=0)
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 25))
s.setblocking(False)
try:
    while True:
        s.send(b"x" * 65536)
except BlockingIOError:
    pass
import os
os._exit(0)
""", h.PYTHON)


def run_linger(keys):
    what, attacked, watched = f"SO_LINGER {keys}".strip(), h.free_port(), h.free_port()
    conf = other(watched) + f"{attacked} on protocol = tcp4, {ATTACKED}, exec = {LINGER}, args = lingers{keys};\n"
    with h.Daemon(conf, "-l") as d:
        with h.Witness(watched, what):
            clients = [socket.create_connection(("127.0.0.1", attacked), 5) for _ in range(4)]
            h.ok(d.logged(f"exit service={attacked} ", 4), f"{what}: the handlers end")
            clients += batter(attacked, 2, 4)
            h.hup_works(d, what)
        h.term_works(d, what)
        for c in clients:
            c.close()


def run_killed():
    """A starter may be killed by whoever may: the next start has a new one."""
    what, attacked, watched = "a starter is killed", h.free_port(), h.free_port()
    conf = other(watched) + f"{attacked} on protocol = tcp4, {ATTACKED}, exec = /bin/echo, args = echo here;\n"
    with h.Daemon(conf) as d:
        starters = subprocess.run(["pgrep", "-P", str(d.pid), "-x", "doorward-start"], capture_output=True,
                                  text=True, check=False).stdout.split()
        if not starters:
            h.skip(f"{what}: there are none in this build")
            return
        # No witness: a client whom the starter had in its hands goes with it.
        for _ in range(5):
            subprocess.run(["pkill", "-9", "-P", str(d.pid), "-x", "doorward-start"], check=False)
            h.ok(serves(attacked) and serves(watched), f"{what}: it serves")
        h.ok(h.wait_for(lambda: not d.handlers()), f"{what}: no handler is left")
        h.term_works(d, what)


# A stop that a tracer sees is no end, whoever made the daemon the tracer.
TRACED = h.script("traced", """
import ctypes, os, signal, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
os.write(1, b"served\\n")
ctypes.CDLL(None).ptrace(0, 0, None, None)  # PTRACE_TRACEME
os.kill(os.getpid(), signal.SIGUSR1)
""", h.PYTHON)


def run_traced():
    what, attacked, watched = "a handler that makes us its tracer", h.free_port(), h.free_port()
    conf = other(watched) + (f"{attacked} on protocol = tcp4, {ATTACKED}, accept_max = 1, exec = {TRACED},"
                             " args = traced;\n")
    with h.Daemon(conf) as d:
        with h.Witness(watched, what):
            for i in range(3):
                h.same(h.Client(attacked).decided(), "served", f"{what}: {i + 1} is served")
                h.ok(d.logged(f"exit service={attacked} .*signal=SIGKILL", i + 1), f"{what}: its end is an end")
        h.ok(h.wait_for(lambda: subprocess.run(["pgrep", "-u", str(ATTACKER)], capture_output=True,
                                               check=False).stdout == b""), f"{what}: nobody goes on uncounted")
        h.term_works(d, what)


def run_timeout():
    """The time limit of a handler begins when it does, however long its start was held."""
    what, attacked = "a start held for longer than its timeout", h.free_port()
    program = leased("leased-shell", "/bin/sleep")
    conf = f"{attacked} on protocol = tcp4, {ATTACKED}, timeout = 1s, exec = {program}, args = sleep 1000;\n"
    with h.Daemon(conf) as d:
        p = attacker(LEASE, program)
        with socket.create_connection(("127.0.0.1", attacked), 5):
            time.sleep(7)  # the attack itself: TERM's second, and KILL's five
            ended(p)
            h.ok(d.logged(f"exit service={attacked} .*reason=timeout"), f"{what}: it is ended all the same")
        h.term_works(d, what)


h.rows([("stop", run_stop), ("traced", run_traced), ("timeout", run_timeout), ("lease", run_lease), ("linger", run_linger, ""),
        ("drained", run_drained), ("linger key", run_linger, ", linger = 3s"), ("killed", run_killed)],
       lambda name, run, *args: run(*args), workers=1)
h.done()
