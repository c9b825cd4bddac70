"""What all drivers have in common."""
import shutil

from peers.orders import FEATURES, check_records, plan


class Peer:
    """A program that can act as a client. Drivers derive from it and have run().

    name: str. program: str, the command that it needs. features: set of orders.FEATURES that it can do and show.
    hidden: set of str, response fields that it does not show. sorted_headers: whether it does not tell in which order
    fields of different names came.
    """

    name = program = ""
    features = FEATURES
    hidden = frozenset()
    sorted_headers = False

    def missing(self):
        """Why the program cannot run here (str), or an empty str."""
        return "" if shutil.which(self.program) else f"{self.program} is not installed"

    def plan(self, count, features=FEATURES):
        """`count` requests (list of orders.Request) that the program can make and whose server has `features`."""
        return plan(count, self.features & features)

    def run(self, url, requests):
        """Send `requests` (list of orders.Request) to `url` (str, without a path). Returns a list of orders.Record."""
        raise NotImplementedError

    def check(self, requests, records, **server):
        """orders.check_records() in this peer's terms; `server`: those of its arguments that the server decides."""
        check_records(requests, records, hidden=self.hidden, sorted_headers=self.sorted_headers, **server)
