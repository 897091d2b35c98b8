"""One reason of a denial has one phrase in every room: docs/glossary.md has the table.

The client imports nothing, so its texts are compared with the others', not shared.
"""

import re
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import pytest

from access.answer import Asked
from access.inputs import part
from access.question import method, who
from access.world import world
from client import egress
from client.fault import Fault
from localcloud.demo import scenarios
from policy.identity import user
from tests.client import test_reasons as client
from tests.policy import test_perimeter as perimeter
from tests.policy import test_trust as trust
from tests.policy.bodies import OUTSIDE, call, conditions, config, ingress
from tests.synthesis import environment

ROOT = Path(__file__).parents[1]
ROOMS = ("access", "client", "deploy", "localcloud", "policy", "resources", "review")
GEMINI, STS, IAM = client.GEMINI, client.STS, client.IAM
PEOPLE = "accessPolicies/1/accessLevels/people"


def decided(**changes: object) -> str:
    return perimeter.enforced(call(**changes)).rule


def of_member() -> str:
    """A rule from an access level that asks for another member."""
    rule = ingress({"sources": [{"accessLevel": PEOPLE}]})
    levels = {PEOPLE: conditions({"members": ["user:bob@example.com"]})}
    return perimeter.enforced(call(), config(ingressPolicies=[rule]), **levels).rule


def answered(caller: str, gate: str) -> str:
    """The reason of a gate of the example, from an address outside."""
    made = environment("example", "[perimeter]\ndry_run = false")
    asked = Asked(world([part(made.aws, "aws"), part(made.google, "google")]), OUTSIDE)
    answer = asked.answer(who(caller), method("aiplatform"))
    return next(one.enforced.reason for one in answer.paths[0].gates if one.name == gate)


def without_perimeter() -> str:
    asked = Asked(world([part(environment("second-account").google, "google")]), OUTSIDE)
    return asked.perimeter(method("aiplatform"), "my-project", user("a@example.com")).enforced.reason


def own_address() -> str:
    with pytest.raises(Fault) as fault:
        egress.compare(OUTSIDE, (ip_network("203.0.113.1/32"),))
    return str(fault.value.cause)


PHRASES: dict[str, list[Callable[[], str]]] = {
    "identity ... is not listed in the": [
        lambda: decided(identity=perimeter.PERSON),
        of_member,
    ],
    "address ... is not in ...": [
        lambda: decided(address=OUTSIDE),
        own_address,
    ],
    "no ingress rule of ... matches": [
        lambda: decided(address=OUTSIDE),
        lambda: answered("user:mallory@example.com", "perimeter for aiplatform"),
    ],
    "project ... is in no perimeter": [
        lambda: decided(project_number="43"),
        without_perimeter,
    ],
    "... is rejected by the attribute condition": [
        lambda: trust.reason(trust.provider(), trust.others.assertion(account=trust.ACCOUNT, role="other")),
        lambda: answered("role/other", "token exchange"),
        lambda: client.oauth("unauthorized_client", "The given credential is rejected by the attribute condition.").cause,
        lambda: f"it is {scenarios.CONDITION}",
    ],
    "... is missing on ...": [
        lambda: answered("user:mallory@example.com", "IAM"),
        lambda: client.told(GEMINI, client.DENIED, client.PREDICT).cause,
        lambda: client.told(IAM, "x", client.info("IAM_PERMISSION_DENIED", permission="iam.serviceAccounts.getAccessToken")).cause,
    ],
}  # fmt: skip


@pytest.mark.parametrize("phrase", PHRASES)
def test_each_room_says_the_same_in_the_same_words(phrase: str) -> None:
    pattern = re.compile(re.escape(phrase).replace(r"\.\.\.", r"\S.*"))
    for said in PHRASES[phrase]:
        assert pattern.search(said()), said()


def test_the_glossary_has_the_phrases() -> None:
    page = (ROOT / "docs/glossary.md").read_text().partition("## Reasons of a denial")[2]
    assert re.findall(r"^\| `(.*?)` \|", page, re.MULTILINE) == list(PHRASES)


OTHER_WORDS = re.compile(
    r"is not its\b|is not among the allowed|no grant gives|is not a member|is missing in project|admits nobody\"|\bnobody's\b"
    r"|(?<!in )no perimeter here|does not admit \{who\}"
)


def test_no_room_says_it_in_other_words() -> None:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    assert len(files) > 200
    found = [f"{path.relative_to(ROOT)}: {one[0]}" for path in files for one in OTHER_WORDS.finditer(path.read_text())]
    assert found == []
