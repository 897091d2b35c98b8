"""Figures as Markdown."""

from collections.abc import Iterator, Mapping, Sequence

from bench.measure import Figures, Program

_Measured = Mapping[Program, tuple[Figures | None, Figures]]


def table(figures: _Measured, base: Program, big: Program | None = None) -> str:
    """One line a program: seconds and memory, and how many times those of `base`; how many times less than `big`."""
    lines = [("", "seconds", "ratio", "MiB Python + Node")]
    reference = _seconds(figures[base])
    for program, both in figures.items():
        timed, remembered = both
        wall = _seconds(both)
        best = f" ({min(timed.seconds):.2f})" if timed else ""
        size = f"{remembered.python:.0f} + {remembered.node:.0f}"
        lines.append((program.name, f"{wall:.2f}{best}", f"{wall / reference:.2f}", size))
    text = _markdown(lines)
    if big is None:
        return text
    slim = next(program for program in figures if "**" in program.name)
    faster, less = (
        _seconds(figures[big]) / _seconds(figures[slim]),
        figures[big][1].memory / figures[slim][1].memory,
    )
    return f"{text}\n{faster:.0f} times faster than ordinary imports, with {less:.1f} times less memory.\n"


def growth_table(plain: Mapping[int, Mapping[str, float]], patched: Mapping[int, Mapping[str, float]]) -> str:
    """Milliseconds for each further resource, from one size to the next, synthesis included; the median of some runs."""
    lines = [("workloads", "resources", "pruned only: s", "ms a resource", "with patches: s", "ms a resource", "ratio")]
    columns = [list(_slopes(outputs)) for outputs in (plain, patched)]
    for number, slow, fast in zip(plain, *columns, strict=True):
        ratio = f"{fast[2] / slow[2]:.2f}"
        lines.append(
            (
                f"{number:,}",
                f"{slow[0]:,}",
                f"{slow[1]:.2f}",
                f"{slow[2]:.2f}",
                f"{fast[1]:.2f}",
                f"{fast[2]:.2f}",
                ratio,
            )
        )
    return _markdown(lines)


def patches_table(patches: Sequence[str], example: Sequence[Figures], growth: Sequence[Figures]) -> str:
    """What leaving out one patch costs: the example, and a hundred workloads."""
    lines: list[Sequence[str]] = [("without", "example: s", "longer by", "100 workloads: s", "longer by")]
    for name, one, many in zip(("nothing", *patches), example, growth, strict=True):
        cells = [(each.median, each.median / base.median - 1) for each, base in ((one, example[0]), (many, growth[0]))]
        lines.append(
            (name, *(f"{cell:.2f}" if i == 0 else f"{cell:.0%}" for pair in cells for i, cell in enumerate(pair)))
        )
    return _markdown(lines)


def _slopes(outputs: Mapping[int, Mapping[str, float]]) -> Iterator[tuple[int, float, float]]:
    before = (0, 0.0)
    for run in outputs.values():
        now = (int(run["resources"]), run["seconds"])
        yield *now, 1000 * (now[1] - before[1]) / (now[0] - before[0])
        before = now


def _seconds(both: tuple[Figures | None, Figures]) -> float:
    timed, remembered = both
    return (timed or remembered).median


def _markdown(lines: Sequence[Sequence[str]]) -> str:
    first, *rest = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([first, f"|{'---|' * len(lines[0])}", *rest, ""])
