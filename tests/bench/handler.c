/* handler.c -- the handler of every benchmark: one line; with "hold" it then stays to end of
 * file */
#include "config.h"

#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    static const char line[] = "doorward bench\n";
    char buf[64];

    if (write(1, line, sizeof line - 1) != (ssize_t)(sizeof line - 1)) {
        return 1;
    }
    if (argc > 1 && strcmp(argv[1], "hold") == 0) {
        (void)alarm(600); /* outlives no benchmark */
        while (read(0, buf, sizeof buf) > 0) {
        }
    }
    return 0;
}
