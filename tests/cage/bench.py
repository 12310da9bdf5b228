#!/usr/bin/env python3
"""cage/bench.py -- what a cage costs: starts a second and p99 of each preset, and of bubblewrap, in turns

bench.py [ROUNDS]: 16 clients, 400 connections a turn. Run as root on a quiet machine; DOORWARD names the daemon.
"""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.environ.get("abs_top_builddir", "build")
DOORWARD = os.environ.get("DOORWARD", BUILD + "/src/doorward")
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
CLIENTS, CONNECTIONS = 16, 400
USER = "nobody" if os.geteuid() == 0 else "-"
BWRAP = ("bwrap --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --ro-bind /etc /etc "
         "--tmpfs /tmp --proc /proc --dev /dev --unshare-all --die-with-parent /bin/true")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def services():
    rows = [(p, f"exec = /bin/true, sandbox = {p}") for p in ("none", "basic", "strict", "jail")]
    path = shutil.which("bwrap")
    if path:
        rows.append(("bubblewrap", f"exec = {path}, args = {BWRAP}"))
    return [(name, free_port(), keys) for name, keys in rows]


def turn(port):
    """Seconds for all, and of each, from connect to the end of the handler's connection."""
    each, lock = [], threading.Lock()

    def client(count):
        mine = []
        for _ in range(count):
            begin = time.monotonic()
            with socket.create_connection(("127.0.0.1", port)) as s:
                while s.recv(100):
                    pass
            mine.append(time.monotonic() - begin)
        with lock:
            each.extend(mine)

    threads = [threading.Thread(target=client, args=(CONNECTIONS // CLIENTS,)) for _ in range(CLIENTS)]
    begin = time.monotonic()
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return time.monotonic() - begin, each


def main():
    rows = services()
    with tempfile.TemporaryDirectory() as folder:
        conf = folder + "/conf"
        with open(conf, "w") as f:
            for _, port, keys in rows:
                f.write(f"127.0.0.1:{port} on protocol = tcp4, user = {USER}, accept_max = 0, {keys};\n")
        with subprocess.Popen([DOORWARD, "-f", "--control=", "-p", conf], stderr=subprocess.DEVNULL) as daemon:
            try:
                time.sleep(1)
                total = {name: [0.0, []] for name, _, _ in rows}
                for _ in range(ROUNDS):
                    for name, port, _ in rows:
                        seconds, each = turn(port)
                        total[name][0] += seconds
                        total[name][1] += each
            finally:
                daemon.terminate()
    base = None
    print(f"{'':12} {'starts/s':>9} {'of none':>8} {'p50 ms':>7} {'p99 ms':>7}")
    for name, (seconds, each) in total.items():
        each.sort()
        rate = len(each) / seconds
        base = base or rate
        print(f"{name:12} {rate:9.0f} {rate / base:8.2f} {each[len(each) // 2] * 1e3:7.1f} {each[len(each) * 99 // 100] * 1e3:7.1f}")


if __name__ == "__main__":
    main()
