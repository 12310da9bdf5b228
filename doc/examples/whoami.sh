#!/bin/sh
# whoami.sh -- tell a local user who he is; nobody can pretend to be another
# config: /run/whoami.sock stream unix nowait nobody /usr/local/libexec/whoami.sh whoami.sh
#
# The kernel noted the user when he called connect(2).
name=$(id -un "$UNIXREMOTEEUID" 2>/dev/null) || name=unknown
echo "$name (uid $UNIXREMOTEEUID, gid $UNIXREMOTEEGID, process $UNIXREMOTEPID)"
