#!/usr/bin/env bash
# hostile/load_names.sh -- a name service that does not answer, at a reload and at the start, holds nobody
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
# shellcheck source=tests/lib/witness.sh
. "$(dirname "$0")/../lib/witness.sh"

CTL=$(dirname "$DOORWARD")/doorwardctl
ctl() { timeout 60 "$CTL" -s "$T/control" "$@"; }

# A mount namespace with an nsswitch.conf that asks our module behind the files.
module=$abs_top_builddir/tests/lib/nss_hang.so
[ -f "$module" ] || skip_all "this C library has no modules of nsswitch.conf"
mkdir "$T/lib"
cp "$module" "$T/lib/libnss_hang.so.2"
{
	echo 'passwd: files hang'
	echo 'group: files hang'
	echo 'services: files hang'
	echo 'hosts: files'
} >"$T/nsswitch.conf"
inside() { # as ourselves, in such a namespace; does not return
	local user=()
	[ "$ME" = root ] || user=(-r)
	# shellcheck disable=SC2016 # that shell's own
	exec unshare "${user[@]}" -m sh -c 'mount --bind "$0" /etc/nsswitch.conf && exec "$@"' "$T/nsswitch.conf" \
		env LD_LIBRARY_PATH="$T/lib" "$@"
}
(inside getent passwd hang-not) >/dev/null 2>&1
[ $? = 2 ] || skip_all "there is no mount namespace to put an nsswitch.conf into"

# Of the daemon with this configuration: log, pid file and control socket with the same name.
begin() { # name
	NSS_HANG=$T/$1.hang inside "$DOORWARD" -f --no-time --control "$T/$1.control" -p"$T/$1.pid" "$T/$1.conf" >>"$T/out" 2>>"$T/$1.log" &
	pids[$1]=$!
}
declare -A pids
trap 'kill -KILL "${pids[@]}" 2>/dev/null; cleanup' EXIT
said() { grep -Eq -e "$2" "$T/$1.log"; }
said_times() { [ "$(grep -Ec -e "$3" "$T/$1.log")" -ge "$2" ]; }
serving() { [ -s "$T/$1.pid" ]; }
readers() { pgrep -P "${pids[$1]}" doorward-read | wc -l; }
reading() { [ "$(readers "$1")" = 1 ]; }
not_reading() { [ "$(readers "$1")" = 0 ]; }
descriptors() { find "/proc/${pids[$1]}/fd" | wc -l; }

A=$(free_port) B=$(free_port) C=$(free_port) D=$(free_port) E=$(free_port) F=$(free_port)
good() { echo "127.0.0.1:$1 stream tcp4 nowait $SOMEBODY internal daytime"; }
hanging() { echo "127.0.0.1:$D stream tcp4 nowait hang-user${1:-} /bin/cat"; }

# Four daemons at once, for some of the waits take 20 or 30 s: `late` never gets an answer, at its start and at
# a reload; `never` has more questions without one than there is time for; `main` gets one; `early` is ended before.
: >"$T/late.hang"
: >"$T/main.hang"
: >"$T/early.hang"
{ good "$C"; hanging; hanging 2; good "$E"; } >"$T/late.conf"
begin late
: >"$T/never.hang"
{ good "$F"; for i in $(seq 15); do hanging "$i"; done; } >"$T/never.conf"
begin never
good "$A" >"$T/main.conf"
begin main
ok "the daemon starts" wait_for serving main
{ good "$B"; hanging; } >"$T/early.conf"
begin early

### TERM during the start
ok "at the start a reader asks" wait_for reading early
ok "the daemon does not serve yet" test ! -s "$T/early.pid"
kill -TERM "${pids[early]}"
wait "${pids[early]}"
is $? 0 "TERM during the start ends it"
ok "... and nothing is left of it" test ! -e "$T/early.pid" -a ! -e "$T/early.control"

### a reload that hangs
witness_start "$A"
before=$(descriptors main)
{ good "$A"; good "$B"; hanging; } >"$T/main.conf"
kill -HUP "${pids[main]}"
ok "a reader asks" wait_for reading main
ctl() { timeout 60 "$CTL" -s "$T/main.control" "$@"; }
like "$(ctl status)" "^$A .* listening" "status is answered meanwhile"
like "$(ctl show "$A")" "^  settings +$A stream tcp4 nowait [^ ]+ internal:daytime" "show asks nobody"
ctl reload >"$T/ctl.out" 2>&1 &
asker=$!
timeout 60 "$CTL" -s "$T/main.control" reload >/dev/null 2>&1 &
gone=$!
clients() { [ "$(find "/proc/${pids[main]}/fd" -lname 'socket:*' | wc -l)" -ge "$1" ]; }
wait_for clients 4 # its listener, control's, the two
kill "$gone"
wait "$gone" 2>/dev/null
like "$(ctl status)" "^$A .* listening" "a client that hung up is forgotten"
kill -HUP "${pids[main]}" # one more follows
not_mapped() { ! grep -q 'libnss_hang' "/proc/${pids[main]}/maps"; }
ok "the module is not in the master" not_mapped
no_databases() { ! find "/proc/${pids[main]}/fd" -lname '/etc/*' | grep -q .; }
ok "the master has no database open" no_databases
is "$(find "/proc/$(pgrep -P "${pids[main]}" doorward-read | head -n 1)/fd" -lname 'socket:*' | wc -l)" 0 "the reader has no socket of the master's"
rm "$T/main.hang"
ok "with an answer the reload ends" wait_for said main 'reload: nothing was changed, 1 error'
like "$(grep -m1 'hang-user' "$T/main.log")" 'error: no such user "hang-user"' "the answer is the entry's error"
wait "$asker"
is $? 1 "doorwardctl reload has waited"
like "$(cat "$T/ctl.out")" 'no such user "hang-user"' "... and tells the result"
ok "HUP meanwhile had one more follow" wait_for said_times main 2 'reload: nothing was changed'
good "$A" >"$T/main.conf"
kill -HUP "${pids[main]}"
ok "a good one follows" wait_for said main 'reload kept=1'

### what a module leaves behind
: >"$T/main.hang"
{ good "$A"; echo "127.0.0.1:$D stream tcp4 nowait leave-user /bin/cat"; } >"$T/main.conf"
kill -HUP "${pids[main]}"
ok "a process that holds the reader's pipe does not hold the reload" wait_for said main 'no such user "leave-user"'
left() { ! ps -o comm= -p "$(pgrep -d, -f "$T/main.conf")" | grep -qx doorward-read; }
ok "... and is ended with it" wait_for left

### TERM during a reload
{ good "$A"; hanging; } >"$T/main.conf"
kill -HUP "${pids[main]}"
wait_for reading main
reader=$(pgrep -P "${pids[main]}" doorward-read)
is "$(descriptors main)" $((before + 1)) "no descriptor but the pipe more than before"
witness_end "a reload that hangs"
kill -TERM "${pids[main]}"
wait "${pids[main]}"
is $? 0 "TERM during a reload ends the daemon"
no_reader() { ! kill -0 "$reader"; }
ok "... and the reader" wait_for no_reader

### no answer at all
# shellcheck disable=SC2034 # who is sourced reads it
DEADLINE=60
ok "without an answer at the start the rest is served" wait_for serving late
like "$(cat "$T/late.log")" 'late.conf:2:[0-9]+: error: user "hang-user": no answer in 20 seconds' "the entry's error says so"
like "$(cat "$T/late.log")" 'late.conf:3:[0-9]+: error: user "hang-user2": no answer in 1 second' "the next one is not waited for as long"
like "$(tcp 127.0.0.1 "$C")" '[0-9]:[0-9]' "the entries before are served"
like "$(tcp 127.0.0.1 "$E")" '[0-9]:[0-9]' "the entries behind are served"
ok "however many have no answer" wait_for serving never
like "$(cat "$T/never.log")" 'never.conf:16:[0-9]+: error: user "hang-user15": no answer in 30 seconds' "a load takes 30 s"
like "$(tcp 127.0.0.1 "$F")" '[0-9]:[0-9]' "... and what can be served is served"
kill -TERM "${pids[never]}"
wait "${pids[never]}"
{ good "$C"; hanging; good "$E"; } >"$T/late.conf"
witness_start "$C"
kill -HUP "${pids[late]}"
ok "without an answer at a reload nothing is changed" wait_for said late 'reload: nothing was changed, 1 error'
witness_end "no answer in 20 seconds"
ok "the reader has gone" wait_for not_reading late
kill -TERM "${pids[late]}"
wait "${pids[late]}"
is $? 0 "TERM ends it orderly"
done_testing
