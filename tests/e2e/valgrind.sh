#!/usr/bin/env bash
# e2e/valgrind.sh -- a day of the daemon under valgrind: nothing uninitialised is used, nothing is lost
# shellcheck source=tests/lib/lib.sh
# shellcheck disable=SC2154 # pid is of lib.sh
. "$(dirname "$0")/../lib/lib.sh"

grep -q '^sanitizers: no$' <("$DOORWARD" -V) || skip_all "sanitizers do not go with it"
command -v valgrind >/dev/null || skip_all "no valgrind here"
valgrind -q true 2>/dev/null || skip_all "valgrind does not run here"

cat >"$T/checked" <<EOF
#!/bin/sh
exec valgrind -q --leak-check=full --show-leak-kinds=definite --log-file=$T/valgrind.%p $DOORWARD "\$@"
EOF
chmod 755 "$T/checked"
DOORWARD=$T/checked
DEADLINE=$((DEADLINE * 4)) # everything takes a little longer

ports=$(free_ports 4 | tr '\n' ' ')
read -r ECHO DAY CAT UDP <<<"$ports"
if [ "$SOMEBODY" = - ]; then user=; else user="user = $SOMEBODY, "; fi
cat >"$T/conf" <<EOF
.defaults allow = 127.0.0.0/8, env = A=b, source_max = 100;
$ECHO stream tcp4 nowait $SOMEBODY /bin/echo echo hello
$DAY stream tcp4 nowait $SOMEBODY internal daytime
$CAT on protocol = tcp4, ${user}exec = /bin/sh, args = sh -c "echo words >&2; exec cat", stderr = log, timeout = 1m;
$UDP dgram udp4 nowait $SOMEBODY internal daytime
EOF
start_doorward -l "$T/conf" || exit 99
for _ in 1 2; do
	is "$(tcp 127.0.0.1 "$ECHO")" hello "a program answers"
	like "$(tcp 127.0.0.1 "$DAY")" '[0-9]:[0-9]' "a builtin answers"
	is "$(tcp 127.0.0.1 "$CAT" words)" words "a handler with a pipe answers"
	like "$(udp 127.0.0.1 "$UDP" x)" '[0-9]:[0-9]' "a datagram is answered"
	echo "# another" >>"$T/conf"
	sed -i "s/echo hello/echo  hello/" "$T/conf"
	reload
done
ok "TERM ends it" stop_doorward
is "$(cat "$T"/valgrind.* | head -n 20)" "" "valgrind has nothing to say"
done_testing
