/*
 * doorward.pml -- the master between its clients, a starter and its handlers, as a SPIN model
 *
 * doc/model/README.md says what is left out. Names are those of src/: a step of the master's is one
 * callback of the loop, and nothing comes between; a step of the others' may come between any two.
 * Each step is printed with the state behind it, for tests/model/traces.c, which has the C code do the
 * same. Two services, 0 with accept_max and source_max, 1 with a rate of one start; a reload changes
 * the limits of both. */

#define SERVICES 2
#define CLIENTS  3
#define NOBODY   CLIENTS

/* held[] */
#define FULL   1
#define RATE   2
#define FAULT  4
#define STARTS 8
#define ADMIN  16

/* where[]: of a client */
#define OUT     0 /* he may come */
#define BACKLOG 1
#define WAITS   2 /* at the master, for another try */
#define QUEUED  3 /* its start is on its way */
#define SERVED  4 /* its handler is on record */

/* an answer */
#define RUNS    0
#define AGAIN   1 /* no process: the connection comes back */
#define NEVER   2 /* no program: it is closed */
#define UNTRIED 3

/* process[]: the handler of a client */
#define NONE   0
#define ALIVE  1
#define ZOMBIE 2

byte where[CLIENTS], service[CLIENTS], source[CLIENTS], process[CLIENTS];
bit counted[CLIENTS];
bit fresh[CLIENTS]; /* the token that its start has taken has not come back by itself */

chan backlog[SERVICES] = [CLIENTS] of {byte};
chan waiting[SERVICES] = [CLIENTS] of {byte};
byte held[SERVICES], running[SERVICES], starting[SERVICES];
bit error[SERVICES], token[SERVICES] = 1;
bit fault_timer[SERVICES], rate_timer[SERVICES], paused[SERVICES];
bit other; /* the other configuration */

/* The starter; `jobs` is what the master waits for, `orders` and `answers` are in the socket. */
chan queue = [CLIENTS] of {byte};
chan jobs = [CLIENTS + 1] of {byte};
chan orders = [CLIENTS] of {byte, bit};
chan answers = [CLIENTS + 1] of {byte, byte};
bit first_is_late;       /* jobs[0] is NULL */
byte last_turn = SERVICES, birth = NOBODY, told;
mtype = {idle, taken, born, over};
mtype starter = idle;
byte at_work = NOBODY, result;
bit old_order;
byte failed = SERVICES;  /* the service whose start failed last */
byte fail_left;          /* answers to be read until the master knows */

bit unread[CLIENTS]; /* an answer about it */
byte failed_zombies;
bit chld; /* SIGCHLD is pending */

hidden byte vc, vd, vi, vn, vr, vs, vt, vw, vz, pick, ended, seen;
bit good, vo;

#define accept_max(vs) (vs == 0 -> (other -> 1 : 2) : (other -> 1 : 0))
#define source_max(vs) (vs == 0 && !other)
#define has_rate(vs)   (vs == 1)
#define is_full(vs)    (accept_max(vs) > 0 && running[vs] >= accept_max(vs))

/* --- admit ---------------------------------------------------------------------------------- */

#define OF(x, vs, vc) (counted[x] && service[x] == vs && source[x] == source[vc])

inline admit_ready(vs) {
    good = 0;
    if
    :: held[vs] != 0 -> skip
    :: else ->
        if
        :: is_full(vs) -> held[vs] = held[vs] | FULL
        :: else ->
            if
            :: has_rate(vs) && !token[vs] -> rate_timer[vs] = 1; held[vs] = held[vs] | RATE
            :: else -> good = 1
            fi
        fi
    fi
}

/* Of two services whoever had the last turn comes last. */
inline dispatch() {
    do
    :: len(queue) > 0 ->
        vn = len(queue);
        pick = NOBODY;
        do
        :: vn > 0 ->
            queue?vw;
            vn--;
            if
            :: pick == NOBODY && last_turn != SERVICES && service[vw] != last_turn -> pick = vw
            :: else -> queue!vw
            fi
        :: else -> break
        od;
        if
        :: pick == NOBODY -> queue?pick
        :: else -> skip
        fi;
        last_turn = service[pick];
        jobs!pick;
        orders!pick, (fail_left > 0 && failed == service[pick])
    :: else -> break
    od
}

inline start_peer(vs, vc) {
    if
    :: source_max(vs) && (OF(0, vs, vc) + OF(1, vs, vc) + OF(2, vs, vc)) >= 1 -> where[vc] = OUT
    :: else ->
        token[vs] = !has_rate(vs);
        running[vs]++;
        counted[vc] = 1;
        fresh[vc] = has_rate(vs);
        assert(accept_max(vs) == 0 || running[vs] <= accept_max(vs));
        assert(!(held[vs] & ADMIN));
        starting[vs]++;
        if
        :: error[vs] || starting[vs] >= 16 -> held[vs] = held[vs] | STARTS
        :: else -> skip
        fi;
        where[vc] = QUEUED;
        queue!vc;
        dispatch()
    fi
}

inline start_waiting(vs) {
    do
    :: len(waiting[vs]) == 0 -> break
    :: else ->
        admit_ready(vs);
        if
        :: good -> waiting[vs]?vd; start_peer(vs, vd)
        :: else -> break
        fi
    od
}

/* In the C code hold_end() calls this; here it comes once, at the end of the callback, and finds the same. */
inline go(vs) {
    if
    :: held[vs] == 0 -> start_waiting(vs)
    :: else -> skip
    fi
}

inline hold_end(vs, why) {
    held[vs] = held[vs] & (255 - (why))
}

inline leave(vs) {
    running[vs]--;
    if
    :: (held[vs] & FULL) && !is_full(vs) -> hold_end(vs, FULL)
    :: else -> skip
    fi
}

inline admit_undo(vs, vc) {
    counted[vc] = 0;
    if
    :: fresh[vc] -> token[vs] = 1; hold_end(vs, RATE)
    :: else -> skip
    fi;
    fresh[vc] = 0;
    leave(vs)
}

/* --- starts and their ends ------------------------------------------------------------------- */

inline put_off(vs, vc) {
    starting[vs]--;
    admit_undo(vs, vc);
    where[vc] = WAITS;
    waiting[vs]!vc
}

/* What the starter has not begun; those of others go to it again. */
inline start_withdraw(vs) {
    if
    :: len(jobs) > 1 ->
        vn = len(jobs) - len(orders);
        seen = len(jobs);
        do
        :: seen > 0 ->
            jobs?vi;
            seen--;
            if
            :: vn > 0 -> jobs!vi; vn--
            :: else -> skip
            fi
        :: else -> break
        od;
        vn = len(orders);
        do
        :: vn > 0 ->
            orders?vi, vo;
            vn--;
            queue!vi
        :: else -> break
        od
    :: else -> skip
    fi;
    vr = len(queue);
    do
    :: vr > 0 ->
        queue?vi;
        vr--;
        if
        :: service[vi] == vs -> put_off(vs, vi)
        :: else -> queue!vi
        fi
    :: else -> break
    od
}

inline started(vs, vc) {
    starting[vs]--;
    where[vc] = SERVED;
    fresh[vc] = 0;
    error[vs] = 0
}

/* Giving back may have begun another one. */
inline start_fewer(vs) {
    if
    :: starting[vs] >= 16 || (error[vs] && starting[vs] >= 1) -> skip
    :: else -> hold_end(vs, STARTS)
    fi
}

inline conclude(vc, what) {
    vs = service[vc];
    if
    :: what == RUNS -> started(vs, vc)
    :: what == UNTRIED -> put_off(vs, vc)
    :: what == AGAIN || what == NEVER ->
        starting[vs]--;
        held[vs] = held[vs] | FAULT;
        fault_timer[vs] = 1;
        error[vs] = 1;
        admit_undo(vs, vc);
        if
        :: what == AGAIN -> where[vc] = WAITS; waiting[vs]!vc
        :: else -> where[vc] = OUT
        fi;
        start_withdraw(vs)
    fi;
    start_fewer(vs);
    go(vs)
}

inline settle_all() {
    do
    :: len(jobs) > 0 && len(answers) > 0 ->
        answers?vc, vt;
        unread[vc] = 0;
        jobs?vw;
        if
        :: fail_left > 0 -> fail_left--
        :: else -> skip
        fi;
        if
        :: vt == RUNS -> told = vc
        :: else -> told = NOBODY
        fi;
        if
        :: first_is_late -> first_is_late = 0
        :: else -> conclude(vc, vt)
        fi
    :: else -> break
    od
}

inline release(vc) {
    vs = service[vc];
    process[vc] = NONE;
    where[vc] = OUT;
    counted[vc] = 0;
    leave(vs);
    go(vs)
}

/* A child that nobody knows has ended: e (NOBODY: one that was no handler). */
inline starters_reaped(e) {
    if
    :: len(jobs) > 0 ->
        told = NOBODY;
        settle_all();
        if
        :: e != NOBODY && birth == e && told != e && len(jobs) > 0 && !first_is_late ->
            first_is_late = 1;
            vs = service[e];
            started(vs, e);
            start_fewer(vs);
            go(vs)
        :: else -> skip
        fi
    :: else -> skip
    fi;
    dispatch()
}

/* --- what is always true --------------------------------------------------------------------- */

/* Clients that may come are alike: the first of them does. */
#define MAY_COME(x) (where[x] == OUT && process[x] == NONE && at_work != x && !unread[x])

#define ON(x, vs) (counted[x] && service[x] == vs)

inline check() {
    vs = 0;
    do
    :: vs < SERVICES ->
        assert(running[vs] == ON(0, vs) + ON(1, vs) + ON(2, vs));
        assert(!(held[vs] & FULL) || is_full(vs));
        assert(!(held[vs] & RATE) || rate_timer[vs]);
        assert(!(held[vs] & FAULT) || fault_timer[vs]);
        assert(!(held[vs] & STARTS) || starting[vs] > 0);
        assert(!(held[vs] & ADMIN) == !paused[vs]);
        assert(held[vs] != 0 || len(waiting[vs]) == 0);
        vs++
    :: else -> break
    od;
    vc = 0;
    do
    :: vc < CLIENTS ->
        assert(where[vc] != SERVED || process[vc] != NONE); /* on record: it is there */
        assert(process[vc] == NONE || counted[vc]);         /* it runs: it has its place */
        if
        :: MAY_COME(vc) ->
            service[vc] = 0;
            source[vc] = 0
        :: else -> skip
        fi;
        vc++
    :: else -> break
    od;
    /* What nobody looks at any more is not to make states differ. */
    if
    :: len(jobs) == 0 -> birth = NOBODY
    :: else -> skip
    fi;
    if
    :: len(orders) == 0 && starter != taken && fail_left == 0 -> failed = SERVICES
    :: else -> skip
    fi;
    if
    :: starter != over -> result = RUNS
    :: else -> skip
    fi;
    if
    :: starter != taken -> old_order = 0
    :: else -> skip
    fi;
    vs = 0; vc = 0; vd = 0; vi = 0; vn = 0; vr = 0; vt = 0; vw = 0; vz = 0; pick = 0; ended = 0; seen = 0; good = 0; vo = 0;
    told = 0
}

#define SHOW(vs) held[vs], running[vs], starting[vs], len(backlog[vs]), len(waiting[vs])

/* What has been done is printed before. */
inline done() {
    check();
    printf(" = %d %d %d %d %d", SHOW(0));
    printf(" %d %d %d %d %d\n", SHOW(1))
}

/* --- the steps of the others ----------------------------------------------------------------- */

inline comes(x, y, q) {
    d_step {
        MAY_COME(x) && (x == 0 || !MAY_COME(0)) && (x < 2 || !MAY_COME(1)) ->
        where[x] = BACKLOG;
        service[x] = y;
        source[x] = q;
        backlog[y]!x;
        printf("come %d %d %d", x, y, q);
        done()
    }
}

/* It has failed: what the master has ordered before it knows waits. */
inline fails(what) {
    result = what;
    birth = NOBODY;
    failed = service[at_work];
    fail_left = len(answers) + 1;
    vn = len(orders);
    do
    :: vn > 0 ->
        orders?vi, vo;
        vn--;
        orders!vi, (vo || service[vi] == failed)
    :: else -> break
    od;
    starter = over
}

inline starter_takes() {
    d_step {
        starter == idle && len(orders) > 0 ->
        orders?at_work, old_order;
        birth = NOBODY;
        starter = taken;
        printf("take 0 0 0");
        done()
    }
}

inline starter_bears(can) {
    d_step {
        starter == taken && !(old_order && failed == service[at_work] && !can) ->
        if
        :: old_order && failed == service[at_work] -> result = UNTRIED; starter = over
        :: else ->
            if
            :: can -> process[at_work] = ALIVE; birth = at_work; starter = born
            :: else -> fails(AGAIN)
            fi
        fi;
        printf("bear %d 0 0", can);
        done()
    }
}

inline starter_executes(what) {
    d_step {
        starter == born && (process[at_work] == ALIVE || what == RUNS) ->
        if
        :: what == RUNS -> result = RUNS; starter = over
        :: else ->
            process[at_work] = NONE;
            failed_zombies++;
            chld = 1;
            fails(what)
        fi;
        printf("exec %d 0 0", what);
        done()
    }
}

inline starter_answers() {
    d_step {
        starter == over ->
        answers!at_work, result;
        unread[at_work] = 1;
        at_work = NOBODY;
        starter = idle;
        printf("answer 0 0 0");
        done()
    }
}

inline ends(x) {
    d_step {
        process[x] == ALIVE ->
        process[x] = ZOMBIE;
        chld = 1;
        printf("end %d 0 0", x);
        done()
    }
}

/* --- the steps of the master ----------------------------------------------------------------- */

inline accepts(y) {
    d_step {
        held[y] == 0 && len(backlog[y]) > 0 ->
        do
        :: held[y] == 0 ->
            admit_ready(y);
            if
            :: good && len(backlog[y]) > 0 -> backlog[y]?vc; start_peer(y, vc)
            :: else -> break
            fi
        :: else -> break
        od;
        printf("accept %d 0 0", y);
        done()
    }
}

inline reads() {
    d_step {
        len(answers) > 0 ->
        settle_all();
        dispatch();
        printf("read 0 0 0");
        done()
    }
}

inline reaps() {
    d_step {
        chld ->
        chld = 0;
        vz = (failed_zombies > 0 -> 0 : 1);
        failed_zombies = 0;
        do
        :: vz <= CLIENTS ->
            ended = (vz == 0 -> NOBODY : vz - 1);
            good = 1;
            if
            :: ended != NOBODY -> good = process[ended] == ZOMBIE && where[ended] != SERVED
            :: else -> skip
            fi;
            if
            :: good -> starters_reaped(ended)
            :: else -> skip
            fi;
            good = 0;
            if
            :: ended != NOBODY -> good = process[ended] == ZOMBIE
            :: else -> skip
            fi;
            if
            :: good -> release(ended)
            :: else -> skip
            fi;
            vz++
        :: else -> break
        od;
        printf("reap 0 0 0");
        done()
    }
}

inline fault_over(y) {
    d_step {
        fault_timer[y] ->
        fault_timer[y] = 0;
        hold_end(y, FAULT);
        go(y);
        printf("fault %d 0 0", y);
        done()
    }
}

inline rate_over(y) {
    d_step {
        rate_timer[y] ->
        rate_timer[y] = 0;
        token[y] = 1;
        fresh[0] = 0; fresh[1] = 0; fresh[2] = 0;
        hold_end(y, RATE);
        go(y);
        printf("rate %d 0 0", y);
        done()
    }
}

inline pauses(y) {
    d_step {
        !paused[y] ->
        paused[y] = 1;
        held[y] = held[y] | ADMIN;
        printf("pause %d 0 0", y);
        done()
    }
}

inline resumes(y) {
    d_step {
        paused[y] ->
        paused[y] = 0;
        hold_end(y, ADMIN);
        go(y);
        printf("resume %d 0 0", y);
        done()
    }
}

inline anew(y) {
    error[y] = 0;
    fault_timer[y] = 0;
    rate_timer[y] = 0;
    held[y] = (held[y] & ADMIN) | (is_full(y) -> FULL : 0);
    go(y)
}

#define HAS_ENDED(x) (process[x] == ZOMBIE)

inline reloads() {
    d_step {
        starting[0] + starting[1] == 0 && starter == idle && len(jobs) == 0 && len(answers) == 0 &&
        !chld && !HAS_ENDED(0) && !HAS_ENDED(1) && !HAS_ENDED(2) ->
        other = !other;
        failed = SERVICES;
        fail_left = 0;
        birth = NOBODY;
        anew(0);
        anew(1);
        printf("reload %d 0 0", other);
        done()
    }
}

init {
    do
    :: comes(0, 0, 0) :: comes(0, 0, 1) :: comes(0, 1, 0)
    :: comes(1, 0, 0) :: comes(1, 0, 1) :: comes(1, 1, 0)
#ifndef FEW
    :: comes(2, 0, 0) :: comes(2, 0, 1) :: comes(2, 1, 0)
#endif
    :: starter_takes()
    :: starter_bears(1) :: starter_bears(0)
    :: starter_executes(RUNS) :: starter_executes(AGAIN) :: starter_executes(NEVER)
    :: starter_answers()
    :: ends(0) :: ends(1) :: ends(2)
    :: accepts(0) :: accepts(1)
    :: reads()
    :: reaps()
    :: fault_over(0) :: fault_over(1) :: rate_over(1)
    :: pauses(0) :: resumes(0)
    :: reloads()
    od
}
