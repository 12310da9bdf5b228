#!/usr/bin/env bash
# model/breaks.sh -- each fault of breaks/*.patch, put into a copy of the tree, is found by the walker
#
# breaks.sh [NAME...]: says how long each took, of TIME seconds (60) of processor time at most; needs patch(1).
set -u
top=${abs_top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${abs_top_builddir:-$top/build}
time=${TIME:-60}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

count=0
failures=0
report() { # WHAT COMMAND...
	local what=$1
	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $what"
	else
		failures=$((failures + 1))
		echo "not ok $count - $what"
	fi
}

# A copy of what is built from, without what was built, and configured as that was.
copy_tree() {
	mkdir "$dir/tree" "$dir/build" || return 1
	tar -C "$top" --exclude=./.git --exclude=./build --exclude='./build-[!a]*' --exclude=./autom4te.cache -cf - . |
		tar -C "$dir/tree" -xf - && cd "$dir/build" || return 1
	local words=()
	eval "words=($("$build/config.status" --config))"
	"$dir/tree/configure" "${words[@]}" >log 2>&1
}
make_walker() {
	make -j2 tests/model/walker >log 2>&1
}
walks() {
	timeout $((time * 20)) tests/model/walker -t "$time" >walk 2>&1
}
# It says with which seed, as it does not when it is too late.
was_found() {
	grep -q '^# SEED=.* -1 ' walk
}

find_it() { # PATCH
	local name began ended
	name=$(basename "$1" .patch)
	patch -s -d "$dir/tree" -p1 <"$1" || return
	if make_walker; then
		began=$(date +%s%N)
		walks
		ended=$(date +%s%N)
		report "$name is found" was_found
		echo "# in $(((ended - began) / 1000000)) ms: $(sed -n 's/^# wrong: //p;T;q' walk)"
	else
		report "$name is built" false
		tail -5 log | sed 's/^/# /'
	fi
	patch -s -R -d "$dir/tree" -p1 <"$1"
}

if ! copy_tree || ! make_walker; then
	tail -5 log
	echo "Bail out! no copy could be built"
	exit 1
fi
for patch in "$top"/tests/model/breaks/*.patch; do
	name=$(basename "$patch" .patch)
	[ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
	find_it "$patch"
done
echo "1..$count"
[ "$failures" = 0 ]
