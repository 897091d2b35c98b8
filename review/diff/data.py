"""The answer as JSON: review/diff/schema.json describes it."""

from typing import Any

from review.diff.found import Answer, Difference, Finding

FORMAT = 1


def data(answer: Answer, code: int) -> dict[str, Any]:
    """What `json.dumps` takes."""
    return {
        "format": FORMAT,
        "verdict": answer.verdict,
        "exit_code": int(code),
        "same": answer.same,
        "environments": [_difference(one) for one in answer.differences],
        "notes": list(answer.notes),
    }


def _difference(one: Difference) -> dict[str, Any]:
    parts = {
        name: list(map(_finding, getattr(one, name))) for name in ("refused", "wider", "dry_run", "facts", "narrower")
    }
    return {
        "environment": one.environment,
        "change": one.change,
        "was": one.was,
        "verdicts": list(one.verdicts),
        **parts,
        "notes": list(one.notes),
    }


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "address": one.address,
        "what": one.what,
        "where": one.where,
        "example": one.example,
        "missing": list(one.missing),
    }
