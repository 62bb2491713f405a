"""Moto in server mode on a free port of loopback, which is printed. It ends with standard input, and so with whoever
started it, however that one ends."""

import sys

from moto.server import ThreadedMotoServer

server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
