"""Types whose provider code is generated: POST to a collection, GET, PATCH with a mask of what changed, DELETE."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..document import Arguments
from ..kind import Change, Fields, Found
from .bodies import attributes, camel, comparable, rest
from .client import Body, Client

ACM = "accesscontextmanager.googleapis.com/v1/"
IAM = "iam.googleapis.com/v1/"
MONITORING = "monitoring.googleapis.com/v3/"
POOL = "projects/{project}/locations/global/workloadIdentityPools/{workload_identity_pool_id}"


@dataclass(frozen=True)
class Object:
    """`collection`, `query` and `id` are templates of arguments; no `id`: the API names the object.

    `fields` can change in place, in the order of the provider's mask; `created` are sent with them at creation only,
    and like the arguments in `places` they force a replacement. `defaults` are the provider's, by dotted name.
    """

    client: Client
    base: str
    collection: str
    fields: tuple[str, ...]
    created: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    id: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    waits: bool = True
    """Whether it answers with an operation."""

    @property
    def forces(self) -> frozenset[str]:
        return frozenset((*self.created, *self.places))

    def wanted(self, arguments: Arguments) -> Fields:
        body = self._body(arguments, self.fields)
        places = {name: arguments.get(name) for name in (*self.created, *self.places)}
        return {name: _field(body, name) for name in self.fields} | places

    def read(self, id: str) -> Found | None:
        body = self.client.find(self.base + id)
        if body is None or body.get("state") == "DELETED":
            return None
        found = {name: _field(body, name) for name in self.fields}
        short = {"id": id.removeprefix("accessPolicies/")} | (
            {"name": id.removeprefix("accessPolicies/")} if self.collection == "accessPolicies" else {}
        )
        return Found({**attributes(body), **short}, found)

    def create(self, arguments: Arguments) -> str:
        query = {name: arguments[argument] for name, argument in self.query.items()}
        body = self._body(arguments, (*self.created, *self.fields))
        answer = self.client("POST", self.base + self.collection.format(**arguments), body, query)
        result = self.client.done(self.base, answer) if self.waits else answer
        return self.id.format(**arguments) if self.id else str(result["name"])

    def update(self, change: Change) -> None:
        mask = ",".join(camel(name) for name in self.fields if name in change.fields)
        answer = self.client(
            "PATCH", self.base + change.id, self._body(change.arguments, self.fields), {"updateMask": mask}
        )
        if self.waits:
            self.client.done(self.base, answer)

    def delete(self, id: str) -> None:
        answer = self.client("DELETE", self.base + id)
        if self.waits:
            self.client.done(self.base, answer)

    def _body(self, arguments: Arguments, names: tuple[str, ...]) -> Body:
        given = {name: arguments[name] for name in names if name in arguments}
        for path, value in self.defaults.items():
            outer, _, inner = path.partition(".")
            if not inner and outer in names:
                given.setdefault(outer, value)
            elif inner and outer in given:
                given[outer] = {inner: value, **given[outer]}
        return dict(rest(given))


def _field(body: Body, name: str) -> Any:
    value = comparable({camel(name): body.get(camel(name))})
    return value.get(camel(name))


def access(client: Client) -> dict[str, Any]:
    """Access Context Manager."""
    return {
        "google_access_context_manager_access_policy": Object(
            client, ACM, "accessPolicies", ("title",), created=("parent", "scopes")
        ),
        "google_access_context_manager_access_level": Object(
            client, ACM, "{parent}/accessLevels", ("title", "description", "basic", "custom"),
            created=("name",), places=("parent",), id="{name}", defaults={"basic.combining_function": "AND"},
        ),
        "google_access_context_manager_service_perimeter": Object(
            client, ACM, "{parent}/servicePerimeters",
            ("title", "description", "status", "spec", "use_explicit_dry_run_spec"),
            created=("name", "perimeter_type"), places=("parent",), id="{name}",
            defaults={"perimeter_type": "PERIMETER_TYPE_REGULAR"},
        ),
    }  # fmt: skip


def pools(client: Client) -> dict[str, Any]:
    """Workload identity federation."""
    fields = ("display_name", "description", "disabled")
    return {
        "google_iam_workload_identity_pool": Object(
            client, IAM, POOL.rpartition("/")[0], fields, places=("project", "workload_identity_pool_id"), id=POOL,
            query={"workloadIdentityPoolId": "workload_identity_pool_id"},
        ),
        "google_iam_workload_identity_pool_provider": Object(
            client, IAM, f"{POOL}/providers", (*fields, "attribute_mapping", "attribute_condition", "aws"),
            places=("project", "workload_identity_pool_id", "workload_identity_pool_provider_id"),
            id=f"{POOL}/providers/{{workload_identity_pool_provider_id}}",
            query={"workloadIdentityPoolProviderId": "workload_identity_pool_provider_id"},
        ),
    }  # fmt: skip


def alerts(client: Client) -> dict[str, Any]:
    """Alert policies."""
    fields = (
        "display_name", "combiner", "enabled", "conditions", "notification_channels", "alert_strategy", "user_labels",
        "severity", "documentation",
    )  # fmt: skip
    defaults = {"enabled": True, "documentation.mime_type": "text/markdown"}
    alert = Object(
        client, MONITORING, "projects/{project}/alertPolicies", fields,
        places=("project",), defaults=defaults, waits=False,
    )  # fmt: skip
    return {"google_monitoring_alert_policy": alert}
