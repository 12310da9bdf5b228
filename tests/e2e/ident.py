"""ident.py PORT HIDDEN TOKEN USER: asks doorward's ident builtins at these ports about connections; a line for each test.

Everything is on the loopback device: we are the user with a connection, and the other host that asks about it.
"""
import os
import re
import socket
import sys

PLAIN, TOKEN, USER = map(int, sys.argv[1:4])
ME = os.environ["OWNER"]
count = 0


def check(good, what, *why):
    global count
    count += 1
    print("ok" if good else "not ok", what.replace("\n", " "), *([] if good else map(repr, why)))


def ask(port, line, host="127.0.0.1", source=None):
    """What ident says to a query of one line."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as s:
        s.settimeout(20)
        if source:
            s.bind((source, 0))
        s.connect((host, port))
        s.sendall(line.encode() + b"\r\n")
        said = b""
        try:
            s.shutdown(socket.SHUT_WR)
            while part := s.recv(4096):
                said += part
        except OSError:  # reset, or not connected any more
            pass  # it had not read all
    return said.decode()


def connection(host="127.0.0.1", uid=None):
    """A connection of a user's: the sockets (his, the server's), and the query about him."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.socket(family)
    server.bind((host, 0))
    server.listen()
    if uid is not None:
        os.seteuid(uid)
    client = socket.socket(family)
    client.connect(server.getsockname()[:2])
    if uid is not None:
        os.seteuid(0)
    far = server.accept()[0]
    return client, far, server, f"{client.getsockname()[1]}, {server.getsockname()[1]}"


def pair(query):
    return " , ".join(part.strip() for part in query.split(","))


uid = 65534 if os.getuid() == 0 else None
mine = connection(uid=uid)
query = mine[3]
check(ask(PLAIN, query) == pair(query) + " : ERROR : HIDDEN-USER\r\n", "users are hidden", ask(PLAIN, query))
check(ask(USER, query) == f"{pair(query)} : USERID : UNIX : {ME}\r\n", "ident-user: the user's name", ask(USER, query))
spaced = query.replace(", ", " \t,  ") + " "
check(ask(USER, spaced) == f"{pair(query)} : USERID : UNIX : {ME}\r\n", "blanks mean nothing", ask(USER, spaced))
many = ask(PLAIN, "\r\n".join([query] * 40))
check(many.count("HIDDEN-USER") == 40, "queries one after the other", many[:300])

token = ask(TOKEN, query)
check(re.fullmatch(re.escape(pair(query)) + r" : USERID : UNIX : [0-9a-f]{16}\r\n", token), "ident-token: a token", token)
second = connection(uid=uid)
check(ask(TOKEN, second[3]).split()[-1] == token.split()[-1], "the same for the user's other connection")
if uid is not None:
    root = connection()
    check(ask(TOKEN, root[3]).split()[-1] != token.split()[-1], "another for another user")
    check(ask(USER, root[3]).endswith(" : root\r\n"), "whose name is his own")
print("token", token.split()[-1])

for port in PLAIN, TOKEN, USER:
    check(ask(port, query, source="127.0.0.2") == pair(query) + " : ERROR : NO-USER\r\n",
          "nothing is said of a connection with another address", ask(port, query, source="127.0.0.2"))
check("NO-USER" in ask(USER, query, host="127.0.0.3", source="127.0.0.1"), "nor of one with another of ours")
far = ", ".join(reversed(query.split(", ")))
check(ask(USER, far).endswith(" : root\r\n" if uid is not None else f" : {ME}\r\n"), "the other end has an owner of its own", ask(USER, far))
listening = f"{mine[2].getsockname()[1]}, 9"
check("NO-USER" in ask(USER, listening), "a listener is no connection", ask(USER, listening))
waiting = socket.socket()
waiting.connect(mine[2].getsockname())
backlog = f"{mine[2].getsockname()[1]}, {waiting.getsockname()[1]}"
check("NO-USER" in ask(USER, backlog), "who has not been accepted has no user", ask(USER, backlog))
gone = connection()
gone[0].close()
gone[1].close()
check("NO-USER" in ask(USER, gone[3]), "nor has a connection that is over (which says it is root's)", ask(USER, gone[3]))

for bad in "0, 5", "5, 0", "65536, 5", "5, 4294967301":
    first, other = bad.split(", ")
    check(ask(USER, bad) == f"{first} , {other} : ERROR : INVALID-PORT\r\n", f"{bad}: no ports", ask(USER, bad))
for bad in "", "5", "5 5", "x, 5", "5, x", "5, 5 5", "-5, 5", "99999999999, 5", "5, 5\x00, 6":
    said = ask(USER, bad)
    check(said == "0 , 0 : ERROR : INVALID-PORT\r\n" or (bad.endswith("6") and "INVALID" not in said.split(":")[0]),
          f"{bad.encode()}: no query", said)
check(ask(USER, "5" * 4000 + ", 5") == "", "a line without an end is not read")

if os.path.exists("/proc/net/if_inet6") and "00000000000000000000000000000001" in open("/proc/net/if_inet6").read():
    six = connection("::1", uid)
    check(ask(USER, six[3], "::1") == f"{pair(six[3])} : USERID : UNIX : {ME}\r\n", "over IPv6", ask(USER, six[3], "::1"))
    check("NO-USER" in ask(USER, six[3]), "it is none over IPv4")
    check("NO-USER" in ask(USER, query, "::1"), "and the other way round")
    mapped = socket.socket(socket.AF_INET6)
    mapped.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    mapped.connect(("::ffff:127.0.0.1", mine[2].getsockname()[1]))
    check("USERID" in ask(USER, f"{mapped.getsockname()[1]}, {mine[2].getsockname()[1]}"), "IPv4 of an IPv6 socket")

# As oidentd says it, where that is: but for blanks, and for what is no query at all, which it does not answer.
if "OIDENTD" in os.environ:
    for asked in query, far, spaced, "1, 2", "0, 5", "65536, 1":
        ours, theirs = (ask(port, asked).replace(" ", "") for port in (USER, int(os.environ["OIDENTD"])))
        check(ours == theirs, f"oidentd says the same to {pair(asked)}", ours, theirs)
