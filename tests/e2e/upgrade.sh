#!/usr/bin/env bash
# e2e/upgrade.sh -- another binary takes over: nobody is refused, cut off or forgotten, and whatever fails changes nothing
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/upgrade.py"
