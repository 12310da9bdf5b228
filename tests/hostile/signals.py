"""hostile/signals.py -- signals that the system, a limit or a stranger causes do not end the daemon"""
import os
import re
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import hostile as h  # noqa: E402 pylint: disable=wrong-import-position

# What it acts on, what nobody can catch, what a fault raises, what stops a foreground program; libc's own.
ACTED = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT}
OTHERS = {signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL,
          signal.SIGTRAP, signal.SIGABRT, signal.SIGSYS, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, 32, 33}
HARMLESS = [n for n in range(1, signal.SIGRTMAX + 1) if n not in ACTED | OTHERS]
DO_NOTHING = {signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH}


def run_all():
    what, watched = "every signal", h.free_port()
    with h.Daemon(h.other(watched)) as d:
        with h.Witness(watched):
            for n in HARMLESS:
                os.kill(d.pid, n)
                h.ok(h.answers(watched) and d.process.poll() is None, f"signal {n} does not end it")
            for _ in range(10):
                for n in HARMLESS:
                    if n != signal.SIGHUP and n != signal.SIGUSR1:
                        os.kill(d.pid, n)
            h.ok(h.answers(watched), f"{what}: nor do many")
            h.hup_works(d, what)
        h.term_works(d, what)


def run_handlers():
    """A program and a builtin have all of them at their default."""
    program, builtin, watched = h.free_port(), h.free_port(), h.free_port()
    conf = (f"{program} on protocol = tcp4, user = {h.SOMEBODY}, exec = /bin/cat,"
            " args = cat /proc/self/status;\n"
            f"{builtin} on protocol = tcp4, user = {h.SOMEBODY}, builtin = echo, accept_max = 0;\n")
    with h.Daemon(conf + h.other(watched), "-l") as d:
        with h.Witness(watched):
            said = h.ask(program).decode()
            for name in ("SigPnd", "SigBlk", "SigIgn", "SigCgt"):
                h.ok(re.search(rf"{name}:\s0+$", said, re.M), f"a program: {name} is empty", said)
            for n in HARMLESS:
                if n in DO_NOTHING or n == signal.SIGPIPE:
                    continue
                told = rf"^accept service={builtin} .*pid="
                before = len(d.lines(told))
                c = h.Client(builtin)
                c.send(b"x\n")
                h.wait_for(lambda c=c: c.pump() or b"x" in c.buffer)
                d.logged(told, before + 1)
                pid = re.search(r"pid=(\d+)", d.lines(told)[-1]).group(1)
                h.kill(int(pid), n)
                c.all()
                h.ok(c.over and d.logged(rf"^exit service={builtin} pid={pid} signal=\S+ "),
                     f"a builtin: signal {n} ends it")
                c.close()
        h.term_works(d, "handlers")


def run_small_file():
    """A log on a file that may not grow (SIGXFSZ): lines are lost, nothing else."""
    what = "a file at its limit"
    attacked, watched = h.free_port(), h.free_port()
    conf = h.other(attacked) + h.other(watched)
    # In blocks of 1024 bytes.
    with h.Daemon(conf, "-l", prefix=("bash", "-c", 'ulimit -f 4; exec "$@"', "bash")) as d:
        with h.Witness(watched, f"{what}: another service"):
            h.ok(all(h.answers(attacked) for _ in range(100)), f"{what}: all clients are served")
            h.hup_works(d, what)
            h.same(os.path.getsize(d.log), 4096, f"{what}: it is full")
            os.truncate(d.log, 0)
            h.answers(attacked)
            h.ok(d.logged(r"^log lost=[1-9]\d*$"), f"{what}: it says how many lines were lost")
        h.term_works(d, what)



def main():
    run_all()
    run_handlers()
    run_small_file()
    h.done()


main()
