"""httpx and httpcore, as docs/recipes.md uses them, against a stock Hypercorn."""
import pytest

from programs import needs
from programs.recipes import prove

pytestmark = [needs.modules("httpx", "httpcore", "h2")]


@pytest.mark.parametrize("start", ["python httpx_client.py", "python httpcore_client.py"])
def test_the_example(client_kitchen, start):
    client_kitchen.write("httpx_client.py", "httpcore_client.py")
    out = client_kitchen.run(start)
    assert out.startswith("HTTP/2 ")
    prove(out[out.index("\nfasth2 ") + 1:], client_kitchen.side)


@pytest.mark.parametrize("kind", ["httpx", "httpx-async", "httpcore"])
def test_client(client_kitchen, kind):
    client_kitchen.write("httpx_client.py", "httpcore_client.py")
    client_kitchen.drive("drive_clients.py", kind, client_kitchen.port())
