"""A server on h2 alone, as docs/recipes.md shows it, with clients that know nothing of h2, and with h2 on each side."""
import pytest

from programs import curl, needs

pytestmark = needs.modules("h2")


@needs.with_curl()
def test_server(workspace):
    workspace.write("h2_server.py")
    curl.serve(workspace, "python h2_server.py")


@pytest.mark.parametrize("client", ["fasth2", "stock"])
def test_both_ends(workspace, client):
    """Trailers both ways, tables that change their sizes, and fields that are never indexed, on the way there and back,
    between all pairs of sides."""
    workspace.write("h2_server.py")
    with workspace.start("python h2_server.py") as program:
        workspace.drive("drive_h2.py", program.port, "trailers", "requests", "secrets", side=client)
