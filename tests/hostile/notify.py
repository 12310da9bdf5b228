"""hostile/notify.py -- a service manager that does not read what it is told"""
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import hostile as h  # noqa: E402 pylint: disable=wrong-import-position

PATH = os.path.join(h.TMP, "notify")


def fill():
    """Until its queue is full; the number of messages."""
    n = 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.setblocking(False)
        try:
            while True:
                s.sendto(b"FILLER=1", PATH)
                n += 1
        except BlockingIOError:
            return n


class Manager:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(PATH)
        os.chmod(PATH, 0o666)
        self.socket.setblocking(False)
        self.got = []

    def read(self):
        try:
            while True:
                message = self.socket.recv(4096).decode()
                if message != "FILLER=1":
                    self.got.append(message)
        except BlockingIOError:
            return self.got

    def hears(self, *words):
        """These, as beginnings of messages, in this order and no other of their kind."""
        def so_far():
            heard = [m for m in self.read() if m.startswith(("READY", "RELOADING", "STOPPING"))]
            return len(heard) == len(words) and all(m.startswith(w) for m, w in zip(heard, words))
        good = h.wait_for(so_far)
        said, self.got = self.got, []
        return good, said


def main():
    what, watched, manager = "a full queue", h.free_port(), Manager()
    h.note(f"{fill()} messages fill the queue")
    with h.Daemon(h.other(watched), env={"NOTIFY_SOCKET": PATH, "WATCHDOG_USEC": "200000"}) as d:
        with h.Witness(watched):
            good, said = manager.hears("READY=1")
            h.ok(good, f"{what}: READY comes when there is room", *said)
            fill()
            for i in range(5):
                d.reload()
                h.ok(h.answers(watched), f"{what}: reload {i + 1}")
            good, said = manager.hears("RELOADING=1\nMONOTONIC_USEC=", "READY=1")
            h.ok(good, f"{what}: one RELOADING and one READY for all of them", *said)
            d.reload()
            good, said = manager.hears("RELOADING=1\nMONOTONIC_USEC=", "READY=1")
            h.ok(good, f"{what}: with room, each at once", *said)
            fill()
            h.hup_works(d, what)
            fill()
        h.term_works(d, what, within=1.0)
        h.same(len(d.lines("^reload kept=")), 7, f"{what}: every reload took place")
    manager.socket.close()
    what = "nobody there any more"
    with h.Daemon(h.other(watched), env={"NOTIFY_SOCKET": PATH, "WATCHDOG_USEC": "200000"}) as d:
        with h.Witness(watched):
            h.hup_works(d, what)
        h.term_works(d, what, within=1.0)
    h.done()


main()
