#!/usr/bin/env bash
# hostile/udp_ordinary.sh -- the rows of hostile/udp.sh, by a daemon without the right to put datagrams back
# shellcheck disable=SC2034 # who is sourced reads it
WAY=ordinary
# shellcheck source=tests/hostile/udp.sh
. "$(dirname "$0")/udp.sh"
