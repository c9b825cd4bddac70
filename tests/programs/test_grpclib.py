"""grpclib, server and client, as docs/recipes.md starts them, with all pairs of sides."""
import pytest

from programs import needs
from programs.conftest import SIDES
from programs.recipes import prove

pytestmark = needs.modules("grpclib", "h2")

FILES = ("service.py", "grpc_server.py", "grpc_client.py")


def test_the_example(kitchen):
    kitchen.write(*FILES)
    with kitchen.start("python grpc_server.py"):
        out = kitchen.run("python grpc_client.py")
    _, server, client = out.split("in the ")
    prove(server, kitchen.side)
    prove(client, kitchen.side)


@pytest.mark.parametrize("client", SIDES)
def test_calls(kitchen, client):
    kitchen.write(*FILES)
    with kitchen.start("python grpc_server.py") as program:
        said = kitchen.drive("drive_grpclib.py", program.port, side=client)
        prove(said["server"], kitchen.side)


def test_run(kitchen):
    """`fasth2 run python grpc_server.py`, without the line in the server."""
    kitchen.write(*FILES)
    server = kitchen.folder / "grpc_server.py"
    assert "\nfasth2.install()\n" in server.read_text()
    server.write_text(server.read_text().replace("\nfasth2.install()\n", "\n"))
    with kitchen.start("fasth2 run python grpc_server.py") as program:
        said = kitchen.drive("drive_grpclib.py", program.port)
        prove(said["server"], kitchen.side)
