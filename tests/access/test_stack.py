"""A synthesized stack's JSON, as far as everything else relies on its shape."""

import json

import pytest

from access.stack import parsed, remote_states, state_key


def test_a_key_that_is_there_twice_is_not_read() -> None:
    """Python would take the last one, and Terraform merges blocks."""
    twice = '{"resource": {"a": {"x": {"n": 1}}, "a": {"y": {}}}}'
    with pytest.raises(TypeError, match="the key 'a' is there twice"):
        parsed(twice, "cdk.tf.json")


@pytest.mark.parametrize("section", ["resource", "data", "provider", "output"])
def test_a_section_that_is_a_list_is_not_read(section: str) -> None:
    with pytest.raises(TypeError, match=f"{section} in cdk.tf.json is \\[\\], not an object"):
        parsed(json.dumps({section: []}), "cdk.tf.json")


def test_where_its_states_are() -> None:
    text = '{"terraform": {"backend": {"s3": {"key": "prod/google"}}}, "data": {"terraform_remote_state": {"aws": {}}}}'
    document = parsed(text, "cdk.tf.json")
    assert state_key(document) == "prod/google"
    assert remote_states(document) == {"aws": {}}
