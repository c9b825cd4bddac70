"""urllib3's HTTP/2, as docs/recipes.md uses it, against a stock Hypercorn."""
from programs import needs
from programs.recipes import prove

pytestmark = [needs.modules("urllib3.http2", "h2")]


def test_the_example(client_kitchen):
    client_kitchen.write("urllib3_client.py")
    out = client_kitchen.run("python urllib3_client.py")
    prove(out[out.index("\nfasth2 ") + 1:], client_kitchen.side)


def test_client(client_kitchen):
    client_kitchen.write("urllib3_client.py")
    client_kitchen.drive("drive_clients.py", "urllib3", client_kitchen.port())
