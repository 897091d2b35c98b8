"""One screen for people, one document for programs (report.schema.json)."""

import json
import os
from collections.abc import Sequence
from typing import Any, TextIO

from . import __version__
from .attempt import Result
from .checks import Checks
from .fault import LONGEST
from .redact import clean

SCHEMA_VERSION = 1
_MARKS = {"passed": ("32", "ok"), "failed": ("31", "FAIL"), "skipped": ("33", "skip")}


def release() -> str:
    """The digest of the release that was delivered, "" elsewhere. It is in the delivered environment file."""
    return os.environ.get("KEYLESS_RELEASE", "")


def line(result: Result, *, colour: bool) -> str:
    """A check, and under it what to do."""
    code, word = _MARKS[result.status]
    mark = f"\033[{code}m{word:4}\033[0m" if colour else f"{word:4}"
    fault = result.fault
    text = f"{mark}  {result.name:14} {result.milliseconds:6} ms  {clean(fault.cause if fault else result.detail, LONGEST)}"
    if fault:
        text += f"\n      fix: {clean(fault.fix, 1500)}"
        text += f"\n      not the cause: {clean(fault.not_cause)}" if fault.not_cause else ""
    return text


def document(checks: Checks, results: Sequence[Result], *, code: int, attempts: int, expect_denied: bool) -> str:
    """The JSON document of one run: the last attempt's checks. Stable within a schema version."""
    settings = checks.settings
    return json.dumps(
        {
            "schema_version": SCHEMA_VERSION,
            "client_version": __version__,
            "release": clean(release()) or None,
            "ok": code == 0,
            "exit_code": code,
            "expect_denied": expect_denied,
            "attempts": attempts,
            "project": clean(settings.project),
            "location": clean(settings.location),
            "model": clean(settings.model),
            "identity": {"source": checks.source or None, "arn": clean(checks.arn) or None},
            "egress": checks.address or None,
            "checks": [_result(result) for result in results],
            "warnings": [clean(warning) for warning in checks.warnings],
            "answer": clean(checks.answer, 0) or None,
        },
        ensure_ascii=False,
        indent=2,
    )


def warn(checks: Checks, out: TextIO, *, colour: bool) -> None:
    """Findings that broke nothing."""
    for warning in checks.warnings:
        print(("\033[33mnote\033[0m" if colour else "note") + f"  {clean(warning)}", file=out)


def _result(result: Result) -> dict[str, Any]:
    fault = result.fault
    return {
        "name": result.name,
        "status": result.status,
        "milliseconds": result.milliseconds,
        "detail": clean(result.detail) or None,
        "fault": fault
        and {
            "layer": fault.layer.name.lower(),
            "exit_code": int(fault.layer),
            "cause": clean(fault.cause, LONGEST),
            "fix": clean(fault.fix, 1500),
            "not_cause": clean(fault.not_cause),
            "identifier": fault.identifier or None,
        },
    }
