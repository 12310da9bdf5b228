noinst_LIBRARIES += src/serve/libserve.a
src_serve_libserve_a_SOURCES = \
	src/serve/answer.c src/serve/answer.h \
	src/serve/balancer.c src/serve/balancer.h \
	src/serve/conn.c src/serve/conn.h \
	src/serve/extras.c src/serve/extras.h \
	src/serve/handlers.c src/serve/handlers.h \
	src/serve/handover.c src/serve/handover.h \
	src/serve/lend.c src/serve/lend.h \
	src/serve/mux.c src/serve/mux.h \
	src/serve/peers.c src/serve/peers.h \
	src/serve/rest.c src/serve/rest.h \
	src/serve/sort.c src/serve/sort.h \
	src/serve/start.c src/serve/start.h \
	src/serve/tell.c src/serve/tell.h \
	src/serve/unread.c src/serve/unread.h \
	src/serve/waiting.c src/serve/waiting.h
