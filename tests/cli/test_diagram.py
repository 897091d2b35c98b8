"""`diagram`: README's picture is its output, and each gate is drawn as `access` answers it."""

import json
import re
from pathlib import Path

import pytest

from access.answer import Answer
from access.outcome import CallPath, Gate, Outcome
from access.question import method
from cli import access, diagram
from review.diagram import mermaid
from tests.synthesis import environment

ROOT = Path(__file__).parents[2]
OUTSIDE = "198.51.100.200"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """The stacks of the enforced example."""
    made = environment("example", "[perimeter]\ndry_run = false")
    for name, body in (("aws", made.aws), ("google", made.google)):
        (tmp_path / f"{name}.json").write_text(json.dumps(body))
    return [str(tmp_path / f"{name}.json") for name in ("aws", "google")]


def test_the_picture_of_the_readme_is_that_of_the_example(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = environment("example")
    for name, body in (("aws", made.aws), ("google", made.google)):
        (tmp_path / f"{name}.json").write_text(json.dumps(body))
    assert diagram.main([str(tmp_path / "aws.json"), str(tmp_path / "google.json")]) == 0
    (picture,) = re.findall(r"^```mermaid\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert capsys.readouterr().out == picture


@pytest.mark.parametrize("who", ["role/demo-app", "role/other"])
def test_the_gates_are_those_of_access(
    files: list[str], who: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [*files, "--who", who, "--from", OUTSIDE]
    assert diagram.main(asked) == 0
    drawn = capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["access", *asked, "--json"])
    access.main()
    (way, *_) = json.loads(capsys.readouterr().out)["ways"]
    found = [(gate["name"], gate["enforced"]["verdict"]) for gate in way["gates"]]
    assert re.findall(r'\["\d+\. ([\w ]+): ([\w ]+)<br>', drawn) == found
    assert drawn.count(" subgraph ") == sum(name.startswith("perimeter for ") for name, _ in found)
    edges = re.findall(r"^  (\w+) (-->|-\.->) (\w+)$", drawn, re.MULTILINE)
    assert [one for one, _, _ in edges] == ["caller", *(f"gate{number}" for number in range(1, len(found) + 1))]
    ended = next(number for number, (_, verdict) in enumerate(found) if verdict != "allowed")
    assert [arrow for _, arrow, _ in edges] == ["-->"] * (ended + 1) + ["-.->"] * (len(found) - ended)


def test_a_label_holds_no_markup() -> None:
    bad = '"]; click a href "https://example.com" <img src=x> `b` #quot; \x1b[31m\u202e\n'
    gate = Gate("IAM", Outcome(False, bad, bad), Outcome(False, bad, bad))
    drawn = mermaid(bad, bad, method("aiplatform"), Answer((CallPath(bad, (gate,)),)))
    labels = re.findall(r'\["(.*)"\](?::::\w+)?$', drawn, re.MULTILINE)
    assert len(labels) == 4
    for label in labels:
        assert not re.search(r'["`\x1b\u202e]|<(?!br>)|>(?<!<br>)', label)
        assert "#35;quot;" in label or "IAM" in label or "aiplatform" in label
    # Mermaid takes `call` and `end` for words of its own (docs/gotchas.md).
    assert set(re.findall(r"^ +(?!subgraph|classDef|end$)(\w+)", drawn, re.MULTILINE)) <= {"caller", "gate1", "api"}
    assert drawn.count("\n") == len(drawn.splitlines())


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--from", "x"], "--from: got 'x'"),
        (["--who", "nobody"], "--who: got 'nobody'"),
        (["--call", "a b"], "--call: got 'a b'"),
    ],
)
def test_a_wrong_word_is_2(files: list[str], more: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert diagram.main([*files, *more]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


def test_inputs_that_declare_nobody_need_a_caller(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.tfstate").write_text('{"version": 4, "resources": []}')
    assert diagram.main([str(tmp_path / "empty.tfstate")]) == 2
    assert "--who is needed: these inputs declare no caller" in capsys.readouterr().err
    assert diagram.main([str(tmp_path / "empty.tfstate"), "--who", "user:a@example.com"]) == 2
    assert "--from is needed: these inputs declare no address" in capsys.readouterr().err
