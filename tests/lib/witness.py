"""A client of another service while something hostile goes on: witness.py PORT REPORT.

Asks every 50 ms until it is told to end (TERM); REPORT then says "asked=N lost=N longest=MS".
"""
import signal
import socket
import sys
import time

port, report = int(sys.argv[1]), sys.argv[2]
over = []
signal.signal(signal.SIGTERM, lambda *_: over.append(True))
asked, lost, longest = 0, 0, 0.0
while not over:
    begin = time.monotonic()
    try:
        with socket.create_connection(("127.0.0.1", port), 60) as s:
            s.settimeout(60)
            lost += not s.recv(100)
    except OSError:
        lost += 1
    took = time.monotonic() - begin
    asked += 1
    if asked == 1:
        open(report, "w", encoding="ascii").close()
    longest = max(longest, took)
    time.sleep(max(0.0, 0.05 - took))
with open(report, "w", encoding="ascii") as f:
    print(f"asked={asked} lost={lost} longest={longest * 1000:.0f}", file=f)
