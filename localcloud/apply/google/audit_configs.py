"""Which data access a project logs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..document import Arguments
from ..kind import Batched, Change, Fields, Found
from .bodies import comparable, rest
from .client import Body, Client
from .policies import SEPARATOR, modify, read


@dataclass(frozen=True)
class AuditConfig(Batched):
    """What one service logs in a project; `audit_log_config` changes in place. Its id is project and service."""

    client: Client
    forces: frozenset[str] = frozenset(("project", "service"))

    def wanted(self, arguments: Arguments) -> Fields:
        given = {name: arguments[name] for name in ("project", "service")}
        return {**given, "audit_log_config": _logs(rest(arguments["audit_log_config"]))}

    def read(self, id: str) -> Found | None:
        project, service = id.split(SEPARATOR)
        policy = read(self.client, project)
        config = next((one for one in policy.get("auditConfigs", []) if one["service"] == service), None)
        attributes = {"id": f"{project}/audit_config/{service}", "project": project, "service": service}
        return config and Found(attributes, {"audit_log_config": _logs(config["auditLogConfigs"])})

    def create_all(self, several: list[Arguments]) -> list[str]:
        ids = [SEPARATOR.join((a["project"], a["service"])) for a in several]
        self._set(dict(zip(ids, (rest(a["audit_log_config"]) for a in several), strict=True)))
        return ids

    def update(self, change: Change) -> None:
        self.create(change.arguments)

    def delete_all(self, ids: list[str]) -> None:
        self._set(dict.fromkeys(ids))

    def _set(self, logs: Mapping[str, Any]) -> None:
        """By id; None ends a service's configuration."""
        for project in sorted({id.split(SEPARATOR)[0] for id in logs}):
            wanted = {id.split(SEPARATOR)[1]: one for id, one in logs.items() if id.split(SEPARATOR)[0] == project}
            modify(self.client, project, partial(_audit, wanted))


def _audit(wanted: Mapping[str, Any], policy: Body) -> None:
    others = [one for one in policy.get("auditConfigs", []) if one["service"] not in wanted]
    new = [{"service": service, "auditLogConfigs": logs} for service, logs in wanted.items() if logs]
    policy["auditConfigs"] = [*others, *new]


def _logs(logs: list[Body]) -> list[Body]:
    return sorted(comparable(logs), key=lambda one: str(one["logType"]))
