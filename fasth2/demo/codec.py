"""The demo's codec process: what encoding and decoding cost a header field on one side, on the demo's own headers.

Prints {"fields", "encode", "decode", "digest", "states"}: header fields a pass, seconds of CPU a field, a digest of
all encoded blocks, and what fasth2.status() says.
"""
import gc
import signal
import sys
import time
from collections import deque
from functools import partial
from hashlib import sha256

from fasth2.demo import side, traffic
from fasth2.demo.child import tell

REQUESTS = 400  # on each of two connections
SECONDS = 0.3  # of passes for each of encode and decode
DATE = (b"date", b"Thu, 01 Jan 2026 00:00:00 GMT")


def header_lists():
    """The demo's header lists by direction of a connection: four lists of lists of bytes pairs."""
    directions = []
    for client in range(2):
        requests = [traffic.request(b"localhost:8443", client, number) for number in range(REQUESTS)]
        directions += [requests, [_response(fields) for fields in requests]]
    return directions


def _response(fields):
    """The header list that a server sends for the request `fields`."""
    status, headers, _ = traffic.response(dict(fields)[b":path"], fields)
    return [(b":status", b"%d" % status), *headers, DATE, (b"server", b"hypercorn-h2")]


def results(make, directions):
    """What the function that `make` makes for each of `directions` returns for each item of it: lists of lists."""
    return [list(map(make(), items)) for items in directions]


def cost(make, directions):
    """The CPU time (seconds) of `results`, were the results not kept, from passes that take SECONDS together.

    CPU time, as a busy machine interrupts long passes more than short ones; of many passes, as some clocks for it tick
    60 times a second only.
    """
    passes, start = 0, time.process_time()
    while time.process_time() < start + SECONDS:
        for items in directions:
            deque(map(make(), items), maxlen=0)
        passes += 1
    return (time.process_time() - start) / passes


def main(which):
    """Measure on `which` side (str)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    side.take(which)
    from hpack import Decoder, Encoder

    def encoder():
        return Encoder().encode

    def decoder():
        return partial(Decoder().decode, raw=True)

    headers = header_lists()
    blocks = results(encoder, headers)
    if results(decoder, blocks) != headers:
        return tell(error=f"{which}: headers are not the same after encode and decode")
    gc.freeze()  # what stands here is no part of the work
    fields = sum(len(fields) for direction in headers for fields in direction)
    digest = sha256(b"".join(block for direction in blocks for block in direction)).hexdigest()
    encoding, decoding = cost(encoder, headers) / fields, cost(decoder, blocks) / fields
    tell(fields=fields, encode=encoding, decode=decoding, digest=digest, states=side.states())


if __name__ == "__main__":
    main(*sys.argv[1:])
