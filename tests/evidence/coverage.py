#!/usr/bin/env python3
"""evidence/coverage.py -- what the tests reached, from clang's counters: a page, a sum, and a check

coverage.py FOLDER SOURCES PROGRAM...: FOLDER has the .profraw files; `html/index.html`, `missed` and
`lines.json` (which lines each test reaches) go there.
Fails when a decision of the strict files is missed that tests/evidence/unreached does not list with its
reason, when the others stay below 95 % of branches, or when a line of that list names nothing.
"""
import collections
import glob
import json
import os
import re
import subprocess
import sys

STRICT = re.compile(r"src/(conf|service|admit|control)/|src/base/(addr|value|state)\.c$")
WANTED = 95.0  # % of branches of the rest
COV = os.environ.get("LLVM_COV", "llvm-cov")
PROFDATA = os.environ.get("LLVM_PROFDATA", "llvm-profdata")

Missed = collections.namedtuple("Missed", "file function side text line")


def is_program(path):
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


class Source:
    """The text behind a span, on one line."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.lines = file.read().split("\n")

    def text(self, span):
        line, column, end_line, end_column = span
        rows = self.lines[line - 1:end_line]
        rows[-1] = rows[-1][:end_column - 1]
        rows[0] = rows[0][column - 1:]
        return " ".join(" ".join(rows).split())


class Functions:
    """Which function a line is in: the name is free of the file that stands before a static one's."""

    def __init__(self, functions):
        self.at = collections.defaultdict(set)
        for f in functions:
            region = f["regions"][0]
            self.at[f["filenames"][0]].add((region[0], region[2], f["name"].split(":")[-1]))

    def name(self, path, line):
        return next((n for a, z, n in self.at[path] if a <= line <= z), "-")


def branches(file):
    """{span: (times true, times false)}, summed over the programs that have the same code."""
    found = {}
    for b in file["branches"]:
        t, f = found.get(tuple(b[:4]), (0, 0))
        found[tuple(b[:4])] = (t + b[4], f + b[5])
    return found


def undecided(file, found):
    """The spans of conditions that were both true and false, but never decided alone."""
    alone, seen = set(), set()
    for record in file.get("mcdc_records", []):
        shown = record[9]
        spans = sorted(s for s in found if record[0:2] <= list(s[0:2]) and list(s[2:4]) <= record[2:4])
        if len(spans) != len(shown):
            continue  # another decision in an operand: by its branches
        for span, yes in zip(spans, shown):
            (alone if yes else seen).add(span)
    return seen - alone


def look(path, name, file, functions):
    """Sums and misses of one source file."""
    source, found = Source(path), branches(file)
    unshown = undecided(file, found)
    sums = collections.Counter()
    missed = []
    for span, (true, false) in sorted(found.items()):
        text = source.text(span)
        if re.fullmatch(r"\d+|true|false|;?", text):
            continue  # for ever: no decision
        case = text.startswith(("case ", "default"))
        sides = [s for s, n in (("true", true), ("false", false)) if not n and not (case and s == "false")]
        sums["branches"] += 1 if case else 2
        sums["taken"] += (1 if case else 2) - len(sides)
        sums["decisions"] += 1
        if not sides and span in unshown:
            sides = ["alone"]
        sums["shown"] += not sides
        if len(sides) == 2:
            sides = ["both"]
        missed += [Missed(name, functions.name(path, span[0]), s, text, span[0]) for s in sides]
    return sums, missed


class Listed:
    """tests/evidence/unreached: FILE FUNCTION SIDE TEXT -- REASON; * is any file or function, and any end of a text."""

    FORM = re.compile(r"(\S+) (\S+) (true|false|both|alone|any) (.*?) -- (\S.*)")

    def __init__(self, path):
        self.rows, self.bad = {}, []
        with open(path, encoding="utf-8") as file:
            for n, line in enumerate(file, 1):
                if line.strip() and not line.startswith("#"):
                    self.take(n, line.rstrip("\n"))
        self.used = set()

    def take(self, n, line):
        row = self.FORM.fullmatch(line)
        if row:
            self.rows[row.group(1, 2, 3, 4)] = row.group(5)
        else:
            self.bad.append("unreached:%d: not FILE FUNCTION SIDE TEXT -- REASON: %s" % (n, line))

    def has(self, m):
        for key in self.rows:
            file, function, side, text = key
            if (file in ("*", m.file) and function in ("*", m.function) and side in ("any", m.side) and
                    (m.text.startswith(text[:-1]) if text.endswith("*") else m.text == text)):
                self.used.add(key)
                return True
        return False

    def idle(self):
        return [" ".join(k) for k in self.rows if k not in self.used]


def counted(folder, pattern, programs):
    """What llvm-cov needs to know."""
    profile = os.path.join(folder, "some.profdata")
    raw = [f for f in glob.glob(folder + pattern) if os.path.getsize(f)]
    subprocess.run([PROFDATA, "merge", "-o", profile] + raw, check=True, stderr=subprocess.DEVNULL)
    objects = [programs[0]] + [w for p in programs[1:] for w in ("-object", p)]
    return ["-instr-profile", profile, "-ignore-filename-regex", "/tests/|/doc/"] + objects


def reached(folder, test, top, programs):
    """{file: lines} that a test reaches."""
    own = [p for p in programs if test.replace(".", "/") == p] or programs[:2]
    options = counted(folder, "/" + test + "/*.profraw", own)
    text = subprocess.run([COV, "export", "-format=lcov"] + options, check=True, text=True, capture_output=True).stdout
    files, lines = {}, []
    for line in text.split("\n"):
        if line.startswith("SF:"):
            lines = files.setdefault(os.path.relpath(os.path.realpath(line[3:]), top), [])
        elif line.startswith("DA:") and not line.endswith(",0"):
            lines.append(int(line[3:].split(",")[0]))
    return {f: n for f, n in files.items() if n}


def save_lines(folder, top, programs):
    """lines.json, for make mutants."""
    tests = [os.path.basename(os.path.dirname(d)) for d in glob.glob(folder + "/tests.*/") if os.listdir(d)]
    known = {re.sub(r"\.", "/", t, count=2): reached(folder, t, top, programs) for t in sorted(tests)}
    with open(os.path.join(folder, "lines.json"), "w", encoding="utf-8") as out:
        json.dump(known, out)


def gather(folder, programs):
    options = counted(folder, "/*/*.profraw", programs)
    page = ["-format=html", "-output-dir", folder + "/html", "-show-branches=count"]
    page += ["-show-mcdc", "-show-mcdc-summary"] if "mcdc" in os.popen(COV + " show --help").read() else []
    subprocess.run([COV, "show"] + page + options, check=True, stderr=subprocess.DEVNULL)
    text = subprocess.run([COV, "export", "-format=text"] + options, check=True, capture_output=True).stdout
    return json.loads(text)["data"][0]


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def row(name, sums):
    print("%-34s %5d of %5d branches %6.2f %%  %5d of %5d conditions %6.2f %%" % (
        name, sums["taken"], sums["branches"], percent(sums["taken"], sums["branches"]),
        sums["shown"], sums["decisions"], percent(sums["shown"], sums["decisions"])))


def main():
    folder, top, programs = sys.argv[1], os.path.realpath(sys.argv[2]), sys.argv[3:]
    programs = [p for p in programs if os.path.exists(p) and is_program(p)]
    data = gather(folder, programs)
    save_lines(folder, top, programs)
    functions = Functions(data["functions"])
    listed = Listed(os.path.join(top, "tests/evidence/unreached"))
    strict, rest, open_, told = collections.Counter(), collections.Counter(), [], []
    for file in data["files"]:
        name = os.path.relpath(os.path.realpath(file["filename"]), top)
        if not name.endswith(".c"):
            continue
        sums, missed = look(file["filename"], name, file, functions)
        left = [m for m in missed if not listed.has(m)]
        row(name, sums)
        (strict if STRICT.match(name) else rest).update(sums)
        told += left
        open_ += left if STRICT.match(name) else []
    with open(os.path.join(folder, "missed"), "w", encoding="utf-8") as out:
        out.writelines("%s %s %s %s  # line %d\n" % m for m in told)
    row("= the strict files", strict)
    row("= the rest", rest)
    print("coverage: %d conditions of the strict files are missed and not listed; %d are listed" % (
        len(open_), len(listed.used)))
    print("coverage: pages in %s/html/index.html, what is missed in %s/missed" % (folder, folder))
    for line in listed.bad:
        print(line)
    for line in listed.idle():
        print("coverage: listed, but reached or gone: " + line)
    enough = percent(rest["taken"], rest["branches"]) >= WANTED
    sys.exit(0 if not open_ and not listed.bad and enough else 1)


main()
