"""Benchmarks of fasth2 against every implementation of HPACK, frames and HTTP/2 that Python users can install.

``python -m bench`` (from the root of the repository, with the extra ``fasth2[bench]``) checks that all implementations
agree, times them in turn, and writes a report; ``.ci/bench`` does it from a fresh clone, on two versions of CPython.
``python -m pytest bench`` runs the same cases one by one under pytest-benchmark.

The data flows one way: `implementations` (codecs), `stacks` (connections) and `workloads` -> one module a subject
(`subjects`), each a list of `measure.Case` -> `agreement` -> `measure` -> `raw` (all samples, as JSON) -> `report`
(tables), `plots` -> `book` (the report) and `page` (docs/performance.md).

`memory`, `imports`, `activation` and `launcher` need fresh processes, `server` whole servers (`served*`); they stand
beside the cases. `limits` measures what `hostile`'s blocks cost in memory, and through h2. `instructions` counts
instead of timing: it compares `kernels` with `instructions.json`.
"""
