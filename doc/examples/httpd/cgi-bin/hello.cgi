#!/bin/sh
# hello.cgi -- who asks, and what
printf 'Content-Type: text/plain\r\n\r\n'
echo "hello $REMOTE_ADDR, you ask for: $QUERY_STRING"
