"""The programs that act as clients: PEERS, name -> Peer."""
from peers.drivers import chromium, curl, h2, h2load, java, nghttp, node

PEERS = {peer.name: peer for peer in (
    *curl.PEERS, nghttp.PEER, h2load.PEER, node.PEER, *java.PEERS, chromium.PEER, *h2.PEERS,
)}
