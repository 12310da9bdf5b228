#!/usr/bin/env bash
# e2e/share.sh -- --handlers-max: one cap over all services, whose turn it is, across reloads
. "$(dirname "$0")/../lib/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/share.py"
