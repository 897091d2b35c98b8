"""The answer to "who may call what from where" as text and as JSON: the same inputs give the same bytes, and no time is in it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from access.answer import Answer
from access.gain import few
from access.objects import DESCRIBE, asks_for_description
from access.outcome import CallPath, Gate, Outcome
from review.safe import printed

SCOPE = "only these inputs were read; other grants on project, folder and organization are not included"
WHOLE = "with the grants on project, folder and organization that {file} has"
HOW = "a state has the value: name the states in place of the stacks, or ask --from with the expression inside ${ }"
UNBOUNDED = "no input has a perimeter around project {project}: one of another environment or team is not included"
VERDICTS = {True: "allowed", False: "denied", None: "cannot be decided"}


@dataclass(frozen=True)
class Heading:
    """What an answer begins with: the SHA-256 of each input by its path, and of the code that decides."""

    inputs: Sequence[tuple[str, str]]
    version: str
    engine: str

    def lines(self) -> list[str]:
        """For people."""
        return [
            *(f"sha256 {digest}  {path}" for path, digest in self.inputs),
            f"keyperim {self.version}, engine {self.engine}",
            "",
        ]

    def json(self) -> dict[str, Any]:
        """For programs."""
        inputs = [{"path": path, "sha256": digest} for path, digest in self.inputs]
        return {"inputs": inputs, "version": self.version, "engine": self.engine}


def text(heading: Heading, question: Mapping[str, str], answer: Answer, scope: str, roles: Sequence[str] = ()) -> str:
    """An answer for people. `roles` are named where none of them got a token."""
    path, lines = answer.paths[0], heading.lines()
    lines.append(f"{question['who']} from {question['from']} to {question['call']} in project {question['project']}")
    acts = f", as {path.acts_as}" if path.acts_as and path.acts_as not in question["who"] else ""
    for side, outcome in (("enforced", answer.enforced), ("dry run", answer.dry_run)):
        lines.append(f"{side}: {VERDICTS[outcome.value]}{acts if outcome.value else f' ({outcome.gate})'}")
        lines += [f"  missing: {fact}" for fact in outcome.missing]
    if answer.enforced.gate == "token exchange" and not answer.enforced.allowed and roles:
        lines.append(f"  roles that are named here: {few(roles)}")
    if any("${" in fact for one in (answer.enforced, answer.dry_run) for fact in one.missing):
        lines.append(f"  {HOW}")
    if any(asks_for_description(fact) for one in (answer.enforced, answer.dry_run) for fact in one.missing):
        lines.append(f"  {DESCRIBE}")
    lines.append("")
    for number, gate in enumerate(path.gates, 1):
        lines += _gate(number, gate)
    return printed([*lines, "", *scope.split("\n")])


def as_json(heading: Heading, question: Mapping[str, str], answer: Answer, scope: str) -> str:
    """An answer for programs: docs/reference/access.md has the fields."""
    body = {
        "format": 1,
        **heading.json(),
        "question": dict(question),
        "enforced": _verdict(answer.enforced),
        "dry_run": _verdict(answer.dry_run),
        "ways": [_path(one) for one in answer.paths],
        "scope": scope,
    }
    return json.dumps(body, indent=2) + "\n"


def _gate(number: int, gate: Gate) -> Iterable[str]:
    yield f"{number}. {gate.name}: {_said(gate.enforced)}"
    yield f"   {gate.enforced.reason}"
    if gate.dry_run != gate.enforced:
        yield f"   dry run: {_said(gate.dry_run)}"
        yield f"   {gate.dry_run.reason}"


def _said(outcome: Outcome) -> str:
    return VERDICTS[outcome.value] + (f" by {outcome.address}" if outcome.address else "")


def _verdict(outcome: Outcome) -> dict[str, Any]:
    return {"verdict": VERDICTS[outcome.value], "missing": list(outcome.missing)}


def _path(path: CallPath) -> dict[str, Any]:
    gates = [
        {
            "name": gate.name,
            **{
                side: {**_verdict(one), "reason": one.reason, "address": one.address}
                for side, one in (("enforced", gate.enforced), ("dry_run", gate.dry_run))
            },
        }
        for gate in path.gates
    ]
    return {"acts_as": path.acts_as, "gates": gates}
