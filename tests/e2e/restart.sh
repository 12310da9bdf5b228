#!/usr/bin/env bash
# e2e/restart.sh -- a daemon that has ended holds no port, whatever it forked a moment before
# shellcheck disable=SC2154 # T and pid are of lib.sh
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

grep -q '^sanitizers: no$' <("$DOORWARD" -V) || skip_all "sanitizers come before what is preloaded"
late=${abs_top_builddir:-.}/tests/lib/late.so
[ -e "$late" ] || skip_all "$late is not built"

P=$(free_port) Q=$(free_port)
cat >"$T/conf" <<EOF
$P stream tcp4 nowait $SOMEBODY /bin/echo echo served
$Q dgram udp4 wait $SOMEBODY /bin/cat
EOF
reloaded() { log_count '^reload ' | grep -qx 1; }

# A starter that has not run yet has copies of all listeners.
LD_PRELOAD=$late LATE_MS=300 start_doorward "$T/conf"
echo "# changed" >>"$T/conf"
kill -HUP "$pid"
ok "it is reloaded" wait_for reloaded
kill -TERM "$pid"
wait "$pid"
is "$?" 0 "TERM ends it orderly"
pid=
start_doorward "$T/conf"
is "$(tcp 127.0.0.1 "$P")" served "the next one serves at once"
is "$(log_count 'in use')" 0 "it found no address in use"
done_testing
