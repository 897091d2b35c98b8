"""The rules of `lint`: those that every plan is held to, and what the kit does not write. docs/reference/lint.md lists them."""

from access.lint import ABSOLUTE, WARNING, LintRule

_SECURELY = ("Use IAM securely", "https://cloud.google.com/iam/docs/using-iam-securely")
_DRY_RUN = ("Dry run mode for service perimeters", "https://cloud.google.com/vpc-service-controls/docs/dry-run-mode")
_LIFECYCLE = (
    "The lifecycle meta-argument",
    "https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle",
)
_PERIMETER = (
    "google_access_context_manager_service_perimeter",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/access_context_manager_service_perimeter",
)
TYPE = LintRule(
    "unknown-type",
    WARNING,
    "a resource, look-up or section is of a type that the kit does not write",
    "the review has no words for it, and `plan` cannot decide what it admits",
    "a setting in its place, or a construct for the type (CONTRIBUTING.md)",
    *_SECURELY,
)
VALUE = LintRule(
    "unknown-value",
    WARNING,
    "an argument, or its value, is one that the kit does not write",
    "it may grant or open more than the settings say",
    "a setting in its place, or the argument in the type's description in resources/",
    *_SECURELY,
)
MISSING = LintRule(
    "missing-argument",
    WARNING,
    "an argument that the kit always writes is missing",
    "the provider's default takes its place, which may be less strict",
    "the argument, as synth writes it",
    *_SECURELY,
)
UNHELD = LintRule(
    "addresses-without-preconditions",
    WARNING,
    "an access level has addresses that are not known yet, without the two preconditions that hold it",
    "an empty list of addresses admits the whole internet",
    "the preconditions, as synth writes them",
    "Access level attributes",
    "https://cloud.google.com/access-context-manager/docs/access-level-attributes",
)
UNPREVENTED = LintRule(
    "enforced-without-prevent-destroy",
    WARNING,
    "an enforced perimeter has no `prevent_destroy`",
    "Terraform may delete it to create it again, and nothing is denied in between",
    "lifecycle.prevent_destroy",
    *_LIFECYCLE,
)
UNTESTED = LintRule(
    "spec-without-dry-run",
    WARNING,
    "a perimeter has a `spec` without `use_explicit_dry_run_spec`",
    "Google takes a dry run only with it",
    "use_explicit_dry_run_spec",
    *_DRY_RUN,
)
NEITHER = LintRule(
    "neither-enforced-nor-dry-run",
    WARNING,
    "a perimeter has neither `status` nor `spec`",
    "nothing is denied and nothing is logged",
    "one of both",
    *_DRY_RUN,
)
DELETION = LintRule(
    "deletion-policy",
    WARNING,
    "`deletion_policy` of a perimeter or its policy is missing, or does not fit the mode or each other",
    "the provider deletes what is enforced, or refuses half way",
    "PREVENT where the perimeter is enforced, else DELETE, on both",
    *_PERIMETER,
)
UNUSED = LintRule(
    "unused-ignore",
    WARNING,
    "an entry of [[lint.ignore]] hides no finding",
    "it would hide the next finding of its rule, which has another reason",
    "deleting the entry",
    "reporting unused suppressions, as ESLint's reportUnusedDisableDirectives",
    "https://eslint.org/docs/latest/use/configure/rules#report-unused-eslint-disable-comments",
)
UNEXPECTED = (TYPE, VALUE, MISSING, UNHELD, UNPREVENTED, UNTESTED, NEITHER, DELETION)
"""What review/unexpected.py finds: what the kit does not write."""
RULES = {rule.id: rule for rule in (*ABSOLUTE, *UNEXPECTED, UNUSED)}
"""Every rule by its id."""
