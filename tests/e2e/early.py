"""early.py: starters that answer late, and a master that hears of answers and ends at once, whichever came first."""
import os
import signal
import socket
import subprocess
import time

import harness
from harness import DOORWARD, SANITIZED, SOMEBODY, TMP, Daemon, free_port, ok, same, skip, wait_for

LATE = os.path.join(harness.BUILD, "tests/lib/late.so")
CTL = os.path.join(os.path.dirname(DOORWARD), "doorwardctl")
LATE_MS = 15
ROUNDS, AT_ONCE = 6, 16


def running(control):
    out = subprocess.run([CTL, "-s", control, "show", "short"], capture_output=True, text=True, timeout=60, check=False)
    for line in out.stdout.splitlines():
        if line.split()[:1] == ["running"]:
            return line.split()[1].split("/")[0]
    return out.stderr


def early():
    port, control = free_port(), os.path.join(TMP, "control")
    conf = f"127.0.0.1:{port} on name = short, protocol = tcp4, exec = /bin/true, user = {SOMEBODY};\n"
    with Daemon(conf, "-l", "--control", control, env={"LD_PRELOAD": LATE, "LATE_ANSWER_MS": str(LATE_MS)}) as d:
        clients = []
        for _ in range(ROUNDS):
            clients += [socket.create_connection(("127.0.0.1", port), 5) for _ in range(AT_ONCE)]
            # While it stands, a starter answers for one and has another one's process end.
            for _ in range(AT_ONCE // 2):
                time.sleep(LATE_MS / 3000)
                os.kill(d.pid, signal.SIGSTOP)
                time.sleep(LATE_MS / 1000)
                os.kill(d.pid, signal.SIGCONT)
        ok(d.logged("^accept ", ROUNDS * AT_ONCE), "all of them are started", len(d.lines("^accept ")))
        ok(wait_for(lambda: running(control) == "0", 5), "and all of them have ended", running(control),
           len(d.lines("^exit ")))
        same(len(d.lines("^exit ")), ROUNDS * AT_ONCE, "each is told")
        same(d.stop(), 0, "TERM ends it")
        for c in clients:
            c.close()


if SANITIZED or not os.path.exists(LATE):
    skip("nothing can be preloaded here")
else:
    early()
harness.done()
