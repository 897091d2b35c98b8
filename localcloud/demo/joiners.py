"""The settings files of the second act: a perimeter that the security team owns, and two environments that join it."""

from dataclasses import dataclass

from .settings import word

POLICY, SECURITY = "987654321", ("security-project", "100000000001")
"""The organization's access policy, and the project from which the security team runs Terraform."""
PERIMETER = f"accessPolicies/{POLICY}/servicePerimeters/shared_perimeter"


@dataclass(frozen=True)
class Joiner:
    """An environment that joins the security team's perimeter: an AWS account, and a project at Google.

    In another account than the deployer's, Terraform assumes a role.
    """

    prefix: str
    account: str
    project: str
    number: str
    zone: str
    assumes: str = ""

    @property
    def role(self) -> str:
        """The role of its workload `app`."""
        return f"{self.prefix}-app"

    def text(self, *, dry_run: bool, versions: str) -> str:
        """The text of its file, in the form of environments/joiner.toml and second-account.toml."""
        role = f'[aws.assume_role]\nrole_arn = "{self.assumes}"\nexternal_id = "{self.prefix}"' if self.assumes else ""
        return f"""
prefix = "{self.prefix}"
[aws]
region = "ap-northeast-1"
account_id = "{self.account}"
{role}
[aws.network]
cidr = "10.70.0.0/20"
zones = ["{self.zone}"]
[google]
project_id = "{self.project}"
project_number = "{self.number}"
[[workload]]
name = "app"
[perimeter]
join = "{PERIMETER}"
dry_run = {word(dry_run)}
[versions]
{versions}
"""


BLUE = Joiner("blue", "123456789012", "my-project", "345678901234", "ap-northeast-1a")
RED = Joiner(
    "red",
    "210987654321",
    "red-project",
    "100000000002",
    "ap-northeast-1c",
    assumes="arn:aws:iam::210987654321:role/deployment/terraform",
)


def owner(*, dry_run: bool, versions: str) -> str:
    """The security team's environment, as environments/owner.toml."""
    project, number = SECURITY
    return f"""
prefix = "shared"
[google]
project_id = "{project}"
project_number = "{number}"
access_policy = "{POLICY}"
[perimeter]
shared = true
dry_run = {word(dry_run)}
[versions]
{versions}
"""
