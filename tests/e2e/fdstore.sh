#!/usr/bin/env bash
# e2e/fdstore.sh -- systemd's descriptor store, played: after a crash the sockets are there, and who waits in their backlogs
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/fdstore.py"
