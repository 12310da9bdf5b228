"""calls.py -- which system calls the master makes, from its start to its end; see calls.sh."""
import os
import re
import signal
import socket
import subprocess

import harness as h

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../doc/waits.md")
CTL = os.path.join(os.environ["abs_top_builddir"], "src/doorwardctl")

# What no other process can make wait: it is done when the kernel has done it.
CANNOT_WAIT = """
    arch_prctl brk capget capset clock_gettime clone clone3 close_range dup dup2 dup3 epoll_create1 epoll_ctl execve exit exit_group
    fchmod fchown fchmodat fcntl fork fstat ftruncate getdents64 getegid geteuid getgid getgroups getpeername getpgrp getpid
    getppid getpriority getrandom getresgid getresuid getrlimit getsockname getsockopt gettid getuid ioctl kill lseek listen madvise
    mmap mprotect mremap munmap newfstatat pipe2 prctl pread64 prlimit64 rseq rt_sigaction rt_sigpending rt_sigprocmask
    rt_sigreturn sched_getaffinity set_robust_list set_tid_address setpgid setsid setsockopt shutdown sigaltstack socket socketpair
    statx sysinfo umask uname vfork restart_syscall fadvise64 readlink readlinkat getcwd tgkill faccessat2 access membarrier
""".split()
# On paths that an entry or an option names; whoever owns the folder above it is trusted.
OF_PATHS = "bind chdir chmod chown lchown link linkat mkdir rename renameat2 rmdir stat lstat statfs unlink unlinkat".split()

# How a call that could wait has to look: what it is asked with, or what says that it does not wait.
FORMS = {
    "epoll_wait": r", 0\)|epoll_wait\(\d+, *$",
    "wait4": "WNOHANG",
    "waitid": "WNOHANG",
    "recvmsg": "MSG_DONTWAIT",
    "sendmsg": "MSG_DONTWAIT",
    "recvfrom": "MSG_DONTWAIT",
    "sendto": "MSG_DONTWAIT",
}
# Such a poll(2) may take its time: at the end, for what is said last and for who still has listeners.
POLL_MOST_MS = 1000


def table():
    """The calls in the first column of doc/waits.md's table."""
    with open(PAGE, encoding="utf-8") as f:
        part = f.read().split("## Calls that could wait", 1)[1].split("\n## ", 1)[0]
    found = []
    for row in re.findall(r"^\| (`[^|]*`) \|", part, re.M):
        found += re.findall(r"`(\w+)`", row)
    return found


def entries(port, path):
    nobody = h.SOMEBODY
    reader = ('python3 -c "import socket; s = socket.socket(fileno=0);'
              ' c = s.accept()[0]; c.sendall(b\'x\')"')
    script = os.path.join(h.TMP, "waits")
    with open(script, "w", encoding="ascii") as f:
        f.write(f"#!/bin/sh\nexec {reader}\n")
    os.chmod(script, 0o755)
    return [
        f"127.0.0.1:{port[0]} stream tcp4 nowait {nobody} /bin/echo echo x\n",
        f"127.0.0.1:{port[1]} stream tcp4 wait {nobody} {script} waits\n",
        f"127.0.0.1:{port[2]} dgram udp4 nowait {nobody} /bin/sh sh -c 'dd bs=100 count=1 2>/dev/null'\n",
        f"127.0.0.1:{port[3]} dgram udp4 wait {nobody} internal echo\n",
        f"127.0.0.1:{port[4]} stream tcp4 nowait {nobody} internal daytime\n",
        f"127.0.0.1:{port[5]} on protocol = tcp4, user = {nobody}, exec = /bin/sh, stderr = log, linger = 2s,"
        " args = sh -c 'echo said >&2; echo x';\n",
        f"127.0.0.1:{port[6]} on protocol = tcp4, user = {nobody}, exec = /bin/sleep, timeout = 100ms, args = sleep 100;\n",
        f"127.0.0.1:{port[7]} on protocol = tcp4, user = {nobody}, exec = /nowhere/x, args = x;\n",
        f"{path} stream unix nowait {nobody} /bin/echo echo x\n",
        f"127.0.0.1:{port[8]} on protocol = tcp4, user = {nobody}, builtin = tcpmux;\n",
        f"tcpmux/+muxed stream tcp nowait {nobody} /bin/echo echo muxed\n",
    ]


def datagram(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.3)

        def once():
            s.sendto(b"x\n", ("127.0.0.1", port))
            try:
                return s.recv(100)
            except OSError:
                return None
        return h.wait_for(once)


def unix(path):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(h.DEADLINE)
        s.connect(path)
        return s.recv(100)


def muxed(port, *pieces):
    """What a client of tcpmux is told who sends his line in these pieces."""
    c = h.Client(port)
    for piece in pieces:
        c.send(piece)
    return c.all()


def live(d, conf, port, path, control):
    """A connection of each kind, reloads, questions, an end."""
    for n in (0, 1, 1, 1, 4, 5):
        h.ok(h.ask(port[n]), f"port {n} is served")
    h.ok(datagram(port[2]) and datagram(port[3]), "so are datagrams")
    h.ok(unix(path), "and unix")
    h.same(muxed(port[8], b"mu", b"xed\r\n"), b"+Go\r\nmuxed\n", "and tcpmux")
    h.ok(muxed(port[8], b"help\r\n") and muxed(port[8], b"none\r\n"), "which answers itself, too")
    for n in (6, 7):
        h.ask(port[n])
    h.ok(d.logged("exec-failed") and d.logged("reason=timeout"), "one is timed out, one cannot be started")
    for words in (["status"], ["show", str(port[0])], ["pause", str(port[0])], ["resume", str(port[0])]):
        subprocess.run([CTL, "-s", control, *words], stdout=subprocess.DEVNULL, check=True)
    with open(d.conf, "w", encoding="utf-8") as f:
        f.write("".join(conf[1:3] + conf[4:]).replace("waits\n", "waits x\n"))
    h.ok(subprocess.run([CTL, "-s", control, "reload"], stdout=subprocess.DEVNULL, check=False).returncode == 0, "reload")
    h.ok(h.ask(port[1]) and h.ask(port[4]), "and on")
    os.kill(d.pid, signal.SIGUSR1)
    d.logged("^state ")
    with open(d.conf, "a", encoding="utf-8") as f:
        f.write("no entry\n")
    os.kill(d.pid, signal.SIGHUP)
    h.ok(d.logged("nothing was changed"), "a reload that fails")


def calls_of(trace):
    """name and whole text of each call; those that were cut in two are whole again in their second part."""
    with open(trace, encoding="utf-8", errors="replace") as f:
        for line in f:
            if m := re.match(r"(?:<\.\.\. )?(\w+)(?:\(| resumed)", line):
                yield m.group(1), line.rstrip()


def judge(trace):
    known = set(table())
    if not (len(known) > 10 and "accept4" in known):
        h.ok(False, f"doc/waits.md's table has {len(known)} calls")
    unknown, odd = {}, {}
    for name, line in calls_of(trace):
        if name not in known and name not in CANNOT_WAIT and name not in OF_PATHS:
            unknown[name] = line
        form = FORMS.get(name)
        # Non-blocking descriptors say so themselves.
        if form and " resumed" not in line and "<unfinished" not in line and not re.search(form, line) \
                and "NETLINK" not in line:
            odd.setdefault(name, line)
        if name == "poll" and (m := re.search(r"\], \d+, (-?\d+)\)", line)) and not 0 <= int(m.group(1)) <= POLL_MOST_MS:
            odd.setdefault(name, line)
    h.ok(not unknown, "no call that is not in the table, or could not wait", *unknown.values())
    h.ok(not odd, "those that could wait are asked not to", *odd.values())


def traced(name, conf, *options):
    """A daemon whose master is traced. -D: it is our child, and strace is its."""
    trace = os.path.join(h.TMP, name)
    return trace, h.Daemon("".join(conf), "-l", *options, prefix=("strace", "-D", "-q", "-s", "200", "-o", trace))


def ends(d, signo, trace):
    os.kill(d.pid, signo)
    h.same(d.process.wait(h.DEADLINE), 0, signo.name)
    h.ok(h.wait_for(lambda: "+++ exited" in open(trace, encoding="utf-8", errors="replace").read()), "seen to its end")
    judge(trace)


def main():
    control, path = (os.path.join(h.TMP, name) for name in ("control", "sock"))
    port = [h.free_port() for _ in range(9)]
    conf = entries(port, path)
    trace, d = traced("term", conf, "--control=" + control)
    with d:
        live(d, conf, port, path, control)
        ends(d, signal.SIGTERM, trace)
    trace, d = traced("quit", [f"127.0.0.1:{port[0]} stream tcp4 nowait {h.SOMEBODY} /bin/sleep sleep 100\n", conf[-2]])
    with d:
        served, talks = h.Client(port[0]), h.Client(port[8])
        talks.send(b"mux")
        h.ok(d.logged("^accept "), "a handler that stays, and a talk")
        ends(d, signal.SIGQUIT, trace)
        h.same((served.all(), talks.all()[:1]), (b"", b"-"), "both end with it")
    h.done()


main()
