"""What two worlds of some size let somebody do: `python -m bench.difference KIND N`. Prints the number of gains.

KIND is `roles` (one provider with so many pinned roles), `ranges` (so many workloads, and as many ranges in one level),
`rules` (so many levels, and a rule for each) or `groups` (two perimeters with so many rules, each for a group). Of each the
new world has one more.
"""

import sys
from collections.abc import Callable

from access.changes import LEVEL, PERIMETER, PROVIDER
from access.difference import gains
from access.objects import Object

GEMINI = "aiplatform.googleapis.com"
ACCOUNT = "123456789012"


def roles(number: int) -> list[Object]:
    """A provider whose condition names roles, each with its unique id."""
    clauses = (
        f"(assertion.arn.startsWith('arn:aws:sts::{ACCOUNT}:assumed-role/role-{index}/')"
        f" && assertion.userid.startsWith('AROA{index:017}:'))"
        for index in range(number)
    )
    condition = f"assertion.account == '{ACCOUNT}' && ({' || '.join(clauses)})"
    values = {"workload_identity_pool_id": "p", "attribute_condition": condition, "aws": [{"account_id": ACCOUNT}]}
    return [Object("provider", PROVIDER, values)]


def ranges(number: int) -> list[Object]:
    """One level, and one rule for all workloads."""
    members = [f"serviceAccount:w{index}@p.iam.gserviceaccount.com" for index in range(200)]
    cidrs = [f"203.0.{index // 64}.{index % 64 * 4}/30" for index in range(number)]
    return [_level("l", cidrs), _perimeter([_rule("l", members)])]


def rules(number: int) -> list[Object]:
    """A level and a rule for each workload."""
    found = [
        (f"l{index}", f"203.0.{index // 64}.{index % 64 * 4}/30", f"serviceAccount:w{index}@p.iam.gserviceaccount.com")
        for index in range(number)
    ]
    return [
        *(_level(name, [cidr]) for name, cidr, _ in found),
        _perimeter([_rule(name, [who]) for name, _, who in found]),
    ]


def groups(number: int) -> list[Object]:
    """Two perimeters, each with a level and a rule for each group."""
    found: list[Object] = []
    for project in ("1", "2"):
        names = [f"g{project}-{index}" for index in range(number)]
        found += [
            _level(name, [f"203.{project}.{index // 64}.{index % 64 * 4}/30"]) for index, name in enumerate(names)
        ]
        found.append(_perimeter([_rule(name, [f"group:{name}@example.com"], project) for name in names], project))
    return found


def _level(name: str, cidrs: list[str]) -> Object:
    return Object(name, LEVEL, {"name": name, "basic": [{"conditions": [{"ip_subnetworks": cidrs}]}]})


def _rule(level: str, identities: list[str], project: str = "1") -> dict[str, object]:
    operations = [{"service_name": GEMINI, "method_selectors": [{"method": "*"}]}]
    return {
        "title": level,
        "ingress_from": [{"identities": identities, "sources": [{"access_level": level}]}],
        "ingress_to": [{"resources": [f"projects/{project}"], "operations": operations}],
    }


def _perimeter(rules: list[dict[str, object]], project: str = "1") -> Object:
    status = {"resources": [f"projects/{project}"], "restricted_services": [GEMINI], "ingress_policies": rules}
    return Object(f"perimeter{project}", PERIMETER, {"name": f"p{project}", "status": [status]})


KINDS: dict[str, Callable[[int], list[Object]]] = {"roles": roles, "ranges": ranges, "rules": rules, "groups": groups}

if __name__ == "__main__":
    make, number = KINDS[sys.argv[1]], int(sys.argv[2])
    print(len(list(gains(make(number), make(number + 1)))))
