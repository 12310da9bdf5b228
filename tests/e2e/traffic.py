"""traffic.py KIND WHERE...: bytes of many lengths through one service and back, compared.

KIND is stream, seqpacket or dgram; WHERE a path, or HOST PORT. Used by the end-to-end tests.
"""
import os
import random
import socket
import sys
import tempfile

kind, where = sys.argv[1], sys.argv[2:]
patience = float(os.environ.get("DEADLINE", "20"))
seed = os.environ.get("SEED") or str(random.SystemRandom().randrange(1 << 32))
rng = random.Random(seed)
types = {"stream": socket.SOCK_STREAM, "dgram": socket.SOCK_DGRAM,
         "seqpacket": socket.SOCK_SEQPACKET}


def connect():
    """A socket that talks to the service; a unix datagram one needs a name for its answers."""
    if len(where) == 1:
        s = socket.socket(socket.AF_UNIX, types[kind])
        if kind == "dgram":
            mine = os.path.join(tempfile.mkdtemp(dir=os.path.dirname(where[0])), "client")
            os.chmod(os.path.dirname(mine), 0o755)
            s.bind(mine)
            os.chmod(mine, 0o666)
        s.settimeout(patience)
        s.connect(where[0])
        return s
    family, _, _, _, at = socket.getaddrinfo(where[0], where[1], type=types[kind])[0]
    s = socket.socket(family, types[kind])
    s.settimeout(patience)
    s.connect(at)
    return s


def through_stream(s):
    data = rng.randbytes(300000)
    back = b""
    sent = 0
    while sent < len(data):
        sent += s.send(data[sent:sent + 20000])
        while len(back) < sent:
            some = s.recv(65536)
            if not some:
                return "end after %d of %d bytes" % (len(back), sent)
            back += some
    s.shutdown(socket.SHUT_WR)
    back += s.recv(1)  # the end of the connection
    return "" if back == data else "other bytes came back"


def through_packets(s):
    for length in (1, 2, 100, 511, 512, 513, 1400, 1500, 8000, 30000):
        data = rng.randbytes(length)
        for last in (False, True):
            s.send(data)
            s.settimeout(patience if last or len(where) == 1 else 0.5)
            try:
                back = s.recv(65536)
                while back != data and back in seen:  # the answer to an earlier try
                    back = s.recv(65536)
                break
            except TimeoutError:
                if last:
                    return "no answer to %d bytes" % length
        seen.add(data)
        if back != data:
            return "other bytes came back for %d" % length
    return ""


seen = set()
client = connect()
wrong = through_stream(client) if kind == "stream" else through_packets(client)
if wrong:
    sys.exit("seed %s: %s" % (seed, wrong))
