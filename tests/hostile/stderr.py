"""hostile/stderr.py -- handlers that flood their stderr = log: the log, the master and the others bear it"""
import os
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import hostile as h  # noqa: E402 pylint: disable=wrong-import-position

# A thousand lines at a time, each of which needs escapes, for ever.
FLOOD = h.script("flood", """
import os, sys
os.write(1, b"%d\\n" % os.getpid())
piece = b"".join(b"\\x01\\x02 line %06d\\n" % i for i in range(1000))
while True:
    os.write(2, piece)
""", h.PYTHON)
# As many, and it ends: the next one has no bound of its own.
BURST = h.script("burst", """
import os
os.write(2, b"burst\\n" * 3000)
os.write(1, b"done\\n")
""", h.PYTHON)
SECONDS = 3


def bound(seconds):
    """Lines of one service in this time."""
    return 2000 + 200 * (seconds + 1)


def run_flood(what, handlers):
    attacked, watched = h.free_port(), h.free_port()
    conf = h.other(watched) + (f"{attacked} on protocol = tcp4, user = {h.SOMEBODY}, exec = {FLOOD},"
                               " args = flood, stderr = log;\n")
    with h.Daemon(conf) as d:
        with h.Witness(watched, f"{what}: another service"):
            began, cpu = time.monotonic(), d.cpu()
            clients = [h.Client(attacked) for _ in range(handlers)]
            h.same({c.decided() for c in clients}, {"served"}, f"{what}: they run")
            h.hup_works(d, what)
            time.sleep(SECONDS)
            lasted = time.monotonic() - began
            h.note(f"{what}: {d.cpu() - cpu:.2f} s of the master's processor time in {lasted:.1f} s")
            size = os.path.getsize(d.log)
            lines = len(d.lines(rf"^stderr service={attacked} pid="))
            h.ok(lines <= bound(lasted), f"{what}: {lines} lines, at most {bound(lasted):.0f}")
            h.ok(size < 1000000, f"{what}: {size} bytes of log")
            h.ok(d.logged(rf"^stderr service={attacked} left_out=\d\d\d+$", 2),
                 f"{what}: what was left out is told, again and again")
            told = len(d.lines(rf"^stderr service={attacked} left_out="))
            h.ok(told <= lasted + 2, f"{what}: {told} times, once a second")
            for c in clients:
                h.kill(c.pid(), signal.SIGKILL)
                c.all()
            h.ok(h.wait_for(lambda: h.Client(attacked).decided() == "served"), f"{what}: it serves again")
        h.term_works(d, what)
        bad = [x for x in d.lines("^stderr") if not re.match(
            rf'stderr service={attacked} (pid=\d+ line="?([^"\\]|\\.)*"?|left_out=\d+)$', x)]
        h.same(bad, [], f"{what}: each line is whole")


def run_bursts():
    """Each handler says much and ends."""
    what, attacked, watched = "short bursts", h.free_port(), h.free_port()
    conf = h.other(watched) + (f"{attacked} on protocol = tcp4, user = {h.SOMEBODY}, exec = {BURST},"
                               " args = burst, stderr = log;\n")
    with h.Daemon(conf) as d:
        with h.Witness(watched, f"{what}: another service"):
            began = time.monotonic()
            served = [h.ask(attacked) for _ in range(5)]
            h.same(served, [b"done\n"] * 5, f"{what}: all handlers get to their end")
            h.wait_for(lambda: d.lines("left_out="))
            lasted = time.monotonic() - began
            lines = len(d.lines("line=burst$"))
            h.ok(lines <= bound(lasted), f"{what}: {lines} lines, at most {bound(lasted):.0f}")
            # It has rested for ten seconds' worth at most; then all is as before.
            h.ok(h.wait_for(lambda: h.ask(attacked) and len(d.lines("line=burst$")) > lines, 15),
                 f"{what}: what comes later is logged again")
        h.term_works(d, what)
        total = len(d.lines("line=burst$")) + sum(int(x.split("=")[-1]) for x in d.lines("left_out="))
        h.same(total % 3000, 0, f"{what}: each line is logged or counted", total)


def main():
    run_flood("one flood", 1)
    run_flood("twenty floods", 20)
    run_bursts()
    h.done()


main()
