#!/usr/bin/env python3
"""evidence/mutants.py -- one small wrong thing at a time in the code: does a test see it?

mutants.py [-b BUILD] [-c COVERED] [-n HOW-MANY] [-s SEED] [-t MINUTES] [-j JOBS] [-e E2E] [FILE[:LINE] ...]

A mutant is compiled, compared with what it was (the same code is the same program), linked with each check
program that reaches its line, then into a doorward for at most E2E end-to-end tests that do. What came out
is kept in BUILD/mutants/state, so a run goes on where the last one ended; a file that has changed begins
anew. COVERED is the folder of a `make coverage`. Survivors are in BUILD/mutants/alive; those that
tests/evidence/same lists with a reason do not count. Fails below 95 %.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time

import mutate

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
FILES = re.compile(r"src/(conf|service|admit|control)/\w+\.c$|src/base/(addr|value|state)\.c$|"
                   r"src/handler/child\.c$|src/serve/(start|conn|handover|sort|unread|answer)\.c$")
WANTED = 95.0


def run(words, seconds, **more):
    """The status of a command, None where it took too long; what it started ends with it."""
    p = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                         start_new_session=True, **more)
    try:
        return p.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, signal.SIGTERM)  # tests/lib/run ends what it has started
        try:
            p.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            p.wait()
        return None


def make_says(build, name):
    text = subprocess.run(["make", "-s", "-f", "-", "say"], cwd=build, text=True, capture_output=True, check=True,
                          input="include Makefile\nsay:\n\t@echo '$(%s)'\n" % name).stdout
    return text.strip()


class Builder:
    """Compiles one changed file, and links it before the libraries that have the right one."""

    def __init__(self, build):
        self.build = build
        words = make_says(build, "DEFS") + " " + make_says(build, "AM_CPPFLAGS")
        flags = [f for f in shlex.split(make_says(build, "AM_CFLAGS")) if not f.startswith("-W")]
        self.compile = ["gcc", "-w", "-Os", "-g0", "-I."] + self.defines(words) + flags + ["-c"]
        self.link = ["gcc"] + [f for f in shlex.split(make_says(build, "AM_LDFLAGS"))]
        self.libs = shlex.split(make_says(build, "LIBDOORWARD"))
        self.check_libs = self.libs + shlex.split(make_says(build, "CHECK_LIBS")) + ["-ldl"]

    @staticmethod
    def defines(words):
        """-D's quotes are for a shell: '"/etc"' stands in the Makefile, and echo took them away."""
        return [re.sub(r"^-D(\w+)=(/.*)$", r'-D\1="\2"', w) for w in shlex.split(words)]

    def objects(self, path, text, folder):
        source = os.path.join(folder, os.path.basename(path))
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        out = source[:-2] + ".o"
        near = ["-iquote", os.path.join(TOP, os.path.dirname(path))]
        status = run(self.compile + near + ["-o", out, source], 60, cwd=self.build)
        return out if status == 0 else None

    def program(self, test, out, folder):
        """The check program, or doorward where the test is a script."""
        check = test.startswith("tests/check/")
        first = [test + ".o"] if check else ["src/daemon/main.o"]
        program = os.path.join(folder, "check" if check else "doorward")
        libs = self.check_libs if check else self.libs + ["-ldl"]
        status = run(self.link + ["-o", program] + first + [out] + libs, 60, cwd=self.build)
        return program if status == 0 else None


class Tests:
    """Which test reaches which line (of a coverage build), and how long it takes alone."""

    def __init__(self, covered, build):
        with open(os.path.join(covered, "lines.json"), encoding="utf-8") as file:
            self.reached = {t: {f: set(n) for f, n in files.items()} for t, files in json.load(file).items()}
        self.build, self.seconds, self.broken, self.lock = build, {}, set(), threading.Lock()

    def command(self, test, program, folder):
        env = dict(os.environ, abs_top_builddir=self.build, abs_top_srcdir=TOP, CK_DEFAULT_TIMEOUT="10",
                   DOORWARD=program, TMPDIR=folder, TEST_TIMEOUT="100", WITNESS_MS="5000")
        if test.startswith("tests/check/"):
            return [program], env
        return ["bash", os.path.join(TOP, "tests/lib/run"), os.path.join(TOP, test)], env

    def fails(self, test, program, folder, seconds):
        words, env = self.command(test, program, folder)
        return run(words, seconds, cwd=self.build, env=env) != 0

    def usable(self, test):
        """Does it pass with the right program? Then its time is known, too."""
        with self.lock:
            if test not in self.seconds and test not in self.broken:
                program = os.path.join(self.build, test if test.startswith("tests/check/") else "src/doorward")
                began = time.monotonic()
                with tempfile.TemporaryDirectory(prefix="mutant.", dir="/tmp") as folder:
                    os.chmod(folder, 0o755)
                    if self.fails(test, program, folder, 120):
                        self.broken.add(test)
                        print("mutants: %s fails here without a mutant; left out" % test, flush=True)
                self.seconds[test] = time.monotonic() - began
        return test not in self.broken

    def of(self, path, line, e2e):
        """Unit tests that reach the line, then the end-to-end tests that reach least besides it."""
        there = [t for t, files in self.reached.items() if line in files.get(path, ())]
        checks = sorted((t for t in there if t.startswith("tests/check/")), key=lambda t: self.seconds.get(t, 1))
        others = sorted((t for t in there if t.startswith("tests/e2e/")),
                        key=lambda t: sum(len(n) for n in self.reached[t].values()))
        return checks + others[:e2e]


class Hunt:
    def __init__(self, options):
        self.options = options
        self.builder, self.tests = Builder(options.b), Tests(options.c, options.b)
        self.folder = os.path.join(options.b, "mutants")
        os.makedirs(self.folder, exist_ok=True)
        self.texts, self.right, self.lock = {}, {}, threading.Lock()
        self.done = self.read_state()
        self.state = open(os.path.join(self.folder, "state"), "a", encoding="utf-8")
        self.end = time.monotonic() + 60 * options.t

    def read_state(self):
        try:
            with open(os.path.join(self.folder, "state"), encoding="utf-8") as file:
                return dict(line.rstrip("\n").split("\t", 1) for line in file if "\t" in line)
        except FileNotFoundError:
            return {}

    def all(self):
        """(id, path, mutant) of the wanted files; the id changes with the file."""
        wanted = self.options.files
        for folder, _, names in sorted(os.walk(os.path.join(TOP, "src"))):
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), TOP)
                if not FILES.search(path) or wanted and not any(w.split(":")[0] == path for w in wanted):
                    continue
                with open(os.path.join(TOP, path), encoding="utf-8") as file:
                    self.texts[path] = file.read()
                mark = hashlib.sha256(self.texts[path].encode()).hexdigest()[:8]
                for m in mutate.mutants(self.texts[path]):
                    if not wanted or path in wanted or "%s:%d" % (path, m.line) in wanted:
                        yield "%s:%d:%d:%s:%s:%s" % (path, m.line, m.column, m.kind, m.text[:12].strip(), mark), path, m

    def original(self, path):
        with self.lock:
            if path not in self.right:
                folder = os.path.join(self.folder, "right", path.replace("/", "."))
                os.makedirs(folder, exist_ok=True)
                with open(self.builder.objects(path, self.texts[path], folder), "rb") as file:
                    self.right[path] = file.read()
            return self.right[path]

    def judge(self, path, m):
        """stillborn, same, unreached, killed BY or alive."""
        text = self.texts[path][:m.start] + m.text + self.texts[path][m.end:]
        with tempfile.TemporaryDirectory(prefix="mutant.", dir="/tmp") as folder:
            os.chmod(folder, 0o755)
            out = self.builder.objects(path, text, folder)
            if not out:
                return "stillborn"
            with open(out, "rb") as file:
                if file.read() == self.original(path):
                    return "same"
            tests = [t for t in self.tests.of(path, m.line, self.options.e) if self.tests.usable(t)]
            for test in tests:
                program = self.builder.program(test, out, folder)
                if not program:
                    return "stillborn"
                if self.tests.fails(test, program, folder, 10 + 10 * self.tests.seconds[test]):
                    return "killed " + test
            return "alive" if tests else "unreached"

    def one(self, job):
        name, path, m = job
        if time.monotonic() > self.end:
            return
        verdict = self.judge(path, m)
        with self.lock:
            self.done[name] = verdict
            self.state.write("%s\t%s\n" % (name, verdict))
            self.state.flush()
            if verdict in ("alive", "unreached"):
                print("%s %s" % (verdict, self.shown(path, m)), flush=True)

    def shown(self, path, m):
        line = self.texts[path].split("\n")[m.line - 1].strip()
        return "%s:%d %s `%s` as `%s` in: %s" % (path, m.line, m.kind, " ".join(self.texts[path][m.start:m.end].split()),
                                                 " ".join(m.text.split()), line)

    def hunt(self):
        jobs = list(self.all())
        random.Random(self.options.s).shuffle(jobs)
        total = len(jobs)
        jobs = jobs[:self.options.n] if self.options.n else jobs
        print("mutants: %d of %d, seed %d, %d known" % (
            len(jobs), total, self.options.s, sum(j[0] in self.done for j in jobs)), flush=True)
        with concurrent.futures.ThreadPoolExecutor(self.options.j) as pool:
            for _ in pool.map(self.one, [j for j in jobs if j[0] not in self.done]):
                pass
        return self.report(jobs)

    def report(self, jobs):
        same = Same(os.path.join(TOP, "tests/evidence/same"))
        sums, alive = {}, []
        for name, path, m in jobs:
            verdict = self.done.get(name, "not yet").split()[0]
            if verdict in ("alive", "unreached") and same.has(path, m, self.texts[path]):
                verdict = "listed"
            elif verdict in ("alive", "unreached"):
                alive.append(verdict + " " + self.shown(path, m))
            sums[verdict] = sums.get(verdict, 0) + 1
        with open(os.path.join(self.folder, "alive"), "w", encoding="utf-8") as out:
            out.writelines(line + "\n" for line in sorted(alive))
        seen, killed = len(alive) + sums.get("killed", 0), sums.get("killed", 0)
        score = 100.0 * killed / seen if seen else 100.0
        print("mutants: " + ", ".join("%d %s" % (n, w) for w, n in sorted(sums.items())))
        print("mutants: score %.1f %% (%d of %d); who is alive is in %s/alive" % (score, killed, seen, self.folder))
        return score >= WANTED


class Same:
    """tests/evidence/same: FILE KIND `was` as `is` in: LINE -- REASON, as alive says it, without the number."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.rows = {line.rsplit(" -- ", 1)[0] for line in file if " -- " in line and line[0] != "#"}

    def has(self, path, m, text):
        return "%s %s `%s` as `%s` in: %s" % (
            path, m.kind, " ".join(text[m.start:m.end].split()), " ".join(m.text.split()),
            text.split("\n")[m.line - 1].strip()) in self.rows


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("-b", default=os.getcwd())
    p.add_argument("-c", default=os.path.join(TOP, "build-coverage/coverage"))
    p.add_argument("-n", type=int, default=0)
    p.add_argument("-s", type=int, default=1)
    p.add_argument("-t", type=float, default=60)
    p.add_argument("-j", type=int, default=os.cpu_count() or 2)
    p.add_argument("-e", type=int, default=3)
    p.add_argument("files", nargs="*")
    options = p.parse_args()
    options.b, options.c = os.path.abspath(options.b), os.path.abspath(options.c)
    sys.exit(0 if Hunt(options).hunt() else 1)


main()
