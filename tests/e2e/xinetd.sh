#!/usr/bin/env bash
# e2e/xinetd.sh -- what doorwardctl imports from xinetd's configuration is never wider: compared with xinetd itself
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

CTL=$(dirname "$DOORWARD")/doorwardctl
XINETD=$(command -v xinetd || echo -)
# In a network of its own, where all ports are free.
# shellcheck disable=SC2317 # called by ok
alone() { unshare -n sh -c 'ip link set lo up && exec "$@"' sh python3 "$TESTS/xinetd.py" "$XINETD" "$CTL" "$DOORWARD" "$T" "$@"; }

if ! { [ "$ME" = root ] && unshare -n ip link set lo up 2>/dev/null; }; then
	skip_all "needs root and a network of its own"
fi
if [ "$XINETD" = - ]; then
	note "xinetd is not installed: what it would say is not compared"
	skip "the same services under xinetd and here: no xinetd"
else
	ok "the same services under xinetd and here: whom they run as, their words, who is let in" alone served
	note "$(tail -n 1 "$T/ok.out")"
fi
for seed in ${SEED:-1 2}; do
	ok "mutated files, seed $seed: doorward -t takes each, and none is wider" alone mutated "$seed" "${COUNT:-100}"
	note "$(tail -n 1 "$T/ok.out")"
done
done_testing
