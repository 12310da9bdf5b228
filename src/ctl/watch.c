/* ctl/watch.c -- the table again and again, on a screen of its own */
#include "config.h"

#include "ctl/watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "ctl/loaded.h"
#include "ctl/rows.h"
#include "ctl/table.h"

static volatile sig_atomic_t ended;

static void end(int signo)
{
    (void)signo;
    ended = 1;
}

/* A new size of the window only has to wake poll(2). */
static void wake(int signo)
{
    (void)signo;
}

static void catch_signals(void)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
    struct sigaction sa = {.sa_handler = end};
    (void)sigemptyset(&sa.sa_mask); /* cannot fail, nor can these with good signals */
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        (void)sigaction(ends[i], &sa, NULL);
    sa.sa_handler = wake;
    (void)sigaction(SIGWINCH, &sa, NULL);
}

/* --- the screen ------------------------------------------------------------------------------- */

struct screen {
    bool keys; /* stdin is a terminal whose settings we changed */
    bool own;  /* stdout is a terminal, switched to its second screen */
    struct termios before;
};

static void open_screen(struct screen *s)
{
    s->own = isatty(STDOUT_FILENO);
    s->keys = s->own && tcgetattr(STDIN_FILENO, &s->before) == 0;
    if (s->keys) {
        struct termios raw = s->before;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        s->keys = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
    }
    if (s->own)
        (void)fputs("\033[?1049h\033[?25l", stdout); /* main looks at stdout in the end */
}

static void close_screen(const struct screen *s)
{
    if (s->own)
        (void)fputs("\033[?25h\033[?1049l", stdout);
    (void)fflush(stdout); /* seen by ferror(3) later */
    if (s->keys)
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &s->before); /* nothing else could be done */
}

/* --- what is on it ---------------------------------------------------------------------------- */

static size_t running(const struct ctl_rows *rows)
{
    unsigned long sum = 0;
    for (size_t i = 0; i < rows->count; i++)
        sum += strtoul(ctl_row_get(&rows->at[i], "running"), NULL, 10); /* ends at the '/' */
    return sum;
}

/* How much a service should be looked at, when not all can be: trouble first, then load. */
static unsigned long weight(const struct ctl_row *row)
{
    unsigned long load = strtoul(ctl_row_get(row, "running"), NULL, 10);
    return ctl_row_mood(row) == CTL_FINE ? load : load + 1000000000UL;
}

static int by_weight(const void *a, const void *b)
{
    unsigned long left = weight(a), right = weight(b);
    return left == right ? 0 : left > right ? -1 : 1;
}

/* The first line of what is no service's, where somebody has to do something about it. */
static void put_note(const struct ctl_rows *rows, const struct ctl_look *look)
{
    char lines[2048];
    struct text t;
    text_init(&t, lines, sizeof lines);
    ctl_loaded_tell(rows, true, &t);
    size_t len = strcspn(lines, "\n");
    bool cut = look->width && len > look->width;
    (void)printf("%.*s%s%s", (int)(cut ? look->width - 1 : len), lines, cut ? "~" : "", look->end);
}

static void draw(struct ctl_rows *rows, const struct screen *s)
{
    struct ctl_look look = ctl_terminal();
    char clock[64] = "", head[128];
    time_t now = time(NULL);
    struct tm tm;
    if (localtime_r(&now, &tm))
        (void)strftime(clock, sizeof clock, "%F %T", &tm); /* 64 bytes hold it */
    look.end = s->own ? "\033[K\n" : "\n";
    (void)text_fits(head, sizeof head, "%s  %zu services, %zu handlers%s", clock, rows->count,
                    running(rows), s->keys ? "  (q ends)" : "");
    if (s->own)
        (void)fputs("\033[H", stdout);
    (void)printf("%.*s%s", look.width ? (int)look.width : 128, head, look.end);
    put_note(rows, &look);
    if (look.height > 3)
        look.height -= 3; /* two lines above, and the cursor's below */
    if (look.height && ctl_table_lines(rows, &look) > look.height)
        qsort(rows->at, rows->count, sizeof *rows->at, by_weight);
    ctl_table_print(rows, &look, stdout);
    (void)fputs(s->own ? "\033[J" : "\n", stdout);
    (void)fflush(stdout); /* an error is seen by ferror(3) */
}

/* A second, or a key. True: it was q. */
static bool wait_for_key(const struct screen *s)
{
    struct pollfd p = {.fd = s->keys ? STDIN_FILENO : -1, .events = POLLIN};
    char key = 0;
    if (poll(&p, 1, 1000) <= 0 || !(p.revents & (POLLIN | POLLHUP)))
        return false;
    ssize_t n = read(STDIN_FILENO, &key, 1);
    return n == 0 || (n < 0 && errno != EINTR) || key == 'q' || key == 'Q';
}

int ctl_watch(const char *socket)
{
    struct ctl_rows rows;
    struct screen screen;
    int status = ctl_rows_read(socket, &rows);
    if (status != 0) {
        ctl_complain("%s", rows.why);
        ctl_rows_free(&rows);
        return status;
    }
    catch_signals();
    open_screen(&screen);
    do {
        draw(&rows, &screen);
        ctl_rows_free(&rows);
        if (ended || ferror(stdout) || wait_for_key(&screen) || ended)
            break;
        status = ctl_rows_read(socket, &rows);
    } while (status == 0);
    close_screen(&screen);
    ctl_rows_free(&rows);
    if (status != 0)
        ctl_complain("the daemon has ended");
    return status;
}
