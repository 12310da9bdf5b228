"""quit.py -- QUIT ends the handlers that are just being started, too."""
import os
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import hostile as h  # noqa: E402

CLIENTS = 150


def left(word):
    """Processes with this word among their arguments."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                if word in f.read().split(b"\0"):
                    found.append(int(pid))
        except OSError:
            pass
    return found


def run(row, delay):
    what, port = f"QUIT {delay * 1000:.0f} ms after {CLIENTS} clients", h.free_port()
    word = f"{1000 + row}.{os.getpid()}"
    conf = (f"127.0.0.1:{port} on protocol = tcp4, user = {h.SOMEBODY}, exec = /bin/sleep, args = sleep {word},"
            " accept_max = 0;\n")
    with h.Daemon(conf) as d:
        clients = [socket.create_connection(("127.0.0.1", port), h.DEADLINE) for _ in range(CLIENTS)]
        time.sleep(delay)
        began = time.monotonic()
        os.kill(d.pid, signal.SIGQUIT)
        h.same(d.process.wait(h.DEADLINE), 0, f"{what}: it ends")
        took = time.monotonic() - began
        h.ok(took < 2, f"{what}: at once ({took * 1000:.0f} ms)")
        h.ok(h.wait_for(lambda: not left(word.encode())), f"{what}: and no handler is left", *left(word.encode()))
        for c in clients:
            c.close()
    for pid in left(word.encode()):
        h.kill(pid, signal.SIGKILL)


for number, seconds in enumerate((0, 0.005, 0.02, 0.05)):
    run(number, seconds)
h.done()
