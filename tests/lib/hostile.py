"""hostile.py -- for the tests of tests/hostile: a folder, attackers without privileges, and a witness.

    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
    import hostile as h

It brings all of harness.py along. The witness asks another service every 50 ms from a process of its own,
whatever the test does meanwhile, and tells the longest wait; `attacked` is a daemon with such a service.
WITNESS_MS allows a slow machine more than 200 ms.
"""
import atexit
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
os.environ.setdefault("abs_top_srcdir", TOP)
os.environ.setdefault("abs_top_builddir", os.path.join(TOP, "build"))
os.environ.setdefault("DOORWARD", os.path.join(os.environ["abs_top_builddir"], "src/doorward"))
os.environ.setdefault("SOMEBODY", "nobody" if os.geteuid() == 0 else "-")
os.environ["PATH"] += ":/usr/sbin:/sbin"
os.environ["LC_ALL"] = "C"

EVERY = 0.05
PATIENCE = float(os.environ.get("DEADLINE", "20"))
ALLOWED = float(os.environ.get("WITNESS_MS", "200")) / 1000


# --- the witness's own process ------------------------------------------------------------------------

def ask_once(port):
    """Seconds until the whole answer came; the deadline's when none did."""
    began = time.monotonic()
    try:
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as s:
            s.settimeout(PATIENCE)
            answer = b""
            while piece := s.recv(100):
                answer += piece
    except OSError:
        answer = b""
    return time.monotonic() - began if answer else PATIENCE


def watch(port):
    """Ask until standard input ends, then print number, longest wait, and how far in it was."""
    os.set_blocking(0, False)
    began, asked, longest, when = time.monotonic(), 0, 0.0, 0.0
    while True:
        at = time.monotonic()
        took = ask_once(port)
        asked += 1
        if asked == 1:
            print("asked", flush=True)
        if took > longest:
            longest, when = took, at - began
        try:
            if not os.read(0, 1):
                break
        except BlockingIOError:
            pass
        time.sleep(max(0.0, at + EVERY - time.monotonic()))
    print(asked, longest, when)


if __name__ == "__main__":
    watch(int(sys.argv[1]))
    sys.exit(0)

# --- what the tests import -----------------------------------------------------------------------------

if "T" not in os.environ:
    os.environ["T"] = tempfile.mkdtemp(prefix="doorward-test.", dir=os.environ.get("TMPDIR", "/tmp"))
    os.chmod(os.environ["T"], 0o755)
    if not os.environ.get("KEEP"):
        atexit.register(shutil.rmtree, os.environ["T"], ignore_errors=True)
# A test that is told to end leaves nothing behind either.
signal.signal(signal.SIGTERM, lambda *_: (end_children(), os._exit(99)))

import harness  # noqa: E402 pylint: disable=wrong-import-position
from harness import *  # noqa: E402,F401,F403 pylint: disable=wildcard-import,unused-wildcard-import,wrong-import-position

NOBODY = pwd.getpwnam("nobody").pw_uid
children = []


def skip_all(why):
    print(f"1..0 # SKIP {why}")
    sys.exit(0 if os.environ.get("TESTS_RUN") else 77)


def script(name, text, shell="/bin/sh"):
    path = os.path.join(harness.TMP, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"#!{shell}\n{text}")
    os.chmod(path, 0o755)
    return path


def become_nobody():
    """In a child, before exec: an attacker has no privileges."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def python_for_nobody():
    """An interpreter that others may run, wherever the test's own lies; None where there is none."""
    for path in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        try:
            if subprocess.run([path, "-c", ""], preexec_fn=become_nobody, cwd="/", check=False).returncode == 0:
                return path
        except OSError:
            pass
    return skip_all("no python3 for unprivileged attackers")


PYTHON = python_for_nobody()


def attacker(code, *args, **how):
    """Python code that runs as nobody, with a pipe to its standard output; ended with the test."""
    p = subprocess.Popen([PYTHON, "-c", code, *map(str, args)], preexec_fn=become_nobody,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/", **how)
    children.append(p)
    return p


@atexit.register
def end_children():
    for p in children:
        if p.poll() is None:
            p.kill()
            p.wait()


class Witness:
    """`with Witness(port): ...` asks all the while; ok() at the end."""

    def __init__(self, port, what="another service"):
        self.what, self.port = what, port

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, os.path.abspath(__file__), str(self.port)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        children.append(self.process)
        self.process.stdout.readline()
        return self

    def __exit__(self, kind, *_):
        out = self.process.communicate()[0].split()
        if kind:
            return
        asked, longest, when = int(out[0]), float(out[1]), float(out[2])
        harness.note(f"{self.what}: asked {asked} times, longest wait {longest * 1000:.0f} ms (at {when:.1f} s)")
        harness.ok(longest <= ALLOWED, f"{self.what} answers within {ALLOWED * 1000:.0f} ms all the time",
                   f"{longest * 1000:.0f} ms at {when:.1f} s")


def other(port):
    """The entry of the service that the witness asks."""
    return f"127.0.0.1:{port} on protocol = tcp4, user = {harness.SOMEBODY}, exec = /bin/echo, args = echo here;\n"


def answers(port):
    return ask_once(port) < PATIENCE


def hup_works(d, what):
    """A reload takes a new service up, whether or not the log can say so."""
    port = harness.free_port()
    with open(d.conf, "a", encoding="utf-8") as f:
        f.write(other(port))
    os.kill(d.pid, signal.SIGHUP)
    harness.ok(harness.wait_for(lambda: connects(port)), f"{what}: HUP takes up what is new")


def connects(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False


def term_works(d, what, within=2.0):
    """TERM ends it in its time, with status 0."""
    began = time.monotonic()
    os.kill(d.pid, signal.SIGTERM)
    try:
        status = d.process.wait(harness.DEADLINE)
    except subprocess.TimeoutExpired:
        status = "still there"
    took = time.monotonic() - began
    harness.same(status, 0, f"{what}: TERM ends it with status 0")
    harness.ok(took <= max(within, ALLOWED), f"{what}: at once ({took * 1000:.0f} ms)")


# --- the system's corners ------------------------------------------------------------------------------

CLONE_NEWNS = 0x20000
libc = ctypes.CDLL(None, use_errno=True)


def own_mounts():
    """A mount namespace for this test, so that it may put something over /dev/log or /dev/null."""
    if os.geteuid() != 0 or libc.unshare(CLONE_NEWNS) != 0:
        return False
    return libc.mount(None, b"/", None, 0x4000 | 0x40000, None) == 0  # MS_REC, MS_PRIVATE


# A program that runs another where the system call of this number does not exist (ENOSYS).
WITHOUT = r"""
import ctypes, os, struct, sys
number = int(sys.argv[1])
rows = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050000 | 38), (0x06, 0, 0, 0x7fff0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *r) for r in rows))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(rows), ctypes.addressof(code)))
prctl = ctypes.CDLL(None).prctl
prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
if prctl(22, 2, program, 0, 0) != 0:  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
    sys.exit(77)
os.execvp(sys.argv[2], sys.argv[2:])
"""
CLOSE_RANGE = 436  # on every architecture


def without(number):
    """The prefix of a command that shall not have this system call; () where that cannot be had."""
    prefix = (sys.executable, "-c", WITHOUT, str(number))
    return prefix if subprocess.run([*prefix, "true"], check=False).returncode == 0 else ()
