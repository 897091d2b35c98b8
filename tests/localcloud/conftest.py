"""AWS alone, on loopback."""

from collections.abc import Iterator

import pytest

from localcloud.cloud import LocalCloud, local_cloud, no_google
from tests.localcloud.account import Account


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with local_cloud(google=no_google) as cloud:
        yield cloud
        assert cloud.aws.moto.failures == []


@pytest.fixture(scope="module")
def account(cloud: LocalCloud) -> Account:
    return Account(cloud)
