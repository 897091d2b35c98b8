"""A fresh project, and its deployer."""

from collections.abc import Iterator

import pytest

from .deployer import SERVICES, Deployer


@pytest.fixture
def fresh() -> Iterator[Deployer]:
    """Nothing enabled but what has to be. No request that no document admits goes unnoticed, and no answer."""
    deployer = Deployer()
    yield deployer
    assert deployer.google.mistakes == []


@pytest.fixture
def deployer(fresh: Deployer) -> Deployer:
    """The APIs of the second stack enabled."""
    fresh.enable(*SERVICES)
    return fresh
