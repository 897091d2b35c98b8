"""The table of arguments that force replacement, against the providers of this machine."""

import json
from pathlib import Path

import pytest

from localcloud.mirrors import provider
from tests.terraform import support
from tests.upgrade.force_new import TABLE, force_new, measure
from tests.upgrade.released import PROVIDERS

pytestmark = pytest.mark.xdist_group("terraform-force-new")
TABLES = json.loads(TABLE.read_text())


@pytest.mark.parametrize(
    "side", [pytest.param(side, marks=support.needs(source)) for side, source in PROVIDERS.items()]
)
def test_the_table_is_what_the_provider_does(side: str, tmp_path: Path) -> None:
    """In a version that was not measured, what forces replacement is known from another one."""
    present = provider(PROVIDERS[side])
    assert present
    versions = TABLES[present.source]
    every = {kind for types in versions.values() for kind in types}
    kinds = sorted(versions.get(present.version, every))
    measured = measure(side, kinds, tmp_path)
    assert {kind: set(paths) - force_new(kind) for kind, paths in measured.items()} == dict.fromkeys(kinds, set())
    assert measured == versions.get(present.version, measured)


def test_a_type_that_was_not_measured_is_reported() -> None:
    with pytest.raises(KeyError, match="aws_lambda_function: not in force_new.json"):
        force_new("aws_lambda_function")
