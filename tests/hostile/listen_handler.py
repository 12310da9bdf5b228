"""A wait handler that spoils its socket in one way after the first client, and serves one client a start.

usage: listen_handler.py FLAG WAY  -- FLAG is the file that says that it is done
"""
import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys
import time

flag, way = sys.argv[1:3]
s = socket.socket(fileno=os.dup(0))
stream = s.type != socket.SOCK_DGRAM
blocking = not fcntl.fcntl(0, fcntl.F_GETFL) & os.O_NONBLOCK
SOL = socket.SOL_SOCKET


def serve(words):
    if stream:
        with s.accept()[0] as c:
            c.sendall(words)
    else:
        peer = s.recvfrom(100)[1]
        if peer:
            s.sendto(words, peer)


def closed_filter():
    code = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))  # ret 0: drop all
    s.setsockopt(SOL, 26, struct.pack("HL", 1, ctypes.addressof(code)))


def lock_filter():
    closed_filter()
    s.setsockopt(SOL, 44, 1)


def shut():
    try:
        s.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # udp says ENOTCONN, and does it


def connect():
    if s.family == socket.AF_UNIX:
        other = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        other.bind("")
        s.connect(other.getsockname())
    else:
        s.connect(("127.0.0.1", 9))


def flip():
    """Stay, and make the socket blocking again and again, taking whoever comes."""
    if os.fork():
        return
    signal.alarm(8)
    end = time.time() + 6
    if os.fork():
        while time.time() < end:
            fcntl.fcntl(0, fcntl.F_SETFL, 0)
        os._exit(0)
    signal.alarm(6)
    while True:
        serve(b"stolen\n")


def stay():
    """A daemon's way: the parent goes, the child serves on for a while."""
    if os.fork():
        return
    signal.alarm(20)
    try:
        for _ in range(3):
            serve(b"child\n")
    except BlockingIOError:
        open(flag + ".eagain", "w").close()
    os._exit(0)


def later():
    """Spoil it when nobody looks: after the handler's end."""
    if os.fork() == 0:
        parent = os.getppid()
        while os.getppid() == parent:
            time.sleep(0.01)
        time.sleep(0.2)
        closed_filter()
        os._exit(0)


def rebind():
    shut()
    s.connect(("127.0.0.1", 9))


TIME = struct.pack("ll", 0, 1000)
WAYS = {
    "none": lambda: None,
    "shutdown": shut,
    "connect": connect,
    "later": later,
    "stay": stay,
    "flip": flip,
    "filter": closed_filter,
    "locked": lock_filter,
    "timeout": lambda: s.setsockopt(SOL, socket.SO_RCVTIMEO, TIME),
    "lowat": lambda: s.setsockopt(SOL, socket.SO_RCVLOWAT, 60000),
    "peekoff": lambda: s.setsockopt(SOL, 42, 5000),
    "buffer": lambda: s.setsockopt(SOL, socket.SO_RCVBUF, 1),
    "nonblock": lambda: s.setblocking(False),
    "async": lambda: (fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid()),
                      fcntl.fcntl(0, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)),
    "backlog": lambda: s.listen(0),
    "defer": lambda: s.setsockopt(6, socket.TCP_DEFER_ACCEPT, 60),
    "clamp": lambda: s.setsockopt(6, socket.TCP_WINDOW_CLAMP, 1),
    "minttl": lambda: s.setsockopt(0, 21, 255),
    "ttl": lambda: s.setsockopt(0, socket.IP_TTL, 1),
    "encap": lambda: s.setsockopt(17, 100, 2),
    "recverr": lambda: s.setsockopt(0, 11, 1),
    "device": lambda: s.setsockopt(SOL, socket.SO_BINDTODEVICE, b"away0"),
    "route": lambda: s.setsockopt(SOL, socket.SO_DONTROUTE, 1),
}

if not os.path.exists(flag):
    serve(b"first\n")
    open(flag, "w").close()
    WAYS[way]()
else:
    serve(b"good\n" if blocking else b"nonblocking\n")
