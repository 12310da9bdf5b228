#!/usr/bin/env bash
# e2e/check.sh -- doorward -t: each mistake at its place, the rest in the table; the same file is served
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

check() { # file or folder...: problems in $T/problems, the table in $T/table, the status in $status
	"$DOORWARD" -t "$@" >"$T/table" 2>"$T/problems"
	status=$?
}
problems() { cat "$T/problems"; }
table() { cat "$T/table"; }

# --- one mistake a file: the whole of what is said -------------------------------------------------

# The file's text (printf's %b), and the problem behind "FILE:", "-" for none.
one() { # description text problem [status]
	printf '%b' "$2" >"$T/one"
	check "$T/one"
	local expected=
	[ "$3" = - ] || expected=$T/one:$3
	is "$(problems)" "$expected" "$1"
	is "$status" "${4:-78}" "$1: exit status"
}

S=$SOMEBODY
one "a truncated line" "17001 stream tcp\n" \
	'1:17: error: the line ends early: missing wait or nowait, user and program'
one "one word" "17001\n" \
	'1:6: error: the line ends early: missing socket type, protocol, wait or nowait, user and program'
one "an unknown user" "17001 stream tcp nowait nosuchuser /bin/cat\n" \
	'1:25: error: no such user "nosuchuser"'
one "an unknown group" "17001 stream tcp nowait root:nosuchgroup /bin/cat\n" \
	'1:30: error: no such group "nosuchgroup"'
one "a missing program" "17001 stream tcp nowait $S /no/such/program\n" \
	"1:$((26 + ${#S})): warning: program \"/no/such/program\" is missing: No such file or directory" 0
one "a program without a path" "17001 stream tcp nowait $S no-cat\n" \
	"1:$((26 + ${#S})): error: program \"no-cat\" is not an absolute path"
one "a folder as the program" "17001 stream tcp nowait $S /bin\n" \
	"1:$((26 + ${#S})): warning: program \"/bin\" is a folder" 0
one "port 70000" "70000 stream tcp nowait $S /bin/cat\n" '1:1: error: port "70000" is out of range (1-65535)'
one "port 0" "0 stream tcp nowait $S /bin/cat\n" '1:1: error: port "0" is out of range (1-65535)'
one "nowiat" "17001 stream tcp nowiat $S /bin/cat\n" \
	'1:18: error: unknown wait field "nowiat" (did you mean "nowait"?)'
one "a wait field with a tail" "17001 stream tcp nowait.x $S /bin/cat\n" \
	'1:25: error: limit "x" is not a number'
one "an unknown socket type" "17001 steam tcp nowait $S /bin/cat\n" \
	'1:7: error: unknown socket type "steam" (did you mean "stream"?)'
one "a socket type that does not fit" "17001 dgram tcp wait $S /bin/cat\n" \
	'1:7: error: socket type "dgram" does not fit protocol "tcp"'
one "no such builtin" "17001 stream tcp nowait $S internal ecko\n" \
	"1:$((35 + ${#S})): error: no builtin is named \"ecko\" (did you mean \"echo\"?)"
one "a quote that does not end" "17001 stream tcp nowait $S \"/bin/cat\n" \
	"1:$((26 + ${#S})): error: unterminated quote"
one "the place is that of the mistake's line" "# one\n\n17001 stream tcp nowait $S \\\\\n  no-cat\n" \
	'4:3: error: program "no-cat" is not an absolute path'
one "control characters of the file do not reach the terminal" "17001 stream tcp now\\033[2Jait $S /bin/cat\n" \
	'1:18: error: unknown wait field "now\x1b[2Jait"'
one "an entry that a later one takes the place of" \
	"17001 stream tcp4 nowait $S /bin/cat\n17001 stream tcp4 nowait $S /bin/cat cat -u\n" \
	"1:1: warning: \"17001\" (tcp4, 0.0.0.0:17001) is served by the later entry at $T/one:2" 0
one "nothing at all" "" - 0
one "only comments" "# a\n   # b\n\n" - 0

check "$T/missing"
like "$(problems)" "^$T/missing:.*error: No such file or directory$" "a missing file is an error"
is "$status" 78 "a missing file: exit status"
is "$(table)" "" "a missing file: nothing in the table"
printf '17001 stream tcp4 nowait %s /bin/cat\n' "$S" >"$T/one"
check "$T/missing" "$T/one"
is "$status/$(wc -l <"$T/table")" 78/1 "a missing file does not keep the next one out of the table"

# --- all the mistakes in one file: the others are in the table, and served -------------------------

A=$(free_port) B=$(free_port) C=$(free_port) D=$(free_port) E=$(free_port) F=$(free_port) G=$(free_port)
long=$(head -c 4900 /dev/zero | tr '\0' x)
line=$(printf '%s stream tcp4 nowait %s /bin/echo echo %s' "$B" "$S" "$long")
line=$line$(head -c $((5000 - ${#line})) /dev/zero | tr '\0' y)
{
	echo "# doorward -t"
	echo "$A stream tcp4 nowait $S /bin/echo echo first"
	echo "17002 stream tcp"
	echo "17003 stream tcp nowait nosuchuser /bin/cat"
	echo "$F stream tcp4 nowait $S /no/such/program"
	echo "70000 stream tcp nowait $S /bin/cat"
	echo "17005 stream tcp nowiat $S /bin/cat"
	echo "$line"
	echo "$C  stream	tcp4 nowait $S /bin/echo echo continued"
	echo "	by a blank"
	echo "$D stream tcp4 nowait $S /bin/echo echo \\"
	echo "'# quoted \"' a\"b c\"d # literal"
	printf '%s stream tcp4 nowait %s /bin/echo echo carriage\r\n' "$G" "$S"
	echo "17007 stream tcp4 nowait $S \"/bin/cat"
	printf '%s stream tcp4 nowait %s /bin/echo echo last' "$E" "$S"
} >"$T/conf"
check "$T/conf"
is "$status" 78 "a file of mistakes: exit status"
is "$(problems)" "$T/conf:3:17: error: the line ends early: missing wait or nowait, user and program
$T/conf:4:25: error: no such user \"nosuchuser\"
$T/conf:5:$((27 + ${#S})): warning: program \"/no/such/program\" is missing: No such file or directory
$T/conf:6:1: error: port \"70000\" is out of range (1-65535)
$T/conf:7:18: error: unknown wait field \"nowiat\" (did you mean \"nowait\"?)
$T/conf:14:$((27 + ${#S})): error: unterminated quote" "a file of mistakes: all of them, nothing else"
is "$(cut -d' ' -f1 "$T/table" | tr '\n' ' ')" "$A $F $B $C $D $G $E " "the good lines are in the table, in order"
like "$(table)" "^$A stream tcp4 nowait [^ ]+ /bin/echo 0.0.0.0:$A args=\"echo first\"$" "a line of the table"
like "$(table)" "^$D .*args=\"echo '# quoted " "the table shows quoted arguments"
is "${#line}" 5000 "the long line has 5,000 characters"

start_doorward "$T/conf"
is "$(tcp 127.0.0.1 "$A")" first "served: the line before the mistakes"
is "$(tcp 127.0.0.1 "$B")" "${line#*echo echo }" "served: the long line, whole"
is "$(tcp 127.0.0.1 "$C")" "continued by a blank" "served: a line continued by a blank"
is "$(tcp 127.0.0.1 "$D")" '# quoted " ab cd # literal' "served: a line continued by a backslash, with quotes"
is "$(tcp 127.0.0.1 "$G" | od -An -c | tr -d ' ')" 'carriage\n' "served: a line that ended in CR LF"
is "$(tcp 127.0.0.1 "$E")" last "served: the last line, without a newline"
ok "and the mistakes are in the log" logged "conf:6:1: error: port \"70000\" is out of range"
is "$(tcp 127.0.0.1 "$F")" "" "a missing program: the client gets nothing"
printf '#!/bin/sh\necho late\n' >"$T/late" && chmod 755 "$T/late"
stop_doorward
sed -i "s,/no/such/program,$T/later," "$T/conf"
start_doorward "$T/conf"
mv "$T/late" "$T/later"
is "$(tcp 127.0.0.1 "$F")" late "a program may appear later"
stop_doorward

# --- folders that an entry names --------------------------------------------------------------------

mkdir "$T/private" "$T/root" "$T/root/inside"
chmod 700 "$T/private"
printf 'x' >"$T/file"
user=; [ "$S" = - ] || user="user = $S, "
cat >"$T/conf" <<EOF
$A on ${user}protocol = tcp, exec = /bin/cat, directory = $T/nowhere;
$B on ${user}protocol = tcp, exec = /bin/cat, directory = $T/file;
$C on ${user}protocol = tcp, exec = /bin/cat, chroot = $T/nowhere;
$T/nowhere/socket on ${user}protocol = unix, exec = /bin/cat;
EOF
check "$T/conf"
none=$(message ENOENT)
is "$status/$(problems)" "0/$T/conf:1:$((${#A} + ${#user} + 38)): warning: directory \"$T/nowhere\" is missing: $none
$T/conf:2:$((${#A} + ${#user} + 38)): warning: directory \"$T/file\" is no folder
$T/conf:3:$((${#A} + ${#user} + 38)): warning: chroot \"$T/nowhere\" is missing: $none
$T/conf:4:1: warning: the socket's folder \"$T/nowhere\" is missing: $none" \
	"directory, chroot and the folder of a unix socket are looked at"
cat >"$T/conf" <<EOF
$A on ${user}protocol = tcp, exec = /bin/cat, directory = /;
$T/socket on ${user}protocol = unix, exec = /bin/cat;
.defaults directory = $T/nowhere;
$B stream tcp nowait $S /bin/cat
EOF
check "$T/conf"
is "$status/$(problems)" "0/$T/conf:4:1: warning: directory \"$T/nowhere\" is missing: $none" \
	"those that are there are no problem; of .defaults the entry is named"
if [ "$ME" = root ]; then
	echo "$A on user = nobody, protocol = tcp, exec = /bin/cat, directory = $T/private;
$B on user = nobody, protocol = tcp, exec = /bin/cat, directory = $T/private/x;
$C on user = nobody, protocol = tcp, exec = /bin/cat, chroot = $T/root, directory = /inside;" >"$T/conf"
	mkdir "$T/private/x"
	check "$T/conf"
	like "$(problems)" "warning: directory \"$T/private\" is closed to user \"nobody\"" "a folder that is closed to the user"
	like "$(problems)" "warning: directory \"$T/private/x\" is not reachable for user \"nobody\": the folder \"$T/private\" is closed to him" \
		"and one below it"
	unlike "$(problems)" '/inside' "a directory is looked for below chroot"
else
	skip "only root runs handlers as another user"
fi

# --- a folder of snippets --------------------------------------------------------------------------

mkdir "$T/d" "$T/d/40-folder"
number=17100
for name in 20-b 10-a .hidden 10-a~ x.bak x.dpkg-dist x.dpkg-old x.rpmsave x.rpmnew 30-c.conf 40-folder/inside; do
	number=$((number + 1))
	echo "$number stream tcp4 nowait $S /bin/echo echo $name" >"$T/d/$name"
done
ln -s "$T/d/20-b" "$T/d/.linked"
mkfifo "$T/d/50-fifo"
check "$T/d"
is "$status/$(problems)" 0/ "a folder: no problem"
is "$(sed -n 's/.*args="\(.*\)"$/\1/p' "$T/table" | tr '\n' ' ')" "echo 10-a echo 20-b echo 30-c.conf " \
	"a folder: its regular files by name, without the names that are left behind"
echo "17200 stream tcp nowiat $S /bin/cat" >"$T/d/15-bad"
check "$T/d"
is "$status/$(problems)" "78/$T/d/15-bad:1:18: error: unknown wait field \"nowiat\" (did you mean \"nowait\"?)" \
	"a folder: the mistake's file is named"
is "$(wc -l <"$T/table")" 3 "a folder: a bad file does not touch the others"
check "$T/one" "$T/d"
is "$(wc -l <"$T/table")" 4 "a file and a folder"

cat >"$T/scripts" <<END
17901 stream tcp4 nowait $S /usr/bin/python3 python3 hello.py
17902 stream tcp4 nowait $S /bin/sh sh -c ./hello.sh
17903 stream tcp4 nowait $S /usr/bin/python3 python3 /srv/hello.py
17904 on protocol = tcp4, user = $S, exec = /usr/bin/python3, args = python3 hello.py, directory = /;
END
check "$T/scripts"
is "$status/$(problems | grep -v ' is missing')" \
	"0/$T/scripts:1:$((52 + ${#S})): warning: \"hello.py\" is looked for in \"/\", where handlers start: write its whole path" \
	"a script without its folder: a warning"
printf '# nothing\n\n  # at all\n' >"$T/comments"
check "$T/comments"
is "$status/$(problems)/$(cat "$T/table")" "0//0 services" "a file of comments: no service"

# --- it opens nothing ------------------------------------------------------------------------------

printf '%s stream tcp4 nowait %s /bin/echo echo first\n' "$A" "$S" >"$T/one"
start_doorward "$T/one"
check -p"$T/pid" "$T/one"
is "$status/$(problems)" 0/ "-t beside a running daemon: neither port nor pid file is touched"
# shellcheck disable=SC2154 # of lib.sh
is "$(cat "$T/pid")" "$pid" "-t leaves the pid file alone"
stop_doorward
done_testing
