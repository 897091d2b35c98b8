"""Splitting a provider's tarball, and putting some of its submodules together."""

import io
import json
import re
import tarfile
from pathlib import Path
from random import Random

import pytest

from slim_bindings.pruning.assembly import assemble, closure
from slim_bindings.pruning.store import split
from slim_bindings.pruning.unprunable import Unprunable

from . import toy


def unpacked(tarball: bytes) -> dict[str, str]:
    """The files of a tarball."""
    with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as members:
        files = {member.name: members.extractfile(member) for member in members}
        return {name: file.read().decode() for name, file in files.items() if file is not None}


def modules_in(script: str) -> list[str]:
    """The folders whose index.js it has."""
    return re.findall(r'^"/([\w-]+)/index\.js": ', script, re.MULTILINE)


def test_an_assembly_holds_the_submodules_asked_for_and_no_others(tmp_path: Path) -> None:
    store = split(toy.write(tmp_path, "alpha", "beta", "gamma"))
    files = unpacked(assemble(store, ["gamma", "alpha"], toy.NAME))
    whole = toy.assembly(("alpha", "beta", "gamma"), "1.0.0")
    jsii = json.loads(files["package/.jsii"])
    assert sorted(files) == ["package/.jsii", "package/lib/index.js", "package/package.json"]
    assert {key: jsii[key] for key in whole if key not in ("types", "submodules")} == {
        key: value for key, value in whole.items() if key not in ("types", "submodules")
    }
    assert jsii["types"] == {name: text for name, text in whole["types"].items() if ".beta." not in name}
    assert list(jsii["submodules"]) == ["@cdktf/provider-toy.alpha", "@cdktf/provider-toy.gamma"]
    assert modules_in(files["package/lib/index.js"]) == ["the-alpha", "the-gamma"]


def test_an_assembly_under_another_name_names_itself_throughout(tmp_path: Path) -> None:
    store = split(toy.write(tmp_path, "alpha", **{"lib/the-alpha/more.js": 'x = "@cdktf/provider-toy.alpha.Alpha"'}))
    files = unpacked(assemble(store, ["alpha"], "@cdktf/provider-toy~alpha"))
    assert '"@cdktf/provider-toy"' not in "".join(files.values())
    assert '"@cdktf/provider-toy.' not in "".join(files.values())
    assert json.loads(files["package/package.json"])["name"] == "@cdktf/provider-toy~alpha"


def test_the_same_question_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tarball = toy.write(tmp_path, "alpha", "beta")
    first = assemble(split(tarball), ["alpha", "beta"], toy.NAME)
    monkeypatch.setattr("time.time", lambda: 1e9)
    assert assemble(split(tarball), ["beta", "alpha"], toy.NAME) == first


def test_inline_source_maps_are_left_out(tmp_path: Path) -> None:
    code = {"lib/the-alpha/other.js": "x = 1;\n//# sourceMappingURL=data:application/json;base64,AAAA"}
    store = split(toy.write(tmp_path, "alpha", **code))
    script = unpacked(assemble(store, ["alpha"], toy.NAME))["package/lib/index.js"]
    assert "x = 1;" in script
    assert "sourceMappingURL" not in script


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"refers_to": "@cdktf/provider-toy.Root"}, "its submodule beta refers to Root"),
        ({"lib/the-alpha/index.js": 'require("../util")'}, "its submodule alpha refers to util"),
        ({"lib/the-alpha/index.js": 'require("..")'}, "its lib/the-alpha/index.js requires .."),
        ({"lib/the-alpha/index.js": "x = __dirname"}, "its lib/the-alpha/index.js asks where it lies"),
        ({"lib/the-alpha/a/b.js": 'require("../../../util")'}, "its lib/the-alpha/a/b.js requires ../../../util"),
        ({".jsii": json.dumps(toy.assembly(("alpha",), "1.0.0"))}, "its .jsii is not laid out as jsii prints it"),
        (
            {".jsii": json.dumps(toy.assembly(("alpha",), "1.0.0"), indent=2).replace("toy.alpha.Alpha", "toy.Alpha")},
            "it has types outside its submodules",
        ),
        (
            {".jsii": json.dumps(toy.assembly(("alpha",), "1.0.0"), indent=2).replace("src/the-alpha/", "src/omega/")},
            "its submodule alpha has no folder below lib",
        ),
    ],
)
def test_what_makes_splitting_unsafe_is_found(tmp_path: Path, arguments: dict[str, str], reason: str) -> None:
    tarball = toy.write(tmp_path, "alpha", "beta", **arguments)
    with pytest.raises(Unprunable, match=f"^{reason}$"):
        split(tarball)


@pytest.mark.parametrize("part", [0.2, 0.5, 0.99])
def test_a_damaged_tarball_is_found_though_it_can_be_unpacked(tmp_path: Path, part: float) -> None:
    code = {"lib/the-alpha/numbers.js": Random(1).randbytes(5_000).hex()}
    tarball = toy.write(tmp_path, "alpha", **code)
    whole = tarball.read_bytes()
    for damage in range(8):
        place = int(part * len(whole)) + damage
        tarball.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << damage]) + whole[place + 1 :])
        with pytest.raises(Unprunable, match=r"^its tarball is damaged: "):
            split(tarball)
        tarball.write_bytes(whole[:place])
        with pytest.raises(Unprunable, match=r"^its tarball is damaged: "):
            split(tarball)


def test_requiring_within_a_folder_is_safe(tmp_path: Path) -> None:
    split(
        toy.write(
            tmp_path, "alpha", **{"lib/the-alpha/structs/structs0.js": 'require("../index"); require("./structs400")'}
        )
    )


def test_what_a_submodule_refers_to_comes_with_it(tmp_path: Path) -> None:
    required = {"lib/the-alpha/more.js": 'require("../the-gamma/index")'}
    store = split(toy.write(tmp_path, "alpha", "beta", "gamma", refers_to="@cdktf/provider-toy.beta.Beta", **required))
    files = unpacked(assemble(store, ["alpha"], toy.NAME))
    assert modules_in(files["package/lib/index.js"]) == ["the-alpha", "the-beta", "the-gamma"]
    assert closure(store, ["gamma"]) == {"beta", "gamma"}
    with pytest.raises(Unprunable, match=r"^gamma refers to beta$"):
        assemble(store, ["gamma"], "@cdktf/provider-toy~gamma")


def test_an_unknown_submodule_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unprunable, match=r"^it has no submodule omega$"):
        assemble(split(toy.write(tmp_path, "alpha")), ["alpha", "omega"], toy.NAME)
