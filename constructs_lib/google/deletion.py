"""What the provider itself refuses to delete."""

from cdktf import TerraformResource

from constructs_lib import limits

PREVENT, DELETE = "PREVENT", "DELETE"


def deletion_policy(constraint: str, *, enforced: bool) -> str | None:
    """PREVENT while something is enforced, DELETE otherwise; None if a version that the constraint admits lacks the argument.

    `constraint` is the stack's on hashicorp/google. Raises LimitError if it is not a constraint.
    """
    if not limits.knows_deletion_policy(constraint):
        return None
    return PREVENT if enforced else DELETE


def set_deletion_policy(resource: TerraformResource, value: str | None) -> None:
    """Write the argument by override, since the bindings do not know it. Nothing is written for None.

    The provider does not delete or replace what has PREVENT in the state, also after the resource left the configuration.
    PREVENT stays in the state if the argument is left out later, and Terraform's plan does not show it: write DELETE instead. Until
    then `deploy.guard` refuses to delete.
    """
    if value is not None:
        resource.add_override("deletion_policy", limits.deletion_policy(value))
