"""What runs as a service account or role that the world names: a program in it may make the calls that these may make.

Of every type that decides no call itself: an instance, a function, a job, a build. What names an account or a role is
found by its text, so that no list of types and fields is needed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from access.aws import ACTS, PROFILE
from access.changes import SERVICE_ACCOUNT
from access.denials import ROLE
from access.gain import Gain
from access.kinds import decides
from access.objects import Object, known_after_apply
from policy.identity import account_email

# The kit makes instances, and again after a pause: their programs are in the same plan. A flow log runs no program.
_OTHERS = ("aws_instance", "aws_flow_log")
_FIELD = re.compile(r"(\w+_)?(service_account(_email|_name)?|role(_arn)?|iam_instance_profile)")
_MEMBERS = {"member", "members", "user_by_email", "bindings"}
_EMAIL = re.compile(r"(?:projects/[^/]+/serviceAccounts/)?([^@/\s]+@[^@/\s]+)")
_ARN = re.compile(r"arn:[\w-]+:iam::[0-9]{12}:(role|instance-profile)/(?:[^\s]*/)?([\w+=,.@-]+)")
_ACCOUNT = re.compile(r"serviceAccount:([^\s\"'@]+@[^\s\"'@]+)")
_CALLER = re.compile(r"(?:assumed-role|attribute\.aws_role)/([\w+=,.@-]{1,64})")
_REFERENCE = re.compile(r"\$\{((?:google|aws)_\w+\.[\w-]+)\.[\w.\[\]]+\}")


def gains(old: Sequence[Object], new: Sequence[Object]) -> Iterator[Gain]:
    """One for each that newly runs as one of them. An expression in such a field that is not known cannot be decided."""
    names, existing = Names(new), {(one.kind, one.address): one for one in old}
    for one in new:
        was = existing.get((one.kind, one.address))
        if one.kind in _OTHERS or (was and one.kind in ACTS):
            continue  # access.aws reads what another role means for one of these
        for text in dict.fromkeys(runs_as(one, names)):
            if was is None or text not in runs_as(was, names):
                whom = "an account or role that is not known" if known_after_apply(text) else text
                yield Gain(one.address, f"newly runs as {whom}", "", (text,) if known_after_apply(text) else ())


def runs_as(one: Object, names: "Names") -> list[str]:
    """The accounts and roles that a resource names, and expressions in place of one."""
    if decides(one.kind) or not one.kind.startswith(("google_", "aws_")):
        return []
    return [name for field, text in _texts(one.values, "") if (name := names.named(one, field, text))]


class Names:
    """The accounts and roles of a world, and how others refer to them."""

    def __init__(self, objects: Sequence[Object]) -> None:
        self._objects = {one.address: one for one in objects if one.kind in (SERVICE_ACCOUNT, ROLE, PROFILE)}
        self._profiles = {str(one.values.get("name")): one for one in objects if one.kind == PROFILE}
        self._deciding = [one for one in objects if one.kind.startswith("google_") and decides(one.kind)]

    @cached_property
    def _said(self) -> str:
        return "\n".join(text for one in self._deciding for _, text in _texts(one.values, "", every=True))

    @cached_property
    def _accounts(self) -> set[str]:
        made = {_email(one) for one in self._objects.values() if one.kind == SERVICE_ACCOUNT}
        return made | {email.lower() for email in _ACCOUNT.findall(self._said)}

    @cached_property
    def _roles(self) -> set[str]:
        """The roles that Google's side names; of a world without that side, such as a plan of AWS alone, those it makes."""
        made = {str(one.values.get("name")) for one in self._objects.values() if one.kind == ROLE}
        return set(_CALLER.findall(self._said)) if self._deciding else made

    def named(self, one: Object, field: str, text: str) -> str:
        """The account or role that a text is; of a field for one, the expression that is not known; else empty."""
        if known_after_apply(text):
            found = _REFERENCE.fullmatch(text)
            if found and (other := self._objects.get(found[1])):
                return self._of(other)
            ours = text.startswith("${" + one.address)  # the cloud gives its default account
            return text if _FIELD.fullmatch(field) and not ours else ""
        if (email := _EMAIL.fullmatch(text)) and email[1].lower() in self._accounts:
            return f"service account {email[1].lower()}"
        if arn := _ARN.fullmatch(text):
            return self._profile(arn[2]) if arn[1] == "instance-profile" else self._role(arn[2])
        return self._profile(text)

    def _of(self, other: Object) -> str:
        if other.kind == SERVICE_ACCOUNT:
            return f"service account {_email(other)}"
        if other.kind == ROLE:
            return self._role(str(other.values.get("name")))
        return self._profile(str(other.values.get("name")))

    def _profile(self, name: str) -> str:
        role = str(self._profiles[name].values.get("role")) if name in self._profiles else ""
        found = _REFERENCE.fullmatch(role)
        return self._role(
            str(self._objects[found[1]].values.get("name")) if found and found[1] in self._objects else role
        )

    def _role(self, name: str) -> str:
        return f"AWS role {name}" if name in self._roles else ""


def _email(account: Object) -> str:
    """The email of an account; the address of its resource as far as its values do not give one."""
    email, values = account.values.get("email"), account.values
    if isinstance(email, str) and not known_after_apply(email):
        return email.lower()
    return account_email(str(values.get("account_id")), str(values.get("project"))).lower()


def _texts(value: Any, field: str, every: bool = False) -> Iterator[tuple[str, str]]:
    """Each text with the name of its field; a grantee does not run anything, unless `every` text counts."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if every or name not in _MEMBERS:
                # The block of an instance's account has its email.
                yield from _texts(inner, field if name == "email" else str(name), every)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, field, every)
    elif isinstance(value, str):
        yield field, value
