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


def entry(at, way, keys, protocol="tcp4", flag=""):
    # As root for the moment of userfaultfd(2); then it is nobody's.
    return (f"{at} on protocol = {protocol}, user = {'root' if h.ROOT else '-'}, exec = {h.PYTHON},"
            f" args = {h.PYTHON} {HELD} {way} {USER} {flag or '/nowhere'}, {keys};\n")


def run_connections(what, way, keys, clients):
    """Handlers that hold what belongs to one connection."""
    attacked, watched = h.free_port(), h.free_port()
    with h.Daemon(h.other(watched) + entry(f"127.0.0.1:{attacked}", way, keys)) as d:
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


def kinds():
    """Sockets of wait services: how they are entered, and how a client asks."""
    path = os.path.join(h.harness.TMP, "sock")
    return [
        ("tcp", "tcp4", lambda p: f"127.0.0.1:{p}", "socket", served),
        ("udp", "udp4", lambda p: f"127.0.0.1:{p}", "socket", lambda p: datagram(socket.AF_INET, ("127.0.0.1", p))),
        ("unix", "unix", lambda p: path, "socket", lambda p: unix(path)),
        ("unix dgram", "unix, socktype = dgram", lambda p: path + ".d", "queue",
         lambda p: datagram(socket.AF_UNIX, path + ".d")),
    ]


def datagram(family, to):
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.settimeout(1)
        if family == socket.AF_UNIX:
            s.bind("")
        try:
            s.sendto(b"x", to)
            return s.recv(100) == b"served\n"
        except OSError:
            return False


def unix(path):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(1)
        try:
            s.connect(path)
            return s.recv(100) == b"served\n"
        except OSError:
            return False


def run_wait(name, protocol, where, way, ask):
    """A handler leaves somebody behind who holds the service's own socket."""
    what, flag = f"wait, {name}", os.path.join(h.harness.TMP, "spent")
    attacked, watched = h.free_port(), h.free_port()
    conf = h.other(watched) + entry(where(attacked), way, "wait = yes", protocol, flag)
    with h.Daemon(conf) as d:
        with h.Witness(watched, f"{what}: another service"):
            h.ok(ask(attacked), f"{what}: a client is served")
            h.ok(h.wait_for(lambda: len(holders()) == 1), f"{what}: the socket is held")
            if name.endswith("dgram"):
                datagram(socket.AF_UNIX, where(attacked))  # to have something to look for
            time.sleep(1.2)  # the master looks after it
            h.hup_works(d, what)
            with open(flag, "w", encoding="ascii"):
                pass
            end_holders()
            h.ok(h.wait_for(lambda: ask(attacked), 2), f"{what}: served again within 2 s")
        h.term_works(d, what)
    os.unlink(flag)


def run_accept():
    """wait has become nowait while somebody holds the socket: the master does not accept from it."""
    what, flag = "wait, then nowait", os.path.join(h.harness.TMP, "spent")
    attacked, watched = h.free_port(), h.free_port()
    conf = h.other(watched) + entry(f"127.0.0.1:{attacked}", "socket", "wait = yes", "tcp4", flag)
    then = h.other(watched) + (f"127.0.0.1:{attacked} on protocol = tcp4, user = {h.SOMEBODY}, exec = /bin/echo,"
                               " args = echo served;\n")
    with h.Daemon(conf) as d:
        with h.Witness(watched, f"{what}: another service"):
            h.ok(served(attacked), f"{what}: a client is served")
            h.ok(h.wait_for(lambda: len(holders()) == 1), f"{what}: the socket is held")
            d.reload(then)
            waiting = socket.create_connection(("127.0.0.1", attacked), h.DEADLINE)
            h.hup_works(d, what)
            end_holders()
            waiting.settimeout(2)
            h.same(waiting.recv(100), b"served\n", f"{what}: who waited is served within 2 s")
            waiting.close()
            h.same([served(attacked) for _ in range(20)], [True] * 20, f"{what}: and those who come")
        h.term_works(d, what)


def main():
    run_stderr()
    run_linger()
    for kind in kinds():
        run_wait(*kind)
    run_accept()
    h.done()


HELD = os.path.join(h.harness.TMP, "held_handler.py")
with open(HANDLER, encoding="utf-8") as source, open(HELD, "w", encoding="utf-8") as copy:
    copy.write(source.read())
os.chmod(HELD, 0o755)
if subprocess.run([h.PYTHON, HELD], check=False).returncode:
    h.skip_all("no memory that never arrives (userfaultfd)")
main()
