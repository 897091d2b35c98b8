"""Where cell after cell of the table is played: each with a cloud of its own, all with the same running providers."""

import os
from pathlib import Path
from typing import Any

import pytest

from localcloud.aws import backends
from localcloud.cloud import DEPLOYER, LocalCloud
from localcloud.proxy import Proxy
from tests.faults.parts import READ, WRITES
from tests.faults.slim import with_few_types
from tests.faults.world import World
from tests.terraform.attached import REATTACH

ENVIRONMENT, STACK = "several", "part"


class Stage:
    """A folder that is initialized once, and a proxy at one address, behind which one cloud takes another's place.

    Providers that run already keep the environment they were started in: so the proxy stays, with its certificate, and
    each cloud's keys are in one file.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._cloud: LocalCloud | None = None
        self._proxy = Proxy(lambda request: self._now.answer(request), root, lambda *asked: self._now.refuse(*asked))
        self._made: dict[str, tuple[bytes, bytes]] = {}
        self._running = ""

    def close(self) -> None:
        """Stop listening."""
        self._proxy.close()

    def enter(self, here: World, kind: str, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        """Write the stack, with all there that the resource of type `kind` refers to in AWS."""
        self._cloud = here.cloud
        for state in self.root.glob("state/*/*"):
            state.unlink()
        needed = {other: named for other, named in document["resource"].items() if other != kind}
        made = kind.startswith("aws_") and self._made.get(kind)
        if made:
            backends.load(made[1])
        keys = here.cloud.deployer_environment() | self._proxy.environment(DEPLOYER[0])
        for name, value in keys.items():
            monkeypatch.setenv(name, value)
        here.write(ENVIRONMENT, **{STACK: {**document, "resource": needed} if needed else document})
        self._attach(here, monkeypatch)
        if made:
            (self.root / "state" / ENVIRONMENT).mkdir(parents=True, exist_ok=True)
            (self.root / "state" / ENVIRONMENT / f"{STACK}.tfstate").write_bytes(made[0])
        elif kind.startswith("aws_") and needed:
            done = here.terraform(STACK, "apply", "-input=false", "-auto-approve")
            assert done.returncode == 0, done.stdout
            with here.cloud.aws.moto.lock:
                self._made[kind] = here.state(STACK).read_bytes(), backends.dump()
        here.write(ENVIRONMENT, **{STACK: document})

    @property
    def _now(self) -> Proxy:
        assert self._cloud
        return self._cloud.proxy

    def _attach(self, here: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Give the providers the cloud's keys; start them if they do not run."""
        file = self.root / "credentials"
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        file.write_text("\n".join(["[default]", *(f"{name.lower()} = {os.environ[name]}" for name in names)]))
        if not self._running:
            environment = {name: value for name, value in os.environ.items() if name not in names}
            running = here.start_providers(self, {**environment, "AWS_SHARED_CREDENTIALS_FILE": str(file)})
            self._running = with_few_types(self, self.root, running, {*WRITES, *READ})
        monkeypatch.setenv(REATTACH, self._running)
