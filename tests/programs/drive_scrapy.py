"""Sends all requests with the spider of docs/recipes.md: `drive_scrapy.py PORT`, in the folder of its file.

Prints {"checked": requests, "octets": of bodies, "status": fasth2.status() in this process}.
"""
import json
import sys

import scrapy
from scrapy.crawler import CrawlerProcess
from spider import StatusSpider
from traffic import Response, exchanges

import fasth2


class Drive(StatusSpider):
    """The spider with requests of ours. `checked` and `octets` count, `wrong` is the first thing that was not right."""

    checked = octets = 0
    wrong = None
    custom_settings = {
        **StatusSpider.custom_settings, "COOKIES_ENABLED": False, "USER_AGENT": None, "LOG_LEVEL": "ERROR",
        "CONCURRENT_REQUESTS_PER_DOMAIN": 8, "DOWNLOAD_DELAY": 0, "RETRY_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
    }

    async def start(self):
        for exchange in exchanges():
            yield scrapy.Request(
                f"https://localhost:{self.port}{exchange.path}", method=exchange.method, body=exchange.body,
                headers=dict(exchange.fields), callback=self.parse, errback=self.failed,
                cb_kwargs={"exchange": exchange},
            )

    def parse(self, response, exchange):
        """Check one response."""
        fields = [(name.decode("latin-1").lower(), value.decode("latin-1"))
                  for name, values in response.headers.items() for value in values]
        try:
            assert response.protocol == "h2", response.protocol
            exchange.check(Response(response.status, fields, response.body))
        except AssertionError as error:
            self.failed(error)
        Drive.checked += 1
        Drive.octets += len(response.body)

    def failed(self, error):
        """Remember the first error."""
        Drive.wrong = Drive.wrong or str(error)


if __name__ == "__main__":
    process = CrawlerProcess()
    process.crawl(Drive, port=sys.argv[1])
    process.start()
    if Drive.wrong:
        sys.exit(Drive.wrong)
    print(json.dumps({"checked": Drive.checked, "octets": Drive.octets, "status": str(fasth2.status())}))
