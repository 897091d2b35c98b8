"""A bad and a good example of each rule: one argument of the enforced example's Google stack, or of its settings."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from access.changes import LEVEL, PERIMETER, PROVIDER
from tests.synthesis import environment

MEMBER, SERVICE, TESTED = "google_project_iam_member", "google_project_service", "[perimeter]\ndry_run = true"
ACCOUNT = "demo-app@my-project.iam.gserviceaccount.com"
GEMINI = ["aiplatform.googleapis.com"]
EVERYWHERE = [{"access_level": "*"}]
MISSING = "(missing)"


@dataclass(frozen=True)
class Example:
    """`path` is the argument of the one resource of this kind whose name contains `name`."""

    kind: str
    path: tuple[str | int, ...]
    bad: Any
    good: Any
    name: str = ""
    settings: str = "[perimeter]\ndry_run = false"

    def stacks(self, value: Any) -> dict[str, Any]:
        """The example's stacks with this value."""
        made = environment("example", self.settings)
        google = copy.deepcopy(made.google)
        holder: Any
        if self.kind.startswith("provider."):
            (holder,) = google["provider"][self.kind.removeprefix("provider.")]
        elif not self.path[1:] and self.path[0] == "surprise":
            holder = google["resource"].setdefault(self.kind, {})
        else:
            named = google["resource"].setdefault(self.kind, {"surprise": {}})
            holder = next(body for name, body in named.items() if self.name in name)
        for key in self.path[:-1]:
            holder = holder[key]
        if value != MISSING:
            holder[self.path[-1]] = copy.deepcopy(value)
        else:
            holder.pop(self.path[-1], None)
        return {"aws": made.aws, "google": google}

    @property
    def place(self) -> str:
        return ".".join(map(str, (self.kind, *self.path)))


def _of_perimeter(path: Sequence[str | int], bad: Any, good: Any, **more: str) -> Example:
    return Example(PERIMETER, tuple(path), bad, good, **more)


EXAMPLES = {
    "provider-admits-others": Example(PROVIDER, ("attribute_condition",), "true", "attribute.aws_role == 'demo-app'"),
    "grant-to-all": Example(MEMBER, ("member",), "allUsers", f"serviceAccount:{ACCOUNT}"),
    "level-too-wide": Example(LEVEL, ("basic", "conditions", 0, "ip_subnetworks"), ["198.0.0.0/8"], ["198.51.100.0/24"]),
    "any-identity-from-anywhere": _of_perimeter(
        ("status", "ingress_policies", 0, "ingress_from"),
        {"identity_type": "ANY_IDENTITY", "sources": EVERYWHERE},
        {"identities": [f"serviceAccount:{ACCOUNT}"], "sources": EVERYWHERE},
    ),
    "perimeter-without-services": _of_perimeter(("status", "restricted_services"), [], GEMINI),
    "perimeter-without-projects": _of_perimeter(("status", "resources"), [], ["projects/345678901234"]),
    "workload-acts-as-deployer": Example(
        "provider.google", ("impersonate_service_account",), ACCOUNT, "terraform@my-project.iam.gserviceaccount.com"
    ),
    "unknown-type": Example("google_service_account_key", ("surprise",), {"service_account_id": "demo-app"}, MISSING),
    "unknown-value": Example(SERVICE, ("disable_on_destroy",), True, False, "aiplatform"),
    "missing-argument": Example(SERVICE, ("disable_on_destroy",), MISSING, False, "aiplatform"),
    "addresses-without-preconditions": Example(
        LEVEL, ("lifecycle",), {"create_before_destroy": True}, None
    ),
    "enforced-without-prevent-destroy": _of_perimeter(("lifecycle",), MISSING, {"prevent_destroy": True}),
    "spec-without-dry-run": _of_perimeter(("use_explicit_dry_run_spec",), MISSING, True, settings=TESTED),
    "neither-enforced-nor-dry-run": _of_perimeter(("spec",), MISSING, None, settings=TESTED),
    "deletion-policy": _of_perimeter(("deletion_policy",), "DELETE", "PREVENT"),
}  # fmt: skip
"""By rule. A good value of None is what the kit writes."""
