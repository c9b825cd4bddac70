"""Headless Chromium, an implementation of HTTP/2 and HPACK of its own: a page with many images, whose script then sends
the requests and tells what it saw."""
import json
import shutil
import subprocess
import tempfile
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from peers.drivers.peer import Peer
from peers.orders import FEATURES, Record, Wrong, fields_digest
from peers.programs import PATIENCE, ProgramError, end_group, environment

IMAGES = 300
COMMANDS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--ignore-certificate-errors",
           "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-extensions",
           "--disable-sync", "--disable-features=LocalNetworkAccessChecks,PrivateNetworkAccessChecks"]


class Collector(ThreadingHTTPServer):
    """Gives the page its requests (`requests`, a list of dict) and takes its `report` (dict)."""

    daemon_threads = True

    def __init__(self, requests):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = requests
        self.report = None
        self.reported = threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
        self.thread.join()


class Handler(BaseHTTPRequestHandler):
    """One exchange of the page with the Collector, in HTTP/1.0."""

    def do_GET(self):
        self.reply(json.dumps(self.server.requests).encode())

    def do_POST(self):
        self.server.report = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.reply(b"")
        self.server.reported.set()

    def reply(self, octets):
        self.send_response(200)
        self.send_header("access-control-allow-origin", "*")
        self.send_header("content-length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def log_message(self, *_):
        """Nothing."""


class Chromium(Peer):
    name = "chromium"
    features = FEATURES - {"request trailers", "hints", "push"}
    sorted_headers = True
    hidden = {"set-cookie"}

    def missing(self):
        return "" if self.command() else "Chromium is not installed"

    def command(self):
        """The path (str) of the program, or None."""
        return next(filter(None, map(shutil.which, COMMANDS)), None)

    def plan(self, count, features=FEATURES):
        return [without_cookies(request) for request in super().plan(count, features)]

    def run(self, url, requests):
        script = [{"method": one.method, "target": one.target, "headers": one.headers, "up": one.up}
                  for one in requests]
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, Collector(script) as collector:
            page = f"{url}/page?images={IMAGES}&collector={collector.server_port}"
            command = [self.command(), *OPTIONS, f"--user-data-dir={folder}", page]
            browser = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env={**environment(), "HOME": folder}, start_new_session=True,
            )
            try:
                if not collector.reported.wait(PATIENCE):
                    raise ProgramError("Chromium has not reported")
            finally:
                end(browser)
        if "error" in collector.report:
            raise ProgramError(collector.report["error"])
        check_images(collector.report, url)
        return [Record(**record) for record in collector.report["records"]]


def end(browser):
    """End `browser` (subprocess.Popen) in order, so that it ends its own processes; kill it if it does not."""
    browser.terminate()
    try:
        browser.wait(10)
    except subprocess.TimeoutExpired:
        pass
    end_group(browser)
    browser.wait()


def without_cookies(request):
    """`request` (Request) without the field that a page may not set."""
    headers = [(name, value) for name, value in request.headers if name not in ("cookie", "x-check")]
    return replace(request, headers=[*headers, ("x-check", fields_digest(headers))])


def check_images(report, url):
    """Raise Wrong unless all images of the `report` (dict) have come, whole, by HTTP/2."""
    owed = [[number, 1 + number % 20, 1 + number // 20] for number in range(IMAGES)]
    if report["sizes"] != owed:
        raise Wrong(f"images: {[size for size in report['sizes'] if size not in owed][:10]}")
    protocols = {name: protocol for name, protocol in report["protocols"] if "/image-" in name}
    if protocols != {f"{url}/image-{number}.png": "h2" for number in range(IMAGES)}:
        raise Wrong(f"not all images came by HTTP/2: {sorted(set(protocols.values()))}, {len(protocols)} images")


PEER = Chromium()
