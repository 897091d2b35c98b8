"""Figures as Markdown."""

from collections.abc import Mapping, Sequence

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
    """One line a size: seconds, synthesis included, and milliseconds a resource; the ratio is of runs made in turn."""
    lines = [("workloads", "resources", "pruned only: s", "ms a resource", "with patches: s", "ms a resource", "ratio")]
    for number, slow in plain.items():
        fast, resources = patched[number], int(slow["resources"])
        cells = [
            f"{value:.2f}" for run in (slow, fast) for value in (run["seconds"], 1000 * run["seconds"] / resources)
        ]
        lines.append((f"{number:,}", f"{resources:,}", *cells, f"{fast['seconds'] / slow['seconds']:.2f}"))
    return _markdown(lines)


def delivered_table(figures: Mapping[int, Mapping[str, float]]) -> str:
    """One line a size: the JSON of the AWS stack, and the seconds of its synthesis, in all and for each workload."""
    lines = [("built workloads", "MB of JSON", "KB a workload", "s", "ms a workload")]
    for number, run in figures.items():
        size, seconds = run["bytes"], run["seconds"]
        each = (f"{size / number / 1e3:.1f}", f"{seconds:.2f}", f"{1e3 * seconds / number:.1f}")
        lines.append((f"{number}", f"{size / 1e6:.2f}", *each))
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


def _markdown(lines: Sequence[Sequence[str]]) -> str:
    first, *rest = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([first, f"|{'---|' * len(lines[0])}", *rest, ""])
