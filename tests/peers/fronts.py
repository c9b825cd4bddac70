"""HTTP/2 fronts of other programs, running: Haproxy and Nginx, context managers with a `url` (str)."""
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from peers.programs import PATIENCE, ProgramError, end_group, environment

HAPROXY = """\
global
    nbthread 1
    tune.h2.header-table-size 8192
defaults
    mode http
    timeout connect 60s
    timeout client 60s
    timeout server 60s
frontend front
    bind fd@{fd} {tls}
    default_backend back
backend back
    server back 127.0.0.1:{backend} proto h2
"""
TLS = {"haproxy": "ssl crt {folder}/both.pem alpn h2", "nginx": "ssl_certificate {folder}/certificate.pem;\n"
       "        ssl_certificate_key {folder}/key.pem;"}
NGINX = """\
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/errors;
events {{ worker_connections 1000; }}
http {{
    access_log off;
    client_body_temp_path {folder}/1;
    proxy_temp_path {folder}/2;
    fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4;
    scgi_temp_path {folder}/5;
    client_max_body_size 10m;
    client_body_buffer_size 2m;
    http2_max_concurrent_streams 32;
    http2_push_preload on;
    keepalive_requests 300;
    server {{
        listen 127.0.0.1:{port} http2 {tls};
        {certificate}
        location / {{
            proxy_pass http://127.0.0.1:{backend};
            proxy_http_version 1.1;
            proxy_buffer_size 64k;
            proxy_buffers 8 64k;
            proxy_set_header host $host:$server_port;
            proxy_set_header connection "";
            proxy_hide_header x-trailing-digest;
            proxy_hide_header x-trailing-last;
            add_trailer x-body-digest $upstream_http_x_trailing_digest;
            add_trailer x-last $upstream_http_x_trailing_last;
        }}
    }}
}}
"""


class Front:
    """`program` in front of the port `backend` (int), by TLS if `certificate` (a folder) is given."""

    program = ""

    def __init__(self, backend, certificate=None):
        self.backend = backend
        self.certificate = certificate
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = Path(self.scratch.name)

    @classmethod
    def missing(cls):
        """Why the program cannot run here (str), or an empty str."""
        return "" if shutil.which(cls.program, path="/usr/sbin:/usr/local/sbin:" + environment()["PATH"]) else (
            f"{cls.program} is not installed")

    def __enter__(self):
        # nginx cannot be given a socket: it takes the port that was free a moment ago.
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self.url = f"https://localhost:{self.port}" if self.certificate else f"http://127.0.0.1:{self.port}"
        command = self.command(listener)
        path = "/usr/sbin:/usr/local/sbin:" + environment()["PATH"]
        self.errors = open(self.folder / "stderr", "wb")
        self.process = subprocess.Popen(
            [shutil.which(command[0], path=path), *command[1:]], cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=self.errors, stderr=self.errors, pass_fds=[listener.fileno()] if listener.fileno() >= 0 else [],
            env=environment(), start_new_session=True,
        )
        listener.close()
        try:
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def command(self, listener):
        """The command (list of str); closes `listener` (a socket) if the program cannot take it over."""
        raise NotImplementedError

    def wait(self):
        """Wait until the program takes connections."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.05)
        raise ProgramError(f"{self.program}: {self.words()}")

    def words(self):
        """What the program has said (str)."""
        return "".join(path.read_text() for path in self.folder.glob("*err*"))[-4000:]

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        end_group(self.process)
        self.process.wait()
        self.errors.close()
        self.scratch.cleanup()


class Haproxy(Front):
    """haproxy speaks HTTP/2 to both sides: the backend must do so too."""

    program = "haproxy"

    def command(self, listener):
        tls = "proto h2"
        if self.certificate:
            parts = [Path(self.certificate, name).read_bytes() for name in ("certificate.pem", "key.pem")]
            (self.folder / "both.pem").write_bytes(b"".join(parts))
            tls = TLS["haproxy"].format(folder=self.folder)
        (self.folder / "configuration").write_text(HAPROXY.format(fd=listener.fileno(), tls=tls, backend=self.backend))
        return ["haproxy", "-db", "-f", "configuration"]


class Nginx(Front):
    """nginx speaks HTTP/2 to clients alone: the backend is backend.py. It pushes what a response links to."""

    program = "nginx"

    def command(self, listener):
        listener.close()
        certificate = TLS["nginx"].format(folder=Path(self.certificate).absolute()) if self.certificate else ""
        (self.folder / "configuration").write_text(NGINX.format(
            folder=self.folder, port=self.port, tls="ssl" if self.certificate else "", certificate=certificate,
            backend=self.backend,
        ))
        return ["nginx", "-p", str(self.folder), "-e", str(self.folder / "errors"),
                "-c", str(self.folder / "configuration")]
