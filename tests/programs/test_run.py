"""Programs of docs/recipes.md that are one Python file, under `fasth2 run` and without the line in them."""
import pytest

from programs import curl, needs
from programs.report import prove


@pytest.mark.parametrize("name", [
    pytest.param("httpx_client.py", marks=needs.modules("httpx", "h2")),
    pytest.param("httpcore_client.py", marks=needs.modules("httpcore", "h2")),
    pytest.param("urllib3_client.py", marks=needs.modules("urllib3", "h2")),
])
def test_client(client_workspace, name):
    client_workspace.write_without_line(name)
    client_workspace.under_run = True
    out = client_workspace.run(f"python {name}")
    prove(out[out.index("\nfasth2 ") + 1:], client_workspace.side)


@needs.with_curl()
@pytest.mark.parametrize("name", [
    pytest.param("serve.py", marks=needs.modules("hypercorn", "h2")),
    pytest.param("wpt_server.py", marks=needs.modules("wptserve", "h2")),
    pytest.param("h2_server.py", marks=needs.modules("h2")),
])
def test_server(workspace, name):
    workspace.write("app.py")
    workspace.write_without_line(name)
    workspace.under_run = True
    with workspace.start(f"python {name}") as program:
        prove(curl.get(workspace, f"https://localhost:{program.port}/status"), workspace.side)
