"""Types whose provider code is generated: POST to a collection, GET, PATCH with a mask of what changed, DELETE."""

from dataclasses import dataclass
from typing import Any

from resources import RESOURCES
from resources.description import Rest

from ...google.schema import camel
from ..document import Arguments
from ..kind import Change, Fields, Found
from .bodies import attributes, comparable, rest
from .client import Body, Client


@dataclass(frozen=True)
class Object:
    """`collection` and `id` are templates of arguments; no `id`: the API names the object."""

    client: Client
    base: str
    collection: str
    api: Rest
    id: str

    @property
    def forces(self) -> frozenset[str]:
        return frozenset((*self.api.created, *self.api.places))

    def wanted(self, arguments: Arguments) -> Fields:
        body = self._body(arguments, self.api.fields)
        places = {name: arguments.get(name) for name in (*self.api.created, *self.api.places)}
        return {name: _field(body, name) for name in self.api.fields} | places

    def read(self, id: str) -> Found | None:
        body = self.client.find(self.base + id)
        if body is None or body.get("state") == "DELETED":
            return None
        found = {name: _field(body, name) for name in self.api.fields}
        short = {"id": id.removeprefix("accessPolicies/")} | (
            {"name": id.removeprefix("accessPolicies/")} if self.collection == "accessPolicies" else {}
        )
        return Found({**attributes(body), **short}, found)

    def create(self, arguments: Arguments) -> str:
        query = {name: arguments[argument] for name, argument in self.api.query.items()}
        body = self._body(arguments, (*self.api.created, *self.api.fields))
        answer = self.client("POST", self.base + self.collection.format(**arguments), body, query)
        result = self.client.done(self.base, answer) if self.api.waits else answer
        return self.id.format(**arguments) if self.id else str(result["name"])

    def update(self, change: Change) -> None:
        mask = ",".join(camel(name) for name in self.api.fields if name in change.fields)
        answer = self.client(
            "PATCH", self.base + change.id, self._body(change.arguments, self.api.fields), {"updateMask": mask}
        )
        if self.api.waits:
            self.client.done(self.base, answer)

    def delete(self, id: str) -> None:
        answer = self.client("DELETE", self.base + id)
        if self.api.waits:
            self.client.done(self.base, answer)

    def _body(self, arguments: Arguments, names: tuple[str, ...]) -> Body:
        given = {name: arguments[name] for name in names if name in arguments}
        for path, value in self.api.defaults.items():
            outer, _, inner = path.partition(".")
            if not inner and outer in names:
                given.setdefault(outer, value)
            elif inner and outer in given:
                given[outer] = {inner: value, **given[outer]}
        return dict(rest(given))


def _field(body: Body, name: str) -> Any:
    value = comparable({camel(name): body.get(camel(name))})
    return value.get(camel(name))


def objects(client: Client) -> dict[str, Object]:
    """The types whose description is sufficient."""
    return {
        kind: Object(client, *_place(one.creation), one.api, one.import_id)
        for kind, one in RESOURCES.items()
        if isinstance(one.api, Rest)
    }


def _place(creation: str) -> tuple[str, str]:
    """The API and the collection of `POST https://API/v1/COLLECTION`."""
    parts = creation.removeprefix("POST https://").split("/", 2)
    return "/".join((*parts[:2], "")), parts[2]
