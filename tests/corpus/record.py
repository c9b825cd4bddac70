"""Records tests/corpus/recorded: `python tests/corpus/record.py [NAME...]`, one NAME for each file.

Starts both programs of a recording on loopback with a tap between them, and writes what passed by, with the header
lists that hpack 4.2.0 decodes from it. A program that is missing is named and left out. Caddy is looked for in PATH.
"""
import base64
import json
import shutil
import ssl
import subprocess
import sys
import tempfile
from dataclasses import replace
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))

import hpack

from corpus.tap import Tap
from fasth2.demo.certificate import write_certificate
from fasth2.demo.traffic import CERTIFICATE, KEY
from peers import fronts, programs
from peers.drivers import chromium, curl, java, nghttp, node
from peers.orders import body, plan, request
from support.recorded import FOLDER, Connection, decode_all

DRIVERS = programs.HERE / "drivers"
H2 = "h2 4.4.1"
LONGEST = 5  # connections between a front and its server that are kept
IMAGES = 40  # on Chromium's page


# ---- what is asked for -----------------------------------------------------------------------------------------

def small(order):
    """The order with little of everything, since bodies say nothing about an implementation."""
    return replace(order, size=min(order.size, 1_200 if order.reset else 300), up=min(order.up, 200),
                   long=min(order.long, 2_000), reset=min(order.reset, 500))


def requests_for(peer, first, count):
    """`count` requests that the peer can make, from number `first` on."""
    orders = [one.order for one in plan(1000, peer.features - {"goaway", "hold"})[first:first + count]]
    return [request(small(order), trailers=bool("request trailers" in peer.features and order.up)) for order in orders]


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


class Plain(node.Node):
    """node with what every front passes on."""

    features = frozenset({"upload"})


def record_curl(folder):
    """curl is libcurl above libnghttp2."""
    peer = curl.Curl("curl")
    command = "curl --parallel --http2 --config FILE, as tests/peers/drivers/curl.py writes it"
    return version_of("curl", "--version"), command, client(peer, requests_for(peer, 0, 45), folder)


def record_nghttp(folder):
    """nghttp2's own client, with its options for padding, CONTINUATION frames, priorities and table sizes."""
    inward, _ = contexts(folder)
    (folder / "body").write_bytes(body(100))
    with programs.python_server("server.py", "stock") as server, Tap(server.port, inward) as tap:
        for number, (up, options) in enumerate(nghttp.BATCHES):
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


def record_node(folder):
    """node's http2 at both ends: JavaScript above nghttp2."""
    contexts(folder)
    peer = node.PEER
    requests = requests_for(peer, 0, 45)
    inward, outward = contexts(folder)
    with programs.Served("node", DRIVERS / "server.js", folder) as server, Tap(server.port, inward, outward) as tap:
        peer.run(f"https://127.0.0.1:{tap.port}", requests)
    name = f"node {version_of('node', '--version')}"
    return name, "node tests/peers/drivers/client.js and server.js", [
        ("node", "node", segments) for segments in tap.connections]


def record_java(folder):
    """Java's HttpClient."""
    peer = java.Java("java")
    command = "java -Djdk.httpclient.hpack.maxheadertablesize=8192 tests/peers/drivers/Client.java"
    return version_of("java", "--version"), command, client(peer, requests_for(peer, 0, 45), folder)


def record_chromium(folder):
    """A page with images in headless Chromium, and what its script fetches."""
    chromium.IMAGES = IMAGES
    peer = chromium.PEER
    requests = [chromium.without_cookies(one) for one in requests_for(peer, 0, 30)]
    command = f"chromium {' '.join(chromium.OPTIONS[:2])} …, as tests/peers/drivers/chromium.py runs it"
    return version_of(peer.command(), "--version"), command, client(peer, requests, folder)


def record_grpcio(folder):
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


def record_httpr(folder):
    """Rust's h2 crate below hyper and reqwest, as httpr has it: one request after the other."""
    import httpr

    inward, _ = contexts(folder)
    with programs.python_server("server.py", "stock") as server, Tap(server.port, inward) as tap:
        client = httpr.Client(verify=False, http2_only=True)
        for one in requests_for(Plain(), 0, 45):
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
        return ["caddy", "run", "--config", "configuration", "--adapter", "caddyfile"]


def through(front, certificate, backend, requests):
    """The connections of node's client to a front of tests/peers."""
    inward, outward = contexts(certificate)
    with front(backend, certificate) as running, Tap(running.port, inward, outward) as tap:
        node.PEER.run(f"https://localhost:{tap.port}", requests)
    return [("node", front.program, segments) for segments in tap.connections]


def both_sides(front, folder):
    """The connections to a front and those from it to the h2 server."""
    requests = requests_for(Plain(), 0, 40)
    with programs.python_server("server.py", "stock") as server, Tap(server.port) as tap:
        found = through(front, folder, tap.port, requests)
        owed(server)
    longest = sorted(tap.connections, key=lambda segments: sum(len(octets) for _, octets in segments))[-LONGEST:]
    return found + [(front.program, H2, segments) for segments in longest]


def record_caddy(folder):
    """Go's net/http2, the server's part and the client's, in a proxy."""
    return f"caddy {version_of('caddy', 'version')}", "caddy run: reverse_proxy to h2c://", both_sides(
        Caddy, folder)


def record_haproxy(folder):
    """HAProxy's own HPACK, the server's part and the client's."""
    return version_of("haproxy", "-v"), "haproxy: bind with alpn h2, server with proto h2", both_sides(
        fronts.Haproxy, folder)


def record_nginx(folder):
    """nginx, which compresses with Huffman coding and without a dynamic table of its own."""
    requests = requests_for(Plain(), 0, 40)
    with programs.Served(sys.executable, programs.HERE / "backend.py") as server:
        found = through(fronts.Nginx, folder, server.port, requests)
        owed(server)
    return version_of("nginx", "-v"), "nginx: proxy_pass", found


# ---- writing ---------------------------------------------------------------------------------------------------

def decoded(segments):
    """{sender: [header list, ...]} by upstream's decoder; a field that is never indexed has a third item, True."""
    connection = Connection("", "", segments, {})
    limits = {"client": hpack.Decoder(max_header_list_size=2**20), "server": hpack.Decoder(max_header_list_size=2**20)}
    return {sender: [[(*(part.decode("latin-1") for part in field), *(() if field.indexable else (True,)))
                      for field in headers] for headers in lists]
            for sender, lists in decode_all(connection, limits).items()}


def write(name, about, version, command, connections):
    lines = [f'{{"about": {json.dumps(about)},', f' "program": {json.dumps(name)},', f' "version": {json.dumps(version)},',
             f' "command": {json.dumps(command)},', ' "connections": [']
    for place, (client_name, server_name, segments) in enumerate(connections):
        lines.append(f'  {{"client": {json.dumps(client_name)}, "server": {json.dumps(server_name)}, "segments": [')
        lines.append(",\n".join(f'    ["{sender}", "{base64.b64encode(octets).decode()}"]' for sender, octets in segments))
        lines.append('   ], "headers": {')
        for sender, lists in decoded(segments).items():
            lines.append(f'    "{sender}": [')
            lines.append(",\n".join("      " + json.dumps(headers) for headers in lists))
            lines.append("    ]" + ("," if sender == "client" else ""))
        lines.append("  }}" + ("," if place + 1 < len(connections) else ""))
    lines.append("]}")
    path = FOLDER / f"{name}.json"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{path.name}: {len(connections)} connections, {path.stat().st_size:,} octets")


RECORDINGS = {name.removeprefix("record_"): function for name, function in globals().items()
              if name.startswith("record_")}
PACKAGES = {"grpcio": "grpc", "httpr": "httpr"}


def installed(name):
    if name in PACKAGES:
        return find_spec(PACKAGES[name]) is not None
    return bool(chromium.PEER.command() if name == "chromium" else shutil.which(name))


def main(names):
    """Records what is named, or everything. Returns the exit status: 1 where a program is missing."""
    missing = []
    for name in names or RECORDINGS:
        if not installed(name):
            missing.append(name)
            continue
        record = RECORDINGS[name]
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            version, command, connections = record(Path(folder))
        write(name, record.__doc__, version, command, [one for one in connections if len(one[2]) > 1])
    if missing:
        print(f"not installed: {', '.join(missing)}", file=sys.stderr)
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
