"""access.py -- who may in: allow and deny, hosts.allow and hosts.deny; a policy that cannot be applied."""
import os
import shutil
import socket
import subprocess

import harness as h


def entry(port, keys, protocol="tcp4", program="/bin/echo"):
    return (f"{port} on protocol = {protocol}, user = {h.SOMEBODY}, exec = {program},"
            f" args = echo served{', ' + keys if keys else ''};\n")


def may(port, source, host="127.0.0.1"):
    return "served" in h.ask(port, source=source, host=host).decode()


# keys, then who may and who may not
RULES = [
    ("", ["127.0.0.1", "127.9.9.9"], []),
    ("deny = 127.0.0.2", ["127.0.0.1", "127.0.0.3"], ["127.0.0.2"]),
    ("deny = 127.0.1.0/24 127.0.3.0/24", ["127.0.0.1", "127.0.2.255"], ["127.0.1.0", "127.0.3.255"]),
    ("allow = 127.0.0.2", ["127.0.0.2"], ["127.0.0.1", "127.0.0.3"]),
    ("allow = 127.0.1.0/24, deny = 127.0.1.128/25", ["127.0.1.127"], ["127.0.1.128", "127.0.0.1"]),
    ("deny = 127.0.0.0/8, allow = 127.0.1.0/24", ["127.0.1.1"], ["127.0.0.1", "127.0.2.1"]),
    # Longest match decides, whatever the order.
    ("allow = 0.0.0.0/0, deny = 127.0.0.0/8, allow = 127.0.1.0/24, deny = 127.0.1.7",
     ["127.0.1.6"], ["127.0.0.1", "127.0.1.7"]),
    ("deny = 127.0.0.0/29, allow = 127.0.0.0/30", ["127.0.0.3"], ["127.0.0.4"]),
    # Deny wins a tie, in either order.
    ("allow = 127.0.0.1, deny = 127.0.0.1", [], ["127.0.0.1", "127.0.0.2"]),
    ("deny = 127.0.0.0/24, allow = 127.0.0.0/24", [], ["127.0.0.1"]),
    # IPv4 is not IPv6.
    ("allow = ::/0", [], ["127.0.0.1"]),
    ("deny = ::/0", ["127.0.0.1"], []),
]


def once_each(keys):
    """Keys given twice are an error: their values belong together."""
    values = {}
    for part in filter(None, keys.split(", ")):
        key, _, value = part.partition(" = ")
        values.setdefault(key, []).append(value)
    return ", ".join(f"{key} = {' '.join(v)}" for key, v in values.items())


def run_rules(keys, good, bad):
    for protocol in ["tcp4"] + (["tcp46"] if h.has_ipv6() else []):
        port = h.free_port()
        with h.Daemon(entry(port, once_each(keys), protocol)) as d:
            for source in good:
                h.ok(may(port, source), f"{protocol}, {keys}: {source} may in", d.text())
            for source in bad:
                h.ok(not may(port, source), f"{protocol}, {keys}: {source} may not")
            if bad:
                h.ok(d.logged(f"reject service={port} from={bad[0]}:[0-9]+ reason=access"),
                     f"{protocol}, {keys}: told", d.text())
            h.same(d.lines(f"reject .*from=({'|'.join(good) or 'nobody'}):"), [],
                   f"{protocol}, {keys}: nobody else is refused")


def run_mapped():
    if not h.has_ipv6():
        h.skip("no IPv6 here")
        return
    port = h.free_port()
    with h.Daemon(entry(port, "allow = ::ffff:127.0.1.0/120", "tcp46")):
        h.ok(may(port, "127.0.1.9"), "a mapped prefix is the IPv4 prefix")
        h.ok(not may(port, "127.0.0.1"), "and no more than that")
        h.ok(not may(port, None, "::1"), "not IPv6")
    with h.Daemon(entry(port, "deny = 127.0.0.0/8", "tcp46")):
        h.ok(not may(port, "127.0.0.1"), "tcp46: an IPv4 peer is judged as IPv4")
        h.ok(may(port, None, "::1"), "tcp46: IPv6 is not")
    with h.Daemon(entry(port, "deny = ::1", "tcp6")):
        h.ok(not may(port, None, "::1"), "tcp6: an IPv6 address")


def ask_unix(path, uid=None):
    """Served? As another uid in a process of its own."""
    child = os.fork()
    if child == 0:
        if uid is not None:
            os.setresuid(uid, uid, uid)
        os._exit(0 if b"served" in h.Client(0, path=path).all() else 1)
    return os.waitpid(child, 0)[1] == 0


def run_unix():
    path, me = os.path.join(h.TMP, "unix"), os.geteuid()
    for keys, mine, other in ((f"allow = uid:{me}", True, False), (f"deny = uid:{me}", False, True),
                              ("allow = uid:12345", False, True), ("deny = 127.0.0.0/8", True, True),
                              ("allow = 127.0.0.0/8", False, False)):
        conf = (f"{path} on socktype = stream, user = {h.SOMEBODY}, exec = /bin/echo,"
                f" args = echo served, {keys};\n")
        with h.Daemon(conf) as d:
            h.same(ask_unix(path), mine, f"unix, {keys}: this uid")
            if not mine:
                h.ok(d.logged(f"reject .*from=uid:{me} reason=access"), f"unix, {keys}: told")
            if h.ROOT:
                h.same(ask_unix(path, 12345), other, f"unix, {keys}: another uid")
            d.stop()


def run_no_process():
    """Refused before a process exists; summed up in the log."""
    port = h.free_port()
    with h.Daemon(entry(port, "deny = 127.0.0.0/8"), "-l") as d:
        for _ in range(200):
            may(port, "127.0.0.1")
        h.same(d.lines("accept "), [], "a refused peer gets no process")
        h.ok(h.wait_for(lambda: d.lines("reject .*count=[0-9]+")), "refusals are summed up")
        h.ok(len(d.lines("reject ")) <= 10, "not one line each")
        d.reload(entry(port, "deny = 127.0.0.2"))
        h.ok(may(port, "127.0.0.1"), "a policy changed by reload acts at once")
        d.reload(entry(port, "deny = 127.0.0.1"))
        h.ok(not may(port, "127.0.0.1"), "and again")


def run_datagrams():
    port = h.free_port()
    conf = f"{port} on protocol = udp4, user = {h.SOMEBODY}, builtin = echo, deny = 127.0.0.2;\n"
    with h.Daemon(conf):
        for source, good in (("127.0.0.1", True), ("127.0.0.2", False)):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.bind((source, 0))
                s.connect(("127.0.0.1", port))
                s.send(b"x")
                s.settimeout(h.DEADLINE if good else 0.3)
                try:
                    answered = s.recv(9) == b"x"
                except TimeoutError:
                    answered = False
            h.same(answered, good, f"udp builtin: {source}")


def run_cannot_apply():
    """A policy that cannot be applied keeps its service closed, says so, and leaves others alone."""
    good, bad = h.free_port(), h.free_port()
    wait = f"{bad} on protocol = tcp4, wait = yes, user = {h.SOMEBODY}, exec = /bin/cat, args = cat"
    dgram = f"{bad} on protocol = udp4, user = {h.SOMEBODY}, builtin = echo"
    for conf, options, what in (
            (f"{wait}, deny = 127.0.0.2;\n", [], "deny of a wait service"),
            (f"{wait}, allow = 127.0.0.2;\n", [], "allow of a wait service"),
            (f".defaults deny = 127.0.0.2;\n{wait};\n", [], "deny of .defaults"),
            (f"{wait}, hosts_access = yes;\n", [], "hosts_access of a wait service"),
            (f"{wait};\n", ["-w"], "-w and a wait service"),
            (f"{dgram}, hosts_access = yes;\n", [], "hosts_access of a datagram builtin"),
            (f"{dgram};\n", ["-W"], "-W and a datagram builtin")):
        with h.Daemon(entry(good, "hosts_access = no") + conf, *options) as d:
            word = "warning" if options else "error"
            h.ok(d.lines(rf"{word}: .*(cannot be applied|not supported)"), f"{what}: said", d.text())
            h.same(d.lines(f"listen service={bad}"), [], f"{what}: closed")
            h.ok(may(good, "127.0.0.1"), f"{what}: the other service is served")
    with h.Daemon(f"{wait}, hosts_access = no;\n", "-w") as d:
        h.same(len(d.lines(f"listen service={bad}")), 1, "-w and hosts_access = no: served")


# --- libwrap, where this process may mount ------------------------------------------------------------


def hosts(allow, deny):
    for path, text in (("/etc/hosts.allow", allow), ("/etc/hosts.deny", deny)):
        with open(path, "w", encoding="ascii") as f:
            f.write(text)


def through(port, who):
    c = h.Client(port, source="127.0.0.3")
    c.send(b"PROXY " + who + b" 1 2\r\n")
    try:
        return c.all() != b""
    finally:
        c.close()


def run_options():
    """hosts.allow(5)'s options reach the handler, and a handler that cannot be started is told of once."""
    named, ghost, asked = h.free_port(), h.free_port(), os.path.join(h.TMP, "asked")
    with open(asked, "w", encoding="ascii"):
        pass
    os.chmod(asked, 0o666)
    hosts(f"sh: ALL: setenv GREETING hello\nghost: ALL: spawn (echo asked >>{asked})\n", "")
    conf = (f"{named} on protocol = tcp4, user = {h.SOMEBODY}, exec = /bin/sh, hosts_access = yes,"
            " args = sh -c 'echo $GREETING $PROTO';\n"
            f"{ghost} on protocol = udp4, wait = yes, user = {h.SOMEBODY}, exec = /nowhere/ghost, args = ghost,"
            " hosts_access = yes;\n")
    with h.Daemon(conf) as d, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        h.same(h.ask(named), b"hello TCP\n", "hosts.allow: setenv")
        s.sendto(b"x", ("127.0.0.1", ghost))
        h.ok(h.wait_for(lambda: os.path.getsize(asked) >= 3 * len("asked\n")), "a handler that fails: tried again")
        h.same(len(d.lines(f"exec-failed service={ghost} ")), 1, "a handler that fails: told once", d.text())
        h.same(len(d.lines(f"pause service={ghost} ")), 1, "a handler that fails: so is its pause", d.text())


def run_libwrap():
    """In a mount namespace of its own with an /etc of its own."""
    conf = "# the wrapped ones\n"
    one, two, inner, stamp, behind = (h.free_port() for _ in range(5))
    conf += entry(one, "hosts_access = yes", program="/bin/echo")
    conf += entry(two, "")
    conf += entry(behind, "hosts_access = yes, proxy = 127.0.0.3", program="/bin/echo")
    conf += f"{inner} on protocol = tcp4, user = {h.SOMEBODY}, builtin = echo;\n"
    conf += f"{stamp} on protocol = tcp4, user = {h.SOMEBODY}, builtin = daytime, hosts_access = yes;\n"
    hosts("", "echo: 127.0.0.2 192.0.2.1 [2001:db8::]/64\ndaytime: 127.0.0.2\n")
    with h.Daemon(conf, "-l") as d:
        fds = d.fds()
        h.ok(may(one, "127.0.0.1"), "hosts.deny: who is not in it may in")
        h.ok(not may(one, "127.0.0.2"), "hosts.deny: who is may not")
        h.ok(d.logged(f"reject service={one} from=127.0.0.2:[0-9]+ reason=hosts_access"),
             "hosts.deny: told", d.text())
        h.ok(may(two, "127.0.0.2"), "without the key nobody is asked")
        h.ok(h.ask(stamp, source="127.0.0.1"), "a builtin that is asked for: may in")
        h.same(h.ask(stamp, source="127.0.0.2"), b"", "a builtin that is asked for: may not")
        h.ok(through(behind, b"TCP4 192.0.2.2 192.0.2.9"), "behind a balancer: the real client may in")
        h.ok(not through(behind, b"TCP4 192.0.2.1 192.0.2.9"), "behind a balancer: the real client may not")
        h.ok(not through(behind, b"TCP6 2001:db8::1 ::1"), "behind a balancer: likewise over IPv6")
        # A second for the line of each refusal above, then many.
        for _ in range(60):
            may(one, "127.0.0.2")
        h.ok(h.wait_for(lambda: d.lines("reject .*reason=hosts_access count=")), "summed up")
        h.ok(len(d.lines(f"reject service={one} ")) <= 10, "not one line each")
        h.ok(d.fds() <= fds + 2, "no descriptor is left")
        hosts("echo: 127.0.0.2\n", "ALL: ALL\n")
        h.ok(may(one, "127.0.0.2"), "hosts.allow comes first, and is read anew")
        h.ok(not may(one, "127.0.0.1"), "hosts.deny: ALL")
    hosts("", "ALL: ALL\n")
    with h.Daemon(conf, "-w") as d:
        h.ok(not may(two, "127.0.0.1"), "-w: programs are asked for")
        h.ok(h.Client(inner).state() == "waiting", "-w: builtins are not")
    # A datagram's source is seen before a wait program has it; who is refused loses the datagram.
    hosts("", "ALL: 127.0.0.2\n")
    dgram, seen = h.free_port(), os.path.join(h.TMP, "seen")
    with h.Daemon(f"{dgram} on protocol = udp4, user = -, exec = /bin/sh, "
                  f"args = sh -c 'dd bs=100 count=1 >>{seen} 2>/dev/null';\n", "-w") as d:
        for source in ("127.0.0.2", "127.0.0.1"):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.bind((source, 0))
                s.sendto(f"{source}\n".encode(), ("127.0.0.1", dgram))
            if source == "127.0.0.2":
                h.ok(d.logged("reject service=.*reason=hosts_access"), "-w: a datagram refused")
        h.ok(h.wait_for(lambda: os.path.exists(seen) and open(seen).read() == "127.0.0.1\n"),
             "-w: the next datagram's handler")
    run_options()
    hosts("", "ALL: ALL\n")
    with h.Daemon(conf, "-W") as d:
        h.ok(may(two, "127.0.0.1"), "-W: programs are not asked for")
        h.same(h.Client(inner).decided(), "closed", "-W: builtins are")
        h.ok(d.logged(f"reject service={inner} .*reason=hosts_access"), "-W: told")
    # The library is gone: closed, told, and open again when it is back.
    hosts("", "")
    empty = os.path.join(h.TMP, "empty")
    with open(empty, "w", encoding="ascii"):
        pass
    library = subprocess.run("ldconfig -p | sed -n 's/.*libwrap.so.0.*=> //p' | head -n 1",
                             shell=True, capture_output=True, text=True, check=True).stdout.strip()
    with h.Daemon(conf) as d:
        h.ok(may(one, "127.0.0.1"), "with the library")
        subprocess.run(["mount", "--bind", empty, library], check=True)
        h.ok(not may(one, "127.0.0.1"), "without the library nobody may in")
        h.ok(d.logged("exec-failed .*step=libwrap error="), "without the library: told", d.text())
        h.ok(d.logged(f"pause service={one} "), "without the library: closed")
        h.ok(may(two, "127.0.0.1"), "without the library: the others are served")
        subprocess.run(["umount", library], check=True)
        h.ok(h.wait_for(lambda: may(one, "127.0.0.1")), "with the library back: served again")


def own_namespace():
    """Enter a mount namespace with a copy of /etc. False where that is not allowed."""
    if not h.ROOT:
        return False
    etc = os.path.join(h.TMP, "etc")
    shutil.copytree("/etc", etc, symlinks=True, ignore_dangling_symlinks=True)
    os.chmod(etc, 0o755)
    unshare = getattr(os, "unshare", None)
    try:
        if unshare:
            unshare(os.CLONE_NEWNS)
        else:
            import ctypes
            if ctypes.CDLL(None, use_errno=True).unshare(0x20000) != 0:
                return False
        subprocess.run(["mount", "--make-rprivate", "/"], check=True)
        subprocess.run(["mount", "--bind", etc, "/etc"], check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def main():
    h.rows([(f"rules {row[0]}", run_rules, *row) for row in RULES] + [
        ("mapped", run_mapped), ("unix", run_unix), ("no process", run_no_process),
        ("datagrams", run_datagrams), ("cannot apply", run_cannot_apply)],
        lambda name, run, *args: run(*args))
    version = subprocess.run([h.DOORWARD, "-V"], capture_output=True, text=True, check=False).stdout
    if "libwrap: yes" not in version:
        h.skip("no libwrap in this build")
    elif not own_namespace():
        h.skip("libwrap: no mount namespace here")
    else:
        run_libwrap()
    h.done()


main()
