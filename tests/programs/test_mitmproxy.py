"""mitmdump as docs/recipes.md starts it, a reverse proxy: HTTP/2 on both of its ends, a stock Hypercorn behind it."""
import pytest

from programs import curl, needs
from programs.report import prove
from programs.traffic import exchanges
from programs.workspace import Workspace

pytestmark = needs.with_curl()


@pytest.fixture
def proxy_workspace(workspace, hypercorn, mitmproxy):
    """The workspace, with the interpreter that has mitmproxy, and Hypercorn behind its second port."""
    own = Workspace(workspace.folder, workspace.side, **mitmproxy)
    own.ports["9443"] = hypercorn.port
    both = (own.folder / "key.pem").read_text() + (own.folder / "cert.pem").read_text()
    (own.folder / "cert-and-key.pem").write_text(both)
    own.environment["HOME"] = str(own.folder)  # where it keeps its certificates
    own.write("fast_mitmproxy.py", "ask.py")
    return own


@pytest.mark.parametrize("start", ["mitmdump", "fasth2 run mitmdump"])
def test_proxy(proxy_workspace, start):
    with proxy_workspace.start(start) as program:
        base = f"https://localhost:{program.port}"
        prove(curl.get(proxy_workspace, f"{base}/proxy-status"), proxy_workspace.side, "mitmproxy")
        curl.drive(proxy_workspace, base, exchanges())
        prove(curl.get(proxy_workspace, f"{base}/proxy-status"), proxy_workspace.side, "mitmproxy")
        assert " << HTTP/2.0 200" in program.output()
