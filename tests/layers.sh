#!/usr/bin/env bash
# layers.sh -- src's folders are ranks: includes and calls go down and never in a circle; guards, duties, lengths
#
# layers.sh [SOURCES]: of the calls it knows what nm says of the objects in $abs_top_builddir.
set -u
build=${abs_top_builddir:-$(cd "$(dirname "$0")/.." && pwd)/build}
cd "${1:-${abs_top_srcdir:-$(dirname "$0")/..}}" || exit 1

# A file includes and calls its own folder and those of a lower rank; of ctl, the other program, base only.
ranks='
0 base
1 os
1 cage
1 ctl
2 service
3 conf
3 listen
3 handler
4 admit
5 serve
5 control
6 daemon
'

count=0
failures=0
report() { # WHAT WHY-NOT, a line each
	count=$((count + 1))
	if [ -z "$2" ]; then
		echo "ok $count - $1"
	else
		failures=$((failures + 1))
		echo "not ok $count - $1"
		printf '%s\n' "$2" | sed 's/^/# /'
	fi
}
skip() { count=$((count + 1)) && echo "ok $count # SKIP $*"; }

# --- edges: FROM TO NAME, both without "src/" ------------------------------------------------------

includes() {
	grep -E '^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*"' "${files[@]}" |
		sed -E 's|^src/([^:]*):[^"]*"([^"]*)".*|\1 \2 \2|' | grep -v ' config\.h '
}

# Undefined in one object, defined in another one: functions, and data as well. Objects whose source has
# gone are of an older tree; the two programs may use a name twice.
calls() {
	find "$build/src" -name '*.o' -exec nm -A -P -g {} + 2>/dev/null | awk -v build="$build/src/" '
		function other(file) { return file ~ /^ctl\// }
		{
			file = substr($1, length(build) + 1)
			sub(/\.o:$/, ".c", file)
			sub(/[^\/]*-/, "", file) # doorwardctl-ask.o
			if (!(file in there)) {
				there[file] = (getline line <("src/" file)) > 0
				close("src/" file)
			}
			if (!there[file])
				next
			if ($3 ~ /[Uwv]/)
				wanted[++n] = file " " $2
			else
				owners[$2] = owners[$2] " " file
		}
		END {
			for (i = 1; i <= n; i++) {
				split(wanted[i], want, " ")
				some = split(owners[want[2]], owner, " ")
				for (j = 1; j <= some; j++)
					if (other(owner[j]) == other(want[1]) || owner[j] ~ /^base\//)
						print want[1], owner[j], want[2]
			}
		}'
}

# --- what is asked of them ------------------------------------------------------------------------

upward() { # VERB: print the edges that do not go down
	awk -v verb="$1" -v ranks="$ranks" '
		BEGIN { n = split(ranks, word, " "); for (i = 1; i < n; i += 2) rank[word[i + 1]] = word[i] }
		function folder(file) { sub(/\/.*/, "", file); return file }
		{ mine = folder($1); theirs = folder($2) }
		mine == theirs { next }
		!(theirs in rank) { print $1, verb, $3 ", which has no rank"; next }
		mine == "ctl" && theirs != "base" { print $1, verb, $3, "of " theirs ": of the rest ctl has base only" }
		rank[theirs] >= rank[mine] { print $1, verb, $3, "of " theirs ", from rank", rank[mine], "to", rank[theirs] }'
}

# Warshall: who reaches whom. Two files that reach each other stand in one circle.
circles() {
	awk '
		$1 == $2 { next }
		{
			file[$1]; file[$2]; reach[$1, $2]
			names[$1 " -> " $2] = names[$1 " -> " $2] " " $3
		}
		END {
			for (via in file)
				for (from in file)
					if ((from, via) in reach)
						for (to in file)
							if ((via, to) in reach)
								reach[from, to]
			for (edge in names) {
				split(edge, end, " -> ")
				if ((end[2], end[1]) in reach) {
					# The circle is named by its first file.
					first = end[1]
					for (f in file)
						if (((first, f) in reach) && ((f, first) in reach) && f < first)
							first = f
					print "circle of " first ": " edge ":" names[edge]
				}
			}
		}' | sort
}

folders() { find src -name '*.c' | sed 's|/[^/]*$||' | sort -u; }

without_rank() {
	local folder
	for folder in $(folders | sed -E 's|^src/([^/]*).*|\1|' | sort -u); do
		grep -q " $folder\$" <<<"$ranks" || echo "src/$folder has no rank"
	done
}

guards() {
	local file guard
	for file in "${files[@]}"; do
		[[ $file == *.h ]] || continue
		guard=${file#src/}
		guard=DOORWARD_$(tr 'a-z/.' 'A-Z__' <<<"$guard")
		[ "$(grep -m 2 -E '^#' "$file")" = "#ifndef $guard"$'\n'"#define $guard" ] || echo "$file: its guard is not $guard"
	done
}

# Each folder has one header whose first comment has a line "This folder: WHO LIVES THERE".
duties() { # FOLDER: the headers that say it, FILE: WHO
	awk 'FNR == 1 { top = 1 }
		top && sub(/.*This folder: */, "") { sub(/ *\*\/$/, ""); print FILENAME ": " $0 }
		/\*\// { top = 0 }' "$1"/*.h 2>/dev/null
}
folder_has_duty() {
	local said
	said=$(duties "$1")
	case $(grep -c . <<<"$said") in
	0) report "$1: one header says who lives there" "the first comment of none has a line 'This folder: ...'" ;;
	1) report "$1: $(sed -E 's/^[^:]*: //; s/\. .*//' <<<"$said")" "" ;;
	*) report "$1: one header says who lives there" "$said" ;;
	esac
}

mapfile -t files < <(find src -name '*.[ch]' | sort)
report "every folder has a rank" "$(without_rank)"
report "includes go down" "$(includes | upward includes)"
report "no circle of includes" "$(includes | circles)"
called=$(command -v nm >/dev/null && calls)
if [ "$(wc -l <<<"$called")" -gt 50 ]; then
	report "calls go down" "$(upward calls <<<"$called")"
	report "no circle of calls" "$(circles <<<"$called")"
else
	skip "calls: no nm, or no objects in $build/src that it can read"
fi
report "no file has more than 450 lines" "$(wc -l "${files[@]}" | awk '$2 != "total" && $1 > 450 { print $2, "has", $1, "lines" }')"
report "the guard of a header is its path" "$(guards)"
while read -r folder; do folder_has_duty "$folder"; done < <(folders)
echo "1..$count"
[ "$failures" = 0 ]
