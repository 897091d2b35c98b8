"""environments/article.toml against the two articles: each resource block, gcloud flag and JSON field.

A row is what an article has and what is synthesized. Where the two differ on purpose, the row says why.
Article 1: Workload Identity federation from EC2 (gcloud). Article 2: restricting by address (Terraform).
"""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from constructs_lib.google.audit import violations_filter
from stacks.settings import load
from tests.synthesis import environment, only, resources

AWS, GOOGLE = environment("article").aws, environment("article").google
SETTINGS = load("article")
ACCOUNT, NUMBER, PROJECT, ORGANIZATION = "123456789012", "345678901234", "my-project", "123456789012"
EMAIL = f"vertex-ai-caller@{PROJECT}.iam.gserviceaccount.com"
POOL = f"projects/{NUMBER}/locations/global/workloadIdentityPools/aws-ec2-pool"
PREDICT = "aiplatform.googleapis.com"


@dataclass(frozen=True)
class Row:
    """One thing of an article: where, what it has there, what is synthesized; if that differs, why, and what it is."""

    where: str
    article: Any
    ours: Any
    because: str = ""
    instead: Any = None


def google(kind: str) -> dict[str, Any]:
    return only(GOOGLE, f"google_{kind}")


def aws(kind: str) -> dict[str, Any]:
    return only(AWS, f"aws_{kind}")


def address(kind: str) -> str:
    (name,) = AWS["resource"][f"aws_{kind}"]
    return f"aws_{kind}.{name}"


pool, provider = google("iam_workload_identity_pool"), google("iam_workload_identity_pool_provider")
account, member = google("service_account"), google("project_iam_member")
impersonation = google("service_account_iam_member")
policy, level = google("access_context_manager_access_policy"), google("access_context_manager_access_level")
perimeter = google("access_context_manager_service_perimeter")
(rule,) = perimeter["status"]["ingress_policies"]
(operation,) = rule["ingress_to"]["operations"]
document = json.loads(GOOGLE["output"]["credential_documents"]["value"]["ec2-role"])
own_policy = next(iter(GOOGLE["resource"]["google_access_context_manager_access_policy"]))
PARENT = f"accessPolicies/${{google_access_context_manager_access_policy.{own_policy}.name}}"
enabled = {service["service"] for service in resources(GOOGLE, "google_project_service")}
OUR_NAMES = "names follow the prefix, so that environments do not collide"

ROWS = [
    # Article 1, gcloud services enable
    *(Row(f"services enable {name}", True, f"{name}.googleapis.com" in enabled) for name in ("iamcredentials", "sts", "iam", "cloudresourcemanager", "aiplatform")),
    # Article 1, gcloud iam workload-identity-pools create; article 2, google_iam_workload_identity_pool
    Row("pool id", "aws-ec2-pool", pool["workload_identity_pool_id"]),
    Row("pool --location", "global", json.loads(GOOGLE["output"]["credential_documents"]["value"]["ec2-role"])["audience"].split("/")[6]),
    Row("pool display_name", "AWS EC2 Pool", pool["display_name"], OUR_NAMES, "aws-ec2-pool"),
    Row("pool --description", "Workload Identity Pool for AWS EC2 instances to access Vertex AI", pool["description"], "Lambda and ECS use the pool too", "AWS workloads that call Gemini without a key"),
    # Article 1, providers create-aws; article 2, google_iam_workload_identity_pool_provider
    Row("provider id, article 1", "aws-ec2-provider", provider["workload_identity_pool_provider_id"]),
    Row("provider id, article 2", "aws-provider", provider["workload_identity_pool_provider_id"], "the articles disagree; it is a setting", "aws-ec2-provider"),
    Row("provider's pool", "aws-ec2-pool", provider["workload_identity_pool_id"]),
    Row("provider --account-id", ACCOUNT, provider["aws"]["account_id"]),
    Row("provider display_name", "AWS EC2 Provider", provider["display_name"], OUR_NAMES, "aws-ec2-provider"),
    Row("provider display_name, article 2", "AWS Provider", provider["display_name"], OUR_NAMES, "aws-ec2-provider"),
    Row("provider --description", "Workload Identity Provider for AWS EC2", provider["description"], "it says which account and roles", "AWS account 123456789012, the declared roles only"),
    Row("mapping google.subject", "assertion.arn", provider["attribute_mapping"]["google.subject"]),
    Row("mapping attribute.aws_role", "assertion.arn.extract('assumed-role/{role}/')", provider["attribute_mapping"]["attribute.aws_role"], "the placeholder's name is Google's own; its value is the same", "assertion.arn.extract('assumed-role/{role_name}/')"),
    Row("mapping attribute.aws_account", "assertion.account", provider["attribute_mapping"].get("attribute.aws_account"), "Google's own EC2 mapping calls it attribute.account", None),
    Row("mapping of the account", "assertion.account", provider["attribute_mapping"]["attribute.account"]),
    Row("condition", f"assertion.arn.startsWith('arn:aws:sts::{ACCOUNT}:assumed-role/')", provider["attribute_condition"], "the article's admits every role of the account; ours the declared role and no other", "assertion.account == '123456789012' && (assertion.arn.startsWith('arn:aws:sts::123456789012:assumed-role/vertex-ec2-role/'))"),
    # Article 1, gcloud iam service-accounts create; article 2, google_service_account
    Row("service account id", "vertex-ai-caller", account["account_id"]),
    Row("service account display_name", "Vertex AI Access from AWS EC2", account["display_name"], "it names the AWS role", "Gemini from AWS role vertex-ec2-role"),
    Row("service account display_name, article 2", "Vertex AI Caller from EC2", account["display_name"], "it names the AWS role", "Gemini from AWS role vertex-ec2-role"),
    Row("service account --description", "Service Account for AWS EC2 to access Vertex AI", account["description"], "the instance is one of several kinds of caller", "Calls Gemini for an AWS role, without a key"),
    # Both articles, the grants
    Row("project binding role", "roles/aiplatform.user", member["role"]),
    Row("project binding member", f"serviceAccount:{EMAIL}", member["member"]),
    Row("project binding project", PROJECT, member["project"]),
    Row("impersonation role", "roles/iam.workloadIdentityUser", impersonation["role"]),
    Row("impersonation service account", f"projects/{PROJECT}/serviceAccounts/{EMAIL}", impersonation["service_account_id"]),
    Row("impersonation member, article 1", f"principalSet://iam.googleapis.com/{POOL}/attribute.aws_role/EC2-Vertex-AI-Role", impersonation["member"], "the role is named after the prefix, as in article 2", "principalSet://iam.googleapis.com/projects/345678901234/locations/global/workloadIdentityPools/aws-ec2-pool/attribute.aws_role/vertex-ec2-role"),
    Row("impersonation member, article 2", f"principalSet://iam.googleapis.com/{POOL}/attribute.aws_role/vertex-ec2-role", impersonation["member"]),
    # Article 1, create-cred-config
    Row("document universe_domain", "googleapis.com", document["universe_domain"]),
    Row("document type", "external_account", document["type"]),
    Row("document audience", f"//iam.googleapis.com/{POOL}/providers/aws-ec2-provider", document["audience"]),
    Row("document subject_token_type", "urn:ietf:params:aws:token-type:aws4_request", document["subject_token_type"]),
    Row("document token_url", "https://sts.googleapis.com/v1/token", document["token_url"]),
    Row("document environment_id", "aws1", document["credential_source"]["environment_id"]),
    Row("document region_url", "http://169.254.169.254/latest/meta-data/placement/availability-zone", document["credential_source"]["region_url"]),
    Row("document url", "http://169.254.169.254/latest/meta-data/iam/security-credentials", document["credential_source"]["url"]),
    Row("document regional_cred_verification_url", "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15", document["credential_source"]["regional_cred_verification_url"]),
    Row("document --enable-imdsv2", "http://169.254.169.254/latest/api/token", document["credential_source"]["imdsv2_session_token_url"]),
    Row("document impersonation url", f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{EMAIL}:generateAccessToken", document["service_account_impersonation_url"]),
    Row("document has no other key", 7, len(document)),
    Row("document's credential_source has no other key", 5, len(document["credential_source"])),
    # Both articles, AWS
    Row("role name", "vertex-ec2-role", aws("iam_role")["name"]),
    Row("role trust", {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}, json.loads(aws("iam_role")["assume_role_policy"])),
    Row("policy, article 1", "arn:aws:iam::aws:policy/service-role/AmazonEC2RoleforSSM", aws("iam_role_policy_attachment")["policy_arn"], "deprecated: it reads every S3 bucket; Core is what Session Manager needs", "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"),
    Row("policy, article 2", "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore", aws("iam_role_policy_attachment")["policy_arn"]),
    Row("policy attached to", f"${{{address('iam_role')}.name}}", aws("iam_role_policy_attachment")["role"]),
    Row("aws_eip domain", "vpc", aws("eip")["domain"]),
    Row("aws_nat_gateway allocation_id", f"${{{address('eip')}.id}}", aws("nat_gateway")["allocation_id"]),
    Row("aws_nat_gateway in a public subnet", True, "public" in aws("nat_gateway")["subnet_id"]),
    Row("aws_instance type", "t3.small", aws("instance")["instance_type"]),
    Row("aws_instance in a private subnet", True, "private" in aws("instance")["subnet_id"]),
    Row("aws_instance security group", [f"${{{address('security_group')}.id}}"], aws("instance")["vpc_security_group_ids"]),
    Row("aws_instance profile", f"${{{address('iam_instance_profile')}.name}}", aws("instance")["iam_instance_profile"]),
    Row("aws_instance ami", "value", aws("instance")["ami"].rstrip("}").rsplit(".", 1)[1], "`value` is sensitive and hides the image from the reviewer", "insecure_value"),
    # Article 2, Access Context Manager
    Row("access policy parent", f"organizations/{ORGANIZATION}", policy["parent"]),
    Row("access policy title", "vertex-vertex-ai-policy", policy["title"], OUR_NAMES, "vertex Gemini"),
    Row("access policy scopes", [f"projects/{NUMBER}"], policy["scopes"]),
    Row("access level parent", PARENT, level["parent"]),
    Row("access level name", f"{PARENT}/accessLevels/vertex_allow_ec2_ip", level["name"], OUR_NAMES, f"{PARENT}/accessLevels/vertex_workloads"),
    Row("access level title", "vertex_allow_ec2_ip", level["title"], OUR_NAMES, "vertex_workloads"),
    Row("access level addresses", "var.allowed_cidrs", level["basic"]["conditions"][0]["ip_subnetworks"], "read from the AWS stack, not copied by hand", "${try(data.terraform_remote_state.aws.outputs.egress_cidrs, [])}"),
    # Article 2, the perimeter
    Row("perimeter parent", PARENT, perimeter["parent"]),
    Row("perimeter name", f"{PARENT}/servicePerimeters/vertex_vertex_ai_perimeter", perimeter["name"], OUR_NAMES, f"{PARENT}/servicePerimeters/vertex_perimeter"),
    Row("perimeter title", "vertex_vertex_ai_perimeter", perimeter["title"], OUR_NAMES, "vertex_perimeter"),
    Row("status resources", [f"projects/{NUMBER}"], perimeter["status"]["resources"]),
    Row("status restricted_services", [PREDICT], perimeter["status"]["restricted_services"]),
    Row("ingress source", level["name"], rule["ingress_from"]["sources"][0]["access_level"]),
    Row("ingress identity_type", "ANY_IDENTITY", rule["ingress_from"]["identity_type"]),
    Row("ingress resources", ["*"], rule["ingress_to"]["resources"], "the one project, so that a second one in the perimeter is not admitted unseen", ["projects/345678901234"]),
    Row("ingress service", PREDICT, operation["service_name"]),
    Row("ingress method", [{"method": "*"}], operation["method_selectors"]),
    Row("dry run flag", True, only(environment("example").google, "google_access_context_manager_service_perimeter")["use_explicit_dry_run_spec"]),
    Row("dry run is a spec without a status", True, "status" not in only(environment("example").google, "google_access_context_manager_service_perimeter")),
    Row("log query, metadata type", True, 'type.googleapis.com/google.cloud.audit.VpcServiceControlAuditMetadata' in violations_filter()),
    Row("log query, first line", 'resource.type="audited_resource"', violations_filter().splitlines()[0], "the log's name is the more exact condition", 'log_id("cloudaudit.googleapis.com/policy")'),
    # Both articles, the client
    Row("model", "gemini-2.5-flash", SETTINGS.gemini.model, "retired on 2026-10-20", "gemini-3.5-flash"),
    Row("location, article 1", "asia-northeast1", SETTINGS.gemini.location, "newer models are served at global first", "global"),
    Row("location, article 2", "us-central1", SETTINGS.gemini.location, "newer models are served at global first", "global"),
    Row("region", "ap-northeast-1", AWS["provider"]["aws"][0]["region"]),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.where)
def test_what_the_article_has_is_built_or_differs_for_a_reason(row: Row) -> None:
    assert row.ours == (row.instead if row.because else row.article)
    assert row.instead != row.article


def test_nothing_of_the_perimeters_rule_is_more_than_the_article_has() -> None:
    assert rule.keys() == {"title", "ingress_from", "ingress_to"}
    assert rule["ingress_from"].keys() == {"sources", "identity_type"}
    assert perimeter["status"].keys() == {"resources", "restricted_services", "ingress_policies"}
