"""A rule that holds whatever changes, and a finding that breaks it. docs/reference/lint.md lists the rules."""

from dataclasses import dataclass

from constructs_lib.limits import MAX_ITEMS, WIDEST

ERROR, WARNING = "error", "warning"
SEVERITIES = (ERROR, WARNING)
"""Strongest first, in SARIF's words. The guard refuses an error in every plan; a warning is what the kit does not write."""


@dataclass(frozen=True)
class LintRule:
    """One rule. `id` is a contract. `what` is what breaks it, `fix` continues "end it by".

    `title` and `url` name the page of Google's, AWS's or Terraform's documentation that the rule follows.
    """

    id: str
    severity: str
    what: str
    why: str
    fix: str
    title: str
    url: str


@dataclass(frozen=True)
class Finding:
    """A rule that is broken at a Terraform address. `found` is the clause that says by what."""

    rule: LintRule
    address: str
    found: str

    @property
    def what(self) -> str:
        """The clause with the smallest change that ends it."""
        return f"{self.found}; end it by {self.rule.fix}"

    def __str__(self) -> str:
        return f"{self.address}: {self.what}"


PROVIDER = LintRule(
    "provider-admits-others",
    ERROR,
    "a provider gives tokens to AWS roles that its condition does not name, or to all that another issuer signs for",
    "every role of the account, or everybody with an account at the issuer, becomes an identity of the pool",
    "an attribute_condition that names the roles",
    "Best practices for using Workload Identity Federation",
    "https://cloud.google.com/iam/docs/best-practices-for-using-workload-identity-federation",
)
GRANT = LintRule(
    "grant-to-all",
    ERROR,
    "a project, service account, folder or organization grants a role to a whole pool, `allUsers` or `allAuthenticatedUsers`",
    "a new workload of the pool, or anybody on the internet, has the role without another grant",
    "naming the callers",
    "IAM principals",
    "https://cloud.google.com/iam/docs/principals-overview",
)
LEVEL = LintRule(
    "level-too-wide",
    ERROR,
    f"an access level admits a range wider than /{WIDEST[4]} (IPv6: /{WIDEST[6]}), more addresses than {MAX_ITEMS} of these, or is bounded by no list",
    "an address proves where a caller is only if few others have it",
    "a separate list of addresses in each condition",
    "Access level attributes",
    "https://cloud.google.com/access-context-manager/docs/access-level-attributes",
)
ANYBODY = LintRule(
    "any-identity-from-anywhere",
    ERROR,
    "an enforced ingress rule admits ANY_IDENTITY from every address",
    "the perimeter denies no call that the rule is about",
    "an access level or identities",
    "Ingress and egress rules",
    "https://cloud.google.com/vpc-service-controls/docs/ingress-egress-rules",
)
SERVICES = LintRule(
    "perimeter-without-services",
    ERROR,
    "a perimeter, enforced or dry run, has no `restricted_services`",
    "it denies no call, whatever its rules are",
    "the restricted_services that the perimeter is for",
    "Service perimeter details and configuration",
    "https://cloud.google.com/vpc-service-controls/docs/service-perimeters",
)
PROJECTS = LintRule(
    "perimeter-without-projects",
    ERROR,
    "a perimeter, enforced or dry run, has no `resources`",
    "it protects no project",
    "the resources that the perimeter is for",
    SERVICES.title,
    SERVICES.url,
)
DEPLOYER = LintRule(
    "workload-acts-as-deployer",
    ERROR,
    "a workload may act as a service account that runs Terraform: one that the provider impersonates, or that a rule admits to"
    " IAM, Resource Manager or Access Context Manager",
    "the workload could change the perimeter, and so every rule",
    "an account that no deployer uses",
    "Best practices for using service accounts securely",
    "https://cloud.google.com/iam/docs/best-practices-service-accounts",
)
ABSOLUTE = (PROVIDER, GRANT, LEVEL, ANYBODY, SERVICES, PROJECTS, DEPLOYER)
"""The rules that the guard refuses in any case: access/invariants.py finds where each is broken."""
