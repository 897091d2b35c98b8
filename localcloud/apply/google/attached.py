"""Parts of a service perimeter that are resources: the provider reads the perimeter, and writes a whole list with the etag."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from resources import PARTS

from ..document import Arguments
from ..kind import Change, Fields, Found, Kind
from .bodies import comparable, rest
from .client import Body, Client
from .policies import SEPARATOR

ACM = "accesscontextmanager.googleapis.com/v1/"


@dataclass(frozen=True)
class _Attached:
    """An item of a list of `status` or `spec`. Its id has the perimeter, and the item as JSON: an edited one is not found."""

    client: Client
    side: str
    field: ClassVar[str]
    forces: ClassVar[frozenset[str]]

    def _item(self, arguments: Arguments) -> tuple[str, Any]:
        """The perimeter's name, and the item."""
        raise NotImplementedError

    def _id(self, arguments: Arguments) -> str:
        name, item = self._item(arguments)
        return SEPARATOR.join((name, json.dumps(comparable(item), sort_keys=True)))

    def read(self, id: str) -> Found | None:
        name, _, item = id.partition(SEPARATOR)
        body = self.client.find(ACM + name) or {}
        items = body.get(self.side, {}).get(self.field, [])
        return Found({"id": id}, {}) if json.loads(item) in map(comparable, items) else None

    def create(self, arguments: Arguments) -> str:
        name, item = self._item(arguments)
        self._write(name, lambda items: [*items, item])
        return self._id(arguments)

    def update(self, change: Change) -> None:
        raise AssertionError(f"{change.id}: every argument that changes forces a replacement here")

    def delete(self, id: str) -> None:
        name, _, item = id.partition(SEPARATOR)
        self._write(name, lambda items: [one for one in items if comparable(one) != json.loads(item)])

    def _write(self, name: str, edit: Callable[[list[Any]], list[Any]]) -> None:
        body = self.client("GET", ACM + name)
        items = edit(body.get(self.side, {}).get(self.field, []))
        sent: Body = {self.side: {self.field: items}, "etag": body["etag"]}
        sent |= {"use_explicit_dry_run_spec": True} if self.side == "spec" else {}
        answer = self.client("PATCH", ACM + name, sent, {"updateMask": f"{self.side}.{self.field},etag"})
        self.client.done(ACM, answer)


class Member(_Attached):
    """A project."""

    field = "resources"
    forces = frozenset(("perimeter_name", "resource"))

    def wanted(self, arguments: Arguments) -> Fields:
        return {name: arguments[name] for name in self.forces}

    def _item(self, arguments: Arguments) -> tuple[str, Any]:
        return arguments["perimeter_name"], arguments["resource"]


class _Rule(_Attached):
    """A rule. The provider 7.45 changes it in place if its title stays; the kit's titles change with it."""

    content: ClassVar[tuple[str, ...]]

    def wanted(self, arguments: Arguments) -> Fields:
        return {name: comparable(rest(arguments[name])) for name in self.forces}

    def _item(self, arguments: Arguments) -> tuple[str, Any]:
        return arguments["perimeter"], rest({name: arguments[name] for name in self.content})


class IngressPolicy(_Rule):
    """An ingress rule."""

    field = "ingressPolicies"
    content = ("title", "ingress_from", "ingress_to")
    forces = frozenset(("perimeter", *content))


class EgressPolicy(_Rule):
    """An egress rule."""

    field = "egressPolicies"
    content = ("title", "egress_from", "egress_to")
    forces = frozenset(("perimeter", *content))


def attached(client: Client) -> dict[str, Kind]:
    """Members and rules, enforced and dry run."""
    return {kind: _CLASSES[items](client, side) for kind, (side, items) in PARTS.items()}


_CLASSES: dict[str, Callable[[Client, str], Kind]] = {
    "resources": Member,
    "ingress_policies": IngressPolicy,
    "egress_policies": EgressPolicy,
}
