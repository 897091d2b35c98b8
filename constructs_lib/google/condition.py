"""The attribute mapping and condition of an AWS provider, as text: pure, so that settings can measure them."""

from collections.abc import Sequence
from dataclasses import dataclass

from constructs_lib import limits


@dataclass(frozen=True)
class AdmittedRole:
    """An AWS role that may exchange its identity for a token.

    `name` is bare: role paths never appear in assumed-role ARNs. `unique_id` (`AROA...`), if given, also tells a role
    from a later one of the same name. `session_length` is the most characters that a session's name can have: 19 for
    EC2's own. Raises LimitError: what stands here becomes part of an expression.
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

    The slash behind the role's name is what keeps role `app` from admitting `app2`. Google allows 4,096 characters,
    about 44 roles with names of 20 characters, 30 with names of 64.
    """
    limits.aws_account_id(account_id)
    limits.partition_name(partition)
    clauses = [_clause(partition, account_id, role) for role in sorted(roles, key=lambda role: role.name)]
    return f"assertion.account == '{account_id}' && ({' || '.join(clauses) or 'false'})"


def _clause(partition: str, account_id: str, role: AdmittedRole) -> str:
    by_name = f"assertion.arn.startsWith('arn:{partition}:sts::{account_id}:assumed-role/{role.name}/')"
    if role.unique_id is None:
        return by_name
    return f"({by_name} && assertion.userid.startsWith('{role.unique_id}:'))"
