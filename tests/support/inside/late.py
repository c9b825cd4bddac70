"""A pytest plugin that installs fasth2 late: h2 is loaded, and has served a connection, on stock codecs."""
import importlib
import pkgutil

import h2
from h2.config import H2Configuration
from h2.connection import H2Connection

import fasth2

for module in pkgutil.iter_modules(h2.__path__, "h2."):
    importlib.import_module(module.name)

client, server = H2Connection(), H2Connection(H2Configuration(client_side=False))
client.initiate_connection()
client.send_headers(1, [(":method", "GET"), (":path", "/"), (":scheme", "https"), (":authority", "localhost")])
assert len(server.receive_data(client.data_to_send())) == 2
assert type(server.decoder).__init__.__code__.co_filename.endswith("hpack.py"), "not on stock"
del client, server

fasth2.install(strict=True)
