"""The programs that act as clients: PEERS, name -> Peer."""
from peers.drivers import curl, node

PEERS = {peer.name: peer for peer in (*curl.PEERS, node.PEER)}
