#!/bin/sh
# counter.sh -- each client has a number of its own: counter.sh FILE
# config: 7104 stream tcp nowait nobody /usr/local/libexec/counter.sh counter.sh /var/lib/counter/count
#
# Many handlers run at the same time. Who holds the lock is alone with the file; the lock goes with
# the process, however it ends. The lock is on a file of its own, which is never replaced.
file=${1:?usage: counter.sh FILE}

exec 9>>"$file.lock"
flock 9
count=0
[ -s "$file" ] && read -r count <"$file"
count=$((count + 1))
# A new file takes the old one's place in one step: a crash leaves the one or the other.
echo "$count" >"$file.new" && mv "$file.new" "$file"
exec 9>&-

echo "$count"
