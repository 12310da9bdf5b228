#!/usr/bin/env bash
# e2e/emulator.sh -- under a kernel or emulator without a true vfork handlers start, and exec failures are told
# shellcheck disable=SC2154 # pid is of lib.sh
. "$(dirname "$0")/../lib/lib.sh"
grep -q '^fork: starter$' <("$DOORWARD" -V) || skip_all "this build has no starters"
grep -q '^sanitizers: no$' <("$DOORWARD" -V) || skip_all "sanitizers want to be loaded first"
shim=$abs_top_builddir/tests/lib/apart.so
[ "$(LD_PRELOAD=$shim "$DOORWARD" -V 2>&1)" = "$("$DOORWARD" -V)" ] || skip_all "nothing can be loaded before it here"

printf '#!/nowhere/interpreter\n' >"$T/broken"
chmod 755 "$T/broken"
for kind in apart refused; do
	ports=$(free_ports 2 | tr '\n' ' ')
	read -r good bad <<<"$ports"
	printf '%s stream tcp4 nowait %s /bin/cat\n' "$good" "$SOMEBODY" >"$T/conf"
	printf '%s stream tcp4 nowait %s %s\n' "$bad" "$SOMEBODY" "$T/broken" >>"$T/conf"
	: >"$T/log"
	LD_PRELOAD=$shim CLONE_AS=$kind start_doorward "$T/conf" || exit 99
	is "$(tcp 127.0.0.1 "$good" hello)" hello "$kind: a program answers"
	tcp 127.0.0.1 "$bad" >/dev/null
	ok "$kind: a program that cannot be executed is told" wait_for logged "exec-failed service=$bad .*nowhere/interpreter"
	is "$(tcp 127.0.0.1 "$good" again)" again "$kind: and the other still answers"
	ok "$kind: TERM ends it orderly" stop_doorward
done
done_testing
