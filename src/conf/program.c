/* conf/program.c -- what an entry runs: a program or a builtin */
#include "config.h"

#include "base/argv0.h"
#include "conf/ask.h"
#include "conf/dialect.h"
#include "conf/plan.h"

#include <stdlib.h>
#include <string.h>

/* A unix socket's path names a builtin by its last part. */
static const char *path_end(const char *text)
{
    const char *slash = strrchr(text, '/');
    return slash ? slash + 1 : text;
}

static bool unknown_builtin(struct plan *p, const struct word *w)
{
    struct conf_near near = {.word = path_end(w->text)};
    const struct builtin *b;

    for (size_t i = 0; (b = builtin_at(i)); i++)
        if (b->socktype == p->socktype)
            conf_near_try(&near, b->name);
    return conf_error(p->c, &w->place, "no builtin is named %s%s", conf_quote(p->c, w->text),
                      conf_hint(p->c, &near));
}

/* The builtin that the service's own name, its port's, or its path's last part stands for. */
static const struct builtin *builtin_of_service(struct plan *p)
{
    const char *text = p->d->service.text;
    const struct builtin *b =
        builtin_find(p->kind == PROTO_UNIX ? path_end(text) : text, p->socktype);

    if (b || p->port.port == 0)
        return b;
    if (p->port.name[0] == '\0' &&
        !conf_port_name(p->c, &p->d->service, proto_base(p->kind), &p->port))
        return NULL;
    return builtin_find(p->port.name, p->socktype);
}

static bool check_builtin(struct plan *p, const struct word *name)
{
    const struct words *args = &p->d->args;

    p->builtin = name->text ? builtin_find(name->text, p->socktype) : builtin_of_service(p);
    if (!p->builtin)
        return unknown_builtin(p, name->text ? name : &p->d->service);
    if (args->count > 1)
        return conf_error(p->c, &args->at[1].place, "%s: a builtin takes no arguments",
                          conf_quote(p->c, args->at[1].text));
    bool over_unix = p->builtin->how != BUILTIN_DGRAM && p->builtin->how != BUILTIN_MUX;
    if ((p->kind == PROTO_UNIX && !over_unix) || p->kind == PROTO_TCPMUX || p->proto->rpc)
        return conf_error(p->c, &p->d->protocol.place,
                          "the builtin \"%s\" is for tcp and udp services%s", p->builtin->name,
                          over_unix ? " and unix streams" : "");
    return true;
}

static bool is_file(struct conf *c, const char *path)
{
    struct answer a = ask(c->ask, ASK_STRING, path, NULL);
    return !a.failed && a.len > 0;
}

/* Do the arguments begin with the program's name? */
static bool check_argv0(struct plan *p)
{
    const struct words *args = &p->d->args;
    const char *program = p->d->program.text;

    if (args->count == 0)
        return true;
    const char *name = args->at[0].text;
    enum argv0 verdict = argv0_judge(program, name);
    if (verdict == ARGV0_GOOD || (verdict == ARGV0_UNLESS_FILE && !is_file(p->c, name)))
        return true;
    return conf_error(p->c, &args->at[0].place,
                      "the arguments begin with the program's own name: write %s before %s",
                      conf_quote(p->c, argv0_of(program)), conf_quote(p->c, name));
}

static bool check_path_of_program(struct plan *p)
{
    const struct word *w = &p->d->program;
    char hint[400];

    if (w->text[0] != '/' || w->text[1] == '\0')
        return conf_error(p->c, &w->place, "program %s is not an absolute path%s",
                          conf_quote(p->c, w->text),
                          conf_find_program(p->c, w->text, hint, sizeof hint));
    return check_argv0(p);
}

bool plan_program(struct plan *p)
{
    struct draft *d = p->d;
    const struct word none = {.text = NULL};
    const struct word *argv0 = d->args.count > 0 ? &d->args.at[0] : &none;

    if (d->builtin.text && d->program.text)
        return conf_error(p->c, &d->builtin.place, "\"exec\" and \"builtin\" are both given");
    if (d->builtin.text && argv0->text)
        return conf_error(p->c, &argv0->place, "%s: a builtin takes no arguments",
                          conf_quote(p->c, argv0->text));
    if (d->builtin.text)
        return check_builtin(p, &d->builtin);
    if (!d->program.text && !builtin_of_service(p))
        return conf_error(p->c, &d->place, "\"exec\" or \"builtin\" is missing");
    if (!d->program.text || (!d->program.quoted && strcmp(d->program.text, "internal") == 0))
        return check_builtin(p, argv0);
    return check_path_of_program(p);
}
