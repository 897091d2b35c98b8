"""Whom the deployed configuration names, read back from Google: whoever it lets in by mistake must be among the callers."""

import ipaddress
import json
import re
from collections.abc import Iterator

from localcloud.google.state import State
from policy import identity as identities
from policy.identity import Identity

_ROLE = re.compile(r"(?:aws_role|assumed-role)/([\w+=,.@-]+)")
_LIST = re.compile(r"aws_role (?:in|==) (\[[^\]]*\]|'[^']*')")
_MEMBER = re.compile(r'"(user|group|serviceAccount):([^"]+)"')


def roles(state: State) -> list[str]:
    """AWS roles that a provider, an allow policy or a rule of a perimeter speaks of."""
    text = _text(state)
    return sorted(
        {*_ROLE.findall(text), *(name for names in _LIST.findall(text) for name in re.findall(r"'([^']+)'", names))}
    )


def people(state: State) -> dict[str, Identity]:
    """By member string: users and service accounts that are named, and for a group somebody in it."""
    makers = {
        "user": identities.user,
        "group": lambda email: identities.user(f"someone-{email}", [email]),
        "serviceAccount": identities.service_account,
    }
    return {f"{kind}:{email}": makers[kind](email) for kind, email in sorted(set(_MEMBER.findall(_text(state))))}


def addresses(state: State) -> Iterator[str]:
    """The first and the last one of every network in an access level."""
    for level in state.access_levels.values():
        for condition in level["basic"]["conditions"]:
            for network in map(ipaddress.ip_network, condition.get("ipSubnetworks", ())):
                yield from (str(network[0]), str(network[-1]))


def _text(state: State) -> str:
    return json.dumps([state.providers, state.iam_policies, state.service_perimeters])
