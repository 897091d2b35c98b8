"""Google Cloud's limits: federation, service accounts, custom roles, access levels and perimeters."""

from collections.abc import Mapping

from constructs_lib.limits.listed import SERVICES, nearest
from constructs_lib.limits.rule import END, Check, Limit, among, between, characters, matches, size

_POOLS = "IAM API, projects.locations.workloadIdentityPools"
_PROVIDERS = f"{_POOLS}.providers"
_ACCOUNTS = "IAM API, projects.serviceAccounts"
_ROLES = "IAM API, projects.roles.create"
_IAM_QUOTAS = "Google Cloud, IAM quotas and limits"
_ACM = "Access Context Manager API"
_NUMBER = matches(r"[1-9][0-9]{0,18}")
_PROJECT = r"([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+:)?[a-z][-a-z0-9]{4,28}[a-z0-9]"


def _id_of_pool(name: str, source: str) -> Limit:
    return Limit(
        name,
        "4 to 32 characters of a-z, 0-9 and '-', not starting with 'gcp-' (reserved by Google)",
        source,
        matches(r"(?!gcp-)[0-9a-z-]{4,32}"),
    )


def _characters(name: str, most: int, source: str, least: int = 0) -> Limit:
    return Limit(name, f"{least} to {most} characters", source, characters(least, most),
                 hint=lambda value: f"it has {len(value)}")  # fmt: skip


def _bytes(name: str, most: int, source: str) -> Limit:
    return Limit(name, f"at most {most} bytes of UTF-8", source, Check(lambda value: size(value) <= most, {"maxLength": most}),
                 hint=lambda value: f"it has {size(value)}")  # fmt: skip


pool_id = _id_of_pool("pool_id", f"{_POOLS}.create")
provider_id = _id_of_pool("provider_id", f"{_PROVIDERS}.create")
pool_display_name = _characters("pool_display_name", 32, f"{_POOLS}: displayName; {_PROVIDERS}: displayName")
pool_description = _characters("pool_description", 256, f"{_POOLS}: description; {_PROVIDERS}: description")

service_account_id = Limit(
    "service_account_id",
    "6 to 30 characters of a-z, 0-9 and '-', starting with a letter, not ending in '-'",
    f"{_ACCOUNTS}.create: accountId",
    matches(r"[a-z][-a-z0-9]{4,28}[a-z0-9]"),
)
_DEFAULT_ACCOUNTS = matches(
    r"[0-9]+(-compute)?@(developer|cloudservices)\.gserviceaccount\.com|\S+@appspot\.gserviceaccount\.com"
)

_EMAIL = r"[a-z]([-a-z0-9]{4,28}[a-z0-9])@[a-z][-a-z0-9]{4,28}[a-z0-9](\.[a-z0-9-]+)*\.iam\.gserviceaccount\.com"
# IAM, Service agents: projects of Google, one for each product.
_SERVICE_AGENT = (
    r"\S+@(gcp-sa-[a-z0-9-]+|compute-system|container-engine-robot|serverless-robot-prod|gs-project-accounts"
    r"|dataflow-service-producer-prod)\.iam\.gserviceaccount\.com"
)


def _email_hint(value: str) -> str:
    if matches(_SERVICE_AGENT)(value):
        return "a service agent acts for one of Google's services; make an account for this caller alone"
    if _DEFAULT_ACCOUNTS(value):
        return "Google's default accounts can have broad roles; make one for this caller alone"
    return f"did you mean '{value.lower()}'?" if service_account_email.holds(value.lower()) else ""


service_account_email = Limit(
    "service_account_email",
    "an account's e-mail address such as 'caller@my-project.iam.gserviceaccount.com', in lower case",
    f"{_ACCOUNTS}: email; that Google's default accounts and service agents are refused is this kit's own rule",
    matches(rf"(?!{_SERVICE_AGENT}{END}){_EMAIL}"),
    hint=lambda value: _email_hint(value),
)
service_account_display_name = _bytes("service_account_display_name", 100, f"{_ACCOUNTS}: displayName")
service_account_description = _bytes("service_account_description", 256, f"{_ACCOUNTS}: description")

custom_role_id = Limit(
    "custom_role_id",
    "3 to 64 characters of A-Z, a-z, 0-9, '_' and '.'",
    f"{_ROLES}: roleId",
    matches(r"[a-zA-Z0-9_.]{3,64}"),
)
custom_role_title = _bytes("custom_role_title", 100, f"{_IAM_QUOTAS}: title of a custom role")
# 300 bytes in newer versions of that page; 256 holds in all of them.
custom_role_description = _bytes("custom_role_description", 256, f"{_IAM_QUOTAS}: description of a custom role")

granted_role = Limit(
    "granted_role",
    "'custom' (a role with one permission, made here), 'roles/aiplatform.user', or an existing custom role, "
    "'projects/PROJECT/roles/ID' or 'organizations/NUMBER/roles/ID'",
    f"{_ROLES}; IAM API, organizations.roles: name",
    matches(
        rf"custom|roles/aiplatform\.user|(projects/{_PROJECT}|organizations/[1-9][0-9]{{0,18}})/roles/[a-zA-Z0-9_.]{{3,64}}"
    ),
)


def _short_name(name: str, source: str) -> Limit:
    return Limit(
        name,
        "1 to 50 characters: a letter, then letters, digits and '_' (no '-')",
        source,
        matches(r"[a-zA-Z][a-zA-Z0-9_]{0,49}"),
    )


access_level_name = _short_name("access_level_name", f"{_ACM}, accessPolicies.accessLevels: name")
perimeter_name = _short_name("perimeter_name", f"{_ACM}, accessPolicies.servicePerimeters: name")
service_perimeter = Limit(
    "service_perimeter",
    "the whole name of a perimeter, 'accessPolicies/NUMBER/servicePerimeters/NAME', as "
    "'gcloud access-context-manager perimeters list --format=value(name)' prints it",
    f"{_ACM}, accessPolicies.servicePerimeters: name",
    matches(r"accessPolicies/[1-9][0-9]{0,18}/servicePerimeters/[a-zA-Z][a-zA-Z0-9_]{0,49}"),
)
rule_title = _characters(
    "rule_title", 100, f"{_ACM}, IngressPolicy and EgressPolicy: title, unique in its perimeter", least=1
)
MAX_ATTRIBUTES = 6000
rule_attributes = Limit(
    "rule_attributes",
    f"at most {MAX_ATTRIBUTES} projects, access levels, identities, method selectors and '*' in all ingress and egress rules of a "
    "configuration, the enforced one and the dry run apart",
    "VPC Service Controls, Quotas and limits: ingress and egress rule attributes",
    lambda value: value <= MAX_ATTRIBUTES,
    kind=int,
)
access_policy_title = Limit(
    "access_policy_title",
    "a title that is not empty",
    f"{_ACM}, accessPolicies: title is required; no length is documented",
    lambda value: bool(value.strip()),
)
deletion_policy = Limit(
    "deletion_policy",
    "'PREVENT' or 'DELETE', in capitals",
    "hashicorp/google, service_perimeter: deletion_policy; the provider accepts 'prevent' too, and deletes then",
    among("PREVENT", "DELETE"),
)

project_id = Limit(
    "project_id",
    "6 to 30 characters of a-z, 0-9 and '-', starting with a letter, not ending in '-'; with its domain in front where it "
    "has one, as in 'example.com:my-project'",
    "Resource Manager API, projects: projectId; App Engine documentation, domain-scoped projects",
    matches(_PROJECT),
    hint=lambda value: "that looks like the project's number" if _NUMBER(value) else "",
)


def project_of_account(email: str) -> str:
    """The id of a service account's project. An id with a domain, `example.com:project`, is written the other way round."""
    name, _, domain = email.partition("@")[2].removesuffix(".iam.gserviceaccount.com").partition(".")
    return f"{domain}:{name}" if domain else name


def pool_name(project_number: str, pool_id: str) -> str:
    """The name of a workload identity pool. Both may be patterns."""
    return f"projects/{project_number}/locations/global/workloadIdentityPools/{pool_id}"


def account_email(account_id: str, project_id: str) -> str:
    """The e-mail address of a project's service account. A domain comes last: `app@my-project.example.com.iam...`."""
    domain, _, project = project_id.rpartition(":")
    return f"{account_id}@{project}{domain and f'.{domain}'}.iam.gserviceaccount.com"


def _number(name: str, of: str, source: str) -> Limit:
    return Limit(
        name,
        f"the number of {of}: 1 to 19 digits, not starting with 0, in quotes",
        source,
        _NUMBER,
        hint=lambda value: "that looks like a project's id" if project_id.holds(value) else "",
    )


project_number = _number("project_number", "the project", f"{_ACM}, accessPolicies: scopes; principal identifiers")
organization_id = _number("organization_id", "the organization", "Resource Manager API, organizations: name")
access_policy_number = _number("access_policy_number", "the access policy", f"{_ACM}, accessPolicies: name")

MAX_SUBJECT = 127
MAX_CONDITION = 4096
MAX_CUSTOM_ATTRIBUTES = 50
MAX_EXPRESSION = 2048
MAX_MAPPING = 8192

subject_claim = Limit(
    "subject_claim",
    "'arn' or 'userid'",
    f"{_PROVIDERS}: attributeMapping, the assertions of AWS credentials that tell callers apart",
    among("arn", "userid"),
)
_ATTRIBUTE = matches(r"google\.subject|google\.groups|attribute\.[a-z0-9_]{1,100}")


def _mapping_faults(mapping: Mapping[str, str]) -> list[str]:
    texts = all(isinstance(text, str) for pair in mapping.items() for text in pair)
    if not texts:
        return ["keys and expressions are texts"]
    custom = sum(key.startswith("attribute.") for key in mapping)
    total = sum(map(size, mapping.values()))
    return [
        *(["'google.subject' is missing"] if "google.subject" not in mapping else []),
        *(f"refused key: {key!a}" for key in mapping if not _ATTRIBUTE(key)),
        *(f"the expression of {key!a} is empty" for key, expression in mapping.items() if not expression),
        *(f"the expression of {key!a} has {len(expression)} characters"
          for key, expression in mapping.items() if len(expression) > MAX_EXPRESSION),
        *([f"it has {custom} custom attributes"] if custom > MAX_CUSTOM_ATTRIBUTES else []),
        *([f"its expressions have {total} bytes"] if total > MAX_MAPPING else []),
    ]  # fmt: skip


attribute_mapping = Limit(
    "attribute_mapping",
    f"'google.subject', 'google.groups' and at most {MAX_CUSTOM_ATTRIBUTES} keys 'attribute.' and 1 to 100 of a-z, 0-9 "
    f"and '_', to expressions of 1 to {MAX_EXPRESSION} characters and {MAX_MAPPING} bytes in all",
    f"{_PROVIDERS}: attributeMapping (Google counts the 8 KB on the mapped values, which are not known before a token "
    "is; this kit counts the expressions)",
    lambda mapping: not _mapping_faults(mapping),
    kind=dict,
    hint=lambda mapping: ", ".join(_mapping_faults(mapping)[:5]),
)
attribute_condition = Limit(
    "attribute_condition",
    f"1 to {MAX_CONDITION} characters",
    f"{_PROVIDERS}: attributeCondition",
    lambda value: 0 < len(value) <= MAX_CONDITION,
    hint=lambda value: (
        f"it has {len(value)}: about 170 role names of 20 characters fit, or 59 of 64, and of roles with a pinned unique id "
        "37 or 26; give the roles shorter names, pin fewer, or spread the workloads over several environments"
    ),
)

_SERVICE_NAME = r"(?!.{254})([a-z]([a-z0-9-]{0,61}[a-z0-9])?\.)+googleapis\.com"
service_name = Limit(
    "service_name",
    "a service's host name such as 'aiplatform.googleapis.com'",
    "Service Usage API, services: name; VPC Service Controls, Supported products and limitations",
    matches(_SERVICE_NAME),
)


def _service_hint(value: str) -> str:
    if value.startswith("generativelang"):
        return "use Gemini through aiplatform.googleapis.com"
    return nearest(value, SERVICES)


_RESTRICTED = rf"(?!generativelanguage\.googleapis\.com{END}){_SERVICE_NAME}"
restricted_service = Limit(
    "restricted_service",
    "a service that VPC Service Controls supports, such as 'aiplatform.googleapis.com'",
    "VPC Service Controls, Supported products and limitations: generativelanguage.googleapis.com is not among them, "
    "so a perimeter does not protect it",
    matches(_RESTRICTED),
    hint=_service_hint,
)

RESTRICTED_SERVICES = "RESTRICTED-SERVICES"
accessible_service = Limit(
    "accessible_service",
    f"a service that VPC Service Controls supports, or '{RESTRICTED_SERVICES}' for those that the perimeter restricts",
    f"{_ACM}, VpcAccessibleServices: allowedServices",
    matches(f"{RESTRICTED_SERVICES}|{_RESTRICTED}"),
    hint=_service_hint,
)

_PERSON = r"(user|group|serviceAccount):[^\s@:/*A-Z]+@[a-z0-9-]+(\.[a-z0-9-]+)+"
_WORKLOADS = pool_name("[1-9][0-9]{0,18}", "[0-9a-z-]{4,32}")
_WORKFORCE = r"locations/global/workforcePools/[0-9a-z-]{6,63}"
_VALUE = rf"(?!(\S*/)?\.{{1,2}}(/|{END}))[^\s*]+"
_FEDERATED = (
    rf"(principal://iam\.googleapis\.com/({_WORKLOADS}|{_WORKFORCE})/subject"
    rf"|principalSet://iam\.googleapis\.com/({_WORKLOADS}|{_WORKFORCE})/(group|attribute\.[a-z0-9_]{{1,100}}))/{_VALUE}"
    rf"|principalSet://iam\.googleapis\.com/{_WORKFORCE}/\*"
)


def normal_identity(value: str) -> str:
    """An identity as Google returns it, with an e-mail address in lower case: any other spelling differs in every plan."""
    kind, colon, email = value.partition(":")
    return f"{kind}{colon}{email.lower()}" if kind in ("user", "group", "serviceAccount") else value


ingress_identity = Limit(
    "ingress_identity",
    "'user:', 'group:' or 'serviceAccount:' and an e-mail address in lower case, or 'principal://iam.googleapis.com/...' or "
    "'principalSet://iam.googleapis.com/...' with a project number and a subject, group or attribute; no '/./' or '/../', "
    "and no '*' except for a whole workforce pool",
    f"{_ACM}, IngressFrom: identities; VPC Service Controls, Supported identities; that steps and the '*' of a workload "
    "identity pool are refused is this kit's own rule",
    matches(f"{_PERSON}|{_FEDERATED}"),
)
_METHOD = r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+"
_METHODS = "gcloud access-context-manager supported-services describe lists those of a service"
ingress_method = Limit(
    "ingress_method",
    "a method as Google's audit log names it, such as 'PredictionService.GenerateContent', without '*'",
    _METHODS,
    matches(_METHOD),
)
egress_method = Limit(
    "egress_method",
    "a method as Google's audit log names it, such as 'google.storage.objects.get', or '*' for every method",
    _METHODS,
    matches(rf"{_METHOD}|\*"),
)
permission = Limit(
    "permission",
    "an IAM permission such as 'aiplatform.endpoints.predict': service, resource and verb, without '*'",
    f"{_ACM}, MethodSelector: permission; gcloud access-context-manager supported-services describe",
    matches(r"[a-z][a-z0-9]*\.[A-Za-z][A-Za-z0-9]*\.[A-Za-z][A-Za-z0-9]*"),
)
notification_channel = Limit(
    "notification_channel",
    "'projects/', a project's id or number, '/notificationChannels/' and the channel's id",
    "Cloud Monitoring API, projects.notificationChannels: name",
    matches(r"projects/[a-z0-9][a-z0-9.:-]*/notificationChannels/[A-Za-z0-9_-]+"),
)
token_lifetime_seconds = Limit(
    "token_lifetime_seconds",
    "600 to 43200 seconds (more than 3600 only where an organization policy extends it)",
    "gcloud iam workload-identity-pools create-cred-config: --service-account-token-lifetime-seconds; "
    "iam.allowServiceAccountCredentialLifetimeExtension",
    between(600, 43200),
    kind=int,
)
label_key = Limit(
    "label_key",
    "1 to 63 characters: a letter a-z, then a-z, 0-9, '_' and '-'",
    "Resource Manager, Requirements for labels",
    matches(r"[a-z][a-z0-9_-]{0,62}"),
)
label_value = Limit(
    "label_value",
    "0 to 63 characters of a-z, 0-9, '_' and '-'",
    "Resource Manager, Requirements for labels",
    matches(r"[a-z0-9_-]{0,63}"),
)
