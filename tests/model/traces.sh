#!/usr/bin/env bash
# model/traces.sh -- the master does, step by step, what simulations of doc/model/doorward.pml do
#
# traces.sh [COUNT [FIRST]]: so many simulations, each of a seed of its own, of LENGTH statements of the model, of
# which about 80 are a step; a few short ones where nothing is said.
set -u
top=${abs_top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
traces=${abs_top_builddir:-$top/build}/tests/model/traces
many=${1:-10} length=${LENGTH:-20000} first=${2:-$((RANDOM * 1000))}
if ! command -v spin >/dev/null; then
	echo "1..0 # SKIP no spin"
	exit 0
fi
# The model has a starter.
if ! "${abs_top_builddir:-$top/build}/src/doorward" -V | grep -q '^fork: starter$'; then
	echo "1..0 # SKIP no starters"
	exit 0
fi
dir=$(mktemp -d) && cd "$dir" || exit 1
trap 'rm -rf "$dir"' EXIT

steps=0
for ((seed = first; seed < first + many; seed++)); do
	spin -T "-n$seed" "-u$length" "$top/doc/model/doorward.pml" >steps
	if ! "$traces" <steps >out; then
		cat out
		echo "not ok 1 - the master does what the model does: spin -T -n$seed -u$length"
		echo 1..1
		exit 1
	fi
	steps=$((steps + $(sed -n 's/^# \([0-9]*\) steps$/\1/p' out)))
done
echo "ok 1 - the master does what the model does: $many simulations from seed $first, $steps steps"
echo 1..1
