"""``python -m bench``: check, time in turn, print and write the report. See ``--help``."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import activation, agreement, book, imports, launcher, memory, profiles, raw, report, server, stacks
from bench.implementations import load, upstream
from bench.measure import Case, rounds
from bench.processes import result_of
from bench.progress import Progress, Stages, clear, progress
from bench.subjects import cases
from bench.workloads import corpus_folder

LOAD = server.Load(requests=2000, connections=16, streams=10)
TURN = 0.02  # seconds


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Compare fasth2 with the other implementations that are installed, in one run, and write a report.",
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds, no servers: about two minutes")
    parser.add_argument("--rounds", type=int, help="how many times each implementation gets its turn (9; quick: 3)")
    parser.add_argument("--no-servers", action="store_true", help="do without whole servers")
    parser.add_argument("--only", metavar="TEXT", default="", help="only subjects and names that contain TEXT")
    parser.add_argument("--check", action="store_true", help="only check that the implementations agree")
    parser.add_argument(
        "--to", metavar="FOLDER", type=Path,
        help="write the report there, beside that of other versions of Python (bench-report, if everything is run)",
    )  # fmt: skip
    return parser.parse_args()


def _check(selected: Sequence[Case]) -> None:
    for done, case in enumerate(selected):
        progress(done, len(selected), f"agreement, {case.subject}: {case.name}")
        agreement.check(case)
    clear()
    print(f"{len(selected)} cases: all implementations agree.\n")


def _memory(states: dict, names: Sequence[str], tell: Progress) -> dict:
    turns = [(state, name) for state in states for name in names]
    figures: dict[str, dict] = {state: {} for state in states}
    for done, (state, name) in enumerate(turns):
        tell(done, len(turns), f"memory, {name}, {state}")
        figures[state][name] = result_of("bench.memory", name, state)
    return figures


def _in_turn(work: str, arguments: Sequence[str], count: int, tell: Progress) -> dict[str, list]:
    """What `count` fresh interpreters each print for `python -m work ARGUMENT`, the arguments in turn."""
    samples: dict[str, list] = {each: [] for each in arguments}
    with TemporaryDirectory() as bytecode:
        for each in samples:
            result_of(work, each, bytecode=bytecode)  # writes it
        for number in range(count):
            shift = number % len(samples)
            for each in [*samples][shift:] + [*samples][:shift]:
                tell(number, count, each)
                samples[each].append(result_of(work, each, bytecode=bytecode))
    return samples


def _stages(arguments: argparse.Namespace, selected: Sequence[Case], count: int, names: tuple) -> dict[str, tuple]:
    """What is to be measured: name -> seconds, about, and the work. `names`: of codecs and of stacks."""
    few = min(count, 9)
    programs = {} if arguments.quick or arguments.no_servers else server.chosen()
    turns = sum(len(case.contenders) for case in selected)
    stages: dict[str, tuple[float, Callable[[Progress], Any]]] = {
        "memory": (6, lambda tell: _memory(memory.STATES, names[0], tell)),
        "connections": (12, lambda tell: _memory(memory.CONNECTIONS, names[1], tell)),
        "imports": (0.15 * 12 * few, lambda tell: _in_turn("bench.imports", imports.statements(), few, tell)),
        "activation": (0.4 * 3 * few, lambda tell: _in_turn("bench.activation", list(activation.SCENES), few, tell)),
        "launcher": (0.1 * 5 * few, lambda tell: launcher.measure(few, tell)),
        "servers": (20 * len(programs), lambda tell: server.measure(programs, LOAD, min(5, count), tell)),
        "profiles": (25, lambda tell: profiles.measure(min(3, count), tell=tell)),
    }
    stages = {name: stage for name, stage in stages.items() if arguments.only in name}
    if not programs or arguments.quick:
        stages.pop("servers", None)
    if profiles.PROGRAM not in programs:
        stages.pop("profiles", None)
    return {"cases": (0.04 * turns * count, lambda tell: rounds(selected, count, TURN, tell)), **stages}


def main() -> int:
    """Run the benchmarks; 1 where the implementations disagree, 2 where there is nothing to compare."""
    arguments = _arguments()
    implementations, missing = load()
    missing += stacks.load()[1] + server.missing()
    if not (corpus_folder() / "nghttp2").exists():
        missing.append("recorded stories are left out: FASTH2_CORPUS names no folder that has them")
    about = raw.machine() | {"missing": missing}
    print(report.headline(about), *missing, sep="\n")
    try:
        upstream()
    except ImportError:
        print("hpack writes and checks the inputs: pip install 'fasth2[bench]'")
        return 2

    only = arguments.only.lower()
    selected = [case for case in cases(implementations) if only in f"{case.subject}: {case.name}".lower()]
    try:
        _check(selected)
    except agreement.Disagreement as error:
        clear()
        print(error)
        return 1
    if arguments.check:
        return 0

    count = arguments.rounds or (3 if arguments.quick else 9)
    names = [each.name for each in implementations], list(stacks.contenders())
    todo = _stages(arguments, selected, count, names)
    stages = Stages([seconds for seconds, _ in todo.values()])
    measured = {name: work(stages.next()) for name, (_, work) in todo.items()}
    clear()
    everything = raw.collect(about, measured.pop("cases"), measured)
    tables = raw.tables(everything)
    print("Medians; in brackets the quartiles of the rounds.\n")
    print(*map(report.as_text, tables), report.summary(tables), sep="\n\n")
    folder = arguments.to or (None if only or arguments.quick else Path("bench-report"))
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        release = about["python"].rpartition(".")[0]
        (folder / f"cpython-{release}.json").write_text(raw.text(everything), "utf-8")
        print(f"\nThe report: {book.write(folder)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
