#!/usr/bin/env bash
# e2e/manual.sh -- the manual pages and the README: every example is served, every list is that of the code
# shellcheck disable=SC2016,SC2317 # backquotes of the pages; their commands are called by their names
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
cd "$abs_top_srcdir" || exit 99
PAGES="doc/doorward.8 doc/doorward.conf.5 doc/doorward-handlers.7"

# The text of an mdoc literal block.
plain() { sed -e 's/\\&//g' -e 's/\\e/\\/g'; }
section() { # page title: its lines
	awk -v title="$2" '/^\.Sh /{on = substr($0, 5) == title; next} on' "$1"
}
# Only root may serve as somebody else.
as_me() {
	if [ "$ME" = root ]; then cat; else sed -E 's/\b(nobody:nogroup|65534:65534|nobody|root)\b/-/g; s/unix_user = -/unix_user = '"$ME"'/'; fi
}
same_list() { # description file file: the same words, in any order
	if diff <(sort -u "$2") <(sort -u "$3") >"$T/diff"; then
		pass "$1"
	else
		fail "$1" "$(cat "$T/diff")"
	fi
}

# --- the fragments: no error, and no warning where none is announced -------------------------------

# awk: each block behind `.\" example: NAME' into a file NAME.KIND; a literal block without one is a name too.
mkdir "$T/fragments"
for page in $PAGES; do
	section "$page" EXAMPLES | awk -v folder="$T/fragments" '
		/^\.\\" example/ { kind = $2; sub(":", "", kind); name = $3; next }
		/^\.Bd/ { file = folder "/" (name ? name "." kind : "unnamed" ++n ".text"); next }
		/^\.Ed/ { file = name = ""; next }
		file { print > file }'
done
fragment() { # file: checked
	local kind=${1##*.} status
	plain <"$1" | as_me >"$T/fragment.conf"
	"$DOORWARD" -t "$T/fragment.conf" >"$T/table" 2>"$T/problems"
	status=$?
	cat "$T/problems"
	[ "$status" = 0 ] && [ -s "$T/table" ] && { [ "$kind" != example ] || [ ! -s "$T/problems" ]; }
}
built_with() { "$DOORWARD" -V | grep -q "^$1: yes"; }
for file in "$T"/fragments/*; do
	name=${file##*/}
	case $name in
	*.text) continue ;; # commands and programs, below
	*-tirpc) built_with tirpc || { skip "$name: no libtirpc" && continue; } ;;
	*-libwrap) built_with libwrap || { skip "$name: no libwrap" && continue; } ;;
	esac
	ok "example ${name%.*}" fragment "$file"
done
ok "there are examples" [ "$(find "$T/fragments" -name '*.example*' | wc -l)" -ge 15 ]

# doc/handlers.md has entries among its programs.
grep -E '^ +(/|[0-9])[^ ]* ((stream|dgram) |on .*;$)' doc/handlers.md | sed 's/^ *//' | as_me >"$T/handlers.conf"
is "$("$DOORWARD" -t "$T/handlers.conf" 2>&1 | grep -vc 'warning: program .* is missing')" "$(wc -l <"$T/handlers.conf")" \
	"doc/handlers.md: its entries are served"
ok "there are some" [ "$(wc -l <"$T/handlers.conf")" -ge 4 ]

# --- the commands ---------------------------------------------------------------------------------

# A line that begins with a prompt is typed here, in a folder with what the page says is there; the usual
# configuration is the sample that is installed. What it serves is asked, then it is ended.
mkdir "$T/here"
head -n 3 "$T/fragments"/unnamed1.text >"$T/here/hello"
chmod +x "$T/here/hello"
PATH=$abs_top_builddir/src:$PATH
PORT=$(free_port)
echo "$PORT stream tcp nowait $SOMEBODY /bin/echo echo sample" >"$T/sample"
typed() { # command: as on this machine
	sed -e "s|/etc/inetd.conf|$T/sample|g" -e "s/ 70[0-9][0-9]$/ $PORT/" <<<"$1"
}
serves() { # command answer [text]
	local said
	: >"$T/log"
	(cd "$T/here" && eval "exec $(typed "$1") --control= -p") 2>>"$T/log" &
	pid=$!
	wait_for logged 'listen service=' && said=$(tcp 127.0.0.1 "$PORT" "${3:-}")
	cat "$T/log"
	echo "the answer: $said"
	grep -Eq -e "$2" <<<"$said" && stop_doorward
}
prints() { # command answer
	(cd "$T/here" && eval "$(typed "$1")") 2>&1 | tee "$T/printed"
	grep -Eq -e "$2" "$T/printed"
}
commands() { sed -nE 's/^(\.Dl [$#]|\$) //p' | plain; }
for page in $PAGES; do
	while IFS= read -r line; do
		case $line in
		'doorward -t '*) ok "$line" prints "$line" "^$PORT stream tcp nowait .* /bin/echo" ;;
		'doorward --run /bin/date '*) ok "$line" serves "$line" "$(date +%Y)" ;;
		'doorward --run '*'/hello" '*) ok "$line" serves "$line" '^hello you from 127.0.0.1$' 'you\n' ;;
		'doorward -f -l -s 20 '*) ok "$line" serves "$line" '^sample$' ;;
		'echo you | '*) ok "$line" prints "$line" '^hello you from 192.0.2.1$' ;;
		*) fail "$page: a command that this test does not know" "$line" ;;
		esac
	done < <(section "$page" EXAMPLES | commands)
done

# --- lists that must not drift --------------------------------------------------------------------

"$DOORWARD" --help | sed -n '3,$p' | grep -Eo '^ +(-[A-Za-z])?(, )?(--[a-z-]+)?' |
	grep -Eo -e '--?[A-Za-z-]+' >"$T/help.options"
section doc/doorward.8 OPTIONS | sed -n 's/^\.It Fl/Fl/p' |
	grep -Eo 'Fl -?[A-Za-z-]+' | sed 's/^Fl /-/' >"$T/page.options"
same_list "doorward.8 has the options of --help" "$T/help.options" "$T/page.options"
section doc/doorward.8 SYNOPSIS | sed -E 's/^\.(Op )?//' | grep -Eo 'Fl [A-Za-z]( \| [a-z])?|Fl [A-Za-z]{2,}|Fl -[a-z-]+' |
	sed -E 's/^Fl //; /^-/!s/[ |]//g' | while read -r words; do
	case $words in
	-*) echo "-$words" ;;
	*) grep -o . <<<"$words" | sed 's/^/-/' ;;
	esac
done >"$T/synopsis"
grep -Evx -e '--.*' "$T/help.options" >"$T/letters"
same_list "its synopsis has every letter" "$T/letters" <(grep -Evx -e '--.*' "$T/synopsis")
"$DOORWARD" --help | sed -nE '3,$s/^ +(--[a-z-]+).*/\1/p' >"$T/long"
same_list "and every option without one" "$T/long" <(grep -Ex -e '--.*' "$T/synopsis")

code() { "$abs_top_builddir/tests/lib/tables" "$1"; } # name: a table of the code
code keys >"$T/code.keys"
{
	section doc/doorward.conf.5 DEFINITIONS | grep -Ev 'rlimit_' | sed -nE 's/^\.It Cm ([a-z_]+) No .*/\1/p'
	section doc/doorward.conf.5 DEFINITIONS | awk '/^\.It Cm rlimit_/{on = 1; next} /^\.It/{on = 0} on' |
		sed -nE '/^\.Ar name$/,/^Limits/s/^\.Cm ([a-z]+)( [,.])?$/rlimit_\1/p'
} >"$T/page.keys"
same_list "doorward.conf.5 has the keys of the code" "$T/code.keys" "$T/page.keys"
ok "and they are many" [ "$(wc -l <"$T/code.keys")" -gt 40 ]

{
	sed -nE 's/^ *(begin\(&e|refused\()(, )?"([a-z-]+)".*/\3/p' src/base/event.c
	sed -nE 's/.*"([a-z-]+) [a-z]+=%.*/\1/p' src/base/log.c # what was lost is told by the log itself
	sed -nE 's/.*\[LEVEL_ERROR\] = "([a-z]+)".*/\1/p' src/base/log.c
} >"$T/code.events"
section doc/doorward.8 LOG | sed -nE 's/^\.It Sy ([a-z-]+)$/\1/p' >"$T/page.events"
same_list "doorward.8 has the events of the code" "$T/code.events" "$T/page.events"

reasons() { # event: the reasons that the page knows
	section doc/doorward.8 LOG | awk -v event="$1" '/^\.It Sy /{on = $3 == event; next} on && /^\.Bd/{on = 0} on' |
		sed -nE '/[Rr]eason/,$p' | sed -nE 's/^\.Sy ([a-z_ ,]+)( [;:])?$/\1/p' | tr -s ' ,' '\n' | grep .
}
{ reasons reject; reasons drop; } >"$T/page.rejects"
code rejects >"$T/code.rejects"
same_list "and the reasons of a reject" "$T/code.rejects" "$T/page.rejects"
reasons pause >"$T/page.pauses"
{
	code holds
	sed -nE 's/^    \[FAULT_[A-Z_]+\] = \{"([a-z_]+)".*/\1/p' src/admit/hold.c
} >"$T/code.pauses"
same_list "and of a pause" "$T/code.pauses" "$T/page.pauses"

code builtins >"$T/code.builtins"
section doc/doorward.conf.5 'BUILTIN SERVICES' | sed -nE 's/^\.It Cm ([a-z-]+)$/\1/p' >"$T/page.builtins"
same_list "doorward.conf.5 has the builtins of the code" "$T/code.builtins" "$T/page.builtins"

grep -Eo '\{SIG[A-Z0-9]+, SIGNAL_' src/daemon/signals.c | grep -Eo 'SIG[A-Z0-9]+,' | tr -d , >"$T/code.signals"
section doc/doorward.8 SIGNALS | sed -n 's/^\.It //p' | grep -Eo 'SIG[A-Z0-9]+' >"$T/page.signals"
same_list "doorward.8 has the signals of the code" "$T/code.signals" "$T/page.signals"

rank_table() { awk '/^[0-9] /{for (i = 2; i <= NF; i++) print $1, $i}'; }
sed -n "/^ranks='/,/^'/p" tests/layers.sh | rank_table >"$T/test.ranks"
sed -nE 's,^\| ([0-9]) \| `([a-z]+)/` \| .*,\1 \2,p' doc/DESIGN.md | rank_table >"$T/page.ranks"
same_list "doc/DESIGN.md has the ranks of tests/layers.sh" "$T/test.ranks" "$T/page.ranks"
named() { grep -Eoh '`(src|tests)/[a-z_/]+\.(c|h|sh|mk)`' HACKING.md doc/DESIGN.md doc/waits.md doc/subtle.md doc/cost.md | tr -d '`' | sort -u; }
while read -r file; do
	ok "HACKING.md and the pages of doc/: $file is there" test -e "$file"
done < <(named)
while read -r name; do
	ok "HACKING.md: $name() is a function" grep -Eq "^[a-z].*\b$name\(" src/*/*.c
done < <(sed -nE 's/^\| [a-z]+ \| `[^|]*\| (`[a-z_]+`(, )?)+ \| .*/&/p' HACKING.md | cut -d'|' -f4 | grep -Eo '[a-z_]+')

# --- the README -----------------------------------------------------------------------------------

readme() { # title: the indented lines of this section
	awk -v title="## $1" '/^## /{on = $0 == title} on' README.md | sed -n 's/^    //p'
}
readme 'Five lines and what they do' >"$T/five"
is "$(wc -l <"$T/five")" 5 "README: five lines"
as_me <"$T/five" >"$T/five.conf"
"$DOORWARD" -t "$T/five.conf" >"$T/table" 2>"$T/problems"
is "$?" 0 "they are a configuration"
is "$(grep -vc 'warning: program .* is missing' "$T/problems")" 0 "of programs that are there, or may be"
# Served as they stand, in a network of their own: their ports may be taken here.
inside() { nsenter -t "$pid" -n "$@"; }
if [ "$ME" = root ] && unshare -n ip link set lo up 2>/dev/null; then
	rm -f "$T/log" "$T/pid"
	unshare -n sh -c 'ip link set lo up && exec "$@"' sh "$DOORWARD" -f --no-time --control= -p"$T/pid" "$T/five" 2>>"$T/log" &
	pid=$!
	wait_for pid_file_written
	like "$(inside timeout 10 nc -N 127.0.0.1 13 </dev/null)" "$(date +%Y)" "README: daytime says the date"
	like "$(inside timeout 10 nc -N 127.0.0.1 7001 </dev/null)" 'load average' "README: uptime"
	has_ipv6 && is "$(printf gone | inside timeout 10 nc -N ::1 7009)" "" "README: what is sent to discard is thrown away"
	ok "README: and over IPv6 only" bash -c "! nsenter -t $pid -n nc -z 127.0.0.1 7009"
	ok "README: git and tftp are open" logged_times 4 'listen service=(git|tftp) address=[^ ]* protocol=(tcp|udp)$'
	stop_doorward
else
	skip "README: the five lines want root and a network of their own"
fi
while read -r command _; do
	case $command in
	'./bootstrap') ok "README: bootstrap is there" test -x bootstrap ;;
	*) fail "README: a command that this test does not know" "$command" ;;
	esac
done < <(readme 'Two commands')
line=$(readme 'Without a file')
ok "README: $line" serves "$line" "$(date +%Y)"
while read -r test; do
	ok "README: the test $test is there" test -e "tests/$test.sh"
done < <(sed -nE 's,^\|.*`(e2e/[a-z_]+)` \|$,\1,p' README.md | sort -u)
for option in --run --check; do
	like "$(./bootstrap --help)" "^ +\./bootstrap $option" "README: bootstrap has $option"
done
while read -r file; do
	ok "README: $file is there" test -e "$file"
done < <(grep -Eo '\]\([A-Za-z./_-]+\)' README.md HACKING.md doc/*.md | sed -E 's|^(doc/)?[^:]*:\]\(([^)]*)\)|\1\2|')
done_testing
