"""A handler that holds the lock of what it shares with the master: it gives the kernel memory that never arrives.

usage: held_handler.py WAY USER FLAG [WHEN]

Whoever has the privilege takes userfaultfd(2) before it becomes USER: it stands for a file system of the user's own, whose
pages do not come either. Once there is a file FLAG it only serves; it holds when there is a file WHEN. Without arguments: exit 0 where that works.
"""
import ctypes
import os
import platform
import socket
import struct
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
SIZE = 1 << 16


def userfaultfd():
    number = {"x86_64": 323}.get(platform.machine(), 282)
    fd = libc.syscall(number, os.O_CLOEXEC)
    if fd >= 0:
        return fd
    try:
        return libc.ioctl(os.open("/dev/userfaultfd", os.O_RDWR), 0xAA00, os.O_CLOEXEC)  # USERFAULTFD_IOC_NEW
    except OSError:
        return -1


def never():
    """An address whose first touch waits for ever; None where that cannot be had."""
    fd = userfaultfd()
    if fd < 0 or libc.ioctl(fd, ctypes.c_ulong(0xC018AA3F), struct.pack("QQQ", 0xAA, 0, 0)):  # UFFDIO_API
        return None
    at = libc.mmap(None, SIZE, 3, 0x22, -1, 0)
    asked = struct.pack("QQQQ", at, SIZE, 1, 0)
    return None if libc.ioctl(fd, ctypes.c_ulong(0xC020AA00), asked) else at  # UFFDIO_REGISTER


def hold_socket(s, at):
    """SO_ATTACH_FILTER copies the program with the socket locked."""
    libc.setsockopt(s.fileno(), socket.SOL_SOCKET, 26, struct.pack("HxxxxxxQ", 2, at), 16)


def hold_queue(s, at):
    """recv(2) of a unix datagram copies it with the queue locked."""
    libc.recv(s.fileno(), ctypes.c_void_p(at), 100, socket.MSG_PEEK)


def serve(s):
    if s.type == socket.SOCK_DGRAM:
        peer = s.recvfrom(100)[1]
        s.sendto(b"served\n", peer)
    else:
        with s.accept()[0] as c:
            c.sendall(b"served\n")


def answer():
    os.write(1, b"served\n")


def take_one():
    serve(socket.socket(fileno=os.dup(0)))


def hold_stderr(at):
    os.write(2, b"said\n" * 6000)
    libc.write(2, ctypes.c_void_p(at), 4096)


# What the handler does, and then what it leaves behind.
WAYS = {
    "stderr": (answer, hold_stderr),
    "connection": (answer, lambda at: libc.send(1, ctypes.c_void_p(at), 4096, 0)),
    "socket": (take_one, lambda at: hold_socket(socket.socket(fileno=os.dup(0)), at)),
    "queue": (take_one, lambda at: hold_queue(socket.socket(fileno=os.dup(0)), at)),
}


def become(user):
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)


def main():
    if len(sys.argv) == 1:
        sys.exit(0 if never() else 77)
    serves, holds = WAYS[sys.argv[1]]
    user, spent = int(sys.argv[2]), os.path.exists(sys.argv[3])
    go, begin = os.pipe()
    if os.fork() == 0:
        at = never()
        become(user)
        os.close(begin)
        told = os.read(go, 1)
        while told and len(sys.argv) > 4 and not os.path.exists(sys.argv[4]):
            time.sleep(0.001)
        if told:
            holds(at)
        os._exit(0)
    become(user)
    serves()
    if not spent:
        os.write(begin, b"x")
        time.sleep(0.2)  # until it holds: nothing shows it
    os._exit(0)


main()
