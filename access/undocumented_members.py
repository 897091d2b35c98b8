"""Members that Google does not document, such as `allusers`: whom they mean cannot be decided."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from access.changes import PERIMETER
from access.gain import Gain
from access.grants import grants
from access.objects import Object, known_after_apply

_MEMBER = re.compile(
    r"allUsers|allAuthenticatedUsers|(user|group|serviceAccount|domain|principal|principalSet|deleted|projectOwner|projectEditor"
    r"|projectViewer):\S+"
)
_TYPE = re.compile(r"|IDENTITY_TYPE_UNSPECIFIED|ANY_IDENTITY|ANY_USER_ACCOUNT|ANY_SERVICE_ACCOUNT")


def gains(old: Sequence[Object], new: Sequence[Object]) -> Iterator[Gain]:
    """One for each such text that is new."""
    known = set(_odd(old))
    for address, text in dict.fromkeys(_odd(new)):
        if (address, text) not in known:
            yield Gain(
                address,
                f"newly names {text!r}, a spelling that Google does not document",
                "",
                (f"whom {text!r} means",),
            )


def _odd(objects: Sequence[Object]) -> Iterator[tuple[str, str]]:
    for grant in grants(objects):
        if not known_after_apply(grant.member) and not _MEMBER.fullmatch(grant.member):
            yield grant.address, grant.member
    for one in objects:
        if one.kind == PERIMETER:
            for pattern, key in ((_MEMBER, "identities"), (_TYPE, "identity_type")):
                found = (text for text in _under(one.values, key) if not known_after_apply(text))
                yield from ((one.address, text) for text in found if not pattern.fullmatch(text))


def _under(value: Any, key: str) -> Iterator[str]:
    """Every text below a key of this name."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key:
                yield from (one for one in (inner if isinstance(inner, list) else [inner]) if isinstance(one, str))
            else:
                yield from _under(inner, key)
    elif isinstance(value, list):
        for one in value:
            yield from _under(one, key)
