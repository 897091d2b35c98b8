"""The report as JSON: review/lint/schema.json describes it."""

from collections.abc import Sequence
from typing import Any

from review.lint.report import Entry, Linted

FORMAT = 1


def data(several: Sequence[Linted], code: int, fail_on: str) -> dict[str, Any]:
    """What `json.dumps` takes."""
    return {
        "format": FORMAT,
        "exit_code": int(code),
        "fail_on": fail_on,
        "environments": [
            {
                "environment": one.environment,
                "problem": one.problem,
                "findings": [_entry(entry) for entry in one.entries],
            }
            for one in several
        ],
    }


def _entry(one: Entry) -> dict[str, Any]:
    rule = one.finding.rule
    return {
        "rule": rule.id,
        "severity": rule.severity,
        "address": one.finding.address,
        "found": one.finding.found,
        "why": rule.why,
        "fix": rule.fix,
        "source": rule.url,
        "file": one.file,
        "line": one.line,
        "fingerprint": one.fingerprint,
        "ignored": one.ignored or None,
    }
