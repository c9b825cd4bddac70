"""Sessions of other programs on loopback, with a tap on them: one function for each file of tests/corpus/recorded.

Each returns the program's version, the command, and [(client, server, segments), ...]; its docstring says what is
recorded. Clients and servers are those of tests/peers, which ask for little of everything here.
"""
import ssl
import subprocess
import sys
from dataclasses import replace
from importlib import metadata

from corpus.tap import Tap
from fasth2.demo.certificate import write_certificate
from fasth2.demo.traffic import CERTIFICATE, KEY
from peers import drivers, fronts, programs
from peers.orders import body, plan, request

DRIVERS = programs.HERE / "drivers"
H2 = "h2 4.4.1"
LONGEST = 5  # connections between a front and its server that are kept
IMAGES = 40  # on Chromium's page
PLAIN = {"upload"}  # what every program can do and every front passes on


# ---- what is asked for -----------------------------------------------------------------------------------------

def small(order):
    """The order with little of everything, since bodies say nothing about an implementation."""
    return replace(order, size=min(order.size, 1_200 if order.reset else 300), up=min(order.up, 200),
                   long=min(order.long, 2_000), reset=min(order.reset, 500))


def asked(features, count=45):
    """`count` requests with what `features` (set of peers.orders.FEATURES) allow."""
    orders = [small(one.order) for one in plan(1000, {*features} - {"goaway", "hold"})[:count]]
    return [request(order, trailers=bool("request trailers" in features and order.up)) for order in orders]


# ---- both ends -------------------------------------------------------------------------------------------------

def contexts(folder):
    """TLS that speaks HTTP/2 alone: for a server with the certificate in `folder`, and for a client that trusts all."""
    write_certificate(folder)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    client = ssl._create_unverified_context()
    for context in (server, client):
        context.set_alpn_protocols(["h2"])
    return server, client


def owed(server):
    """End the server; ProgramError where it found anything wrong."""
    if wrong := server.finish()["wrong"]:
        raise programs.ProgramError(str(wrong))


def version_of(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return (done.stdout or done.stderr).splitlines()[0]


# ---- clients ---------------------------------------------------------------------------------------------------

def client(peer, requests, folder):
    """The connections of a client of tests/peers to its h2 server; TLS ends at the tap."""
    inward, _ = contexts(folder)
    with programs.python_server("server.py", "stock") as server, Tap(server.port, inward) as tap:
        peer.run(f"https://127.0.0.1:{tap.port}", requests)
        owed(server)
    return [(peer.name, H2, segments) for segments in tap.connections]


def curl(folder):
    """curl is libcurl above libnghttp2."""
    peer = drivers.curl.Curl("curl")
    command = "curl --parallel --http2 --config FILE, as tests/peers/drivers/curl.py writes it"
    return version_of("curl", "--version"), command, client(peer, asked(peer.features), folder)


def nghttp(folder):
    """nghttp2's own client, with its options for padding, CONTINUATION frames, priorities and table sizes."""
    inward, _ = contexts(folder)
    (folder / "body").write_bytes(body(100))
    with programs.python_server("server.py", "stock") as server, Tap(server.port, inward) as tap:
        for number, (up, options) in enumerate(drivers.nghttp.BATCHES):
            orders = [small(one.order) for one in plan(1000, {"hints", "push", "table"})[number * 50:][:8]]
            orders = [replace(order, up=100 if up else 0) for order in orders]
            if "--continuation" in options:
                orders = orders[:1]  # nghttp then adds fields of 16 KiB and more
            if up:
                options = [*options, f"--data={folder / 'body'}", "--trailer=x-last: 1"]
            if "--upgrade" not in options:
                programs.run(["nghttp", "--null-out", "--no-verify-peer", *options, f"--header=x-batch: {number}",
                              *(f"https://127.0.0.1:{tap.port}{order.target}" for order in orders)])
        owed(server)
    return version_of("nghttp", "--version"), "nghttp OPTIONS URL…", [
        ("nghttp", H2, segments) for segments in tap.connections]


def node(folder):
    """node's http2 at both ends: JavaScript above nghttp2."""
    peer = drivers.node.PEER
    inward, outward = contexts(folder)
    with programs.Served("node", DRIVERS / "server.js", folder) as server, Tap(server.port, inward, outward) as tap:
        peer.run(f"https://127.0.0.1:{tap.port}", asked(peer.features))
    name = f"node {version_of('node', '--version')}"
    return name, "node tests/peers/drivers/client.js and server.js", [
        ("node", "node", segments) for segments in tap.connections]


def java(folder):
    """Java's HttpClient."""
    peer = drivers.java.Java("java")
    command = "java -Djdk.httpclient.hpack.maxheadertablesize=8192 tests/peers/drivers/Client.java"
    return version_of("java", "--version"), command, client(peer, asked(peer.features), folder)


def chromium(folder):
    """A page with images in headless Chromium, and what its script fetches."""
    drivers.chromium.IMAGES = IMAGES
    peer = drivers.chromium.PEER
    requests = [drivers.chromium.without_cookies(one) for one in asked(peer.features, 30)]
    command = f"chromium {' '.join(drivers.chromium.OPTIONS[:2])} …, as tests/peers/drivers/chromium.py runs it"
    return version_of(peer.command(), "--version"), command, client(peer, requests, folder)


def grpcio(folder):
    """gRPC's C core, as grpcio has it: a client of grpclib, which is h2, and both ends of a connection."""
    import grpc

    found = []
    for name, server in (
        ("grpclib", programs.python_server("rpc/grpclib_server.py", "stock")),
        ("grpcio", programs.Served(sys.executable, programs.HERE / "rpc" / "grpcio_server.py")),
    ):
        with server, Tap(server.port) as tap:
            programs.run([sys.executable, programs.HERE / "rpc" / "grpcio_client.py", f"127.0.0.1:{tap.port}", 30])
            owed(server)
        found += [("grpcio", name, segments) for segments in tap.connections]
    return f"grpcio {grpc.__version__}", "grpcio_client.py of tests/peers, its servers on grpclib and on grpcio", found


def httpr(folder):
    """Rust's h2 crate below hyper and reqwest, as httpr has it: one request after the other."""
    import httpr

    inward, _ = contexts(folder)
    with programs.python_server("server.py", "stock") as server, Tap(server.port, inward) as tap:
        client = httpr.Client(verify=False, http2_only=True)
        for one in asked(PLAIN):
            client.request(one.method, f"https://127.0.0.1:{tap.port}{one.target}", headers=dict(one.headers),
                           content=body(one.up) if one.up else None)
        owed(server)
    return f"httpr {metadata.version('httpr')}", "httpr.Client(http2_only=True).request(…)", [
        ("httpr", H2, segments) for segments in tap.connections]


# ---- servers and fronts ----------------------------------------------------------------------------------------

class Caddy(fronts.Front):
    """Go's net/http2 on both sides: the backend must speak HTTP/2."""

    program = "caddy"

    def command(self, listener):
        listener.close()
        (self.folder / "configuration").write_text(f"""\
{{
    admin off
    auto_https disable_redirects
}}
{self.url} {{
    bind 127.0.0.1
    tls {self.certificate}/{CERTIFICATE} {self.certificate}/{KEY}
    reverse_proxy h2c://127.0.0.1:{self.backend}
}}
""")
        return ["env", f"HOME={self.folder}", "caddy", "run", "--config", "configuration", "--adapter", "caddyfile"]


def through(front, certificate, backend, requests):
    """The connections of node's client to a front of tests/peers."""
    inward, outward = contexts(certificate)
    with front(backend, certificate) as running, Tap(running.port, inward, outward) as tap:
        drivers.node.PEER.run(f"https://localhost:{tap.port}", requests)
    return [("node", front.program, segments) for segments in tap.connections]


def both_sides(front, folder):
    """The connections to a front and those from it to the h2 server."""
    requests = asked(PLAIN)
    with programs.python_server("server.py", "stock") as server, Tap(server.port) as tap:
        found = through(front, folder, tap.port, requests)
        owed(server)
    longest = sorted(tap.connections, key=lambda segments: sum(len(octets) for _, octets in segments))[-LONGEST:]
    return found + [(front.program, H2, segments) for segments in longest]


def caddy(folder):
    """Go's net/http2, the server's part and the client's, in a proxy."""
    return f"caddy {version_of('caddy', 'version')}", "caddy run: reverse_proxy to h2c://", both_sides(
        Caddy, folder)


def haproxy(folder):
    """HAProxy's own HPACK, the server's part and the client's."""
    return version_of("haproxy", "-v"), "haproxy: bind with alpn h2, server with proto h2", both_sides(
        fronts.Haproxy, folder)


def nginx(folder):
    """nginx's own HPACK, the server's part: to its backend it speaks HTTP/1.1."""
    requests = asked(PLAIN)
    with programs.Served(sys.executable, programs.HERE / "backend.py") as server:
        found = through(fronts.Nginx, folder, server.port, requests)
        owed(server)
    return version_of("nginx", "-v"), "nginx: proxy_pass", found
