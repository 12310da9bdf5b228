#!/usr/bin/env bash
# e2e/counts.sh -- what a connection and a service cost, in counts that no machine changes
#
# System calls of one connection with -l, limits and access rules on, by strace: the difference between
# a long run and a short one. Bytes of one more service by the master's private memory.
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

grep -q '^sanitizers: no$' <("$DOORWARD" -V) || skip_all "sanitizers add calls and memory of their own"
command -v strace >/dev/null || skip_all "no strace here"
strace -o "$T/try" true 2>/dev/null || skip_all "strace may not trace here"

# A soft limit that the master had to raise is put back in the child: one call more.
ulimit -Sn "$(ulimit -Hn)"
P=$(free_port)
cat >"$T/conf" <<EOF
.defaults allow = 127.0.0.0/8, env = A=b;
127.0.0.1:$P stream tcp nowait $SOMEBODY /bin/true true
EOF

# calls COUNT: serve that many connections under strace; the calls of the master, of the starter, and of the
# children before exec.
calls() {
	local i
	rm -f "$T/pid"
	strace -f -qq -o "$T/trace" "$DOORWARD" -f --no-time -l --control= -p"$T/pid" -C 100000 -s 100 "$T/conf" \
		2>>"$T/log" &
	local tracer=$!
	wait_for pid_file_written || return 1
	local master before
	master=$(cat "$T/pid")
	before=$(log_count "^exit service=$P")
	for ((i = 1; i <= $1; i++)); do
		tcp 127.0.0.1 "$P" >/dev/null
		wait_for logged_times $((before + i)) "^exit service=$P" || return 1
	done
	kill -TERM "$master"
	wait "$tracer"
	awk -v master="$master" '
		/resumed>|^[0-9]+ +(---|\+\+\+)/ { next }  # the second half of a call, signals
		$1 == master { m++; next }
		/ prctl\(PR_SET_NAME/ { starter[$1] = 1 }
		$1 in starter { s++; next }
		!($1 in gone) { c++ }
		/execve\(/ { gone[$1] = 1 }
		END { print m, s + 0, c }' "$T/trace"
}

read -r m1 s1 c1 < <(calls 10)
read -r m2 s2 c2 < <(calls 30)
master=$(((m2 - m1) / 20)) starter=$(((s2 - s1) / 20)) child=$(((c2 - c1) / 20))
note "system calls of one connection: master $master, starter $starter, child before exec $child"
if [ "$(id -u)" = 0 ]; then most=15; else most=9; fi
# 19 where the answer comes before the child's end, 21 where it comes behind it.
# Without a starter the child closes what it does not need, and its error comes through a pipe.
if "$DOORWARD" -V | grep -q '^fork: starter$'; then calls=21; else calls=21 most=$((most + 6)); fi
ok "the master makes at most $calls calls for a connection" [ "$master" -le "$calls" ]
ok "the starter makes at most 5" [ "$starter" -le 5 ]
ok "the child makes at most $most calls before and with exec" [ "$child" -le "$most" ]

# A start must not cost more with more listeners: the starter has none of them.
starters() { pgrep -P "${pid:?}" -x doorward-start; }
if "$DOORWARD" -V | grep -q '^fork: starter$'; then
	python3 -c "for i in range(200): print('127.1.%d.1:$P stream tcp nowait $SOMEBODY /bin/true true' % i)" >>"$T/conf"
	start_doorward "$T/conf"
	descriptors=$(find "/proc/$(starters | head -n 1)/fd" -type l | wc -l)
	ok "the starter has no listener" [ "$descriptors" -le 6 ]
	stop_doorward
fi

# Private memory of the master with that many services; pages that the file of the program has do not count.
private() {
	local n=$1
	python3 -c "
for i in range($n): print('127.%d.%d.1:$P stream tcp nowait $SOMEBODY /bin/true true' % (i // 250, i % 250 + 1))" >"$T/many"
	start_doorward "$T/many" || return 1
	# Anonymous: with the starter, which has come of it, it shares pages that are its own all the same.
	awk '/^Anonymous/ { sum += $2 } END { print sum }' "/proc/${pid:?}/smaps"
	stop_doorward
}
private 100 >"$T/few.kb"
private 1100 >"$T/many.kb"
each=$((($(cat "$T/many.kb") - $(cat "$T/few.kb")) * 1024 / 1000))
note "bytes of one more service: $each"
# select's own sets have a pointer for each descriptor.
if "$DOORWARD" -V | grep -q '^fdset: epoll$'; then most=379; else most=395; fi
ok "one more service costs at most $most bytes" [ "$each" -le "$most" ]
done_testing
