"""What a plan's `configuration` holds of JSON: the text of each expression, by which access/objects.py links a first plan."""

import json
from pathlib import Path

from access.unknown import filled, written
from tests.terraform import support


@support.needs()
def test_a_plan_holds_the_text_of_what_is_not_known_yet(tmp_path: Path) -> None:
    terraform = support.workspace(tmp_path, set(), {})
    made_of = "accessPolicies/${terraform_data.policy.output}/accessLevels/app"
    resources = {
        "policy": {"input": "${timestamp()}"},
        "level": {"input": {"name": made_of, "cidrs": ["192.0.2.1/32", "${terraform_data.policy.id}"], "title": "app"}},
    }
    terraform.write(json.dumps({"terraform": {}, "resource": {"terraform_data": resources}}))
    document = terraform.plan().document
    expressions = written(document)
    (change,) = (one["change"] for one in document["resource_changes"] if one["address"] == "terraform_data.level")
    found = filled(
        change["after"], change["after_unknown"], expressions["terraform_data.level"], "terraform_data.level"
    )
    assert found["input"] == {"name": made_of, "cidrs": ["192.0.2.1/32", "${terraform_data.policy.id}"], "title": "app"}
    assert found["id"] == "${terraform_data.level.id}"
