#!/usr/bin/env python3
"""unixask.py -- send a datagram to a unix socket and print the answer: unixask.py SOCKET TEXT

The client of unixread.py. Its own end needs a name, or there is nowhere to send the answer to. The
name is a file, and stays when the socket is closed, so it lies in a folder that goes in any case.
"""
import os
import socket
import sys
import tempfile

if len(sys.argv) != 3:
    sys.exit("usage: unixask.py SOCKET TEXT")

with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
    own = os.path.join(folder, "answer")
    sock.bind(own)
    # The handler is another user: he may come in, and write.
    os.chmod(folder, 0o711)
    os.chmod(own, 0o622)
    sock.settimeout(10)
    sock.sendto(os.fsencode(sys.argv[2]), sys.argv[1])
    sys.stdout.write(sock.recv(65535).decode(errors="replace"))
