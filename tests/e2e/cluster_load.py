"""e2e/cluster_load.py N -- N clients without pause through the balancer; words on standard input: hold, release, greedy"""
import select
import socket
import sys
import threading
import time

BALANCER = ("198.51.100.254", 7001)
HELD = 6
GREEDY = ("198.51.100.200", 21)


def connect(source):
    return socket.create_connection(BALANCER, 10, (source, 0))


def ends_well(s, source, name):
    """says a name, and is told it with its own address, and nothing more"""
    s.sendall(f"{name}\n".encode())
    got = b""
    while data := s.recv(4096):
        got += data
    s.close()
    expected = f"Hello {name}, you come from {source}\n".encode()
    if got != expected:
        raise OSError(f"expected {expected}, got {got}")


class Client(threading.Thread):
    """asks until it is told to end"""

    def __init__(self, number):
        super().__init__(daemon=True)
        self.source = f"198.51.100.{10 + number}"
        self.asked, self.longest, self.wrong, self.over = 0, 0.0, [], False
        self.start()

    def run(self):
        while not self.over:
            begin = time.monotonic()
            try:
                ends_well(connect(self.source), self.source, f"{self.source}-{self.asked}")
            except OSError as e:
                self.wrong.append(f"{self.source}: {type(e).__name__}: {e}")
            self.asked += 1
            self.longest = max(self.longest, time.monotonic() - begin)


def may_stay(source, number):
    """those of so many connections that the balancer does not close. Its threads take them in any order."""
    tried = []
    for _ in range(number):
        try:
            tried.append(connect(source))
        except ConnectionResetError:
            pass  # closed before connect(2) came back
    closed = select.select(tried, [], [], 10)[0] if len(tried) == number else []  # a handler says nothing first
    return [s for s in tried if s not in closed]


def main():
    clients = [Client(i) for i in range(int(sys.argv[1]))]
    wrong, held = [], []
    for word in sys.stdin:
        if word == "hold\n":
            before = [c.asked for c in clients]
            held = [(connect(f"198.51.100.{100 + i}"), f"198.51.100.{100 + i}") for i in range(HELD)]
            while any(c.asked < b + 3 for c, b in zip(clients, before)):
                time.sleep(0.01)
            print("held", flush=True)
        elif word == "release\n":
            for s, source in held:
                try:
                    ends_well(s, source, "late")
                except OSError as e:
                    wrong.append(f"{source}: held: {e}")
            print("released", flush=True)
        elif word == "greedy\n":
            held = [(s, GREEDY[0]) for s in may_stay(*GREEDY)]
            print(f"greedy open={len(held)} closed={GREEDY[1] - len(held)}", flush=True)
    for c in clients:
        c.over = True
    for c in clients:
        c.join(20)
        wrong += c.wrong
    print(*wrong, sep="\n")
    longest = max((c.longest for c in clients), default=0)
    print(f"asked={sum(c.asked for c in clients)} wrong={len(wrong)} longest={longest * 1000:.0f}ms")


main()
