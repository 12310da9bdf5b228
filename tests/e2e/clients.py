#!/usr/bin/env python3
"""clients.py -- many clients at once, and many bans: clients.py CONTROL WHAT ..."""
import os
import select
import socket
import sys
import time

CONTROL = sys.argv[1]
DEADLINE = time.monotonic() + float(os.environ.get("DEADLINE", "20")) + 15


def connect(path, small=False):
    s = socket.socket(socket.AF_UNIX)
    if small:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.settimeout(max(1, DEADLINE - time.monotonic()))
    s.connect(path)
    return s


def answer(f):
    lines = []
    for line in f:
        if not line.startswith(b" "):
            return lines, line.decode().rstrip("\n")
        lines.append(line[1:].rstrip(b"\n").decode())
    return lines, None


def ask(request, small=False):
    with connect(CONTROL, small) as s:
        s.sendall(request)
        return answer(s.makefile("rb", buffering=256 if small else -1))


def pids(lines):
    return [word[4:] for line in lines for word in line.split() if word.startswith("pid=")]


def many(path, count):
    """So many clients of a unix socket: each is listed once, to slow readers too, and all can be kicked."""
    there = [connect(path) for _ in range(int(count))]
    for s in there:
        s.sendall(b"x")
    for s in there:
        assert s.recv(1) == b"x"  # its handler runs
    began = time.monotonic()  # a handler may speak before its start is known to be over
    while len(ask(b"clients\n")[0]) < len(there) and time.monotonic() < began + 20:
        time.sleep(0.02)
    for small in False, True:
        lines, end = ask(b"clients\n", small)
        assert end == "ok" and len(set(pids(lines))) == len(pids(lines)) == len(there), (end, len(lines))
    lines, end = ask(b"kick uid:%d %s\n" % (os.geteuid(), path.encode()), True)
    assert end == "ok" and len(lines) == len(there), (end, len(lines))
    for s in there:
        assert s.recv(1) == b""
        s.close()


def deaf(path):
    """Who asks for the list and never reads it holds nobody up."""
    with connect(CONTROL) as s:
        s.setblocking(False)
        try:
            while True:
                s.send(b"clients\nbans\nexplain uid:0 %s\n" % path.encode() * 50)
        except BlockingIOError:
            pass
        with connect(path) as c:
            c.sendall(b"x")
            assert c.recv(1) == b"x"
        assert ask(b"status\n")[1] == "ok"


def fill():
    """As many bans as there may be, and one more: all in one connection."""
    with connect(CONTROL) as s:
        f = s.makefile("rb")
        ends = []
        for first in range(0, 4200, 30):
            s.sendall(b"".join(b"ban 10.%d.%d.1\n" % (n // 250, n % 250) for n in range(first, first + 30)))
            ends += [answer(f)[1] for _ in range(30)]
    good = [end for end in ends if end == "ok"]
    bad = set(ends) - {"ok"}
    assert len(bad) == 1 and "4096 bans already" in bad.pop(), ends[-1]
    lines, end = ask(b"bans\n", True)
    assert end == "ok" and len(lines) == len(set(line.split()[1] for line in lines)) == 4096, len(lines)
    with connect(CONTROL) as s:
        f = s.makefile("rb")
        for line in lines[:-1]:
            s.sendall(b"unban %s\n" % line.split()[1][5:].encode())
            assert answer(f)[1] == "ok", line
    print(len(good), lines[-1].split()[1][5:])


def mux(port):
    """A tcpmux client that asks for the service once it is told to: what he gets."""
    with socket.create_connection(("127.0.0.1", int(port))) as s:
        s.settimeout(max(1, DEADLINE - time.monotonic()))
        print("connected", flush=True)
        sys.stdin.readline()
        s.sendall(b"git\r\n")
        print(s.recv(100).decode().strip(), flush=True)


if __name__ == "__main__":
    globals()[sys.argv[2]](*sys.argv[3:])
