"""urllib3's HTTP/2, as docs/recipes.md uses it, against a stock Hypercorn."""
from programs import needs
from programs.report import prove

pytestmark = [needs.modules("urllib3", "h2")]


def test_the_example(client_workspace):
    client_workspace.write("urllib3_client.py")
    out = client_workspace.run("python urllib3_client.py")
    prove(out[out.index("\nfasth2 ") + 1:], client_workspace.side, "urllib3")


def test_client(client_workspace):
    client_workspace.write("urllib3_client.py")
    client_workspace.drive("drive_clients.py", "urllib3", client_workspace.port())
