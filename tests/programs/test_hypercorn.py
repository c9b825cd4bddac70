"""Hypercorn, as docs/recipes.md starts it."""
import pytest

from programs import curl, needs
from programs.report import prove

pytestmark = [needs.modules("hypercorn", "h2"), needs.with_curl()]


@pytest.mark.parametrize("start", [
    "fasth2 run hypercorn --bind", "fasth2 run hypercorn --config", "hypercorn --config", "python serve.py",
])
def test_server(workspace, start):
    workspace.write("app.py", "fast_app.py", "hypercorn.toml", "serve.py")
    curl.serve(workspace, start)


def test_trailers(workspace):
    workspace.write("app.py", "serve.py")
    with workspace.start("python serve.py") as program:
        workspace.drive("drive_h2.py", program.port, "trailers")


@pytest.mark.parametrize("workspace", ["fasth2"], indirect=True)
@pytest.mark.parametrize("start", ["fasth2 run hypercorn --bind", "python serve.py"])
def test_upstream_is_never_loaded(workspace, start):
    """In no process of the program: upstream's packages are not there to load."""
    workspace.write("app.py", "serve.py")
    workspace.poison()
    with workspace.start(start) as program:
        prove(curl.get(workspace, f"https://localhost:{program.port}/status"), workspace.side)
