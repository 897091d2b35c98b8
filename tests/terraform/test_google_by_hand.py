"""From Terraform by hand to an environment, as docs/how-to/from-terraform.md says: nothing is replaced, and nobody else gets in."""

import copy
import re
import shlex
import textwrap
import threading
from pathlib import Path

import pytest

from deploy.__main__ import main
from localcloud.proxy import Request, Response
from tests.deploy.project import configure
from tests.localcloud.google.world import DEPLOYER, INSIDE, OUTSIDE, World, subject
from tests.synthesis import from_toml
from tests.terraform import support
from tests.terraform.google_cloud import GoogleCloud
from tests.terraform.test_google_deploy import cloud as cloud

pytestmark = [pytest.mark.soak, support.needs("hashicorp/google"), pytest.mark.xdist_group("terraform-google-by-hand")]
BY_HAND = Path(__file__).with_name("by_hand") / "main.tf"
ROLE = "demo-ec2-role"
EMAIL = "vertex-ai-caller@my-project.iam.gserviceaccount.com"
AUDIENCE = "//iam.googleapis.com/projects/345678901234/locations/global/workloadIdentityPools/aws-ec2-pool/providers/aws-provider"
ASK = "/v1/projects/my-project/locations/global/publishers/google/models/gemini-3.5-flash:generateContent"
SERVICES = ("accesscontextmanager", "aiplatform", "iam", "iamcredentials", "sts")
PAGE = Path(__file__).parents[2] / "docs/how-to/from-terraform.md"


def on_page(language: str) -> str:
    """The page's one block of this language."""
    (text,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return textwrap.dedent(text)


def environment(policy: str, mode: str) -> None:
    """The settings of the page, without the enabling of services: each import takes seconds."""
    text = on_page("toml")
    assert "dry_run = false\nany_identity = true\n" in text
    text = text.replace("POLICY_NUMBER", policy.rpartition("/")[2]).replace(
        "dry_run = false\nany_identity = true\n", mode
    )
    document = copy.deepcopy(from_toml(f"{text}\n{support.HERE}").google)
    del document["resource"]["google_project_service"]
    for body in (body for named in document["resource"].values() for body in named.values()):
        body["depends_on"] = [one for one in body.get("depends_on", ()) if "google_project_service." not in one]
    configure(Path(), "test", {"demo-google": document})


class Callers:
    """The instance's role and others, from the allowed address and from elsewhere: from the signature to Gemini's answer."""

    def __init__(self, cloud: GoogleCloud) -> None:
        self.world = World(cloud.state)

    def answer(self, role: str, egress: str = INSIDE) -> int | str:
        """The status of Gemini's answer, or where the caller was stopped."""
        signed = subject(self.world.caller(role), audience=AUDIENCE)
        status, body = self.world.exchange(signed=signed, audience=AUDIENCE, egress=egress)
        if status != 200:
            return "exchange"
        name = f"projects/-/serviceAccounts/{EMAIL}"
        status, body = self.world.impersonate(body["access_token"], name, egress)
        if status != 200:
            return "impersonation"
        return self._asked(body["accessToken"], egress)

    def strangers(self) -> frozenset[int | str]:
        """What others get: the same role from elsewhere, another role of the account from the allowed address."""
        return frozenset({self.answer(ROLE, OUTSIDE), self.answer("other-role")})

    def owner(self) -> int:
        """What an identity with a grant gets that is no workload, from the allowed address."""
        return self._asked(DEPLOYER, INSIDE)

    def _asked(self, token: str, egress: str) -> int:
        ask = {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}
        return int(self.world.send("aiplatform", ASK, ask, token=token, egress=egress)[0])


class Old:
    """The configuration by hand, with its own state."""

    def __init__(self, folder: Path, cloud: GoogleCloud, dry_run: bool) -> None:
        self.workspace = support.workspace(folder / "by-hand", ["hashicorp/google"], cloud.environment)
        self.text = self.workspace.directory / "main.tf"
        text = BY_HAND.read_text()
        self.text.write_text(
            text.replace("status {", "use_explicit_dry_run_spec = true\n  spec {") if dry_run else text
        )
        self.workspace.run("init", "-input=false")
        self.workspace.apply()

    def forget(self) -> None:
        """What the page says: a `removed` block in place of each resource."""
        head, *resources = re.split(r"^resource ", self.text.read_text(), flags=re.MULTILINE)
        addresses = [".".join(re.findall(r'"(\S+?)"', one)[:2]) for one in resources]
        blocks = [on_page("hcl").replace("ADDRESS", one) for one in addresses]
        self.text.write_text(head.partition("locals")[0] + head[head.index("provider") :] + "".join(blocks))
        assert "0 destroyed" in self.workspace.apply()
        assert self.workspace.run("state", "list") == ""


class Watch:
    """What the callers get after each answer of Google's that may have changed something."""

    def __init__(self, cloud: GoogleCloud, callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: set[tuple[int | str, frozenset[int | str]]] = set()
        google, lock = cloud.google, threading.Lock()

        def watched(request: Request) -> Response:
            answer = google(request)
            if request.method in ("PATCH", "PUT", "DELETE"):
                with lock:
                    self.seen.add((callers.answer(ROLE), callers.strangers()))
            return answer

        watched.mistakes = google.mistakes  # type: ignore[attr-defined]
        monkeypatch.setattr(cloud, "google", watched)


def identities(cloud: GoogleCloud) -> list[object]:
    """What a replacement would change: every name, and the unique id of the service account."""
    state = cloud.state
    return [*state.pools, *state.providers, *cloud.access, state.service_accounts[EMAIL]["uniqueId"]]


def imported(capfd: pytest.CaptureFixture[str]) -> None:
    """Run what `adopt` prints."""
    capfd.readouterr()
    assert main(["adopt"]) == 0
    for line in capfd.readouterr().out.splitlines():
        if not line.startswith("#"):
            words = shlex.split(line)
            assert main(words[words.index("terraform") :]) == 0


@pytest.mark.parametrize("dry_run", [False, True], ids=["enforced", "dry run"])
def test_taken_over_without_a_replacement(
    cloud: GoogleCloud,
    dry_run: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    cloud.enable(*SERVICES)
    mode = f"dry_run = {str(dry_run).lower()}\n"
    old = Old(tmp_path, cloud, dry_run)
    before, (policy,) = identities(cloud), cloud.state.access_policies
    callers = Callers(cloud)
    elsewhere = 200 if dry_run else 403
    assert (callers.answer(ROLE), callers.strangers()) == (200, {elsewhere, "impersonation"})
    assert callers.owner() == 200, "any identity from the address"

    environment(policy, f"{mode}any_identity = true\n")
    watch = Watch(cloud, callers, monkeypatch)
    cloud.writes.clear()
    assert main(["deploy"]) == 3
    assert "its state is empty, and " in capfd.readouterr().err
    imported(capfd)
    assert main(["plan"]) == 4
    said = capfd.readouterr()
    assert "Plan: 0 to add, 5 to change, 0 to destroy." in said.out
    wider = [line for line in f"{said.out}{said.err}".splitlines() if line.startswith("wider: ")]
    given = {line.partition(": newly gives the principal ")[2].partition("/")[0] for line in wider}
    assert given == {"attribute.account", "attribute.aws_ec2_instance"}
    old.forget()
    assert cloud.writes == []

    assert main(["deploy"]) == 0
    assert main(["plan", "--detailed-exitcode"]) == 0
    assert callers.answer("other-role") == "exchange"
    assert callers.owner() == 200
    if not dry_run:
        environment(policy, mode)
        assert main(["deploy"]) == 0
        assert (callers.answer(ROLE), callers.owner()) == (200, 403)
    assert watch.seen == {(200, frozenset({elsewhere, denied})) for denied in ("impersonation", "exchange")}
    assert {method for method, _ in cloud.writes} == {"PATCH"}
    assert identities(cloud) == before
