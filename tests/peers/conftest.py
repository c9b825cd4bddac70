"""What the tests with real programs share: a certificate, and what a run must have shown."""
import pytest

from fasth2.demo import side as sides


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """The folder (pathlib.Path) of a self-signed certificate for localhost."""
    pytest.importorskip("cryptography", reason="cryptography, which makes the certificate, is not installed")
    from fasth2.demo.certificate import write_certificate

    folder = tmp_path_factory.mktemp("certificate")
    write_certificate(folder)
    return folder


@pytest.fixture
def proven():
    """A function: asserts that the `report` (dict) of a process says that it ran on `side` (str), found nothing wrong,
    and that everything in `witnesses` (names of counts) has happened. Returns the counts."""

    def prove(report, side, witnesses=()):
        assert report.get("wrong", []) == []
        assert sides.prove(side, report["states"]), report["states"]
        assert [name for name in witnesses if not report["counts"].get(name)] == []
        return report["counts"]

    return prove
