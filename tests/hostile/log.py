"""hostile/log.py -- the reader of the log does not read: the daemon serves on, and says what was lost"""
import fcntl
import atexit
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import hostile as h  # noqa: E402 pylint: disable=wrong-import-position

F_SETPIPE_SZ = 1031
CLIENTS = 120


def configuration():
    attacked, watched = h.free_port(), h.free_port()
    return h.other(attacked) + h.other(watched), attacked, watched


def fill(attacked):
    """More lines than the reader's queue holds; each client is served."""
    return all(h.answers(attacked) for _ in range(CLIENTS))


def check_lines(text, what):
    bad = [line for line in text.splitlines()
           if not re.match(r"(<\d>)?(start|stop|listen|accept|exit|reload|pause|resume|log) [a-z]+=\S.*$", line)]
    h.same(bad, [], f"{what}: no line is torn")


# --- standard error ------------------------------------------------------------------------------------

def a_pipe():
    reader, writer = os.pipe()
    fcntl.fcntl(writer, F_SETPIPE_SZ, 4096)
    return reader, writer


def a_fifo():
    path = os.path.join(h.TMP, "fifo")
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(path, os.O_WRONLY)
    fcntl.fcntl(writer, F_SETPIPE_SZ, 4096)
    return reader, writer


def a_socket():
    reader, writer = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    writer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4608)
    return reader.detach(), writer.detach()


def a_terminal():
    """Somebody has pressed ^S."""
    reader, writer = pty.openpty()
    termios.tcflow(writer, termios.TCOOFF)
    return reader, writer


def read_all(fd):
    os.set_blocking(fd, False)
    text = b""
    try:
        while True:
            piece = os.read(fd, 65536)
            if not piece:
                break
            text += piece
    except OSError:
        pass
    return text.decode("utf-8", "replace").replace("\r\n", "\n")


def run_stderr(what, make):
    reader, writer = make()
    conf, attacked, watched = configuration()
    with h.Daemon(conf, "-l", stderr=writer) as d:
        with h.Witness(watched, f"{what}: another service"):
            h.ok(fill(attacked), f"{what}: all clients are served")
            h.hup_works(d, what)
            h.same(fcntl.fcntl(writer, fcntl.F_GETFL) & os.O_NONBLOCK, 0,
                   f"{what}: whoever shares it has it as it was")
            if os.isatty(writer):
                termios.tcflow(writer, termios.TCOON)
            text = read_all(reader)
            # What comes now: the loss is told before the next line.
            h.answers(attacked)

            def told():
                nonlocal text
                text += read_all(reader)
                return re.search(r"^log lost=[1-9]\d*\n(accept|exit) ", text, re.M)
            h.ok(h.wait_for(told), f"{what}: it says how many lines were lost", text[-300:])
            fill(attacked)
        h.term_works(d, what)
    os.close(writer)
    text += read_all(reader)
    check_lines(text[:text.rfind("\n") + 1], what)
    os.close(reader)


def run_closed():
    """Nobody has the other end any more."""
    what = "a pipe without a reader"
    reader, writer = a_pipe()
    conf, attacked, watched = configuration()
    with h.Daemon(conf, "-l", stderr=writer) as d:
        with h.Witness(watched, f"{what}: another service"):
            os.close(reader)
            h.ok(fill(attacked), f"{what}: all clients are served")
            h.hup_works(d, what)
        h.term_works(d, what)
    os.close(writer)


# --- syslog --------------------------------------------------------------------------------------------

class Background:
    """doorward in the background, which logs to /dev/log; as h.Daemon as far as it goes."""

    def __init__(self, conf, *options):
        self.conf, pidfile = os.path.join(h.TMP, "conf"), os.path.join(h.TMP, "pid")
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write(conf)
        subprocess.run([h.DOORWARD, "--control=", "-p" + pidfile, *options, self.conf], check=True,
                       timeout=h.DEADLINE)
        with open(pidfile, encoding="ascii") as f:
            self.pid = int(f.read())
        self.process = self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        h.kill(self.pid, signal.SIGKILL)

    def wait(self, seconds):
        if not h.wait_for(lambda: not os.path.exists(f"/proc/{self.pid}"), seconds):
            raise subprocess.TimeoutExpired("doorward", seconds)
        return 0


def own_dev():
    """A /dev in which there may be a log."""
    dev = os.path.join(h.TMP, "dev")
    os.mkdir(dev)
    atexit.register(h.libc.umount2, dev.encode(), 2)  # MNT_DETACH, before the folder goes
    if not h.own_mounts() or h.libc.mount(b"tmpfs", dev.encode(), b"tmpfs", 0, None) != 0:
        return False
    for name in ("null", "zero", "urandom", "tty"):
        with open(os.path.join(dev, name), "w", encoding="ascii"):
            pass
        if h.libc.mount(f"/dev/{name}".encode(), f"{dev}/{name}".encode(), None, 0x1000, None) != 0:
            return False
    os.symlink("/proc/self/fd", os.path.join(dev, "fd"))
    return h.libc.mount(dev.encode(), b"/dev", None, 0x1000 | 0x4000, None) == 0


class Log:
    """The reader of /dev/log."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.bind("/dev/log")
        os.chmod("/dev/log", 0o666)
        self.socket.setblocking(False)
        self.records = []

    def read(self):
        try:
            while True:
                self.records.append(self.socket.recv(8192).decode())
        except BlockingIOError:
            return self.records

    def comes(self, pattern):
        return h.wait_for(lambda: any(re.search(pattern, r) for r in self.read()))

    def close(self):
        os.unlink("/dev/log")
        self.socket.close()


FRAME = r"<(30|28|27)>[A-Z][a-z][a-z] [ 1-3]\d \d\d:\d\d:\d\d doorward\[(\d+)\]: [a-z]+ [a-z]+=\S[^\n]*$"


def run_syslog():
    what = "syslog"
    conf, attacked, watched = configuration()
    log = Log()
    with Background(conf, "-l") as d:
        with h.Witness(watched, f"{what}: another service"):
            h.ok(fill(attacked), f"{what}: all clients are served while nobody reads")
            h.hup_works(d, what)
            log.read()
            h.answers(attacked)
            h.ok(log.comes(r"\]: log lost=[1-9]\d*$"), f"{what}: it says how many lines were lost")
            bad = [r for r in log.records
                   if not re.match(FRAME, r) or re.match(FRAME, r).group(2) != str(d.pid)]
            h.same(bad, [], f"{what}: each is a record of RFC 3164 with our pid")
            stamp = time.strftime("%b %e ", time.localtime())
            h.ok(any(stamp in r for r in log.records), f"{what}: in local time")
            # Its reader is started anew, after a time without one.
            log.close()
            h.ok(fill(attacked), f"{what}: served without a /dev/log")
            log = Log()
            h.answers(attacked)
            h.ok(log.comes(r"\]: accept "), f"{what}: a new reader gets what comes")
            h.ok(log.comes(r"\]: log lost=[1-9]\d*$"), f"{what}: and hears what was lost")
            fill(attacked)
        h.term_works(d, what)
    log.close()


def main():
    for what, make in (("a pipe", a_pipe), ("a named pipe", a_fifo), ("a stream socket", a_socket),
                       ("a terminal", a_terminal)):
        run_stderr(what, make)
    run_closed()
    if own_dev():
        run_syslog()
    else:
        h.skip("/dev/log: it takes root to have one of our own")
    h.done()


main()
