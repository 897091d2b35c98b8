"""Names of Google's that the library, the client and the rooms below `access` write: they share no module, but the spelling."""

import pytest

from client.document_rules import AUDIENCE
from constructs_lib import limits
from policy import identity


@pytest.mark.parametrize("project", ["my-project", "example.com:my-project"])
def test_the_library_and_the_decision_spell_names_alike(project: str) -> None:
    assert identity.account_email("app", project) == limits.account_email("app", project)
    assert limits.project_of_account(identity.account_email("app", project)) == project
    assert identity.pool_name("345678901234", "demo-aws") == limits.pool_name("345678901234", "demo-aws")


def test_the_client_reads_the_name_that_the_library_writes() -> None:
    found = AUDIENCE.fullmatch(
        f"//iam.googleapis.com/{limits.pool_name('345678901234', 'demo-aws')}/providers/demo-aws"
    )
    assert found
    assert found.groups() == ("345678901234", "demo-aws", "demo-aws")
