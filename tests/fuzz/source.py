"""Random choices out of a string of octets: what a coverage-guided fuzzer mutates is then a generator's choices."""
import random


class Octets(random.Random):
    """random.Random whose numbers are taken from `octets`, front to back, and are all 0 when these have run out."""

    def __new__(cls, octets):
        return super().__new__(cls)

    def __init__(self, octets):
        self._octets, self._at = octets, 0
        super().__init__(0)

    def getrandbits(self, bits):
        size = (bits + 7) // 8
        taken = self._octets[self._at:self._at + size]
        self._at += size
        return int.from_bytes(taken, "big") & ((1 << bits) - 1)

    def random(self):
        return self.getrandbits(16) / 65536

    @property
    def spent(self):
        """Whether all octets have been taken."""
        return self._at >= len(self._octets)
