"""run.py -- run one test: bound its time, and see that no process and no file outlives it.

run.py COMMAND...: what it prints is TAP. Orphans come to this process (a subreaper), so that who is
left when the test has ended is known; he is named in a test line of its own, and killed. The same for
what is left in $TMPDIR, which is the test's alone. On systems without subreapers the files only.
"""
import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import ports

LIMIT = int(os.environ.get("TEST_TIMEOUT", "300"))
GRACE = 5  # seconds for those who are about to end: their connection has just been closed
PR_SET_CHILD_SUBREAPER = 36


class Output:
    """The test's lines, passed on at once, but for the plan: it comes last, with our own lines counted."""

    def __init__(self, stream):
        self.count, self.plan, self.ended = 0, "", threading.Event()
        self.stream = stream
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        for line in self.stream:
            if re.match(r"1\.\.\d+", line):
                self.plan = line
                continue
            self.count += bool(re.match(r"(not )?ok\b", line))
            self.say(line)
        self.ended.set()

    @staticmethod
    def say(line):
        sys.stdout.write(line)
        sys.stdout.flush()

    def check(self, what, left):
        self.count += 1
        self.say("%s %d - %s\n" % ("not ok" if left else "ok", self.count, what))
        for line in left:
            self.say("# %s\n" % line)

    def finish(self, added):
        """The plan, if there was one, with `added` lines more."""
        number = re.match(r"1\.\.(\d+)", self.plan)
        if number:
            rest = self.plan[number.end():] if not added else "\n"
            self.say("1..%d%s" % (int(number.group(1)) + added, rest))


def be_subreaper():
    try:
        return ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    except (OSError, AttributeError):
        return False


def children():
    """pid and command line of those whom we have not reaped, each with its own."""
    parents, lines = {}, {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid, encoding="utf-8", errors="replace") as f:
                state, parent = f.read().rsplit(")", 1)[1].split()[:2]
            with open("/proc/%s/cmdline" % pid, encoding="utf-8", errors="replace") as f:
                lines[int(pid)] = f.read().replace("\0", " ").strip()
        except (OSError, ValueError):
            continue
        if state != "Z":
            parents[int(pid)] = int(parent)

    def ours(pid):
        while pid in parents:
            pid = parents[pid]
            if pid == os.getpid():
                return True
        return False
    return {pid: lines[pid] for pid in parents if ours(pid)}


def reap():
    """Those who have ended; False when nobody is left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    except ChildProcessError:
        return False


def left_over(seconds):
    """Who is there still after these seconds; they are killed."""
    end, left = time.monotonic() + seconds, {}
    while reap():
        if time.monotonic() > end:
            now = children()
            left.update(now)
            for pid in now:
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass
        time.sleep(0.01)
    return ["%d %s" % one for one in sorted(left.items())]


def await_end(test):
    """Its status; orphans are reaped meanwhile, so that nobody takes them for alive."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == test.pid:
            return os.waitstatus_to_exitcode(status)


def end_group(leader, late):
    """It is too late: TERM for the test and what it keeps in its group, then KILL."""
    late.set()
    for signo in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(leader, signo)
        except OSError:
            return
        time.sleep(10)


def finish(output, status, folder, reaps):
    """The lines about what is left, the plan, and the exit status."""
    left = left_over(GRACE) if reaps else []
    output.ended.wait(GRACE)
    files = os.listdir(folder)
    skipped = re.match(r"1\.\.0", output.plan)
    added = 0
    for what, names in (("no process is left behind", left), ("no file is left behind", files)):
        if names or not skipped:
            output.check(what, names)
            added += 1
    output.finish(added)
    return status or int(bool(left or files))


def raise_exit(*_):
    sys.exit(1)


def main():
    signal.signal(signal.SIGTERM, raise_exit)
    reaps = be_subreaper()
    folder = tempfile.mkdtemp(prefix="dw.")
    os.chmod(folder, 0o1777)  # handlers may be anybody's
    _holder, own_ports = ports.claim()
    began, late = time.monotonic(), threading.Event()
    # python3 in the PATH may be a wrapper that takes three times as long to start as this one.
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    env = {**os.environ, "TMPDIR": folder, "PORTS": own_ports, "PATH": path}
    # pylint: disable=subprocess-popen-preexec-fn
    test = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True, errors="replace",
                            preexec_fn=os.setpgrp, env=env)
    threading.Thread(target=lambda: late.wait(LIMIT) or end_group(test.pid, late), daemon=True).start()
    output = Output(test.stdout)
    try:
        status = await_end(test)
        if late.is_set():
            print("Bail out! no end after %d seconds" % LIMIT, flush=True)
            sys.exit(1)
        if status == 77:
            output.plan, status = "1..0 # SKIP exit 77\n", 0
        status = finish(output, status, folder, reaps)
        used = os.times()
        print("# %.1f s, %.1f s of CPU" % (time.monotonic() - began, used.children_user + used.children_system), flush=True)
    finally:
        left_over(0)
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(status)


main()
