"""Records tests/corpus/recorded: `python tests/corpus/record.py [NAME...]`, one NAME for each file.

Starts both programs of a session (sessions.py) on loopback with a tap between them, and writes what passed by, with the
header lists that hpack 4.2.0 decodes from it. A program that is missing is named and left out.
"""
import base64
import json
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import hpack

from corpus import sessions
from support.recorded import FOLDER, Connection, decode_all

PACKAGES = {"grpcio": "grpc", "httpr": "httpr"}  # the rest are commands
SESSIONS = ("curl", "nghttp", "node", "java", "chromium", "grpcio", "httpr", "caddy", "haproxy", "nginx")


def installed(name):
    if name in PACKAGES:
        return find_spec(PACKAGES[name]) is not None
    return bool(sessions.drivers.chromium.PEER.command() if name == "chromium" else shutil.which(name))


def decoded(segments):
    """{sender: [header list, ...]} by upstream's decoder; a field that is never indexed has a third item, True."""
    decoders = {sender: hpack.Decoder(max_header_list_size=2**20) for sender in ("client", "server")}
    return {sender: [[(*(part.decode("latin-1") for part in field), *(() if field.indexable else (True,)))
                      for field in headers] for headers in lists]
            for sender, lists in decode_all(Connection("", "", segments, {}), decoders).items()}


def block(begin, items, end):
    """JSON with a line for each item, so that changes can be read."""
    return begin + ",".join(f"\n  {item}" for item in items) + "\n" + end


def connection_text(client, server, segments):
    said = block('"segments": [', (json.dumps([sender, base64.b64encode(octets).decode()])
                                   for sender, octets in segments), "]")
    headers = [block(f'"{sender}": [', map(json.dumps, lists), "]") for sender, lists in decoded(segments).items()]
    return f'{{"client": "{client}", "server": "{server}", {said}, "headers": {{{", ".join(headers)}}}}}'


def write(name, about, version, command, connections):
    """Write the file of that name. Returns what it says of itself."""
    head = json.dumps({"about": about, "program": name, "version": version, "command": command}, ensure_ascii=False)
    text = ",\n".join(connection_text(*one) for one in connections)
    path = FOLDER / f"{name}.json"
    path.write_text(f'{head[:-1]}, "connections": [\n{text}\n]}}\n', encoding="utf-8")
    return f"{path.name}: {len(connections)} connections, {path.stat().st_size:,} octets"


def main(names):
    """Records what is named, or everything. Returns the exit status: 1 where a program is missing."""
    missing = [name for name in names or SESSIONS if not installed(name)]
    for name in names or SESSIONS:
        if name not in missing:
            session = getattr(sessions, name)
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                version, command, connections = session(Path(folder))
            print(write(name, session.__doc__, version, command, [one for one in connections if len(one[2]) > 1]))
    if missing:
        print(f"not installed: {', '.join(missing)}", file=sys.stderr)
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
