/* control/web.c -- the builtin `status`: metrics and health over HTTP, in a child */
#include "config.h"

#include "control/web.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/json.h"
#include "control/metrics.h"
#include "control/status.h"

enum { PATIENCE_S = 10, REQUEST = 8192, LINE = 16384 };

static const struct master *master;
static struct metrics_facts facts;

void web_start(const struct master *m)
{
    master = m;
}

void web_look(void)
{
    metrics_look(getppid(), &facts);
}

/* --- answers -------------------------------------------------------------------------------- */

/* What is asked, and the answer so far. */
struct web {
    FILE *body;
    const char *status, *type;
    bool strict; /* the client knows OpenMetrics */
};

static void put_metrics(struct web *w)
{
    char line[LINE];
    struct text t;
    struct metrics_place at = {.family = 0};
    w->type = w->strict ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                        : "text/plain; version=0.0.4; charset=utf-8";
    text_init(&t, line, sizeof line);
    while (metrics_next(master, &facts, w->strict, &at, &t)) {
        (void)fprintf(w->body, "%s\n", line); /* looked at in the end */
        text_init(&t, line, sizeof line);
    }
}

static bool is_there(const struct service *s)
{
    return s->mark != MARK_GONE;
}

static void put_status(struct web *w)
{
    char line[LINE];
    const char *comma = "";
    struct text t;
    struct status st;
    w->type = "application/json";
    (void)fputs("{\"services\":[", w->body); /* looked at in the end; so for all here */
    for (size_t i = 0; i < master->table->count; i++) {
        text_init(&t, line, sizeof line);
        status_get(master->table->services[i], &st);
        json_status(&st, &t);
        (void)fprintf(w->body, "%s\n%s", comma, line);
        comma = ",";
    }
    (void)fputs("\n]}\n", w->body);
}

static void put_health(struct web *w)
{
    bool good = true;
    w->type = "text/plain; charset=utf-8";
    for (size_t i = 0; i < master->table->count; i++) {
        const struct service *s = master->table->services[i];
        if (!is_there(s) || !status_is_down(s))
            continue;
        good = false;
        (void)fprintf(w->body, "down %s %s\n", s->entry->name, service_proto_name(s));
    }
    if (good)
        (void)fputs("ok\n", w->body);
    else
        w->status = "503 Service Unavailable";
}

static const struct {
    const char *path;
    void (*put)(struct web *w);
} pages[] = {{"/metrics", put_metrics}, {"/status.json", put_status}, {"/healthz", put_health}};

static void put_error(struct web *w, const char *status)
{
    w->status = status;
    w->type = "text/plain; charset=utf-8";
    (void)fprintf(w->body, "%s\n", status);
}

/* --- the request ---------------------------------------------------------------------------- */

/* Up to the empty line. False: it does not come, or not in time. */
static bool read_request(int fd, char *text, size_t size)
{
    size_t len = 0;
    for (uint64_t end = loop_now() + PATIENCE_S * NS_PER_S, now; (now = loop_now()) < end;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, (int)((end - now) / NS_PER_MS) + 1) < 1)
            continue;
        ssize_t n = recv(fd, text + len, size - 1 - len, MSG_DONTWAIT);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return false;
        len += (size_t)n;
        text[len] = '\0';
        if (strstr(text, "\r\n\r\n") || strstr(text, "\n\n"))
            return true;
        if (len == size - 1)
            return false;
    }
    return false;
}

/* The word at `*at`, cut off; `*at` moves behind it. */
static char *take_word(char **at)
{
    char *word = *at + strspn(*at, " ");
    size_t len = strcspn(word, " \r\n");
    *at = word + len + (word[len] == ' ');
    word[len] = '\0';
    return word;
}

/* Does a field Accept name OpenMetrics? */
static bool wants_openmetrics(const char *fields)
{
    static const char name[] = "accept:", type[] = "application/openmetrics-text";
    for (const char *at = fields; (at = strchr(at, '\n'));) {
        at++;
        if (strncasecmp(at, name, sizeof name - 1) != 0)
            continue;
        for (const char *end = at + strcspn(at, "\r\n"); at + sizeof type <= end; at++)
            if (strncasecmp(at, type, sizeof type - 1) == 0)
                return true;
    }
    return false;
}

static void answer(struct web *w, char *request)
{
    w->strict = wants_openmetrics(request);
    const char *method = take_word(&request);
    char *path = take_word(&request);
    const char *version = take_word(&request);
    path[strcspn(path, "?#")] = '\0';
    if (strncmp(version, "HTTP/1.", 7) != 0) {
        put_error(w, "400 Bad Request");
        return;
    }
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        put_error(w, "405 Method Not Allowed");
        return;
    }
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (strcmp(pages[i].path, path) == 0) {
            pages[i].put(w);
            return;
        }
    put_error(w, "404 Not Found");
}

/* --- sending -------------------------------------------------------------------------------- */

/* False: the client has gone, or does not read. */
static bool transmit(int fd, const char *from, size_t len)
{
    while (len > 0) {
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        if (poll(&p, 1, PATIENCE_S * 1000) < 1)
            return false;
        ssize_t n = send(fd, from, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        from += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

static void send_answer(int fd, const struct web *w, const char *body, size_t len, bool head)
{
    char fields[512];
    struct text t;
    text_init(&t, fields, sizeof fields);
    text_add(&t, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n", w->status, w->type,
             len);
    if (strncmp(w->status, "405", 3) == 0)
        text_string(&t, "Allow: GET, HEAD\r\n");
    text_string(&t, "Cache-Control: no-store\r\nConnection: close\r\n\r\n");
    if (transmit(fd, t.at, t.len) && !head)
        (void)transmit(fd, body, len); /* the end of the connection says that there is no more */
}

/* What else the client says is read, or the kernel would reset the connection. */
static void see_off(int fd)
{
    char scrap[4096];
    struct pollfd p = {.fd = fd, .events = POLLIN};
    (void)shutdown(fd, SHUT_WR); /* he may have gone */
    for (int i = 0; i < 64 && poll(&p, 1, 1000) > 0; i++)
        if (recv(fd, scrap, sizeof scrap, MSG_DONTWAIT) <= 0)
            return;
}

void web_serve(int fd)
{
    static char request[REQUEST];
    char *body = NULL;
    size_t len = 0;
    struct web w = {.status = "200 OK", .type = "text/plain"};
    if (!read_request(fd, request, sizeof request))
        return;
    bool head = strncmp(request, "HEAD ", 5) == 0;
    w.body = open_memstream(&body, &len);
    if (!w.body)
        return;
    answer(&w, request);
    if (fclose(w.body) == 0)
        send_answer(fd, &w, body, len, head);
    free(body);
    see_off(fd);
}
