"""hostile/lent.py -- what a wait service's handlers had is never the master's to read from, nor to close"""
import os
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import hostile as h  # noqa: E402

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "held_handler.py")
HELD = os.path.join(h.TMP, "held_handler.py")
USER = h.NOBODY if h.ROOT else os.geteuid()


def holders():
    """Processes of the attack: the handler's leftovers."""
    return subprocess.run(["pgrep", "-f", HELD], capture_output=True, text=True, check=False).stdout.split()


def end_holders():
    for pid in holders():
        h.kill(int(pid), 9)
    h.wait_for(lambda: not holders())


def datagram(port, patience=0.3):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(patience)
        try:
            s.sendto(b"x", ("127.0.0.1", port))
            return s.recv(100)
        except OSError:
            return b""


def run_datagrams(what, then):
    """Somebody whom a handler left holds the socket's lock; after a reload the master itself answers there."""
    attacked, watched, when = h.free_port(), h.free_port(), os.path.join(h.TMP, f"when-{then.split()[-1]}")
    conf = h.other(watched) + (f"127.0.0.1:{attacked} on protocol = udp4, wait = yes, user = {'root' if h.ROOT else '-'},"
                               f" exec = {h.PYTHON}, args = {h.PYTHON} {HELD} socket {USER} /nowhere {when};\n")
    with h.Daemon(conf) as d:
        with h.Witness(watched, f"{what}: another service"):
            h.same(datagram(attacked, h.DEADLINE), b"served\n", f"{what}: a handler serves")
            h.ok(h.wait_for(lambda: len(holders()) == 1), f"{what}: it leaves somebody who will hold the socket")
            h.wait_for(lambda: not d.handlers())
            d.reload(h.other(watched) + f"127.0.0.1:{attacked} on protocol = udp4, user = {h.SOMEBODY}, {then};\n")
            with open(when, "w", encoding="ascii"):
                pass
            time.sleep(0.1)  # until it holds: nothing shows it
            for _ in range(3):
                datagram(attacked)
            h.hup_works(d, what)
            end_holders()
            h.ok(h.wait_for(lambda: datagram(attacked), 2), f"{what}: served within 2 s of its end")
        h.term_works(d, what)


# A listener that has become a connection with unsent data, and whoever closes it last shall wait.
TURNS = """
import os, socket, struct, sys
s = socket.socket(fileno=0)
with s.accept()[0] as c:
    c.sendall(b"served\\n")
s.shutdown(socket.SHUT_RDWR)
s.connect(("127.0.0.1", int(sys.argv[1])))
s.setblocking(False)
try:
    while True:
        s.send(b"x" * 65536)
except BlockingIOError:
    pass
if os.fork():
    os._exit(0)
os.setsid()
open(sys.argv[2], "w").close()
# The last to close it but the master; what the master sets back meanwhile is set again.
while not os.path.exists(sys.argv[3]):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 25))
"""


def run_linger():
    """At TERM the master closes last, or its end does."""
    what, attacked, watched = "SO_LINGER on a listener at TERM", h.free_port(), h.free_port()
    sink = socket.socket()
    sink.bind(("127.0.0.1", 0))
    sink.listen(1)
    ready, leave = os.path.join(h.TMP, "ready"), os.path.join(h.TMP, "leave")
    os.chmod(h.TMP, 0o777)
    program = h.script("turns", TURNS, h.PYTHON)
    conf = h.other(watched) + (f"127.0.0.1:{attacked} on protocol = tcp4, wait = yes, user = {h.SOMEBODY}, exec = {program},"
                               f" args = turns {sink.getsockname()[1]} {ready} {leave};\n")
    with h.Daemon(conf) as d:
        with h.Witness(watched, f"{what}: another service"):
            h.same(h.ask(attacked), b"served\n", f"{what}: a handler serves")
            h.ok(h.wait_for(lambda: os.path.exists(ready)), f"{what}: it leaves somebody who spoils the socket")
            h.hup_works(d, what)
        with open(leave, "w", encoding="ascii"):
            pass
        h.term_works(d, what)
    sink.close()


def main():
    run_linger()
    with open(SOURCE, encoding="utf-8") as source, open(HELD, "w", encoding="utf-8") as copy:
        copy.write(source.read())
    os.chmod(HELD, 0o755)
    if subprocess.run([h.PYTHON, HELD], check=False).returncode:
        h.skip("no memory that never arrives (userfaultfd)")
    else:
        run_datagrams("wait, then a builtin", "builtin = echo")
        run_datagrams("wait, then nowait", "wait = no, exec = /bin/dd, args = dd bs=100 count=1 status=none")
    h.done()


main()
