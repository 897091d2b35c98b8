"""The attribute conditions that this kit writes, in both of their forms, as clauses that can be compared. Pure."""

import re

_ROLE = r"[\w+=,.@-]+"
_BY_NAME = r"assertion\.arn\.startsWith\('[^']*'\)"
# One account, and a clause for each role; `false` is the clause of no role.
_CLAUSE = rf"(?:{_BY_NAME}|\({_BY_NAME} && assertion\.userid\.startsWith\('[^']*'\)\)|false)"
_CLAUSES = re.compile(rf"(assertion\.account == '\d+') && \(({_CLAUSE}(?: \|\| {_CLAUSE})*)\)")
# The form for many roles: names in a list, and a clause for each role with a unique id.
_NAMES = rf"attribute\.aws_role in \['{_ROLE}'(?:,'{_ROLE}')*\]"
_PINNED = rf"\(attribute\.aws_role == '({_ROLE})' && (assertion\.userid\.startsWith\('[^']*'\))\)"
_LIST = re.compile(
    r"(?P<account>assertion\.account == '(?P<number>\d+)') && "
    r"assertion\.arn\.startsWith\('(?P<roles>arn:[a-z-]+:sts::(?P=number):assumed-role/)'\) && "
    rf"\((?:(?P<names>{_NAMES})(?P<more>(?: \|\| {_PINNED})*)|(?P<pinned>{_PINNED}(?: \|\| {_PINNED})*))\)"
)


def clauses(condition: str) -> tuple[str, list[str]] | None:
    """The account's comparison and a clause for each role, as in the form for few roles; None if it is not the kit's."""
    if found := _CLAUSES.fullmatch(condition):
        return found[1], [one for one in re.findall(_CLAUSE, found[2]) if one != "false"]
    if found := _LIST.fullmatch(condition):
        names = re.findall(rf"'({_ROLE})'", found["names"] or "")
        pinned = re.findall(_PINNED, found["more"] or found["pinned"] or "")
        by_name = [_by_name(found["roles"], name) for name in names]
        return found["account"], [*by_name, *(f"({_by_name(found['roles'], name)} && {id})" for name, id in pinned)]
    return None


def _by_name(roles: str, name: str) -> str:
    return f"assertion.arn.startsWith('{roles}{name}/')"
