#!/usr/bin/env bash
# stress.sh -- make check again and again, on a machine that is slow, busy or somebody else's
#
# stress.sh [-n ROUNDS] [-u USER] [MODE ...]: ROUNDS (4) of each mode, a line each, and the tests that failed.
# Modes: nice (under nice -n 10), load (beside stress-ng --cpu 4), user (as USER, in a copy in his home),
# j1, j8; all of them by default. BUILD is the folder built in (build). A run ends after LIMIT seconds (900).
# The logs of runs that failed are kept in BUILD/stress.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build} limit=${LIMIT:-900} rounds=4 user=
while getopts n:u: option; do
	case $option in
	n) rounds=$OPTARG ;;
	u) user=$OPTARG ;;
	*) exit 64 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- nice load user j1 j8
work=$(mktemp -d) || exit 1
load='' running=''
clean_up() {
	# shellcheck disable=SC2086 # words, or none
	[ -z "$load$running" ] || kill $load $running 2>/dev/null
	[ -z "$user" ] || rm -rf "$(home)/doorward-stress"
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

home() { getent passwd "$user" | cut -d: -f6; }
check() { # folder jobs prefix...: one run
	local folder=$1 jobs=$2
	shift 2
	# those of the run before must not count
	find "$folder/tests" -name '*.trs' -delete
	"$@" timeout "$limit" make -C "$folder" -k "-j$jobs" check >"$work/log" 2>&1 </dev/null &
	running=$!
	wait "$running" # a signal ends this at once
	local status=$?
	running=
	return "$status"
}
as_user() { setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups env HOME="$(home)" USER="$user" PATH="$PATH" "$@"; }

# A copy of the sources, built by the user, in his home.
prepare_user() {
	local copy
	copy=$(home)/doorward-stress
	rm -rf "$copy"
	mkdir "$copy" || return
	git ls-files -z | tar -c --null -T - | tar -x -C "$copy" && chown -R "$user" "$copy"
	# shellcheck disable=SC2016 # $0 is the inner shell's
	as_user env BUILD=build JOBS=2 sh -c 'cd "$0" && ./bootstrap && mkdir build && cd build && ../configure && make -j2' "$copy" \
		>"$work/log" 2>&1 </dev/null
}

# run MODE: its folder is $folder
run() {
	folder=$build
	case $1 in
	nice) check "$build" 2 nice -n 10 ;;
	load)
		stress-ng --cpu 4 --quiet &
		load=$!
		check "$build" 2
		local status=$?
		kill "$load" && wait "$load" 2>/dev/null
		load=
		return "$status"
		;;
	user)
		folder=$(home)/doorward-stress/build
		[ -d "$folder" ] || prepare_user || return
		check "$folder" 2 as_user
		;;
	j*) check "$build" "${1#j}" ;;
	*) return 64 ;;
	esac
}

results() { # pattern: lines of the run's tests with that result
	find "$folder/tests" -name '*.trs' -exec cat {} + 2>/dev/null | grep -cE "^:test-result: ($1)( |\$)"
}
failed_tests() {
	grep -rlE '^:test-result: (FAIL|XPASS|ERROR)' --include='*.trs' "$folder/tests" | while read -r trs; do
		echo "  ${trs#"$folder"/}: $(grep -hE '^(not ok|Bail out)' "${trs%.trs}.log" | head -n 3 | paste -sd';')"
	done
}

possible() { # mode
	case $1 in
	load) command -v stress-ng >/dev/null ;;
	user) [ -n "$user" ] && command -v setpriv >/dev/null ;;
	*) true ;;
	esac
}

number=0
bad=0
for ((round = 1; round <= rounds; round++)); do
	for mode; do
		number=$((number + 1))
		possible "$mode" || { echo "$number $mode: left out (no stress-ng, or no -u USER)" && continue; }
		began=$SECONDS
		run "$mode"
		status=$?
		echo "$number $mode: $((SECONDS - began)) s, status $status, $(results 'PASS|XFAIL') passed," \
			"$(results 'FAIL|XPASS|ERROR') failed, $(results SKIP) skipped"
		[ "$status" = 0 ] && continue
		bad=$((bad + 1))
		failed_tests
		mkdir -p "$build/stress" && cp "$work/log" "$build/stress/$number-$mode.log"
		find "$folder/tests" -name '*.log' -newer "$work" -exec grep -lE '^(not ok|Bail out)' {} + 2>/dev/null |
			while read -r log; do cp "$log" "$build/stress/$number-$mode-${log##*/}"; done
	done
done
echo "$number runs, $bad failed"
[ "$bad" = 0 ]
