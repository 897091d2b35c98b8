"""Clouds on loopback for the real providers."""

from collections.abc import Iterator

import pytest

from localcloud.cloud import LocalCloud, local_cloud, no_google


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    """AWS under its real host names; `cloud.deployer_environment()` leads the aws provider to it."""
    with local_cloud(google=no_google) as cloud:
        yield cloud
        assert cloud.aws.moto.failures == []
