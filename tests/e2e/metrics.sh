#!/usr/bin/env bash
# e2e/metrics.sh -- the builtin status: metrics, state and health over HTTP; doorwardctl metrics
. "$(dirname "$0")/../lib/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/metrics.py"
