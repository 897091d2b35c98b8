"""What the apply has to know of a type of resource, whichever cloud it is in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from .document import Arguments

Fields = dict[str, Any]
"""Arguments by their Terraform names, in whatever form makes equal what the provider takes for equal."""


@dataclass(frozen=True)
class Found:
    """What a cloud says of an object: `attributes` for references, `fields` to hold against the configuration."""

    attributes: dict[str, Any]
    fields: Fields


@dataclass(frozen=True)
class Change:
    """What changes in place: the object's id, all its new arguments, and the fields that differ."""

    id: str
    arguments: Arguments
    fields: frozenset[str]


class Kind(Protocol):
    """A type of resource."""

    @property
    def forces(self) -> frozenset[str]:
        """Fields whose change replaces the object."""

    def wanted(self, arguments: Arguments) -> Fields:
        """Every field that the configuration decides; a field that the cloud chooses if unset is left out then."""

    def read(self, id: str) -> Found | None:
        """The object now; None if it is deleted."""

    def create(self, arguments: Arguments) -> str:
        """Create it; its id. Errors: ApplyError without an address."""

    def update(self, change: Change) -> str | None:
        """Change these fields in place; the object's id if that is a new one now."""

    def delete(self, id: str) -> None:
        """End it and wait until it is deleted."""


class Batched(Kind, Protocol):
    """A type whose provider joins simultaneous requests into one: a single request is a batch of one."""

    def create_all(self, several: list[Arguments]) -> list[str]: ...

    def delete_all(self, ids: list[str]) -> None: ...

    def create(self, arguments: Arguments) -> str:
        return self.create_all([arguments])[0]

    def delete(self, id: str) -> None:
        self.delete_all([id])


Reader = Callable[[Arguments], dict[str, Any]]
"""A type of data source: its attributes for these arguments."""


@dataclass(frozen=True)
class Provider:
    """One provider of a stack, configured."""

    kinds: dict[str, Kind]
    readers: dict[str, Reader]
