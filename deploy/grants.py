"""Who newly gets which role on a project or a service account, by a plan's grants. Pure."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from access.changes import CUSTOM_ROLE, Change, block, changes, existed, texts

KINDS = [f"google_{on}_iam_{how}" for on in ("project", "service_account") for how in ("member", "binding")]
PUBLIC = {"allUsers": "everybody", "allAuthenticatedUsers": "everybody with a Google account"}


class Grant(NamedTuple):
    """One member's role. `condition` is the expression that limits it, or empty."""

    on: str
    role: str
    member: str
    condition: str

    def __str__(self) -> str:
        member = f"{self.member} ({PUBLIC[self.member]})" if self.member in PUBLIC else self.member
        return f"{member} newly gets {self.role} on {self.on}{self.condition and f' if {self.condition}'}"


def notices(plan: dict[str, Any]) -> Iterator[str]:
    """Grants that no resource of the plan held before, and permissions that a role newly has.

    In a first plan every grant is new: only public ones are said then.
    """
    found = [change for kind in KINDS for change in changes(plan, kind)]
    before = {grant for change in found for grant in _grants(change.before)}
    first = not existed(plan)
    for change in found:
        for grant in _grants(change.after):
            known = grant in before or grant._replace(condition="") in before
            if not known and (grant.member in PUBLIC or not first):
                yield f"{change.address}: {grant}"
    for change in changes(plan, CUSTOM_ROLE):
        if "create" not in change.actions and (new := _permissions(change)):
            yield f"{change.address}: its holders newly get {', '.join(sorted(new))}"


def _grants(value: dict[str, Any]) -> Iterator[Grant]:
    on = value.get("service_account_id") or value.get("project") or "its project"
    condition = block(value, "condition").get("expression") or ""
    for member in [*texts(value, "member"), *texts(value, "members")]:
        yield Grant(on, value.get("role") or "", member, condition)


def _permissions(change: Change) -> set[str]:
    return set(texts(change.after, "permissions")) - set(texts(change.before, "permissions"))
