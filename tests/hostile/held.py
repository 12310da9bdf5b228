"""held.py -- a handler holds the lock of a pipe or a socket that it shares with the master, which waits for none."""
import os
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import hostile as h  # noqa: E402

HANDLER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "held_handler.py")
USER = h.NOBODY if h.ROOT else os.geteuid()


def holders():
    """Processes of the attack; the master's own are not among them."""
    return [int(p) for p in os.listdir("/proc") if p.isdigit() and HELD in command(p)]


def command(pid):
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def end_holders():
    for pid in holders():
        h.kill(pid, signal.SIGKILL)
    h.wait_for(lambda: not holders())


def served(port):
    """Whoever holds the connection keeps it open: the first words have to do."""
    try:
        with socket.create_connection(("127.0.0.1", port), h.DEADLINE) as s:
            s.settimeout(h.DEADLINE)
            return s.recv(100) == b"served\n"
    except OSError:
        return False


def entry(port, way, keys, protocol="tcp4", flag=""):
    # As root for the moment of userfaultfd(2); then it is nobody's.
    return (f"127.0.0.1:{port} on protocol = {protocol}, user = {'root' if h.ROOT else '-'}, exec = {h.PYTHON},"
            f" args = {h.PYTHON} {HELD} {way} {USER} {flag or '/nowhere'}, {keys};\n")


def run_connections(what, way, keys, clients):
    """Handlers that hold what belongs to one connection."""
    attacked, watched = h.free_port(), h.free_port()
    with h.Daemon(h.other(watched) + entry(attacked, way, keys)) as d:
        with h.Witness(watched, f"{what}: another service"):
            h.ok(all([served(attacked) for _ in range(clients)]), f"{what}: clients are served")
            h.ok(h.wait_for(lambda: len(holders()) >= clients), f"{what}: they hold it")
            time.sleep(0.7)  # the master meets it again and again
            h.hup_works(d, what)
            h.ok(served(attacked), f"{what}: so is the next one")
        h.term_works(d, what)
    end_holders()


def run_stderr():
    run_connections("stderr = log", "stderr", "stderr = log, accept_max = 0", 6)


def run_linger():
    run_connections("linger", "connection", "linger = 5s, accept_max = 0", 6)


def main():
    run_stderr()
    run_linger()
    h.done()


HELD = os.path.join(h.harness.TMP, "held_handler.py")
with open(HANDLER, encoding="utf-8") as source, open(HELD, "w", encoding="utf-8") as copy:
    copy.write(source.read())
os.chmod(HELD, 0o755)
if subprocess.run([h.PYTHON, HELD], check=False).returncode:
    h.skip_all("no memory that never arrives (userfaultfd)")
main()
