"""ports.py -- free ports for a test: ports.py TAKEN [COUNT] prints so many, none twice: TAKEN is a file.

Free for tcp and udp, on IPv4 and IPv6. tests/lib/run claims a range for each test, $PORTS, so that
tests that run at the same time do not take each other's between two uses.
"""
import errno
import os
import random
import socket
import sys

# Below the ephemeral range, so that no client's own port gets in the way.
FIRST, LAST, RANGE = 10000, 32000, 400


def claim():
    """(a socket to keep, its range as FIRST-LAST); whoever holds a range holds its first port."""
    for first in random.sample(range(FIRST, LAST - RANGE, RANGE), (LAST - FIRST) // RANGE - 1):
        holder = socket.socket()
        try:
            holder.bind(("127.0.0.1", first))
            return holder, "%d-%d" % (first + 1, first + RANGE - 1)
        except OSError:
            holder.close()
    return None, "%d-%d" % (FIRST, LAST)


def is_free(port):
    for family, host in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            try:
                with socket.socket(family, kind) as s:
                    if family == socket.AF_INET6:
                        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                    s.bind((host, port))
            except OSError as e:
                if e.errno == errno.EADDRINUSE:
                    return False
    return True


def free(taken=()):
    """One that is free and not in `taken`."""
    first, last = map(int, os.environ.get("PORTS", "%d-%d" % (FIRST, LAST)).split("-"))
    candidates = [port for port in range(first, last + 1) if port not in taken]
    random.shuffle(candidates)
    return next(filter(is_free, candidates))


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with open(sys.argv[1], "a+", encoding="ascii") as f:
        f.seek(0)
        taken = set(map(int, f))
        for _ in range(count):
            port = free(taken)
            taken.add(port)
            print(port)
            print(port, file=f)


if __name__ == "__main__":
    main()
