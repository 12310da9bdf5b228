#!/usr/bin/env python3
"""A server for sockets that it is handed as sd_listen_fds(3) says: it answers with the name of the one it was asked at.

listen_server.py STATE: writes to STATE what it was given, then serves until a client says "quit" ("idle": without
taking the client, it ends). "spoil NAME": that socket is shut down.
"""
import os
import select
import socket
import sys

assert int(os.environ["LISTEN_PID"]) == os.getpid(), "not for us"
names = os.environ["LISTEN_FDNAMES"].split(":")
count = int(os.environ["LISTEN_FDS"])
assert len(names) == count, names
open_fds = [fd for fd in sorted(map(int, os.listdir("/proc/self/fd"))) if os.path.exists(f"/proc/self/fd/{fd}")]
socks = [socket.socket(fileno=3 + i) for i in range(count)]
with open(sys.argv[1], "a") as state:
    print("pid", os.getpid(), "names", *names, "fds", *open_fds,
          "stdin", os.path.basename(os.readlink("/proc/self/fd/0")), "variables",
          *sorted(v for v in os.environ if v.startswith(("TCP", "UDP", "PROTO", "UNIX"))), file=state, flush=True)
if len(sys.argv) > 2:  # ends without taking anybody
    sys.exit(0)
while True:
    for ready in select.select(socks, [], [])[0]:
        name = names[socks.index(ready)]
        if ready.type == socket.SOCK_DGRAM:
            said, peer = ready.recvfrom(2048)
            if peer:
                ready.sendto(name.encode() + b"\n", peer)
        else:
            client = ready.accept()[0]
            said = client.recv(2048)
            client.sendall(name.encode() + b"\n")
            client.close()
        words = said.decode().split() or [""]
        if words[0] == "spoil":
            socks[names.index(words[1])].shutdown(socket.SHUT_RDWR)
        if words[0] in ("quit", "spoil"):
            sys.exit(0)
