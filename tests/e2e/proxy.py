"""proxy.py -- PROXY headers: whom they are believed from, what acts on the client they name; real HAProxy."""
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import harness as h  # pylint: disable=wrong-import-position

ENV = "/usr/bin/env"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def entry(port, keys="", program=ENV, protocol="tcp4"):
    return f"{port} on protocol = {protocol}, user = {h.SOMEBODY}, exec = {program}, {keys};\n"


def line(client="203.0.113.5", port=1234, server="198.51.100.1 443"):
    host, to = server.split()
    return f"PROXY TCP4 {client} {host} {port} {to}\r\n".encode()


def tlv(kind, value):
    return struct.pack(">BH", kind, len(value)) + value


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def binary(command=0x21, client="203.0.113.5", family=0x11, tlvs=b"", crc=False, block=None):
    if block is None:
        block = socket.inet_aton(client) + socket.inet_aton("198.51.100.1") + struct.pack(">HH", 1234, 443)
    block += tlvs

    def whole(rest):
        return SIGNATURE + struct.pack(">BBH", command, family, len(rest)) + rest
    if not crc:
        return whole(block)
    return whole(block + tlv(3, struct.pack(">I", crc32c(whole(block + tlv(3, bytes(4)))))))


def say(data, port=None, source=None, slow=False, **where):
    """Send it, end of input, all that comes back."""
    c = h.Client(port, source=source, **where)
    if c.socket.family == socket.AF_INET:
        c.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        for piece in [data[i:i + 1] for i in range(len(data))] if slow else [data]:
            c.send(piece)
        c.socket.shutdown(socket.SHUT_WR)
        return c.all()
    except OSError:
        return c.all()
    finally:
        c.close()


def variables(text):
    return dict(x.split("=", 1) for x in text.decode().splitlines() if "=" in x)


def has(got, expected, what):
    """Of a handler that is env(1): these variables; None: not set."""
    v = variables(got)
    h.same({k: v.get(k) for k in expected}, expected, what)


USUAL = {"PROTO": "TCP", "TCPREMOTEIP": "203.0.113.5", "TCPREMOTEPORT": "1234", "REMOTE_ADDR": "203.0.113.5",
         "REMOTE_PORT": "1234", "REMOTE_HOST": "203.0.113.5", "TCPLOCALIP": "198.51.100.1", "TCPLOCALPORT": "443"}


def run_variables(_):
    p = h.free_port()
    with h.Daemon(entry(p, "proxy = 127.0.0.1"), "-l") as d:
        has(say(line(), p), {**USUAL, "PROXY_ADDR": "127.0.0.1"}, "version 1: the client is whom it names")
        h.ok(d.logged(f"accept service={p} from=203.0.113.5:1234 "), "version 1: in the log too", d.text())
        got = variables(say(binary(), p))
        h.same({k: got.get(k) for k in USUAL}, USUAL, "version 2: the client is whom it names")
        h.ok(1 <= int(got.get("PROXY_PORT", 0)) <= 65535, "version 2: the balancer's port")
        ssl = b"\x01" + bytes(4) + tlv(0x21, b"TLSv1.3") + tlv(0x22, b"Alice B") + tlv(0x23, b"AES")
        many = tlv(1, b"h2") + tlv(2, b"www.example.org") + tlv(5, b"id-7") + tlv(0x20, ssl) + tlv(4, bytes(300))
        has(say(binary(tlvs=many, crc=True), p),
            {"PROXY_ALPN": "h2", "PROXY_AUTHORITY": "www.example.org", "PROXY_UNIQUE_ID": "id-7",
             "SSL_PROTOCOL": "TLSv1.3", "SSL_CIPHER": "AES", "SSL_CLIENT_S_DN_CN": "Alice B",
             "SSL_TLS_SNI": "www.example.org"}, "version 2: what else it says")
        has(say(binary(tlvs=tlv(5, b"a\nPATH=/x") + tlv(1, b"h\x7f2")), p),
            {"PROXY_UNIQUE_ID": None, "PROXY_ALPN": None}, "version 2: what is not printable is not set")
        own = {"TCPREMOTEIP": "127.0.0.1", "TCPLOCALIP": "127.0.0.1", "TCPLOCALPORT": str(p), "PROXY_ADDR": "127.0.0.1"}
        has(say(b"PROXY UNKNOWN whatever\r\n", p), own, "UNKNOWN: the connection's own")
        has(say(binary(command=0x20), p), own, "LOCAL: the connection's own")
        has(say(binary(family=0, block=b"\1\2\3\4"), p), own, "UNSPEC: the connection's own")
        has(say(binary(family=0x31, block=b"/run/x".ljust(216, b"\0")), p), own, "a unix client: the connection's own")
        has(say(binary(command=0x20, block=bytes(4096)), p), own, "4 KiB are skipped")
        six = socket.inet_pton(socket.AF_INET6, "2001:db8::5") * 2 + struct.pack(">HH", 9, 10)
        has(say(binary(family=0x21, block=six), p), {"TCPREMOTEIP": "2001:db8::5", "TCPREMOTEPORT": "9"}, "IPv6")
        has(say(b"PROXY TCP6 ::ffff:192.0.2.9 ::1 9 10\r\n", p), {"TCPREMOTEIP": "192.0.2.9"}, "a mapped one is IPv4")
        has(say(line(), p, source="127.0.0.2"), {"TCPREMOTEIP": "127.0.0.2", "PROXY_ADDR": None},
            "a stranger's header: he is who he is")


def run_bytes(_):
    p = h.free_port()
    data = b"first\nsecond" * 5000
    with h.Daemon(entry(p, "proxy = 127.0.0.1", "/bin/cat")):
        for name, head in (("version 1", line()), ("version 2", binary(tlvs=tlv(4, bytes(70))))):
            h.same(say(head + b"GET /\r\n", p, slow=True), b"GET /\r\n", f"{name}, byte by byte")
            h.ok(say(head + data, p) == data, f"{name}: not a byte behind it is taken")
            for cut in (1, 5, 12, 14, 15, 16, 17, len(head) - 1, len(head)):
                c = h.Client(p)
                c.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                c.send(head[:cut])
                if cut < len(head):
                    h.same(c.state(), "waiting", f"{name}: {cut} bytes are not all")
                c.send(head[cut:] + b"x\n")
                h.ok(h.wait_for(lambda c=c: c.state() == "served") and c.buffer == b"x\n", f"{name}: cut at {cut}")
                c.close()
        h.same(say(line() + b"y", p, source="127.0.0.2"), line() + b"y", "a stranger's header is data")


BAD = [
    ("no header", b"GET / HTTP/1.1\r\n\r\n"),
    ("a line without CR", line().replace(b"\r", b"")),
    ("a line that is too long", b"PROXY UNKNOWN " + b"x" * 100 + b"\r\n"),
    ("no address", b"PROXY TCP4 300.0.113.5 198.51.100.1 1234 443\r\n"),
    ("a part of it", line()[:-4]),
    ("a part of version 2", binary()[:-4]),
    ("version 3", binary(command=0x31)),
    ("an unknown command", binary(command=0x22)),
    ("an unknown family", binary(family=0x41)),
    ("over 4 KiB", binary(command=0x20, block=bytes(4097))),
    ("half a list", binary(tlvs=b"\1\0\5ab")),
    ("a wrong sum", binary(tlvs=tlv(3, b"\1\2\3\4"))),
    ("a sum that is none", binary(tlvs=tlv(3, b"\1\2\3"))),
]


def run_bad(_):
    p = h.free_port()
    with h.Daemon(entry(p, "proxy = 127.0.0.0/8, accept_max = 2")) as d:
        for i, (what, data) in enumerate(BAD):
            h.same(say(data, p, source=f"127.0.1.{i}"), b"", f"{what}: closed")
        h.ok(d.logged(f"reject service={p} from=127.0.1.[0-9]+:[0-9]+ reason=proxy"), "told", d.text())
        for _ in range(30):
            h.Client(p).close()
        has(say(line(), p), {"TCPREMOTEIP": "203.0.113.5"}, "and the next one is served")

        def counted():  # when the last handler has ended
            os.kill(d.pid, signal.SIGUSR1)
            return d.lines(f"state service={p} .*running=0/2 .* proxy={len(BAD)} probe=30")
        h.ok(h.wait_for(counted), "all counted", d.text())
        h.same(len(d.lines("reason=probe")), 0, "probes are not told")


def run_late(_):
    p = h.free_port()
    with h.Daemon(entry(p, "proxy = 127.0.0.1, proxy_timeout = 300ms, accept_max = 2")) as d:
        silent, slow, third = h.Client(p), h.Client(p), h.Client(p)
        slow.send(b"PROXY TC")
        third.send(line())
        h.same((silent.decided(), slow.decided()), ("closed", "closed"), "silent, slow: closed")
        h.ok(d.logged(f"reject service={p} from=127.0.0.1:[0-9]+ reason=proxy"), "told")
        h.same(third.decided(), "served", "each had a place; who waited for one has it")
        gone = h.Client(p)
        gone.send(b"PROXY")
        d.reload("# nothing\n")
        h.same(gone.decided(), "closed", "the service goes: closed")


def run_rules(_):
    access, source, rate = (h.free_port() for _ in range(3))
    keys = "proxy = 127.0.0.0/8, "
    with h.Daemon(entry(access, keys + "allow = 203.0.113.0/24, deny = 203.0.113.9") +
                  entry(source, keys + "source_max = 1", "/bin/cat") +
                  entry(rate, keys + "ip_max = 1/h, service_max = 4/h")) as d:
        h.ok(say(line(), access), "allow: the client's address counts")
        h.same(say(line("203.0.113.9"), access), b"", "deny: likewise")
        h.ok(d.logged(f"reject service={access} from=203.0.113.9:1234 reason=access"), "and is told", d.text())
        h.same(say(binary(command=0x20), access), b"", "who speaks for himself is judged himself")
        first, second, third = h.Client(source), h.Client(source), h.Client(source)
        first.send(line() + b"a\n")
        h.same(first.decided(), "served", "source_max: the first of a client")
        second.send(line() + b"a\n")
        h.same(second.decided(), "closed", "source_max: the second of that client")
        third.send(line("203.0.113.6") + b"a\n")
        h.same(third.decided(), "served", "source_max: another one through the same balancer")
        h.ok(d.logged(f"reject service={source} from=203.0.113.5:1234 reason=source_max"), "and is told")
        h.ok(say(line(), rate), "ip_max: the first")
        h.same(say(line(), rate), b"", "ip_max: the second")
        for _ in range(9):
            h.Client(rate).close()
        h.same(say(b"bad", rate), b"", "no header")
        h.same([bool(say(line(f"192.0.2.{i}"), rate)) for i in range(3)], [True] * 3,
               "service_max: none of those was a start")
        h.same(h.Client(rate).state(), "waiting", "service_max: they were all there are")
        for c in (first, second, third):
            c.close()


def run_unix(_):
    path = os.path.join(h.TMP, "unix.sock")
    other = os.path.join(h.TMP, "other.sock")
    me = os.getuid()
    conf = entry(path, f"proxy = uid:{me}", protocol="unix") + entry(other, f"proxy = uid:{me + 1}", protocol="unix")
    with h.Daemon(conf):
        has(say(line(), path=path), {**USUAL, "PROXY_ADDR": f"uid:{me}", "PROXY_PORT": None}, "unix: uid:N")
        has(say(binary(command=0x20), path=path), {"PROTO": "UNIX", "UNIXLOCALPATH": path, "UNIXREMOTEEUID": str(me)},
            "unix, LOCAL: the connection's own")
        has(say(line(), path=other), {"PROTO": "UNIX", "PROXY_ADDR": None}, "unix: another uid")


def run_others(_):
    mux, day, echo = (h.free_port() for _ in range(3))
    builtin = f"on protocol = tcp4, user = {h.SOMEBODY}, proxy = 127.0.0.1, builtin ="
    conf = f"{mux} {builtin} tcpmux;\n{day} {builtin} daytime;\n{echo} {builtin} echo;\n"
    conf += f"tcpmux/+env on user = {h.SOMEBODY}, exec = {ENV}, deny = 192.0.2.0/24;\n"
    with h.Daemon(conf) as d:
        got = say(line() + b"env\r\n", mux)
        h.ok(got.startswith(b"+Go\r\n"), "tcpmux: behind the header")
        has(got, {**USUAL, "PROXY_ADDR": "127.0.0.1"}, "tcpmux: the service knows the client")
        h.ok(say(line("192.0.2.1") + b"env\r\n", mux).startswith(b"-Access denied"), "tcpmux: its rules know him")
        h.ok(b":" in say(line(), day), "a builtin that answers at once")
        h.same(say(b"x", day), b"", "and does not without a header")
        h.same(say(binary() + b"hello", echo), b"hello", "a builtin in a process")
        d.reload(conf.replace("proxy = 127.0.0.1, ", ""))
        h.same(say(line(), echo), line(), "a reload without the key: data")


def run_check(_):
    conf = os.path.join(h.TMP, "check.conf")
    for text, what in ((f"7007 on protocol = udp, user = {h.SOMEBODY}, exec = {ENV}", "a stream socket of its own"),
                       (f"7007 on protocol = tcp, wait = yes, user = {h.SOMEBODY}, exec = {ENV}", "a nowait service"),
                       (f"tcpmux/x on user = {h.SOMEBODY}, exec = {ENV}", "a stream socket of its own")):
        with open(conf, "w", encoding="ascii") as f:
            f.write(f"{text}, proxy = 10.0.0.0/8;\n")
        out = subprocess.run([h.DOORWARD, "-t", conf], capture_output=True, text=True, check=False)
        h.ok(out.returncode == 78 and f'key "proxy" is for {what}' in out.stderr + out.stdout, f"-t: {what}",
             out.stdout + out.stderr)


# --- the real one ------------------------------------------------------------------------------------


HAPROXY = shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin")


def certificate(path):
    return subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=client one", "-keyout", path, "-out", path + ".crt"],
        capture_output=True, check=False).returncode == 0


def ask_tls(port, pem, name):
    out = subprocess.run(["openssl", "s_client", "-quiet", "-verify_quiet", "-connect", f"127.0.0.1:{port}",
                          "-servername", name, "-cert", pem + ".crt", "-key", pem],
                         stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
    return out.stdout


def run_haproxy(_):
    if not HAPROXY:
        h.skip("no haproxy here")
        return
    ways = ["send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id"]
    fronts = [h.free_port() for _ in ways]
    back, tls = h.free_port(), h.free_port()
    pem = os.path.join(h.TMP, "pem")
    has_tls = certificate(pem)
    conf = "defaults\n mode tcp\n timeout connect 5s\n timeout client 10s\n timeout server 10s\n"
    for i, way in enumerate(ways):
        conf += f"listen l{i}\n bind 127.0.0.1:{fronts[i]}\n unique-id-format id-%pid\n"
        conf += f" server s 127.0.0.1:{back} source 127.0.0.3 {way} check inter 50ms\n"
    if has_tls:
        with open(pem, "a", encoding="ascii") as f, open(pem + ".crt", encoding="ascii") as crt:
            f.write(crt.read())
        conf += f"listen tls\n bind 127.0.0.1:{tls} ssl crt {pem} ca-file {pem}.crt verify required alpn h2,http/1.1\n"
        conf += f" server s 127.0.0.1:{back} source 127.0.0.3 send-proxy-v2-ssl-cn"
        conf += " proxy-v2-options ssl,cert-cn,ssl-cipher,authority\n"
    config = os.path.join(h.TMP, "haproxy.cfg")
    with open(config, "w", encoding="ascii") as f:
        f.write(conf)
    with h.Daemon(entry(back, "proxy = 127.0.0.3"), "-l") as d, \
            subprocess.Popen([HAPROXY, "-db", "-f", config], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as ha:
        try:
            for i, way in enumerate(ways):
                h.ok(h.wait_for(lambda i=i: connects(fronts[i])), f"haproxy, {way}: it listens")
                c = h.Client(fronts[i], source="127.0.0.9")
                client = c.socket.getsockname()
                expected = {"TCPREMOTEIP": "127.0.0.9", "TCPREMOTEPORT": str(client[1]),
                            "TCPLOCALPORT": str(fronts[i]), "PROXY_ADDR": "127.0.0.3"}
                has(c.all(), expected, f"haproxy, {way}: the real client")
                c.close()
            h.ok(h.wait_for(lambda: variables(say(b"", fronts[2])).get("PROXY_UNIQUE_ID", "").startswith("id-")),
                 "haproxy: its unique id")
            if has_tls:
                h.ok(h.wait_for(lambda: connects(tls)), "haproxy, TLS: it listens")
                got = ask_tls(tls, pem, "www.example.org")
                has(got, {"SSL_CLIENT_S_DN_CN": "client one", "SSL_TLS_SNI": "www.example.org", "PROXY_ADDR": "127.0.0.3",
                          "SSL_PROTOCOL": "TLSv1.3"}, "haproxy, send-proxy-v2-ssl-cn")
            else:
                h.skip("no openssl here: send-proxy-v2-ssl-cn")

            def probes():
                os.kill(d.pid, signal.SIGUSR1)
                return d.lines(f"state service={back} .*started=[1-9]")
            h.ok(h.wait_for(probes), "haproxy: checks go on")
            h.same(len(d.lines("reject ")), 0, "haproxy: none of it was refused", d.text())
        finally:
            ha.kill()


def connects(port):
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
        return True
    except OSError:
        return False


def main():
    h.rows([("variables", run_variables), ("bytes", run_bytes), ("bad", run_bad), ("late", run_late),
            ("rules", run_rules), ("unix", run_unix), ("others", run_others), ("check", run_check),
            ("haproxy", run_haproxy)], lambda name, run: run(name))
    h.done()


main()
