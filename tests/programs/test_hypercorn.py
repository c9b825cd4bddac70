"""Hypercorn, as docs/recipes.md starts it."""
import pytest

from programs import curl, needs

pytestmark = [needs.modules("hypercorn", "h2"), needs.with_curl()]


@pytest.mark.parametrize("start", [
    "fasth2 run hypercorn --bind", "fasth2 run hypercorn --config", "hypercorn --config", "python serve.py",
])
def test_server(kitchen, start):
    kitchen.write("app.py", "fast_app.py", "hypercorn.toml", "serve.py")
    curl.serve(kitchen, start)


def test_trailers(kitchen):
    kitchen.write("app.py", "serve.py")
    with kitchen.start("python serve.py") as program:
        kitchen.drive("drive_h2.py", program.port, "trailers")
