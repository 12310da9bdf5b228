#!/usr/bin/awk -f
# sum.awk -- a conversation: a number a line, and after each line the sum so far
# config: 7103 stream tcp nowait nobody /usr/local/libexec/sum.awk sum.awk
#
# An awk reads ahead, and mawk waits until its buffer is full: the client that waits for an answer
# would wait for ever. The shell's read takes a line and no byte more.

BEGIN {
    next_line = "IFS= read -r line && printf '%s' \"$line\" | tr -d '\\r'"
    while ((next_line | getline number) > 0) {
        close(next_line)
        if (number !~ /^-?[0-9]+(\.[0-9]+)?$/) {
            print "not a number"
            fflush()
            continue
        }
        sum += number
        printf "%.10g\n", sum
        fflush() # before the next line is awaited
    }
}
