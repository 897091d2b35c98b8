"""The client on an instance of the local cloud, against the imports that a real token and a real call cannot do without."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from bench.measure import PYTHON, Program
from localcloud.cloud import local_cloud
from localcloud.demo.callers import Callers
from localcloud.demo.demo_run import AWS, GOOGLE
from localcloud.demo.deploy import Simulation
from localcloud.demo.settings import synthesize, text

IMPORTS = (
    "import google.auth.aws, google.auth.transport.requests; from google import genai; from google.genai import types"
)


@contextlib.contextmanager
def on_instance(folder: Path) -> Iterator[list[Program]]:
    """The imports alone, the whole client, and a check of it that takes none of them."""
    with local_cloud() as cloud:
        deployer = Simulation(folder, cloud.deployer_environment())
        stacks = synthesize({"settings": text()}, folder)["settings"]
        for stack in (AWS, GOOGLE):
            deployer.apply(stack, stacks[stack])
        told = Callers(cloud, folder, deployer.outputs(GOOGLE)).told("app")
        variables = {**told, **cloud.instance_environment(deployer.outputs(AWS)["instance_ids"]["app"])}
        commands = {
            "google-auth and google-genai, imported": ["-c", IMPORTS],
            "`python -m client`": ["-m", "client", "--quiet"],
            "`python -m client --check document`": ["-m", "client", "--check", "document"],
        }
        yield [Program(name, [PYTHON, *command], variables) for name, command in commands.items()]
