#!/usr/bin/env python3
"""pow.py -- a client's side of gate = pow BITS: solve the challenge, then talk.

    pow.py pow 20 5f0c...          prints the answer to that line
    pow.py HOST PORT               solves it, then is a netcat

config: none: it is a client
In one line:
python3 -c 'import hashlib as h,sys;b,c=sys.argv[2:];print(next(n for n in range(1<<62)if int(h.sha256(f"{c}{n}".encode()).hexdigest(),16)>>256-int(b)==0))' pow 20 5f0c...
"""
import hashlib
import itertools
import os
import socket
import sys
import threading


def solve(line):
    word, bits, challenge = line.split()
    if word != "pow":
        sys.exit(f"no challenge: {line}")
    start = hashlib.sha256(challenge.encode())
    for n in itertools.count():
        digest = start.copy()
        digest.update(b"%d" % n)
        if int.from_bytes(digest.digest(), "big") >> 256 - int(bits) == 0:
            return str(n)


def talk(host, port):
    with socket.create_connection((host, port)) as s, s.makefile("rwb", buffering=0) as f:
        f.write(solve(f.readline().decode()).encode() + b"\n")

        def send():
            while piece := os.read(0, 65536):
                s.sendall(piece)
            s.shutdown(socket.SHUT_WR)
        threading.Thread(target=send, daemon=True).start()
        while piece := s.recv(65536):
            os.write(1, piece)


if len(sys.argv) == 4:
    print(solve(" ".join(sys.argv[1:])))
elif len(sys.argv) == 3:
    talk(*sys.argv[1:])
else:
    sys.exit(__doc__)
