"""wptserve, as docs/recipes.md starts it."""
from programs import curl, needs

pytestmark = [needs.modules("wptserve", "h2"), needs.with_curl()]

PIPE = 60_000  # octets of a body: wptserve reads it only once it has come as a whole, through a pipe


def test_server(kitchen):
    kitchen.write("wpt_server.py")
    curl.serve(kitchen, "python wpt_server.py", largest=PIPE)
