noinst_LIBRARIES += src/handler/libhandler.a
src_handler_libhandler_a_SOURCES = \
	src/handler/account.c src/handler/account.h \
	src/handler/become.c src/handler/become.h \
	src/handler/child.c src/handler/child.h src/handler/child_parts.h \
	src/handler/child_saved.c \
	src/handler/crew.c src/handler/crew.h \
	src/handler/drain.c src/handler/drain.h \
	src/handler/env.c src/handler/env.h \
	src/handler/errlog.c src/handler/errlog.h src/handler/errlog_parts.h \
	src/handler/errlog_saved.c \
	src/handler/gate.c src/handler/gate.h \
	src/handler/jailed.c src/handler/jailed.h \
	src/handler/keeper.c src/handler/keeper.h \
	src/handler/outcome.c src/handler/outcome.h \
	src/handler/piece.c src/handler/piece.h \
	src/handler/presence.c src/handler/presence.h \
	src/handler/queue.c src/handler/queue.h \
	src/handler/report.c src/handler/report.h \
	src/handler/spawn.c src/handler/spawn.h \
	src/handler/starter.c src/handler/starter.h \
	src/handler/starters.c src/handler/starters.h \
	src/handler/voice.c src/handler/voice.h \
	src/handler/worker.c src/handler/worker.h
