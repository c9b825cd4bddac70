"""Fixtures of the tests against real programs: a workspace on either side, and a stock Hypercorn for clients."""
import os
import shutil
import sys
from importlib.util import find_spec

import pytest

from programs import environments
from programs.workspace import HOME, Workspace

# The same on stock packages shows that a result is upstream's too; it is left out of quick runs.
SIDES = ("fasth2", "stock") if environments.FOLDER else ("fasth2",)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """The folder in which the page's own command has made a certificate and its key."""
    if os.name == "nt":
        pytest.skip("these tests end their programs by process groups")
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl to make a certificate with")
    workspace = Workspace(tmp_path_factory.mktemp("certificate"))
    workspace.run("openssl req")
    return workspace.folder


@pytest.fixture(params=SIDES)
def workspace(request, tmp_path, certificate):
    """A workspace with a certificate, on each side."""
    return furnished(Workspace(tmp_path, request.param), certificate)


@pytest.fixture(scope="session")
def hypercorn(tmp_path_factory, certificate):
    """A Hypercorn on the stock packages, as a `Program`: the server of all clients under test."""
    if not find_spec("hypercorn"):
        pytest.skip("there is no hypercorn to send requests to")
    workspace = furnished(Workspace(tmp_path_factory.mktemp("hypercorn"), "stock"), certificate)
    workspace.write("app.py", "fast_app.py", "hypercorn.toml")
    with workspace.start("hypercorn --config") as program:
        yield program


@pytest.fixture(scope="session")
def mitmproxy():
    """The arguments of a Workspace (dict) in whose environment mitmproxy is."""
    if find_spec("mitmproxy"):
        return {"python": sys.executable, "home": HOME}
    try:
        return {"python": environments.environment("mitmproxy"), "home": ""}
    except environments.Unavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def client_workspace(workspace, hypercorn):
    """A workspace with a certificate, on each side, whose port is that of the stock Hypercorn."""
    workspace.ports["8443"] = hypercorn.port
    return workspace


def furnished(workspace, certificate):
    """`workspace` with the files from the folder `certificate`."""
    for name in ("cert.pem", "key.pem"):
        shutil.copy(certificate / name, workspace.folder)
    return workspace
