#!/usr/bin/env bash
# e2e/account.sh -- account = yes: the exit line has the bytes of the connection, across an upgrade too
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/account.py"
