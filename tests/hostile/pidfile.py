"""hostile/pidfile.py -- a pid file that others lock, replace, or have put there before"""
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import hostile as h  # noqa: E402 pylint: disable=wrong-import-position

# Every lock that a reader of the file can have; then hold them.
LOCKER = """
import fcntl, os, struct, sys
path, how = sys.argv[1:]
fd = os.open(path, os.O_RDONLY)
if how == "flock":
    fcntl.flock(fd, fcntl.LOCK_EX)
elif how == "flock shared":
    fcntl.flock(fd, fcntl.LOCK_SH)
elif how == "read lock":
    fcntl.lockf(fd, fcntl.LOCK_SH)
elif how == "description's read lock":
    fcntl.fcntl(fd, 37, struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, 0, 0, 0))
print("held", flush=True)
sys.stdin.read()
"""


def start(pidfile, conf):
    """An attempt that must end by itself: exit status and what it said."""
    p = subprocess.run([h.DOORWARD, "-f", "--no-time", "--control=", "-p" + pidfile, conf], capture_output=True,
                       text=True, timeout=h.DEADLINE, check=False)
    return p.returncode, p.stderr


def run_locks():
    for how in ("flock", "flock shared", "read lock", "description's read lock"):
        watched = h.free_port()
        with h.Daemon(h.other(watched)) as d:
            pidfile = os.path.join(d.dir, "pid")
            with h.Witness(watched, f"{how}: a service"):
                a = h.attacker(LOCKER, pidfile, how)
                h.same(a.stdout.readline(), b"held\n", f"{how}: anybody can")
                h.hup_works(d, how)
                status, said = start(pidfile, d.conf)
                h.same(status, 71, f"{how}: a second instance is refused all the same")
                h.ok(f"{pidfile}: another instance is running (pid {d.pid})" in said,
                     f"{how}: by the one that runs", said)
            # As after a crash: the file stays, and the attacker has it.
            os.kill(d.pid, signal.SIGKILL)
            d.process.wait()
            h.ok(os.path.exists(pidfile), f"{how}: the file is still there")
            again = start_again(d, pidfile)
            h.ok(again, f"{how}: the next start is not held up")
            again.kill()
            again.wait()
            a.kill()


def start_again(d, pidfile):
    p = subprocess.Popen([h.DOORWARD, "-f", "--no-time", "--control=", "-p" + pidfile, d.conf],
                         stderr=subprocess.DEVNULL)
    h.children.append(p)

    def written():
        with open(pidfile, encoding="ascii") as f:
            return f.read() == f"{p.pid}\n"
    return h.wait_for(lambda: written() or p.poll() is not None) and p.poll() is None and p


def run_left_behind():
    """What a dead master leaves running has no lock, be it a builtin that never execs."""
    what, port, watched = "a handler that lives on", h.free_port(), h.free_port()
    conf = h.other(watched) + f"{port} on protocol = tcp4, user = {h.SOMEBODY}, builtin = echo;\n"
    with h.Daemon(conf) as d:
        pidfile = os.path.join(d.dir, "pid")
        c = h.Client(port)
        c.send(b"x\n")
        c.decided()
        handlers = d.handlers()
        h.answers(watched)
        h.same(start(pidfile, d.conf)[0], 71, f"{what}: while the master lives nobody else may start")
        os.kill(d.pid, signal.SIGKILL)
        d.process.wait()
        again = start_again(d, pidfile)
        h.ok(again, f"{what}: a new master may")
        c.send(b"y\n")
        h.ok(h.wait_for(lambda: c.pump() or c.buffer == b"x\ny\n"), f"{what}: and it goes on")
        again.terminate()
        h.same(again.wait(h.DEADLINE), 0, f"{what}: TERM ends the new one")
        left = [n for n in os.listdir(d.dir) if n.startswith("pid")]
        h.same(left, [], f"{what}: no file is left")
        for pid in handlers:
            h.kill(pid, signal.SIGKILL)
        c.close()


def open_folder(name):
    path = os.path.join(h.TMP, name)
    os.mkdir(path)
    os.chmod(path, 0o777)
    return path


TRAP = """
import os, sys
kind, path, target = sys.argv[1:]
os.umask(0)
if kind == "a symbolic link":
    os.symlink(target, path)
elif kind == "a named pipe":
    os.mkfifo(path)
elif kind == "another's file":
    open(path, "w").close()
elif kind == "a folder":
    os.mkdir(path)
elif kind == "a link to nothing":
    os.symlink(target + ".none", path)
"""
TRAPS = (("a symbolic link", "refused: it is a symbolic link"),
         ("a link to nothing", "refused: it is a symbolic link"),
         ("a named pipe", "refused: it is not a regular file"),
         ("another's file", "refused: it belongs to another user|Permission denied"),
         ("a second name", "refused: it has another name too"),
         ("a folder", "Is a directory"))


def run_traps(suffix):
    """Before the start somebody else has put something there."""
    what = "beside it" if suffix else "in its place"
    folder = open_folder("traps" + suffix)
    watched, conf = h.free_port(), os.path.join(h.TMP, "traps.conf")
    with open(conf, "w", encoding="ascii") as f:
        f.write(h.other(h.free_port()))
    target = os.path.join(h.TMP, "precious")
    with open(target, "w", encoding="ascii") as f:
        f.write("precious\n")
    os.chmod(target, 0o600)
    with h.Daemon(h.other(watched)) as d:
        with h.Witness(watched):
            for kind, word in TRAPS:
                path = os.path.join(folder, "pid") + suffix
                if kind == "a second name":
                    os.link(target, path)
                elif h.attacker(TRAP, kind, path, target).wait() != 0:
                    h.skip(f"{kind} {what}: cannot be made")
                    continue
                if kind == "another's file" and not h.ROOT:
                    os.unlink(path)
                    continue
                before = os.lstat(path)
                status, said = start(os.path.join(folder, "pid"), conf)
                h.same(status, 71, f"{kind} {what}: it does not start")
                h.ok(any(w in said for w in word.split("|")) and path in said,
                     f"{kind} {what}: and says why", said)
                with open(target, encoding="ascii") as f:
                    h.same(f.read(), "precious\n", f"{kind} {what}: what it leads to is as it was")
                h.ok(not os.path.exists(target + ".none"), f"{kind} {what}: nor is anything made")
                after = os.lstat(path)
                h.same((after.st_ino, after.st_mode, after.st_uid),
                       (before.st_ino, before.st_mode, before.st_uid), f"{kind} {what}: it stays")
                os.rename(path, f"{path}.gone {kind}")
                h.same([n for n in os.listdir(folder) if "gone" not in n], [],
                       f"{kind} {what}: nothing else is left there")
        h.term_works(d, what)


SWAP = """
import os, sys
path = sys.argv[1]
os.rename(path, path + ".gone")
os.symlink(sys.argv[2], path)
"""


def run_replaced():
    """While it runs: what stands there at the end is not removed, nor what it leads to."""
    what, watched, target = "replaced", h.free_port(), os.path.join(h.TMP, "target")
    with open(target, "w", encoding="ascii") as f:
        f.write("target\n")
    with h.Daemon(h.other(watched)) as d:
        path = os.path.join(d.dir, "pid")
        os.chmod(d.dir, 0o777)
        with h.Witness(watched):
            h.same(h.attacker(SWAP, path, target).wait(), 0, f"{what}: by a symbolic link")
            h.hup_works(d, what)
        h.term_works(d, what)
        with open(target, encoding="ascii") as f:
            h.same(f.read(), "target\n", f"{what}: the target is as it was")
        h.ok(os.path.islink(path), f"{what}: what is not ours is not removed")
        h.ok(not os.path.exists(path + ".lock"), f"{what}: the lock is")


def main():
    run_locks()
    run_left_behind()
    run_traps("")
    run_traps(".lock")
    run_replaced()
    h.done()


main()
