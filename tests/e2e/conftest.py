"""One environment after the other, applied once for all tests of it."""

from collections.abc import Iterator

import pytest

from .callers import Callers
from .deployed import deployed
from .environments import read


@pytest.fixture(scope="module")
def callers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    """All callers of the environment that the parameter names."""
    tables, stacks = read(request.param)
    with deployed(tables, stacks, tmp_path_factory.mktemp("state")) as one:
        yield Callers(one)
