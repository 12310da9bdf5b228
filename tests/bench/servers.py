# servers.py -- the servers of the benchmark: how each is configured, started, watched and stopped
"""Each server is a class with a few facts and one function that says which commands to run."""

import os
import pathlib
import pwd
import re
import resource
import shutil
import signal
import socket
import subprocess
import time

ADDRESS = "127.0.0.1"
NO_LIMIT = "1000000000"  # starts a minute, for inetds that know no word for none
STARTUP_LIMIT = 60.0  # seconds until the last port must answer
USER = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


class Unable(Exception):
    """This server cannot do what the case needs; the message says why."""


class Service:
    """One line of configuration. `limit` is doorward's classic one, per_source xinetd's."""

    def __init__(self, port, *args, kind="stream", limit="", per_source=0, builtin=""):
        self.port, self.args, self.kind = port, args, kind
        self.limit, self.per_source, self.builtin = limit, per_source, builtin


class Server:
    name = "?"
    most_services = 10000
    kinds = ("stream",)  # of services: stream, dgram
    builtins = False
    source_limits = False
    one_process = True  # for all services
    reload_line = None  # what the log says when a reload is done

    def __init__(self, tools):
        self.tools = tools  # paths: load, floor, handler, doorward, cache
        self.work = None
        self.processes = []
        self.pid = None  # of the master
        self.ports = []
        self.log = None

    # What a server overrides.
    def program(self):
        """Path of the program, None if it is not here."""
        return None

    def version(self):
        return ""

    def commands(self, services):
        """Write the configuration of `services` to self.work, return the commands to run."""
        raise NotImplementedError

    def master(self):
        """The process to measure and to signal."""
        return self.processes[0].pid

    # What they have in common.
    def can(self, services):
        kinds_known = all(s.kind in self.kinds for s in services)
        limits_known = self.source_limits or not any(s.per_source for s in services)
        builtins_known = self.builtins or not any(s.builtin for s in services)
        return (len(services) <= self.most_services and kinds_known and limits_known
                and builtins_known)

    def environment(self):
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C"}
        libraries = list(self.tools["cache"].glob("root/usr/lib/*-linux-*"))
        libraries += list(self.tools["cache"].glob("root/lib/*-linux-*"))
        if str(self.program()).startswith(str(self.tools["cache"])) and libraries:
            env["LD_LIBRARY_PATH"] = ":".join(map(str, libraries))
        return env

    def start(self, services, work):
        """Start and wait until the last service answers; returns the seconds that took."""
        self.work = pathlib.Path(work) / f"{self.name}-{time.monotonic_ns()}"
        self.work.mkdir(mode=0o755)
        self.log = self.work / "log"
        self.processes = []
        commands = self.commands(services)
        begun = time.monotonic()
        with open(self.log, "ab") as log:
            for command in commands:
                self.processes.append(subprocess.Popen(
                    [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log,
                    stderr=log, env=self.environment(), cwd="/", start_new_session=True))
        try:
            streams = [s for s in services if s.kind == "stream"] or services
            self.await_port(streams[-1], begun)
            seconds = time.monotonic() - begun
            self.await_port(streams[0], begun)
            if self.one_process and self.dead():
                raise Unable(f"ended at start: {self.last_words()}")
            self.pid = self.master()
            self.ports = [streams[0].port, streams[-1].port]
        except Unable:
            self.stop()
            raise
        return seconds

    def await_port(self, service, begun):
        if service.kind != "stream":
            time.sleep(0.2)
            return
        while time.monotonic() < begun + STARTUP_LIMIT:
            with socket.socket() as s:
                s.settimeout(5)
                try:
                    s.connect((ADDRESS, service.port))
                    return
                except OSError:
                    pass
            if self.one_process and self.dead():
                raise Unable(f"ended at start: {self.last_words()}")
            time.sleep(0.0005)
        raise Unable(f"port {service.port} did not open")

    def await_closed(self):
        """A child that has not come to its exec yet holds the listeners still."""
        end = time.monotonic() + 10.0
        while time.monotonic() < end and any(map(is_open, self.ports)):
            time.sleep(0.01)

    def dead(self):
        return any(p.poll() is not None for p in self.processes)

    def last_words(self):
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1][:200] if lines else "no message"

    def stop(self):
        """TERM, then KILL; nothing of it stays."""
        pids = {p.pid for p in self.processes}
        if self.pid:
            pids.add(self.pid)
        for pid in pids:
            for child in children(pid):
                send(child, signal.SIGKILL)
        for sig, patience in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 10.0)):
            for pid in pids:
                if alive(pid):
                    send(pid, sig)
            end = time.monotonic() + patience
            while time.monotonic() < end and any(alive(pid) for pid in pids):
                for p in self.processes:
                    p.poll()
                time.sleep(0.005)
        self.await_closed()
        self.pid, self.processes, self.ports = None, [], []
        if self.work:
            shutil.rmtree(self.work, ignore_errors=True)


def is_open(port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex((ADDRESS, port)) == 0


def send(pid, sig):
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        pass


def children(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def alive(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def memory(pid, own=0):
    """Private and proportional memory in KiB, when no child but `own` shares the pages."""
    end = time.monotonic() + 2.0
    while time.monotonic() < end and len(children(pid)) > own:
        time.sleep(0.01)
    private = pss = 0
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        words = line.split()
        if words[0] in ("Private_Clean:", "Private_Dirty:", "Private_Hugetlb:"):
            private += int(words[1])
        elif words[0] == "Pss:":
            pss = int(words[1])
    return private, pss


def package_version(tools, package):
    mark = tools["cache"] / f"{package}.done"
    return mark.read_text().strip().replace("%3a", ":") if mark.exists() else ""


def from_cache(tools, path, fallback=None):
    found = tools["cache"] / "root" / path
    if found.exists():
        return found
    installed = shutil.which(fallback) if fallback else None
    return pathlib.Path(installed) if installed else None


class Floor(Server):
    name = "floor"
    one_process = False
    most_services = 2

    def program(self):
        return self.tools["floor"]

    def commands(self, services):
        return [[self.program(), ADDRESS, s.port, self.tools["handler"], *s.args]
                for s in services]


class FloorSession(Floor):
    """The same, with a session for each handler, as doorward makes them."""
    name = "floor-session"

    def commands(self, services):
        return [[self.program(), "-s", ADDRESS, s.port, self.tools["handler"], *s.args]
                for s in services]


class Doorward(Server):
    name = "doorward"
    kinds = ("stream", "dgram")
    builtins = True
    source_limits = True
    reload_line = re.compile(rb"\breload .*kept=")

    def program(self):
        return self.tools["doorward"]

    def version(self):
        out = subprocess.run([self.program(), "-V"], capture_output=True, text=True, check=False)
        return out.stdout.splitlines()[0] if out.stdout else "?"

    def line(self, s):
        protocol = "tcp4" if s.kind == "stream" else "udp4"
        limit = s.limit or (f"/0/0/{s.per_source}" if s.per_source else "")
        program = f"internal {s.builtin}" if s.builtin else \
            " ".join([str(self.tools["handler"]), "handler", *s.args])
        wait = "wait" if s.builtin and s.kind == "dgram" else "nowait"
        return f"{s.port} {s.kind} {protocol} {wait}{limit} {USER} {program}\n"

    # Every feature is on: limits by service and by source, access, environment, the log.
    def commands(self, services):
        config = self.work / "conf"
        config.write_text(".defaults allow = 127.0.0.0/8, env = BENCH=yes;\n"
                          + "".join(map(self.line, services)))
        return [[self.program(), "-f", "-l", f"--pidfile={self.work}/pid", "-a", ADDRESS,
                 "-R", "1000000", "-C", "1000000", "-c", "20000", "-s", "20000", config]]


class Tcpserver(Server):
    name = "tcpserver"
    one_process = False
    most_services = 2

    def program(self):
        return from_cache(self.tools, "usr/bin/tcpserver", "tcpserver")

    def version(self):
        return package_version(self.tools, "ucspi-tcp")

    def commands(self, services):
        entry = pwd.getpwnam(USER)
        ids = ["-u", entry.pw_uid, "-g", entry.pw_gid] if os.geteuid() == 0 else []
        return [[self.program(), "-q", "-H", "-R", "-l", "0", "-c", "20000", "-b", "4096", *ids,
                 ADDRESS, s.port, self.tools["handler"], *s.args] for s in services]


class Inetd(Server):
    """What the two classic inetds share."""

    builtins = True
    kinds = ("stream", "dgram")

    def config(self, services):
        lines = []
        for s in services:
            program = "internal" if s.builtin else \
                " ".join([str(self.tools["handler"]), "handler", *s.args])
            protocol = "tcp" if s.kind == "stream" else "udp"
            wait = "wait" if s.kind == "dgram" else "nowait"
            name = s.builtin or s.port
            lines.append(f"{ADDRESS}:{name} {s.kind} {protocol} {wait} {USER} {program}\n")
        path = self.work / "conf"
        path.write_text("".join(lines))
        return path

    def can(self, services):
        handlers = [s for s in services if not s.builtin]
        return super().can(services) and all(s.kind == "stream" for s in handlers)


class Openbsd(Inetd):
    name = "openbsd-inetd"

    def program(self):
        return from_cache(self.tools, "usr/sbin/inetd")

    def version(self):
        return package_version(self.tools, "openbsd-inetd")

    def commands(self, services):
        return [[self.program(), "-i", "-l", "-R", NO_LIMIT, "-q", "4096", self.config(services)]]


class Inetutils(Inetd):
    name = "inetutils-inetd"
    most_services = 900  # select(2) and FD_SETSIZE

    def program(self):
        return from_cache(self.tools, "usr/sbin/inetutils-inetd", "inetutils-inetd")

    def version(self):
        return package_version(self.tools, "inetutils-inetd")

    def commands(self, services):
        return [[self.program(), "-R", NO_LIMIT, f"--pidfile={self.work}/pid",
                 self.config(services)]]

    def dead(self):
        return False  # it leaves for the background

    def master(self):
        end = time.monotonic() + 5
        while time.monotonic() < end:
            try:
                return int((self.work / "pid").read_text())
            except (OSError, ValueError):
                time.sleep(0.01)
        raise Unable("no pid file")


class Xinetd(Server):
    name = "xinetd"
    kinds = ("stream", "dgram")
    builtins = True
    source_limits = True
    reload_line = re.compile(rb"Reconfigured")

    def program(self):
        return from_cache(self.tools, "usr/sbin/xinetd", "xinetd")

    def version(self):
        return package_version(self.tools, "xinetd")

    def block(self, s):
        name, kind = s.builtin or f"s{s.port}", "INTERNAL" if s.builtin else "UNLISTED"
        protocol, wait = ("tcp", "no") if s.kind == "stream" else ("udp", "yes")
        lines = [f"service {name}", "{", f" id = {name}-{s.kind}-{s.port}", f" type = {kind}",
                 f" socket_type = {s.kind}", f" protocol = {protocol}", f" wait = {wait}",
                 f" user = {USER}", f" bind = {ADDRESS}"]
        if not s.builtin:
            lines += [f" port = {s.port}", f" server = {self.tools['handler']}"]
        if s.args:
            lines.append(f" server_args = {' '.join(s.args)}")
        if s.per_source:
            lines.append(f" per_source = {s.per_source}")
        return "\n".join(lines) + "\n}\n"

    def commands(self, services):
        path = self.work / "conf"
        path.write_text("defaults\n{\n instances = UNLIMITED\n cps = 10000000 1\n"
                        f" log_type = FILE {self.log}\n}}\n" + "".join(map(self.block, services)))
        return [[self.program(), "-dontfork", "-filelog", self.log, "-f", path,
                 "-pidfile", self.work / "pid"]]

    def can(self, services):
        handlers = [s for s in services if not s.builtin]
        return super().can(services) and all(s.kind == "stream" for s in handlers)


class SocketActivate(Server):
    name = "systemd-socket-activate"

    def program(self):
        return from_cache(self.tools, "usr/bin/systemd-socket-activate",
                          "systemd-socket-activate")

    def version(self):
        out = subprocess.run([self.program(), "--version"], capture_output=True, text=True,
                             check=False)
        return out.stdout.splitlines()[0] if out.stdout else "?"

    # It has one program for all its ports.
    def can(self, services):
        return super().can(services) and len({s.args for s in services}) == 1

    def commands(self, services):
        ports = [word for s in services for word in ("-l", f"{ADDRESS}:{s.port}")]
        return [[self.program(), "--accept", "--inetd", *ports, self.tools["handler"],
                 *services[0].args]]


SERVERS = (Floor, FloorSession, Doorward, Tcpserver, Openbsd, Inetutils, Xinetd, SocketActivate)


def raise_limits():
    """As many descriptors as the system lets us have; children inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    want = 65536
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (want, max(hard, want)))
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
