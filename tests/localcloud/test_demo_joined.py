"""The second act's lines: each goes red when somebody gets in who should not, or is denied who should not be."""

import json
from dataclasses import replace
from typing import Any

import pytest

from localcloud.demo import hand_edits, joined
from localcloud.demo.callers import ANSWER, DENIED, NO_TOKEN, Callers, Outcome
from localcloud.demo.joined import Member
from localcloud.demo.joiners import BLUE, GREEN, RED, Joiner
from localcloud.demo.table import Line

NO_RULE = "no ingress rule of shared_perimeter matches"
ADDRESSES = {BLUE: "203.0.113.7", RED: "203.0.113.8", GREEN: "203.0.113.9"}


class Calls:
    """A joiner's callers in a perimeter that works, or by `wrong` does not: outcomes by who calls from where."""

    def __init__(self, joiner: Joiner, wrong: dict[str, Outcome], *, open_: bool = False) -> None:
        self.joiner, self.wrong, self.open = joiner, wrong, open_

    def on_instance(self, _: str) -> Outcome:
        return self._outcome(f"{self.joiner.prefix} at home", ADDRESSES[self.joiner])

    def with_role(self, _: str, address: str, *, account: str = "") -> Outcome:
        if account != self.joiner.account:
            trust = "Google: The given credential is of an AWS account that the provider does not trust."
            return self.wrong.get("another account", Outcome(NO_TOKEN, address, rule=trust))
        return self._outcome(f"{self.joiner.prefix} elsewhere", address)

    def asking(self, _: "Calls") -> "Calls":
        denied = Outcome(DENIED, ADDRESSES[self.joiner], rule=NO_RULE)
        return Calls(self.joiner, {f"{self.joiner.prefix} at home": self.wrong.get("another project", denied)})

    def _outcome(self, who: str, address: str) -> Outcome:
        rule = f'ingress rule "{self.joiner.prefix}: workloads call Gemini (0a1b2c3d)" of shared_perimeter'
        admitted = address == ADDRESSES[self.joiner] or self.open
        good = Outcome(ANSWER, address, rule=rule) if admitted else Outcome(DENIED, address, rule=NO_RULE)
        return self.wrong.get(who, replace(good, dry_run_rule=good.rule))


def members(*, open_: bool = False, **wrong: Outcome) -> tuple[Member, Member]:
    named = {name.replace("_", " "): outcome for name, outcome in wrong.items()}
    blue, red = (
        Member(one, callers(one, named, open_=open_), ADDRESSES[one], f"i-{one.prefix}") for one in (BLUE, RED)
    )
    return blue, red


def callers(joiner: Joiner, wrong: dict[str, Outcome], *, open_: bool) -> Callers:
    made: Any = Calls(joiner, wrong, open_=open_)
    return made  # type: ignore[no-any-return]


def wrong(lines: Any) -> list[str]:
    return [line.scenario for line in lines if not line.ok]


ADMITTED = Outcome(ANSWER, rule='ingress rule "red: workloads call Gemini (0a1b2c3d)" of shared_perimeter')


@pytest.mark.parametrize(
    ("broken", "scenarios"),
    [
        ({}, []),
        ({"blue_at_home": Outcome(DENIED, rule=NO_RULE)}, ["blue's instance, 203.0.113.7"]),
        ({"red_at_home": replace(ADMITTED, rule="no perimeter is enforced")}, ["red's instance, 203.0.113.8"]),
        ({"blue_elsewhere": ADMITTED}, ["blue's role, from red's address"]),
        ({"red_elsewhere": ADMITTED}, ["red's role, from blue's address"]),
        ({"another_account": ADMITTED}, ["red's account, its own role blue-app"]),
        ({"another_project": ADMITTED}, ["blue's instance asks red's project"]),
    ],
)
def test_enforced(broken: dict[str, Outcome], scenarios: list[str]) -> None:
    assert wrong(joined.enforced(*members(**broken))) == scenarios


@pytest.mark.parametrize("lines", [joined.existing, joined.handed_over])
def test_a_third_team_is_admitted_from_its_own_address_alone(lines: Any) -> None:
    def green(*, open_: bool = False, **named: Outcome) -> Member:
        return Member(GREEN, callers(GREEN, named, open_=open_), ADDRESSES[GREEN])

    assert wrong(lines(green())) == []
    assert wrong(lines(green(open_=True))) == ["green's function, from 198.51.100.200"]
    refused = {"green elsewhere": Outcome(DENIED, rule=NO_RULE)}
    assert wrong(lines(green(**refused))) == ["green's function, 203.0.113.9"]
    assert wrong(lines(green(**{"green elsewhere": ADMITTED}))) == [
        "green's function, 203.0.113.9",
        "green's function, from 198.51.100.200",
    ]


class Jobs:
    """Machines at Google that call by the owner's egress rule; `wrong` has outcomes by account and project."""

    def __init__(self, **wrong: Outcome) -> None:
        self.wrong = wrong

    def job(self, email: str, _: str, project: str) -> Outcome:
        name = f"{email.partition('@')[0]} {project}".replace("-", "_").replace(" ", "_")
        rule = 'no egress rule of shared_perimeter matches: egress rule "shared: egress partner (0a1b2c3d)": '
        good = Outcome(DENIED, rule=f"{rule}identity {email} is not listed in the rule")
        if name == "team_jobs_partner":
            good = Outcome(ANSWER, rule='egress rule "shared: egress partner (0a1b2c3d)" of shared_perimeter')
        return self.wrong.get(name, good)


@pytest.mark.parametrize(
    ("broken", "scenarios"),
    [
        ({}, []),
        ({"team_jobs_partner": Outcome(ANSWER, rule="no perimeter")}, ["job in security-project asks partner"]),
        ({"team_jobs_elsewhere": Outcome(ANSWER)}, ["job in security-project asks elsewhere"]),
        ({"blue_app_partner": Outcome(ANSWER)}, ["job in blue's project asks partner"]),
    ],
)
def test_egress(broken: dict[str, Outcome], scenarios: list[str]) -> None:
    made: Any = Jobs(**broken)
    assert wrong(joined.egress(made)) == scenarios


def test_an_edit_that_nobody_reports_is_red() -> None:
    _, red = members(open_=True)
    text = "red-google: the rule was edited outside of Terraform"
    assert wrong(joined.edited(red, 1, text)) == []
    assert wrong(joined.edited(red, 0, "")) == wrong(joined.edited(red, 1, "cannot be read"))
    assert wrong(joined.edited(red, 0, "")) == ["what red's next run reports"]
    _, closed = members()
    assert wrong(joined.edited(closed, 1, text)) == ["red's role, from 198.51.100.200"]


def test_a_rule_that_stays_open_is_red() -> None:
    _, red = members()
    assert wrong(joined.repaired(red, 0, "")) == []
    assert wrong(joined.repaired(red, 1, "is missing")) == ["what red's next run reports"]
    _, opened = members(open_=True)
    assert wrong(joined.repaired(opened, 0, "")) == ["red's role, from 198.51.100.200"]


def test_who_leaves_is_out_and_the_other_one_stays() -> None:
    pool = "pool red-aws or provider red-aws in project 100000000002 does not exist, is disabled or was deleted"
    out = Outcome(NO_TOKEN, rule=pool)
    assert wrong(joined.after_leaving(*members(red_at_home=out), [])) == []
    assert wrong(joined.after_leaving(*members(), [])) == ["red's instance"]
    denied = Outcome(DENIED, rule=NO_RULE)
    assert wrong(joined.after_leaving(*members(red_at_home=out, blue_at_home=denied), [])) == ["blue's instance"]
    lines: list[Line] = list(joined.after_leaving(*members(red_at_home=out), ["x.y"]))
    assert wrong(lines) == ["what the owner's stack would change"]


def test_only_the_rule_of_one_is_opened_or_deleted() -> None:
    rules = [
        {"title": f"{name}: workloads call Gemini", "ingressFrom": {"sources": [{"accessLevel": name}]}}
        for name in ("blue", "red", "reddish")
    ]
    before = json.dumps(rules)
    opened = hand_edits.anywhere("red", rules)
    assert [one["ingressFrom"]["sources"][0]["accessLevel"] for one in opened] == ["blue", "*", "reddish"]
    assert [one["title"][:4] for one in hand_edits.without("red", opened)] == ["blue", "redd"]
    assert json.dumps(rules) == before
