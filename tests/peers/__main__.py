"""`python tests/peers PEER URL COUNT`: that program as a client sends COUNT requests to URL, where a server of these
tests (server.py, or asgi.py under Hypercorn) listens. Exits with 1 and says why, if anything is not as it is owed."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from peers.drivers import PEERS
from peers.orders import Wrong


def main(arguments):
    """Run the command line `arguments` (list of str). Returns the exit status (int)."""
    if len(arguments) != 3 or arguments[0] not in PEERS:
        print(f"usage: python tests/peers {{{','.join(PEERS)}}} URL COUNT", file=sys.stderr)
        return 2
    name, url, count = arguments
    peer = PEERS[name]
    if reason := peer.missing():
        print(reason, file=sys.stderr)
        return 2
    requests = peer.plan(int(count))
    try:
        peer.check(requests, peer.run(url, requests))
    except Wrong as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{name}: {len(requests)} requests, all as owed")
    return 0


sys.exit(main(sys.argv[1:]))
