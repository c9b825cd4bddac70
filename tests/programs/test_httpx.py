"""httpx and httpcore, as docs/recipes.md uses them, against a stock Hypercorn."""
import pytest

from programs import needs
from programs.report import prove

pytestmark = [needs.modules("httpx", "httpcore", "h2")]


@pytest.mark.parametrize("start", ["python httpx_client.py", "python httpcore_client.py"])
def test_the_example(client_workspace, start):
    client_workspace.write("httpx_client.py", "httpcore_client.py")
    out = client_workspace.run(start)
    assert out.startswith("HTTP/2 ")
    prove(out[out.index("\nfasth2 ") + 1:], client_workspace.side, "httpx and httpcore")


@pytest.mark.parametrize("kind", ["httpx", "httpx-async", "httpcore"])
def test_client(client_workspace, kind):
    client_workspace.write("httpx_client.py", "httpcore_client.py")
    client_workspace.drive("drive_clients.py", kind, client_workspace.port())
