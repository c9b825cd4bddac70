"""The programs that act as clients: PEERS, name -> Peer."""
from peers.drivers import chromium, curl, java, nghttp, node

PEERS = {peer.name: peer for peer in (*curl.PEERS, nghttp.PEER, node.PEER, *java.PEERS, chromium.PEER)}
