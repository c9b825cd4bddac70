"""What happens in the dynamic tables of a connection."""


class Tables:
    """The two tables of `connection` (h2's), watched: `counts` (Counter) gets the most entries that each had, and how
    often another entry than before was the oldest."""

    def __init__(self, connection, counts):
        self.connection = connection
        self.counts = counts
        self.oldest = {"encoder": None, "decoder": None}

    def watch(self):
        """Look at both tables."""
        for name in self.oldest:
            entries = getattr(self.connection, name).header_table.dynamic_entries
            oldest = entries[-1] if entries else None
            if oldest != self.oldest[name]:
                self.counts[f"{name} evictions"] += self.oldest[name] is not None
                self.oldest[name] = oldest
            self.counts[f"{name} entries"] = max(self.counts[f"{name} entries"], len(entries))
