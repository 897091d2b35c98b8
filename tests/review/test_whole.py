"""Nothing in a plan is hidden from the reviewer: whatever is changed in the JSON, the review changes.

Except for what the tables in `review` mark with `*` (names, descriptions, tags, order), and where a pattern says that
nothing is to be seen.
"""

import copy
import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from review.blocks import Block, blocks
from review.expected import TYPES, rule
from review.summary import lines
from stacks.aws import MANY
from tests.synthesis import BASE, ENVIRONMENTS, NO_PERIMETER, environment, synthesized

ALL = '[aws.network]\ncidr = "10.20.0.0/16"\nzones = ["ap-northeast-1a"]\nflow_logs = true\nprotect_addresses = true\n'
S3 = """
[backend]
type = "s3"
bucket = "my-state"
region = "us-east-1"
dynamodb_table = "locks"
use_lockfile = false
assume_role = { role_arn = "arn:aws:iam::123456789012:role/state", external_id = "keyless" }
"""
JOINED = """
[perimeter]
join = "accessPolicies/987654321/servicePerimeters/shared"
dry_run = false
restricted_services = ["aiplatform.googleapis.com", "sts.googleapis.com"]
deployer = { identities = ["user:operator@example.com"], cidrs = ["198.51.100.7/32"] }
"""
OUTWARD = """
restricted_services = ["aiplatform.googleapis.com", "storage.googleapis.com"]
accessible_services = ["RESTRICTED-SERVICES"]
[[perimeter.egress]]
name = "prompts"
projects = ["456789012345"]
services = ["storage.googleapis.com"]
methods = ["google.storage.objects.get"]
workloads = ["app"]
"""
MORE = {
    "all": (ALL, '[audit]\nalert = true\ndata_access_logs = true\nnotification_channels = ["projects/my-project/notificationChannels/1"]'),
    "s3": ('[google]\nimpersonate_service_account = "terraform@my-project.iam.gserviceaccount.com"', S3),
    "enforced": ("[perimeter]\ndry_run = false",),
    "joined": (JOINED,),
    "moved": (JOINED.replace("dry_run", 'moved_to = "security"\ndry_run'),),
    "egress": (f"[perimeter]{OUTWARD}",),
    "enforced egress": (f"[perimeter]\ndry_run = false{OUTWARD}",),
    "shared": ('[google]\naccess_policy = "987654321"', f"[perimeter]\nshared = true\ndry_run = false{OUTWARD}"),
}  # fmt: skip


def made(name: str) -> dict[str, dict[str, Any]]:
    """The stacks to mutate: copies, because others read what is synthesized."""
    base = NO_PERIMETER if name in ("joined", "moved", "shared") else BASE
    world = synthesized(*MORE[name], base=base) if name in MORE else environment(name)
    return copy.deepcopy({name: stack for name, stack in (("aws", world.aws), ("google", world.google)) if stack})


def review(stack: dict[str, Any]) -> str:
    """The inventory of one stack, as if it were the only one. The review has its SHA-256."""
    return lines({"stack": stack}) + "\n"


def places(value: Any, path: str) -> Iterator[tuple[Any, Any, str]]:
    """Everything below a block: what holds it, under which key, and its path."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in list(inner):
        if key != "//":
            below = f"{path}[]" if isinstance(value, list) else f"{path}.{key}" if path else str(key)
            yield value, key, below
            yield from places(each, below)


def mutations(block: Block) -> Iterator[tuple[str, Any, Any, Any]]:
    """What to write where, in whose place, and what it is called."""
    for number, (holder, key, path) in enumerate(places(block.body, "")):
        value, known = holder[key], rule(block.kind, path)
        if known and known.sign == "*":
            continue
        if isinstance(value, str):
            yield f"{path} is another", holder, key, value + "x"
        elif isinstance(value, bool | int):
            yield f"{path} is another", holder, key, not value if isinstance(value, bool) else value + 1
        elif (
            isinstance(value, list)
            and any(isinstance(each, str) for each in value)
            and not free(block.kind, f"{path}[]")
        ):
            yield f"{path} has more", holder, key, [*value, "surprise"]
        elif isinstance(value, dict) and not free(block.kind, f"{path}.surprise"):
            yield f"{path} has more", holder, key, {**value, "surprise": True}
        if not free(block.kind, f"{path}.x") and not free(block.kind, f"{path}[]"):
            yield f"{path} is odd", holder, key, (None, [], {}, "odd", 7, [7], [[]], {"a": None})[number % 8]


def free(kind: str, path: str) -> bool:
    found = rule(kind, path)
    return found is not None and found.sign == "*"


NAMES = [*ENVIRONMENTS, *MORE]


def form(block: Block) -> tuple[str, frozenset[Any]]:
    """A block's type, its paths, and the types of what they hold."""
    return block.kind, frozenset((path, type(holder[key])) for holder, key, path in places(block.body, ""))


@cache
def forms(name: str) -> set[Any]:
    return {form(block) for stack in made(name).values() for block in blocks(stack)}


def chosen(name: str, stack: dict[str, Any]) -> Iterator[Block]:
    """Each form of a block once, in the first environment that has it; every block with SOAK=1."""
    known = set[Any]().union(*map(forms, NAMES[: NAMES.index(name)]))
    for block in blocks(stack):
        if os.environ.get("SOAK") or form(block) not in known:
            known.add(form(block))
            yield block


@pytest.mark.parametrize("name", NAMES)
def test_whatever_changes_the_review_changes(name: str) -> None:
    hidden, tried = [], 0
    for stack in made(name).values():
        before = review(stack)
        assert "UNEXPECTED" not in before
        for block in chosen(name, stack):
            for what, holder, key, value in mutations(block):
                kept = holder[key]
                holder[key] = value
                tried += 1
                hidden += [f"{block}: {what}"] if review(stack) == before else []
                holder[key] = kept
            block.body["surprise"] = 1
            hidden += [f"{block}: surprise"] if review(stack) == before else []
            del block.body["surprise"]
        assert review(stack) == before
    assert "\n".join(hidden) == ""
    assert tried > 100 or name != NAMES[0]


@pytest.mark.parametrize("name", NAMES)
def test_what_may_not_be_missing_is_missed(name: str) -> None:
    hidden = []
    for stack in made(name).values():
        before = review(stack)
        for block in chosen(name, stack):
            for holder, key, path in places(block.body, ""):
                known = rule(block.kind, path)
                if isinstance(holder, dict) and known and (known.required or known.sign in ("=", "#")):
                    kept = holder.pop(key)
                    hidden += [f"{block}: {path}"] if review(stack) == before else []
                    holder[key] = kept
    assert "\n".join(hidden) == ""


SURPRISES: list[tuple[str, str, dict[str, Any]]] = [
    ("resource", "google_service_account_key", {"service_account_id": "x"}),
    ("resource", "google_project_iam_binding", {"members": ["allUsers"], "role": "roles/owner"}),
    ("resource", "google_iam_workload_identity_pool_provider_key", {}),
    ("resource", "google_access_context_manager_gcp_user_access_binding", {}),
    ("resource", "aws_vpc_security_group_ingress_rule", {"cidr_ipv4": "0.0.0.0/0"}),
    ("resource", "aws_iam_access_key", {"user": "x"}),
    ("data", "http", {"url": "https://example.com"}),
]


@pytest.mark.parametrize(("section", "kind", "body"), SURPRISES)
def test_a_type_that_the_kit_never_writes_is_named(section: str, kind: str, body: dict[str, Any]) -> None:
    google = made("example")["google"]
    google.setdefault(section, {})[kind] = {"surprise": body}
    assert "UNEXPECTED" in review(google)
    assert f"{kind} surprise: the kit writes nothing of this type" in review(google)


@pytest.mark.parametrize("section", ["module", "moved", "import", "variable", "check"])
def test_a_section_that_the_kit_never_writes_is_named(section: str) -> None:
    google = made("example")["google"]
    google[section] = {"surprise": {}}
    assert f"  {section}: the kit writes nothing of this type" in review(google)


def test_a_local_value_that_the_kit_never_writes_is_named() -> None:
    google = made("example")["google"]
    google["locals"] = {"surprise": "x"}
    assert "  locals: surprise is x" in review(google)


def test_a_list_that_is_not_known_yet_has_to_be_held() -> None:
    google = made("example")["google"]
    (level,) = google["resource"]["google_access_context_manager_access_level"].values()
    del level["lifecycle"]["precondition"][0]
    assert "without the two preconditions that hold it" in review(google)


def test_the_enforced_perimeter_has_to_be_held() -> None:
    google = made("enforced")["google"]
    (perimeter,) = google["resource"]["google_access_context_manager_service_perimeter"].values()
    del perimeter["lifecycle"]
    assert "enforced, without prevent_destroy" in review(google)


@pytest.mark.parametrize(
    ("name", "kind", "value", "said"),
    [
        ("enforced", "service_perimeter", None, "NOT REFUSED by the provider (no deletion_policy, which"),
        ("enforced", "service_perimeter", None, "service_perimeter perimeter: deletion_policy is missing"),
        ("enforced", "access_policy", None, "access_policy access_policy: deletion_policy is missing"),
        ("example", "service_perimeter", None, "service_perimeter perimeter: deletion_policy is missing"),
        ("enforced", "service_perimeter", "DELETE", "NOT REFUSED by the provider (deletion_policy DELETE)"),
        ("enforced", "service_perimeter", "DELETE", "enforced, with deletion_policy DELETE"),
        ("enforced", "service_perimeter", "prevent", "deletion_policy is prevent"),
        ("enforced", "access_policy", "DELETE", "deletion_policy is not the same in a perimeter and its policy"),
        ("enforced", "access_policy", None, "deletion_policy is not the same in a perimeter and its policy"),
        ("example", "service_perimeter", "PREVENT", "not enforced, with deletion_policy PREVENT"),
    ],
)
def test_what_the_provider_deletes_is_shown(name: str, kind: str, value: str | None, said: str) -> None:
    google = made(name)["google"]
    assert said not in review(google)
    (body,) = google["resource"][f"google_access_context_manager_{kind}"].values()
    body["deletion_policy"] = value
    if value is None:
        del body["deletion_policy"]
    assert said in review(google)


@pytest.mark.parametrize(
    ("constraint", "lines"),
    [("~> 7", 0), ("~> 6.50", 0), ("> 7.32", 0), (">= 7.33", 2), ("~> 7.45", 2), (">= 8, < 8", 0), ("x", 2), (None, 2)],
)
def test_a_deletion_policy_may_be_missing_only_where_an_admitted_version_lacks_it(
    constraint: str | None, lines: int
) -> None:
    """A constraint that is missing or cannot be read excuses nothing."""
    google = made("enforced")["google"]
    for kind in ("service_perimeter", "access_policy"):
        (body,) = google["resource"][f"google_access_context_manager_{kind}"].values()
        del body["deletion_policy"]
    google["terraform"]["required_providers"]["google"]["version"] = constraint
    if constraint is None:
        del google["terraform"]["required_providers"]["google"]["version"]
    assert "deletion: NOT REFUSED by the provider (no deletion_policy, which is written if [versions]" in review(google)
    assert review(google).count(": deletion_policy is missing\n") == lines


def test_every_rule_of_the_tables_is_used() -> None:
    """A rule for what the kit never writes would hide it."""
    stacks = [stack for name in [*ENVIRONMENTS, *MORE] for stack in made(name).values()]
    stacks.append(synthesized("".join(f'[[workload]]\nname = "w{number}"\n' for number in range(MANY))).aws)
    written = {(block.kind, path) for stack in stacks for block in blocks(stack) for path, _ in block.arguments}
    unused = [
        f"{kind}: {pattern}"
        for kind, arguments in TYPES.items()
        for pattern in arguments
        if not any(each == kind and (path == pattern or (pattern.endswith("*") and path.startswith(pattern[:-1]))) for each, path in written)
    ]  # fmt: skip
    assert "\n".join(unused) == ""
