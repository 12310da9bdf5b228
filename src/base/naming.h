/* base/naming.h -- what a user's word for a service means */
#ifndef DOORWARD_BASE_NAMING_H
#define DOORWARD_BASE_NAMING_H

/* A service as status shows it, with one of its addresses. */
struct naming {
    const char *name;     /* as in the configuration */
    const char *protocol; /* "tcp", "udp46", "rpc/udp", "unix", ... */
    const char *address;  /* "0.0.0.0:7", "[::1]:7", a path, "-" for none */
};

enum naming_fit {
    NAMING_OTHER,
    NAMING_COVERS, /* the word is an address that the service's wildcard stands for */
    NAMING_IS
};
/*
 * Does `word` mean it: NAME, PORT, ADDRESS:PORT or *:PORT, each with /PROTOCOL behind it, whose
 * family (udp4, tcp6) chooses among the addresses? Who is only covered is meant where nobody is
 * named. */
enum naming_fit naming_judge(const struct naming *of, const char *word);

#endif
