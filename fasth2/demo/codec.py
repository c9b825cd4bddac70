"""The demo's codec process: what encoding and decoding cost a header field on one side, on the demo's own headers.

Prints {"fields", "encode", "decode", "digest", "states"}: header fields a pass, seconds of CPU a field, a digest of all encoded blocks, and what fasth2.status() says.
"""
import signal
import sys
import time
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


def cost(work):
    """The CPU time (seconds) of a call of `work`, from calls that take SECONDS together.

    CPU time, as a busy machine interrupts long calls more than short ones; of many calls, as some clocks for it tick
    60 times a second only.
    """
    calls, start = 0, time.process_time()
    while time.process_time() < start + SECONDS:
        work()
        calls += 1
    return (time.process_time() - start) / calls


def main(which):
    """Measure on `which` side (str)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    side.take(which)
    from hpack import Decoder, Encoder

    directions = header_lists()

    def encode():
        result = []
        for lists in directions:
            encode_block = Encoder().encode
            result.append([encode_block(fields) for fields in lists])
        return result

    blocks = encode()

    def decode():
        result = []
        for direction in blocks:
            decode_block = Decoder().decode
            result.append([decode_block(block, raw=True) for block in direction])
        return result

    if decode() != directions:
        return tell(error=f"{which}: headers are not the same after encode and decode")
    fields = sum(len(headers) for lists in directions for headers in lists)
    digest = sha256(b"".join(block for direction in blocks for block in direction)).hexdigest()
    encoding, decoding = cost(encode) / fields, cost(decode) / fields
    tell(fields=fields, encode=encoding, decode=decoding, digest=digest, states=side.states())


if __name__ == "__main__":
    main(*sys.argv[1:])
