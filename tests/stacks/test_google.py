"""The Google provider's own configuration, and the guard on the project."""

import json

from tests.graph import dependencies
from tests.synthesis import environment, synthesized


def test_the_provider_names_its_quota_project() -> None:
    (provider,) = synthesized().google["provider"]["google"]
    assert provider == {"project": "my-project", "billing_project": "my-project", "user_project_override": True}


def test_labels_are_the_users() -> None:
    (provider,) = environment("several").google["provider"]["google"]
    assert provider["default_labels"] == {"team": "ml"}


def test_the_plan_fails_for_another_projects_number() -> None:
    project = synthesized().google["data"]["google_project"]["project"]
    (condition,) = project["lifecycle"]["postcondition"]
    assert project["project_id"] == "my-project"
    assert condition["condition"] == '${self.number == "345678901234"}'
    assert "depends_on" not in project


def test_a_grant_waits_for_the_role_that_it_grants() -> None:
    graph = dependencies(synthesized().google)
    (grant,) = [address for address in graph if address.startswith("google_project_iam_member")]
    assert any(address.startswith("google_project_iam_custom_role") for address in graph[grant])


def test_the_client_is_told_what_to_call() -> None:
    more = '[gemini]\nmodel = "gemini-3.5-pro"\nlocation = "europe-west12"'
    assert synthesized(more).google["output"]["client_environment"]["value"] == {
        "GCP_PROJECT_ID": "my-project",
        "GCP_LOCATION": "europe-west12",
        "GEMINI_MODEL": "gemini-3.5-pro",
    }


def test_no_output_holds_a_secret() -> None:
    text = json.dumps(synthesized().google["output"])
    assert not [word for word in ("private_key", "access_token", "secret_access_key") if word in text]
