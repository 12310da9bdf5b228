"""share.py -- one cap over all services: exact counts, freed places in turn, across reloads, every kind of service."""
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import harness as h  # pylint: disable=wrong-import-position

SCRIPT = os.path.join(h.TMP, "greet.sh")
with open(SCRIPT, "w", encoding="ascii") as f:
    f.write("#!/bin/sh\necho $$\nexec cat >/dev/null\n")
os.chmod(SCRIPT, 0o755)


def entry(port, keys="accept_max = 0", program=SCRIPT, protocol="tcp4"):
    return f"{port} on protocol = {protocol}, user = {h.SOMEBODY}, exec = {program}, {keys};\n"


def served(clients):
    return sum(c.state() == "served" for c in clients)


def settles(clients, expected, what):
    """So many are served, and no more: whoever comes later is told by a second look."""
    h.wait_for(lambda: served(clients) >= expected)
    h.same(served(clients), expected, what)


def leave(clients):
    """The first who is served goes."""
    c = next(c for c in clients if c.state() == "served")
    c.close()
    clients.remove(c)


def run_turns(_):
    a, b, c = (h.free_port() for _ in range(3))
    conf = entry(a) + entry(b) + entry(c)
    with h.Daemon(conf, "--handlers-max", "3") as d:
        first = [h.Client(a) for _ in range(3)]
        settles(first, 3, "as many as there are places")
        many = [h.Client(a) for _ in range(12)]
        h.ok(d.logged(f"pause service={a} reason=handlers_max"), "the next one waits", d.text())
        few = [h.Client(b) for _ in range(3)]
        h.ok(d.logged(f"pause service={b} reason=handlers_max"), "another service's too")
        last = [h.Client(c) for _ in range(3)]
        h.ok(d.logged(f"pause service={c} reason=handlers_max"), "and a third one's")
        h.same(served(many + few + last), 0, "nobody is served beyond the cap")
        # One place after the other: each of the three has its turn, however many wait for the first.
        lines, ever = (many, few, last), [0, 0, 0]
        leaving, there = first, list(many + few + last)
        for turn in range(1, 10):
            leave(leaving)
            h.wait_for(lambda: served(there))
            h.wait_for(lambda: len(d.handlers()) == 3)
            h.same((served(there), len(d.handlers())), (1, 3), f"place {turn}: one more is served, three run")
            now = next(c for c in there if c.state() == "served")
            ever[[now in line for line in lines].index(True)] += 1
            there.remove(now)
            leaving.append(now)
            if turn % 3 == 0:
                h.same(ever, [turn // 3] * 3, "each service has had as many")
        many = [c for c in many if c in there]
        for x in leaving:
            x.close()
        while many:
            h.wait_for(lambda: served(many))
            leave(many)
        h.ok(h.wait_for(lambda: not d.handlers()), "the end: nobody runs")
        more = [h.Client(p) for p in (a, b, c)]
        settles(more, 3, "the end: all three are served at once")


def run_reload(_):
    a, b = h.free_port(), h.free_port()
    conf = entry(a) + entry(b)
    with h.Daemon(".limits handlers_max = 2;\n" + conf, "--handlers-max", "9") as d:
        first = [h.Client(a) for _ in range(6)]
        h.ok(d.logged(f"pause service={a} reason=handlers_max"), "the directive comes before the option")
        second = [h.Client(b) for _ in range(3)]
        h.ok(d.logged(f"pause service={b} reason=handlers_max"), "for all")
        everybody = first + second
        settles(everybody, 2, "two are served")
        d.reload(".limits handlers_max = 2;\n" + conf + "# again\n")
        h.same(served(everybody), 2, "a reload: nobody more")
        d.reload(".limits\n  handlers_max = 4;\n" + conf)
        settles(everybody, 4, "raised to four")
        h.same((served(first), served(second)), (3, 1), "raised: one each, though more of one wait")
        h.same(len(d.handlers()), 4, "raised: exactly")
        d.reload(".limits handlers_max = 3;\n" + conf)
        leave(everybody)
        h.wait_for(lambda: len(d.handlers()) == 3)
        h.same((served(everybody), len(d.handlers())), (3, 3), "lowered to three: who goes is not replaced")
        leave(everybody)
        settles(everybody, 3, "lowered: the next one is")
        d.reload(conf)
        settles(everybody, 7, "without the directive the option holds")


def run_gone(_):
    a, b = h.free_port(), h.free_port()
    with h.Daemon(entry(a) + entry(b), "--handlers-max", "1") as d:
        one = h.Client(a)
        settles([one], 1, "one runs")
        other, third = h.Client(b), h.Client(a)
        h.ok(d.logged(f"pause service={b} reason=handlers_max"), "another waits")
        d.reload(entry(a))
        h.same(other.decided(), "closed", "a service in line goes: its client too")
        one.close()
        settles([third], 1, "and the place goes to who is left")
        d.reload(entry(b))
        fourth = h.Client(b)
        third.close()
        settles([fourth], 1, "who runs of a service that has gone counts until the end")


def run_kinds(_):
    mux, tcp, wait, udp, day = (h.free_port() for _ in range(5))
    path = os.path.join(h.TMP, "share.sock")
    server = os.path.join(h.TMP, "server.py")
    with open(server, "w", encoding="ascii") as f:
        f.write("#!/usr/bin/env python3\nimport socket\ns = socket.socket(fileno=0)\nc = s.accept()[0]\n"
                "c.sendall(b'1\\n')\nc.recv(1)\n")
    os.chmod(server, 0o755)
    reply = os.path.join(h.TMP, "reply.sh")
    with open(reply, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\ndd bs=100 count=1 2>/dev/null\n")
    os.chmod(reply, 0o755)
    conf = f"{mux} on protocol = tcp4, user = {h.SOMEBODY}, builtin = tcpmux;\n"
    conf += f"tcpmux/greet on user = {h.SOMEBODY}, exec = {SCRIPT};\n"
    conf += entry(tcp) + entry(wait, "wait = yes", server) + entry(path, "accept_max = 0", SCRIPT, "unix")
    conf += entry(udp, "wait = no", reply, "udp4")
    conf += f"{day} on protocol = tcp4, user = {h.SOMEBODY}, builtin = daytime;\n"
    with h.Daemon(conf, "--handlers-max", "1") as d:
        c = h.Client(mux)
        c.send(b"greet\r\n")
        h.same(c.decided(), "served", "tcpmux: his place becomes the service's")
        waiting = {"tcp": h.Client(tcp), "wait": h.Client(wait), "unix": h.Client(None, path=path)}
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.connect(("127.0.0.1", udp))
        s.send(b"hello")
        for word in (tcp, wait, path, udp):
            h.ok(d.logged(f"pause service={word} reason=handlers_max"), f"{word}: waits", d.text())
        h.same(len(d.handlers()), 1, "one runs")
        c.close()
        done = []
        for _ in range(3):
            h.ok(h.wait_for(lambda: [k for k in waiting if waiting[k].state() == "served"]), "the next one")
            now = [k for k in waiting if waiting[k].state() == "served"]
            h.same(len(now), 1, f"exactly one: {now}")
            waiting.pop(now[0]).close()
            done += now
        h.same(sorted(done), ["tcp", "unix", "wait"], "each kind of service has had its turn")
        s.settimeout(h.DEADLINE)
        h.same(s.recv(100), b"hello", "udp nowait too")
        s.close()
        h.ok(b":" in h.ask(day), "a builtin that answers at once too")


def run_check(_):
    conf = os.path.join(h.TMP, "limits.conf")
    good = entry(7007)
    for text, told in ((".limits handlers_max = x;", 'handlers_max "x" is not a number'),
                       (".limits handlers_max = 1, handlers_max = 2;", 'limits.conf:1:27: error: "handlers_max" is given twice'),
                       (".limits handlers_max = 1;\n.limits handlers_max = 2;", "is given twice: it stands at"),
                       (".limits handler_max = 1;", 'unknown limit "handler_max" (did you mean "handlers_max"?)'),
                       (".limit handlers_max = 1;", 'did you mean ".limits"?'),
                       (".limits handlers_max = 1 2;", "takes one value"),
                       (".limits handlers_max = 1", "has no \";\" at its end")):
        with open(conf, "w", encoding="ascii") as f:
            f.write(text + "\n" + good)
        out = subprocess.run([h.DOORWARD, "-t", conf], capture_output=True, text=True, check=False)
        h.ok(out.returncode == 78 and told in out.stdout + out.stderr, f"-t: {told}", out.stdout + out.stderr)
    out = subprocess.run([h.DOORWARD, "--handlers-max", "-1", conf], capture_output=True, text=True, check=False)
    h.ok(out.returncode == 64 and "--handlers-max" in out.stderr, "--handlers-max -1", out.stderr)


def main():
    h.rows([("turns", run_turns), ("reload", run_reload), ("gone", run_gone), ("kinds", run_kinds),
            ("check", run_check)], lambda name, run: run(name))
    h.done()


main()
