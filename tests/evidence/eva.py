#!/usr/bin/env python3
"""evidence/eva.py -- can the pure modules do anything undefined? Frama-C's EVA, for all inputs within bounds

eva.py SOURCES BUILD [NAME ...]: each tests/evidence/eva/NAME.c with the modules it is about. An alarm that is
not in tests/evidence/alarms, with the reason why it is none, is a failure.
"""
import os
import re
import subprocess
import sys

MODULES = {
    "value": ["base/value.c"],
    "limit": ["service/limit.c"],
    "proxy": ["service/proxy.c", "base/addr.c", "base/text.c", "base/zone.c", "base/value.c"],
    "addr": ["base/addr.c", "base/text.c", "base/zone.c", "base/value.c"],
    "state": ["base/state.c", "base/addr.c", "base/text.c", "base/zone.c", "base/value.c"],
    "lex": ["conf/lex.c", "base/text.c"],
}
SECONDS = 600


def analyse(top, build, name):
    """What Frama-C says of one of them; "" where it took too long."""
    flags = "-I%s -I%s/src -DHAVE_CONFIG_H" % (build, top)
    words = ["frama-c", "-eva", "-eva-precision", os.environ.get("PRECISION", "4"), "-machdep", "gcc_x86_64",
             "-cpp-extra-args=" + flags, "-eva-msg-key=-final-states,-initial-state",
             os.path.join(top, "tests/evidence/eva", name + ".c")]
    words += [os.path.join(top, "src", m) for m in MODULES[name]]
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, check=False).stdout
    except subprocess.TimeoutExpired:
        return ""


def alarms(text):
    """[(file, kind, expression)]: an alarm is followed by what would have to hold."""
    found = []
    for m in re.finditer(r"\[eva:alarm\] (\S+?):\d+: Warning:\s*\n\s+(.*?)\.\s*(?:assert|[a-z' ]*requires?)?(.*?);",
                         text, re.S):
        found.append((os.path.basename(m.group(1)), " ".join(m.group(2).split()), " ".join(m.group(3).split())))
    return found


def listed(top):
    with open(os.path.join(top, "tests/evidence/alarms"), encoding="utf-8") as file:
        return {line.rsplit(" -- ", 1)[0] for line in file if " -- " in line and not line.startswith("#")}


def main():
    top, build = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])
    known, failed = listed(top), 0
    for name in sys.argv[3:] or MODULES:
        text = analyse(top, build, name)
        summary = re.search(r"(\d+) functions analyzed.*?\n.*?statements reached \(out of \d+\): (\d+)%", text)
        if not summary:
            print("eva: %s: no result\n%s" % (name, text[-800:]))
            failed += 1
            continue
        found = sorted(set(alarms(text)))
        new = [a for a in found if " ".join(a) not in known and " ".join(a[:2]) + " *" not in known]
        print("eva: %s: %s functions, %s %% of their statements, %d alarms, %d of them explained" % (
            name, summary.group(1), summary.group(2), len(found), len(found) - len(new)), flush=True)
        for alarm in new:
            print("eva:   " + " ".join(alarm))
        failed += len(new)
    sys.exit(1 if failed else 0)


main()
