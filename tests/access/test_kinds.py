"""Every resource type of the installed bindings decides a call or decides none: a committed list says which do."""

import importlib.util
import json
from pathlib import Path

import pytest

from access.kinds import decides
from localcloud.mirrors import provider
from tests.terraform import support

LIST = Path(__file__).parent / "deciding.txt"


def types() -> list[str]:
    """Every resource type of both installed bindings, by the folders that hold their classes."""
    found = []
    for cloud in ("google", "aws"):
        spec = importlib.util.find_spec(f"cdktf_cdktf_provider_{cloud}")
        assert spec
        assert spec.submodule_search_locations
        folder = Path(spec.submodule_search_locations[0])
        names = [one.name for one in folder.iterdir() if (one / "__init__.py").exists()]
        found += [
            f"{cloud}_{name}"
            for name in names
            if not name.startswith(f"data_{cloud}_") and name not in ("provider", "_jsii")
        ]
    return sorted(found)


def test_the_list_is_of_exactly_the_types_that_decide() -> None:
    """A type that is new in the bindings and that decides fails here: read it in access/, or let it be undecided."""
    committed = [line for line in LIST.read_text().splitlines() if not line.startswith("#")]
    known = types()
    assert len(known) > 2000
    found = [kind for kind in known if decides(kind)]
    assert found == [kind for kind in committed if kind in known]
    assert all(decides(kind) for kind in committed)


@pytest.mark.parametrize(
    "kind",
    [
        "google_access_context_manager_service_perimeter_ingress_policy", "google_project_iam_policy", "google_iam_deny_policy",
        "google_access_context_manager_access_policy_iam_member", "google_storage_bucket_iam_binding", "google_org_policy_policy",
        "google_service_account_key", "google_project_iam_member_remove", "google_organization_iam_custom_role", "aws_iam_role",
        "aws_iam_openid_connect_provider", "google_access_context_manager_access_levels", "google_compute_shared_vpc_host_project",
        "google_cloud_identity_group_membership", "aws_eks_pod_identity_association", "aws_organizations_policy",
    ],
)  # fmt: skip
def test_what_decides(kind: str) -> None:
    assert decides(kind)


@pytest.mark.parametrize(
    "kind",
    [
        "google_project_iam_audit_config",
        "google_project_service",
        "google_compute_network",
        "aws_vpc",
        "aws_eip",
        "terraform_data",
    ],
)
def test_what_decides_nothing(kind: str) -> None:
    assert not decides(kind)


@pytest.mark.soak
@support.needs("hashicorp/google")
def test_the_types_that_only_a_later_provider_has_are_listed_and_no_others(tmp_path: Path) -> None:
    terraform = support.workspace(tmp_path, {"hashicorp/google"}, {})
    terraform.write(json.dumps({"terraform": {"required_providers": {"google": {"source": "hashicorp/google"}}}}))
    schema = json.loads(terraform.run("providers", "schema", "-json"))
    kinds = {kind for one in schema["provider_schemas"].values() for kind in one.get("resource_schemas") or ()}
    assert len(kinds) > 1000
    committed = set(LIST.read_text().splitlines())
    assert {kind for kind in kinds if decides(kind)} <= committed
    later = {kind for kind in committed if kind.startswith("google_")} - set(types())
    found = provider("hashicorp/google")
    assert found
    if not found.version.startswith("6."):
        assert later <= kinds, "listed, and in neither the bindings nor the provider"
