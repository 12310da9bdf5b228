#!/usr/bin/env bash
# lint/shell.sh -- every shell script of the tree passes shellcheck
set -u
cd "${abs_top_srcdir:-$(dirname "$0")/../..}" || exit 1
if ! command -v shellcheck >/dev/null; then
	echo "1..0 # SKIP no shellcheck"
	exit 0
fi

# What passed before with the same bytes does again: half a minute of work is remembered in the build.
known=${abs_top_builddir:-$PWD/build}/tests/lint/shell.known
sum() { { shellcheck --version && cat tests/lint/shell.sh "$1"; } | sha256sum; }

count=0
failed=0
for script in bootstrap .ci/run tests/lib/run tests/*.sh tests/*/*.sh etc/demo/* etc/completion/*.bash doc/examples/* distro/*/* etc/*.sh; do
	[ -f "$script" ] || continue
	case $(head -n 1 "$script") in
	'#!'*sh | '# shellcheck shell='*) ;;
	*) continue ;;
	esac
	count=$((count + 1))
	sum=$(sum "$script")
	if grep -qsF "$sum" "$known"; then
		echo "ok $count - $script"
		continue
	fi
	# Without what it sources, which costs ten times as much: names from there are unknown (SC2154), and set -u
	# finds those that nobody sets. Functions are called by wait_for and ok (SC2317).
	if report=$(shellcheck -e SC1091,SC2154,SC2317 "$script"); then
		[ -d "${known%/*}" ] && echo "$sum" >>"$known"
		echo "ok $count - $script"
	else
		failed=1
		echo "not ok $count - $script"
		printf '%s\n' "$report" | sed 's/^/# /'
	fi
done
echo "1..$count"
exit "$failed"
