#!/usr/bin/env bash
# e2e/early.sh -- a handler that ends before its starter has said that it began is counted out all the same
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/early.py"
