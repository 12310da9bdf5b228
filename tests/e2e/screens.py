#!/usr/bin/env python3
"""screens.py -- what doorwardctl status --watch draws for a daemon that is played here: screens.py DOORWARDCTL FOLDER

Three widths, without and with colour, where the locale has UTF-8 and where it has not; as a page of Markdown.
"""
import fcntl
import os
import pty
import re
import select
import socket
import struct
import sys
import termios
import time

DEADLINE = time.monotonic() + float(os.environ.get("DEADLINE", "20")) * 2
PROGRAM, FOLDER = sys.argv[1:]
ROWS = [
    'service=daytime protocol=tcp address="0.0.0.0:13 [::]:13" state=listening running=0/256 started=8 rejected=0',
    'service=7001 protocol=tcp4 address=127.0.0.1:7001 state=fault reason=exec running=0/256 started=0 rejected=0'
    ' last_error="exec: has an interpreter, \'/usr/bin/pyton3\', that is missing: No such file or directory" error_age=200.001',
    'service=git protocol=tcp address="0.0.0.0:9418 [::]:9418" state=full reason=accept_max running=20/20 started=20 rejected=6 source_max=6 last_exit="status=0" exit_age=12.345',
    'service=/run/project/a/long/folder/control.sock protocol=unix address=/run/project/a/long/folder/control.sock state=listening'
    ' running=1/- started=41 rejected=12 access=10 ip_max=2 last_exit="status=1"',
    'service=pop3 protocol=tcp address="0.0.0.0:110 [::]:110" state=down reason=listen running=0/256 started=0 rejected=0'
    ' last_error="listen: Address already in use"',
    'service=7009 protocol=tcp6 address=[2001:db8:1234:5678:9abc:def0:1234:5678]:7009 state=paused reason=admin running=1/256 started=1 rejected=0',
    r'service="caf\xc3\xa9" protocol=tcp address="0.0.0.0:7013 [::]:7013" state=listening running=0/256 started=0 rejected=0',
]
LOAD = b' load result=refused age=95.000 errors=2 error="/etc/inetd.conf:7:24: error: user \\"nobdy\\" does not exist"\n'


def answer(s):
    with s.accept()[0] as c:
        c.recv(1000)
        c.sendall("".join(f" state {row}\n" for row in ROWS).encode() + LOAD + b"ok\n")


def start(path, columns, environment):
    pid, fd = pty.fork()
    if pid == 0:
        while fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8)) == bytes(8):
            pass  # the parent sets it at once
        os.execve(PROGRAM, [PROGRAM, "-s", path, "status", "--watch"], {"TERM": "xterm", **environment})
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    return pid, fd


def screen(columns, environment):
    """The bytes of the first screen."""
    path = os.path.join(FOLDER, "played")
    data = b""
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(path)
        s.listen()
        pid, fd = start(path, columns, environment)
        while time.monotonic() < DEADLINE:
            ready = select.select([s, fd], [], [], 1)[0]
            if s in ready:
                answer(s)
            if fd in ready:
                try:
                    chunk = os.read(fd, 65536)
                except OSError:
                    break
                if not chunk:
                    break
                if b"\033[J" in chunk and b"\033[J" not in data:
                    os.write(fd, b"q")  # it is drawn
                data += chunk
        os.waitpid(pid, 0)
    os.unlink(path)
    return data.decode()


def shown(data):
    """As the eye sees it, a colour as its name."""
    data = data.split("\033[J")[0].replace("\r", "").replace("\033[K", "")
    for code, name in (("1", "bold"), ("31", "red"), ("33", "yellow")):
        data = data.replace(f"\033[{code}m", f"<{name}>")
    data = re.sub("<([a-z]+)>([^\033]*)\033\\[0m", r"<\1>\2</\1>", data)
    data = re.sub("\033\\[[?0-9;]*[A-Za-z]", "", data)
    return re.sub("^[0-9]{4}-[0-9-]+ [0-9:]+", "2026-11-21 12:10:23", data).strip("\n")


def main():
    print("# Screens of `doorwardctl status --watch`\n\nSeven services on terminals of three widths. Written by"
          " `tests/e2e/screens.sh --write`; the test holds it.")
    for columns in (60, 80, 132):
        plain = shown(screen(columns, {"NO_COLOR": "1", "LC_ALL": "C"}))
        coloured = shown(screen(columns, {"LC_ALL": "C"}))
        assert re.sub("</?[a-z]+>", "", coloured) == plain, "colours are all the difference"
        for locale in ("C.UTF-8", "en_US.UTF-8"):
            assert shown(screen(columns, {"NO_COLOR": "1", "LC_ALL": locale})) == plain, "no locale makes any"
        assert all(len(line) <= columns for line in plain.split("\n")), "no line is longer"
        print(f"\n## {columns} columns\n\n```\n{plain}\n```\n\nWhat is coloured:\n\n```")
        print("\n".join(line for line in coloured.split("\n") if "<" in line) + "\n```")


main()
