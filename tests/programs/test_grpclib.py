"""grpclib, server and client, as docs/recipes.md starts them, with all pairs of sides."""
import pytest

from programs import needs
from programs.report import prove

pytestmark = needs.modules("grpclib", "h2")

FILES = ("service.py", "grpc_server.py", "grpc_client.py")


def test_the_example(workspace):
    workspace.write(*FILES)
    with workspace.start("python grpc_server.py"):
        out = workspace.run("python grpc_client.py")
    _, server, client = out.split("in the ")
    prove(server.partition(": ")[2], workspace.side, "grpclib")
    prove(client.partition(": ")[2], workspace.side, "grpclib")


@pytest.mark.parametrize("client", ["fasth2", "stock"])
def test_calls(workspace, client):
    workspace.write(*FILES)
    with workspace.start("python grpc_server.py") as program:
        said = workspace.drive("drive_grpclib.py", program.port, side=client)
        prove(said["server"], workspace.side, "grpclib")


def test_run(workspace):
    """`fasth2 run python grpc_server.py`, without the line in the server."""
    workspace.write("service.py", "grpc_client.py")
    workspace.write_without_line("grpc_server.py")
    with workspace.start("fasth2 run python grpc_server.py") as program:
        said = workspace.drive("drive_grpclib.py", program.port)
        prove(said["server"], workspace.side, "grpclib")
