"""Figures as Markdown."""

from collections.abc import Iterator, Mapping, Sequence

from bench.measure import Figures, Program

_Measured = Mapping[Program, tuple[Figures, Figures]]


def table(figures: _Measured, base: Program) -> str:
    """One line a program: seconds (the fastest in brackets), how many times those of `base`, and memory."""
    lines = [("", "seconds", "ratio", "MiB Python + Node", "ratio")]
    reference = figures[base]
    for program, (timed, remembered) in figures.items():
        ratio = f"{timed.median / reference[0].median:.2f}"
        size = f"{remembered.python:.0f} + {remembered.node:.0f}"
        less = f"{remembered.memory / reference[1].memory:.2f}"
        lines.append((program.name, f"{timed.median:.2f} ({min(timed.seconds):.2f})", ratio, size, less))
    return _markdown(lines)


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


def _markdown(lines: Sequence[Sequence[str]]) -> str:
    first, *rest = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([first, f"|{'---|' * len(lines[0])}", *rest, ""])
