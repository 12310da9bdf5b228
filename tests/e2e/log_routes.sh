#!/usr/bin/env bash
# e2e/log_routes.sh -- the key log: a service's lines in a file that HUP opens again, or at a facility and level of syslog
# shellcheck source=tests/lib/lib.sh
# shellcheck disable=SC2154,SC2317 # pid is of lib.sh; wait_for calls functions
. "$(dirname "$0")/../lib/lib.sh"

ports=$(free_ports 6 | tr '\n' ' ')
read -r FILE LEVEL ALL LINK LINKED PIPE <<<"$ports"
if [ "$SOMEBODY" = - ]; then user=; else user="user = $SOMEBODY, "; fi
mkdir "$T/logs"
: >"$T/elsewhere"
: >"$T/twice"
ln -s "$T/elsewhere" "$T/logs/link"
ln "$T/twice" "$T/logs/twice"
mkfifo "$T/logs/pipe"
one() { echo "$1 on ${user}protocol = tcp4, socktype = stream, exec = /bin/true, args = true, log = $2;"; }
{
	one "$FILE" "$T/logs/file"
	one "$LEVEL" local3.warning
	one "$ALL" local3
	one "$LINK" "$T/logs/link"
	one "$LINKED" "$T/logs/twice"
	one "$PIPE" "$T/logs/pipe"
} >"$T/conf"
has() { grep -Eq -e "$2" "$T/logs/$1" 2>/dev/null; } # file regex
TIME='^[0-9-]+T[0-9:]+\.[0-9]{3} '

start_doorward -l "$T/conf"
for port in $ports; do tcp 127.0.0.1 "$port" >/dev/null; done
ok "a file: a service's lines, with their time" wait_for has file "${TIME}exit service=$FILE pid=[0-9]+ status=0 "
ok "a file: from the first" has file "${TIME}listen service=$FILE "
is "$(log_count "service=$FILE ")" 0 "a file: and they are nowhere else"
is "$(grep -vc "service=$FILE" "$T/logs/file")" 0 "a file: nobody else's"
is "$(stat -c %a "$T/logs/file")" 640 "a file: not for everybody"
ok "a facility: all levels" wait_for logged "^exit service=$ALL "
ok "a link, a second name, a pipe: the daemon's log has them" wait_for logged "^exit service=$LINK "
ok "a second name" wait_for logged "^exit service=$LINKED "
ok "a pipe" wait_for logged "^exit service=$PIPE "
is "$(log_count "service=$LEVEL ")" 0 "a level: what is below it is left out"
ok "a link is told" logged "^fault what=\"$LINK: log $T/logs/link: it is a symbolic link: its lines are in this log\""
ok "a second name is told" logged "$LINKED: log $T/logs/twice: it has another name too: "
ok "a pipe is told" logged "$PIPE: log $T/logs/pipe: "
is "$(cat "$T/elsewhere" "$T/twice")" "" "nothing was written there"

mv "$T/logs/file" "$T/logs/file.1"
tcp 127.0.0.1 "$FILE" >/dev/null
ok "moved away: it goes on there" wait_for test "$(grep -c exit "$T/logs/file.1")" -ge 1
ok "a reload" reload
tcp 127.0.0.1 "$FILE" >/dev/null
ok "HUP opens it again" wait_for has file "exit service=$FILE "
mv "$T/logs/file" "$T/logs/file.2"
cp "$T/conf" "$T/good"
echo 'bad line' >>"$T/conf"
: >"$T/log"
kill -HUP "$pid"
ok "a reload that is refused" wait_for logged "nothing was changed"
tcp 127.0.0.1 "$FILE" >/dev/null
ok "HUP opens it again all the same" wait_for has file "exit service=$FILE "
sed "1s/, log = [^;]*//" "$T/good" >"$T/conf"
ok "without the key" reload
tcp 127.0.0.1 "$FILE" >/dev/null
ok "the daemon's log has its lines again" wait_for logged "^exit service=$FILE "
stop_doorward

one "$FILE" local9.info >"$T/conf"
is "$("$DOORWARD" -t "$T/conf" 2>&1 >/dev/null | sed 's/.*error: //')" \
	'log "local9.info" is no facility.level of syslog, nor an absolute path' "a wrong facility"
one "$FILE" daemon.loud >"$T/conf"
is "$("$DOORWARD" -t "$T/conf" 2>&1 >/dev/null | sed 's/.*error: //')" \
	'log "daemon.loud" is of no level (emerg, alert, crit, err, warning, notice, info, debug)' "a wrong level"
one "$FILE" "$T/logs/json" >"$T/conf"
start_doorward -l --log=json "$T/conf"
ok "--log=json: objects in the file too" wait_for has json '^\{"time":.*"event":"listen","service":"'"$FILE"'",.*\}$'
stop_doorward
done_testing
