#!/usr/bin/env python3
"""control.py -- clients of the control socket that no doorwardctl is: control.py SOCKET WHAT"""
import os
import pty
import select
import socket
import struct
import subprocess
import sys
import fcntl
import termios
import time

PATH = sys.argv[1]
DEADLINE = time.monotonic() + float(os.environ.get("DEADLINE", "20")) + 15


def connect():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(max(1, DEADLINE - time.monotonic()))
    s.connect(PATH)
    return s


def answer(f):
    """One answer: its lines, and how it ends."""
    lines = []
    for line in f:
        if not line.startswith(b" "):
            return lines, line.decode().rstrip("\n")
        lines.append(line[1:].rstrip(b"\n"))
    return lines, None


def ask(request):
    with connect() as s:
        try:
            s.sendall(request)
        except BrokenPipeError:
            pass  # refused, with a reason that can still be read
        return answer(s.makefile("rb"))


def request(text):
    """Print the answer to one request, sent as it is."""
    lines, end = ask(text.encode().decode("unicode_escape").encode("latin-1"))
    for line in lines:
        print(line.decode("latin-1"))
    print(end)


def pipelined():
    """Several requests at once, one of them in two pieces: as many answers in their order."""
    with connect() as s:
        s.sendall(b"status\r\nshow nosuch\nsta")
        f = s.makefile("rb")
        ends = [answer(f)[1], answer(f)[1]]
        s.sendall(b"tus\nbogus\n")
        ends += [answer(f)[1], answer(f)[1]]
    assert ends[0] == "ok" and ends[2] == "ok", ends
    assert ends[1].startswith("error no service") and ends[3].startswith("error unknown"), ends


def too_long():
    """A request without an end is refused, and the connection closed."""
    with connect() as s:
        try:
            s.sendall(b"x" * 5000)
        except OSError:
            pass  # closed already
        data = b""
        try:
            while chunk := s.recv(4096):
                data += chunk
        except ConnectionResetError:
            pass  # we wrote more than was read
    assert data.startswith(b"error a request has at most"), data


def half():
    """The end of input in the middle of a request: no answer, the end."""
    with connect() as s:
        s.sendall(b"stat")
        s.shutdown(socket.SHUT_WR)
        assert s.recv(100) == b""


def deaf():
    """Ask and ask and never read: others are served, and in the end we are closed."""
    with connect() as s:
        s.setblocking(False)
        try:
            while True:
                s.send(b"status\n" * 100)
        except BlockingIOError:
            pass
        begin = time.monotonic()
        lines, end = ask(b"status\n")
        assert end == "ok" and len(lines) > 0
        print("others are served after %.3f s" % (time.monotonic() - begin))
        s.setblocking(True)
        p = select.poll()
        p.register(s, 0)  # hangup only
        assert p.poll(1000 * (DEADLINE - time.monotonic())), "still connected"
        print("closed after %.0f s" % (time.monotonic() - begin))


def crowd():
    """More clients than there is room for: the next one waits, and is served when one leaves."""
    idle = [connect() for _ in range(8)]
    ninth = connect()
    ninth.sendall(b"status\n")
    assert not select.select([ninth], [], [], 0.2)[0], "there was room for nine"
    idle[3].close()
    assert answer(ninth.makefile("rb"))[1] == "ok"
    for s in idle:
        s.close()


def slow():
    """A client that reads in small sips gets all of a long answer, every service once."""
    with connect() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.sendall(b"status\n" * 20)
        names, f = [], s.makefile("rb", buffering=512)
        for _ in range(20):
            lines, end = answer(f)
            assert end == "ok", end
            names.append([line.split(b" state=")[0] for line in lines if b" state=" in line])
    assert len(set(names[0])) == len(names[0]) > 100
    assert all(n == names[0] for n in names)


def stranger(uid):
    """As somebody else: refused with a reason."""
    os.setgid(int(uid))
    os.setuid(int(uid))
    try:
        lines, end = ask(b"stop\n")
    except OSError as e:
        print("cannot connect:", e.strerror)
        return
    print(end)


def queued(s):
    """Bytes that wait to be read, once no more come."""
    before = -1
    while True:
        now = struct.unpack("i", fcntl.ioctl(s, termios.FIONREAD, bytes(4)))[0]
        if now == before and now > 0:
            return now
        before = now
        select.select([], [], [], 0.05)


def reload_during():
    """A reload in the middle of a listing ends that with an error, never with half an answer."""
    interrupted = 0
    for attempt in range(20):  # where the socket is full between two listings there is nothing to end
        with connect() as s:
            s.sendall(b"show nosuch\n" * attempt * 5 + b"status\n" * 10)
            queued(s)
            lines, end = ask(b"reload\n")
            assert end == "ok", (lines, end)
            f = s.makefile("rb")
            ends = [answer(f)[1] for _ in range(attempt * 5 + 10)][attempt * 5 :]
        assert all(e == "ok" or e.startswith("error the configuration changed") for e in ends), ends
        interrupted += sum(e != "ok" for e in ends)
        if interrupted:
            break
    assert interrupted


def hostile(program, *words):
    """A daemon that is none, behind PATH: print what doorwardctl makes of its answer, byte for byte."""
    nasty = b"\x1b]0;owned\x07 \xc2\x9b31m \x9b \x7f \r\b \xe2\x82\xac"
    line = (b" state service=a" + nasty.replace(b" ", b"") + b" protocol=" + nasty.replace(b" ", b"")
            + b' address="0.0.0.0:1\x1b[A [::]:1\x1b[A" state=\x1b[31mfull reason=\x1b[2J running=\x1b[1/\x1b[2 started=\x1b[3 rejected=\x1b[4'
            b' access=\x1b[5 last_exit="\x1b[6=\x1b[7" last_error="\x1b[8"\n')
    word = nasty.replace(b" ", b"")
    line += (b" client service=" + word + b" protocol=" + word + b' address="\x1b[A" peer="\x1b[1" pid=\x1b[2 age=\x1b[3\n'
             b" ban peer=" + word + b" service=" + word + b" left=\x1b[4 refused=\x1b[5\n")
    good = words[0] in ("status", "lookup", "clients", "bans")
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(PATH)
        s.listen()
        child = subprocess.Popen([program, "-s", PATH, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        s.settimeout(max(1, DEADLINE - time.monotonic()))
        while child.poll() is None:
            if not select.select([s], [], [], 0.1)[0]:
                continue
            with s.accept()[0] as c:
                c.recv(1000)
                c.sendall(line + b" " + nasty + b"\n" + (b"ok\n" if good else b"error " + nasty + b"\n"))
    os.unlink(PATH)
    sys.stdout.buffer.write(child.stdout.read())


SCREEN = [
    b'service=git protocol=tcp address="0.0.0.0:9418 [::]:9418" state=listening running=0/256 started=312 rejected=4 source_max=3 access=1'
    b' last_exit="status=1" last_error="exec /usr/lib/git-core/git-daemon: No such file or directory"',
    b'service=7001 protocol=tcp4 address=127.0.0.1:7001 state=full reason=accept_max running=20/20 started=99999 rejected=0',
    b'service=/run/a/long/folder/of/many/names/control.sock protocol=unix address=/run/a/long/folder/of/many/names/control.sock state=listening'
    b' running=0/- started=0 rejected=0',
    b'service=http protocol=tcp46 address=[2001:db8:1234:5678:9abc:def0:1234:5678]:80 state=fault reason=fault running=0/256 started=0 rejected=0'
    b' last_error="bind: Cannot assign requested address"',
]


def screen(program, columns, *words):
    """What doorwardctl shows of a daemon that is played here, on a terminal of this width."""
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(PATH)
        s.listen()
        pid, fd = pty.fork()
        if pid == 0:
            while fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8)) == bytes(8):
                pass  # the parent sets it at once
            os.execv(program, [program, "-s", PATH, *words])
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(columns), 0, 0))
        data = b""
        while time.monotonic() < DEADLINE:
            ready = select.select([s, fd], [], [], 1)[0]
            if s in ready:
                with s.accept()[0] as c:
                    c.recv(1000)
                    c.sendall(b"".join(b" state " + row + b"\n" for row in SCREEN) + b"ok\n")
            if fd in ready:
                try:
                    chunk = os.read(fd, 65536)
                except OSError:
                    break
                if not chunk:
                    break
                data += chunk
        os.waitpid(pid, 0)
    os.unlink(PATH)
    sys.stdout.write(data.decode().replace("\r", ""))


def watch(program, columns, then):
    """doorwardctl status --watch on a terminal: print what it shows, end it with `then`."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        while fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8)) == bytes(8):
            pass  # the parent sets it at once
        os.execv(program, [program, "-s", PATH, "status", "--watch"])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(columns), 0, 0))
    data, told = b"", False
    while time.monotonic() < DEADLINE:
        if not select.select([fd], [], [], 1)[0]:
            continue
        try:
            chunk = os.read(fd, 65536)
        except OSError:
            break
        if not chunk:
            break
        data += chunk
        if data.count(b"SERVICE") >= 2 and not told:  # drawn, and drawn again
            told = True
            if then == "stop":
                assert ask(b"stop\n")[1] == "ok"
            else:
                os.write(fd, then.encode().decode("unicode_escape").encode())
    _, status = os.waitpid(pid, 0)
    sys.stdout.write(data.decode("latin-1"))
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    globals()[sys.argv[2]](*sys.argv[3:])
