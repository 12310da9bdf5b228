#!/usr/bin/env bash
# hostile/load_reader.sh -- a reader that is killed, or cannot be made, changes nothing; 200 reloads cost nothing
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
# shellcheck source=tests/lib/witness.sh
. "$(dirname "$0")/../lib/witness.sh"

A=$(free_port) B=$(free_port)
good() { echo "127.0.0.1:$1 stream tcp4 nowait - internal daytime"; }
reading() { [ "$(pgrep -P "$pid" doorward-read | wc -l)" = 1 ]; }
descriptors() { find "/proc/$pid/fd" | wc -l; }
zombies() { pgrep -P "$pid" -r Z | wc -l; }

### killed by somebody: it waits for the writer of a pipe
mkfifo "$T/fifo"
good "$A" >"$T/conf"
good "$B" >"$T/fifo" &
start_doorward "$T/conf" "$T/fifo"
witness_start "$A"
before=$(descriptors)
kill -HUP "$pid"
wait_for reading
kill -KILL "$(pgrep -P "$pid" doorward-read)"
ok "a reader that is killed ends the reload" wait_for logged 'reload: nothing was changed, 1 error'
like "$(grep 'error:' "$T/log")" 'fifo: error: the look-up process failed: signal 9' "... which says why"
kill -HUP "$pid"
wait_for reading
kill -STOP "$(pgrep -P "$pid" doorward-read)"
kill -CONT "$(pgrep -P "$pid" doorward-read)"
good "$B" >"$T/fifo"
ok "the next one goes on" wait_for logged 'reload kept=2'
is "$(descriptors)" "$before" "no descriptor is left"
is "$(zombies)" 0 "nor a process"

### it cannot be made
if command -v prlimit >/dev/null; then
	free=0
	while [ -e "/proc/$pid/fd/$free" ]; do free=$((free + 1)); done
	prlimit --pid "$pid" --nofile="$free":
	kill -HUP "$pid"
	ok "without a descriptor for the pipe nothing is changed" wait_for logged 'no process to look things up: pipe: '
	ok "... and that is told" wait_for logged_times 2 'reload: nothing was changed'
	prlimit --pid "$pid" --nofile=1024:
	kill -HUP "$pid"
	wait_for reading
	good "$B" >"$T/fifo"
	ok "... until there is one" wait_for logged_times 2 'reload kept=2'
else
	skip "no prlimit"
fi
witness_end "a reader that fails"
ok "TERM ends it orderly" stop_doorward

# root has no limit of processes.
as=()
[ "$ME" != root ] || as=(setpriv --reuid 4711 --regid 4711 --clear-groups)
if command -v prlimit >/dev/null && command -v setpriv >/dev/null; then
	rm "$T/log"
	chmod 777 "$T"
	good "$A" >"$T/conf"
	"${as[@]}" "$DOORWARD" -f --no-time --control= -p"$T/pid" "$T/conf" >>"$T/out" 2>>"$T/log" &
	pid=$!
	wait_for pid_file_written
	witness_start "$A"
	"${as[@]}" prlimit --pid "$pid" --nproc=1:
	kill -HUP "$pid"
	ok "without a process nothing is changed" wait_for logged 'no process to look things up: fork: '
	ok "... and that is told" wait_for logged 'reload: nothing was changed, 1 error'
	witness_end "a fork that fails"
	"${as[@]}" prlimit --pid "$pid" --nproc=4096:
	reload
	ok "... until there is one" logged 'reload kept=1'
	ok "TERM ends it orderly" stop_doorward
	install -m 755 "$DOORWARD" "$T/doorward" # where anybody can run it
	# The leaks' sanitizer wants a process too.
	ASAN_OPTIONS=detect_leaks=0 "${as[@]}" prlimit --nproc=1: "$T/doorward" -f --control= -p"$T/pid" "$T/conf" >>"$T/out" 2>>"$T/log"
	is $? 71 "at the start it is an error of the system"
else
	skip "no setpriv or no prlimit"
fi

### 200 reloads, one after the other and on top of each other
chmod 755 "$T"
rm -f "$T/log"
good "$A" >"$T/conf"
start_doorward "$T/conf"
reload
before=$(descriptors)
witness_start "$A"
for _ in $(seq 100); do
	reload
	kill -HUP "$pid"
	kill -HUP "$pid"
done
witness_end "200 reloads"
# Signals that come together are one; what came during a reload has one more follow.
last=0
settled() {
	local before=$last
	last=$(log_count 'reload kept=')
	[ "$last" = "$before" ] && ! reading
}
wait_for settled
ok "each of the 100 was done" test "$last" -ge 100
is "$(log_count 'nothing was changed')" 0 "and none failed"
is "$(descriptors)" "$before" "no descriptor more than before"
is "$(zombies)" 0 "no process more than before"
ok "TERM ends it orderly" stop_doorward
done_testing
