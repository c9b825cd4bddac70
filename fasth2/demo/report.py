"""The table that the demo prints."""
from dataclasses import dataclass
from statistics import median

from fasth2.demo.side import SIDES

TITLES, NUMBERS = 34, 12  # widths of the columns


@dataclass
class Row:
    """One line of the table: what it is about, by how much its numbers (float, base units) are scaled, whether more
    of it is better."""

    title: str
    scale: float = 1
    more_is_better: bool = False

    def text(self, stock, fasth2):
        """The line for the numbers of both sides. The gain is above 1 where fasth2 does better."""
        gain = fasth2 / stock if self.more_is_better else stock / fasth2
        numbers = "".join(f"{number * self.scale:{NUMBERS},.0f}" for number in (stock, fasth2))
        return f"{self.title:{TITLES}}{numbers}{f'{gain:.{2 if gain < 10 else 0}f}x':>{NUMBERS}}"


ROWS = {
    "cpu": Row("server CPU per request, us", 1e6),
    "rate": Row("requests per second", more_is_better=True),
    "encode": Row("encode, per header field, ns", 1e9),
    "decode": Row("decode, per header field, ns", 1e9),
}


def table(results):
    """The lines of the table. `results` maps each side to its rounds, dicts with the keys of ROWS; each number is the
    median of its rounds."""
    heads = "".join(f"{head:>{NUMBERS}}" for head in (*SIDES, "gain"))
    lines = [row.text(*(median(one[key] for one in results[name]) for name in SIDES)) for key, row in ROWS.items()]
    return [f"{'median of the rounds':{TITLES}}{heads}", *lines]


def verified(results):
    """The lines that say what was checked; the rounds also have `checked`, `octets`, `fields` and `layers`."""
    rounds = [one for name in SIDES for one in results[name]]
    responses = sum(one["checked"] for one in rounds)
    megabytes = sum(one["octets"] for one in rounds) / 1e6
    return [
        f"{responses:,} responses checked: status, headers and body; {megabytes:,.0f} MB of bodies compared.",
        f"{rounds[0]['fields']:,} header fields encode to the same octets on both sides and decode back.",
        "By fasth2.status() in the servers: off in every stock round; on in every other,",
        f"in place of {' and '.join(rounds[-1]['layers'])}.",
    ]
