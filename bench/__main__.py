"""``python -m bench``: check, time in turn, print. See ``--help``."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import activation, agreement, memory, report
from bench.implementations import Implementation, load, upstream
from bench.measure import Case, Result, rounds
from bench.processes import result_of
from bench.progress import clear, progress
from bench.subjects import cases
from bench.workloads import corpus_folder


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Compare fasth2 with the other HPACK implementations that are installed, in one run.",
    )
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: about 45 seconds")
    parser.add_argument("--rounds", type=int, help="how many times each implementation gets its turn (15; quick: 5)")
    parser.add_argument("--only", metavar="TEXT", help="only subjects and names that contain TEXT")
    parser.add_argument("--check", action="store_true", help="only check that the implementations agree")
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="also write the tables there")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write all samples there")
    return parser.parse_args()


def _check(selected: Sequence[Case]) -> None:
    for done, case in enumerate(selected):
        progress(done, len(selected), f"agreement, {case.subject}: {case.name}")
        agreement.check(case)
    clear()
    print(f"{len(selected)} cases: all implementations agree.\n")


def _memory(implementations: Sequence[Implementation]) -> dict:
    return {
        state: {each.name: result_of("bench.memory", each.name, state) for each in implementations}
        for state in memory.STATES
    }


def _in_turn(work: str, arguments: Sequence[str], count: int) -> dict[str, list]:
    """What `count` fresh interpreters each print for `python -m work ARGUMENT`, the arguments in turn."""
    samples: dict[str, list] = {each: [] for each in arguments}
    with TemporaryDirectory() as bytecode:
        for each in samples:
            result_of(work, each, bytecode=bytecode)  # writes it
        for number in range(count):
            shift = number % len(samples)
            for each in [*samples][shift:] + [*samples][:shift]:
                samples[each].append(result_of(work, each, bytecode=bytecode))
    return samples


def _write(arguments: argparse.Namespace, about: dict, tables: list[report.Table], everything: dict) -> None:
    if arguments.markdown:
        text = "\n".join(map(report.as_markdown, tables))
        arguments.markdown.write_text(
            f"{report.headline(about)}\n\n{text}\n{report.summary(tables)}\n".replace("\nmissed", "\n\nmissed"), "utf-8"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(everything, indent=1), "utf-8")


def main() -> int:
    """Run the benchmarks; 1 where the implementations disagree, 2 where there is nothing to compare."""
    arguments = _arguments()
    implementations, missing = load()
    if not (corpus_folder() / "nghttp2").exists():
        missing.append(f"recorded stories are left out: none in {corpus_folder()} (environment: FASTH2_CORPUS)")
    about = report.machine(implementations)
    print(report.headline(about), *missing, sep="\n")
    try:
        upstream()
    except ImportError:
        print("hpack writes and checks the inputs: pip install 'fasth2[bench]'")
        return 2

    chosen = (arguments.only or "").lower()
    selected = [case for case in cases(implementations) if chosen in f"{case.subject}: {case.name}".lower()]
    try:
        _check(selected)
    except agreement.Disagreement as error:
        clear()
        print(error)
        return 1
    if arguments.check:
        return 0

    count = arguments.rounds or (5 if arguments.quick else 15)
    results: list[Result] = rounds(selected, count, 0.02, progress)
    tables = report.tables(results)
    memory_figures = import_samples = activation_samples = {}
    if chosen in "memory":
        progress(1, 1, "memory")
        memory_figures = _memory(implementations)
        tables.append(report.memory_table(memory_figures))
    if chosen in "import":
        progress(1, 1, "import")
        import_samples = _in_turn("bench.imports", [each.module for each in implementations], count)
        tables.append(report.imports_table(import_samples))
    if chosen in "activation":
        progress(1, 1, "activation")
        activation_samples = _in_turn("bench.activation", list(activation.SCENES), count)
        tables.append(report.activation_table(activation_samples))
    clear()
    print("Medians; in brackets the quartiles of the rounds.\n")
    print(*map(report.as_text, tables), report.summary(tables), sep="\n\n")
    everything = report.as_json(about, results, memory_figures, import_samples, activation_samples)
    _write(arguments, about, tables, everything)
    return 0


if __name__ == "__main__":
    sys.exit(main())
