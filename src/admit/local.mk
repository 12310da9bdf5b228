noinst_LIBRARIES += src/admit/libadmit.a
src_admit_libadmit_a_SOURCES = \
	src/admit/admit.c src/admit/admit.h \
	src/admit/history.c src/admit/history.h \
	src/admit/hold.c src/admit/hold.h \
	src/admit/judge.c src/admit/judge.h \
	src/admit/master.h \
	src/admit/share.c src/admit/share.h \
	src/admit/tally.c src/admit/tally.h
