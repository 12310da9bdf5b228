#!/bin/sh
# ruptimed.sh -- how long this machine is up, for ruptime.c or any client that reads to the end
# config: 7101 stream tcp nowait nobody /usr/local/libexec/ruptimed.sh ruptimed.sh
#
# Nothing is read, so nothing that a client says can do harm. A client that does say something
# needs `linger' to be sure of the answer; ruptime.c says nothing.
exec uptime
