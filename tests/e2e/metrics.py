"""metrics.py -- the builtin status: what it counts, that Prometheus takes it, health, requests that are none."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import harness as h  # pylint: disable=wrong-import-position

CTL = os.path.join(h.BUILD, "src/doorwardctl")
PROMTOOL = shutil.which("promtool")
OPENMETRICS = "Accept: application/openmetrics-text;version=1.0.0,*/*;q=0.1\r\n"


def entry(port, program, keys="accept_max = 9", protocol="tcp4"):
    return f"{port} on protocol = {protocol}, user = {h.SOMEBODY}, exec = {program}, {keys};\n"


def status(port, keys="accept_max = 9", protocol="tcp4"):
    return f"{port} on protocol = {protocol}, user = {h.SOMEBODY}, builtin = status, {keys};\n"


def http(port, request, **where):
    """The status line's code, the fields, the body."""
    c = h.Client(port, **where)
    c.send(request.encode("latin-1"))
    head, _, body = c.all().partition(b"\r\n\r\n")
    c.close()
    lines = head.decode().split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:])
    return (lines[0].split(" ")[1] if " " in lines[0] else ""), fields, body.decode()


def get(port, page, fields="", **where):
    return http(port, f"GET {page} HTTP/1.1\r\nHost: x\r\n{fields}\r\n", **where)


def samples(text):
    """NAME{LABELS} -> value; checked: a type before each family, no line twice, the end."""
    got, lines = {}, text.split("\n")
    h.same(lines[-2:], ["# EOF", ""], "the last line is the end")
    for line in lines[:-2]:
        if line.startswith("#"):
            continue
        match = re.fullmatch(r'(doorward_[a-z_]+(?:\{(?:[a-z]+="(?:[^"\\\n]|\\.)*",?)+\})?) ([0-9.]+)', line)
        if not match or match.group(1) in got:
            h.ok(False, "a sample, once", line)
            continue
        got[match.group(1)] = float(match.group(2))
    return got


def promtool(text, what):
    if not PROMTOOL:
        h.skip(f"{what}: no promtool here")
        return
    out = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    h.ok(out.returncode == 0, f"{what}: promtool has nothing to say", out.stdout + out.stderr)


def labels(port, protocol="tcp4"):
    return f'service="{port}",protocol="{protocol}",address="0.0.0.0:{port}"'


def run_counts(_):
    web, good, bad, deaf, long = (h.free_port() for _ in range(5))
    sleeper = os.path.join(h.TMP, "sleeper.sh")
    with open(sleeper, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\nexec sleep 60\n")
    os.chmod(sleeper, 0o755)
    conf = status(web) + entry(good, "/bin/cat", "deny = 127.0.0.9") + entry(bad, "/bin/false")
    conf += entry(deaf, sleeper) + entry(long, sleeper, "timeout = 100ms")
    with h.Daemon(conf, "-l") as d:
        for _ in range(3):
            h.ask(good)
            h.ask(bad)
            h.ask(good, source="127.0.0.9")
        held = h.Client(deaf)
        h.ask(long)
        other = h.Client(deaf)
        h.ok(h.wait_for(lambda: len(d.lines(f"accept service={deaf} ")) == 2), "two handlers run")
        os.kill(int(re.search(r"pid=(\d+)", d.lines(f"accept service={deaf} ")[0]).group(1)), signal.SIGKILL)
        h.ok(d.logged(f"exit service={deaf} .*signal=SIGKILL"), "one was killed")
        h.ok(d.logged(f"exit service={long} .*reason=timeout"), "one had its time")
        h.ok(h.wait_for(lambda: len(d.lines("^exit .*status=")) >= 6), "the others ended")
        d.reload("nonsense\n")
        d.reload(conf)
        code, fields, text = get(web, "/metrics")
        h.same((code, fields["content-length"], fields["connection"]), ("200", str(len(text)), "close"), "HTTP")
        got = samples(text)
        expected = {
            f"doorward_service_started_total{{{labels(good)}}}": 3,
            f"doorward_service_started_total{{{labels(deaf)}}}": 2,
            f'doorward_service_rejected_total{{{labels(good)},reason="access"}}': 3,
            f'doorward_service_exits_total{{{labels(good)},class="clean"}}': 3,
            f'doorward_service_exits_total{{{labels(bad)},class="status"}}': 3,
            f'doorward_service_exits_total{{{labels(deaf)},class="signal"}}': 1,
            f'doorward_service_exits_total{{{labels(long)},class="timeout"}}': 1,
            f"doorward_service_running{{{labels(deaf)}}}": 1,
            f"doorward_service_running{{{labels(good)}}}": 0,
            f"doorward_service_up{{{labels(good)}}}": 1,
            f"doorward_service_duration_seconds_count{{{labels(bad)}}}": 3,
            f'doorward_service_duration_seconds_bucket{{{labels(bad)},le="+Inf"}}': 3,
            f'doorward_service_duration_seconds_bucket{{{labels(long)},le="0.05"}}': 0,
            f'doorward_service_duration_seconds_bucket{{{labels(long)},le="+Inf"}}': 1,
            'doorward_reloads_total{result="good"}': 1,
            'doorward_reloads_total{result="bad"}': 1,
            "doorward_log_lost_lines_total": 0,
            "doorward_services": 5,
            "doorward_handlers": 2,  # one of them tells this
        }
        h.same({k: got.get(k) for k in expected}, expected, "what is counted")
        buckets = [v for k, v in got.items() if f"bucket{{{labels(bad)}" in k]
        h.ok(buckets == sorted(buckets) and len(buckets) == 13, "a histogram goes up", buckets)
        h.ok(got["doorward_uptime_seconds"] > 0 and got["doorward_memory_bytes"] > 100000, "the daemon's own")
        h.ok("127.0.0.9" not in text, "no peer")
        promtool(text, "/metrics")
        code, fields, strict = get(web, "/metrics", OPENMETRICS)
        h.same(fields["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8",
               "OpenMetrics where it is asked for")
        h.ok(f"# TYPE doorward_service_started counter\ndoorward_service_started_total{{{labels(web)}}} " in strict,
             "which calls counters otherwise", strict)
        h.ok(set(got) <= set(samples(strict)), "and has the same samples")
        for c in (held, other):
            c.close()


def user_of(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            return re.search(r"^Uid:(.*)", f.read(), re.M).group(1).split()
    except OSError:
        return []


def run_requests(_):
    web, path = h.free_port(), os.path.join(h.TMP, "web.sock")
    with h.Daemon(status(web) + status(path, protocol="unix"), "-l") as d:
        for request, code in (("GET / HTTP/1.1\r\n\r\n", "404"), ("POST /metrics HTTP/1.1\r\n\r\n", "405"),
                              ("GET /metrics\r\n\r\n", "400"), ("\r\n\r\n", "400"), ("GET /healthz HTTP/1.0\n\n", "200"),
                              ("GET /healthz?x=1 HTTP/1.1\r\nA: b\r\n\r\n", "200")):
            h.same(http(web, request)[0], code, f"{request!r}")
        code, fields, body = http(web, "HEAD /healthz HTTP/1.1\r\n\r\n")
        h.same((code, fields["content-length"], body), ("200", "3", ""), "HEAD: the fields alone")
        h.same(http(web, "GET /" + "x" * 9000)[0], "", "too long: closed")
        c = h.Client(web)
        for byte in b"GET /healthz HTTP/1.1\r\n\r\n":
            c.send(bytes([byte]))
        h.ok(c.all().endswith(b"\r\n\r\nok\n"), "byte by byte")
        c.close()
        h.same(get(None, "/healthz", path=path)[2], "ok\n", "over a unix socket")
        slow = h.Client(web)
        h.ok(h.wait_for(d.handlers), "who says nothing has a child")
        if h.ROOT:
            h.ok(h.wait_for(lambda: any(user_of(pid) == ["65534"] * 4 for pid in d.handlers())), "as the entry's user")
        h.same(get(web, "/healthz")[0], "200", "and holds nobody up")
        slow.close()


def run_health(_):
    web, port = h.free_port(), h.free_port()
    with socket.socket() as other:
        other.bind(("0.0.0.0", port))
        other.listen()
        with h.Daemon(status(web) + entry(port, "/bin/cat", "name = mine")) as d:
            h.ok(d.logged("listen service=mine .*error="), "a port is taken")
            code, _, body = get(web, "/healthz")
            h.same((code, body), ("503", "down mine tcp4\n"), "503, and its name")
            h.ok('doorward_service_up{service="mine",' in get(web, "/metrics")[2], "in the metrics by its name")
            state = json.loads(get(web, "/status.json")[2])["services"]
            h.same([(s["service"], s["state"]) for s in state], [(str(web), "listening"), ("mine", "down")],
                   "/status.json")
            other.close()
            h.ok(h.wait_for(lambda: get(web, "/healthz")[0] == "200"), "200 once it could be opened")


def run_ctl(_):
    web, port, path = h.free_port(), h.free_port(), os.path.join(h.TMP, "metrics.ctl")
    many = "".join(entry(f"tcpmux/x{i}", "/bin/cat") for i in range(300)).replace("protocol = tcp4, ", "")
    with h.Daemon(status(web) + entry(port, "/bin/cat") + many, "--control", path):
        h.ask(port)
        out = subprocess.run([CTL, "-s", path, "metrics"], capture_output=True, text=True, check=False)
        h.same((out.returncode, out.stderr), (0, ""), "doorwardctl metrics")
        promtool(out.stdout, "doorwardctl metrics")
        mine, theirs = set(samples(out.stdout)), set(samples(get(web, "/metrics")[2]))
        h.same({s for s in mine ^ theirs if f'"{web}"' not in s}, set(), "it prints the same")
        state = subprocess.run([CTL, "-s", path, "status", "--json"], capture_output=True, text=True, check=False)
        told, shown = (json.loads(text)["services"][1] for text in (state.stdout, get(web, "/status.json")[2]))
        h.ok(told.pop("exit_age") <= shown.pop("exit_age"), "both say how long ago")
        h.same(told, shown,
               "/status.json says what doorwardctl status --json says")


def main():
    h.rows([("counts", run_counts), ("requests", run_requests), ("health", run_health), ("ctl", run_ctl)],
           lambda name, run: run(name))
    h.done()


main()
