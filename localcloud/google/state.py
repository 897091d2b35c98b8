"""Everything that Google knows, as JSON: REST bodies by resource name."""

from dataclasses import asdict, dataclass, field
from typing import Any

Body = dict[str, Any]


@dataclass
class State:
    """REST bodies as Google would return them.

    Names hold the project's *id*, except where Google itself answers with its number (pools and their providers). All of
    it is JSON: `asdict` and `State(**json)` are each other's inverse.
    """

    projects: dict[str, Body] = field(default_factory=dict)
    """By project id: projectId, projectNumber, name, lifecycleState, parent."""
    services: dict[str, dict[str, float]] = field(default_factory=dict)
    """By project id: when each enabled service was enabled, in seconds since the epoch."""
    billing: dict[str, str] = field(default_factory=dict)
    """By project id: the name of the billing account, or ""; a project that is not here has the only one."""
    pools: dict[str, Body] = field(default_factory=dict)
    """By `projects/NUMBER/locations/global/workloadIdentityPools/POOL`; soft-deleted ones have state DELETED."""
    providers: dict[str, Body] = field(default_factory=dict)
    """By `POOL NAME/providers/PROVIDER`."""
    attestation_rules: dict[str, list[Body]] = field(default_factory=dict)
    """By pool name."""
    service_accounts: dict[str, Body] = field(default_factory=dict)
    """By email: name (`projects/ID/serviceAccounts/EMAIL`), uniqueId, disabled, etag and so on."""
    deleted_service_accounts: dict[str, Body] = field(default_factory=dict)
    """By unique id: `account`, and the IAM `policy` that it had."""
    roles: dict[str, Body] = field(default_factory=dict)
    """Custom roles by `projects/ID/roles/ROLE`."""
    iam_policies: dict[str, Body] = field(default_factory=dict)
    """By `projects/ID`, `projects/ID/serviceAccounts/EMAIL`, `organizations/NUMBER`, `accessPolicies/N`, pool: bindings, auditConfigs, etag, version."""
    access_policies: dict[str, Body] = field(default_factory=dict)
    access_levels: dict[str, Body] = field(default_factory=dict)
    service_perimeters: dict[str, Body] = field(default_factory=dict)
    authorized_orgs: dict[str, Body] = field(default_factory=dict)
    metrics: dict[str, Body] = field(default_factory=dict)
    alert_policies: dict[str, Body] = field(default_factory=dict)
    notification_channels: dict[str, Body] = field(default_factory=dict)
    operations: dict[str, Body] = field(default_factory=dict)
    """Long-running operations by name; `polls` is how often each will still answer that it is not done."""
    log_entries: list[Body] = field(default_factory=list)
    """Audit entries in the order in which they were written."""
    tokens: dict[str, Body] = field(default_factory=dict)
    """By access token: identity (as policy.identity writes it), expires in seconds since the epoch."""
    sequence: int = 0
    """How many names Google has given out."""

    def project(self, reference: str) -> Body | None:
        """The project with this id or number, with or without `projects/` before it."""
        key = reference.removeprefix("projects/")
        return self.projects.get(key) or next((p for p in self.projects.values() if p["projectNumber"] == key), None)

    def service_account(self, reference: str) -> Body | None:
        """The service account with this email or unique id."""
        accounts = self.service_accounts
        return accounts.get(reference) or next((a for a in accounts.values() if a.get("uniqueId") == reference), None)

    def json(self) -> Body:
        """All of it, ready for json.dumps."""
        return asdict(self)
