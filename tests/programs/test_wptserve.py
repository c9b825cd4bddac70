"""wptserve, as docs/recipes.md starts it."""
from programs import curl, needs

pytestmark = [needs.modules("wptserve", "h2"), needs.with_curl()]

LARGEST = 100  # octets of a body: wptserve never opens the connection's window again, 65,535 octets in all


def test_server(workspace):
    workspace.write("wpt_server.py")
    curl.serve(workspace, "python wpt_server.py", largest=LARGEST)
