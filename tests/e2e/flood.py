"""flood.py -- floods: the others are served, the log and the memory stay small.

MEASURE=1 runs longer and asserts the times too, which a machine that does other things may miss.
"""
import os
import socket
import struct
import threading
import time

import harness as h

MEASURE = bool(os.environ.get("MEASURE"))
HANDLER = os.path.join(h.TMP, "handler")
with open(HANDLER, "w", encoding="ascii") as script:
    script.write("#!/bin/sh\necho $$\nread line\nexit 0\n")
os.chmod(HANDLER, 0o755)


def entry(port, keys):
    return (f"{port} on protocol = tcp4, user = {h.SOMEBODY}, exec = {HANDLER}, args = handler,"
            f" {keys};\n")


# --- one source against source_max ------------------------------------------------------------------


def visit(port, source):
    """Connect, wait for the greeting, go: the seconds until it came, or None."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), h.DEADLINE, (source, 0)) as s:
        s.settimeout(h.DEADLINE)
        try:
            good = s.recv(100) != b""
        except OSError:
            good = False
    return time.monotonic() - began if good else None


def visits(port, seconds, each):
    """Visits of the other source, one each so many seconds."""
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        times.append(visit(port, "127.0.0.1"))
        time.sleep(each)
    return times


class Flood(threading.Thread):
    """So many connections a second from one source, without waiting for what becomes of them."""

    def __init__(self, port, rate):
        super().__init__(daemon=True)
        self.port, self.rate, self.sent, self.over = port, rate, 0, threading.Event()

    def run(self):
        began, last = time.monotonic(), []
        while not self.over.is_set():
            if self.sent >= (time.monotonic() - began) * self.rate:
                time.sleep(0.001)
                continue
            s = socket.socket()
            s.setblocking(False)
            s.bind(("127.0.0.2", 0))
            s.connect_ex(("127.0.0.1", self.port))
            self.sent += 1
            last.append(s)
            if len(last) > 100:
                last.pop(0).close()


def milliseconds(times):
    good = sorted(t for t in times if t is not None)
    return f"median {good[len(good) // 2] * 1e3:.1f} ms, most {good[-1] * 1e3:.1f} ms of {len(good)}"


def one_source():
    port, seconds, each = h.free_port(), 20 if MEASURE else 2, 1 if MEASURE else 0.1
    with h.Daemon(entry(port, "source_max = 4")) as d:
        stay = [h.Client(port, "127.0.0.2") for _ in range(4)]
        h.same({c.decided() for c in stay}, {"served"}, "flood: four of the source are let in")
        calm = visits(port, seconds, each)
        flood = Flood(port, 200)
        flood.start()
        d.logged("reject .*reason=source_max")
        lines, memory, began, sent = len(d.lines(".")), d.memory(), time.monotonic(), flood.sent
        cpu = d.cpu()
        storm = visits(port, seconds, each)
        lasted = time.monotonic() - began
        grown, more = len(d.lines(".")) - lines, d.memory() - memory
        h.note(f"flood: {(flood.sent - sent) / lasted:.0f}/s, {(d.cpu() - cpu) / lasted:.1%} of CPU")
        flood.over.set()
        flood.join()
        h.note(f"the other without the flood: {milliseconds(calm)}")
        h.note(f"the other with the flood:    {milliseconds(storm)}")
        h.note(f"log: {grown} lines in {lasted:.1f} s; memory: {more} KiB more")
        h.ok(None not in storm, "flood: the other source is answered every time")
        h.ok(grown <= 2 * lasted + 2, "flood: the log grows by at most two lines a second", grown)
        h.ok(h.SANITIZED or more <= 128, "flood: memory does not grow", more)
        h.same({c.state() for c in stay}, {"served"}, "flood: who was in stays in")
        if MEASURE:
            h.ok(max(storm) <= max(calm) + 0.1, "flood: answered within 100 ms more")


# --- a hundred thousand sources through ip_max -------------------------------------------------------


IP_PKTINFO = 8  # linux/in.h; the socket module does not have it


class Sources:
    """Datagrams from any address of 127.0.0.0/8, by one socket; counts who is answered."""

    WINDOW = 64  # a receive queue of the usual size holds many more

    def __init__(self, port):
        self.port = port
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("0.0.0.0", 0))

    def send(self, sources, expected):
        """One datagram of each; how many answers came, of which so many of each are expected."""
        answers = 0
        for at in range(0, len(sources), self.WINDOW):
            window = sources[at:at + self.WINDOW]
            for source in window:
                info = struct.pack("=i4s4s", 0, socket.inet_aton(source), bytes(4))
                self.socket.sendmsg([b"x"], [(socket.IPPROTO_IP, IP_PKTINFO, info)], 0,
                                    ("127.0.0.1", self.port))
            answers += self.receive(len(window) if expected else 0)
        h.wait_for(self.all_taken)
        return answers + self.receive(0, 0.1)

    def receive(self, most, seconds=None):
        """Answers, until there are so many; without any expected, those within the seconds."""
        n = 0
        self.socket.settimeout(h.DEADLINE if most else seconds or 1e-6)
        if not most:
            h.wait_for(self.all_taken)
        try:
            while n < most or not most:
                self.socket.recv(100)
                n += 1
        except (TimeoutError, BlockingIOError):
            pass
        return n

    def all_taken(self):
        """The service's receive queue is empty."""
        with open("/proc/net/udp", encoding="ascii") as f:
            queues = [fields[4] for fields in map(str.split, f) if
                      fields[1].endswith(f":{self.port:04X}")]
        return queues and all(queue.endswith(":00000000") for queue in queues)


def many_sources():
    port, limit = h.free_port(), 20
    heavy = [f"127.1.{i // 250}.{i % 250 + 1}" for i in range(1000)]
    light = [f"127.{10 + i // 62500}.{i // 250 % 250}.{i % 250 + 1}" for i in range(100000)]
    conf = f"{port} on protocol = udp4, user = {h.SOMEBODY}, builtin = echo, ip_max = {limit}/h;\n"
    with h.Daemon(conf) as d:
        s, half = Sources(port), len(light) // 2
        memory, cpu, began = d.memory(), d.cpu(), time.monotonic()
        first = [s.send(heavy, 1) for _ in range(limit)]
        h.same(first, [1000] * limit, f"sources: a thousand, each {limit} times: all answered")
        h.same(s.send(heavy, 0), 0, "sources: and not once more")
        h.same(s.send(light[:half], 1), half, "sources: 50,000 others are all answered")
        h.same(s.send(heavy, 0), 0, "sources: none of the thousand got more by them")
        h.same(s.send(light[half:], 1), half, "sources: 50,000 more are all answered")
        h.same(s.send(heavy, 0), 0, "sources: none of the thousand got more by 100,000")
        more = d.memory() - memory
        h.note(f"123,000 datagrams in {time.monotonic() - began:.1f} s, {d.cpu() - cpu:.2f} s of CPU;"
               f" memory: {more} KiB more")
        h.ok(h.SANITIZED or more <= 1024, "sources: memory is bounded by the table", more)
        lines = len(d.lines("reject "))
        h.ok(lines <= 2 * (time.monotonic() - began) + 2, "sources: the log is summed up", lines)


# --- few descriptors --------------------------------------------------------------------------------


def few_descriptors(keys):
    port, name = h.free_port(), f"20 descriptors, {keys}"
    limited = ["sh", "-c", 'ulimit -n 20; exec "$@"', "sh"]
    with h.Daemon(entry(port, keys), prefix=limited) as d:
        fds, seconds = d.fds_at_rest(), 10 if MEASURE else 1.5
        clients = [h.Client(port) for _ in range(200)]
        h.ok(d.logged("pause service="), f"{name}: it is full")
        lines, cpu, began = len(d.lines(".")), d.cpu(), time.monotonic()
        time.sleep(seconds)
        lasted, used = time.monotonic() - began, d.cpu() - cpu
        grown = len(d.lines(".")) - lines
        h.note(f"{name}: {used / lasted:.1%} of CPU while full, {grown} lines in {lasted:.1f} s")
        h.ok(used <= 0.05 * lasted, f"{name}: under 5 % of CPU while full")
        h.ok(grown <= 2 * lasted + 2, f"{name}: at most two lines a second")
        waiting, served, began = clients, 0, time.monotonic()

        def round_of_all():
            nonlocal waiting, served
            states = [(c, c.state()) for c in waiting]
            for c, state in states:
                if state == "served":
                    c.send(b"\n")
                    served += 1
            waiting = [c for c, state in states if state == "waiting"]
            return not waiting
        h.wait_for(round_of_all)
        h.note(f"{name}: {served} served in {time.monotonic() - began:.1f} s")
        h.same(served, 200, f"{name}: all 200 are served")
        h.ok(h.wait_for(lambda: not d.handlers() and d.fds() == fds), f"{name}: none is left open")


def main():
    one_source()
    many_sources()
    h.rows([("stderr = log",), ("accept_max = 8",), ("linger = 100ms",)], few_descriptors)
    h.done()


main()
