"""tree.py -- end = tree: a keeper above each handler; who descends from it ends with it."""
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import harness as h  # pylint: disable=wrong-import-position

PYTHON = shutil.which("python3", path="/usr/bin:/usr/local/bin:/bin") or sys.executable
CTL = os.path.join(h.BUILD, "src/doorwardctl")
UID = pwd.getpwnam(h.SOMEBODY).pw_uid if h.ROOT else os.geteuid()
# A mark in the environment that everybody inherits, and nobody else has.
MARK = f"DOORWARD_TREE={os.path.basename(h.TMP)}"


def script(name, text):
    path = os.path.join(h.TMP, name)
    with h.lock:
        if not os.path.exists(path):  # it may be running
            with open(path, "w", encoding="ascii") as f:
                f.write(f"#!{PYTHON}\n" + COMMON + text)
            os.chmod(path, 0o755)
    return path


COMMON = r"""
import os, signal, sys, time
def away():
    "A descendant who has left everybody: True in it."
    if os.fork():
        return False
    os.setsid()
    if os.fork():
        os._exit(0)
    return True
def stay():
    for s in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(s, signal.SIG_IGN)
    while True:
        time.sleep(60)
def say(*words):
    os.write(1, (" ".join(str(w) for w in words) + "\n").encode())
"""

# What a handler's descendants do, and how it ends itself; the first word it says is its pid.
STAYS = "if away(): stay()\nif os.fork() == 0: stay()\nsay(os.getpid())\n"
HANDLERS = {
    # It ends first, and they have the connection.
    "first": STAYS + "os._exit(7)\n",
    "signal": STAYS + "os.kill(os.getpid(), signal.SIGKILL)\n",
    # All of them stay until the timeout.
    "timeout": STAYS + "stay()\n",
    # A descendant of theirs that forks and ends in a circle, each time in a session of its own.
    "comet": """
if away():
    while os.fork() == 0:
        os.setsid()
    os._exit(0)
say(os.getpid())
os._exit(7)
""",
    # Everybody forks as often as he may.
    "bomb": """
import resource
resource.setrlimit(resource.RLIMIT_NPROC, (MANY, MANY))
say(os.getpid())
if away():
    for s in (signal.SIGTERM, signal.SIGCHLD): signal.signal(s, signal.SIG_IGN)
    while True:
        try:
            if os.fork() == 0: os.setsid()
        except OSError: time.sleep(0.02)
time.sleep(0.1)
os._exit(7)
""",
    # At whoever is above.
    "keeper": """
keeper = os.getppid()
import ctypes
tries = []
done, over = os.pipe()
if away():
    for s in (signal.SIGSTOP, signal.SIGKILL, signal.SIGUSR2):
        try:
            os.kill(keeper, s); tries.append("yes")
        except OSError: tries.append("no")
    tries.append("yes" if ctypes.CDLL(None).ptrace(16, keeper, 0, 0) == 0 else "no")
    say("tries", *tries)
    os.write(over, b"x")
    stay()
say(os.getpid())
os.read(done, 1)
ctypes.CDLL(None).ptrace(0, 0, 0, 0)  # PTRACE_TRACEME: it stops where an end is looked for
os.kill(os.getpid(), signal.SIGWINCH)
os._exit(7)
""",
}


def marked():
    """The pids of all that have the mark, the dead excepted."""
    found = []
    for pid in os.listdir("/proc"):
        try:
            with open(f"/proc/{pid}/environ", "rb") as f:
                if MARK.encode() in f.read():
                    found.append(int(pid))
        except (OSError, ValueError):
            pass
    return found


def entry(port, name, keys=""):
    program = script("tree-" + name, HANDLERS[name])
    return (f"{port} on protocol = tcp4, user = {h.SOMEBODY}, exec = {program}, "
            f"end = tree, env = {MARK}:{name}-{port}{keys};\n")


def left(name, port=""):
    return [p for p in marked() if f"{MARK}:{name}-{port}".encode() in environ(p)]


def environ(pid):
    try:
        with open(f"/proc/{pid}/environ", "rb") as f:
            return f.read()
    except OSError:
        return b""


def accepted(d, port):
    """By the log: whoever is ended early may not come to say it."""
    d.logged(f"accept service={port} ")
    return int(re.search(r" pid=([0-9]+)", d.lines(f"accept service={port} ")[0]).group(1))


def kick(control, pid):
    return subprocess.run([CTL, "-s", control, "kick", str(pid)], capture_output=True, text=True, check=False)


def run_ends(name, ends, keys=""):
    """When the end is told, nobody is left: there is nothing to wait for."""
    port = h.free_port()
    with h.Daemon(entry(port, name, keys), "-l") as d:
        c = h.Client(port)
        pid = accepted(d, port)
        end = f"exit service={port} pid={pid} {ends} "
        h.ok(d.logged(end), f"{name}: its status, and its pid", d.text())
        h.same(left(name, port), [], f"{name}: nobody is left")
        said = c.all().split(b"\n")[0]
        h.ok(said in (b"", b"%d" % pid), f"{name}: who was accepted is who says so", said)
        h.ok(c.over, f"{name}: the client sees the end")
        c.close()


def owner(pid):
    try:
        return os.stat(f"/proc/{pid}").st_uid
    except OSError:
        return None


def run_bomb():
    used = len([p for p in os.listdir("/proc") if p.isdigit()])
    HANDLERS["bomb"] = HANDLERS["bomb"].replace("MANY", str(40 if h.ROOT else used + 20))
    run_ends("bomb", "status=7")


def run_keeper():
    if not h.ROOT:
        h.skip("as an ordinary user the keeper is in the handler's reach")
        return
    port = h.free_port()
    with h.Daemon(entry(port, "keeper"), "-l") as d:
        c = h.Client(port)
        h.ok(d.logged(f"exit service={port} pid=[0-9]+ "), "keeper: it ends", d.text())
        h.same(left("keeper"), [], "keeper: nobody is left")
        h.ok(re.search(rb"tries no no no no\n", c.all()), "keeper: no signal reaches it, no tracer", c.buffer)
        c.close()


def run_upgrade():
    control, port = os.path.join(h.TMP, "upgrade.sock"), h.free_port()
    with h.Daemon(entry(port, "timeout", ", timeout_signal = KILL"), "-l", "--control=" + control) as d:
        c = h.Client(port)
        pid = c.decided() and c.pid()
        os.kill(d.pid, signal.SIGUSR2)
        h.ok(d.logged("^upgrade "), "upgrade", d.text())
        h.ok(h.wait_for(lambda: kick(control, pid).returncode == 0), "upgrade: its pid goes on")
        h.ok(d.logged(f"exit service={port} pid={pid} signal=SIGKILL .*reason=kick"), "upgrade: and its keeper", d.text())
        h.same(left("timeout", port), [], "upgrade: nobody is left")
        c.close()


def run_told():
    """What the first signal is: it reaches all."""
    text = script("tree-told", """
def told(s, f): say("told", os.getpid()); os._exit(0)
signal.signal(signal.SIGUSR1, told)
if away(): time.sleep(60)
r, w = os.pipe()
if os.fork() == 0: os.setsid(); os.write(w, b"x"); time.sleep(60)
os.read(r, 1)
say(os.getpid()); time.sleep(60)
""")
    control, port = os.path.join(h.TMP, "told.sock"), h.free_port()
    conf = (f"{port} on protocol = tcp4, user = {h.SOMEBODY}, exec = {text}, end = tree, "
            f"timeout_signal = USR1, env = {MARK}:told-;\n")
    with h.Daemon(conf, "-l", "--control=" + control) as d:
        c = h.Client(port)
        pid = c.decided() and c.pid()
        h.same(kick(control, pid).returncode, 0, "timeout_signal: kicked")
        h.ok(d.logged(f"exit service={port} pid={pid} status=0 .*reason=kick"), "timeout_signal: the handler", d.text())
        h.ok(c.all().count(b"told") >= 1, "timeout_signal: it was told", c.buffer)
        h.same(left("told"), [], "timeout_signal: nobody is left")
        c.close()


def run_fails():
    port = h.free_port()
    gone = os.path.join(h.TMP, "gone")
    with h.Daemon(f"{port} on protocol = tcp4, user = {h.SOMEBODY}, exec = {gone}, end = tree;\n", "-l") as d:
        c = h.Client(port)
        h.same(c.all(), b"", "a program that is missing: the client sees the end")
        h.ok(d.logged(f"exec-failed service={port} .*execve"), "a program that is missing is told", d.text())
        c.close()


def run_wait():
    port = h.free_port()
    text = script("tree-wait", """
import socket
s = socket.socket(fileno=0)
c, _ = s.accept()
if away(): stay()
c.sendall(b"%d\\n" % os.getpid())
""")
    with h.Daemon(f"{port} on protocol = tcp4, wait = yes, user = {h.SOMEBODY}, exec = {text}, end = tree, "
                  f"env = {MARK}:wait-;\n", "-l") as d:
        for _ in range(2):
            c = h.Client(port)
            pid = int(c.all())
            h.ok(d.logged(f"exit service={port} pid={pid} status=0"), "wait: served, and again", d.text())
            c.close()
        h.same(left("wait"), [], "wait: nobody is left")


def run_times():
    port = h.free_port()
    text = script("tree-times", """
if away():
    while time.process_time() < 0.3: pass
    say("done"); stay()
time.sleep(0.05)
sys.stdin.readline()
""")
    with h.Daemon(f"{port} on protocol = tcp4, user = {h.SOMEBODY}, exec = {text}, end = tree, "
                  f"env = {MARK}:times-;\n", "-l") as d:
        c = h.Client(port)
        c.decided()
        c.send(b"\n")
        h.ok(d.logged(f"exit service={port} "), "cpu: it ends", d.text())
        cpu = float(re.search(r"cpu=([0-9.]+)", d.lines("^exit ")[0]).group(1))
        h.ok(cpu >= 0.3, "cpu= has what a descendant took", d.text())
        c.close()


def run_kick():
    control = os.path.join(h.TMP, "kick.sock")
    port = h.free_port()
    with h.Daemon(entry(port, "timeout", ", timeout_signal = KILL"), "-l", "--control=" + control) as d:
        c = h.Client(port)
        pid = c.decided() and c.pid()
        told = subprocess.run([CTL, "-s", control, "clients"], capture_output=True, text=True, check=False).stdout
        h.ok(re.search(rf"\b{pid}\b", told), "clients: the handler's pid", told)
        h.same(kick(control, pid).returncode, 0, "kick takes it")
        h.ok(d.logged(f"exit service={port} pid={pid} .*reason=kick"), "kick: it is told", d.text())
        h.same(left("timeout", port), [], "kick: nobody is left")
        c.close()


def main():
    runs = [("first", lambda: run_ends("first", "status=7")),
            ("signal", lambda: run_ends("signal", "signal=SIGKILL")),
            ("timeout", lambda: run_ends("timeout", "signal=SIGKILL", ", timeout = 1s, timeout_signal = KILL")),
            ("comet", lambda: run_ends("comet", "status=7")),
            ("upgrade", run_upgrade), ("kick", run_kick), ("told", run_told), ("fails", run_fails), ("wait", run_wait), ("times", run_times), ("keeper", run_keeper)]
    h.rows([r for r in runs if r[0] in os.environ.get("ROWS", r[0])], lambda name, run: run())
    run_bomb()
    while tree := marked():  # where it has failed
        for pid in tree:
            h.kill(pid, signal.SIGKILL)
    h.done()


main()
