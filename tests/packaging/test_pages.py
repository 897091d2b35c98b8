"""The pages for Lambda, ECS and EKS: what is to be copied can be used."""

import json
import re
import subprocess
import tomllib

import pytest

from stacks.settings import SettingsError
from stacks.settings.load import parse
from tests.packaging.conftest import ROOT

FOLDER = ROOT / "docs" / "how-to"
PAGES = ["lambda", "ecs", "eks"]
EXAMPLE = tomllib.loads((ROOT / "environments" / "example.toml").read_text())
del EXAMPLE["aws"]["deny_parameters"]  # as the pages have it


def blocks(page, language):
    """The page's blocks of one language; there is at least one."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", (FOLDER / f"{page}.md").read_text(), re.DOTALL | re.MULTILINE)
    assert found
    return found


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("commented", [True, False])
def test_its_settings_are_taken(page, commented):
    (block,) = blocks(page, "toml")
    table = tomllib.loads(block if commented else re.sub(r"^# (\w+ = )", r"\1", block, flags=re.M))
    settings = parse(EXAMPLE | table, page)
    assert "Delete `deny_parameters`" in (FOLDER / f"{page}.md").read_text()
    (workload,) = settings.workloads
    assert (workload.name, workload.role_name) == ("summaries", f"{page}-summaries")
    assert (workload.max_session_length is None) == commented


@pytest.mark.parametrize("page", PAGES)
def test_the_longest_name_is_the_longest(page):
    """A session name of 64 characters leaves the role's name 23."""
    (block,) = blocks(page, "toml")
    table = tomllib.loads(block)
    assert "longer than 23 characters" in (FOLDER / f"{page}.md").read_text()
    table["workload"][0]["role_name"] = "r" * 23
    parse(EXAMPLE | table, page)
    table["workload"][0]["role_name"] = "r" * 24
    with pytest.raises(SettingsError, match="127 bytes"):
        parse(EXAMPLE | table, page)


@pytest.mark.parametrize("page", PAGES)
def test_its_commands_are_shell_and_its_json_is_json(page):
    for block in blocks(page, "sh"):
        done = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        for policy in re.findall(r"'(\{.*?\})'", block):
            json.loads(policy)
    for block in blocks(page, "json") if page == "ecs" else []:
        assert json.loads(block)["networkMode"] == "awsvpc"


@pytest.mark.parametrize("page", PAGES)
def test_its_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)", (FOLDER / f"{page}.md").read_text()):
        assert (FOLDER / target).exists(), target
    assert f"(docs/how-to/{page}.md)" in (ROOT / "README.md").read_text()
