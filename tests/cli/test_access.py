"""`access`: exit codes, reproducible output, and errors. It runs in this process, on the snapshots."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cli import access

SNAPSHOTS = Path(__file__).parent.parent / "snapshots"
STACKS = [str(SNAPSHOTS / f"on-premises.{cloud}.json") for cloud in ("aws", "google")]
NAT = "aws_eip.network_address-us-west-2a_09131E57.public_ip"
SCOPE = "only these inputs were read; other grants on project, folder and organization are not included"


class Said(tuple[int, str, str]):
    """Exit code, output and errors."""


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["cli.access", *arguments])
        try:
            code = access.main()
        except SystemExit as end:
            code = int(end.code or 0)
    shown = capsys.readouterr()
    return Said((code, shown.out, shown.err))


@pytest.mark.parametrize(
    ("who", "address", "code", "verdict"),
    [
        ("role/office-app", NAT, 0, "allowed, as serviceAccount:office-app@my-project.iam.gserviceaccount.com"),
        ("role/office-app2", NAT, 7, "denied (token exchange)"),
        ("role/office-app", "8.8.8.8", 5, "cannot be decided (perimeter for aiplatform)"),
    ],
)
def test_the_exit_code_is_the_verdict(
    capsys: pytest.CaptureFixture[str], who: str, address: str, code: int, verdict: str
) -> None:
    found, out, err = ask(capsys, *STACKS, "--who", who, "--from", address)
    assert (found, err) == (code, "")
    assert f"enforced: {verdict}\n" in out
    assert out.splitlines()[-1] == SCOPE
    found, out, _ = ask(capsys, *STACKS, "--who", who, "--from", address, "--json")
    body = json.loads(out)
    assert found == code
    assert body["enforced"]["verdict"] == verdict.partition(" (")[0].partition(",")[0]
    assert body["scope"] == SCOPE
    gates = [gate["name"] for gate in body["ways"][0]["gates"]]
    assert gates[:2] == ["perimeter for sts", "token exchange"]


@pytest.mark.parametrize("more", [["--who", "role/office-app", "--from", NAT], ["--matrix"]])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_the_same_inputs_give_the_same_bytes_and_begin_with_their_digests(
    capsys: pytest.CaptureFixture[str], more: list[str], form: list[str]
) -> None:
    first, second = (ask(capsys, *STACKS, *more, *form) for _ in range(2))
    assert first == second
    assert first[0] == 0
    digests = re.findall(r"\b[0-9a-f]{64}\b", first[1])
    assert len(digests) == 3  # two stacks, and the code that decides
    assert not re.search(r"\d\d:\d\d|20\d\d-\d\d", first[1])
    assert "${" not in first[1]


def test_a_unique_id_that_is_not_known_is_no_made_up_one(capsys: pytest.CaptureFixture[str]) -> None:
    direct = str(SNAPSHOTS / "direct.google.json")
    _, out, _ = ask(capsys, direct, "--who", "role/batch-jobs", "--from", "203.0.113.7")
    assert "direct-aws/subject/UNIQUE_ID:session\n" in out
    assert "AROA" not in out


def test_a_changed_input_has_another_digest(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    other = tmp_path / "google.json"
    other.write_text(Path(STACKS[1]).read_text() + "\n")
    question = ("--who", "role/office-app", "--from", NAT)
    texts = [ask(capsys, STACKS[0], path, *question)[1].splitlines() for path in (STACKS[1], str(other))]
    assert [number for number, (one, two) in enumerate(zip(*texts, strict=True)) if one != two] == [1]


def test_a_project_without_a_perimeter_here_may_be_in_another_one(capsys: pytest.CaptureFixture[str]) -> None:
    alone = str(SNAPSHOTS / "second-account.google.json")
    code, out, _ = ask(capsys, alone, "--who", "role/second-app", "--from", "8.8.8.8")
    assert code == 0
    assert out.splitlines()[-2].startswith("no input has a perimeter around project my-project: ")
    assert out.splitlines()[-1] == SCOPE
    assert "no input has a perimeter" not in ask(capsys, *STACKS, "--matrix")[1]


def test_a_role_that_gets_no_token_is_told_which_roles_do(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = ask(capsys, *STACKS, "--who", "role/app", "--from", NAT)
    assert "  roles that are named here: role/office-app\n" in out


def test_grants_of_gcloud_are_part_of_the_answer(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    grants = tmp_path / "iam.json"
    binding = {"role": "roles/aiplatform.user", "members": ["user:operator@example.com"]}
    grants.write_text(json.dumps([{"type": "project", "id": "my-project", "policy": {"bindings": [binding]}}]))
    question = ("--who", "user:operator@example.com", "--from", "203.0.113.3")
    assert ask(capsys, *STACKS, *question)[0] == 7
    code, out, _ = ask(capsys, *STACKS, *question, "--iam", str(grants))
    assert code == 0
    assert out.splitlines()[-1] == f"with the grants on project, folder and organization that {grants} has"


def test_the_matrix_names_who_may_call_from_where(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ask(capsys, *STACKS, "--matrix")
    assert code == 0
    blocks = out.split("\n\n")
    assert "role/other-role\n  from every address: denied (token exchange)" in blocks
    mine = next(one for one in blocks if one.startswith("role/office-app"))
    assert f"  from {NAT}: allowed\n" in f"{mine}\n"
    assert "  from 203.0.113.0/28, any other address: denied (perimeter for aiplatform)\n" in f"{mine}\n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "allowed: --who and --from, or --matrix"),
        (["--who", "role/a"], 2, "allowed: --who and --from, or --matrix"),
        (["--matrix", "--who", "role/a", "--from", "8.8.8.8"], 2, "allowed: --who and --from, or --matrix"),
        ([*STACKS, "--who", "a", "--from", "8.8.8.8"], 2, "--who: got 'a'; allowed: role/NAME"),
        ([*STACKS, "--who", "role/a", "--from", "8.8.8"], 2, "--from: got '8.8.8'; allowed: an IPv4"),
        ([*STACKS, "--who", "role/a", "--from", "example.com"], 2, f"allowed: an IPv4 or IPv6 address, {NAT}"),
        ([*STACKS, "--who", "role/a", "--from", "8.8.8.8", "--call", "Vertex AI"], 2, "--call: got 'Vertex AI'"),
        (["nothing.json", "--who", "role/a", "--from", "8.8.8.8"], 2, "nothing.json: No such file or directory"),
        ([str(SNAPSHOTS / "example.addresses.txt"), "--who", "role/a", "--from", "8.8.8.8"], 1, "is not JSON"),
        ([STACKS[0], STACKS[0], "--who", "role/a", "--from", "8.8.8.8"], 1, "is in two inputs"),
        ([*STACKS, "--iam", STACKS[0], "--who", "role/a", "--from", "8.8.8.8"], 1, "get-ancestors-iam-policy"),
    ],
)
def test_a_wrong_question_is_an_error_without_an_answer(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    found, out, err = ask(capsys, *arguments)
    assert (found, out) == (code, "")
    assert said in err


def test_what_an_input_holds_moves_no_cursor(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    body: dict[str, Any] = json.loads(Path(STACKS[1]).read_text())
    (perimeter,) = body["resource"]["google_access_context_manager_service_perimeter"].values()
    for rule in perimeter["status"]["ingress_policies"]:
        rule["title"] = "ok\nenforced: allowed\x1b[2J\u202e"
    path = tmp_path / "google.json"
    path.write_text(json.dumps(body))
    _, out, _ = ask(capsys, STACKS[0], str(path), "--who", "role/office-app", "--from", "8.8.8.8")
    assert "ok\\nenforced: allowed\\x1b[2J\\u202e" in out
    assert out.count("\nenforced: ") == 1
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", out)


HANDED = [str(SNAPSHOTS / f"hand-over.{cloud}.json") for cloud in ("aws", "google")]
SHARED = "accessPolicies/987654321/servicePerimeters/shared"
LEVEL = "accessPolicies/987654321/accessLevels/handed_workloads"


def described(folder: Path, *bodies: Any) -> list[str]:
    """A file for each body that gcloud describes."""
    files = [folder / f"{number}.json" for number in range(len(bodies))]
    for file, body in zip(files, bodies, strict=True):
        file.write_text(json.dumps(body))
    return list(map(str, files))


def shared(*members: str) -> dict[str, Any]:
    operations = [{"serviceName": "aiplatform.googleapis.com", "methodSelectors": [{"method": "*"}]}]
    rule = {
        "title": "theirs",
        "ingressFrom": {"identities": list(members), "sources": [{"accessLevel": LEVEL}]},
        "ingressTo": {"resources": ["projects/345678901234"], "operations": operations},
    }
    config = {"resources": ["projects/345678901234"], "restrictedServices": ["aiplatform.googleapis.com"]}
    return {"name": SHARED, "status": {**config, "ingressPolicies": [rule]}}


LEVELS = [{"name": LEVEL, "basic": {"conditions": [{"ipSubnetworks": ["203.0.113.7/32"]}]}}]


@pytest.mark.parametrize("address", ["203.0.113.7", "8.8.8.8"])
def test_a_perimeter_that_is_handed_over_is_asked_for(capsys: pytest.CaptureFixture[str], address: str) -> None:
    """It is in no stack, which is neither "open" nor "no rule"."""
    code, out, _ = ask(capsys, *HANDED, "--who", "role/handed-app", "--from", address)
    assert code == 5
    assert f"missing: whether {SHARED} admits it" in out
    assert "give FILE and FILE, which `gcloud access-context-manager perimeters describe NAME" in out
    assert "no perimeter here" not in out
    assert out.splitlines()[-1] == SCOPE


@pytest.mark.parametrize(
    ("member", "address", "code"),
    [
        ("serviceAccount:handed-app@my-project.iam.gserviceaccount.com", "203.0.113.7", 0),
        ("serviceAccount:handed-app@my-project.iam.gserviceaccount.com", "203.0.113.8", 7),
        ("user:somebody@example.com", "203.0.113.7", 7),
    ],
)
def test_its_description_decides(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, member: str, address: str, code: int
) -> None:
    files = described(tmp_path, shared(member), LEVELS)
    assert ask(capsys, *HANDED, *files, "--who", "role/handed-app", "--from", address)[0] == code
    assert ask(capsys, *HANDED, files[0], "--who", "role/handed-app", "--from", address)[0] in {5, code}


def test_two_that_hand_over_to_one_perimeter_are_one_world(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = Path(HANDED[1]).read_text()
    (tmp_path / "second.json").write_text(text.replace("handed", "second"))
    code, _, err = ask(capsys, *HANDED, str(tmp_path / "second.json"), "--who", "role/handed-app", "--from", "8.8.8.8")
    assert (code, err) == (5, "")
