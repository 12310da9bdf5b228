noinst_LIBRARIES += src/conf/libconf.a
src_conf_libconf_a_SOURCES = \
	src/conf/address.c src/conf/address.h \
	src/conf/ask.c src/conf/ask.h \
	src/conf/cage.c src/conf/cage.h \
	src/conf/cage_types.c \
	src/conf/check.c src/conf/check.h \
	src/conf/classic.c src/conf/classic.h \
	src/conf/conf.c src/conf/conf.h \
	src/conf/define.c src/conf/define.h \
	src/conf/dialect.c src/conf/dialect.h \
	src/conf/draft.c src/conf/draft.h \
	src/conf/file.c src/conf/file.h \
	src/conf/gate.c \
	src/conf/habit.c src/conf/habit.h \
	src/conf/keys.c src/conf/keys.h \
	src/conf/lex.c src/conf/lex.h \
	src/conf/listen.c \
	src/conf/look.c \
	src/conf/name.c src/conf/name.h \
	src/conf/plan.h \
	src/conf/prefix.c \
	src/conf/print.c \
	src/conf/problem.c \
	src/conf/program.c \
	src/conf/rate.c \
	src/conf/reply.c src/conf/reply.h \
	src/conf/rlimit.c \
	src/conf/source.c src/conf/source.h \
	src/conf/system.c \
	src/conf/system_file.c \
	src/conf/types.c src/conf/types.h \
	src/conf/user.c
