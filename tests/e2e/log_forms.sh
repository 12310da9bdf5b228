#!/usr/bin/env bash
# e2e/log_forms.sh -- --log=json and --log=journal: every line as Python's json and a played journald read it
# shellcheck source=tests/lib/lib.sh
# shellcheck disable=SC2154,SC2317 # pid is of lib.sh; wait_for calls functions
. "$(dirname "$0")/../lib/lib.sh"

P=$(free_port) MUX=$(free_port)
if [ "$SOMEBODY" = - ]; then user=; else user="user = $SOMEBODY, "; fi
cat >"$T/nasty" <<'EOF2'
#!/bin/sh
printf 'a"b\\c\ttab \200\377 \303\244 {"event":"forged"}\n' >&2
EOF2
chmod 755 "$T/nasty"
cat >"$T/conf" <<EOF2
$P stream tcp4 nowait $SOMEBODY /bin/echo echo hi
$MUX stream tcp4 nowait $SOMEBODY internal tcpmux
tcpmux/nasty on ${user}exec = $T/nasty, stderr = log;
'$T/a	="b' on ${user}protocol = unix, socktype = stream, exec = /bin/true;
bad line
EOF2

ODD="$T/a	=\"b"

cat >"$T/holds.py" <<'EOF2'
# FILE EVENT KEY=VALUE...: is there such an object, and is every line one?
import json, sys
objects = [json.loads(line.decode()) for line in open(sys.argv[1], "rb").read().split(b"\n")[:-1]]
wanted = dict(word.split("=", 1) for word in sys.argv[3:])
ok = all(set(o) >= {"time", "level", "event"} for o in objects)
sys.exit(not (ok and any(o["event"] == sys.argv[2] and all(str(o.get(k)) == v for k, v in wanted.items()) for o in objects)))
EOF2
says() { python3 "$T/holds.py" "$T/log" "$@"; } # EVENT KEY=VALUE...

visit() {
	tcp 127.0.0.1 "$P" >/dev/null
	tcp 127.0.0.1 "$MUX" 'nasty\r\n' >/dev/null
}

# --- json -----------------------------------------------------------------------------------------

start_doorward -l --log=json "$T/conf"
visit
ok "json: an accept" wait_for says accept "service=$P" running=1/256 level=info
ok "json: numbers are numbers" wait_for says exit "service=$P" status=0
ok "json: a handler's bytes, what is no UTF-8 replaced" wait_for says stderr service=tcpmux/nasty \
	"$(printf 'line=a"b\\c\ttab \357\277\275\357\277\275 \303\244 {"event":"forged"}')"
ok "json: a name with a tab, an equals sign and a quote" says listen "service=$ODD" protocol=unix
ok "json: a problem of the configuration" says problem level=error \
	"what=$T/conf:5:9: error: the line ends early: missing protocol, wait or nowait, user and program"
kill -USR1 "$pid"
ok "json: a state" wait_for says state "service=$P" state=listening started=1
stop_doorward
ok "json: the end" says stop reason=SIGTERM
is "$(log_count '^\{"time":"[0-9T:.-]+Z","level":"[a-z]+","event":"[a-z-]+",.*\}$')" "$(wc -l <"$T/log")" "json: every line is an object"

start_doorward --log=text "$T/conf"
ok "text: as ever" wait_for logged "^listen service=$P address="
stop_doorward
"$DOORWARD" -f --log=xml "$T/conf" >"$T/said" 2>&1
is "$?" 64 "--log=xml is a mistake of usage"
is "$(head -n 1 "$T/said")" 'doorward: --log "xml": text, json or journal' "--log=xml: it says what there is"

# --- journal --------------------------------------------------------------------------------------

cat >"$T/journald.py" <<'EOF2'
# Plays journald: each datagram is read as its protocol has it and written as one line of JSON.
import json, os, socket, struct, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1] + ".new")
out = open(sys.argv[2], "w", buffering=1)
os.rename(sys.argv[1] + ".new", sys.argv[1])
while True:
    data, fields = s.recv(1 << 20), {}
    while data:
        line, _, rest = data.partition(b"\n")
        key, equals, value = line.partition(b"=")
        if not equals:
            length, = struct.unpack("<Q", rest[:8])
            value, end, rest = rest[8:8 + length], rest[8 + length:9 + length], rest[9 + length:]
            assert end == b"\n"
        assert key.decode().replace("_", "A").isalpha() and key.isupper() and key not in fields
        fields[key.decode()] = value.decode(errors="backslashreplace")
        data = rest
    fields.update(time="", level="", event=fields["DOORWARD_EVENT"])
    out.write(json.dumps(fields) + "\n")
EOF2
keeps() { python3 "$T/holds.py" "$T/journal" "$@"; }
# Who is not root is so in a namespace of his own, and himself again in one within.
if [ "$(id -u)" = 0 ]; then
	apart=(unshare -m) himself=()
else
	apart=(unshare -rm) himself=(unshare "--map-user=$(id -u)" "--map-group=$(id -g)")
fi
if ! "${apart[@]}" mount --bind "$T" /run 2>/dev/null; then
	skip "no mount namespace: the journal"
	done_testing
	exit
fi
mkdir -p "$T/run/systemd/journal"
cat >"$T/apart" <<'EOF2'
#!/bin/sh
mount --bind "$1/run" /run && shift && exec "$@"
EOF2
start_apart() { # arguments of doorward
	rm -f "$T/pid"
	: >"$T/log"
	"${apart[@]}" sh "$T/apart" "$T" "${himself[@]}" "$DOORWARD" -f --no-time --control= -p"$T/pid" "$@" >>"$T/out" 2>>"$T/log" &
	pid=$!
	wait_for pid_file_written
}
: >"$T/journal"
start_apart -l --log=journal "$T/conf"
ok "journal: nobody there is told" wait_for logged "^fault what=\"--log=journal: no line is kept before somebody reads /run/systemd/journal/socket: "
python3 "$T/journald.py" "$T/run/systemd/journal/socket" "$T/journal" &
journald=$!
wait_for test -S "$T/run/systemd/journal/socket"
visit
ok "journal: who comes later reads" wait_for keeps exit "DOORWARD_SERVICE=$P" DOORWARD_STATUS=0 PRIORITY=6 \
	SYSLOG_IDENTIFIER=doorward SYSLOG_FACILITY=3 "SYSLOG_PID=$pid"
ok "journal: what was lost is counted" wait_for keeps log PRIORITY=4
ok "journal: a message is the line" keeps accept "MESSAGE=$(python3 -c '
import json, sys
print([o["MESSAGE"] for o in map(json.loads, open(sys.argv[1])) if o["event"] == "accept"][0])' "$T/journal")"
ok "journal: a handler's bytes" wait_for keeps stderr DOORWARD_SERVICE=tcpmux/nasty PRIORITY=6 \
	"$(printf 'DOORWARD_LINE=a"b\\c\ttab \\x80\\xff \303\244 {"event":"forged"}')"
kill -USR1 "$pid"
ok "journal: a name with a tab, an equals sign and a quote" wait_for keeps state "DOORWARD_SERVICE=$ODD"
kill -HUP "$pid"
ok "journal: a problem keeps its priority" wait_for keeps problem PRIORITY=3
is "$(log_count '^(accept|listen|exit)')" 0 "journal: standard error has faults and problems only"
kill -TERM "$pid"
wait "$pid"
pid=
ok "journal: the end" wait_for keeps stop DOORWARD_REASON=SIGTERM
kill "$journald"
wait "$journald" 2>/dev/null
done_testing
