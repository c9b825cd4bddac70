"""grpcio, gRPC's C core, as a client: `python grpcio_client.py HOST:PORT COUNT`. Prints how many calls of which kind
were as they are owed; fails at the first that is not."""
import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

import grpc

from peers.orders import body
from peers.rpc.calls import SERVICE, Call, check_messages, check_metadata, check_same

PATIENCE = 100  # seconds
# Of each channel the sizes of its two tables, in octets: the decoder's, and the most that its encoder uses.
TABLES = [(4096, 4096), (0, 4096), (16384, 65536), (300, 0), (4096, 100)]
SHAPES = {"unary": "unary_unary", "fail": "unary_unary", "feed": "unary_stream", "hold": "unary_stream",
          "collect": "stream_unary", "echo": "stream_stream"}


def run(channel, call):
    """Make `call` (Call) on `channel`, and check what comes back."""
    shape = SHAPES[call.kind]
    method = getattr(channel, shape)(SERVICE + call.kind)
    messages = [body(size) for size in call.sends]
    request = iter(messages) if shape.startswith("stream") else messages[0]
    started = (method if shape.endswith("stream") else method.future)(
        request, metadata=call.metadata, timeout=PATIENCE, wait_for_ready=True,
    )
    if call.kind != "fail":  # a failure without messages has nothing but trailers
        check_metadata(call, "initial metadata", [*map(tuple, started.initial_metadata())], call.initial)
    if call.kind == "hold":
        check_messages(call, [next(started)], call.returns[:1])
        started.cancel()
        check_same(call, "code", started.code().value[0], call.code)
        return
    if call.kind != "fail":
        got = [*started] if shape.endswith("stream") else [started.result()]
        check_messages(call, got, call.returns)
    check_same(call, "code", started.code().value[0], call.code)
    check_same(call, "details", started.details(), call.details)
    check_metadata(call, "trailing metadata", [*map(tuple, started.trailing_metadata())], call.trailing)


def run_channel(address, tables, calls):
    """Make `calls` (list of Call) on a channel of its own, ten at a time."""
    decoder, encoder = tables
    options = [("grpc.http2.hpack_table_size.decoder", decoder), ("grpc.http2.hpack_table_size.encoder", encoder),
               ("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1)]
    with grpc.insecure_channel(address, options=options) as channel, ThreadPoolExecutor(10) as pool:
        for done in [pool.submit(run, channel, call) for call in calls]:
            done.result()


def main(address, count):
    """Make `count` (int) calls to `address` (str)."""
    calls = [Call(number) for number in range(count)]
    for place, tables in enumerate(TABLES):
        run_channel(address, tables, calls[place::len(TABLES)])
    print(json.dumps(Counter(call.kind for call in calls)))


if __name__ == "__main__":
    main(sys.argv[1].removeprefix("http://"), int(sys.argv[2]))
