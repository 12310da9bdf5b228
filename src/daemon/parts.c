/* daemon/parts.c -- the parts of the daemon's state, and who saves and restores each */
#include "config.h"

#include "daemon/parts.h"

#include "admit/history.h"
#include "admit/hold.h"
#include "base/log.h"
#include "handler/drain.h"
#include "handler/errlog.h"
#include "handler/spawn.h"
#include "handler/voice.h"
#include "os/pidfile.h"
#include "os/sd.h"
#include "serve/balancer.h"
#include "serve/handlers.h"
#include "serve/mux.h"
#include "serve/peers.h"
#include "serve/waiting.h"
#include "service/saved.h"

static void save_daemon(struct server *sv, struct state_out *o)
{
    state_record(o);
    state_put_text(o, PACKAGE_VERSION);
    state_put(o, (uint64_t)sv->upgrade.answers + 1); /* not as a descriptor: a probe has it, too */
    state_put(o, (uint64_t)log_get_level() + 1);
    state_put(o, sv->master.log_connections);
    state_put(o, sv->load.number);
    state_put(o, sv->since);
    state_put(o, sv->master.reloads);
    state_put(o, sv->master.reloads_refused);
    state_put(o, sv->upgrade.began);
    spawn_save(o);
    state_put(o, sd_sockets());
    for (size_t i = 0; i < sd_sockets(); i++)
        state_put_fd(o, sd_socket_fd(i)); /* also those that nobody has taken */
}

static void restore_daemon(struct server *sv, struct state_in *records)
{
    struct state_in r;
    if (!state_next_record(records, &r))
        return;
    log_debug("state of version %s", state_get_text(&r));
    sv->upgrade.answers = (int)state_get_upto(&r, INT32_MAX) - 1;
    uint64_t level = state_get_upto(&r, LEVEL_DEBUG + 1);
    if (level > 0)
        log_set_level((enum log_level)(level - 1));
    sv->master.log_connections = state_get_flag(&r);
    sv->load.number = (uint32_t)state_get_upto(&r, UINT32_MAX);
    sv->since = sv->master.since = state_get(&r);
    sv->master.reloads = state_get(&r);
    sv->master.reloads_refused = state_get(&r);
    sv->upgrade.began = state_get(&r);
    spawn_restore(&r);
}

static void save_services(struct server *sv, struct state_out *o)
{
    o->failed |= !table_save(sv->master.table, o);
}

static void restore_services(struct server *sv, struct state_in *records)
{
    table_free(sv->master.table);
    sv->master.table = table_restore(records);
}

static void save_sockets(struct server *sv, struct state_out *o)
{
    listen_save(sv->master.table, o);
}

static void restore_sockets(struct server *sv, struct state_in *records)
{
    listen_restore(sv->master.table, records);
}

static void save_sources(struct server *sv, struct state_out *o)
{
    admit_save(&sv->master, o);
}

static void restore_sources(struct server *sv, struct state_in *records)
{
    sources_free(sv->master.sources);
    admit_restore(&sv->master, records);
}

static void save_bans(struct server *sv, struct state_out *o)
{
    bans_save(&sv->master.bans, o);
}

static void restore_bans(struct server *sv, struct state_in *records)
{
    bans_restore(&sv->master.bans, records);
}

static void save_history(struct server *sv, struct state_out *o)
{
    history_save(sv->master.table, o);
}

static void restore_history(struct server *sv, struct state_in *records)
{
    history_restore(sv->master.table, records);
}

static void save_holds(struct server *sv, struct state_out *o)
{
    hold_save(sv->master.table, o);
}

static void restore_holds(struct server *sv, struct state_in *records)
{
    hold_restore(&sv->master, records);
}

static void save_tallies(struct server *sv, struct state_out *o)
{
    tally_save(sv->master.table, o);
}

static void restore_tallies(struct server *sv, struct state_in *records)
{
    tally_restore(sv->master.loop, sv->master.table, records);
}

static void save_handlers(struct server *sv, struct state_out *o)
{
    handlers_save(&sv->master, o);
}

static void restore_handlers(struct server *sv, struct state_in *records)
{
    handlers_restore(&sv->master, records);
}

static void save_waiting(struct server *sv, struct state_out *o)
{
    waiting_save(sv->master.table, o);
}

static void restore_waiting(struct server *sv, struct state_in *records)
{
    waiting_restore(sv->master.table, records);
}

static void save_mux(struct server *sv, struct state_out *o)
{
    (void)sv;
    mux_save(o);
}

static void restore_mux(struct server *sv, struct state_in *records)
{
    mux_restore(&sv->master, records);
}

static void save_balancers(struct server *sv, struct state_out *o)
{
    (void)sv;
    balancer_save(o);
}

static void restore_balancers(struct server *sv, struct state_in *records)
{
    balancer_restore(&sv->master, records);
}

static void save_peers(struct server *sv, struct state_out *o)
{
    (void)sv;
    peers_save(o);
}

static void restore_peers(struct server *sv, struct state_in *records)
{
    peers_restore(&sv->master, records);
}

static void save_drains(struct server *sv, struct state_out *o)
{
    (void)sv;
    drains_save(o);
}

static void restore_drains(struct server *sv, struct state_in *records)
{
    drains_restore(sv->master.loop, sv->master.helpers, records);
}

static void save_errlogs(struct server *sv, struct state_out *o)
{
    (void)sv;
    errlogs_save(o);
}

static void restore_errlogs(struct server *sv, struct state_in *records)
{
    errlogs_restore(sv->master.loop, sv->master.helpers, records);
}

static void save_voices(struct server *sv, struct state_out *o)
{
    (void)sv;
    voices_save(o);
}

static void restore_voices(struct server *sv, struct state_in *records)
{
    voices_restore(sv->master.loop, records);
}

static void save_pidfile(struct server *sv, struct state_out *o)
{
    (void)sv;
    pidfile_save(o);
}

static void restore_pidfile(struct server *sv, struct state_in *records)
{
    (void)sv;
    pidfile_restore(records);
}

static void save_control(struct server *sv, struct state_out *o)
{
    if (sv->control)
        control_save(sv->control, o);
}

static void restore_control(struct server *sv, struct state_in *records)
{
    const char *path = sv->options->control;
    if (path)
        sv->control = control_restore(&sv->master, path, &sv->acts, records);
}

static void save_loaded(struct server *sv, struct state_out *o)
{
    loaded_save(&sv->loaded, o);
}

static void restore_loaded(struct server *sv, struct state_in *records)
{
    loaded_restore(&sv->loaded, records);
}

const struct part parts[PARTS] = {
    {"daemon", ALWAYS, save_daemon, restore_daemon},
    {"services", ALWAYS, save_services, restore_services},
    {"sockets", ALWAYS, save_sockets, restore_sockets},
    {"sources", GAIN, save_sources, restore_sources},
    {"bans", NEEDED, save_bans, restore_bans},
    {"holds", GAIN, save_holds, restore_holds},
    {"tallies", GAIN, save_tallies, restore_tallies},
    {"history", GAIN, save_history, restore_history},
    {"voices", GAIN, save_voices, restore_voices},
    {"handlers", ALWAYS, save_handlers, restore_handlers},
    {"waiting", NEEDED, save_waiting, restore_waiting},
    {"conversations", NEEDED, save_mux, restore_mux},
    {"balancers", NEEDED, save_balancers, restore_balancers},
    {"peers", NEEDED, save_peers, restore_peers},
    {"lingering", GAIN, save_drains, restore_drains},
    {"stderr", GAIN, save_errlogs, restore_errlogs},
    {"pidfile", NEEDED, save_pidfile, restore_pidfile},
    {"loaded", GAIN, save_loaded, restore_loaded},
    {"control", GAIN, save_control, restore_control},
};
