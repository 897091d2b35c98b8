"""The path of a call as a Mermaid flowchart: each gate with its verdict and what decides there, by host."""

import re
import textwrap
from collections.abc import Iterable, Iterator
from itertools import pairwise

from access.answer import Answer
from access.outcome import Gate, Outcome
from access.question import Method
from review.access_report import VERDICTS
from review.safe import text

WIDTH = 60
_HASH = re.compile(r"_[0-9A-F]{7,8}\b")
_SIGNS = {"#": "#35;", "&": "#amp;", "<": "#lt;", ">": "#gt;", '"': "#quot;", "`": "#96;"}
_PERIMETER = "perimeter for "
_CLASSES = {True: "allowed", False: "denied", None: "undecided"}
_STYLES = (
    "classDef allowed fill:#e6f4ea,stroke:#137333,color:#202124",
    "classDef denied fill:#fce8e6,stroke:#c5221f,color:#202124",
    "classDef undecided fill:#fef7e0,stroke:#b06000,color:#202124",
)


def mermaid(who: str, origin: str, call: Method, answer: Answer) -> str:
    """The best path of an answer. Edges are dotted from a gate on that what is enforced does not pass."""
    return "".join(f"{line}\n" for line in _lines(who, origin, call, answer))


def _lines(who: str, origin: str, call: Method, answer: Answer) -> Iterator[str]:
    path = answer.paths[0]
    yield "flowchart LR"
    yield f"  caller[{_label(who, f'from {origin}')}]"
    for number, members in enumerate(_by_host(path.gates), 1):
        yield f"  subgraph host{number}[{_label(_host(members[0][1]))}]"
        yield from (
            f"    gate{place}[{_gate(place, gate)}]:::{_CLASSES[gate.enforced.value]}" for place, gate in members
        )
        yield "  end"
    acts = [f"as {path.acts_as}"] if path.acts_as else []
    yield f"  api[{_label(call.service, call.name.rpartition('.')[2] or call.permission, *acts)}]"
    nodes = ["caller", *(f"gate{place}" for place, _ in enumerate(path.gates, 1)), "api"]
    passed = True
    for (one, other), gate in zip(pairwise(nodes), [None, *path.gates], strict=True):
        passed = passed and (gate is None or gate.enforced.value is True)
        yield f"  {one} {'-->' if passed else '-.->'} {other}"
    yield from (f"  {style}" for style in _STYLES)


def _by_host(gates: Iterable[Gate]) -> Iterator[list[tuple[int, Gate]]]:
    """The numbered gates of each host: a perimeter's gate is the first one at its host."""
    found: list[tuple[int, Gate]] = []
    for numbered in enumerate(gates, 1):
        if found and numbered[1].name.startswith(_PERIMETER):
            yield found
            found = []
        found.append(numbered)
    yield found


def _host(gate: Gate) -> str:
    """Of the first gate; without a perimeter there the name of the gate."""
    is_perimeter = gate.name.startswith(_PERIMETER)
    return f"{gate.name.removeprefix(_PERIMETER)}.googleapis.com" if is_perimeter else gate.name


def _gate(number: int, gate: Gate) -> str:
    lines = [f"{number}. {gate.name}: {VERDICTS[gate.enforced.value]}", *_decides(gate.enforced)]
    if gate.dry_run != gate.enforced:
        lines += [f"dry run: {VERDICTS[gate.dry_run.value]}", *_decides(gate.dry_run)]
    return _label(*lines)


def _decides(one: Outcome) -> list[str]:
    """What decides: the reason, or the Terraform address of what allows for a long one."""
    long = one.value and one.address and len(one.reason) > WIDTH
    return textwrap.wrap(_HASH.sub("", one.address if long else one.reason), WIDTH, break_long_words=False)


def _label(*lines: str) -> str:
    """A quoted label, in which nothing but the line breaks is Mermaid's or HTML's."""
    shown = ("".join(_SIGNS.get(sign, sign) for sign in text(_HASH.sub("", line))) for line in lines)
    return f'"{"<br>".join(shown)}"'
