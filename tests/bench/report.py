# report.py -- the results of run.py as Markdown and as a plot
"""Medians over the rounds; a ratio to the floor is the median of each round's own ratio."""

import datetime
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import tempfile

PLOT = "bench.svg"


def median(values):
    known = [v for v in values if v is not None]
    return statistics.median(known) if known else None


def number(value, digits=0):
    return "–" if value is None else f"{value:.{digits}f}"


def milliseconds(value):
    return number(None if value is None else value / 1000, 2)


def counted(n, what):
    return f"{n} {what}{'s' if n > 1 else ''}"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |",
             "|---|" + "---:|" * (len(header) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


class Report:
    def __init__(self, bench, quick, begun):
        self.bench, self.quick, self.begun = bench, quick, begun
        self.results = bench.results
        self.names = [s.name for s in bench.servers]

    # Numbers.
    def values(self, case, server, key):
        return [r.get(key) for r in self.results.get(case, {}).get(server, [])]

    def median(self, case, server, key):
        return median(self.values(case, server, key))

    def ratio(self, case, server, key="rate", base="floor", base_case=None):
        pairs = zip(self.values(case, server, key), self.values(base_case or case, base, key))
        return median([a / b for a, b in pairs if a is not None and b])

    def errors(self, case, server):
        return sum(v or 0 for v in self.values(case, server, "errors"))

    # Tables.
    def to_floor(self, case, name, key, hot):
        """Round by round; where the floor cannot do the case (hot given), to its medians there."""
        if not hot:
            return self.ratio(case, name, key)
        mine, base = self.median(case, name, key), self.median(hot, "floor", key)
        return mine / base if mine is not None and base else None

    def rate_row(self, case, name, hot):
        row = [name, number(self.median(case, name, "rate")),
               number(self.to_floor(case, name, "rate", hot), 2)]
        some = self.median(case, name, "done")
        row += [milliseconds(self.median(case, name, key) if some else None)
                for key in ("p50", "p99", "p999")]
        row += [number(self.to_floor(case, name, "p99", hot) if some else None, 2),
                number(self.errors(case, name))]
        return row

    def rates(self, title, case, hot=None):
        if case not in self.results:
            return ""
        header = ["server", "a second", "to floor", "p50 ms", "p99 ms", "p99.9 ms", "p99 to floor",
                  "errors"]
        names = [n for n in self.names if n in self.results[case]]
        rows = [self.rate_row(case, n, hot) for n in names]
        return f"### {title}\n\n" + table(header, rows) + "\n"

    def reload(self):
        if "reload" not in self.results:
            return ""
        rows = []
        for name in [n for n in self.names if n in self.results["reload"]]:
            seconds = self.median("reload", name, "seconds")
            cpu = self.median("reload", name, "cpu")
            rows.append([name, number(seconds and seconds * 1000, 1), number(cpu and cpu * 1000, 1),
                         milliseconds(self.median("reload", name, "longest")),
                         milliseconds(self.median("reload", name, "quiet")),
                         number(self.errors("reload", name))])
        return (f"### Reload of {self.bench.plan['sizes'][-1]} unchanged services, one client\n\n"
                + table(["server", "HUP to done, ms", "master's CPU, ms", "longest wait, ms",
                         "longest without, ms", "errors"], rows) + "\n")

    def live(self, count):
        case = f"live/{count}/reap"
        if case not in self.results:
            return ""
        rows = []
        for name in [n for n in self.names if n in self.results[case]]:
            after = self.ratio(f"live/{count}/after", name, "p50", name, f"live/{count}/before")
            rows.append([name, number(self.median(case, name, "rate")), number(after, 2),
                         number(self.ratio(f"live/{count}/after", name), 2),
                         number(self.median(case, name, "seconds"), 2),
                         number(sum(self.values(case, name, "missing"))),
                         number(self.median(f"memory/live/{count}", name, "per_handler"))])
        return (f"### {count} idle live handlers\n\n"
                + table(["server", "started a second", "p50 of one more, to before",
                         "its rate to floor's", "all ended and reaped, s", "missing",
                         "private bytes a handler"], rows) + "\n")

    def start_and_memory(self):
        sizes = [n for n in self.bench.plan["sizes"] if f"memory/idle/{n}" in self.results]
        if not sizes:
            return ""
        rows = []
        for name in self.names:
            for n in sizes:
                case = f"memory/idle/{n}"
                if name not in self.results[case]:
                    continue
                seconds = self.median(f"start/{n}", name, "seconds")
                after = self.median(f"memory/after-load/{n}", name, "private")
                rows.append([name, str(n), number(seconds and seconds * 1000, 1),
                             number(self.median(case, name, "private")),
                             number(self.median(case, name, "pss")), number(after)])
        return ("### Start-up and memory of the master\n\n"
                + table(["server", "services", "to the last port's answer, ms", "private KiB",
                         "Pss KiB", "private KiB after load"], rows) + "\n")

    # The numbers that are to be reached: text, measured, limit, True where at least is meant.
    def targets(self):
        big = self.bench.plan["sizes"][-1]
        live = self.bench.plan["live"][-1]
        me = "doorward"
        one = self.median("memory/idle/1", me, "private")
        many = self.median(f"memory/idle/{big}", me, "private")
        each = (many - one) * 1024 / (big - 1) if one and many else None
        rejects = [self.median(f"reject/{k}", me, "rate") for k in ("source_max", "ip_max")]
        floor = self.median("hot/16", "floor", "rate")
        fewest = min((r for r in rejects if r), default=None)
        seconds = self.median("reload", me, "seconds")
        longest = self.median("reload", me, "longest")
        missing = self.values(f"live/{live}/reap", me, "missing")
        yield "rate at 16 clients, to the floor", self.ratio("hot/16", me), 1.00, True
        yield ("rate at 16 clients, to tcpserver", self.ratio("hot/16", me, base="tcpserver"),
               1.00, True)
        yield "p99 at 16 clients, to the floor", self.ratio("hot/16", me, "p99"), 1.10, False
        yield ("p99 at 16 clients, to the floor with sessions",
               self.ratio("hot/16", me, "p99", "floor-session"), 1.05, False)
        yield "rate at 1 client, to the floor", self.ratio("hot/1", me), 0.95, True
        for size, least in ((900, 0.95), (big, 0.85)):
            for which in ("last", "all"):
                share = self.ratio(f"services/{size}/{which}", me)
                base = self.ratio(f"services/1/{which}", me)
                yield (f"rate at {size} services ({which}) to 1 service, each to its floor",
                       share / base if share and base else None, least, True)
        yield (f"p50 of a start beside {live} live handlers, to before",
               self.ratio(f"live/{live}/after", me, "p50", me, f"live/{live}/before"), 1.2, False)
        yield f"{live} handlers ended and reaped, s", self.median(f"live/{live}/reap", me,
                                                                  "seconds"), 2.0, False
        yield "handlers or slots missing", sum(missing) if missing else None, 0, False
        yield ("rejects to the floor's rate", fewest / floor if fewest and floor else None, 20,
               True)
        yield "private KiB with one service", one, 300, False
        yield "private bytes a further service", each, 400, False
        yield ("private bytes a live handler",
               self.median(f"memory/live/{live}", me, "per_handler"), 96, False)
        yield f"reload of {big}, ms", seconds and seconds * 1000, 100, False
        yield "longest wait during it, ms", longest and longest / 1000, 100, False

    def target_table(self):
        rows = []
        for text, value, limit, least in self.targets():
            if value is None:
                continue
            good = value >= limit if least else value <= limit
            rows.append([text, number(value, 2), f"{'≥' if least else '≤'} {limit:g}",
                         "met" if good else "missed"])
        return "## Targets\n\n" + table(["doorward", "measured", "target", ""], rows) + "\n" \
            if rows else ""

    # Text.
    def machine(self):
        cpu = memory = "?"
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
        for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemTotal"):
                memory = f"{int(line.split()[1]) / 1048576:.0f} GiB"
        system = platform.freedesktop_os_release().get("PRETTY_NAME", "?") \
            if hasattr(platform, "freedesktop_os_release") else "?"
        load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
        return (f"{cpu}, {os.cpu_count()} processors, {memory}; {system}, Linux "
                f"{platform.release()}; load average at the end {load}")

    def head(self):
        date = datetime.datetime.fromtimestamp(self.begun, datetime.timezone.utc)
        minutes = (datetime.datetime.now().timestamp() - self.begun) / 60
        plan = self.bench.plan
        versions = [f"{s.name} {s.version()}".replace(f"{s.name} {s.name}", s.name).strip()
                    for s in self.bench.servers if not s.name.startswith("floor")]
        return (f"# Benchmark{' (quick)' if self.quick else ''}\n\n"
                f"{date:%Y-%m-%d %H:%M} UTC, {minutes:.0f} minutes. {self.machine()}.\n\n"
                f"Servers: {'; '.join(versions)}. All start the same static handler, which writes "
                "one line and exits. The floor does nothing but accept, vfork and exec. doorward "
                "runs with limits by service and by source, access rules, environment and the log "
                "of connections on; the others run with their fewest features.\n\n"
                f"Closed loop over loopback, every reply verified, {plan['ms'] / 1000:g} s a "
                f"measurement, medians of {plan['rounds']} rounds for one service, of "
                f"{plan['size_rounds']} for the rest. *To floor* is the median of the ratios "
                "within each round, so that the noise of a machine does not matter; for refusals, "
                "udp and builtins it is the ratio to the floor's one service at as many clients. "
                "Refusals come from two generators with half of the clients each.\n")

    def markdown(self):
        plan = self.bench.plan
        parts = [self.head(), self.target_table(), "## Results\n"]
        parts += [self.rates(f"One service, {counted(n, 'client')}", f"hot/{n}")
                  for n in plan["clients"]]
        for n in plan["sizes"]:
            title = counted(n, "service")
            parts += [self.rates(f"{title}, one client on the last", f"services/{n}/last"),
                      self.rates(f"{title}, 16 clients on all", f"services/{n}/all")]
        parts += [self.live(n) for n in plan["live"]]
        parts += [self.rates("Refused: handlers by source, 16 clients", "reject/source_max",
                             "hot/16"),
                  self.rates("Refused: starts by source, 16 clients", "reject/ip_max", "hot/16"),
                  self.rates("udp nowait, 1 client", "udp/1", "hot/1"),
                  self.rates("udp nowait, 16 clients", "udp/16", "hot/16"),
                  self.rates("Builtin echo, tcp, 16 clients", "echo/tcp", "hot/16"),
                  self.rates("Builtin echo, udp, 16 clients", "echo/udp", "hot/16"),
                  self.reload(), self.start_and_memory()]
        if self.bench.notes:
            parts.append("### Notes\n\n" + "\n".join(f"* {n}" for n in self.bench.notes) + "\n")
        return "\n".join(part for part in parts if part)

    def write(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        text = self.markdown()
        if self.plot(folder / PLOT):
            text = text.replace("## Results\n", f"## Results\n\n![rates]({PLOT})\n", 1)
        (folder / "README.md").write_text(text)

    # The plot: ratio to the floor by clients, and rate by number of services.
    def plot(self, path):
        if not shutil.which("gnuplot") or "hot/16" not in self.results:
            return False
        with tempfile.TemporaryDirectory() as work:
            script = pathlib.Path(work) / "plot"
            script.write_text(self.script(path))
            out = subprocess.run(["gnuplot", str(script)], capture_output=True, text=True,
                                 check=False, timeout=60)
        if out.returncode != 0:
            self.bench.note(f"gnuplot: {out.stderr.strip()[:200]}")
        return out.returncode == 0

    def script(self, path):
        clients = self.bench.plan["clients"]
        bars = ["server " + " ".join(f'"{counted(n, "client")}"' for n in clients)]
        for name in [n for n in self.names if n in self.results["hot/16"]]:
            cells = [number(self.ratio(f"hot/{n}", name), 3).replace("–", "NaN") for n in clients]
            bars.append(f'"{name}" ' + " ".join(cells))
        lines, curves = [], []
        for name in [n for n in self.names if n in self.results.get("services/1/all", {})]:
            points = [(n, self.ratio(f"services/{n}/all", name))
                      for n in self.bench.plan["sizes"]]
            points = [(n, r) for n, r in points if r is not None]
            if len(points) > 1 and name != "floor":
                lines.append(f"$d{len(curves)} << EOD\n"
                             + "\n".join(f"{n} {r:.3f}" for n, r in points) + "\nEOD\n")
                curves.append(f'$d{len(curves)} using 1:2 with linespoints lw 2 title "{name}"')
        bar_plot = ", ".join(f"$bars using {i + 2}{':xtic(1)' if i == 0 else ''} "
                             f"title columnheader({i + 2})" for i in range(len(clients)))
        second = ("set style data lines\nset logscale x\nset xrange [0.8:13000]\n"
                  'set xtics norotate (1, 10, 100, 900, "4k" 4000, "10k" 10000)\n'
                  'set xlabel "services"\n'
                  'set title "connections a second over all ports, 16 clients (floor = 1)"\n'
                  f"plot {', '.join(curves)}\n") if curves else ""
        return ("$bars << EOD\n" + "\n".join(bars) + "\nEOD\n" + "".join(lines)
                + f"set terminal svg size 900,{760 if curves else 400} background 'white' "
                "font 'sans,12'\n"
                f"set output '{path}'\nset multiplot layout {2 if curves else 1},1\n"
                "set style data histograms\nset style fill solid 0.8\nset grid ytics\n"
                "set yrange [0:*]\nset key outside right top\nset xtics rotate by -20\n"
                'set title "connections a second, one service (floor = 1)"\n'
                f"plot {bar_plot}\n{second}unset multiplot\n")
