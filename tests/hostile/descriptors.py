"""hostile/descriptors.py -- clients have all descriptors that there are: doorwardctl is answered, and the daemon ends"""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import hostile as h  # noqa: E402

CTL = os.path.join(h.BUILD, "src/doorwardctl")
CONTROL = os.path.join(h.TMP, "control")
FILES = 40


def ctl(*words):
    """What it says, None: nothing within 5 s, and how long that took."""
    began = time.monotonic()
    try:
        said = subprocess.run([CTL, "-s", CONTROL, *words], capture_output=True, text=True, timeout=5, check=False).stdout
    except subprocess.TimeoutExpired:
        said = None
    return said, time.monotonic() - began


def run():
    what, port, watched = "no descriptors", h.free_port(), h.free_port()
    # Who says nothing to tcpmux has a descriptor of the master's.
    conf = f"127.0.0.1:{port} on protocol = tcp4, user = {h.SOMEBODY}, builtin = tcpmux, accept_max = 0;\n" + h.other(watched)
    with h.Daemon(conf, "--control=" + CONTROL, prefix=("bash", "-c", f'ulimit -n {FILES}; exec "$@"', "bash")) as d:
        clients = [h.Client(port) for _ in range(FILES + 10)]
        h.ok(d.logged(f"^pause service={port} .*reason="), f"{what}: there are none")
        took = []
        for _ in range(5):
            said, seconds = ctl("status")
            h.ok(said and str(port) in said, f"{what}: status is answered", d.text())
            took.append(seconds)
        h.ok(max(took) < 1 + h.ALLOWED, f"{what}: at once ({max(took) * 1000:.0f} ms)")
        for c in clients:
            c.close()
        h.ok(h.answers(watched), f"{what}: others are served again")
        h.term_works(d, what)


run()
h.done()
