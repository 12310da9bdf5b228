"""presence.py -- idle, hangup, end: a handler whose client is silent, or gone; who is ended with it."""
import os
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import harness as h  # pylint: disable=wrong-import-position


def script(name, text):
    path = os.path.join(h.TMP, name)
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    os.chmod(path, 0o755)
    return path


# It says its pid and that of a member of its group, and stays.
STAY = script("stay.sh", "#!/bin/sh\nsleep 60 &\necho $$ $!\nwait\n")
ECHO = script("echo.sh", "#!/bin/sh\necho $$ 0\nexec cat\n")
SHUT = script("shut.py", "#!/usr/bin/env python3\nimport os, socket, time\ns = socket.socket(fileno=0)\n"
              "s.sendall(b'%d 0\\n' % os.getpid())\ns.shutdown(socket.SHUT_WR)\ntime.sleep(60)\n")


def entry(port, program, keys, protocol="tcp4"):
    return f"{port} on protocol = {protocol}, user = {h.SOMEBODY}, exec = {program}, {keys};\n"


def pids(c):
    c.decided()
    return [int(w) for w in c.buffer.split(b"\n")[0].split()]


def lives(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def gone(pid):
    return h.wait_for(lambda: not lives(pid))


def reset(c):
    c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    c.close()


def run_idle(_):
    talk, stay = h.free_port(), h.free_port()
    with h.Daemon(entry(talk, ECHO, "idle = 700ms") + entry(stay, STAY, "idle = 300ms"), "-l") as d:
        c = h.Client(stay)
        leader, member = pids(c)
        h.ok(d.logged(f"exit service={stay} pid={leader} signal=SIGTERM .*reason=idle"), "idle: silent from the start",
             d.text())
        h.ok(gone(member), "idle: its group goes with it")
        h.same(c.all().split(b"\n")[1:], [b""], "idle: its client sees the end")
        c.close()
        c = h.Client(talk)
        leader = pids(c)[0]
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            c.send(b"x")
            time.sleep(0.05)
        h.ok(lives(leader), "idle: who talks may go on")
        h.ok(d.logged(f"exit service={talk} pid={leader} signal=SIGTERM .*reason=idle"), "idle: until he is silent")
        c.close()
        fds = d.fds()
        for _ in range(20):
            c = h.Client(talk)
            pids(c)
            c.socket.shutdown(socket.SHUT_WR)
            c.all()
            c.close()
        h.ok(h.wait_for(lambda: not d.handlers() or not [p for p in d.handlers() if h.comm(p) == "cat"]),
             "idle: those who end by themselves do")
        h.ok(h.wait_for(lambda: d.fds() <= fds + 2), "idle: no descriptor is left", d.fds(), fds)
        h.same(len(d.lines("reason=idle")), 2, "idle: nobody else was told so")


def run_hangup(_):
    stay, echo, shut = h.free_port(), h.free_port(), h.free_port()
    path = os.path.join(h.TMP, "hangup.sock")
    conf = "".join(entry(p, x, "hangup = yes") for p, x in ((stay, STAY), (echo, ECHO), (shut, SHUT)))
    conf += entry(path, STAY, "hangup = yes", "unix")
    with h.Daemon(conf, "-l") as d:
        c = h.Client(stay)
        leader, member = pids(c)
        reset(c)
        h.ok(d.logged(f"exit service={stay} pid={leader} signal=SIGTERM .*reason=hangup"), "hangup: a reset", d.text())
        h.ok(gone(member), "hangup: the group goes with it")
        c = h.Client(None, path=path)
        leader = pids(c)[0]
        c.close()
        h.ok(d.logged(f"exit service={path} pid={leader} .*reason=hangup"), "hangup: a unix client who closes")
        c = h.Client(shut)
        leader = pids(c)[0]
        c.all()
        c.close()
        h.ok(d.logged(f"exit service={shut} pid={leader} .*reason=hangup"), "hangup: closed both ways")
        c, other = h.Client(stay), h.Client(stay)
        leader = pids(c)[0]
        pids(other)
        c.socket.shutdown(socket.SHUT_WR)
        reset(other)
        h.ok(d.logged(f"exit service={stay} .*reason=hangup", 2), "hangup: another one resets")
        h.ok(lives(leader), "hangup: who has closed his side alone waits for an answer")
        reset(c)
        c = h.Client(echo)
        pids(c)
        c.send(b"hello")
        c.socket.shutdown(socket.SHUT_WR)
        h.ok(c.all().endswith(b"\nhello"), "hangup: and gets it, and the end")
        c.close()


def run_end(_):
    stay = h.free_port()
    with h.Daemon(entry(stay, STAY, "timeout = 300ms, end = handler"), "-l") as d:
        c = h.Client(stay)
        leader, member = pids(c)
        h.ok(d.logged(f"exit service={stay} pid={leader} signal=SIGTERM .*reason=timeout"), "end = handler")
        h.ok(lives(member), "its group is left alone")
        h.kill(member, 9)
        c.close()


def run_mux(_):
    port = h.free_port()
    conf = f"{port} on protocol = tcp4, user = {h.SOMEBODY}, builtin = tcpmux;\n"
    conf += f"tcpmux/stay on user = {h.SOMEBODY}, exec = {STAY}, idle = 300ms, hangup = yes;\n"
    with h.Daemon(conf, "-l") as d:
        c = h.Client(port)
        c.send(b"stay\r\n")
        leader = pids(c)[0]
        h.ok(d.logged(f"exit service=tcpmux/stay pid={leader} .*reason=idle"), "tcpmux: idle", d.text())
        c.close()


def run_upgrade(_):
    stay, alone = h.free_port(), h.free_port()
    conf = entry(stay, STAY, "hangup = yes") + entry(alone, STAY, "idle = 2s, end = handler")
    with h.Daemon(conf, "-l") as d:
        c, other = h.Client(stay), h.Client(alone)
        leader, (second, member) = pids(c)[0], pids(other)
        os.kill(d.pid, signal.SIGUSR2)
        h.ok(d.logged("^upgrade "), "upgrade", d.text())
        reset(c)
        h.ok(d.logged(f"exit service={stay} pid={leader} .*reason=hangup"), "upgrade: hangup goes on", d.text())
        h.ok(d.logged(f"exit service={alone} pid={second} .*reason=idle"), "upgrade: so does idle")
        h.ok(lives(member), "upgrade: and end = handler")
        h.kill(member, 9)
        other.close()


def run_check(_):
    conf = os.path.join(h.TMP, "check.conf")
    for keys, told in (("protocol = udp, wait = no, exec = /bin/cat, idle = 1m", 'key "idle" is for tcp'),
                       ("protocol = udp, wait = no, exec = /bin/cat, hangup = yes", 'key "hangup" is for streams'),
                       ("protocol = tcp, wait = yes, exec = /bin/cat, hangup = yes", "is for a nowait service"),
                       ("protocol = tcp, builtin = echo, idle = 1m", "is for a program"),
                       ("protocol = tcp, exec = /bin/cat, end = groups", 'is none of group, handler, tree (did you mean "group"?)')):
        with open(conf, "w", encoding="ascii") as f:
            f.write(f"7007 on user = {h.SOMEBODY}, {keys};\n")
        out = subprocess.run([h.DOORWARD, "-t", conf], capture_output=True, text=True, check=False)
        h.ok(out.returncode == 78 and told in out.stdout + out.stderr, f"-t: {told}", out.stdout + out.stderr)


def main():
    h.rows([("idle", run_idle), ("hangup", run_hangup), ("end", run_end), ("mux", run_mux), ("upgrade", run_upgrade), ("check", run_check)],
           lambda name, run: run(name))
    h.done()


main()
