#!/usr/bin/env bash
# e2e/gate.sh -- gate: a client solves a proof of work before its handler starts, and loses not a byte
. "$(dirname "$0")/../lib/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir abs_top_srcdir
python3 "$TESTS/gate.py"
