#!/usr/bin/env python3
"""unixread.py -- read datagrams from a unix socket, and answer those who can be answered

config: /run/unixread.sock on socktype = dgram, user = nobody, exec = /usr/local/libexec/unixread.py, stderr = log;

Standard error goes to the log: the socket has no peer to write to, and what is printed there fails.
doorward makes the socket's file and removes it. A client that wants an answer binds a file of its
own; unixask.py shows how, and removes it. The handler stays for two seconds after the last one.
"""
import socket
import sys

with socket.socket(fileno=0) as sock:
    sock.settimeout(2)
    try:
        while True:
            data, sender = sock.recvfrom(65535)
            print(f"{len(data)} bytes from {sender or 'somebody without a name'}", file=sys.stderr)
            if not sender:
                continue
            try:
                # Not longer than the default: a client that does not read must not hold us.
                sock.sendto(b"%d bytes\n" % len(data), socket.MSG_DONTWAIT, sender)
            except OSError as error:
                print(f"{sender}: {error.strerror}", file=sys.stderr)  # it has gone
    except TimeoutError:
        pass
