"""gunicorn over HTTP/2, as docs/recipes.md starts it."""
import pytest

from programs import curl, needs

pytestmark = [needs.modules("gunicorn", "h2"), needs.with_curl()]


@pytest.mark.parametrize("start", ["gunicorn wsgi:app", "fasth2 run gunicorn", "gunicorn --worker-class asgi"])
def test_server(workspace, start):
    workspace.write("app.py", "wsgi.py", "stock_conf.py" if start.startswith("fasth2 run") else "gunicorn.conf.py")
    curl.serve(workspace, start)


def test_trailers(workspace):
    workspace.write("wsgi.py", "gunicorn.conf.py")
    with workspace.start("gunicorn wsgi:app") as program:
        workspace.drive("drive_h2.py", program.port, "trailers")
