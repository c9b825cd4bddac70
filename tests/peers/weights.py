"""What a server asks of its priority trees."""


class Witness:
    """Replaces methods of the class that `import priority` means by others that count in `counts` (Counter), and call
    them: different weights, dependencies on other streams, exclusive ones, and the most streams at a time."""

    def __init__(self, counts):
        import priority

        self.counts = counts
        self.weights = set()
        self.streams = set()  # (id of the tree, id of the stream)
        tree = priority.PriorityTree
        tree.insert_stream = self.noting(tree.insert_stream)
        tree.reprioritize = self.noting(tree.reprioritize)
        tree.remove_stream = self.forgetting(tree.remove_stream)

    def noting(self, method):
        """A method that takes note of a stream, and calls `method`."""

        def noted(tree, stream_id, depends_on=None, weight=16, exclusive=False):
            method(tree, stream_id, depends_on, weight, exclusive)
            self.weights.add(weight)
            self.streams.add((id(tree), stream_id))
            self.counts["weights"] = len(self.weights)
            self.counts["most streams"] = max(self.counts["most streams"], len(self.streams))
            self.counts["dependencies"] += bool(depends_on)
            self.counts["exclusive"] += bool(exclusive)

        return noted

    def forgetting(self, method):
        """A method that calls `method` to remove a stream, and counts it no more."""

        def forgotten(tree, stream_id):
            method(tree, stream_id)
            self.streams.discard((id(tree), stream_id))

        return forgotten
