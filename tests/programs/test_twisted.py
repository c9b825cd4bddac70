"""Twisted's web server, as docs/recipes.md starts it."""
import pytest

from programs import curl, needs

pytestmark = [needs.modules("twisted", "h2", "priority", "OpenSSL"), needs.with_curl()]


@pytest.mark.parametrize("start", ["fasth2 run twist web", "twist web", "twistd --nodaemon"])
def test_server(workspace, start):
    workspace.write("echo.py", "fast_echo.py", "server.tac")
    curl.serve(workspace, start)
