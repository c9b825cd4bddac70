"""Scrapy's HTTP/2 download handler, as docs/recipes.md uses it, against a stock Hypercorn."""
import json

import pytest

from programs import needs
from programs.recipes import prove

pytestmark = [needs.modules("scrapy", "h2", "priority")]


@pytest.mark.parametrize("start", ["scrapy runspider", "fasth2 run scrapy"])
def test_the_example(client_kitchen, start):
    client_kitchen.write("spider.py")
    if start.startswith("fasth2 run"):
        spider = client_kitchen.folder / "spider.py"
        assert "\nfasth2.install()\n" in spider.read_text()
        spider.write_text(spider.read_text().replace("\nfasth2.install()\n", "\n"))
    client_kitchen.run(start)
    items = json.loads((client_kitchen.folder / "items.json").read_text())
    assert [item["protocol"] for item in items] == ["h2"]
    prove(items[0]["fasth2"], client_kitchen.side)


def test_client(client_kitchen):
    client_kitchen.write("spider.py")
    client_kitchen.drive("drive_scrapy.py", client_kitchen.port())
