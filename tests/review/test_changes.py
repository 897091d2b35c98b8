"""Changes that a careless or hostile colleague makes, each by the comment's first three lines: what, for whom, from where."""

from collections.abc import Callable
from typing import Any

import pytest

from cli.diff import CODES
from deploy.exit_codes import ExitCode
from review.diff.compare import compare
from review.safe import Secrets
from tests.review.changes import (
    ALERT,
    LEVEL,
    MEMBER,
    PERIMETER,
    PROVIDER,
    TWENTY,
    Edit,
    answer,
    edited,
    enforced,
    environment,
    only,
    replaced,
    shown,
    side,
    stacks,
    synthesized,
)
from tests.synthesis import Synthesized

Document = dict[str, Any]
ADDRESS = "the address of network_address-ap-northeast-1a"


def office() -> Synthesized:
    return environment("on-premises")


def twenty() -> Synthesized:
    return enforced(TWENTY)


def proposal() -> Synthesized:
    return environment("proposal")


def several() -> Synthesized:
    return environment("several")


def wider_office(_: Document, google: Document) -> None:
    replaced(google, "198.51.100.0/24", "198.51.96.0/20")


def dropped_slash(_: Document, google: Document) -> None:
    provider = only(google, PROVIDER)
    provider["attribute_condition"] = provider["attribute_condition"].replace("role/demo-w7/", "role/demo-w7")


def proposed_from_everywhere(_: Document, google: Document) -> None:
    only(google, PERIMETER)["spec"]["ingress_policies"][0]["ingress_from"]["sources"] = [{"access_level": "*"}]


def another_teams_role(_: Document, google: Document) -> None:
    grant = only(google, "google_service_account_iam_member")
    other = grant["member"].replace("aws_role/demo-app", "aws_role/team-b")
    google["resource"]["google_service_account_iam_member"]["other"] = {**grant, "member": other}


def another_policy(_: Document, google: Document) -> None:
    old = only(google, LEVEL)["parent"]
    replaced(google, old, "accessPolicies/999")


def another_image(aws: Document, _: Document) -> None:
    only(aws, "aws_instance")["ami"] = "ami-0badc0ffee0badc0f"


def alert_off(_: Document, google: Document) -> None:
    del google["resource"][ALERT]


def alert_elsewhere(_: Document, google: Document) -> None:
    only(google, ALERT)["notification_channels"] = ["projects/p/notificationChannels/999"]


def logs_off(_: Document, google: Document) -> None:
    del google["resource"]["google_project_iam_audit_config"]


def another_bucket(_: Document, google: Document) -> None:
    google["terraform"]["backend"]["gcs"]["bucket"] = "other-state"


def any_provider(_: Document, google: Document) -> None:
    google["terraform"]["required_providers"]["google"]["version"] = ">= 4"


def grant_in_the_library(_: Document, google: Document) -> None:
    role = {"project": "my-project", "role": "roles/aiplatform.user", "member": "user:mallory@example.net"}
    google["resource"][MEMBER]["debug"] = role


def everybody_in_another_spelling(_: Document, google: Document) -> None:
    only(google, PERIMETER)["status"]["ingress_policies"][0]["ingress_from"]["identities"].append("allusers")


def everybody(_: Document, google: Document) -> None:
    only(google, MEMBER)["member"] = "allUsers"


def enforcement_ends(_: Document, google: Document) -> None:
    perimeter = only(google, PERIMETER)
    perimeter["spec"] = perimeter.pop("status")
    perimeter["use_explicit_dry_run_spec"] = True


def gemini_is_open(_: Document, google: Document) -> None:
    only(google, PERIMETER)["status"]["restricted_services"] = ["storage.googleapis.com"]


def condition_is_true(_: Document, google: Document) -> None:
    only(google, PROVIDER)["attribute_condition"] = "true"


def project_joins(_: Document, google: Document) -> None:
    only(google, PERIMETER)["status"]["resources"].append("projects/999")


def key(_: Document, google: Document) -> None:
    google["resource"]["google_service_account_key"] = {"key": {"service_account_id": "demo-app"}}


def negated(_: Document, google: Document) -> None:
    only(google, LEVEL)["basic"]["conditions"][0]["negate"] = True


def deletable(_: Document, google: Document) -> None:
    only(google, PERIMETER)["lifecycle"]["prevent_destroy"] = False


def instances_connect_anywhere(aws: Document, _: Document) -> None:
    only(aws, "aws_vpc_security_group_egress_rule")["ip_protocol"] = "-1"


def way_out(aws: Document, _: Document) -> None:
    rule = {"cidr_ipv4": "0.0.0.0/0", "ip_protocol": "-1"}
    aws["resource"]["aws_vpc_security_group_egress_rule"]["all"] = rule


def logs_left_out(_: Document, google: Document) -> None:
    google["resource"]["google_logging_project_exclusion"] = {"e": {"name": "e", "filter": "severity < ERROR"}}


def ssh_is_open(aws: Document, _: Document) -> None:
    aws["resource"]["aws_vpc_security_group_ingress_rule"] = {"ssh": {"cidr_ipv4": "0.0.0.0/0", "from_port": 22}}


def anybody_assumes(aws: Document, _: Document) -> None:
    role = only(aws, "aws_iam_role")
    role["assume_role_policy"] = role["assume_role_policy"].replace('"Service": "ec2.amazonaws.com"', '"AWS": "*"')


def program(_: Document, google: Document) -> None:
    only(google, MEMBER)["provisioner"] = [{"local-exec": {"command": "gcloud projects add-iam-policy-binding"}}]


def module(_: Document, google: Document) -> None:
    google["module"] = {"debug": {"source": "./debug"}}


def addresses_of_another_state(_: Document, google: Document) -> None:
    """The stack's own state is still read, and the level takes the output of the same name from elsewhere."""
    google["data"]["terraform_remote_state"]["other"] = {"backend": "gcs", "config": {"bucket": "other"}}
    replaced(google, "terraform_remote_state.aws.outputs", "terraform_remote_state.other.outputs")


def addresses_by_default(_: Document, google: Document) -> None:
    google["data"]["terraform_remote_state"]["aws"]["defaults"] = {"egress_cidrs": ["203.0.113.0/24"]}


def another_existing_address(aws: Document, _: Document) -> None:
    next(iter(aws["data"]["aws_eip"].values()))["id"] = "eipalloc-0bad"


def existing() -> Synthesized:
    return environment("existing-network")


CASES: list[tuple[Callable[[], Synthesized], Edit, ExitCode, list[str]]] = [
    (office, wider_office, ExitCode.WIDER, ["**wider** `prod`", "newly admits group:ml@example.com from 198.51.96.0/20 to aiplatform.googleapis.com"]),
    (twenty, dropped_slash, ExitCode.WIDER, ["**wider**", "newly gives a token to arn:aws:sts::123456789012:assumed-role/demo-w7-x/*", "from where demo_perimeter admits them"]),
    (proposal, proposed_from_everywhere, ExitCode.DONE, ["nothing wider", "**Dry run: logged, and nothing is denied**", "newly admits every identity from every other address"]),
    (enforced, another_teams_role, ExitCode.WIDER, ["newly grants roles/iam.workloadIdentityUser on", "attribute.aws_role/team-b; from where demo_perimeter admits them"]),
    (enforced, another_policy, ExitCode.WIDER, ["enforcement ends (google_access_context_manager_service_perimeter.perimeter)"]),
    (enforced, another_image, ExitCode.DONE, ["`prod`: `the instance gets another image", "-> ami-0badc0ffee0badc0f (aws_instance.workload_app_instance)"]),
    (several, alert_off, ExitCode.DONE, ["is deleted: violations raise no alert any more"]),
    (several, alert_elsewhere, ExitCode.DONE, ["the alert on violations is sent to projects/p/notificationChannels/999, before to projects/my-project/"]),
    (several, logs_off, ExitCode.DONE, ["is deleted: its calls are no longer logged (google_project_iam_audit_config.data_access_logs_aiplatform)"]),
    (several, another_bucket, ExitCode.DONE, ["the state moves from my-state to other-state: Terraform creates everything again unless it is moved"]),
    (enforced, any_provider, ExitCode.DONE, ["another provider may be installed: required_providers.google.version ~> 7.45 -> >= 4"]),
    (enforced, grant_in_the_library, ExitCode.WIDER, ["newly grants roles/aiplatform.user on my-project to user:mallory@example.net; from where demo_perimeter"]),
    (synthesized, grant_in_the_library, ExitCode.WIDER, ["to user:mallory@example.net; from every address: no perimeter is enforced"]),
    (enforced, everybody_in_another_spelling, ExitCode.UNDECIDED, ["**cannot be decided** `prod`: `newly names 'allusers'"]),
    (enforced, everybody, ExitCode.REFUSED, ["**refused** `prod`: `it grants projects/my-project/roles/demo_gemini_caller on my-project to everybody", "from where"]),
    (enforced, enforcement_ends, ExitCode.WIDER, ["newly admits every identity from every address"]),
    (enforced, gemini_is_open, ExitCode.WIDER, ["aiplatform.googleapis.com is not restricted, which newly admits every identity from every address"]),
    (enforced, condition_is_true, ExitCode.REFUSED, ["**refused** `prod`: `it gives a token to every role of AWS account 123456789012", "from where demo_perimeter"]),
    (enforced, project_joins, ExitCode.WIDER, ["newly admits every identity from projects/345678901234, projects/999"]),
    (enforced, key, ExitCode.WIDER, ["act as demo-app; from where demo_perimeter admits them"]),
    (enforced, program, ExitCode.UNDECIDED, ["has a provisioner, a program that runs with the credentials of Terraform"]),
    (enforced, module, ExitCode.UNDECIDED, ["is new, and expressions may mean something else", "(module)"]),
    (enforced, addresses_of_another_state, ExitCode.UNDECIDED, ["is new, and expressions may", "(data.terraform_remote_state.other)"]),
    (enforced, addresses_by_default, ExitCode.UNDECIDED, ["changes, and expressions may", "(data.terraform_remote_state.aws)"]),
    (existing, another_existing_address, ExitCode.UNDECIDED, ["changes, and expressions may", "(data.aws_eip.network_address-eipalloc"]),
    (enforced, negated, ExitCode.REFUSED, ["end it by a separate list of addresses", "newly admits serviceAccount:demo-app@my-project.iam.gserviceaccount.com from every other address"]),
    (enforced, deletable, ExitCode.DONE, ["what keeps it from being deleted changes: lifecycle.prevent_destroy true -> false"]),
    (enforced, instances_connect_anywhere, ExitCode.DONE, ["where instances may connect to: ip_protocol tcp -> -1"]),
    (enforced, way_out, ExitCode.DONE, ["egress is new: cidr_ipv4 0.0.0.0/0, ip_protocol -1 (aws_vpc_security_group_egress_rule.all)"]),
    (enforced, logs_left_out, ExitCode.DONE, ["a log exclusion is new, and the kit writes nothing of this type: filter severity < ERROR, name e"]),
    (enforced, ssh_is_open, ExitCode.DONE, ["is new, and the kit writes nothing of this type (aws_vpc_security_group_ingress_rule.ssh)"]),
    (enforced, anybody_assumes, ExitCode.WIDER, ["AWS * may newly assume demo-app; from where demo_perimeter admits them"]),
]  # fmt: skip


@pytest.mark.parametrize(("world", "edit", "code", "said"), CASES, ids=[edit.__name__ for _, edit, _, _ in CASES])
def test_the_first_three_lines_say_it(
    world: Callable[[], Synthesized], edit: Edit, code: ExitCode, said: list[str]
) -> None:
    found = edited(world(), edit)
    first = "\n".join(shown(found).splitlines()[:3])
    assert CODES.get(found.verdict, ExitCode.DONE) == code
    assert f"(exit code {code.value})" in first
    assert [text for text in said if text not in first] == []


def test_a_flipped_auth_grants_the_workload_itself() -> None:
    found = answer(stacks(enforced()), stacks(enforced('[[workload]]\nname = "app"\nauth = "direct"')))
    first = shown(found).splitlines()
    assert "attribute.aws_role/demo-app; from where demo_perimeter admits them" in first[1]
    assert f"attribute.aws_role/demo-app from {ADDRESS} to aiplatform.googleapis.com" in first[2]


def test_a_second_zone_admits_its_address() -> None:
    """Google's stack reads the addresses from the state: its own JSON does not change."""
    network = '[aws.network]\nzones = ["ap-northeast-1a", "ap-northeast-1c"]\nnat = "per-zone"\n'
    more = enforced(f'{network}[[workload]]\nname = "app"\nzone = "ap-northeast-1a"')
    assert more.google == enforced().google
    first = shown(answer(stacks(enforced()), stacks(more))).splitlines()[1]
    assert "from the address of network_address-ap-northeast-1c to aiplatform.googleapis.com" in first


def test_an_address_that_looks_like_a_stand_in_is_not_taken_for_one() -> None:
    """Written in an output, it would be printed as the address of the network's own gateway."""
    new = stacks(enforced())
    new["aws"]["output"]["egress_cidrs"]["value"].append("240.0.0.1/32")
    found = answer(stacks(enforced()), new)
    assert found.verdict == "cannot be decided"
    assert "240.0.0.1/32 (output.egress_cidrs)" in shown(found)


def test_a_renamed_environment_has_another_state() -> None:
    secrets = Secrets()
    made = stacks(enforced())
    others = {"stage": side("stage", made, secrets)}
    found = compare(
        {"prod": side("prod", made, secrets), **others}, {"production": side("production", made, secrets), **others}
    )
    first = shown(found).splitlines()[:3]
    assert first[0] == "### Keyless Perimeter: wider: 1 of 2 environments (exit code 4)"
    assert first[1].startswith(
        "- **renamed** from `prod` to `production`: `another state: production does not see what prod"
    )


def test_a_new_environment_is_new_in_everything() -> None:
    secrets = Secrets()
    known = {"prod": side("prod", stacks(enforced()), secrets)}
    lines = shown(compare(known, {**known, "stage": side("stage", stacks(several()), secrets)})).splitlines()
    assert lines[0] == "### Keyless Perimeter: wider: 1 of 2 environments (exit code 4)"
    assert lines[1].startswith(
        "- **wider** `stage`: `newly gives a token to arn:aws:sts::123456789012:assumed-role/several-"
    )
    assert "- **new** `stage`: `everything in it is new`" in lines
    assert "- **no change in 1 of 2 environments**" in lines


def test_a_deleted_environment_destroys_nothing() -> None:
    secrets = Secrets()
    known = {"prod": side("prod", stacks(enforced()), secrets)}
    found = compare({**known, "stage": side("stage", stacks(several()), secrets)}, known)
    assert found.verdict == "nothing wider"
    assert "- **deleted** `stage`: `nothing is destroyed; still deployed unless `destroy` was run`" in shown(
        found
    ).replace("``", "`")


def test_equal_environments_are_one_line() -> None:
    secrets = Secrets()
    made = stacks(enforced())
    names = [f"e{number}" for number in range(40)]
    old = {name: side(name, made, secrets) for name in names}
    new = stacks(enforced())
    wider_in_two = {name: side(name, new, secrets) for name in names[:2]}
    grant_in_the_library({}, new["google"])
    wider_in_two = {name: side(name, new, secrets) for name in names[:2]}
    text = shown(compare(old, {**old, **wider_in_two}))
    assert text.splitlines()[0] == "### Keyless Perimeter: wider: 2 of 40 environments (exit code 4)"
    assert text.splitlines()[1].startswith("- **wider** `e0, e1`: `newly grants roles/aiplatform.user")
    assert "- **no change in 38 of 40 environments**" in text


def test_what_only_becomes_narrower_is_no_verdict() -> None:
    found = answer(stacks(synthesized()), stacks(enforced()))
    assert found.verdict == "nothing wider"
    (begins,) = [one.what for one in found.differences[0].narrower]
    assert begins.startswith(
        ("the perimeter restricts this now, and no longer admits", "enforcement begins, and no longer admits")
    )


def test_a_comment_has_forty_lines_and_sixty_thousand_characters() -> None:
    """A request that changes everything: a thousand grants, in words as long as a settings file takes."""
    new = stacks(enforced())
    for number in range(1000):
        member = f"user:{'x' * 60}{number}@example.net"
        new["google"]["resource"][MEMBER][f"n{number}"] = {
            "project": f"p{number}",
            "role": "roles/owner",
            "member": member,
        }
        new["aws"]["resource"].setdefault("aws_sns_topic", {})[f"t{number}"] = {"name": "x" * 90}
    text = shown(answer(stacks(enforced()), new))
    outside = text.split("<details>")[0] + "".join(
        part.partition("</details>")[2] for part in text.split("<details>")[1:]
    )
    assert len(outside.strip().splitlines()) <= 40
    assert 20_000 < len(text) <= 60_000
    assert "more: `--format text` has them" in text
    assert text.count("<details>") == text.count("</details>")


def test_what_cannot_be_compared_cannot_be_decided() -> None:
    """Another environment still is: its line comes after it."""
    secrets = Secrets()
    odd, wide = stacks(enforced()), stacks(enforced())
    odd["google"]["resource"][MEMBER]["odd"] = 7
    grant_in_the_library({}, wide["google"])
    old = {name: side(name, stacks(enforced()), secrets) for name in ("odd", "wide")}
    found = compare(old, {"odd": side("odd", odd, secrets), "wide": side("wide", wide, secrets)})
    first = shown(found).splitlines()
    assert first[0] == "### Keyless Perimeter: cannot be decided: 1 of 2 environments (exit code 5)"
    assert first[1] == "- **cannot be compared** `odd`: `it cannot be compared: TypeError in its JSON`"
    assert "user:mallory@example.net" in first[2]
