"""limits.py -- limits: reached, exceeded, released, with exact counts. A table: limit x release."""
import errno
import os
import signal
import socket
import time
from typing import NamedTuple

import harness as h

# Greets with its pid, then waits: a line ends it well, the end of input too.
HANDLER = os.path.join(h.TMP, "handler")
with open(HANDLER, "w", encoding="ascii") as script:
    script.write("#!/bin/sh\necho $$\nread line\nexit 0\n")
os.chmod(HANDLER, 0o755)
N = 3


def definition(port, keys, program=HANDLER):
    return (f"{port} on protocol = tcp4, user = {h.SOMEBODY}, exec = {program},"
            f" args = handler {', ' + keys if keys else ''};\n")


def classic(port, wait, program=HANDLER):
    return f"{port} stream tcp4 {wait} {h.SOMEBODY} {program} handler\n"


# What makes a limit of N, and what becomes of whoever is over it. A concurrent one counts who is
# running, another one starts.
class Limit(NamedTuple):
    over: str  # "waiting", "closed"
    concurrent: bool
    keys: str = ""
    wait: str = ""  # the field of a classic line; then there are no keys
    options: tuple = ()


LIMITS = {
    "accept_max": Limit("waiting", True, keys=f"accept_max = {N}"),
    "source_max": Limit("closed", True, keys=f"source_max = {N}"),
    "service_max": Limit("waiting", False, keys=f"service_max = {N}/h"),
    "service_max burst": Limit("waiting", False, keys=f"service_max = 1/h burst {N}"),
    "ip_max": Limit("closed", False, keys=f"ip_max = {N}/h"),
    "ip_max burst": Limit("closed", False, keys=f"ip_max = 1/h burst {N}"),
    "nowait.N": Limit("waiting", False, wait=f"nowait.{N}"),
    "nowait:N": Limit("waiting", False, wait=f"nowait:{N}"),
    "nowait/N": Limit("waiting", True, wait=f"nowait/{N}"),
    "nowait/0/N": Limit("closed", False, wait=f"nowait/0/{N}"),
    "nowait/0/0/N": Limit("closed", True, wait=f"nowait/0/0/{N}"),
    "-c N": Limit("waiting", True, wait="nowait", options=("-c", str(N))),
    "-s N": Limit("closed", True, wait="nowait", options=("-s", str(N))),
    "-R N": Limit("waiting", False, wait="nowait", options=("-R", str(N))),
    "-C N": Limit("closed", False, wait="nowait", options=("-C", str(N))),
}


def conf(limit, port, program=HANDLER, more=""):
    if LIMITS[limit].wait:
        return classic(port, LIMITS[limit].wait, program)
    return definition(port, ", ".join(k for k in (LIMITS[limit].keys, more) if k), program)


def over(limit, d, port, text):
    """One more is too many: closed and told, or waiting."""
    c = h.Client(port)
    if LIMITS[limit].over == "closed":
        h.same(c.decided(), "closed", f"{limit}: {text}: closed at once")
        c.close()
        return None
    # The next one behind it waits as well; both are in the backlog, not refused.
    h.ok(h.wait_for(lambda: d.lines(f"pause service={port}")), f"{limit}: {text}: a pause is told")
    h.same(c.state(), "waiting", f"{limit}: {text}: waits in the backlog")
    return c


def fill(limit, port, n, text):
    clients = [h.Client(port) for _ in range(n)]
    h.same([c.decided() for c in clients], ["served"] * n, f"{limit}: {text}: all {n} are served")
    return clients


def after(limit, d, port, waiting, freed, text):
    """`freed` places are free again: exactly so many are served, the next is over."""
    gone = [waiting] if waiting else []
    if freed and waiting:
        h.same(waiting.decided(), "served", f"{limit}: {text}: the waiting one is served")
        freed -= 1
    elif waiting:
        h.same(waiting.state(), "waiting", f"{limit}: {text}: it goes on waiting")
    more = fill(limit, port, freed, text) if freed else []
    last = over(limit, d, port, f"{text}: the next")
    for c in [*more, *gone, *([last] if last else [])]:
        c.close()


def ended(d, clients):
    pids = {c.pid() for c in clients}
    h.wait_for(lambda: not pids & set(d.handlers()))


def by_exit(limit, d, port, clients):
    for c in clients[:2]:
        c.send(b"\n")
    ended(d, clients[:2])


def by_signal(limit, d, port, clients):
    for c in clients[:2]:
        h.kill(c.pid(), signal.SIGKILL)
    ended(d, clients[:2])


def start(limit, more=""):
    port = h.free_port()
    return port, h.Daemon(conf(limit, port, more=more), *LIMITS[limit].options)


def run_release(limit, text, release):
    port, d = start(limit)
    with d:
        clients = fill(limit, port, N, "reached")
        waiting = over(limit, d, port, "exceeded")
        release(limit, d, port, clients)
        after(limit, d, port, waiting, 2 if LIMITS[limit].concurrent else 0, f"released by {text}")


def run_timeout(limit):
    if LIMITS[limit].wait:
        return
    port, d = start(limit, more="timeout = 1s")
    with d:
        clients = fill(limit, port, N, "timeout")
        waiting = over(limit, d, port, "timeout")
        ended(d, clients)
        if LIMITS[limit].concurrent:
            # All N went at once; who waited has come in, and so may N more.
            if waiting:
                h.same(waiting.decided(), "served", f"{limit}: timeout: the waiting one is served")
            again = fill(limit, port, N - (waiting is not None), "after the timeout")
            for c in again:
                c.close()
        elif waiting:
            h.same(waiting.state(), "waiting", f"{limit}: timeout: a rate is not given back")
        h.same(len(d.lines("exit .*signal=SIGTERM .*reason=timeout")) >= N, True,
               f"{limit}: timeout: told")


def run_exec_failure(limit):
    """A start that failed is no start: with the program back there are exactly N."""
    port = h.free_port()
    program = os.path.join(h.TMP, f"program-{port}")
    with h.Daemon(conf(limit, port, program), *LIMITS[limit].options) as d:
        for i in range(N + 1):
            h.same(h.Client(port).decided(), "closed", f"{limit}: exec failure {i + 1}: closed")
            d.reload()  # tries again at once
        os.symlink(HANDLER, program)
        d.reload()
        clients = fill(limit, port, N, "after exec failures")
        over(limit, d, port, "after exec failures")
        h.same(len(clients), N, f"{limit}: exactly N after exec failures")
        h.ok(d.lines(r"exec-failed .*step=execve error=\"?No such file"), f"{limit}: errno is told")


def run_fork_failure(limit):
    """The first starts find no process; each client is kept and served, and there are exactly N."""
    port = h.free_port()
    faults = h.Faults("clone")
    faults.set("clone", errno.EAGAIN, 3)
    with h.Daemon(conf(limit, port), *LIMITS[limit].options, env=faults.env) as d:
        fill(limit, port, N, "after fork failures")
        over(limit, d, port, "after fork failures")
        h.same(faults.hits("clone"), 3, f"{limit}: fork failed three times")
        h.same(len(d.lines("pause .*reason=fork .*error=")), 1, f"{limit}: told once with errno")


def run_reload(limit):
    """Counts carry over; a limit that changes acts at once."""
    port, d = start(limit)
    with d:
        fill(limit, port, N, "before the reload")
        waiting = over(limit, d, port, "before the reload")
        d.reload(conf(limit, port) + "# the same\n")
        if waiting:
            h.same(waiting.state(), "waiting", f"{limit}: reload: counts carry over")
        else:
            over(limit, d, port, "reload: counts carry over")
        if LIMITS[limit].wait:
            return
        name = LIMITS[limit].keys.partition(" = ")[0]
        if LIMITS[limit].concurrent:
            d.reload(definition(port, f"{name} = {N + 2}"))
            after(limit, d, port, waiting, 2, "released by reload")
        else:
            d.reload(definition(port, f"{name} = 0"))
            fill(limit, port, 2 * N, "released by reload")


def run_limit_from_nothing():
    """A limit for sources that comes by reload counts who is running."""
    port = h.free_port()
    with h.Daemon(definition(port, "")) as d:
        fill("source_max", port, 2, "no limit yet")
        d.reload(definition(port, "source_max = 3"))
        fill("source_max", port, 1, "the third under a new limit")
        over("source_max", d, port, "the fourth under a new limit")
        other = h.Client(port, "127.0.0.2")
        h.same(other.decided(), "served", "source_max: another address is another source")
        d.reload(definition(port, "source_max = 4, source_prefix = 24/64"))
        h.same(h.Client(port, "127.0.0.3").decided(), "closed",
               "source_prefix: after a reload all of the prefix count")
        h.same(h.Client(port, "127.0.1.3").decided(), "served",
               "source_prefix: another prefix is another source")
        d.reload(definition(port, "source_max = 2"))
        h.same(h.Client(port, "127.0.0.3").decided(), "served",
               "source_prefix: and apart again after the next")


def run_token():
    """A token that comes lets exactly one in; nobody stays switched off."""
    port = h.free_port()
    with h.Daemon(definition(port, "service_max = 4/s burst 1")) as d:
        began = time.monotonic()
        clients = [h.Client(port) for _ in range(5)]
        h.same([c.decided() for c in clients], ["served"] * 5, "service_max: all come in, in turn")
        h.ok(time.monotonic() - began >= 0.999, "service_max: and not sooner than the rate allows")
        h.ok(d.lines("pause .*reason=service_max"), "service_max: the pause is told")
    with h.Daemon(definition(port, "service_max = 3/h")) as d:
        fill("service_max", port, 3, "before a faster rate")
        waiting = over("service_max", d, port, "before a faster rate")
        d.reload(definition(port, "service_max = 20/s"))
        h.same(waiting.decided(), "served", "service_max: a faster rate at reload acts at once")
    with h.Daemon(definition(port, "ip_max = 3/h")) as d:
        fill("ip_max", port, 3, "before a faster rate")
        over("ip_max", d, port, "before a faster rate")
        d.reload(definition(port, "ip_max = 20/s"))
        h.ok(h.wait_for(lambda: h.Client(port).decided() == "served"),
             "ip_max: a faster rate at reload acts at once")


def run_sources():
    port = h.free_port()
    for keys, inside, outside in (("source_max = 1", "127.0.0.1", "127.0.0.2"),
                                  ("source_max = 1, source_prefix = 16/64", "127.0.9.1", "127.1.0.1"),
                                  ("ip_max = 1/h, source_prefix = 31/64", "127.0.0.0", "127.0.0.2")):
        with h.Daemon(definition(port, keys)):
            first = h.Client(port, "127.0.0.1")
            h.same(first.decided(), "served", f"{keys}: the first of a source")
            if inside != "127.0.0.0":
                h.same(h.Client(port, inside).decided(), "closed", f"{keys}: {inside} is the same")
            h.same(h.Client(port, outside).decided(), "served", f"{keys}: {outside} is another")
    if not h.has_ipv6():
        h.skip("no IPv6 here")
        return
    keys = f"{port} on protocol = tcp46, user = {h.SOMEBODY}, exec = {HANDLER}, source_max = 1;\n"
    with h.Daemon(keys):
        h.same(h.Client(port, "127.0.0.1").decided(), "served", "tcp46: IPv4 through IPv6")
        h.same(h.Client(port, "127.0.0.2").decided(), "served", "tcp46: counts as IPv4, each alone")
        h.same(h.Client(port, "127.0.0.1").decided(), "closed", "tcp46: the same again")
        h.same(h.Client(port, host="::1").decided(), "served", "tcp46: IPv6 is another source")


def run_unix():
    """Unix peers count by uid."""
    path = os.path.join(h.TMP, "unix")
    entry = f"{path} on socktype = stream, user = {h.SOMEBODY}, exec = {HANDLER}, source_max = 2;\n"
    with h.Daemon(entry) as d:
        mine = [h.Client(0, path=path) for _ in range(2)]
        h.same([c.decided() for c in mine], ["served"] * 2, "unix: two of one uid")
        h.same(h.Client(0, path=path).decided(), "closed", "unix: the third is closed")
        h.ok(d.logged(f"reject .*from=uid:{os.geteuid()} reason=source_max"), "unix: told by uid")
        if not h.ROOT:
            h.skip("another uid needs root")
            return
        mine_end, other_end = socket.socketpair()
        child = os.fork()
        if child == 0:
            os.setresuid(12345, 12345, 12345)
            clients = [h.Client(0, path=path) for _ in range(3)]
            other_end.sendall(" ".join(sorted(c.decided() for c in clients)).encode())
            os._exit(0)
        os.waitpid(child, 0)
        h.same(mine_end.recv(100), b"closed served served", "unix: another uid has its own two")


def main():
    preload = h.CAN_FAIL and h.CLONES
    table = [(f"{limit} by {text}", run_release, limit, text, release) for limit in LIMITS
             for text, release in (("exit", by_exit), ("signal", by_signal))]
    table += [(f"{limit} {run.__name__}", run, limit) for limit in LIMITS
              for run in (run_exec_failure, run_reload, run_timeout)]
    if preload:
        table += [(f"{limit} fork failure", run_fork_failure, limit) for limit in LIMITS]
    else:
        h.skip("fork failures: not with this build")
    table += [(run.__name__, run) for run in
              (run_limit_from_nothing, run_token, run_sources, run_unix)]
    h.rows(table, lambda name, run, *args: run(*args), workers=6)
    h.done()


main()
