"""Scrapy's HTTP/2 download handler, as docs/recipes.md uses it, against a stock Hypercorn."""
import json

import pytest

from programs import needs
from programs.report import prove

pytestmark = [needs.modules("scrapy", "h2", "priority")]


@pytest.mark.parametrize("start", ["scrapy runspider", "fasth2 run scrapy"])
def test_the_example(client_workspace, start):
    if start.startswith("fasth2 run"):
        client_workspace.write_without_line("spider.py")
    else:
        client_workspace.write("spider.py")
    client_workspace.run(start)
    items = json.loads((client_workspace.folder / "items.json").read_text())
    assert [item["protocol"] for item in items] == ["h2"]
    prove(items[0]["fasth2"], client_workspace.side, "Scrapy")


def test_client(client_workspace):
    client_workspace.write("spider.py")
    client_workspace.drive("drive_scrapy.py", client_workspace.port())
