#!/usr/bin/env python3
"""fuzz/fuzz.py -- all fuzz targets by turns, in the folder of a build with --enable-fuzzer

fuzz.py [-t SECONDS] [-r SECONDS] [-m] CORPUS TARGET...: rounds of at most `-r` seconds for each, until `-t` have
gone by. What a target finds out is in fuzz/TARGET, what breaks it in fuzz/TARGET-crash-*. How often each has
run, ever, is in fuzz/sums. -m: make CORPUS/TARGET the fewest files that reach the same, and end.
"""
import argparse
import glob
import json
import os
import re
import subprocess
import sys
import time


class Target:
    def __init__(self, name, corpus):
        self.name = name
        self.program = "tests/fuzz/fuzz_" + name
        self.given, self.found = os.path.join(corpus, name), os.path.join("fuzz", name)
        os.makedirs(self.found, exist_ok=True)
        self.edges, self.files = 0, 0

    def command(self, *more):
        return [self.program, "-artifact_prefix=fuzz/%s-" % self.name, "-max_len=4096", "-timeout=60",
                "-rss_limit_mb=1024", "-verbosity=1"] + list(more)

    def run(self, seconds):
        """How many executions; what it says of itself stays in fuzz/TARGET.log."""
        words = self.command("-max_total_time=%d" % seconds, "-print_final_stats=1", self.found, self.given)
        with open("fuzz/%s.log" % self.name, "w+", encoding="utf-8", errors="replace") as log:
            try:
                subprocess.run(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False,
                               timeout=seconds + 300)
            except subprocess.TimeoutExpired:
                pass  # a busy machine: what is broken has left a file
            log.seek(0)
            text = log.read()
        done = re.findall(r"stat::number_of_executed_units:\s*(\d+)", text) or re.findall(r"^#(\d+)", text, re.M)
        self.edges = max([int(n) for n in re.findall(r"cov: (\d+)", text)] or [self.edges])
        return int(done[-1]) if done else 0

    def broken(self):
        return sorted(glob.glob("fuzz/%s-*" % self.name))

    def minimise(self):
        """The corpus anew: the fewest files of it and of what was found."""
        new = self.given + ".new"
        os.makedirs(new, exist_ok=True)
        subprocess.run(self.command("-merge=1", new, self.given, self.found), check=True, timeout=600,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for path in glob.glob(self.given + "/*"):
            os.unlink(path)
        for path in glob.glob(new + "/*"):
            os.rename(path, os.path.join(self.given, os.path.basename(path)))
        os.rmdir(new)
        print("%-12s %5d files" % (self.name, len(os.listdir(self.given))))


def sums():
    try:
        with open("fuzz/sums", encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def rounds(targets, options):
    total, end = sums(), time.monotonic() + options.t
    each = max(1, min(options.r, options.t / len(targets)))
    while time.monotonic() < end:
        for target in targets:
            left = end - time.monotonic()
            if left > 0:
                total[target.name] = total.get(target.name, 0) + target.run(max(1, int(min(each, left))))
                with open("fuzz/sums", "w", encoding="utf-8") as out:
                    json.dump(total, out)
    return total


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("-t", type=float, default=600)
    p.add_argument("-r", type=float, default=60)
    p.add_argument("-m", action="store_true")
    p.add_argument("corpus")
    p.add_argument("targets", nargs="+")
    options = p.parse_args()
    targets = [Target(name, options.corpus) for name in options.targets]
    if options.m:
        for target in targets:
            target.minimise()
        return 0
    total = rounds(targets, options)
    for target in targets:
        print("%-12s %12d executions in all, %5d edges%s" % (
            target.name, total.get(target.name, 0), target.edges, "".join(" BROKEN: " + b for b in target.broken())))
    print("fuzz: %d executions in all" % sum(total.values()))
    return 1 if any(target.broken() for target in targets) else 0


sys.exit(main())
