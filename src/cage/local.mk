noinst_LIBRARIES += src/cage/libcage.a
src_cage_libcage_a_SOURCES = \
	src/cage/cage.c src/cage/cage.h \
	src/cage/calls.c src/cage/calls.h \
	src/cage/caps.c src/cage/caps.h \
	src/cage/compile.c \
	src/cage/enter.c src/cage/enter.h \
	src/cage/filter.c src/cage/filter.h \
	src/cage/jail.c src/cage/jail.h \
	src/cage/label.c src/cage/label.h \
	src/cage/landlock.c src/cage/landlock.h \
	src/cage/view.c src/cage/view.h
