"""`make bench`: measures, prints a table and writes docs/benchmarks.md. Twelve minutes; `python -m bench --quick`: four."""

import datetime
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from bench import programs
from bench.client import on_instance
from bench.measure import NODE, ROOT, Figures, Program, memory, seconds, typical
from bench.tables import delivered_table, growth_table, patches_table, table
from slim_bindings.runtime import PATCHES

RUNS = 15
SIZES = (10, 100, 1000, 3000)
DELIVERED = (10, 40, 85, 170)


def main(quick: bool) -> None:
    """Everything in one run, so that ratios mean something."""
    parts = []
    with tempfile.TemporaryDirectory() as name:
        for part in sections(Path(name), quick):
            print(part, flush=True)
            parts.append(part)
    if not quick:
        (ROOT / "docs" / "benchmarks.md").write_text("\n".join(parts))


def sections(folder: Path, quick: bool) -> Iterator[str]:
    """The parts of the page."""
    runs = 3 if quick else RUNS
    yield f"""# Benchmarks

Made by `make bench` on {datetime.datetime.now(datetime.UTC):%Y-%m-%d}. {machine()}. Compare
within this page only: ratios are what lasts. Seconds are wall seconds of the whole process, the median of {runs} runs made
in turn, the fastest in brackets; memory is that of Python and Node together at its peak.
"""
    bare, slim = programs.bare(folder), programs.example(folder, "**example environment**")
    unpatched = programs.example(folder, "the same, only pruned", programs.ALL_PATCHES)
    successor = programs.by_cdktn(folder, "the same, ENGINE=cdktn")
    compared = [bare, slim, successor, unpatched]
    timed = zip(compared, seconds(compared, runs), strict=True)
    yield "## The example environment\n"
    yield table({program: (time, memory(program)) for program, time in timed}, base=bare)
    ordinary = programs.example(folder, "the same, ordinary imports", "off")
    lazy = programs.by_cdktn(folder, "the same, ENGINE=cdktn and its ordinary imports", "off")
    *ours, theirs, successors = seconds([*[slim] * 5, ordinary, lazy], 3)
    in_turn = {
        slim: Figures([wall for figures in ours for wall in figures.seconds]),
        ordinary: theirs,
        lazy: successors,
    }
    yield "Ordinary imports, and ours once more, in turn: 3 runs, and 5 of ours before each:\n"
    yield table({program: (time, memory(program)) for program, time in in_turn.items()}, base=slim)
    yield "## TypeScript and the command line\n"
    yield from others(folder, runs, slim)
    yield "## Growth\n"
    sizes = SIZES[:2] if quick else SIZES
    plain, patched = {}, {}
    for number in sizes:
        both = [programs.growth(folder, number, programs.ALL_PATCHES), programs.growth(folder, number)]
        plain[number], patched[number] = typical(both, runs if number <= 100 else 3 if number <= 1000 else 1)
    yield growth_table(plain, patched)
    yield "## The AWS stack with the client\n"
    several = [programs.delivered(folder, number) for number in DELIVERED]
    yield delivered_table(dict(zip(DELIVERED, typical(several, 3), strict=True)))
    yield "## Many environments\n"
    yield from environments(folder, min(runs, 3))
    yield "## What a change widens\n"
    yield from differences(min(runs, 5))
    yield "## What people read\n"
    texts = programs.read(folder)
    yield table(
        {program: (time, memory(program)) for program, time in zip(texts, seconds(texts, min(runs, 5)), strict=True)},
        base=texts[0],
    )
    yield "## The client on an instance\n"
    with on_instance(folder) as client:
        timed = zip(client, seconds(client, runs), strict=True)
        yield table({program: (time, memory(program)) for program, time in timed}, base=client[0])
    yield "## What each runtime patch is worth\n"
    without = [programs.example(folder, patch, f"-{patch}") for patch in PATCHES]
    grown = [programs.growth(folder, 100, f"-{patch}") for patch in PATCHES]
    some = 3 if quick else 7
    yield patches_table(PATCHES, seconds([slim, *without], some), seconds([programs.growth(folder, 100), *grown], some))


def environments(folder: Path, runs: int) -> Iterator[str]:
    """Synthesis and review of one environment, ten and thirty."""
    some = [programs.environments(folder, number) for number in (1, 10, 30)]
    timed = zip(some, seconds(some, runs), strict=True)
    yield table({program: (time, memory(program)) for program, time in timed}, base=some[0])


def differences(runs: int) -> Iterator[str]:
    """The engine of the guard, from start to exit."""
    some = programs.differences()
    timed = zip(some, seconds(some, runs), strict=True)
    yield table({program: (time, memory(program)) for program, time in timed}, base=some[0])


def others(folder: Path, runs: int, slim: Program) -> Iterator[str]:
    """The same resources in TypeScript, and the command line around it; or why not."""
    measured = [slim]
    for found in (programs.typescript(folder, folder / "example"), programs.cli(folder)):
        if isinstance(found, str):
            yield f"Not measured: {found}.\n"
        else:
            measured += found
    times = seconds(measured, min(runs, 5))
    yield table({program: (time, memory(program)) for program, time in zip(measured, times, strict=True)}, base=slim)


def machine() -> str:
    """The machine's size and what runs on it."""
    node = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    gib = psutil.virtual_memory().total / 1024**3
    return f"{os.cpu_count()} cores, {gib:.0f} GiB, Python {platform.python_version()}, Node {node}"


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
