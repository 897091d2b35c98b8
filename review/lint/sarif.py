"""The report as SARIF 2.1.0, as code scanning services read it (OASIS, "Static Analysis Results Interchange Format")."""

import re
from collections.abc import Sequence
from typing import Any

from access.lint import LintRule
from review.lint.report import Entry, Linted
from review.lint.rules import RULES

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
VERSION = "2.1.0"
FINGERPRINT = "primaryLocationLineHash"
"""The name of the partial fingerprint that GitHub matches alerts by; without it GitHub hashes the line."""

_LINK = re.compile(r"[\\\[\]]")
"""What begins and ends a link in a message's text, and its escape."""


def sarif(several: Sequence[Linted], version: str) -> dict[str, Any]:
    """What `json.dumps` takes. `version` is the kit's. An environment with a problem makes the run unsuccessful."""
    ids = list(RULES)
    driver = {"name": "keyperim", "semanticVersion": version, "rules": [_rule(one) for one in RULES.values()]}
    problems = [f"environment {one.environment}: {one.problem}" for one in several if one.problem]
    invocation = {
        "executionSuccessful": not problems,
        "toolExecutionNotifications": [{"level": "error", "message": {"text": text}} for text in problems],
    }
    results = [_result(entry, ids) for one in several for entry in one.entries]
    return {
        "$schema": SCHEMA,
        "version": VERSION,
        "runs": [{"tool": {"driver": driver}, "invocations": [invocation], "results": results}],
    }


def _rule(one: LintRule) -> dict[str, Any]:
    return {
        "id": one.id,
        "shortDescription": {"text": one.what},
        "fullDescription": {"text": f"{one.what}: {one.why}"},
        "help": {"text": f"End it by {one.fix}. Source: {one.title}, {one.url}"},
        "helpUri": one.url,
        "defaultConfiguration": {"level": one.severity},
    }


def _result(one: Entry, ids: list[str]) -> dict[str, Any]:
    rule, address = one.finding.rule, one.finding.address
    place = {"artifactLocation": {"uri": one.file}, "region": {"startLine": one.line}}
    where = {
        "physicalLocation": place,
        "logicalLocations": [{"fullyQualifiedName": address, "kind": "resource"}],
    }
    found: dict[str, Any] = {
        "ruleId": rule.id,
        "ruleIndex": ids.index(rule.id),
        "level": rule.severity,
        "message": {"text": _LINK.sub(r"\\\g<0>", str(one.finding))},
        "locations": [where],
        "partialFingerprints": {FINGERPRINT: one.fingerprint},
    }
    if one.ignored:
        found["suppressions"] = [{"kind": "inSource", "justification": one.ignored}]
    return found
