"""gate.py -- gate = pow BITS: who solves it is served with all that he sent, nobody else is."""
import hashlib
import os
import re
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import harness as h  # pylint: disable=wrong-import-position

EXAMPLES = os.path.join(os.environ["abs_top_srcdir"], "doc/examples")
SOLVER = os.path.join(h.BUILD, "doc/examples/pow")
BITS = 10


def entry(port, keys="", program="/bin/cat", bits=BITS):
    return f"{port} on protocol = tcp4, user = {h.SOMEBODY}, exec = {program}, gate = pow {bits}{keys};\n"


def fits(challenge, answer, bits=BITS):
    return int(hashlib.sha256((challenge + answer).encode()).hexdigest(), 16) >> (256 - bits) == 0


def answer_to(challenge, good=True):
    return next(str(n) for n in range(1 << 40) if fits(challenge, str(n)) == good)


def challenge_of(c):
    h.wait_for(lambda: c.state() != "waiting")
    line, _, c.buffer = c.buffer.partition(b"\n")
    found = re.fullmatch(r"pow ([0-9]+) ([0-9a-f]{32})", line.decode())
    if not found:
        raise ValueError(line)
    return found.group(2)


def run_served(_):
    port = h.free_port()
    with h.Daemon(entry(port), "-l") as d:
        seen = set()
        for end in (b"\n", b"\r\n"):
            c = h.Client(port)
            challenge = challenge_of(c)
            seen.add(challenge)
            sent = bytes(range(256)) * 500 + b"\npow 1 2\n"
            c.send(answer_to(challenge).encode() + end + sent[:70000])
            c.send(sent[70000:])
            c.socket.shutdown(socket.SHUT_WR)
            h.same(c.all(), sent, f"solved, ended by {end}: what follows is the handler's, each byte")
            c.close()
        h.same(len(seen), 2, "each client has a challenge of its own")
        c = h.Client(port)
        for byte in answer_to(challenge_of(c)).encode() + b"\nafter":
            c.send(bytes([byte]))
        c.socket.shutdown(socket.SHUT_WR)
        h.same(c.all(), b"after", "an answer that comes byte by byte")
        c.close()
        h.ok(d.logged(f"exit service={port} .*status=0", 3), "they end as handlers do", d.text())
        h.same(d.lines("^reject"), [], "nobody was refused")


def run_refused(_):
    port = h.free_port()
    marks = os.path.join(h.TMP, f"started-{port}")
    program = os.path.join(h.TMP, f"mark-{port}")
    with open(program, "w", encoding="ascii") as f:
        f.write(f"#!/bin/sh\necho started >>{marks}\n")
    os.chmod(program, 0o755)
    wrong = (("a wrong answer", lambda c: answer_to(c, False).encode() + b"\n", b"wrong\n"),
             ("no answer", lambda c: b"\n", b"wrong\n"),
             ("another's challenge", lambda c: answer_to("0" * 32).encode() + b"x\n", b"wrong\n"),
             ("more than a line may have", lambda c: b"1" * 65, b"wrong\n"),
             ("a byte that no line has", lambda c: b"1\0\n", b"wrong\n"))
    with h.Daemon(entry(port, "", program), "-l") as d:
        for what, made, told in wrong:
            c = h.Client(port)
            c.send(made(challenge_of(c)))
            h.same(c.all(), told, f"{what}: the client is told, and closed")
            c.close()
        c = h.Client(port)
        challenge_of(c)
        c.close()
        h.ok(d.logged(rf"reject service={port} .*reason=gate") and h.wait_for(lambda: not d.handlers()),
             "refused with a reason of its own", d.text())
        h.ok(not os.path.exists(marks), "its program was never started")


def run_late(_):
    port = h.free_port()
    with h.Daemon(entry(port, ", gate_timeout = 300ms, accept_max = 1"), "-l") as d:
        c = h.Client(port)
        challenge_of(c)
        c.send(b"1")
        other = h.Client(port)
        h.same(c.all(), b"late\n", "who is slow is told, and closed")
        h.ok(d.logged(f"reject service={port} .*reason=gate"), "and refused", d.text())
        challenge = challenge_of(other)
        other.send(answer_to(challenge).encode() + b"\n")
        other.socket.shutdown(socket.SHUT_WR)
        h.same(other.all(), b"", "he had a place among accept_max, and the next one has it now")
        other.close()
        c.close()


def run_ended(_):
    port = h.free_port()
    with h.Daemon(entry(port, ", timeout = 300ms"), "-l") as d:
        c = h.Client(port)
        challenge_of(c)
        h.ok(d.logged(f"exit service={port} .*signal=SIGTERM .*reason=timeout"), "timeout ends the puzzle, too", d.text())
        c.close()


def run_tree(_):
    port = h.free_port()
    with h.Daemon(entry(port, ", end = tree"), "-l") as d:
        c = h.Client(port)
        c.send(answer_to(challenge_of(c)).encode() + b"\nhello")
        c.socket.shutdown(socket.SHUT_WR)
        h.same(c.all(), b"hello", "under a keeper")
        c.close()
        c = h.Client(port)
        challenge_of(c)
        c.send(b"\n")
        h.ok(d.logged(f"reject service={port} .*reason=gate"), "under a keeper: refused", d.text())
        c.close()


def run_solvers(_):
    port = h.free_port()
    with h.Daemon(entry(port, bits=12), "-l"):
        python = subprocess.run([sys.executable, os.path.join(EXAMPLES, "pow.py"), "127.0.0.1", str(port)], input=b"hello",
                                capture_output=True, check=False, timeout=h.DEADLINE)
        h.same(python.stdout, b"hello", "pow.py HOST PORT", python.stderr)
    challenge = "00112233445566778899aabbccddeeff"
    for solver in ([sys.executable, os.path.join(EXAMPLES, "pow.py")], [SOLVER]):
        if solver == [SOLVER] and not os.path.exists(SOLVER):
            h.skip("the example pow is not built: make check does")
            continue
        said = subprocess.run([*solver, "pow", "14", challenge], capture_output=True, text=True, check=False,
                              timeout=h.DEADLINE).stdout.strip()
        h.ok(said and fits(challenge, said, 14), f"{os.path.basename(solver[-1])}: an answer", said)


def run_check(_):
    conf = os.path.join(h.TMP, "check.conf")
    for keys, told in (("protocol = tcp, exec = /bin/cat, gate = pow", 'needs a number of bits'),
                       ("protocol = tcp, exec = /bin/cat, gate = pow 41", 'out of range (1-40)'),
                       ("protocol = tcp, exec = /bin/cat, gate = pov 4", 'not "pow BITS"'),
                       ("protocol = tcp, exec = /bin/cat, gate = pow 4 5", 'a value too many'),
                       ("protocol = udp, wait = no, exec = /bin/cat, gate = pow 4", 'is for a stream socket'),
                       ("protocol = tcp, wait = yes, exec = /bin/cat, gate = pow 4", 'is for a nowait service'),
                       ("protocol = tcp, builtin = echo, gate = pow 4", 'is for a program')):
        with open(conf, "w", encoding="ascii") as f:
            f.write(f"7007 on user = {h.SOMEBODY}, {keys};\n")
        out = subprocess.run([h.DOORWARD, "-t", conf], capture_output=True, text=True, check=False)
        h.ok(out.returncode == 78 and told in out.stdout + out.stderr, f"-t: {told}", out.stdout + out.stderr)


def main():
    h.rows([("served", run_served), ("refused", run_refused), ("late", run_late), ("ended", run_ended),
            ("tree", run_tree), ("solvers", run_solvers), ("check", run_check)], lambda name, run: run(name))
    h.done()


main()
