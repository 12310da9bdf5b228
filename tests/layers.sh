#!/usr/bin/env bash
# layers.sh -- a source file includes lower ranks only, and stays under 450 lines
#
# The table of doc/DESIGN.md. A file is a room of this house by its name: conf.c, conf_keys.c
# and conf_keys.h are all `conf', and a room may look at its own headers.
set -u
cd "${1:-${abs_top_srcdir:-$(dirname "$0")/..}}" || exit 1

ranks='
0 text log event addr value lex fdset ring
1 run builtin loop access limit priv sd packet pidfile unixfile ctl
2 service hosts errlog drain
3 conf listen rpc spawn child admit unread
4 start control status
5 answer handover mux
6 conn
7 server
8 options main doorwardctl
'
# Sideways, and allowed: a room that names its neighbour in the table.
sideways='
log:text event:text event:log
admit:child unread:admit
handover:answer
main:options
control:status
'

rank_of()
{
	local rank rooms
	while read -r rank rooms; do
		case " $rooms " in
		*" $1 "*) echo "$rank" && return 0 ;;
		esac
	done <<<"$ranks"
	return 1
}

room_of()
{
	local name=${1##*/}
	name=${name%.[ch]}
	echo "${name%%_*}"
}

# may_include ROOM HEADER: print why not, if not
may_include()
{
	local own=$1 other mine theirs
	other=$(room_of "$2")
	[ "$own" = "$other" ] && return 0
	mine=$(rank_of "$own")
	if ! theirs=$(rank_of "$other"); then
		echo "includes $2, which has no rank"
	elif [ "$theirs" -gt "$mine" ]; then
		echo "includes $2, upward from rank $mine to rank $theirs"
	elif [ "$theirs" -eq "$mine" ]; then
		case " ${sideways//$'\n'/ } " in
		*" $own:$other "*) ;;
		*) echo "includes $2, sideways in rank $mine" ;;
		esac
	fi
}

check_file()
{
	local room header lines rank says
	room=$(room_of "$1")
	if ! rank=$(rank_of "$room"); then
		echo "has no rank"
		return
	fi
	says=$(sed -n 's/.*\<Rank \([0-9]\)\..*/\1/p' "$1" | head -n 1)
	[ "${says:-$rank}" = "$rank" ] || echo "says rank $says, the table says $rank"
	while read -r header; do
		[ "$header" = config.h ] || may_include "$room" "$header"
	done < <(sed -n 's/^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*"\([^"]*\)".*/\1/p' "$1")
	lines=$(wc -l <"$1")
	[ "$lines" -le 450 ] || echo "has $lines lines"
}

count=0
failed=0
for file in src/*.[ch]; do
	[ -f "$file" ] || continue
	count=$((count + 1))
	why=$(check_file "$file")
	if [ -z "$why" ]; then
		echo "ok $count - $file"
	else
		failed=1
		echo "not ok $count - $file"
		printf '%s\n' "$why" | sed "s|^|# $file |"
	fi
done
echo "1..$count"
exit "$failed"
