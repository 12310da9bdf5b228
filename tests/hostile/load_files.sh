#!/usr/bin/env bash
# hostile/load_files.sh -- pipes, devices and trees of includes as configuration hold nobody
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
# shellcheck source=tests/lib/witness.sh
. "$(dirname "$0")/../lib/witness.sh"

A=$(free_port) B=$(free_port)
good() { echo "127.0.0.1:$1 stream tcp4 nowait $SOMEBODY internal daytime"; }
mkdir "$T/d"
good "$A" >"$T/conf"
start_doorward "$T/conf" "$T/d"
witness_start "$A"

### an include of what is no regular file
mkfifo "$T/fifo"
n=0
refused() { # what error
	n=$((n + 1))
	{ good "$A"; echo ".include $1"; } >"$T/conf"
	kill -HUP "$pid"
	ok "an include of $1 ends" wait_for logged_times "$n" 'reload: nothing was changed, 1 error'
	like "$(grep 'conf:2:10: error' "$T/log" | tail -n 1)" "$2" "... with an error where it stands"
}
refused "$T/fifo" 'no regular file'
refused /dev/zero 'no regular file'
refused "$T/d" 'Is a directory'
truncate -s 20M "$T/huge"
refused "$T/huge" 'too large for a configuration'
echo ".include t0" >"$T/tree"
for i in 0 1 2 3 4 5 6 7 8 9 10 11; do
	printf '.include t%d\n.include t%d\n.include t%d\n' $((i + 1)) $((i + 1)) $((i + 1)) >"$T/t$i"
done
: >"$T/t12"
{ good "$A"; echo ".include t0"; } >"$T/conf"
kill -HUP "$pid"
ok "a tree of half a million includes ends" wait_for logged 't11:[123]:10: error: .*/t12": more than 4096 files in one load'
is "$(log_count 'more than 4096')" 1 "... with one error"

### the same in a folder is passed over
good "$A" >"$T/conf"
mkfifo "$T/d/pipe"
good "$B" >"$T/d/b"
kill -HUP "$pid"
ok "a pipe in a folder is passed over" wait_for logged 'reload kept=1 added=1'
printf '.include d/*\n' >>"$T/conf"
kill -HUP "$pid"
ok "... and by a wildcard" wait_for logged_times 2 'reload kept='
witness_end "includes"
ok "TERM ends it orderly" stop_doorward

### a pipe named on the command line
( exec 3>"$T/fifo"; good "$A" >&3 ) & # opens when somebody reads
writer=$!
rm "$T/log"
start_doorward "$T/fifo"
wait "$writer"
like "$(tcp 127.0.0.1 "$A")" '[0-9]:[0-9]' "a pipe is read at the start"
witness_start "$A"
kill -HUP "$pid" # nobody writes
reading() { [ "$(pgrep -P "$pid" doorward-read | wc -l)" = 1 ]; }
wait_for reading
{ good "$A"; good "$B"; } >"$T/fifo"
ok "at a reload it is waited for, by the reader" wait_for logged 'reload kept=1 added=1'
kill -HUP "$pid"
wait_for reading
witness_end "a pipe without a writer"
ok "TERM while it waits ends the daemon" stop_doorward
rm "$T/log"
like "$("$DOORWARD" -t <(good "$A") 2>&1)" "^$A stream" "what the shell substitutes is checked"
like "$("$DOORWARD" -f <(good "$A") 2>&1)" 'a reload could not read it again' "and not served"
done_testing
