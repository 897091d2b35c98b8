"""What a log says of a dry run, for people and for programs: the settings that would admit callers, and the verdict."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from access.gain import few
from access.readiness import NEAR, SETTLED, STRANGER, UNTOLD, Finding, Readiness
from access.remedies import ADDRESS, Remedy
from review.access_report import Heading
from review.safe import printed

RUNBOOK = "docs/runbooks/deploy.md#from-a-dry-run-to-enforced"
VERDICTS = {True: "ready", False: "not ready", None: "cannot be decided"}
MOST_SHOWN = 40
_TITLES = {
    NEAR: "would be denied",
    UNTOLD: "cannot be told",
    STRANGER: "would be denied, and look like strangers",
    SETTLED: "admitted by now: the settings have changed since",
}
_RULE = re.compile(
    r"(?:[-a-z0-9]+: )?(workloads|on-premises (?P<name>.+)|deployer) "
    r"(?P<does>calls? Gemini|exchanges? tokens|impersonates?|runs Terraform)(?: \([0-9a-f]{8}\))?"
)
"""With the prefix and the digest that a title has in a joined perimeter."""


def text(heading: Heading, found: Readiness, enforce: str, places: Mapping[str, str]) -> str:
    """For people. `enforce` is the line of the settings to change, `places` are the lines of tables and keys by their names."""
    violations = sum(one.count for one in found.findings)
    lines = [
        *heading.lines(),
        f"dry run of {found.perimeter}: {_many(violations, 'violation')} in {_many(len(found.findings), 'group')}; "
        f"entries of {found.hours:.0f} hours",
    ]
    for kind, title in _TITLES.items():
        several = [one for one in found.findings if one.kind == kind]
        if several:
            lines += ["", title, *(f"  {line}" for one in several[:MOST_SHOWN] for line in _finding(one, places))]
        if len(several) > MOST_SHOWN:
            lines.append(f"  and {len(several) - MOST_SHOWN} more groups (--json has all)")
    if found.missing:
        lines += ["", "missing", *(f"  {fact}" for fact in found.missing)]
    lines += ["", "not included", *(f"  {one}" for one in _not_included(found)), "", verdict(found, enforce)]
    return printed(lines)


def as_json(heading: Heading, found: Readiness, enforce: str, places: Mapping[str, str]) -> str:
    """For programs."""
    body = {
        "format": 1,
        **heading.json(),
        "perimeter": found.perimeter,
        "verdict": VERDICTS[found.ready],
        "hours": round(found.hours, 2),
        "findings": [_json(one, places) for one in found.findings],
        "missing": list(found.missing),
        "not_included": list(_not_included(found)),
        "next": verdict(found, enforce),
    }
    return json.dumps(body, indent=2) + "\n"


def verdict(found: Readiness, enforce: str) -> str:
    """The last line."""
    if found.ready:
        return f"ready: {enforce}; then {RUNBOOK}"
    if found.ready is None:
        missing = len(found.missing) + sum(one.kind == UNTOLD for one in found.findings)
        return f"cannot be decided: {_many(missing, 'fact')} missing; keep the dry run"
    near = sum(one.kind == NEAR for one in found.findings)
    return f"not ready: {_many(near, 'group')} of calls would be denied; keep the dry run, change the settings above and deploy"


def setting(remedy: Remedy, finding: Finding) -> str:
    """The one setting of an environment that adds what is missing to a rule."""
    found = _RULE.fullmatch(remedy.rule)
    if found is None:
        return f"rule {remedy.rule!r} is not one of this kit"
    cidr = f"{finding.address}/{128 if ':' in finding.address else 32}"
    if remedy.adds == ADDRESS:
        if found[1] == "workloads":
            return f"egress_cidrs: add {json.dumps(cidr)}; or route the caller through the NAT gateway"
        table = f"[[on_premises]] {found['name']}" if found["name"] else "[perimeter.deployer]"
        return f"{table}: add {json.dumps(cidr)} to cidrs"
    if found[1] == "workloads":
        return "another [[workload]]"
    member = json.dumps(_member(finding.caller))
    if found["name"]:
        return f"[[on_premises]] {found['name']}: add {member} to identities"
    return f"[perimeter.deployer]: add {member} to {'impersonators' if 'imperson' in found['does'] else 'identities'}"


def _placed(one: Finding, places: Mapping[str, str]) -> str:
    """The setting, after the line of the file where its table or key is."""
    if one.remedy is None:
        return ""
    said = setting(one.remedy, one)
    found = places.get(said.partition(":")[0])
    return f"{found}: {said}" if found else said


def _finding(one: Finding, places: Mapping[str, str]) -> Iterator[str]:
    who = one.caller or "no identity"
    yield f"{one.count} x {who} from {one.address or 'no public address'} to {one.service} ({one.reason or 'no reason'})"
    yield f"    {one.why}"
    if one.remedy:
        yield f"    {'setting' if one.kind == NEAR else 'if so'}: {_placed(one, places)}"


def _not_included(found: Readiness) -> Iterator[str]:
    if not any(one.startswith("organizations/") for one in found.places):
        yield "entries at the organization: gcloud logging read FILTER --organization=ORGANIZATION --format=json"
    if found.silent:
        yield f"calls of {few(found.silent)}, of which the log has no entry: a filter may leave them out"
    if found.others:
        yield f"{_many(found.others, 'violation')} of other perimeters or projects, by ingressViolations[].targetResource"
    if found.enforced:
        yield f"{_many(found.enforced, 'violation')} of what is enforced"
    yield "who is in a group, and calls that were not made in this time"


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _json(one: Finding, places: Mapping[str, str]) -> dict[str, Any]:
    return {
        "caller": one.caller,
        "from": one.address,
        "service": one.service,
        "reason": one.reason,
        "count": one.count,
        "kind": one.kind,
        "why": one.why,
        "rule": one.remedy.rule if one.remedy else "",
        "setting": _placed(one, places),
    }


def _member(caller: str) -> str:
    if caller.startswith("principal"):
        return caller
    return f"{'serviceAccount' if caller.endswith('gserviceaccount.com') else 'user'}:{caller}"
