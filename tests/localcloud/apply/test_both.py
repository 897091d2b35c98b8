"""Both stacks in order, as the demo applies them: what AWS gives out is what Google admits."""

from pathlib import Path

import pytest

from localcloud.apply import ApplyError, apply, destroy, state_file
from localcloud.cloud import local_cloud
from tests.synthesis import environment


def test_one_stack_after_the_other_and_back(tmp_path: Path) -> None:
    stacks = environment("example")
    aws, google = state_file(stacks.aws, tmp_path), state_file(stacks.google, tmp_path)
    with local_cloud() as cloud:
        deployer = cloud.deployer_environment()
        with pytest.raises(ApplyError, match="apply the other stack first"):
            apply(stacks.google, state=google, environment=deployer)
        outputs = apply(stacks.aws, state=aws, environment=deployer).outputs
        apply(stacks.google, state=google, environment=deployer)
        (instance,) = outputs["instance_ids"].values()
        (level,) = cloud.google.state.access_levels.values()  # type: ignore[attr-defined]
        assert level["basic"]["conditions"] == [{"ipSubnetworks": [f"{cloud.aws.address(instance)}/32"]}]
        assert not apply(stacks.aws, state=aws, environment=deployer)
        assert not apply(stacks.google, state=google, environment=deployer)
        # After the AWS stack: what is read from its state is gone, and destroy does not ask for it (DESIGN 5).
        assert destroy(stacks.aws, state=aws, environment=deployer)
        aws.unlink()
        assert destroy(stacks.google, state=google, environment=deployer)
        assert cloud.google.mistakes == []  # type: ignore[attr-defined]
