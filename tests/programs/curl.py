"""curl, which speaks HTTP/2 through nghttp2, as the client of a server under test."""
import re
import shutil
import subprocess
from functools import cache

from programs.recipes import heading
from programs.report import prove
from programs.traffic import HUGE, Response, exchanges

PATIENCE = 120  # seconds, for all requests together


@cache
def missing():
    """Why curl cannot be had (str), or an empty str."""
    if not shutil.which("curl"):
        return "there is no curl"
    said = subprocess.run(["curl", "--version"], capture_output=True, text=True).stdout
    return "" if re.search(r"^Features:.*\bHTTP2\b", said, re.MULTILINE) else "curl has no HTTP/2"


def serve(workspace, start, *, largest=HUGE):
    """Start the page's command, ask for its status, send all requests, ask again. As `drive`, with bodies of `largest`
    octets at most."""
    with workspace.start(start) as program:
        base = f"https://localhost:{program.port}"
        prove(get(workspace, f"{base}/status"), workspace.side, heading(start))
        drive(workspace, base, exchanges(largest=largest))
        prove(get(workspace, f"{base}/status"), workspace.side, heading(start))


def get(workspace, url):
    """The body (str) of one response."""
    line = ["curl", "-sS", "--fail", "--max-time", "20", "--cacert", "cert.pem", "--http2", url]
    done = subprocess.run(line, cwd=workspace.folder, capture_output=True, text=True)
    assert done.returncode == 0, (done.returncode, done.stderr)
    return done.stdout


def drive(workspace, base, exchanges):
    """Send all of `exchanges` to the server at `base` (str), eight at a time over one connection where the server
    allows it, and check every response. Returns the octets of the bodies.

    Raises Wrong where a response is not right, AssertionError where curl fails."""
    folder = workspace.folder / "curl"
    folder.mkdir(exist_ok=True)
    (folder / "config").write_text("\nnext\n".join(section(folder, base, exchange) for exchange in exchanges))
    line = ["curl", "--parallel", "--parallel-max", "8", "--config", "curl/config"]
    done = subprocess.run(line, cwd=workspace.folder, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, f"curl: exit status {done.returncode}: {done.stderr[-2000:]}"
    assert done.stdout.split() == ["2"] * len(exchanges), "not all over HTTP/2"
    octets = 0
    for exchange in exchanges:
        response = read(folder, exchange.number)
        exchange.check(response)
        octets += len(response.body)
    shutil.rmtree(folder)  # thousands of files
    return octets


def section(folder, base, exchange):
    """The lines of curl's configuration (str) for one request."""
    number = exchange.number
    options = [("url", base + exchange.path), ("output", f"curl/{number}"), ("dump-header", f"curl/{number}.fields"),
               ("cacert", "cert.pem"), ("user-agent", ""), ("write-out", r"%{http_version}\n"), ("max-time", "60")]
    options += [("header", f"{name}: {value}" if value else f"{name};") for name, value in exchange.fields]
    if exchange.body:
        (folder / f"{number}.body").write_bytes(exchange.body)
        options += [("data-binary", f"@curl/{number}.body")]
    return "\n".join(["silent", "show-error", "http2", *(f"{name} = {quoted(value)}" for name, value in options)])


def quoted(value):
    """`value` (str) as curl's configuration quotes it; the backslash of \\n in write-out stays."""
    return '"' + (value if value.endswith(r"\n") else value.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def read(folder, number):
    """The Response that curl wrote down for request `number`."""
    text = (folder / f"{number}.fields").read_bytes().decode("latin-1")
    head, _, tail = text.partition("\r\n\r\n")
    status, *lines = head.split("\r\n")
    body = folder / f"{number}"
    return Response(
        int(status.split()[1]), pairs(lines), body.read_bytes() if body.exists() else b"",
        pairs(tail.strip().split("\r\n")) if tail.strip() else None,  # curl writes some down, and some not
    )


def pairs(lines):
    """[(name, value), ...] of lines "name: value"."""
    return [(name, value.removeprefix(" ")) for name, _, value in (line.partition(":") for line in lines)]
