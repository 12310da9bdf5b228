noinst_LIBRARIES += src/daemon/libdaemon.a
src_daemon_libdaemon_a_SOURCES = \
	src/daemon/again.c src/daemon/again.h \
	src/daemon/drain.c \
	src/daemon/entries.c src/daemon/entries.h \
	src/daemon/export/export.c src/daemon/export/export.h \
	src/daemon/export/keys.c src/daemon/export/keys.h \
	src/daemon/export/rules.c src/daemon/export/rules.h \
	src/daemon/export/unit.c src/daemon/export/unit.h \
	src/daemon/input.c src/daemon/input.h \
	src/daemon/learn/facts.c src/daemon/learn/facts.h \
	src/daemon/learn/learn.c src/daemon/learn/learn.h \
	src/daemon/learn/look.c src/daemon/learn/look.h \
	src/daemon/learn/program.c \
	src/daemon/learn/sockets.c src/daemon/learn/sockets.h \
	src/daemon/learn/trace.c src/daemon/learn/trace.h \
	src/daemon/learn/watch.c src/daemon/learn/watch.h \
	src/daemon/options.c src/daemon/options.h \
	src/daemon/parts.c src/daemon/parts.h \
	src/daemon/private.h \
	src/daemon/places.c src/daemon/places.h \
	src/daemon/probe.c src/daemon/probe.h \
	src/daemon/proof.c src/daemon/proof.h \
	src/daemon/reader.c src/daemon/reader.h \
	src/daemon/reload.c src/daemon/tell.c \
	src/daemon/report.c src/daemon/report.h \
	src/daemon/resume.c \
	src/daemon/routes.c \
	src/daemon/run_text.c src/daemon/run_text.h \
	src/daemon/server.c src/daemon/server.h \
	src/daemon/signals.c src/daemon/signals.h \
	src/daemon/state.c src/daemon/state.h \
	src/daemon/try.c src/daemon/try.h \
	src/daemon/try_around.c src/daemon/try_around.h \
	src/daemon/try_relay.c src/daemon/try_relay.h \
	src/daemon/try_socket.c src/daemon/try_socket.h \
	src/daemon/upgrade.c
