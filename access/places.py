"""Callers in Google Cloud on a Shared VPC: a project that calls over the network of another project.

Google: "a service perimeter that includes projects that belong to a Shared VPC network must also include the project that
hosts the network", else services "might not work as expected or might be blocked" ("Troubleshoot common issues"). So
where a list has only one of the two, the answer is not decided.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from access.tables import Table, either
from access.truth import Combination

OTHER_PROJECT = "projects/0"
"""A project that is in no perimeter and in no rule."""
_OVER = "of a call over a network of another project"
BY_PROJECT, BY_NETWORK, BY_BOTH = READINGS = (
    f"whether Google counts the project alone {_OVER}",
    f"whether Google counts the network alone {_OVER}",
    f"whether Google counts project and network together {_OVER}",
)
"""Exactly one of these facts is true."""


@dataclass(frozen=True)
class Shared:
    """A caller of one project over a network, which is named, or is any network of a project."""

    project: str
    network: str

    def __str__(self) -> str:
        if self.project == self.network:
            return f"{self.project} over its own network"
        return (
            f"{self.project} over {self.network if self.network.startswith('//') else f'a network of {self.network}'}"
        )


def shared(lists: Iterable[Collection[str]]) -> tuple[Shared, ...]:
    """Return representatives of all callers on networks: one for the projects that are in the same lists."""
    listing: dict[str, list[int]] = defaultdict(list)
    for at, names in enumerate(lists):
        for name in names:
            listing[name].append(at)
    networks = sorted(name for name in listing if name.startswith("//"))
    alike = {tuple(where): name for name, where in sorted(listing.items(), reverse=True) if name not in networks}
    projects = [*sorted(alike.values()), OTHER_PROJECT]
    both = (Shared(project, network) for project in projects for network in (*projects, *networks))
    return tuple(one for one in both if one != Shared(OTHER_PROJECT, OTHER_PROJECT))


@dataclass(frozen=True)
class Places:
    """Origins in Google Cloud, each with a bit from `first` on: projects and networks alone, then callers on a Shared VPC."""

    first: int
    alone: tuple[str, ...]
    several: tuple[Shared, ...]
    _known: dict[tuple[bool, frozenset[str]], Table] = field(default_factory=dict, compare=False)

    @cached_property
    def every(self) -> int:
        return ((1 << len(self.alone) + len(self.several)) - 1) << self.first

    @cached_property
    def pairs(self) -> int:
        return ((1 << len(self.several)) - 1) << self.first + len(self.alone)

    @cached_property
    def networks(self) -> int:
        """The bits of named networks, and of callers on a Shared VPC."""
        return self.pairs | sum(bit for name, bit in self.bits.items() if name.startswith("//"))

    @cached_property
    def bits(self) -> dict[str, int]:
        """The bits of projects and networks alone, by name."""
        return {name: 1 << self.first + at for at, name in enumerate(self.alone)}

    @cached_property
    def _of(self) -> tuple[dict[str, int], dict[str, int]]:
        """By name, the bits of a project's callers, and the bits of callers on a network or on a network of a project."""
        project, network = defaultdict[str, int](int), defaultdict[str, int](int)
        for name, bit in self.bits.items():
            (network if name.startswith("//") else project)[name] |= bit
        for at, one in enumerate(self.several, self.first + len(self.alone)):
            project[one.project] |= 1 << at
            network[one.network] |= 1 << at
        return project, network

    @cached_property
    def hosts(self) -> dict[str, dict[str, str]]:
        """For each named network, one fact for each project: that the network is the project's. Exactly one of them is true."""
        projects = [one.project for one in self.several if one.network == one.project] + [OTHER_PROJECT]
        return {
            name: {project: f"whether {name} is a network of {project}" for project in projects}
            for name in self.bits
            if name.startswith("//")
        }

    def held(self, names: frozenset[str]) -> Table:
        """Return the origins that a list of projects and networks contains."""
        return self._answer(names, True)

    def beyond(self, names: frozenset[str]) -> Table:
        """Return the origins in Google Cloud that the list does not contain."""
        return self._answer(names, False)

    def _answer(self, names: frozenset[str], inside: bool) -> Table:
        if (inside, names) not in self._known:
            self._known[inside, names] = either(self._parts(names, inside))
        return self._known[inside, names]

    def _parts(self, names: frozenset[str], inside: bool) -> Iterator[Table]:
        projects, networks = self._of
        project, network = _all(projects, names), _all(networks, names)
        unsure = 0
        for one, facts in self.hosts.items():
            here = {host for host in facts if host in names}
            if here and one not in names:
                unsure |= networks[one]
                for host, fact in facts.items():
                    yield from self._counted(
                        project, network | networks[one] * (host in here), networks[one], inside, {fact}
                    )
        yield from self._counted(project, network, self.every & ~unsure, inside, set())

    def _counted(self, project: int, network: int, mine: int, inside: bool, facts: set[str]) -> Iterator[Table]:
        """Yield the answer for the origins in `mine`, given which of them the list has by project, and which by network."""
        alone, pairs = mine & ~self.pairs, mine & self.pairs
        sides = {BY_PROJECT: project, BY_NETWORK: network, BY_BOTH: project & network}
        agreed = project & network if inside else self.every & ~(project | network)
        yield {frozenset(facts): agreed & pairs | alone & ((project | network) if inside else ~(project | network))}
        for fact, has in sides.items():
            yield {frozenset({*facts, fact}): pairs & (has if inside else ~has)}

    def gained(self, new: Table, before: Table) -> Table:
        """Return what callers gain, without callers whose project or network already gains it by itself.

        Each case of what is not known is compared. The fact that a named network is in a project without a name here is left out.
        """
        usual = {facts[OTHER_PROJECT] for facts in self.hosts.values()}
        found: list[Table] = []
        for combination, bits in new.items():
            if self._contradicts(combination):
                continue
            found.append({combination: bits & ~self.networks})
            for part, cases in self._cases() if bits & self.networks else ():
                mine = bits & part
                possible = [one for one in cases if not self._contradicts(combination | one)]
                left = {
                    one: mine & ~_all(before, [had for had in before if had <= combination | one]) for one in possible
                }
                in_each = mine
                for each in left.values():
                    in_each &= each
                found.append({combination: in_each})
                found += [{(combination | one) - usual: each & ~in_each} for one, each in left.items()]
        exact = either(found)
        return {each: rest for each, bits in exact.items() if (rest := bits & ~self._told(each, exact))}

    def _cases(self) -> Iterator[tuple[int, list[frozenset[str]]]]:
        """Yield the origins on each network, with the cases that are possible for them."""
        rest = self.pairs
        readings = [frozenset({one}) for one in READINGS]
        for name, facts in self.hosts.items():
            on, each = self._of[1][name], [frozenset({fact}) for fact in facts.values()]
            rest &= ~on
            yield on & ~self.pairs, each
            yield on & self.pairs, [host | reading for host in each for reading in readings]
        yield rest, readings

    def _contradicts(self, combination: Combination) -> bool:
        return any(
            len(combination.intersection(each)) > 1
            for each in (READINGS, *(one.values() for one in self.hosts.values()))
        )

    def _told(self, combination: Combination, gained: Table) -> int:
        """Return the callers whose project or network gains the same, so that they need no line."""
        projects, networks = self._of
        had = _all(gained, [other for other in gained if other <= combination])
        told = 0
        for name, bit in self.bits.items():
            own = projects.get(name, 0) & networks.get(name, 0)
            if had & own:
                told |= (projects.get(name, 0) | networks.get(name, 0)) & self.pairs & ~own
            if had & bit:
                told |= (projects.get(name, 0) | networks.get(name, 0)) & self.pairs
                told |= _all(networks, [one for one, facts in self.hosts.items() if facts.get(name) in combination])
        return told


def _all(found: Mapping[Any, int], names: Iterable[Any]) -> int:
    bits = 0
    for name in names:
        bits |= found.get(name, 0)
    return bits
