#!/usr/bin/env python3
# run.py -- measure doorward, the floor and every other server that can be had, side by side
"""Usage: run.py [--quick] [options]; the programs load, floor and handler are in --bin, doorward is
the environment's DOORWARD. As root everything runs in namespaces of its own (network, processes,
mounts), so nothing of it meets the machine's servers and nothing of it stays."""

import argparse
import fcntl
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import report  # noqa: E402
import servers  # noqa: E402
from servers import Service, Unable  # noqa: E402

PORT = 10001
ECHO_PORT = 7
SOURCES = 250  # addresses that the held handlers are spread over
FULL = {"ms": 3000, "rounds": 5, "clients": (1, 16, 256), "sizes": (1, 900, 4000, 10000),
        "size_rounds": 3, "live": (1000, 10000), "live_rounds": 3, "limit": 5400,
        "skip": {}}
QUICK = {"ms": 400, "rounds": 2, "clients": (1, 16, 256), "sizes": (1, 900, 10000),
         "size_rounds": 1, "live": (1000,), "live_rounds": 1, "limit": 180,
         "skip": {"live": ("inetutils-inetd",), "reload": ("openbsd-inetd", "xinetd")}}


class Bench:
    """The running benchmark: tools, the plan, and the results as case -> server -> rounds."""

    def __init__(self, tools, plan, work, wanted):
        self.tools, self.plan, self.work = tools, plan, work
        self.results = {}
        self.notes = []
        everyone = [make(tools) for make in servers.SERVERS]
        self.servers = [s for s in everyone if s.program() and (not wanted or s.name in wanted)]

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)
            print(f"  note: {text}", file=sys.stderr, flush=True)

    def record(self, case, server, **values):
        self.results.setdefault(case, {}).setdefault(server, []).append(values)

    def load(self, port, mode="line", clients=1, ms=None, **options):
        """Run the load generator to its end, return its line as a dictionary."""
        ms = ms or self.plan["ms"]
        return result_of(self.start_load(port, mode, clients, ms, **options), ms)

    def load_twice(self, port, mode, clients):
        """Half of the clients each in two generators: one alone is slower than the server."""
        ms = self.plan["ms"]
        halves = [self.start_load(port, mode, clients // 2, ms) for _ in range(2)]
        first, second = [result_of(half, ms) for half in halves]
        summed = {key: first[key] + second[key] for key in first}
        slower = {key: max(first[key], second[key])
                  for key in ("seconds", "p50", "p99", "p999", "max")}
        return {**summed, **slower}

    def start_load(self, port, mode, clients, ms, **options):
        return subprocess.Popen(self.load_command(port, mode, clients, ms, options),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def load_command(self, port, mode, clients, ms, options):
        command = [self.tools["load"], "-m", mode, "-c", clients, "-t", ms]
        for name, value in options.items():
            command += [f"-{name}", value]
        return [str(word) for word in command + [port]]

    def in_turn(self, case, round_number, services):
        """The servers that can serve these, another one first in each round."""
        skip = self.plan["skip"].get(case.split("/")[0], ())
        able = [s for s in self.servers if s.can(services) and s.name not in skip]
        shift = round_number % len(able) if able else 0
        return able[shift:] + able[:shift]

    def each(self, case, rounds, services, work, takes_part=lambda server: True):
        """Start every server that takes part in turn; work(server, seconds to start) measures it."""
        for number in range(rounds):
            for server in filter(takes_part, self.in_turn(case, number, services)):
                print(f"{case}: round {number + 1}/{rounds}: {server.name}", file=sys.stderr,
                      flush=True)
                try:
                    seconds = server.start(services, self.work)
                    work(server, seconds)
                except (Unable, OSError, subprocess.TimeoutExpired) as why:
                    self.note(f"{case}: {server.name}: {why}")
                finally:
                    server.stop()


def result_of(load, ms):
    """Wait for a load generator's end and return its line."""
    try:
        out, err = load.communicate(timeout=ms / 1000 + 30)
    except subprocess.TimeoutExpired:
        load.kill()
        raise
    if load.returncode != 0:
        raise Unable(err.strip() or "load failed")
    return parse_line(out)


def parse_line(text):
    return {key: float(value) for key, value in
            (word.split("=", 1) for word in text.split() if "=" in word)}


def case_hot(bench):
    """One service, 1, 16 and 256 clients."""
    def work(server, seconds):
        private, pss = servers.memory(server.pid)
        bench.record("start/1", server.name, seconds=seconds)
        bench.record("memory/idle/1", server.name, private=private, pss=pss)
        bench.load(PORT, clients=16, ms=200)
        for clients in bench.plan["clients"]:
            result = bench.load(PORT, clients=clients)
            bench.record(f"hot/{clients}", server.name, **result)
        private, pss = servers.memory(server.pid)
        bench.record("memory/after-load/1", server.name, private=private, pss=pss)

    bench.each("hot", bench.plan["rounds"], [Service(PORT)], work)


def case_services(bench):
    """Many services: one client on the last, 16 clients on all in turn."""
    def measure(server, n, size):
        bench.load(PORT + n - 1, clients=16, ms=200)
        last = bench.load(PORT + n - 1)
        every = bench.load(PORT, clients=16, P=n, s="127.1.0.1", S=1000)
        bench.record(f"services/{size}/last", server.name, **last)
        bench.record(f"services/{size}/all", server.name, **every)

    for size in bench.plan["sizes"]:
        def work(server, seconds, size=size):
            private, pss = servers.memory(server.pid)
            if size > 1:
                bench.record(f"start/{size}", server.name, seconds=seconds)
                bench.record(f"memory/idle/{size}", server.name, private=private, pss=pss)
            measure(server, size, size)

        services = [Service(PORT + i) for i in range(size)]
        for number in range(bench.plan["size_rounds"]):
            if size > 1:  # the floor of this round
                floor_of_round(bench, lambda s, size=size: measure(s, 1, size))
            bench.each(f"services/{size} ({number + 1})", 1, services, work)


def floor_of_round(bench, work):
    for floor in [s for s in bench.servers if s.name == "floor"]:
        try:
            floor.start([Service(PORT)], bench.work)
            work(floor)
        except Unable as why:
            bench.note(f"floor: {why}")
        finally:
            floor.stop()


def hold(bench, port, count):
    """A load that keeps `count` handlers alive; returns it and its first line."""
    command = bench.load_command(port, "hold", count, 120000,
                                 {"T": 60, "s": "127.1.0.1", "S": SOURCES})
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return holder, parse_line(holder.stdout.readline())


def release(holder):
    """Let go; returns the time, and how many of the held connections had ended before."""
    begun = time.monotonic()
    holder.stdin.close()
    lost = parse_line(holder.stdout.readline()).get("lost", -1)
    holder.stdout.close()
    holder.wait(30)
    return begun, lost


def await_reaped(pid, left, begun):
    while time.monotonic() < begun + 60:
        if len(servers.children(pid)) <= left:
            return time.monotonic() - begun
        time.sleep(0.01)
    raise Unable("handlers were not reaped within 60 s")


def case_live(bench):
    """Idle live handlers, then new connections; then all of them end at once."""
    for count in bench.plan["live"]:
        def work(server, _, count=count):
            line = PORT + 1
            own = len(servers.children(server.pid))
            bench.load(line, ms=200)
            before = bench.load(line)
            holder, _ = hold(bench, PORT, SOURCES)  # a server's table of sources is not counted
            begun, _ = release(holder)
            await_reaped(server.pid, own, begun)
            private_before, _ = servers.memory(server.pid)
            holder, held = hold(bench, PORT, count)
            private, pss = servers.memory(server.pid, own + count)
            bench.load(line, ms=1000)  # the machine settles
            after = bench.load(line)
            begun, lost = release(holder)
            seconds = await_reaped(server.pid, own, begun)
            holder, again = hold(bench, PORT, count)
            _, lost_again = release(holder)
            missing = 2 * count - held["done"] - again["done"] + lost + lost_again
            bench.record(f"live/{count}/before", server.name, **before)
            bench.record(f"live/{count}/after", server.name, **after)
            bench.record(f"live/{count}/reap", server.name, seconds=seconds, missing=missing,
                         rate=held["rate"])
            bench.record(f"memory/live/{count}", server.name, private=private, pss=pss,
                         per_handler=(private - private_before) * 1024 / (count - SOURCES))

        bench.each(f"live/{count}", bench.plan["live_rounds"],
                   [Service(PORT, "hold", limit=f"/{count}"), Service(PORT + 1)], work)


def case_reject(bench):
    """Refusals by source: at its concurrent handlers, and at its starts."""
    def by_number(server, _):
        command = bench.load_command(PORT, "hold", 1, 60000, {})
        holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        parse_line(holder.stdout.readline())
        result = bench.load_twice(PORT, "reject", 16)
        release(holder)
        bench.record("reject/source_max", server.name, **result)

    def by_rate(server, _):
        bench.load(PORT, n=1)
        bench.record("reject/ip_max", server.name, **bench.load_twice(PORT, "reject", 16))

    rounds = bench.plan["size_rounds"]
    bench.each("reject/source_max", rounds, [Service(PORT, "hold", per_source=1)], by_number)
    bench.each("reject/ip_max", rounds, [Service(PORT, limit="/0/1")], by_rate,
               lambda s: s.name == "doorward")


def case_udp(bench):
    """udp nowait: one handler for each peer."""
    def work(server, _):
        for clients in (1, 16):
            result = bench.load(PORT, "udp", clients=clients)
            bench.record(f"udp/{clients}", server.name, **result)

    bench.each("udp", bench.plan["size_rounds"], [Service(PORT, kind="dgram"), Service(PORT)], work)


def case_echo(bench):
    """The builtin echo, stream and datagram."""
    def work(server, _):
        bench.record("echo/udp", server.name, **bench.load(ECHO_PORT, "udp-echo", clients=16))
        bench.record("echo/tcp", server.name, **bench.load(ECHO_PORT, "echo", clients=16))

    if os.geteuid() != 0:
        bench.note("echo: left out, its port is root's")
        return
    bench.each("echo", bench.plan["size_rounds"],
               [Service(ECHO_PORT, kind="dgram", builtin="echo"),
                Service(ECHO_PORT, builtin="echo")], work)


def on_cpu(pid):
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def await_line(server, start, patience):
    """Seconds until the log past byte `start` has the server's reload line, or None."""
    begun = time.monotonic()
    while time.monotonic() < begun + patience:
        with open(server.log, "rb") as log:
            log.seek(start)
            if server.reload_line.search(log.read()):
                return time.monotonic() - begun
        time.sleep(0.001)
    return None


def case_reload(bench):
    """HUP with the same services, while one client connects without a pause."""
    size = bench.plan["sizes"][-1]

    def work(server, _):
        last = PORT + size - 1
        quiet = bench.load(last, ms=2000)
        loader = subprocess.Popen(bench.load_command(last, "line", 1, 4000, {}),
                                  stdout=subprocess.PIPE, text=True)
        time.sleep(0.5)
        start, cpu = server.log.stat().st_size, on_cpu(server.pid)
        os.kill(server.pid, signal.SIGHUP)
        seconds = await_line(server, start, 10) if server.reload_line else None
        cpu = on_cpu(server.pid) - cpu
        out, _ = loader.communicate(timeout=60)
        during = parse_line(out)
        bench.record("reload", server.name, seconds=seconds, cpu=cpu if seconds else None,
                     quiet=quiet["max"], longest=during["max"], errors=during["errors"])

    bench.each("reload", bench.plan["size_rounds"], [Service(PORT + i) for i in range(size)], work,
               lambda s: s.one_process and s.name != "systemd-socket-activate")


CASES = {"hot": case_hot, "services": case_services, "live": case_live, "reject": case_reject,
         "udp": case_udp, "echo": case_echo, "reload": case_reload}


def own_world():
    """In new namespaces: the loopback up, /run our own."""
    with socket.socket() as s:
        request = struct.pack("16sh14s", b"lo", 1, b"")  # IFF_UP
        fcntl.ioctl(s, 0x8914, request)  # SIOCSIFFLAGS
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=False)


def enter_namespaces():
    """Start again in namespaces of our own; a shell stays as the process that reaps orphans."""
    if os.geteuid() != 0 or os.environ.get("BENCH_INSIDE") or not shutil.which("unshare"):
        return
    probe = ["unshare", "-nmp", "--fork", "--mount-proc", "--kill-child"]
    if subprocess.run([*probe, "true"], check=False, capture_output=True).returncode != 0:
        return
    os.environ["BENCH_INSIDE"] = "yes"
    sys.stdout.flush()
    os.execvp("unshare", [*probe, "sh", "-c", '"$@"; exit $?', "sh", sys.executable, __file__,
                          *sys.argv[1:]])


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under two minutes")
    parser.add_argument("--bin", default=".", help="where load, floor and handler are")
    parser.add_argument("--out", help="folder for the table and the plot")
    parser.add_argument("--json", help="file for every single result")
    parser.add_argument("--only", default="", help=f"of {','.join(CASES)}")
    parser.add_argument("--servers", default="", help="names, separated by commas")
    parser.add_argument("--rounds", type=int, help="of every case")
    parser.add_argument("--cache", help="where the other servers are unpacked",
                        default=os.environ.get("BENCH_CACHE") or os.path.join(
                            os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
                            "doorward-bench"))
    parser.add_argument("--no-fetch", action="store_true", help="fetch nothing")
    return parser.parse_args()


def find_tools(args, work):
    tools = {"cache": pathlib.Path(args.cache), "doorward": None}
    for name in ("load", "floor", "handler"):
        path = pathlib.Path(args.bin).resolve() / name
        if not os.access(path, os.X_OK):
            sys.exit(f"run.py: {path} is missing: build it first")
        tools[name] = work / name
        shutil.copy(path, tools[name])  # where any user may run it
        tools[name].chmod(0o755)
    doorward = os.environ.get("DOORWARD", "")
    if doorward and os.access(doorward, os.X_OK):
        tools["doorward"] = work / "doorward"
        shutil.copy(doorward, tools["doorward"])
    else:
        print("run.py: DOORWARD names no program, measuring without it", file=sys.stderr)
    return tools


def run(args, plan, work):
    bench = Bench(find_tools(args, work), plan, work, [n for n in args.servers.split(",") if n])
    begun = time.time()
    only = [name for name in args.only.split(",") if name]
    unknown = [name for name in only if name not in CASES]
    if unknown:
        sys.exit(f"run.py: no such case: {', '.join(unknown)}")
    try:
        for name, case in CASES.items():
            if not only or name in only:
                case(bench)
    except TimeoutError:
        bench.note(f"stopped at the limit of {plan['limit']} s: what follows is not there")
    summary = report.Report(bench, args.quick, begun)
    print(summary.markdown())
    if args.out:
        summary.write(pathlib.Path(args.out))
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps(bench.results, indent=1) + "\n")


def out_of_time(_signal, _frame):
    raise TimeoutError


def main():
    args = options()
    if not args.no_fetch and not os.environ.get("BENCH_INSIDE"):
        subprocess.run([str(HERE / "peers.sh"), args.cache], check=False, timeout=1800)
    enter_namespaces()
    if os.environ.get("BENCH_INSIDE"):
        own_world()
    servers.raise_limits()
    plan = dict(QUICK if args.quick else FULL)
    if args.rounds:
        plan.update(rounds=args.rounds, size_rounds=args.rounds, live_rounds=args.rounds)
    signal.signal(signal.SIGALRM, out_of_time)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.alarm(plan["limit"])
    work = pathlib.Path(tempfile.mkdtemp(prefix="doorward-bench-"))
    work.chmod(0o755)
    try:
        run(args, plan, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
