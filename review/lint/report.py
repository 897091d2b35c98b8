"""The findings of environments with their places in the settings, and which of them the settings ignore."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from access.lint import SEVERITIES, Finding
from review.blocks import without_hashes
from review.lint.rules import UNUSED
from review.safe import text

DIGITS = 32
"""Of the SHA-256, in hexadecimal: 128 bits."""


@dataclass(frozen=True)
class Ignore:
    """An entry of [[lint.ignore]]. `address` is empty if it is for every address.

    `line` is 0 in a file that several environments share: there it may hide another one's finding.
    """

    rule: str
    address: str
    reason: str
    line: int = 1

    def hides(self, one: Finding, short: Mapping[str, int]) -> bool:
        """Whether it is about this finding. An address may be written without cdktf's hash where one alone is that.

        `short` counts the addresses by what they are without it.
        """
        about = {"", one.address} | ({name} if short[name := without_hashes(one.address)] == 1 else set())
        return one.rule.id == self.rule and self.address in about


@dataclass(frozen=True)
class Entry:
    """A finding at a line of a file. `ignored` is the reason of the settings, or empty.

    `number` counts the findings of one rule at one address.
    """

    finding: Finding
    file: str
    line: int
    ignored: str = ""
    number: int = 1

    @property
    def fingerprint(self) -> str:
        """What stays when the file changes: the rule and the Terraform address."""
        key = json.dumps([self.finding.rule.id, self.finding.address])
        return f"{hashlib.sha256(key.encode()).hexdigest()[:DIGITS]}:{self.number}"


@dataclass(frozen=True)
class Linted:
    """One environment. `problem` says why it was not linted; empty if it was."""

    environment: str
    entries: tuple[Entry, ...] = ()
    problem: str = ""

    def failing(self, severity: str) -> list[Entry]:
        """What is not ignored and at least of this severity."""
        strong = SEVERITIES[: SEVERITIES.index(severity) + 1]
        return [one for one in self.entries if not one.ignored and one.finding.rule.severity in strong]


def linted(
    environment: str,
    file: str,
    findings: Sequence[Finding],
    ignores: Sequence[Ignore],
    line: Callable[[str], int],
    whole: bool = True,
) -> Linted:
    """The report on one environment: errors first, then by line. `line` gives the line of an address in the file.

    An entry of the environment's own file that hides nothing is a finding, if `whole`: all its stacks were read.
    """
    short = Counter(map(without_hashes, {one.address for one in findings}))
    reasons = {one: next((text(each.reason) for each in ignores if each.hides(one, short)), "") for one in findings}
    found = [Entry(one, file, line(one.address), reasons[one]) for one in findings]
    if whole:
        found += [
            Entry(Finding(UNUSED, f"lint.ignore[{number}]", f"no finding of {_about(one)}"), file, one.line)
            for number, one in enumerate(ignores)
            if one.line and not any(one.hides(each, short) for each in findings)
        ]
    found.sort(key=lambda one: (SEVERITIES.index(one.finding.rule.severity), one.line, one.finding.address))
    return Linted(environment, tuple(_numbered(found)))


def _numbered(entries: Iterable[Entry]) -> Iterator[Entry]:
    seen = Counter[str]()
    for one in entries:
        key = f"{one.finding.rule.id} {one.finding.address}"
        seen[key] += 1
        yield replace(one, number=seen[key])


def _about(one: Ignore) -> str:
    return f"{one.rule} at {one.address}" if one.address else one.rule
