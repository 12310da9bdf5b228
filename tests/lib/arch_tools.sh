# shellcheck shell=bash
# lib/arch_tools.sh -- compilers of other machines, and libcheck built by them, in a folder: nothing is installed
#
# tests/arch.sh sources this. tools is the folder; what is in it already is not fetched again.
# shellcheck disable=SC2034 # why is arch.sh's to print
: "${tools:?}" # arch.sh sets it

# cross TRIPLET DEBIAN: TRIPLET-gcc is there, in $tools/bin. Debian's packages are unpacked, for those of
# several machines cannot be installed beside gcc-multilib.
cross() {
	local triplet=$1 debian=$2 script program
	[ -x "$tools/bin/$triplet-gcc" ] && return 0
	command -v apt-get dpkg-deb >/dev/null || { why="no apt-get here to fetch gcc-$triplet with"; return 1; }
	mkdir -p "$tools/debs/$triplet" "$tools/root" "$tools/bin"
	(cd "$tools/debs/$triplet" && timeout 300 apt-get -q download "gcc-12-$triplet" "cpp-12-$triplet" "binutils-$triplet" \
		"libc6-$debian-cross" "libc6-dev-$debian-cross" "linux-libc-dev-$debian-cross" "libgcc-s1-$debian-cross" \
		"libgcc-12-dev-$debian-cross" "libatomic1-$debian-cross") >"$tools/debs/$triplet.log" 2>&1 ||
		{ why="gcc-12-$triplet cannot be fetched with apt-get"; return 1; }
	for package in "$tools/debs/$triplet"/*.deb; do
		dpkg-deb -x "$package" "$tools/root" || return 1
	done
	# Linker scripts name files by their place in an installed package.
	for script in "$tools/root/usr/$triplet"/lib/lib*.so; do
		[ -L "$script" ] || ! head -c 20 "$script" | grep -q 'GNU ld' ||
			sed -i -E "s#/usr/$triplet/lib(64)?/##g" "$script"
	done
	for program in gcc-12 ar ranlib readelf objdump; do
		printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$tools/root/usr/lib/$(uname -m)-linux-gnu" \
			"$tools/root/usr/bin/$triplet-$program" >"$tools/bin/$triplet-${program%-12}"
		chmod 755 "$tools/bin/$triplet-${program%-12}"
	done
}

# The kernel's headers beside musl's, which Debian's musl-gcc does not look for.
kernel_headers() {
	mkdir -p "$tools/kernel"
	ln -sfn /usr/include/linux "$tools/kernel/linux"
	ln -sfn /usr/include/asm-generic "$tools/kernel/asm-generic"
	ln -sfn "/usr/include/$(uname -m)-linux-gnu/asm" "$tools/kernel/asm"
}

# Debian's source of libcheck, in $tools/check-source.
check_source() {
	local apt=$tools/apt
	[ -x "$tools/check-source/configure" ] && return 0
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/source"
	(
		. /etc/os-release
		echo "deb-src http://deb.debian.org/debian ${VERSION_CODENAME:-stable} main" >"$apt/sources.list"
	)
	local own=(-q -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
		-o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache")
	(cd "$apt/source" && timeout 120 apt-get "${own[@]}" update && timeout 120 apt-get "${own[@]}" source --download-only check) \
		>"$apt/log" 2>&1 || return 1
	rm -rf "$tools/check-source"
	mkdir "$tools/check-source" && tar -xf "$apt"/source/check_*.orig.tar.* -C "$tools/check-source" --strip-components=1
}

# libcheck NAME CONFIGURE-ARGUMENT...: built in $tools/check-NAME
libcheck() {
	local at=$tools/check-$1
	shift
	[ -e "$at/lib/libcheck.a" ] && return 0
	check_source || { why="no source of libcheck can be had"; return 1; }
	rm -rf "$at" && mkdir -p "$at/build" || return 1
	(cd "$at/build" && ../../check-source/configure --disable-shared --disable-subunit --disable-timeout-tests \
		--disable-dependency-tracking --prefix="$at" "$@" && make -C lib && make -C src install &&
		cp check_stdint.h "$at/include/") >"$at/log" 2>&1 || { why="libcheck cannot be built: $at/log"; return 1; }
}
