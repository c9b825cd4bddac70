"""Benchmarks of fasth2 against every HPACK implementation that Python users can install.

``python -m bench`` (from the root of the repository, with the extra ``fasth2[bench]``) checks that all implementations
agree, times them in turn and prints how many times faster fasth2 is, each figure beside the number it has to reach.
``python -m pytest bench`` runs the same cases one by one under pytest-benchmark.

The data flows one way: `implementations` and `workloads` -> one module a subject (`block`, `overhead`, `creation`,
`integer`, `huffman`, `table`, `hostile`), each a list of `measure.Case` -> `agreement` -> `measure` -> `report`.
`memory` and `imports` need fresh processes and stand beside them. ``python -m bench.limits`` measures what `hostile`'s
blocks cost in memory, and through h2.
"""
