"""What the kit knows of one resource type, as data.

`Resource.arguments` has a rule for each argument that the kit writes. `a.b[]` is a list b in block a, and `a.*` is all of block a.

=       the review shows it
#       the review shows its checksum: programs
*       any value: names, descriptions, tags, order
@       the Google provider's project
&       the Google provider's project, or that of the pool
else    a pattern that the whole value matches; the review does not show it

`!` before a rule: the argument is required. `+`: it is required where its block is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Search:
    """A data source that finds ids by this deployment's tag and the resource's Name, or by the arguments in `same`.

    `attribute` has the ids. `arguments` narrow the search: what is deleted keeps its tags for an hour. A source for every
    type of AWS has the ids of all of them: those that begin with `begins` are meant.
    """

    source: str
    attribute: str = "ids"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    begins: str = ""
    same: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rest:
    """A type of Google's whose API is regular: POST to a collection, GET, PATCH with a mask, DELETE.

    `fields` change in place, in the order of the provider's mask. `created` are sent at creation only, and like the
    arguments in `places` they force a replacement. `query` has arguments by the name of their parameter. `defaults` are the
    provider's, by dotted name. `waits`: the API answers with an operation.
    """

    fields: tuple[str, ...]
    created: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    waits: bool = True


@dataclass(frozen=True)
class Ec2:
    """A type of EC2's: `noun` is its name in tags and ARNs, `key` the name of its id.

    `created` are arguments that force a replacement. `describe` and `delete` are the calls, where `key` does not tell them.
    """

    noun: str
    key: str
    created: tuple[str, ...] = ()
    describe: str = ""
    delete: str = ""


@dataclass(frozen=True)
class Resource:
    """One type: `section` is the review's that has it, `arguments` are the rules above.

    `creation` is the request that creates one: `ec2:CreateVpc`, or `POST` and a URL, where `{project}` is an argument.
    A type has one of these: `import_id`, made of its arguments (project ids, never numbers: a number replaces what was
    imported); `search`; `by_hand`, a command for a person; or `taken_over`: Terraform imports it by itself.
    `api` is set where the simulated apply needs nothing else. `part` has the side and the list of the perimeter that it is in.
    """

    arguments: Mapping[str, str]
    creation: str
    section: str = "others"
    import_id: str = ""
    search: Search | None = None
    by_hand: str = ""
    taken_over: bool = False
    api: Rest | Ec2 | None = None
    part: tuple[str, str] | None = None


def of(*kinds: str) -> str:
    """A pattern of a reference to a resource or data source of one of these types."""
    return rf"\$\{{(data\.)?({'|'.join(kinds)})\.[\w-]+\.\w+\}}"
