#!/usr/bin/env bash
# run.sh -- the model, all of its states; needs spin(1) and a C compiler
#
# run.sh MODEL: FEW=-DFEW leaves one client out. Says how many states there are, or the steps to the one that is wrong.
set -u
model=$(realpath "$1") || exit 1
compiler=${CC:-cc}
for tool in spin "${compiler%% *}"; do
	command -v "$tool" >/dev/null || { echo "make model: $tool is missing (Debian: apt-get install spin gcc)" >&2; exit 1; }
done
dir=$(mktemp -d) && cd "$dir" || exit 1
trap 'rm -rf "$dir"' EXIT
# shellcheck disable=SC2086 # none, or one word
spin ${FEW-} -a "$model" || exit 1
# Hashes of 64 bits in the place of states: two of ten million are the same with a chance of 1 to 400,000.
$compiler -O2 -DSAFETY -DNOREDUCE -DHC4 -DMEMLIM=4000 -o pan pan.c || exit 1
timeout 1200 ./pan -m20000000 -w26 | tee out | grep -E '^pan:|errors:|states, stored|elapsed|error:'
grep -q 'errors: 0' out && ! grep -qE 'max search depth|out of memory' out && exit 0
for trail in ./*.trail; do
	[ ! -f "$trail" ] || spin -k "$trail" -T "$model" | grep ' = ' | tail -50
done
exit 1
