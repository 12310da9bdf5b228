"""handler_limits.py -- handlers under control: what is asked for is so, or the handler does not run."""
import os
import re
import shutil
import subprocess
import time

import harness as h


def script(name, text):
    path = os.path.join(h.TMP, name)
    with open(path, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\n" + text)
    os.chmod(path, 0o755)
    return path


def entry(port, program, keys="", args="x"):
    return (f"{port} on protocol = tcp4, user = {h.SOMEBODY}, exec = {program}, args = {args}"
            f"{', ' + keys if keys else ''};\n")


# --- what a handler gets ------------------------------------------------------------------------------

SHOW = r"""
echo umask=$(umask) nice=$(nice) pwd=$(pwd)
env
sed -n 's/^/limit: /p' /proc/self/limits
"""

# keys, what the handler's report says, needs root?
SETTINGS = [
    ("", r"^umask=0022 nice=NICE pwd=/$", False),
    ("umask = 077", r"^umask=0077 ", False),
    ("umask = 0", r"^umask=0000 ", False),
    ("nice = 5", r" nice=PLUS5 ", False),
    ("nice = -3", r" nice=MINUS3 ", True),
    ("directory = /usr", r" pwd=/usr$", False),
    ("rlimit_nofile = 40:50", r"limit: Max open files +40 +50 ", False),
    ("rlimit_nofile = 40", r"limit: Max open files +40 +40 ", False),
    ("rlimit_core = 0:1m", r"limit: Max core file size +0 +1048576 ", False),
    ("rlimit_cpu = 7:9", r"limit: Max cpu time +7 +9 ", False),
    ("rlimit_data = 64m", r"limit: Max data size +67108864 +67108864 ", False),
    ("rlimit_fsize = 1m:2m", r"limit: Max file size +1048576 +2097152 ", False),
    ("rlimit_stack = 4m:8m", r"limit: Max stack size +4194304 +8388608 ", False),
    ("rlimit_as = 1g:2g", r"limit: Max address space +1073741824 +2147483648 ", False),
    ("rlimit_memlock = 16k", r"limit: Max locked memory +16384 +16384 ", False),
    ("rlimit_nproc = 4000", r"limit: Max processes +4000 +4000 ", False),
    ("rlimit_nofile = 40, rlimit_cpu = 5", r"(?s)cpu time +5 +5 .*open files +40 +40 ", False),
    ("env = WHO=me AGE=7=8", r"(?ms)^(?=.*^WHO=me$)(?=.*^AGE=7=8$)", False),
    ("env = \"SAY=two words\"", r"^SAY=two words$", False),
    ("pass_env = HANDED_ON", r"^HANDED_ON=from the daemon$", False),
    ("env = HANDED_ON=mine, pass_env = HANDED_ON", r"^HANDED_ON=mine$", False),
    ("", r"(?s)\A(?!.*HANDED_ON).*PROTO=TCP", False),
    ("env = PROTO=forged", r"(?s)\A(?!.*forged).*PROTO=TCP", False),
]


def run_setting(keys, expected, needs_root):
    if needs_root and not h.ROOT:
        h.skip(f"{keys}: needs root")
        return
    own = os.nice(0)
    for word, n in (("NICE", own), ("PLUS5", min(own + 5, 19)), ("MINUS3", max(own - 3, -20))):
        expected = expected.replace(word, str(n))
    port = h.free_port()
    with h.Daemon(entry(port, script(f"show-{port}", SHOW), keys),
                  env={"HANDED_ON": "from the daemon"}) as d:
        said = h.ask(port).decode()
        h.ok(re.search(expected, said, re.M), f"{keys or 'nothing asked for'}: {expected}", said, d.text())


def run_chroot():
    if not h.ROOT:
        h.skip("chroot needs root")
        return
    root = os.path.join(h.TMP, "root")
    os.makedirs(root + "/inside")
    libraries = subprocess.run(["ldd", "/bin/cat"], capture_output=True, text=True, check=False).stdout
    for path in ["/bin/cat", *re.findall(r"(/\S+) \(0x", libraries)]:
        os.makedirs(root + os.path.dirname(path), exist_ok=True)
        shutil.copy(path, root + path)
    for path, text in (("/note", "root of its own"), ("/inside/note", "folder inside")):
        with open(root + path, "w", encoding="ascii") as f:
            f.write(text)
    port = h.free_port()
    with h.Daemon(entry(port, "/bin/cat", f"chroot = {root}", "cat note")) as d:
        h.same(h.ask(port), b"root of its own", "chroot: starts in it", d.text())
        d.reload(entry(port, "/bin/cat", f"chroot = {root}, directory = /inside", "cat note"))
        h.same(h.ask(port), b"folder inside", "chroot: the directory is inside", d.text())


# --- what cannot be applied ---------------------------------------------------------------------------

# keys, the call that fails, who it fails for
REFUSED = [
    ("directory = /no/such/folder", "chdir", "all"),
    ("chroot = /no/such/folder", "chroot", "all"),
    ("chroot = /", "chroot", "user"),
    ("directory = CLOSED", "chdir", "root"),
    ("rlimit_nofile = 2000000000", "setrlimit", "all"),
    ("rlimit_cpu = 5:4", "setrlimit", "all"),
    ("nice = -5", "nice", "user"),
]


def run_refused(keys, step, whom):
    if whom != "all" and (whom == "root") != h.ROOT:
        h.skip(f"{keys}: not as this user")
        return
    port, ran = h.free_port(), os.path.join(h.TMP, f"ran-{h.free_port()}")
    closed = os.path.join(h.TMP, f"closed-{port}")
    os.mkdir(closed, 0o700)
    with open(ran, "w", encoding="ascii"):
        pass
    os.chmod(ran, 0o666)
    program = script(f"marks-{port}", f"echo ran >>{ran}\necho served\n")
    keys = keys.replace("CLOSED", closed)
    with h.Daemon(entry(port, program, keys)) as d:
        if d.lines(r"conf:\d+:\d+: error:"):
            h.ok(not d.lines(f"listen service={port}"), f"{keys}: refused at load")
            return
        fds, first = d.fds(), h.Client(port)
        h.same(first.decided(), "closed", f"{keys}: nobody is served")
        second = h.Client(port)
        h.same(second.decided(), "closed", f"{keys}: nor later")
        h.same(os.path.getsize(ran), 0, f"{keys}: the handler does not run")
        lines = d.lines("error=")
        h.ok(len(lines) == 1 and f"exec-failed service={port}" in lines[0] and f" step={step} " in lines[0],
             f"{keys}: one line, with the call and errno", *lines)
        h.same(d.fds(), fds, f"{keys}: no descriptor is left")
        d.reload(entry(port, program))
        h.same(h.ask(port), b"served\n", f"{keys}: without it, served at once")


# --- timeout ------------------------------------------------------------------------------------------


def run_term():
    """TERM first: who listens to it has the last word."""
    port = h.free_port()
    program = script("listens", "trap 'echo bye; kill $!; exit 4' TERM\necho $$\nsleep 1000 & wait\n")
    with h.Daemon(entry(port, program, "timeout = 500ms, accept_max = 1")) as d:
        c = h.Client(port)
        h.same(c.decided(), "served", "timeout: served")
        h.ok(b"bye" in c.all(), "timeout: TERM comes first")
        h.ok(d.logged("exit .*status=4 .*reason=timeout"), "timeout: told", d.text())
        h.same(h.Client(port).decided(), "served", "timeout: the place is free again")
    program = script("quits", "trap 'echo hung up; kill $!; exit 5' HUP\ntrap 'echo terminated; exit 6' TERM\n"
                     "echo $$\nsleep 1000 & wait\n")
    with h.Daemon(entry(port, program, "timeout = 500ms, timeout_signal = HUP")) as d:
        c = h.Client(port)
        h.same(c.decided(), "served", "timeout_signal: served")
        h.ok(b"hung up" in c.all(), "timeout_signal: it comes in place of TERM")
        h.ok(d.logged("exit .*status=5 .*reason=timeout"), "timeout_signal: told", d.text())


def run_kill():
    """KILL 5 s later, to the whole group."""
    port = h.free_port()
    program = script("ignores", "trap '' TERM\nsleep 1000 &\necho $$ $!\nwait\nwait\nsleep 1000\n")
    with h.Daemon(entry(port, program, "timeout = 200ms")) as d:
        c, began = h.Client(port), time.monotonic()
        c.decided()
        pids = [int(p) for p in c.buffer.split()]
        h.ok(d.logged("exit .*signal=SIGKILL .*reason=timeout"), "timeout: KILL for who ignores TERM", d.text())
        h.ok(time.monotonic() - began >= 5, "timeout: and not before 5 s are over")
        h.ok(h.wait_for(lambda: not any(os.path.exists(f"/proc/{p}") for p in pids)),
             "timeout: its group is gone with it")


def run_leader_gone():
    """The leader ends at TERM, a member of its group ignores it: the member is killed."""
    port = h.free_port()
    program = script("leaves", "sh -c 'trap \"\" TERM; echo ready; sleep 1000; sleep 1000' &\n"
                     "trap 'exit 0' TERM\necho $!\nwait\n")
    with h.Daemon(entry(port, program, "timeout = 700ms")) as d:
        c = h.Client(port)
        h.wait_for(lambda: c.pump() or c.buffer.count(b"\n") == 2)
        member = [int(w) for w in c.buffer.split() if w.isdigit()][0]
        h.ok(d.logged("exit .*reason=timeout"), "timeout: the leader has ended")
        h.ok(h.wait_for(lambda: not os.path.exists(f"/proc/{member}")),
             "timeout: what it left in its group is killed")


def run_in_time():
    port = h.free_port()
    with h.Daemon(entry(port, "/bin/echo", "timeout = 1h", "echo done"), "-l") as d:
        h.same(h.ask(port), b"done\n", "timeout: who ends in time is not touched")
        h.ok(d.logged("exit .*status=0 duration=[0-9.]* from=[0-9.:]+ cpu="), "timeout: nor told as such", d.text())


# --- stderr -------------------------------------------------------------------------------------------


def run_stderr():
    port = h.free_port()
    program = script("complains", "echo out; echo 'err one' >&2; printf 'two\\nlast \\033[31m' >&2\n")
    with h.Daemon(entry(port, program)) as d:
        said = h.ask(port)
        h.ok(b"out" in said and b"err one" in said, "stderr: the socket by default", said)
        h.same(d.lines("^stderr "), [], "stderr: then the log has none of it")
        d.reload(entry(port, program, "stderr = null"))
        h.same(h.ask(port), b"out\n", "stderr = null: the client gets none")
        d.reload(entry(port, program, "stderr = log"))
        fds = d.fds_at_rest()
        h.same(h.ask(port), b"out\n", "stderr = log: the client gets none")
        h.ok(d.logged(f"stderr service={port} pid=[0-9]+ ", 3), "stderr = log: three lines", d.text())
        lines = [re.sub(r".*line=", "", line) for line in d.lines("^stderr ")]
        h.same(lines[:2], ['"err one"', "two"], "stderr = log: one at a time, in order")
        h.ok("last" in lines[2] and "\033" not in lines[2], "stderr = log: the last, escaped", *lines)
        h.ok(h.wait_for(lambda: d.fds() == fds), "stderr = log: no descriptor is left")
        d.reload(entry(port, script("long", "head -c 5000 /dev/zero | tr '\\0' x >&2\n"), "stderr = log"))
        h.ask(port)
        h.ok(h.wait_for(lambda: sum(len(re.sub(r".*line=", "", x)) for x in d.lines("line=xxx")) == 5000),
             "stderr = log: a line without end comes in pieces, all of it")


def main():
    table = [(f"setting {row[0]}", run_setting, *row) for row in SETTINGS]
    table += [(f"refused {row[0]}", run_refused, *row) for row in REFUSED]
    table += [(run.__name__, run) for run in
              (run_kill, run_term, run_leader_gone, run_in_time, run_stderr, run_chroot)]
    h.rows(table, lambda name, run, *args: run(*args), workers=6)
    h.done()


main()
