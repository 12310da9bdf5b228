#!/usr/bin/env bash
# e2e/edit.sh -- doorwardctl add, enable, disable, remove: that entry and no byte more, killed at any step, 40 at once
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

CTL=$(dirname "$DOORWARD")/doorwardctl
S=$T/none # nobody listens there: every command names its file
F=$T/conf
ctl() { timeout 60 "$CTL" -s "$S" "$@"; }
run() { # words: what it said in $said, its exit status in $status
	said=$(ctl "$@" 2>&1)
	status=$?
}
does() { # status words... -- description
	local want=$1 words=()
	shift
	while [ "$1" != -- ]; do words+=("$1") && shift; done
	run "${words[@]}"
	is "$status" "$want" "$2"
	[ "$status" = "$want" ] || note "$said"
}
unchanged() { same_file "$T/before" "$F" "$1"; }
rests() { find "$T" -name '.*doorwardctl*'; }
mapfile -t P < <(free_ports 6)

# --- an entry and nothing else ------------------------------------------------------------------
original() {
	cat <<END
# what is above, with a tab	in it
   # and an indented comment
${P[0]} stream tcp nowait $SOMEBODY /bin/cat cat \\
	-u
#<off># ${P[1]}	stream tcp nowait $SOMEBODY /bin/cat
#<off># ${P[2]} stream tcp nowait $SOMEBODY /bin/cat cat
#<off>#     -u

# an old habit: ${P[3]} stream tcp nowait root /bin/sh
${P[3]} off user = $SOMEBODY, socktype = stream, # why
	protocol = tcp, exec = /bin/cat, args = cat on off; # behind it
${P[4]} stream tcp nowait $SOMEBODY /bin/cat
${P[4]} dgram udp wait $SOMEBODY /bin/cat
127.0.0.1:${P[5]} stream tcp4 nowait $SOMEBODY /bin/cat
127.0.0.2:${P[5]} stream tcp4 nowait $SOMEBODY /bin/cat
END
	printf 'mine on name = mine, bind = 127.0.0.3, socktype = stream, protocol = tcp4, user = %s, exec = /bin/cat;' "$SOMEBODY" | sed "s/^mine/${P[5]}/"
}
original >"$F"
cp "$F" "$T/before"
chmod 640 "$F"
"$DOORWARD" -t "$F" >"$T/table" 2>&1 || note "$(cat "$T/table")"

there_and_back() { # name first second description: each changes one entry, and both together nothing
	does 0 "$2" -f "$F" "$1" -- "$2 $4"
	like "$said" "^$2d [^ ]+ \\($F:[0-9]+\\), no daemon to tell" "... says so"
	unlike "$(diff "$F" "$T/before" | grep -c '^[<>]')" '^0$' "... it did"
	does 3 "$2" -f "$F" "$1" -- "... once more: nothing to change"
	does 0 "$3" -f "$F" "$1" -- "$3 $4"
	unchanged "... and every byte is as before"
}
there_and_back "${P[0]}" disable enable "a line that goes on"
there_and_back "${P[1]}" enable disable "a line of update-inetd's"
there_and_back "${P[2]}" enable disable "two of them that are one"
there_and_back "${P[3]}" enable disable "a definition"
there_and_back "${P[4]}/udp" disable enable "one of two protocols"
there_and_back "127.0.0.2:${P[5]}" disable enable "one of two addresses"
there_and_back "mine" disable enable "by its name"
there_and_back "$F:3" disable enable "by its place"
is "$(stat -c '%a' "$F")" 640 "the mode is kept"
run disable -f "$F" "${P[0]}"
is "$(sed -n '3,4p' "$F")" "$(sed -n '3,4s/^/#<off># /p' "$T/before")" "disabled as update-inetd would"
run enable -f "$F" "${P[0]}"

does 1 disable -f "$F" "${P[4]}" -- "two entries of a name: refused"
like "$said" "${P[4]}/tcp.*on" "... with both"
like "$said" "$F:13: ${P[4]}/udp" "... and their places"
does 1 enable -f "$F" 65001 -- "no such entry"
does 3 remove -f "$F" 65001 -- "... cannot be removed, but it is not there"
unchanged "nothing was changed"

does 0 remove -f "$F" "${P[0]}" -- "remove a line that goes on"
is "$(diff "$T/before" "$F" | grep '^[<>]')" "$(sed -n '3,4s/^/< /p' "$T/before")" "... its lines and no other"
does 0 remove -f "$F" "${P[3]}" -- "remove a definition"
like "$(cat "$F")" '^ # behind it$' "... a comment behind it stays"
does 0 remove -f "$F" mine -- "remove the last, which has no newline"
does 0 remove -f "$F" "${P[2]}" -- "remove one that is off"
is "$("$DOORWARD" -t "$F" | cut -d' ' -f1 | sort | tr '\n' ' ')" \
	"$(printf '%s\n' "${P[4]}" "${P[4]}" "${P[5]}" "${P[5]}" | sort | tr '\n' ' ')" "the others are there"

# --- with an error ----------------------------------------------------------------------------------
broken() {
	echo "${P[0]} stream tcp nowait $SOMEBODY /bin/cat"
	echo "$1"
	echo "${P[1]} stream tcp nowait $SOMEBODY /bin/cat"
}
for words in "${P[2]} stream tcp nowiat $SOMEBODY /bin/cat cat" "${P[2]} stream tcp" "${P[2]} stream tcp nowait no-such-user /bin/cat" \
	"${P[2]} on user = $SOMEBODY, exce = /bin/cat;" "${P[2]} on protocol = tcp, user = $SOMEBODY"; do
	broken "$words" >"$F"
	run remove -f "$F" "${P[2]}"
	is "$status/$(wc -l <"$F")/$(grep -c "^${P[2]}" "$F")" 0/2/0 "remove an entry with an error: $words"
done
broken "web on name = web, port = 80;" >"$F"
cp "$F" "$T/before"
does 1 disable -f "$F" web -- "disable one with an error"
like "$said" "$F:2: web has an error: mend it first" "... says so"
like "$said" "^$F:2:[0-9]+: error: " "... and which"
does 0 --check remove -f "$F" "$F:2" -- "remove it by its place"
broken "${P[2]} stream tcp nowiat $SOMEBODY /bin/cat" >"$F"
echo "${P[3]} strem tcp nowait $SOMEBODY /bin/cat" >>"$F"
cp "$F" "$T/before"
does 1 remove -f "$F" "${P[2]}" -- "another one has an error, too"
like "$said" "^$F:4:[0-9]+: error: " "... which is told"
unchanged "... nothing was changed"
original >"$F"
cp "$F" "$T/before"

# --- add --------------------------------------------------------------------------------------------
original >"$F"
L="${P[0]} dgram udp wait $SOMEBODY /bin/cat cat"
does 0 --check add -f "$F" "$L" -- "add --check"
like "$said" "^would add ${P[0]}/udp" "... says what it would do"
unchanged "... and does not"
does 0 add -f "$F" "$L" -- "add, behind a last line without a newline"
is "$(diff "$T/before" "$F" | grep '^[<>]' | tail -n 1)" "> $L" "... the line is there"
is "$(head -c "$(stat -c %s "$T/before")" "$F" | cmp - "$T/before" && echo same)" same "... behind all that was"
does 3 add -f "$F" "$L" -- "the same again: nothing to change"
does 3 --check add -f "$F" "$L" -- "... nor would there be"
does 1 add -f "$F" "$L -u" -- "another one for the same socket"
like "$said" "$F:17: ${P[0]}/udp is there already" "... is named with its place"
does 0 disable -f "$F" "${P[0]}/udp" -- "it is disabled"
does 0 add -f "$F" "$L" -- "... and added: that is enabled"
is "$(grep -c -- "$L" "$F")" 1 "... once"
cp "$F" "$T/before"
does 1 add -f "$F" "${P[1]} stream tcp nowait nosuchuser /bin/cat" -- "an entry with an error"
like "$said" "^$F:18:[0-9]+: error: no such user \"nosuchuser\"" "... is told where it would stand"
does 1 add -f "$F" "   -u" -- "what would go on with the line before"
does 1 add -f "$F" "# nothing" -- "no entry"
does 1 add -f "$F" "$(printf '%s\n%s' "${P[1]} stream tcp nowait $SOMEBODY /bin/cat" "${P[2]} stream tcp nowait $SOMEBODY /bin/cat")" -- "two entries"
does 1 add -f "$F" "127.0.0.1:" -- "a default address"
unchanged "nothing was changed"
printf '%s off user = %s,\n\tprotocol = tcp, exec = /bin/cat;\n' "${P[3]}" "$SOMEBODY" >"$T/in"
is "$(ctl add -f "$F" <"$T/in" 2>&1)" "added ${P[3]}/tcp ($F:18), no daemon to tell" "a definition from standard input"
is "$(tail -n 2 "$F")" "$(cat "$T/in")" "... as it was written"
printf '%s stream tcp nowait %s /bin/cat %s' "${P[0]}" "$SOMEBODY" "\\" >"$T/slash"
does 0 add -f "$T/slash" "${P[1]} stream tcp nowait $SOMEBODY /bin/cat" -- "behind a line that ends in a backslash"
is "$("$DOORWARD" -t "$T/slash" 2>&1 | wc -l)" 2 "... there are two"
does 0 add -f "$T/fresh" "${P[1]} stream tcp nowait $SOMEBODY /bin/cat" -- "to a file that is not there"
is "$(stat -c %a "$T/fresh")" 644 "... with a mode for all to read"
does 1 add -f "$T/none/fresh" "$L" -- "in a folder that is not there"
does 1 add -f "$T" "$L" -- "to a folder"
echo "${P[0]} stream nonsense" >"$T/broken"
does 1 add -f "$T/broken" "${P[1]} stream tcp nowait $SOMEBODY /bin/cat" -- "to a file with an error"
like "$said" "^$T/broken:1:" "... which is told"
does 69 enable mine -- "no daemon at -s, and no file named: the system's own is not touched"
does 64 enable -f "$F" -- "no name"
does 64 --check status -- "--check with status"
is "$(rests)" "" "no file is left beside them"

# --- links ------------------------------------------------------------------------------------------
ln -s conf "$T/link"
does 0 disable -f "$T/link" mine -- "through a symbolic link"
is "$(readlink "$T/link") $(grep -c "off name = mine" "$F")" "conf 1" "... the link stays, its target is changed"
mkdir "$T/open"
chmod 777 "$T/open"
cp "$F" "$T/open/conf"
ln -s "$T/open/conf" "$T/unsafe"
does 1 enable -f "$T/unsafe" mine -- "a link into a folder of everybody's"
like "$said" "$T/unsafe is a link to $T/open/conf, which is not followed: others may write" "... says why"
ln "$F" "$T/second"
does 1 enable -f "$F" mine -- "a file with two names"
rm "$T/second"
if [ "$(id -u)" = 0 ]; then
	chown nobody "$F"
	does 0 enable -f "$F" mine -- "somebody else's file"
	is "$(stat -c '%U %a' "$F")" "nobody 640" "... stays his"
	chown root "$F"
else
	skip "only root has others' files"
	skip "only root has others' files"
fi

# --- the usual places, in a mount namespace of its own ----------------------------------------------
mkdir "$T/bin"
cp "$DOORWARD" "$CTL" "$T/bin"
"$DOORWARD" -V >"$T/features"
feature() { sed -n "s/^ *$1: //p" "$T/features"; }
usual() {
	local at=$1 lib=$2
	until [ -d "$at" ]; do at=$(dirname "$at"); done
	until [ -d "$lib" ]; do lib=$(dirname "$lib"); done
	case $at$lib in /etc* | /lib* | *//* | */ | */usr/lib) return 1 ;; esac
	[ -e "$(feature runstatedir)/doorward.sock" ] && return 1
	# shellcheck disable=SC2016 # expanded inside
	unshare -rm bash -c '
		cd "$0" && mount -t tmpfs none "$3" && mkdir -p "$1" && mount -t tmpfs none "$4" && mkdir -p "$2" || exit 1
		line="stream tcp4 nowait root /bin/cat cat"
		echo "17001 $line" >"$1/inetd.conf"
		bin/doorwardctl add "17002 $line" && cat "$1/inetd.conf"
		mkdir "$1/inetd.d"
		bin/doorwardctl add "17003 $line" && ls "$1/inetd.d"
		printf "# ours\n17004 off user = root, protocol = tcp4, exec = /bin/cat;\n" >"$2/four.conf"
		bin/doorwardctl --check enable 17004 && ls "$1/inetd.d"
		bin/doorwardctl enable 17004 && cat "$1/inetd.d/four.conf" "$2/four.conf"
		bin/doorwardctl disable 17004 && cmp "$1/inetd.d/four.conf" "$2/four.conf" && echo as shipped
		bin/doorwardctl remove 17004 && cat "$1/inetd.d/four.conf"
		bin/doorward -t | cut -d" " -f1
	' "$T" "$1" "$2" "$at" "$lib" 2>&1 | sed "s|$1/||g; s|$2|packages|g"
}
if places=$(usual "$(feature sysconfdir)" "$(feature packages)"); then
	is "$places" "added 17002/tcp4 (inetd.conf:2), no daemon to tell
17001 stream tcp4 nowait root /bin/cat cat
17002 stream tcp4 nowait root /bin/cat cat
added 17003/tcp4 (inetd.d/local.conf:1), no daemon to tell
local.conf
would enable 17004/tcp4 (packages/four.conf:2)
local.conf
enabled 17004/tcp4 (inetd.d/four.conf:2), no daemon to tell
# ours
17004 on user = root, protocol = tcp4, exec = /bin/cat;
# ours
17004 off user = root, protocol = tcp4, exec = /bin/cat;
disabled 17004/tcp4 (inetd.d/four.conf:2), no daemon to tell
as shipped
removed 17004/tcp4 (inetd.d/four.conf:2), no daemon to tell
# ours
17001
17002
17003" "inetd.conf, then inetd.d; a package's file is changed in a copy there"
else
	skip "no mount namespace for the usual places"
fi

# --- with a daemon ----------------------------------------------------------------------------------
original >"$F"
S=$T/sock
ok "a daemon" start_doorward --control="$S" "$F"
# shellcheck disable=SC2317 # called by ok
serves() { [ "$(tcp 127.0.0.1 "$1" hello)" = hello ]; }
does 0 enable "${P[1]}" -- "enable: the daemon says which file it reads"
like "$said" "^enabled ${P[1]}/tcp \\($F:5\\), reloaded: kept=6 added=1 changed=0 removed=0 added_services=${P[1]}$" "... and has reloaded"
ok "... it serves" serves "${P[1]}"
does 0 disable "${P[1]}" -- "disable"
unlike "$(tcp 127.0.0.1 "${P[1]}" hello)" hello "... it serves no more"
cp "$F" "$T/before"
does 0 add -f "$T/elsewhere" "${P[1]} stream tcp nowait $SOMEBODY /bin/cat" -- "a file that the daemon does not read"
like "$said" ", which the daemon does not read$" "... says so"
is "$(log_count '^reload kept=')" 2 "... it was not asked"
stop_doorward
S=$T/none

# A daemon that may less than -t can know: the reload fails, the file is as before.
wrapped() { # a user
	printf '#!/bin/sh\nexec setpriv --reuid=%s --regid=%s --clear-groups %s "$@"\n' "$1" "$(id -g "$1")" "$DOORWARD"
}
echo "${P[0]} stream tcp nowait - /bin/cat" >"$F"
chmod 644 "$F"
touch "$T/log" && chmod 666 "$T/log"
S=$T/less/sock
mkdir -p "$T/less"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	wrapped nobody >"$T/wrapped"
	chmod 755 "$T/wrapped"
	chown nobody "$T/less"
	cp "$F" "$T/less/conf"
	"$T/wrapped" -f -p"$T/less/pid" --control="$S" "$F" >>"$T/log" 2>&1 &
	# shellcheck disable=SC2034 # who is sourced reads it
	pid=$!
	wait_for test -s "$T/less/pid"
else
	start_doorward --control="$S" "$F"
fi
cp "$F" "$T/before"
does 1 add "${P[1]} stream tcp nowait root /bin/cat" -- "the daemon refuses"
like "$said" "the daemon does not reload: nothing was changed" "... says so"
like "$said" "$F:2:[0-9]+: error: " "... and why"
unchanged "... the file is as before"
does 1 add -f "$T/no/such" "$L" -- "nowhere"
is "$(rests)" "" "no file is left beside them"
stop_doorward

# --- kill -9 at each step -----------------------------------------------------------------------------
S=$T/sock
mkdir "$T/d"
F=$T/d/conf
echo "${P[0]} stream tcp nowait $SOMEBODY /bin/cat" >"$F"
start_doorward --control="$S" "$T/d"
ENDS=$abs_top_builddir/tests/lib/ends.so
killed() { # N words...: 137 if it was killed before call N
	local n=$1
	shift
	# A shell between: it says that its child was killed.
	(ENDS_AT=$n LD_PRELOAD=$ENDS timeout 60 "$CTL" -s "$S" "$@" >"$T/said" 2>&1; exit $?) 2>/dev/null
	status=$?
}
stride=1 # of add and remove each step, of the others some, unless ALL says otherwise
steps() { # FILE OLD NEW words...: the number of steps in $n
	local file=$1 old=$2 new=$3 torn=0 lost=0 rest=0
	shift 3
	for ((n = 1; n < 60; n += stride)); do
		if [ -f "$old" ]; then cp "$old" "$file"; else rm -f "$file"; fi
		"$CTL" -s "$S" reload >/dev/null 2>&1
		killed "$n" "$@"
		[ "$status" = 137 ] || break
		if [ -f "$file" ]; then
			cmp -s "$file" "$old" || cmp -s "$file" "$new" || torn=$((torn + 1))
		elif [ -f "$old" ]; then
			torn=$((torn + 1))
		fi
		run "$@"
		[ "$status" = 0 ] || [ "$status" = 3 ] || { lost=$((lost + 1)) && note "step $n: $said"; }
		cmp -s "$file" "$new" || lost=$((lost + 1))
		# What the daemon serves is what the file says.
		"$CTL" -s "$S" status --json | grep -o '{"service":"[^"]*' | cut -d'"' -f4 | sort | cmp -s - "$T/wanted" || { lost=$((lost + 1)) && note "step $n: $said $("$CTL" -s "$S" status)"; }
		rests | grep -qv '/\.doorwardctl\.lock$' && rest=$((rest + 1))
	done
	is "$torn" 0 "kill -9: the file is the old or the new one"
	is "$lost" 0 "... the next command works, and the daemon knows of it"
	is "$rest" 0 "... and nothing is left beside the file"
}
if LD_PRELOAD=$ENDS "$CTL" -V >/dev/null 2>"$T/preload" && [ ! -s "$T/preload" ]; then
	cp "$F" "$T/old"
	echo "${P[1]} stream tcp nowait $SOMEBODY /bin/cat" | cat "$T/old" - >"$T/new"
	printf '%s\n' "${P[0]}" "${P[1]}" | sort >"$T/wanted"
	steps "$F" "$T/old" "$T/new" add -f "$F" "${P[1]} stream tcp nowait $SOMEBODY /bin/cat"
	ok "... at $((n - 1)) steps" test "$n" -gt 10
	[ -n "${ALL-}" ] || stride=5
	cp "$T/new" "$T/old"
	sed "2s/^/#<off># /" "$T/new" >"$T/off"
	echo "${P[0]}" >"$T/wanted"
	steps "$F" "$T/old" "$T/off" disable "${P[1]}"
	printf '%s\n' "${P[0]}" "${P[1]}" | sort >"$T/wanted"
	cp "$T/off" "$F"
	cp "$T/off" "$T/old"
	steps "$F" "$T/old" "$T/new" enable "${P[1]}"
	tail -n 1 "$T/new" >"$T/new2"
	head -n 1 "$T/new" >"$T/kept"
	cp "$T/new" "$F"
	cp "$T/new" "$T/old"
	echo "${P[0]}" >"$T/wanted"
	stride=1
	steps "$F" "$T/old" "$T/kept" remove "${P[1]}"
	[ -n "${ALL-}" ] || stride=5
	note "steps of remove: $((n - 1))"
	printf '%s\n' "${P[0]}" "${P[1]}" | sort >"$T/wanted"
	rm -f "$T/old"
	echo "${P[0]} stream tcp nowait $SOMEBODY /bin/cat" >"$F"
	steps "$T/d/local.conf" "$T/old" "$T/new2" add "${P[1]} stream tcp nowait $SOMEBODY /bin/cat"
else
	skip "nothing can be preloaded"
fi

# --- many at once -------------------------------------------------------------------------------------
rm -f "$T/d/local.conf"
"$CTL" -s "$S" reload >/dev/null
mapfile -t Q < <(free_ports 40)
for q in "${Q[@]}"; do
	ctl add "127.0.0.1:$q stream tcp4 nowait $SOMEBODY /bin/cat" >>"$T/many" 2>&1 &
	waiting+=($!)
done
lost=0
for p in "${waiting[@]}"; do wait "$p" || lost=$((lost + 1)); done
is "$lost" 0 "40 at once: all succeed"
is "$(wc -l <"$T/d/local.conf")" 40 "... a new entry goes to local.conf of the folder, and none is lost"
is "$("$CTL" -s "$S" status | grep -c listening)" 41 "... and all are served"
is "$(rests)" "" "no file is left beside them"
stop_doorward
done_testing
