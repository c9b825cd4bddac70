"""The engine: an HTTP/2 connection from received octets to events, and from method calls to octets to send."""
