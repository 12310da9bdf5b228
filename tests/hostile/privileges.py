"""hostile/privileges.py -- what doorward was started with reaches no handler: capabilities, descriptors"""
import os
import re
import shutil
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import hostile as h  # noqa: E402 pylint: disable=wrong-import-position

SETPRIV = shutil.which("setpriv")
NOBODY = ("--reuid", str(h.NOBODY), "--regid", str(h.NOBODY), "--clear-groups")
SOME = "+net_bind_service,+net_raw,+kill"


def sets(status):
    """Of a process's status: the four sets that matter, as numbers."""
    return {name: int(re.search(rf"^Cap{name}:\s+(\w+)$", status, re.M).group(1), 16)
            for name in ("Inh", "Prm", "Eff", "Amb")}


NONE = {"Inh": 0, "Prm": 0, "Eff": 0, "Amb": 0}


def low_port():
    for port in range(1000, 600, -1):
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass
    raise RuntimeError("no low port")


def run_capabilities(what, user, *how):
    program, builtin, watched, low = h.free_port(), h.free_port(), h.free_port(), low_port()
    conf = (f"{program} on protocol = tcp4, user = {user}, exec = /bin/cat, args = cat /proc/self/status;\n"
            f"{builtin} on protocol = tcp4, user = {user}, builtin = echo;\n"
            f"127.0.0.1:{low} on protocol = tcp4, user = {user}, exec = /bin/echo, args = echo low;\n"
            f"127.0.0.1:{watched} on protocol = tcp4, user = {user}, exec = /bin/echo, args = echo here;\n")
    with h.Daemon(conf, "-l", prefix=(SETPRIV, *how), mode=0o777) as d:
        with h.Witness(watched, f"{what}: another service"):
            h.ok(sets(d.proc("status"))["Eff"] != 0, f"{what}: the master has some")
            h.same(h.ask(low), b"low\n", f"{what}: and uses them")
            h.same(sets(h.ask(program).decode()), NONE, f"{what}: a program has none")
            c = h.Client(builtin)
            c.send(b"x\n")
            c.decided()
            d.logged(f"^accept service={builtin}")
            pid = re.search(r"pid=(\d+)", d.lines(f"^accept service={builtin}")[0]).group(1)
            with open(f"/proc/{pid}/status", encoding="ascii") as f:
                h.same(sets(f.read()), NONE, f"{what}: a builtin has none")
            c.close()
        h.term_works(d, what)


def leftovers():
    """A listening socket, and a file far above any table's first size."""
    s = socket.create_server(("127.0.0.1", 0))
    with open(os.path.join(h.TMP, "file"), "w", encoding="ascii") as f:
        high = os.dup2(f.fileno(), 700)
    return s, high


def run_descriptors(what, prefix):
    program, watched = h.free_port(), h.free_port()
    s, high = leftovers()
    port = s.getsockname()[1]
    conf = h.other(watched) + (
        f"{program} on protocol = tcp4, user = {h.SOMEBODY}, exec = /bin/ls, args = ls /proc/self/fd/;\n")
    with h.Daemon(conf, prefix=prefix, fds=(s.fileno(), high)) as d:
        with h.Witness(watched, f"{what}: another service"):
            s.close()
            os.close(high)
            open_ones = [os.readlink(f"/proc/{d.pid}/fd/{n}") for n in os.listdir(f"/proc/{d.pid}/fd")]
            h.ok(os.path.join(h.TMP, "file") not in open_ones, f"{what}: the master has no such file",
                 *open_ones)
            h.ok(not h.connects(port), f"{what}: nor does it hold the port")
            # ls has one for the folder itself.
            h.same(h.ask(program), b"0\n1\n2\n3\n", f"{what}: a handler has its own three")
            h.hup_works(d, what)
        h.term_works(d, what)


def main():
    if h.ROOT and SETPRIV:
        run_capabilities("an ordinary user's ambient ones", "-", *NOBODY, "--inh-caps", SOME, "--ambient-caps", SOME)
        run_capabilities("root's inheritable ones", "nobody", "--inh-caps", SOME)
        run_capabilities("root without the fix-up of setuid", "nobody", "--securebits", "+no_setuid_fixup")
    else:
        h.skip("capabilities: it takes root and setpriv to have some")
    run_descriptors("descriptors", ())
    prefix = h.without(h.CLOSE_RANGE)
    if prefix:
        run_descriptors("descriptors, without close_range", prefix)
    else:
        h.skip("descriptors, without close_range: no seccomp here")
    h.done()


main()
