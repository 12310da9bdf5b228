#!/usr/bin/env python3
"""xinetd.py -- the same configuration under xinetd and, imported, under doorward: never wider

xinetd.py XINETD DOORWARDCTL DOORWARD FOLDER mutated SEED COUNT, or ... FOLDER served

mutated: each configuration is read by xinetd itself, which says in its debug mode what it serves and to whom; and by
doorwardctl import, whose result doorward -t has to take. What doorward would serve, xinetd must serve too: the same
socket, user, group and words, and no peer of the samples that xinetd would refuse.
served: the same services run under both, one after the other, and are asked from several sources.
"""
import ipaddress
import os
import pty
import random
import re
import select
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time

XINETD, CTL, DOORWARD, FOLDER = sys.argv[1:5]
DEADLINE = float(os.environ.get("DEADLINE", "20"))
PEERS = [ipaddress.ip_address(a) for a in (
    "127.0.0.1 127.0.0.2 10.0.0.1 10.1.0.1 10.1.2.3 10.2.9.9 10.200.0.1 192.0.2.1 192.0.2.66 192.168.0.1 192.168.1.1 8.0.0.1 "
    "198.51.100.7 ::1 2001:db8::1 2001:db8:1::1 fe80::1").split()]

PLAIN = [  # what an entry may be made of, one of each line
    ["disable = no", "disable = yes", "disable = no", "DISABLE = Yes", "disable = true", None, None, None],
    ["flags = IPv4", "flags = IPv6", "flags = IPv4 NODELAY", "flags = IPv6 IPv4", "flags = REUSE", "flags = BOGUS", None, None, None],
    ["only_from = 127.0.0.1", "only_from = 10.1", "only_from = 10.0.0.0 192.0.2.1", "only_from = 10.{1,2}", "only_from =",
     "only_from += 192.168.1.0/24", "only_from = 10.1.2.3/16 010.0.0.1", "only_from = 10.0.0.0/255.0.0.0", "only_from = ::1 127.0.0.0",
     "Only_From = 192.0.2.0", "only_from = 127.0.0.1 # home", "only_from = 0.0.0.0", None, None],
    ["only_from += 10.2.9.9", "only_from -= 127.0.0.1", "only_from = 127.0.0.2", None, None, None, None],
    ["no_access = 10.0.0.0", "no_access = 192.0.2.66 10.1.2.3", "no_access += 127.0.0.2", "no_access = ::", "no_access =", None, None, None],
    ["instances = 5", "instances = 0", "instances = UNLIMITED", "instances = many", "per_source = 0", "per_source = 2", None, None, None],
    ["bind = 127.0.0.1", "bind = ::1", "bind = ::", "interface = 127.0.0.2", "bind = 127.0.0.1\n\tbind = 127.0.0.2", "v6only = yes", None, None, None, None],
    ["server_args = a b", "server_args = a # b", "server_args = one\n\tserver_args = two", "server_args =", None, None],
    ["user = root", "user = 65534", "group = daemon", "groups = yes", "groups = yes\n\tgroup = daemon", None, None, None],
    ["nice = +5", "nice = 3", "nice = x", "umask = 027", "umask = 9", "rlimit_as = 64M", "rlimit_cpu = 1x", None, None, None],
    ["env = A=1", 'env = "A=1"', "env = A", "passenv = PATH", "env += B=2", None, None, None],
    ["access_times = 2:00-3:00", "max_load = 2", "banner = /etc/motd", "log_on_success = PID HOST", "log_on_success += TRAFFIC",
     "cps = 25 30", "cps = 0 0", "colour = red", "junk", "junk line", "nice=5", None, None, None, None, None],
]


def service(rnd, number):
    port = 20000 + number
    lines = ["type = UNLISTED", "port = %d" % port, "socket_type = stream", "protocol = tcp", "wait = no",
             "user = nobody", "server = /bin/cat"]
    if rnd.random() < 0.1:
        lines[4] = "wait = yes"
    if rnd.random() < 0.1:
        lines[2:4] = ["socket_type = dgram", "wait = yes"]
    if rnd.random() < 0.05:
        lines.pop(rnd.randrange(len(lines)))
    for choices in PLAIN:
        if rnd.random() < 0.3:
            line = rnd.choice(choices)
            if line and line.startswith("user"):
                lines = [l for l in lines if not l.startswith("user")]
            if line:
                lines.append(line)
    return "service s%d\n{\n\t%s\n}\n" % (number, "\n\t".join(lines))


def configuration(rnd):
    text = ""
    if rnd.random() < 0.4:
        lines = rnd.sample(["only_from = 127.0.0.1", "only_from = 10.0.0.0", "no_access = 192.0.2.66", "instances = 50", "per_source = 0",
                            "groups = yes", "umask = 077", "user = root", "disable = yes", "cps = 50 10", "disabled = s2", "enabled = s1 s3",
                            "passenv = PATH", "bind = 127.0.0.1", "max_load = 3"], rnd.randrange(1, 4))
        text = "defaults\n{\n\t%s\n}\n" % "\n\t".join(lines)
    return text + "".join(service(rnd, n) for n in range(1, rnd.randrange(3, 6)))


def mutate(rnd, text):
    """A few changes as a hand or a broken disk makes them."""
    for _ in range(rnd.randrange(0, 4)):
        lines = text.split("\n")
        n = rnd.randrange(len(lines))
        kind = rnd.randrange(8)
        if kind == 0:
            del lines[n]
        elif kind == 1:
            lines.insert(n, lines[rnd.randrange(len(lines))])
        elif kind == 2:
            lines[n] = lines[n].replace("=", rnd.choice(["+=", "-=", "", "= ="]), 1)
        elif kind == 3:
            lines[n] = lines[n].swapcase()
        elif kind == 4 and lines[n]:
            at = rnd.randrange(len(lines[n]))
            lines[n] = lines[n][:at] + rnd.choice("{}=#\"' \t0;,\\$") + lines[n][at + 1:]
        elif kind == 5:
            lines[n] += rnd.choice([" # why", " more", " {", ";", " \\"])
        elif kind == 6 and lines[n]:
            lines[n] = lines[n][:rnd.randrange(len(lines[n]))]
        else:
            m = rnd.randrange(len(lines))
            lines[n], lines[m] = lines[m], lines[n]
        text = "\n".join(lines)
    return text


# --- xinetd -------------------------------------------------------------------------------------------------------

def start_xinetd(path):
    """In its debug mode, until it serves or ends: its pid, terminal and what it said."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve("/bin/sh", ["sh", "-c", 'ulimit -n 256; exec "$@"', "sh", XINETD, "-d", "-f", path, "-pidfile", FOLDER + "/xinetd.pid"],
                  {"PATH": "/usr/bin:/bin", "TERM": "dumb"})
    data, end = b"", time.monotonic() + DEADLINE
    while time.monotonic() < end and b"active_services" not in data:
        if select.select([fd], [], [], 1)[0]:
            try:
                chunk = os.read(fd, 65536)
            except OSError:
                break
            data += chunk
    threading.Thread(target=drain, args=(fd,), daemon=True).start()
    return pid, fd, data.decode("latin-1").replace("\r", "")


def drain(fd):
    """It would wait for somebody to read what it says."""
    try:
        while os.read(fd, 65536):
            pass
    except OSError:
        pass  # closed: its end


def stop(pid, fd):
    os.kill(pid, signal.SIGKILL)  # not reaped yet, so it is ours
    os.close(fd)
    os.waitpid(pid, 0)


def ask_xinetd(path):
    pid, fd, said = start_xinetd(path)
    stop(pid, fd)
    return said


def prefix(word):
    """One of its lists: ADDRESS(NUMERIC), whose zeros at the end stand for anything, or ADDRESS/MASK(NET)."""
    address, mask = re.sub(r"\(\w*\)?$", "", word), None
    if "/" in address:
        address, mask = address.split("/", 1)
    try:
        address = ipaddress.ip_address(address)
    except ValueError:
        return None  # a name
    width, value = address.max_prefixlen, int(address)
    if mask is not None:
        try:
            bits = int(ipaddress.ip_address(mask))
        except ValueError:
            return None
    elif value == 0:
        bits = 0
    else:
        bits = (1 << width) - 1
        while address.version == 4 and value & (((1 << width) - 1) ^ bits | 0xff * ((bits & -bits))) == 0:
            bits = bits << 8 & (1 << width) - 1
    return address.version, value & bits, bits


def listed(words, peer):
    for word in words:
        p = prefix(word)
        if p and p[0] == peer.version and int(peer) & p[2] == p[1]:
            return True
        if p and p[0] == 6 and p[2] == 0:
            return True  # a socket for both families sees IPv4 in IPv6's clothes
    return False


def read_xinetd(text):
    """{port/protocol: fields} of what it has started; among services of one socket the first."""
    # An address that this machine has not is no other one for doorward.
    started = set(re.findall(r"(?:Started service: |Cannot assign requested address \(errno = 99\)\)\. service = )(\S+)", text))
    found = {}
    for block in re.split(r"\n(?=Service configuration: )", text)[1:]:
        fields = dict(re.findall(r"^\t([^=:\n]+?)\s*[=:] ?(.*)$", block.split("\n\n")[0], re.M))
        if fields.get("id") in started:
            key = fields.get("port", "?") + "/" + re.sub(r"[(,].*", "", fields["Protocol (name,number)"].lower().lstrip("("))
            found.setdefault(key, fields)
    return found


def lets_in(fields, peer):
    only, no = fields["Only from"], fields["No access"]
    if "0" in (fields.get("Instances"), fields.get("PER_SOURCE")):
        return False
    if not no.startswith("No blocked") and listed(no.split(), peer):
        return False
    return only.startswith("All sites") or listed(only.split(), peer)


# --- doorward -----------------------------------------------------------------------------------------------------

def read_doorward(table):
    found = []
    for line in table.splitlines():
        words = line.split()
        keys = {}
        for key, value in re.findall(r' ([a-z_]+)=("(?:[^"\\]|\\.)*"|\S+)', line):
            if value.startswith('"'):
                value = re.sub(r"\\(.)", r"\1", value[1:-1])
            keys[key] = (keys[key] + " " if key in keys else "") + value
        found.append({"service": words[0], "protocol": words[2], "user": words[4], "program": words[5], "keys": keys, "line": line,
                      "sockets": re.findall(r" (\S+):%s(?= |$)" % re.escape(words[0]), line)})
    return found


def admitted(entry, peer):
    """doorward.conf(5), ACCESS: the longest prefix decides; an allow list alone refuses all others."""
    best = None
    for key, good in (("allow", True), ("deny", False)):
        for rule in entry["keys"].get(key, "").split():
            net = ipaddress.ip_network(rule, strict=False)
            if peer in net and (best is None or net.prefixlen > best[0]):
                best = (net.prefixlen, good)
    if best:
        return best[1]
    return not entry["keys"].get("allow")


def families(sockets):
    return {6 if s.startswith("[") else 4 for s in sockets}


def wider(entry, fields):
    """Why this entry gives more than xinetd does; None: it does not."""
    user = fields.get("user")
    uid = entry["user"].split(":")[0]
    if not uid.isdigit():
        import pwd
        uid = str(pwd.getpwnam(uid).pw_uid)
    if user and user != uid:
        return "another user: %s, not %s" % (uid, user)
    try:
        words = shlex.split(entry["keys"].get("args", os.path.basename(entry["program"])))
    except ValueError:
        words = fields["Server argv"].split()  # escapes that only doorward knows
    if words != fields["Server argv"].split():
        return "other words: %s, not %s" % (words, fields["Server argv"])
    bind = fields["Bind"].split("[")[0].strip()
    names = ("localhost", "unknown", "ip6-localhost")  # what a reverse lookup makes of 127.0.0.1 and ::1
    if bind in names and any(s in ("0.0.0.0", "[::]") for s in entry["sockets"]):
        return "more addresses"
    if bind not in ("All addresses.", *names) and not all(s.strip("[]") == bind for s in entry["sockets"]) and bind != "::":
        return "other addresses: %s, not %s" % (entry["sockets"], bind)
    if "IPv4" in fields["flags"] and 6 in families(entry["sockets"]):
        return "IPv6 too"
    for peer in PEERS:
        if admitted(entry, peer) and not lets_in(fields, peer):
            return "%s is let in" % peer
    return None


def import_it(text):
    """The text in a file, the definitions in another."""
    path, imported = os.path.join(FOLDER, "xinetd.conf"), os.path.join(FOLDER, "imported.conf")
    with open(path, "w") as f:
        f.write(text)
    got = subprocess.run([CTL, "import", "xinetd", path], capture_output=True, text=True)
    assert got.returncode in (0, 78), (got, text)
    with open(imported, "w") as f:
        f.write(got.stdout)
    return path, imported, got.stdout


def compare(number, rnd):
    text = mutate(rnd, configuration(rnd))
    path, imported, definitions = import_it(text)
    table = subprocess.run([DOORWARD, "-t", imported], capture_output=True, text=True)
    problems = []
    if table.returncode != 0:
        problems.append("doorward -t refuses it: " + table.stderr)
    entries = read_doorward(table.stdout.replace("0 services\n", ""))
    said = ask_xinetd(path) if XINETD != "-" else ""
    theirs = read_xinetd(said)
    for entry in entries if XINETD != "-" else []:
        fields = theirs.get(entry["service"] + "/" + entry["protocol"].rstrip("46"))
        why = "xinetd does not serve it" if fields is None else wider(entry, fields)
        if why:
            problems.append("%s: %s" % (entry["line"], why))
    if problems:
        print("configuration %d of seed %d:\n%s\n--- imported:\n%s\n--- xinetd:\n%s\n--- problems:\n%s"
              % (number, sys.argv[6], text, definitions, said, "\n".join(problems)))
    return len(entries), len(theirs), len(problems)


def mutated(seed, count):
    rnd = random.Random(int(seed))
    sums = [0, 0, 0]
    for number in range(int(count)):
        for i, n in enumerate(compare(number, random.Random(rnd.random()))):
            sums[i] += n
        if sums[2]:
            break
    print("%s configurations: %d services here, %d there, %d problems" % (count, *sums))
    return sums[2] == 0 and sums[0] >= int(count) / 4


# --- the same services under both ---------------------------------------------------------------------------------

SOURCES = ["127.0.0.1", "127.0.0.2", "127.5.0.1", "::1"]


def all_services():
    """Sets of lines; the program says whom it runs as."""
    users = ["user = nobody", "user = root", "user = daemon", "user = 65534", "user = 2"]
    groups = ["", "groups = yes", "group = games", "groups = yes\n\tgroup = games", "groups = no\n\tgroup = 60"]
    who = [u + "\n\t" + g for u in users for g in groups]
    peers = ["only_from = 127.0.0.1", "only_from = 127.0.0.0", "only_from = 127.1", "only_from = 127.0.0.0/255.0.0.0", "only_from =",
             "only_from = 127.{0,7}", "only_from = 127.0.0.{2,3}", "only_from = ::1", "only_from = 127.0.0.2/31", "only_from = localhost",
             "no_access = 127.0.0.2", "no_access = ::", "no_access = 127.0.0.0", "only_from = 127.0.0.1\n\tno_access = 127.0.0.0",
             "only_from = 127.0.0.0\n\tno_access = 127.0.0.1", "only_from = 127.0.0.1 10.0.0.1\n\tonly_from -= 127.0.0.1",
             "only_from = 127.0.0.1\n\tonly_from = 127.0.0.2", "only_from = 0.0.0.0", "no_access = 127.0.0.0/8\n\tno_access -= 127.0.0.0",
             "only_from = 0177.0.0.1", "only_from = ::ffff:127.0.0.1", "instances = 0", "per_source = 0", "only_from = ::1/128"]
    listen = ["flags = IPv4", "flags = IPv6", "flags = IPv4 IPv6", "bind = 127.0.0.2", "bind = ::1", "bind = ::", "bind = 0.0.0.0",
              "v6only = yes", "bind = ::\n\tv6only = yes", "interface = 127.0.0.1\n\tbind = 127.0.0.2", "DISABLE = YES", "nice = +2",
              "umask = 077", "server_args = -u", "server_args = -G # x", "flags = NAMEINARGS\n\tserver_args = /x/me -g"]
    return who + ["user = nobody\n\t" + more for more in peers + listen]


def ask(port, source):
    """What the program said; None: refused, in whichever way."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    with socket.socket(family) as s:
        s.settimeout(5)  # longer than an answer, shorter than forever: then it is none
        try:
            s.bind((source, 0))
            s.connect(("::1" if ":" in source else source, port))
            said = b""
            while chunk := s.recv(4096):
                said += chunk
        except OSError:
            return None
    return said.decode() or None


def served():
    sets = all_services()
    text = "".join("service s%d\n{\n\ttype = UNLISTED\n\tport = %d\n\tsocket_type = stream\n\twait = no\n\tserver = /usr/bin/id\n\t%s\n}\n"
                   % (n, 20000 + n, lines) for n, lines in enumerate(sets))
    path, imported, _ = import_it(text)
    asked = [(n, source) for n in range(len(sets)) for source in SOURCES]
    pid, fd, _ = start_xinetd(path)
    theirs = [ask(20000 + n, source) for n, source in asked]
    stop(pid, fd)
    ready = os.path.join(FOLDER, "ready")
    daemon = subprocess.Popen([DOORWARD, "-f", "--no-time", "--control=", "-p" + ready, imported], stderr=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin"})
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end and not (os.path.exists(ready) and os.path.getsize(ready)):
        time.sleep(0.02)
    ours = [ask(20000 + n, source) for n, source in asked]
    daemon.terminate()
    daemon.wait()
    wide = narrow = 0
    for (n, source), there, here in zip(asked, theirs, ours):
        if here and here != there:
            wide += 1
            print("from %s: %r under xinetd: %r, here: %r" % (source, sets[n], there, here))
        narrow += bool(there and not here)
    print("%d services asked %d times: %d answers there, %d here, %d wider, %d narrower"
          % (len(sets), len(asked), sum(map(bool, theirs)), sum(map(bool, ours)), wide, narrow))
    return wide == 0 and len(sets) >= 60 and sum(map(bool, ours)) * 2 > sum(map(bool, theirs)) > 0


if __name__ == "__main__":
    sys.exit(0 if globals()[sys.argv[5]](*sys.argv[6:]) else 1)
