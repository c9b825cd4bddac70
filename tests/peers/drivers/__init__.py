"""The programs that act as clients: PEERS, name -> Peer."""
from peers.drivers import chromium, curl, h2, java, nghttp, node

PEERS = {peer.name: peer for peer in (*curl.PEERS, nghttp.PEER, node.PEER, *java.PEERS, chromium.PEER, *h2.PEERS)}
