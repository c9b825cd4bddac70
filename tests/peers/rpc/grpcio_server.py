"""grpcio, gRPC's C core, as a server: `python grpcio_server.py`. Reports like server.py."""
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

import threading

import grpc

from fasth2.demo.child import tell
from peers.orders import Wrong, body
from peers.rpc.calls import KINDS, SERVICE, called, check_messages, check_metadata

GRACE = 5  # seconds
COUNTS, WRONG = Counter(), []


def answer(requests, context):
    """One call: checks its messages, yields those that are owed."""
    call = called(context.invocation_metadata())
    COUNTS["requests"] += 1
    try:
        check_metadata(call, "metadata", [*map(tuple, context.invocation_metadata())], call.metadata)
        check_messages(call, [*requests], call.sends)
    except Wrong as error:
        WRONG.append(str(error))
    context.send_initial_metadata(call.initial)
    if call.kind == "fail":
        context.set_trailing_metadata(call.trailing)
        context.set_code(grpc.StatusCode.NOT_FOUND)
        context.set_details(call.details)
        return
    for size in call.returns:
        yield body(size)
        if call.kind == "hold":
            ended = threading.Event()
            if context.add_callback(ended.set):
                ended.wait()
            COUNTS["cancelled"] += 1
            return
    context.set_trailing_metadata(call.trailing)


def main():
    """Serve until stdin ends."""
    handlers = {kind: grpc.stream_stream_rpc_method_handler(answer) for kind in KINDS}
    options = [("grpc.http2.hpack_table_size.decoder", 1000), ("grpc.max_receive_message_length", -1)]
    server = grpc.server(ThreadPoolExecutor(20), options=options)
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE.strip("/"), handlers)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    tell(port=port)
    while sys.stdin.buffer.read(1024):
        pass
    server.stop(GRACE).wait()
    tell(counts=COUNTS, wrong=WRONG[:20])


if __name__ == "__main__":
    main()
