"""fdstore.py: systemd's descriptor store, played: FDSTORE=1, FDSTOREREMOVE=1, and what comes back as LISTEN_FDS."""
import array
import os
import select
import signal
import socket
import subprocess
import sys

import harness
from harness import DEADLINE, DOORWARD, SOMEBODY, TMP, Client, free_port, ok, same, wait_for

NOTIFY = os.path.join(TMP, "notify")
CONF = os.path.join(TMP, "conf")
LOG = os.path.join(TMP, "log")

# Becomes the daemon: LISTEN_PID is its own, and the sockets stand at 3 and up.
BECOME = """
import os, sys
count = int(sys.argv[1])
high = [os.dup2(int(fd), 500 + i) for i, fd in enumerate(sys.argv[2].split(",") if sys.argv[2] else [])]
for i, fd in enumerate(high):
    os.dup2(fd, 3 + i, inheritable=True)
os.closerange(3 + len(high), 600)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[3], sys.argv[3:])
"""


class Manager:
    """Keeps what it is sent, as systemd does, and starts the service with it."""

    def __init__(self):
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(NOTIFY)
        self.store = {}  # name: descriptors
        self.messages = []
        self.process = None

    def take(self):
        """All messages that are there."""
        while select.select([self.notify], [], [], 0)[0]:
            text, control, _, _ = self.notify.recvmsg(4096, socket.CMSG_SPACE(64))
            fds = array.array("i")
            for level, kind, data in control:
                if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                    fds.frombytes(data)
            m = dict(line.split("=", 1) for line in text.decode().split("\n") if line)
            self.messages.append(m)
            if m.get("FDSTORE") == "1":
                self.store.setdefault(m["FDNAME"], []).extend(fds)
            elif m.get("FDSTOREREMOVE") == "1":
                for fd in self.store.pop(m["FDNAME"], []):
                    os.close(fd)
        return True

    def has(self, names):
        return wait_for(lambda: self.take() and sorted(self.store) == sorted(names))

    def start(self, **env):
        self.take()
        self.messages.clear()
        fds = [(fd, name) for name, some in self.store.items() for fd in some]
        given = {"LISTEN_FDS": str(len(fds)), "LISTEN_FDNAMES": ":".join(name for _, name in fds)} if fds else {}
        with open(LOG, "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", BECOME, str(len(fds)), ",".join(str(fd) for fd, _ in fds), DOORWARD, "-f",
                 "--control=", CONF], env={**os.environ, "NOTIFY_SOCKET": NOTIFY, "FDSTORE": "99", **given, **env},
                stdout=log, stderr=log, pass_fds=[fd for fd, _ in fds])
        return wait_for(lambda: self.take() and any("READY" in m for m in self.messages))

    def crash(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE)


def write(*lines):
    with open(CONF, "w", encoding="ascii") as f:
        f.write("".join(line + "\n" for line in lines))


def log_has(text):
    with open(LOG, encoding="utf-8", errors="replace") as f:
        return text in f.read()


def refused(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return False
    except ConnectionRefusedError:
        return True


def says(c, word):
    c.send(word)
    return wait_for(lambda: c.pump() or word in c.buffer)


p = [free_port() for _ in range(4)]
path = os.path.join(TMP, "a:b.sock")  # a colon would part two names
entries = [f"127.0.0.1:{p[0]} stream tcp4 nowait {SOMEBODY} /bin/cat", f"127.0.0.1:{p[1]} stream tcp4 wait {SOMEBODY} /bin/cat",
           f"'{path}' on protocol = unix, exec = /bin/cat, user = {SOMEBODY};",
           f"127.0.0.1:{p[2]} dgram udp4 nowait {SOMEBODY} internal echo"]
tcp, waits = f"doorward/tcp/127.0.0.1_{p[0]}", f"doorward/tcp/127.0.0.1_{p[1]}"
unix, udp = "doorward/unix/" + path.replace(":", "_"), f"doorward/udp/127.0.0.1_{p[2]}"

write(*entries)
m = Manager()
ok(m.start(), "it starts")
ok(m.has([tcp, waits, unix, udp]), "each socket is stored under the name of its endpoint", sorted(m.store))
ok(all(x.get("FDPOLL") == "0" for x in m.messages if "FDSTORE" in x), "and is not to be polled")
same([len(fds) for fds in m.store.values()], [1] * 4, "once")
ok(says(Client(p[0]), b"before"), "a client")

m.process.send_signal(signal.SIGSTOP)  # it takes nobody any more
backlog = [Client(p[0]), Client(0, path=path)]
m.crash()
backlog += [Client(p[0]), Client(0, path=path)]  # while there is nobody
ok(m.start(), "after kill -9 the next one starts")
ok(all(says(c, b"hello") for c in backlog), "and serves who waited in the backlogs")
ok(says(Client(p[0]), b"new"), "and who comes")
ok(m.has([tcp, waits, unix, udp]), "the store is as it was", sorted(m.store))
ok(not any("FDSTORE" in x for x in m.messages), "nothing is stored twice", m.messages)

write(*entries[:3])
m.process.send_signal(signal.SIGHUP)
ok(m.has([tcp, waits, unix]), "who leaves the configuration leaves the store")
m.crash()
write(entries[0])
ok(m.start(), "another configuration after the next crash")
ok(m.has([tcp]), "what no entry wants is removed", sorted(m.store))
ok(wait_for(lambda: refused(p[1])), "and closed")
ok(not log_has("no entry wants"), "nobody has to do anything about it")
write(entries[0], f"127.0.0.1:{p[3]} stream tcp4 nowait {SOMEBODY} /bin/cat")
m.process.send_signal(signal.SIGHUP)
ok(m.has([tcp, f"doorward/tcp/127.0.0.1_{p[3]}"]), "a new one is stored")
same(m.stop(), 0, "TERM ends it")
m.take()
same(sorted(m.store), sorted([tcp, f"doorward/tcp/127.0.0.1_{p[3]}"]), "what systemd has is left to it: for a restart")

m.messages.clear()
for fds in m.store.values():
    for fd in fds:
        os.close(fd)
m.store.clear()
ok(m.start(FDSTORE="0"), "a manager without a store")
same(m.stop(), 0, "it ends")
m.take()
ok(not m.store, "is not bothered")
harness.done()
