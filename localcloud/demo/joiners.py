"""The settings files of three environments that join the perimeter of the security team."""

from dataclasses import dataclass

from .security import ACCOUNT, PERIMETER
from .settings import DRY_RUN, HANDED_OVER, word


@dataclass(frozen=True)
class Joiner:
    """An environment that joins the security team's perimeter: an AWS account, and a project at Google.

    `aws` has the rest of that table. `role` is the role of its workload `app`, and `workload` has the workload's other keys.
    """

    prefix: str
    account: str
    project: str
    number: str
    aws: str
    role: str
    workload: str = ""

    def text(self, mode: str) -> str:
        """The text of its file, in the form of environments/joiner.toml; to hand over, of environments/hand-over.toml."""
        return f"""
prefix = "{self.prefix}"
[aws]
region = "ap-northeast-1"
account_id = "{self.account}"
{self.aws}
[google]
project_id = "{self.project}"
project_number = "{self.number}"
[[workload]]
name = "app"
{self.workload}
[perimeter]
{"hand_over" if mode == HANDED_OVER else "join"} = "{PERIMETER}"
dry_run = {word(mode == DRY_RUN)}
"""


ASSUMED, CALLER = "arn:aws:iam::210987654321:role/deployment/terraform", "caller@green-project.iam.gserviceaccount.com"
CUSTOM_ROLE, CENTRAL = "projects/green-project/roles/team_gemini", "203.0.113.7"
"""What is there before: red's role, which Terraform assumes, and green's service account, custom role and central egress."""
_BUILT = '[aws.network]\ncidr = "10.70.0.0/20"\nzones = ["{}"]\n'
BLUE = Joiner("blue", ACCOUNT, "my-project", "345678901234", _BUILT.format("ap-northeast-1a"), "blue-app")
RED = Joiner(
    "red",
    "210987654321",
    "red-project",
    "100000000002",
    f'{_BUILT.format("ap-northeast-1c")}[aws.assume_role]\nrole_arn = "{ASSUMED}"\nexternal_id = "red"',
    "red-app",
)
GREEN = Joiner(
    "green",
    ACCOUNT,
    "green-project",
    "100000000003",
    f"""[aws.existing_network]
subnet_ids = {{ "ap-northeast-1a" = "subnet-0123456789abcdef0" }}
egress_cidrs = ["{CENTRAL}/32"]""",
    "lambda-green",
    f'role_name = "lambda-green"\nservice_account_email = "{CALLER}"\nrole = "{CUSTOM_ROLE}"',
)
