#!/usr/bin/env bash
# e2e/learn.sh -- doorwardctl learn: the keys that it prints are enough under strict, and none too many
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

[ "$(uname)" = Linux ] || skip_all "learn is for Linux"
mapfile -t P < <(free_ports 3)
CTL=$abs_top_builddir/src/doorwardctl
mkdir "$T/read" "$T/made" "$T/many"
chmod 777 "$T/made"
echo secret >"$T/read/file"
for i in 1 2 3 4 5 6 7 8 9; do echo "$i" >"$T/many/$i"; done
cat >"$T/handler" <<END
#!/usr/bin/python3 -I
import os, socket, sys
word = sys.stdin.readline().strip()
os.chdir("$T/read")
said = open("file").read().strip()
if word == "go":
    open("$T/made/new.%d" % os.getpid(), "w").write(said)
    said += socket.create_connection(("127.0.0.1", ${P[0]})).recv(9).decode().strip()
if word == "many":
    for i in range(1, 10):
        open("$T/many/%d" % i).read()
if word == "odd":
    os.listdir("$T/many")
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
    socket.socket().bind(("127.0.0.1", 0))
print(word, said)
END
cat >"$T/client" <<'END'
#!/bin/sh
echo go
read -r line && echo "$line" >"$1"
END
chmod 755 "$T/handler" "$T/client"
echo "127.0.0.1:${P[0]} on protocol = tcp4, exec = /bin/echo, args = echo peer, user = $SOMEBODY;" >"$T/peer"
entry() { # KEYS: the handler's definition
	echo "127.0.0.1:${P[1]} on protocol = tcp4, exec = $T/handler, user = $SOMEBODY, stderr = null${1:+, $1};"
}
entry "sandbox = strict" >"$T/caged"
"$DOORWARD" -t "$T/peer" >/dev/null || skip_all "no services here"
start_doorward "$T/peer"

learn() { "$CTL" learn -f "$T/caged" "$@" 2>"$T/err"; }
learn "${P[1]}" -- "$T/client" "$T/heard" >"$T/keys"
status=$?
if grep -q 'ptrace, to look on' "$T/err"; then skip_all "no ptrace here"; fi
is "$status" 0 "learn: it is done" || cat "$T/err"
wait_for [ -s "$T/heard" ]
is "$(cat "$T/heard")" "go secretpeer" "the command is its client"
key() { sed -n "s/^$1 = //; t found; d; :found; s/,\$//; p" "$T/keys"; }
is "$(key sandbox)" strict "the keys are beyond strict's"
is "$(key readable)" "/etc $T/read/file" "a file that is read, from the folder it was in"
is "$(key writable)" "$T/made" "a file that is made: its folder"
is "$(key connect)" "${P[0]}" "a port that is connected to"
is "$(key executable)$(key bind_ports)$(key system_calls)" "" "what strict allows anyway is left out"
keys=$(grep -v '^#' "$T/keys" | tr '\n' ' ')

if "$DOORWARD" -t "$T/caged" >/dev/null 2>&1; then
	answers() { # KEYS ANSWER WHAT: the handler's answer with them
		stop_doorward
		{ cat "$T/peer" && entry "$1"; } >"$T/conf"
		start_doorward "$T/conf"
		is "$(tcp 127.0.0.1 "${P[1]}" 'go\n')" "$2" "$3"
	}
	answers "sandbox = strict" "" "under strict alone it fails"
	answers "$keys" "go secretpeer" "with the keys it works"
	for one in readable writable connect; do
		without=$(grep -v -e '^#' -e "^$one = " "$T/keys" | tr '\n' ' ' | sed 's/, *$//')
		answers "$without" "" "without $one it fails again"
	done
else
	skip "strict is not to be had here"
fi
stop_doorward

learn "${P[1]}" <<<many >"$T/keys"
is "$(key readable)" "/etc $T/read/file $T/many" "a folder stands for many files"
like "$(cat "$T/keys")" "^# $T/many stands for 9" "which a comment says"
is "$(key writable)$(key connect)" "" "what did not happen is not there"
ok "without a command answers go to standard error" grep -qx 'many secret' "$T/err"
learn "${P[1]}" <<<odd >"$T/keys"
is "$(grep -c -e '^# .*netlink: no key' -e '^# .*any free port' -e '^# it listed .*many' "$T/keys")" 3 "what no key says is a comment"
learn "${P[1]}" -- "$T/no-such" >"$T/keys"
is "$? $(cat "$T/keys")" "69 " "a command that is not there: nothing is run, no keys"
learn nobody </dev/null >"$T/keys"
is "$? $(cat "$T/keys")" "78 " "no such service: no keys"
done_testing
