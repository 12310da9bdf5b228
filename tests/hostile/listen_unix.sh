#!/usr/bin/env bash
# hostile/listen_unix.sh -- paths of unix sockets that are removed, replaced and led astray
# shellcheck source=tests/hostile/listen_lib.sh
. "$(dirname "$0")/listen_lib.sh"

W=$(free_port)
S=$T/theirs # the attacker's folder
mkdir -m 700 "$T/ours"
mkdir -m 777 "$S" "$S/in" "$S/other"
chown -R nobody "$S"
attack() { setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; }
cat >"$T/conf" <<EOT
$W stream tcp4 nowait nobody internal echo
:daemon:daemon:0640:$S/in/plain stream unix nowait nobody /bin/cat cat
$S/in/wait stream unix wait nobody /usr/bin/python3 python3 $H/listen_handler.py $T/conf none
$S/in/dgram dgram unix wait nobody /usr/bin/python3 python3 $H/listen_handler.py $T/conf none
EOT
"$DOORWARD" -f --no-time --control="$S/in/control" -p"$T/pid" "$T/conf" >>"$T/out" 2>>"$T/log" &
# shellcheck disable=SC2034 # who is sourced reads it
pid=$!
wait_for pid_file_written
witness "$W"

unix() { printf hello | timeout 10 nc -N -U "$S/in/$1" 2>&1; }
served() { [ "$(unix plain)" = hello ] && [ "$(unix wait)" = good ] && dgram; }
dgram() # bound to an abstract name: the handler may answer
{
	python3 - "$S/in/dgram" <<'EOT'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("")
s.settimeout(1)
s.sendto(b"x", sys.argv[1])
sys.exit(s.recv(100) != b"good\n")
EOT
}
asked() { "$abs_top_builddir/src/doorwardctl" -s "$S/in/control" status; }
is_theirs() { [ "$(stat -c %U:%G:%a "$S/in/plain")" = daemon:daemon:640 ]; }
ok "they are served" wait_for served

# The folder's owner may do so.
attack rm "$S/in/plain" "$S/in/wait" "$S/in/dgram" "$S/in/control"
ok "removed: made anew" within 2 served
ok "with its owner and mode" is_theirs
like "$(cat "$T/log")" 'again service=[^ ]*/plain address=[^ ]*/plain protocol=unix reason=path' "the log says so"
reload
ok "doorwardctl's, too" asked

attack sh -c "mv '$S/in' '$S/was'; mkdir '$S/in'"
ok "the folder is replaced: made anew in the new one" within 2 served
reload
ok "doorwardctl's, too" asked

attack sh -c "mv '$S/in' '$S/was2'"
sleep 1.5 # as long as an attack lasts
attack mkdir "$S/in"
ok "the folder is away for a while: made anew in its successor" within 2 served

# Something else in its place.
attack sh -c "rm '$S/in/plain'; echo mine >'$S/in/plain'"
sleep 1.5
is "$(cat "$S/in/plain")" mine "another's file stays"
attack rm "$S/in/plain"
ok "once it is gone, made anew" within 2 served

# At a reload root gives the path its owner and mode. What does it lead to?
precious=$T/ours/precious
reset_precious() { rm -f "$precious"; echo precious >"$precious"; chmod 600 "$precious"; chown root:root "$precious"; }
state() { stat -c %U:%G:%a "$1"; }
reset_precious
change() { sed -i "s/:06[0-9]*:/:06$1:/" "$T/conf"; }

rm -f "$S/in/plain"
ln "$precious" "$S/in/plain" # the attacker, where fs.protected_hardlinks is off
change 66
reload
is "$(state "$precious")" root:root:600 "a hard link to another's file: left alone"
rm -f "$S/in/plain"

reset_precious
wait_for served
mkdir -m 755 "$T/ours/folder"
echo precious >"$T/ours/folder/plain"
chmod 600 "$T/ours/folder/plain"
attack sh -c "mv '$S/in' '$S/was3'; ln -s '$T/ours/folder' '$S/in'"
change 44
reload
is "$(state "$T/ours/folder/plain")" root:root:600 "a folder that became a symbolic link: left alone"
is "$(cat "$T/ours/folder/plain")" precious "and not removed"
attack sh -c "rm '$S/in'; mkdir '$S/in'"
ok "once the link is gone, made anew" within 2 served
rm -f "$T/ours/folder/plain"

# The stop removes what it made, where it made it.
echo precious >"$T/ours/folder/plain"
attack sh -c "mv '$S/in' '$S/was4'; ln -s '$T/ours/folder' '$S/in'"
ok "nobody else waited" witness_content
ok "TERM works" stop_doorward
is "$(cat "$T/ours/folder/plain")" precious "the stop leaves another's file alone"
done_testing
