"""sweep.py -- any system call of the master, a starter or a helper fails, once or from then on: no service is lost

usage: [SWEEP=CASES] sweep.py [--all] [SEED]

What may fail is what a traced run calls. `make check` takes a sample, whose seed is printed; --all takes an hour.
"""
import collections
import concurrent.futures
import errno
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import hostile as h  # noqa: E402

CTL = os.path.join(h.harness.BUILD, "src/doorwardctl")
SAMPLE, WORKERS = int(os.environ.get("SWEEP", "8")), 4
IN_FAULT = 0.6  # seconds that it lasts

# These do not fail, or nobody could go on without them.
NEVER = set("""exit exit_group execve rt_sigreturn rt_sigprocmask rt_sigaction munmap mprotect arch_prctl set_tid_address
set_robust_list rseq getpid gettid getuid geteuid getgid getegid getppid getpgrp umask restart_syscall clock_gettime close
futex alarm sigaltstack brk sched_yield vfork""".split())
FDS = "openat open socket socketpair accept accept4 pipe2 epoll_create1 dup dup2 dup3 fcntl".split()
WAITS = "pselect6 epoll_wait poll wait4 waitid rt_sigtimedwait".split()
DATA = "read write recvmsg recvfrom sendmsg sendto pread64 pwrite64 writev".split()


def errors(call):
    if call in FDS:
        return errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EPERM
    if call in WAITS:
        return errno.EINTR, errno.ENOMEM
    if call in DATA:
        return errno.EIO, errno.EAGAIN, errno.ENOMEM, errno.EINTR, errno.EPERM
    if call.startswith("clone") or call == "fork":
        return errno.EAGAIN, errno.ENOMEM
    return errno.EPERM, errno.ENOMEM


class Life:
    """A daemon with a service of each kind."""

    def __init__(self, prefix=()):
        self.port = [h.free_port() for _ in range(6)]
        self.path = os.path.join(h.harness.TMP, f"sock{self.port[0]}")
        nobody = h.SOMEBODY
        taker = h.script(f"taker{self.port[0]}", f'exec {h.PYTHON} -c "import socket; '
                         "c = socket.socket(fileno=0).accept()[0]; c.sendall(b'x')\"\n")
        p = self.port
        self.conf = (f"127.0.0.1:{p[0]} stream tcp4 nowait {nobody} /bin/echo echo x\n"
                     f"127.0.0.1:{p[1]} stream tcp4 wait {nobody} {taker} taker\n"
                     f"127.0.0.1:{p[2]} dgram udp4 nowait {nobody} /bin/dd dd bs=100 count=1 status=none\n"
                     f"127.0.0.1:{p[3]} dgram udp4 wait {nobody} internal echo\n"
                     f"127.0.0.1:{p[4]} stream tcp4 nowait {nobody} internal daytime\n"
                     f"127.0.0.1:{p[5]} on protocol = tcp4, user = {nobody}, exec = /bin/sh, stderr = log, linger = 1s,"
                     " args = sh -c 'echo said >&2; echo x';\n"
                     f"{self.path} stream unix nowait {nobody} /bin/echo echo x\n")
        self.control = self.path + ".ctl"
        self.d = h.Daemon(self.conf, "-l", "--control=" + self.control, prefix=prefix)

    def stream(self, to, patience):
        try:
            with socket.socket(socket.AF_UNIX if isinstance(to, str) else socket.AF_INET) as s:
                s.settimeout(patience)
                s.connect(to)
                return s.recv(100) != b""
        except OSError:
            return False

    def datagram(self, port, patience):
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.settimeout(patience)
                s.sendto(b"x\n", ("127.0.0.1", port))
                return s.recv(100) != b""
        except OSError:
            return False

    def kinds(self):
        p = self.port
        for n in (0, 1, 4, 5):
            yield f"port {n}", lambda s, n=n: self.stream(("127.0.0.1", p[n]), s)
        for n in (2, 3):
            yield f"port {n}", lambda s, n=n: self.datagram(p[n], s)
        yield "unix", lambda s: self.stream(self.path, s)

    def live(self, patience):
        """All that it can be asked for, at once; whoever fails may."""
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            pool.map(lambda kind: kind[1](patience), self.kinds())
            os.kill(self.d.pid, signal.SIGHUP)
            # "timeout": a master whose pselect(2) fails for ever has no time for questions.
            subprocess.run(["timeout", str(patience), CTL, "-s", self.control, "status"], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)

    def lost(self):
        """Which services do not come back?"""
        return [name for name, ask in self.kinds() if not h.wait_for(lambda ask=ask: ask(1), 8)]

    def process(self, who):
        if who == "master":
            return self.d.pid
        found = [p for p in self.d.child_pids() if h.harness.comm(p) == who]
        return found[0] if found else None

    def close(self):
        self.d.__exit__()


def strace(pid, *options):
    """Attached, and at work."""
    p = subprocess.Popen(["strace", "-p", str(pid), *options], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    h.children.append(p)
    p.stderr.readline()  # "Process N attached"
    return p


def detach(p):
    p.terminate()
    p.communicate()


def traced(who):
    """How often a run calls what."""
    trace = os.path.join(h.harness.TMP, f"trace-{who}")
    life = Life(("strace", "-D", "-qq", "-o", trace) if who == "start" else ())
    if who != "start":
        life.live(2)
        if not life.process(who):  # a build without starters
            life.close()
            return {}
        tracer = strace(life.process(who), "-o", trace)
        life.live(2)
        time.sleep(0.3)
        detach(tracer)
    life.d.process.terminate()
    life.d.process.wait(h.DEADLINE)
    life.close()
    with open(trace, encoding="utf-8", errors="replace") as f:
        return collections.Counter(re.findall(r"^(\w+)\(", f.read(), re.M))


def cases(everything, rng):
    found = []
    for who in ("start", "master", "doorward-start", "doorward-help"):
        for call, count in sorted(traced(who).items()):
            if call in NEVER:
                continue
            for error in errors(call):
                nths = range(1, min(count, 40) + 1) if everything else [rng.randint(1, min(count, 40))]
                found += [(who, call, error, nth, on) for nth in nths for on in ("", "+")]
    return found if everything else rng.sample(found, min(SAMPLE, len(found)))


def judge_running(life, who):
    pid = life.d.pid
    if life.d.process.poll() is not None:
        return f"it has ended: {life.d.process.returncode}"
    lost = life.lost()
    if lost:
        return f"not served any more: {lost}"
    os.kill(pid, signal.SIGTERM)
    try:
        status = life.d.process.wait(h.DEADLINE)
    except subprocess.TimeoutExpired:
        return "TERM does not end it"
    return "" if status == 0 else f"TERM: {status}"


def try_running(who, inject):
    life = Life()
    try:
        if who == "doorward-help":
            life.live(2)  # there is one from the first question on
        pid = life.process(who)
        if not pid:
            return ""
        before, began = life.d.cpu(), time.monotonic()
        tracer = strace(pid, "-o", "/dev/null", "-e", inject)
        life.live(IN_FAULT)
        time.sleep(IN_FAULT)
        used = life.d.cpu() - before
        detach(tracer)
        wrong = judge_running(life, who)
        if os.strerror(errno.ENOSYS) in life.d.text():
            return ""  # strace has left in the middle of a call
        if not wrong and used > 0.5 * (time.monotonic() - began):
            wrong = f"it spins: {used:.1f} s of the processor"
        return wrong and wrong + "\n" + life.d.text()
    finally:
        life.close()


def try_start(inject):
    try:
        life = Life(("strace", "-D", "-I2", "-qq", "-o", "/dev/null", "-e", inject))
    except RuntimeError as e:
        said = str(e).split("\n", 1)[1]
        return "" if said.strip() else "it did not start, without a word"
    try:
        for line in subprocess.run(["pgrep", "-f", f"strace -D -I2 .*{re.escape(life.d.conf)}"], capture_output=True, text=True,
                                   check=False).stdout.split():
            h.kill(int(line), signal.SIGTERM)
        wrong = judge_running(life, "start")
        if os.strerror(errno.ENOSYS) in life.d.text():
            return ""  # as above
        return wrong and wrong + "\n" + life.d.text()
    finally:
        life.close()


def attempt(case):
    who, call, error, nth, on = case
    inject = f"inject={call}:error={errno.errorcode[error]}:when={nth}{on}"
    what = f"{who}: {inject}"
    try:
        return what, try_start(inject) if who == "start" else try_running(who, inject)
    except Exception as e:  # pylint: disable=broad-except
        return what, f"the test failed: {e!r}"


def main():
    if subprocess.run(["sh", "-c", "strace -qq -o /dev/null -e inject=getppid:error=EPERM true"],
                      stderr=subprocess.DEVNULL, check=False).returncode or h.SANITIZED:
        h.skip_all("strace may not trace here, or the build has calls of its own")
    words = [w for w in sys.argv[1:] if w != "--all"]
    seed = int(words[0]) if words else random.randrange(1 << 32)
    rng = random.Random(seed)
    todo = cases("--all" in sys.argv, rng)
    h.note(f"{len(todo)} cases, seed {seed}")
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for what, wrong in pool.map(attempt, todo):
            h.ok(not wrong, what, *wrong.split("\n")[:30])
    h.done()


main()
