"""Two stacks with the constructs alone: a role that exists calls Gemini, from the addresses of a network that is built."""

from cdktf import App, DataTerraformRemoteStateLocal, TerraformOutput, TerraformStack, Token
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_google.data_google_project import DataGoogleProject
from cdktf_cdktf_provider_google.provider import GoogleProvider
from constructs import Construct

from constructs_lib.aws.network import Network
from constructs_lib.google.access import AccessPolicy, IpAccessLevel
from constructs_lib.google.caller import GeminiRole, ImpersonatedCaller
from constructs_lib.google.condition import AdmittedRole
from constructs_lib.google.federation import WorkloadIdentityFederation
from constructs_lib.google.perimeter import IngressRule, Perimeter, PerimeterConfig

GEMINI = "aiplatform.googleapis.com"


class Addresses(TerraformStack):
    """A network with one NAT gateway, whose address is the output `egress_cidrs`."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        AwsProvider(self, "aws", region="eu-west-1", allowed_account_ids=["123456789012"])
        network = Network(
            self, "network", name="summaries", region="eu-west-1", cidr="10.20.0.0/24", zones=["eu-west-1a"]
        )
        TerraformOutput(self, "egress_cidrs", value=network.egress_cidrs)


class Boundary(TerraformStack):
    """Pool, account, level and perimeter, for a project whose id and number Terraform reads."""

    def __init__(self, scope: Construct, id: str, addresses: TerraformStack) -> None:
        super().__init__(scope, id)
        self.add_dependency(addresses)
        GoogleProvider(self, "google", project="my-project")
        project = DataGoogleProject(self, "project")
        outputs = DataTerraformRemoteStateLocal(self, "addresses", path="terraform.addresses.tfstate")
        federation = WorkloadIdentityFederation(
            self,
            "federation",
            project_id=project.project_id,
            project_number=project.number,
            pool_id="summaries",
            provider_id="summaries",
            partition="aws",
            account_id="123456789012",
            roles=[AdmittedRole("summaries")],
        )
        caller = ImpersonatedCaller(
            self,
            "caller",
            project_id=project.project_id,
            account_id="summaries",
            principal_set=federation.principal_set("summaries"),
            display_name="Gemini from AWS role summaries",
        )
        policy = AccessPolicy(
            self, "policy", title="Gemini", project_number=project.number, organization_id="123456789012"
        )
        level = IpAccessLevel(
            self,
            "level",
            policy=policy,
            short_name="summaries",
            ip_subnetworks=Token.as_list(outputs.get("egress_cidrs")),
            description="the NAT gateway of summaries",
        )
        rule = IngressRule("summaries calls Gemini", level, (caller.identity,), (GEMINI,))
        perimeter = Perimeter(
            self,
            "perimeter",
            policy=policy,
            short_name="summaries",
            description="Gemini is called by one role, from one address",
            dry_run=PerimeterConfig(project.number, (GEMINI,), (rule,)),
            depends_on=caller.identity_resources,
        )
        role = GeminiRole(self, "role", project_id=project.project_id, role_id="summaries_gemini_caller")
        caller.grant(role.name, depends_on=[federation.provider, role.role, perimeter.perimeter])


if __name__ == "__main__":
    app = App()
    Boundary(app, "boundary", Addresses(app, "addresses"))
    app.synth()
