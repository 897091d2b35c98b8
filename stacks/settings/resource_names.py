"""What an environment makes and grants under names that its settings determine, and who runs Terraform for it: sets to compare."""

from dataclasses import dataclass
from functools import cached_property

from constructs_lib import limits
from constructs_lib.aws.names import flow_logs_group, flow_logs_role
from stacks.settings.derived import Settings


@dataclass(frozen=True)
class ResourceNames:
    """The names that an environment's settings lead to. Each set is computed once, however often it is compared."""

    settings: Settings

    @cached_property
    def made(self) -> set[str]:
        """The import ids of what an environment makes at Google under names that the settings determine."""
        settings = self.settings
        google = settings.google
        pool = limits.pool_name(settings.pool_project_id, settings.pool_id)
        pools = {pool, f"{pool}/providers/{settings.provider_id}"} if settings.workload else set()
        accounts = [
            settings.service_account_email(one) for one in settings.impersonating if one.service_account_email is None
        ]
        ids = pools | {f"projects/{google.project_id}/serviceAccounts/{email}" for email in accounts}
        if any(one.role == "custom" for one in settings.workload):
            ids.add(f"projects/{google.project_id}/roles/{settings.custom_role_id}")
        if google.impersonation_role == "custom":
            ids.add(f"projects/{google.project_id}/roles/{settings.impersonation_role_id}")
        if settings.perimeter and settings.access_policy and not settings.perimeter.hand_over:
            policy = f"accessPolicies/{settings.access_policy}"
            if not settings.perimeter.join:
                ids.add(f"{policy}/servicePerimeters/{settings.perimeter_name}")
            ids |= {f"{policy}/accessLevels/{settings.level_name(one)}" for one in settings.level_purposes}
        return ids

    @cached_property
    def grants(self) -> dict[str, str]:
        """The import ids of grants on a project, by the text that names them. Google has each one once, also if several make it."""
        settings = self.settings
        project = settings.google.project_id
        custom = f"projects/{project}/roles/{settings.custom_role_id}"
        given = [
            (custom if one.role == "custom" else one.role, settings.caller_identity(one)) for one in settings.callers
        ]
        return {f"{role} on {project} to {member}": f"{project} {role} {member}" for role, member in given}

    @cached_property
    def principals(self) -> set[str]:
        """The workloads, as an identity of a deployer names them."""
        settings = self.settings
        pool = f"principalSet://iam.googleapis.com/{settings.pool_name}/attribute.aws_role"
        identities = {f"{pool}/{settings.role_name(one)}" for one in settings.callers}
        return identities | {settings.caller_identity(one) for one in settings.callers}

    @cached_property
    def deployers(self) -> set[str]:
        """Who runs Terraform, as far as the settings say."""
        settings = self.settings
        deployer = settings.perimeter and settings.perimeter.deployer
        named = [*deployer.identities, *(deployer.impersonators or [])] if deployer else []
        return {*named, *(f"serviceAccount:{email}" for email in settings.deploying_accounts)}

    @cached_property
    def policy_scope(self) -> str:
        """The scope of the access policy that an environment makes; empty without one. Google allows one for each scope."""
        google, perimeter = self.settings.google, self.settings.perimeter
        return f"projects/{google.project_number}" if perimeter and google.organization_id else ""

    @cached_property
    def aws_names(self) -> dict[str, list[str]]:
        """The import ids of roles, documents and log groups, by the text that names them in a message.

        Names of roles are unique in an account, the other names in one region of an account.
        """
        settings = self.settings
        aws = settings.aws
        if not settings.has_aws_stack:
            return {}
        roles = [settings.role_name(one) for one in settings.workload if one.has_role]
        groups = []
        if aws.network and aws.network.flow_logs:
            roles.append(flow_logs_role(settings.prefix, aws.region))
            groups.append(flow_logs_group(settings.prefix))
        documents = {settings.document_name(one): [settings.document_name(one)] for one in settings.instances}
        if documents:  # how many of them hold the client depends on its size
            documents[f"{settings.release_name}-1"] = [f"{settings.release_name}-{number}" for number in range(1, 10)]
        where = f"of AWS account {aws.account_id}"
        return (
            {f"role {name} {where}": [name] for name in roles}
            | {f"document {name} {where} in {aws.region}": ids for name, ids in documents.items()}
            | {f"log group {name} {where} in {aws.region}": [name] for name in groups}
        )
