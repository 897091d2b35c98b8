"""The attribute mapping and condition of an AWS provider, as text: pure, so that settings can measure them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from constructs_lib import limits


@dataclass(frozen=True)
class AdmittedRole:
    """An AWS role that may exchange its identity for a token.

    `name` is bare: role paths never appear in assumed-role ARNs. `unique_id` (`AROA...`), if given, also tells a role
    from a later one of the same name. `session_length` is the most characters that a session's name can have: 19 for
    EC2's own. Raises LimitError: the text becomes part of an expression.
    """

    name: str
    unique_id: str | None = None
    session_length: int = limits.MAX_SESSION_LENGTH

    def __post_init__(self) -> None:
        limits.aws_role_name(self.name)
        limits.session_length(self.session_length)
        if self.unique_id is not None:
            limits.unique_role_id.unless_reference(self.unique_id)


def attribute_mapping(subject: str = "arn") -> dict[str, str]:
    """Google's own mapping for EC2 ("Configure Workload Identity Federation with AWS or Azure VMs"), plus the account.

    `subject` is `arn` (readable in logs, at most 127 bytes) or `userid` (always short enough).
    """
    return {
        "google.subject": f"assertion.{limits.subject_claim(subject)}",
        "attribute.account": "assertion.account",
        "attribute.aws_role": "assertion.arn.extract('assumed-role/{role_name}/')",
        "attribute.aws_ec2_instance": "assertion.arn.extract('assumed-role/{role_and_session}').extract('/{session}')",
    }


def attribute_condition(partition: str, account_id: str, roles: Sequence[AdmittedRole]) -> str:
    """CEL that admits exactly these roles of this account; without roles it admits nobody. Raises LimitError.

    A clause for each role, as long as Google's 4,096 characters hold them: about 44 roles with names of 20 characters, 30
    with names of 64. Longer lists become one list of names: about 170, or 59. Roles with a unique id keep a clause each.
    """
    limits.aws_account_id.unless_reference(account_id)
    limits.partition_name(partition)
    ordered = sorted(roles, key=lambda role: role.name)
    condition = _clauses(partition, account_id, ordered)
    fits = limits.attribute_condition.holds(_clauses(partition, account_id, [_as_long(role) for role in ordered]))
    return condition if fits else _list(partition, account_id, ordered)


def _clauses(partition: str, account_id: str, roles: Sequence[AdmittedRole]) -> str:
    """The slash behind the role's name is what keeps role `app` from admitting `app2`."""
    clauses = [_clause(partition, account_id, role) for role in roles]
    return f"assertion.account == '{account_id}' && ({' || '.join(clauses) or 'false'})"


def _clause(partition: str, account_id: str, role: AdmittedRole) -> str:
    by_name = f"assertion.arn.startsWith('arn:{partition}:sts::{account_id}:assumed-role/{role.name}/')"
    if role.unique_id is None:
        return by_name
    return f"({by_name} && assertion.userid.startsWith('{role.unique_id}:'))"


def _list(partition: str, account_id: str, roles: Sequence[AdmittedRole]) -> str:
    """The same roles by the mapped name.

    The ARN's beginning comes first: the user `arn:aws:iam::ACCOUNT:user/assumed-role/app/x` is mapped to `app` as well.
    """
    names = ",".join(f"'{role.name}'" for role in roles if role.unique_id is None)
    pinned = [
        f"(attribute.aws_role == '{role.name}' && assertion.userid.startsWith('{role.unique_id}:'))"
        for role in roles
        if role.unique_id is not None
    ]
    clauses = [*([f"attribute.aws_role in [{names}]"] if names else []), *pinned]
    assumed = f"assertion.arn.startsWith('arn:{partition}:sts::{account_id}:assumed-role/')"
    return f"assertion.account == '{account_id}' && {assumed} && ({' || '.join(clauses)})"


def _as_long(role: AdmittedRole) -> AdmittedRole:
    """The role with a unique id of the usual length: a reference to one has another length than the value."""
    return role if role.unique_id is None else replace(role, unique_id="AROA" + 17 * "A")
