"""account.py: in= and out= of exit lines, of handlers of every kind, and where nobody can say."""
import os
import re
import socket
import subprocess

import harness
from harness import DOORWARD, SOMEBODY, TMP, Client, Daemon, free_port, ok, same, skip, wait_for

CTL = os.path.join(os.path.dirname(DOORWARD), "doorwardctl")


def bytes_of(d, name, n=1):
    if not d.logged(f"^exit service={name} ", n):
        return d.text()
    return re.findall(" (in|out)=(\\d+)", d.lines(f"^exit service={name} ")[n - 1])


def ask(port, data, shut=True):
    c = Client(port)
    if data:
        c.send(data)
    if shut:
        c.socket.shutdown(1)
    return c


def main():
    p = [free_port() for _ in range(4)]
    path, control = os.path.join(TMP, "unix.sock"), os.path.join(TMP, "control")
    conf = f"""
.defaults user = {SOMEBODY}, account = yes;
127.0.0.1:{p[0]} on name = cat, protocol = tcp4, exec = /bin/cat;
127.0.0.1:{p[1]} on name = says, protocol = tcp4, exec = /bin/echo, args = echo hello;
127.0.0.1:{p[2]} on name = echo, protocol = tcp4, builtin = echo;
127.0.0.1:{p[3]} on name = plain, protocol = tcp4, exec = /bin/cat, account = no;
{path} on name = local, protocol = unix, exec = /bin/echo, args = echo hello;
"""
    with Daemon(conf, "-l", "--control", control) as d:
        same(ask(p[0], b"x" * 100000).all(), b"x" * 100000, "a client")
        same(bytes_of(d, "cat"), [("in", "100000"), ("out", "100000")], "what he sent and got")
        same(ask(p[1], b"").all(), b"hello\n", "one who says nothing")
        same(bytes_of(d, "says"), [("in", "0"), ("out", "6")], "and gets a line")
        same(ask(p[2], b"abc").all(), b"abc", "a builtin in a child")
        same(bytes_of(d, "echo"), [("in", "3"), ("out", "3")], "counts as well")
        same(ask(p[3], b"abc").all(), b"abc", "without account")
        same(bytes_of(d, "plain"), [], "there are none")
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(harness.DEADLINE)
            s.connect(path)
            same(s.recv(100), b"hello\n", "a unix socket")
        same(bytes_of(d, "local"), [], "has none to tell")
        c = ask(p[0], b"before", False)
        ok(wait_for(lambda: c.pump() or c.buffer == b"before"), "a client before an upgrade")
        same(subprocess.run([CTL, "-s", control, "upgrade"], capture_output=True, timeout=60, check=False).returncode, 0,
             "which there is")
        c.send(b" after")
        c.socket.shutdown(1)
        same(c.all(), b"before after", "goes on")
        same(bytes_of(d, "cat", 2), [("in", "12"), ("out", "12")], "and is counted from his beginning")
        same(d.stop(), 0, "TERM ends it")


if "TCPI_BYTES_RETRANS 1" in open(os.path.join(harness.BUILD, "config.h"), encoding="ascii").read():
    main()
else:
    skip("this system's headers have no such numbers")
harness.done()
