#!/usr/bin/env bash
# arch.sh -- other compilers, C libraries and machines: built without a warning, unit tests and a few others run
#
# arch.sh [NAME ...]: rows of the table below, all without a NAME. Compilers and libcheck are fetched and built in
# ARCH_TOOLS, the builds are in ARCH_BUILD; both are kept, so that a second run takes a fraction of the first.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/doorward-arch
tools=${ARCH_TOOLS:-$cache/tools}
builds=${ARCH_BUILD:-$cache/build}
mkdir -p "$tools/bin" "$builds" || exit 1
PATH=$tools/bin:$PATH
# shellcheck source=tests/lib/arch_tools.sh
. "$top/tests/lib/arch_tools.sh"
end_to_end="tcp emulator udp_nowait unix restart"
why=
passed=0 failed=0 skipped=0

# NAME | compiler | its flags, as CPPFLAGS and LDFLAGS | options of configure | machine of qemu-user | Debian's name
# Flags of a compiler that chose another machine are the compiler's.
rows() {
	cat <<END
gcc             | gcc                       |                                          |               |       |
clang           | clang                     |                                          |               |       |
unsigned-char   | gcc                       | -funsigned-char                          |               |       |
static          | gcc                       | -static                                  | --without-tirpc --without-libwrap | |
musl            | musl-gcc                  | -isystem $tools/kernel                   |               |       |
musl-static     | musl-gcc                  | -static                                  |               |       |
m32             | gcc -m32                  |                                          |               |       |
m32-clang       | clang -m32                | -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64   |               |       |
i686            | i686-linux-gnu-gcc        |                                          |               | i386  | i386
i686-time64     | i686-linux-gnu-gcc        | -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64   |               | i386  | i386
arm64           | aarch64-linux-gnu-gcc     |                                          |               | aarch64 | arm64
armhf           | arm-linux-gnueabihf-gcc   |                                          |               | arm   | armhf
armhf-time64    | arm-linux-gnueabihf-gcc   | -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64   |               | arm   | armhf
s390x           | s390x-linux-gnu-gcc       |                                          |               | s390x | s390x
ppc64           | powerpc64-linux-gnu-gcc   |                                          |               | ppc64 | ppc64
END
}

# compiler CC DEBIAN: can programs be made with it?
compiler() {
	local words
	read -ra words <<<"$1"
	if [ -n "$2" ]; then
		cross "${words[0]%-gcc}" "$2" || return 1
	fi
	case $1 in
	musl-gcc) kernel_headers ;;
	esac
	echo 'int main(void) { return 0; }' >"$builds/try.c"
	"${words[@]}" -o "$builds/try" "$builds/try.c" 2>"$builds/try.log" || { why="$1: $(tail -n 1 "$builds/try.log")"; return 1; }
}

# build NAME CC FLAGS OPTIONS TRIPLET: zero warnings, in $builds/NAME
build() {
	local name=$1 cc=$2 flags=$3 triplet=$5 options=() args at=$builds/$1 check=$1
	read -ra options <<<"$4"
	command -v ccache >/dev/null && cc="ccache $cc"
	args=("CC=$cc" "CPPFLAGS=$flags")
	case $flags in
	*-static*) args+=("LDFLAGS=-static") options+=(--disable-hardening) ;;
	esac
	[ -z "$triplet" ] || args+=("--host=$triplet")
	case $name in
	gcc | clang | unsigned-char | static) ;;
	*)
		libcheck "$check" "${args[@]}" || return 1
		args+=("PKG_CONFIG_LIBDIR=/nowhere" "CHECK_CFLAGS=-I$tools/check-$check/include"
			"CHECK_LIBS=-L$tools/check-$check/lib -lcheck -lm -lrt -lpthread")
		;;
	esac
	mkdir -p "$at"
	if [ ! -e "$at/Makefile" ] || [ "$top/configure" -nt "$at/Makefile" ]; then
		(cd "$at" && "$top/configure" --enable-werror "${options[@]}" "${args[@]}") >"$at/configure.log" 2>&1 ||
			{ why="configure: $(tail -n 1 "$at/configure.log")"; return 1; }
	fi
	timeout 3000 nice -n 10 make -k -C "$at" -j"$(nproc)" all >"$at/make.log" 2>&1 &&
		timeout 3000 nice -n 10 make -k -C "$at" -j"$(nproc)" check TESTS= >>"$at/make.log" 2>&1
}

# program QEMU TRIPLET FILE: how it is run here
program() {
	if [ -z "$1" ]; then
		echo "$3"
		return
	fi
	printf '#!/bin/sh\nexec qemu-%s -L %s %s "$@"\n' "$1" "$tools/root/usr/$2" "$3" >"$3.run"
	chmod 755 "$3.run"
	echo "$3.run"
}

say() { # result NAME text
	printf '%s %s: %s\n' "$@"
	case $1 in
	ok) passed=$((passed + 1)) ;;
	skip) skipped=$((skipped + 1)) ;;
	*) failed=$((failed + 1)) ;;
	esac
}

# one NAME WHAT LOG COMMAND...: a test that speaks TAP
one() {
	local name=$1 what=$2 log=$3 status
	shift 3
	timeout 600 nice -n 10 "$@" >"$log" 2>&1 </dev/null
	status=$?
	if [ "$status" = 0 ] && grep -qE '^1\.\.0 ' "$log"; then
		say skip "$name" "$what: $(sed -n 's/^1\.\.0 # SKIP //p' "$log")"
	elif [ "$status" = 77 ]; then
		say skip "$name" "$what: $(sed -n 's/.*# SKIP //p' "$log")"
	elif [ "$status" = 0 ] && ! grep -q '^not ok' "$log"; then
		say ok "$name" "$what, $(grep -c '^ok' "$log") cases"
	else
		say FAIL "$name" "$what (status $status, $log)"
		grep -A 4 '^not ok' "$log" | head -n 20 | sed 's/^/    /'
	fi
}

# What a build's tests ask of their surroundings.
surroundings() {
	export abs_top_builddir=$builds/$1 abs_top_srcdir=$top CK_DEFAULT_TIMEOUT=60
	if [ -n "$2" ]; then
		export CK_TIMEOUT_MULTIPLIER=5 EMULATED=qemu DEADLINE=60
	fi
}

tests() { # NAME QEMU TRIPLET
	local name=$1 at=$builds/$1 check test
	mkdir -p "$at/logs"
	surroundings "$name" "$2"
	for check in "$top"/tests/check/*.c; do
		check=$(basename "$check" .c)
		[ -x "$at/tests/check/$check" ] || continue
		one "$name" "check/$check" "$at/logs/$check.log" "$(program "$2" "$3" "$at/tests/check/$check")"
	done
	DOORWARD=$(program "$2" "$3" "$at/src/doorward")
	export DOORWARD
	for test in $end_to_end; do
		one "$name" "e2e/$test" "$at/logs/$test.log" bash "$top/tests/e2e/$test.sh"
	done
}

row() { # NAME CC FLAGS OPTIONS QEMU DEBIAN
	local name=$1 triplet="" began=$SECONDS
	if [ -n "$6" ]; then
		triplet=${2%-gcc}
	fi
	if ! compiler "$2" "$6"; then
		say skip "$name" "$why"
	elif [ -n "$5" ] && ! command -v "qemu-$5" >/dev/null; then
		say skip "$name" "no qemu-$5 here (package qemu-user)"
	elif why='' && build "$name" "$2" "$3" "$4" "$triplet"; then
		say ok "$name" "built without a warning, $((SECONDS - began)) s"
		(tests "$name" "$5" "$triplet"; echo "$passed $failed $skipped" >"$builds/sum")
		read -r passed failed skipped <"$builds/sum"
	elif [ -n "$why" ]; then
		say FAIL "$name" "$why"
	else
		say FAIL "$name" "$builds/$name/make.log: $(grep -E 'warning:|error:|undefined reference|Error |Terminated' "$builds/$name/make.log" | sort -u | head -n 20)"
	fi
}

trimmed() { sed -E 's/^ *//; s/ *$//' <<<"$1"; }
while IFS='|' read -r name cc flags options qemu debian; do
	name=$(trimmed "$name")
	[ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
	row "$name" "$(trimmed "$cc")" "$(trimmed "$flags")" "$(trimmed "$options")" "$(trimmed "$qemu")" "$(trimmed "$debian")"
done < <(rows)
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
