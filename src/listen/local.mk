noinst_LIBRARIES += src/listen/liblisten.a
src_listen_liblisten_a_SOURCES = \
	src/listen/adopt.c src/listen/adopt.h \
	src/listen/health.c src/listen/health.h \
	src/listen/listen.c src/listen/listen.h \
	src/listen/look.c src/listen/look.h \
	src/listen/options.c src/listen/options.h \
	src/listen/private.h \
	src/listen/restore.c \
	src/listen/rpc.c src/listen/rpc.h \
	src/listen/rpc_told.c src/listen/rpc_told.h \
	src/listen/saved.c \
	src/listen/store.c src/listen/store.h \
	src/listen/unix.c
