"""A shared perimeter: what an owner's plan would write over, what an apply has lost, and how it is put back."""

import copy
import json
from typing import Any

import pytest

from deploy import shared, sharing
from deploy.described import Described
from deploy.errors import PlanAgain, Refused
from deploy.google_api import NotRead
from deploy.shared import Written, of_body
from deploy.stacks import Stack
from tests.deploy.planned import Body, change, plan
from tests.stacks.test_share import ENFORCED, SHARE, stack
from tests.terraform.shared import NAME as OWNER
from tests.terraform.shared import document, owner

KIND = "google_access_context_manager_service_perimeter"
NAME = "accessPolicies/987654321/servicePerimeters/demo_perimeter"
OTHER = "projects/345678901235"


def rule(title: str = "theirs", who: str = "user:a@example.com") -> Body:
    """As Google has it."""
    return {
        "title": title,
        "ingressFrom": {"identities": [who], "sources": [{"resource": OTHER}]},
        "ingressTo": {"resources": [OTHER], "operations": [{"serviceName": "*"}]},
    }


def body(*rules: Body, members: tuple[str, ...] = (OTHER,), name: str = NAME) -> Body:
    config = {"resources": list(members), "restrictedServices": ["a"], "ingressPolicies": list(rules)}
    return {"name": name, "etag": "E", "status": config, "spec": copy.deepcopy(config), "useExplicitDryRunSpec": True}


def values(*rules: str, members: tuple[str, ...] = (OTHER,), name: str = NAME) -> Body:
    """As a plan has it."""
    several = [
        {
            "title": title,
            "ingress_from": [
                {
                    "identities": ["user:a@example.com"],
                    "identity_type": "",
                    "sources": [{"access_level": "", "resource": OTHER}],
                }
            ],
            "ingress_to": [
                {"resources": [OTHER], "operations": [{"service_name": "*", "method_selectors": []}], "roles": None}
            ],
        }
        for title in rules
    ]
    config = {
        "resources": list(members),
        "restricted_services": ["a"],
        "ingress_policies": several,
        "egress_policies": None,
    }
    return {"name": name, "status": [config], "spec": [copy.deepcopy(config)], "use_explicit_dry_run_spec": True}


def seen(before: Body, after: Body | None = None) -> Written:
    after = after or {**before, "description": "another"}
    (found,) = shared.written(stack(ENFORCED), plan(change(KIND, before, after)))
    return found


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (stack(SHARE), [NAME]),
        (stack(f'{ENFORCED}\nothers = "remove"'), [NAME]),
        (document(owner()), [OWNER]),
        (stack('[google]\naccess_policy = "987654321"\n[perimeter]'), []),
        (stack(f'[perimeter]\njoin = "{NAME}"'), []),
    ],
    ids=["shared", "others are removed", "without callers", "not shared", "joined"],
)
def test_which_perimeters_are_shared(document: Body, found: list[str]) -> None:
    assert list(shared.names(document)) == found


def test_only_an_update_writes_what_the_plan_saw() -> None:
    for before, after in ((values(), values()), (None, values()), (values(), None)):
        assert list(shared.written(stack(ENFORCED), plan(change(KIND, before, after)))) == []
    assert (
        list(shared.written(stack(ENFORCED), plan(change(KIND, values(name="other"), values("a", name="other"))))) == []
    )


CHANGED = {
    "nothing": (body(rule()), []),
    "a rule": (body(rule(), rule("more")), ["the rule 'more' is new in the enforced configuration of", "the rule 'more' is new in the dry run of"]),
    "a member": (body(rule(), members=(OTHER, "projects/9")), ["the project projects/9 is new in the enforced", "the project projects/9 is new in the dry run"]),
    "a member that left": (body(rule(), members=()), [f"the project {OTHER} is in the enforced configuration of {NAME} no longer", "no longer"]),
    "an edited rule": (body(rule(who="user:b@example.com")), ["is new in", "is new in", "no longer", "no longer"]),
    "another order": (body(rule(), members=(OTHER,)), []),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGED)
def test_what_changed_since_the_plan(name: str) -> None:
    live, texts = CHANGED[name]
    found = list(shared.since(seen(values("theirs")), of_body(live)))
    assert len(found) == len(texts), found
    assert all(text in one for text, one in zip(texts, found, strict=True))


def lost(written: Written, now: Body, *during: Body, changes: tuple[Body, ...] = ()) -> list[tuple[str, str]]:
    looks = [one for each in during for one in of_body(each)]
    return [(one.side, one.key) for one in shared.lost(written, looks, plan(*changes), of_body(now))]


def test_what_had_joined_and_is_missing() -> None:
    written, whole = seen(values("theirs")), body(rule())
    assert lost(written, whole) == []
    assert lost(written, body()) == [("status", "theirs"), ("spec", "theirs")]
    assert lost(written, body(rule(), members=())) == [("status", OTHER), ("spec", OTHER)]
    joined = body(rule(), rule("more"))
    assert lost(written, whole, joined) == [("status", "more"), ("spec", "more")]
    assert lost(written, joined, joined) == []


def test_what_the_plan_takes_out_is_not_missing() -> None:
    removing = seen(values("theirs", "left behind"), values("theirs"))
    assert lost(removing, body(rule())) == []
    assert lost(removing, body(rule()), body(rule(), rule("left behind"))) == []
    attached = values("theirs")["status"][0]["ingress_policies"][0] | {"perimeter": NAME}
    gone = change(f"{KIND}_ingress_policy", attached, None)
    assert lost(seen(values("theirs")), body(), changes=(gone,)) == [("spec", "theirs")]


def test_the_commands_put_back_what_is_missing_and_keep_the_rest() -> None:
    missing = shared.lost(
        seen(values("theirs", members=(OTHER, "projects/9"))), [], plan(), of_body(body(rule("kept"), members=()))
    )
    found = [one for one in shared.commands(missing, body(rule("kept"), members=())) if "dry-run" not in one[0]]
    base = "gcloud access-context-manager perimeters update demo_perimeter --policy=987654321"
    assert [command for command, _, _ in found] == [
        f"{base} --add-resources={OTHER},projects/9",
        f"{base} --set-ingress-policies=FILE --etag=E",
    ]
    assert found[1][1] == "demo_perimeter.status.ingress.json"
    kept, back = json.loads(found[1][2])
    assert kept == rule("kept")
    assert back == rule()


def test_what_others_have_is_what_the_state_did_not_attach() -> None:
    live = body(rule(), rule("ours"), members=(OTHER, "projects/9"))
    own = [one for one in of_body(live) if one.key in ("ours", "projects/9")]
    assert [(one.side, one.key) for one in shared.of_others(live, own)] == [
        (side, key) for side in ("status", "spec") for key in (OTHER, "theirs")
    ]
    assert [one.key for one in shared.of_others(live, own, ["status"])] == [OTHER, "theirs"]


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What a read of Google gives: a body, or NotRead."""
    found: list[Any] = [body(rule())]

    def read(*_: Any) -> Described:
        if isinstance(found[-1], NotRead):
            raise found[-1]
        return Described({found[-1]["name"]: found[-1]})

    monkeypatch.setattr("deploy.described.read", read)
    return found


def own(text: Body, tmp_path: Any) -> Stack:
    return Stack("google", tmp_path / "run/stacks/google", (), text)


def test_an_apply_without_a_look_is_refused_unless_a_file_describes_the_perimeter(
    live: list[Any], tmp_path: Any
) -> None:
    live.append(NotRead("no credentials"))
    google, planned = (
        own(stack(ENFORCED), tmp_path),
        plan(change(KIND, values("theirs"), values("theirs") | {"title": "t"})),
    )
    with (
        pytest.raises(Refused, match="is not applied unseen; give it by --perimeter FILE"),
        sharing.kept(google, lambda: planned, None),
    ):
        pytest.fail("applied")
    file = tmp_path / "perimeter.json"
    file.write_text(json.dumps(body(rule())))
    with sharing.kept(google, lambda: planned, file):
        pass
    file.write_text(json.dumps(body()))
    with pytest.raises(PlanAgain, match="no longer"), sharing.kept(google, lambda: planned, file):
        pytest.fail("applied")


def test_a_plan_that_does_not_write_the_perimeter_needs_no_look(live: list[Any], tmp_path: Any) -> None:
    live.append(NotRead("no credentials"))
    with sharing.kept(own(stack(ENFORCED), tmp_path), lambda: plan(change(KIND, values(), values())), None):
        pass


def test_a_perimeter_that_others_are_in_is_not_demoted_and_not_destroyed(live: list[Any], tmp_path: Any) -> None:
    live[0]["name"] = OWNER
    state = {
        "resources": [{"mode": "managed", "type": KIND, "name": "it", "instances": [{"attributes": {"name": OWNER}}]}]
    }
    for text, refused in (("dry_run = true", "would be enforced no longer"), ("dry_run = false", "")):
        google = own(document(owner(text)), tmp_path)
        if refused:
            with pytest.raises(Refused, match=refused):
                sharing.before(google, state, None, applies=True)
        else:
            sharing.before(google, state, None, applies=True)
        with pytest.raises(Refused, match=f"would be deleted, and the project {OTHER}, the rule 'theirs'"):
            sharing.before_destroy(google, state)
        sharing.before_destroy(google, {"resources": []})
    live.append(body(members=(), name=OWNER))
    sharing.before(own(document(owner("dry_run = true")), tmp_path), state, None, applies=True)
    sharing.before_destroy(own(document(owner()), tmp_path), state)
