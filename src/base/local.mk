noinst_LIBRARIES += src/base/libbase.a
src_base_libbase_a_SOURCES = \
	src/base/addr.c src/base/addr.h \
	src/base/argv0.c src/base/argv0.h \
	src/base/backoff.h \
	src/base/clock.h \
	src/base/event.c src/base/event.h \
	src/base/log.c src/base/log.h \
	src/base/naming.c src/base/naming.h \
	src/base/outlet.c src/base/outlet.h \
	src/base/place.c src/base/place.h \
	src/base/record.c src/base/record.h \
	src/base/ring.h \
	src/base/signals.c src/base/signals.h \
	src/base/route.c src/base/route.h \
	src/base/sha256.c src/base/sha256.h \
	src/base/siphash.c src/base/siphash.h \
	src/base/small.c src/base/small.h \
	src/base/state.c src/base/state.h \
	src/base/strings.c src/base/strings.h \
	src/base/text.c src/base/text.h \
	src/base/value.c src/base/value.h \
	src/base/zone.c src/base/zone.h
