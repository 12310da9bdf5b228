"""hostile/rpc.py -- rpcbind is stopped: the daemon starts, reloads, serves and ends as ever"""
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import hostile as h  # noqa: E402 pylint: disable=wrong-import-position

A, B = 536870913, 536870914
RPCBIND = shutil.which("rpcbind")


def features():
    return subprocess.run([h.DOORWARD, "-V"], capture_output=True, text=True, check=True).stdout


def own_rpcbind():
    """In namespaces of our own; rpcbind's user is for a system with more than one."""
    if h.libc.unshare(0x40000000) != 0 or not h.own_mounts():  # CLONE_NEWNET
        h.skip_all("no namespaces here")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    os.mkdir("/run/rpcbind")
    passwd = os.path.join(h.TMP, "passwd")
    with open("/etc/passwd", encoding="utf-8") as f, open(passwd, "w", encoding="utf-8") as out:
        out.writelines(line for line in f if not line.startswith("_rpc:"))
        out.write("_rpc:x:0:0::/:/bin/false\n")
    subprocess.run(["mount", "--bind", passwd, "/etc/passwd"], check=True)
    p = subprocess.Popen([RPCBIND, "-f", "-r"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    h.children.append(p)
    if not h.wait_for(lambda: listed() is not None or p.poll() is not None) or p.poll() is not None:
        h.skip_all("rpcbind does not start here")
    return p


def listed():
    """The programs that rpcbind knows; None when it does not answer."""
    p = subprocess.run(["rpcinfo", "-s", "127.0.0.1"], capture_output=True, text=True, check=False)
    return None if p.returncode else {line.split()[0] for line in p.stdout.splitlines()[1:]}


def main():
    if not h.ROOT:
        h.skip_all("it takes root for namespaces")
    if h.SANITIZED or "tirpc: yes" not in features() or not RPCBIND:
        h.skip_all("no rpcbind, or none that this build knows")
    what, rpcbind, watched = "stopped", own_rpcbind(), h.free_port()

    def entry(n):
        return f"{n}/1-3 stream rpc/tcp nowait - /bin/cat cat\n"
    conf = h.other(watched) + entry(A)
    os.kill(rpcbind.pid, signal.SIGSTOP)
    with h.Daemon(conf) as d:
        with h.Witness(watched):
            for i in range(3):
                d.reload(conf + (entry(B) if i % 2 == 0 else ""))
                h.ok(h.answers(watched), f"{what}: reload {i + 1}")
            h.hup_works(d, what)
            ports = set(os.listdir(f"/proc/{d.pid}/fd"))
            h.ok(len(ports) < 40, f"{what}: no descriptors pile up", len(ports))
            os.kill(rpcbind.pid, signal.SIGCONT)
            h.ok(h.wait_for(lambda: {str(A), str(B)} <= (listed() or set())),
                 f"{what}: when it goes on, all are registered, in order", listed())
            os.kill(rpcbind.pid, signal.SIGSTOP)
        h.term_works(d, what, within=1.0)
        h.ok(not h.connects(watched), f"{what}: its ports are free at once")
        with h.Daemon(h.other(watched), name="again") as again:
            h.ok(h.answers(watched), f"{what}: the next one has them")
            h.term_works(again, what, within=1.0)
    os.kill(rpcbind.pid, signal.SIGCONT)
    h.ok(h.wait_for(lambda: str(A) not in (listed() or {str(A)})),
         f"{what}: what ended is unregistered when it goes on", listed())
    rpcbind.kill()
    rpcbind.wait()
    with h.Daemon(conf) as d:
        h.ok(d.logged("rpcbind did not register"), "gone: it is logged")
        h.term_works(d, "gone", within=1.0)
    h.done()


main()
