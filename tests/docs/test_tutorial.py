"""docs/tutorial.md: the commands of its first part print what the page shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.prose import ROOT

PAGE = (ROOT / "docs/tutorial.md").read_text()
LOCAL = PAGE[PAGE.index("## On your machine") : PAGE.index("## In your clouds")]
EDITS = {
    6: ("dry_run = true", "dry_run = false"),
    8: ("dry_run = false", 'dry_run = "no"'),
}
"""What a step asks the reader to write into environments/prod.toml."""


def steps() -> dict[int, list[str]]:
    """Each step's blocks, without their indentation; the first line of a block is its language."""
    found = {}
    for number, text in re.findall(r"^(\d+)\. (.*?)(?=^\d+\. |\Z)", LOCAL, re.MULTILINE | re.DOTALL):
        blocks = re.findall(r"^   ```(.*?)^   ```", text, re.MULTILINE | re.DOTALL)
        found[int(number)] = [re.sub(r"^   ", "", block, flags=re.MULTILINE) for block in blocks]
    return found


def printed(commands: str, folder: Path) -> str:
    """What the commands print in a checkout that has the example alone."""
    commands = commands.replace("make synth", "./keyperim synth").replace("./keyperim", f"{sys.executable} -m cli")
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "ENVIRONMENT": "example"}
    done = subprocess.run(commands, shell=True, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def missing(shown: str, output: str) -> list[str]:
    """The lines of the page that are not in the output in this order. `...` is what the page leaves out."""
    rest, absent = output.splitlines(), []
    for line in (one for one in shown.splitlines() if one.strip() not in ("", "...")):
        start = line.removesuffix("...")
        place = next((n for n, one in enumerate(rest) if one == line or line != start and one.startswith(start)), None)
        if place is None:
            absent.append(line)
        else:
            rest = rest[place + 1 :]
    return absent


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "environments").mkdir()
    for name in ("main.py", "environments/example.toml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    return tmp_path


def test_each_step_prints_what_the_page_shows(checkout: Path) -> None:
    settings = checkout / "environments/prod.toml"
    compared = []
    for number, blocks in steps().items():
        if number in EDITS:
            settings.write_text(settings.read_text().replace(*EDITS[number]))
        output = ""
        for block in blocks:
            language, _, text = block.partition("\n")
            if language == "sh" and "make demo" not in text:
                output = printed(text, checkout)
            elif not language and output:
                assert (number, missing(text, output)) == (number, []), output
                compared.append(number)
    assert compared == [2, 4, 5, 6, 7, 8]
    assert not settings.exists()


def test_a_line_that_is_not_printed_is_found() -> None:
    assert missing("a\n...\nb ...\n", "a\nx\nb c\n") == []
    assert missing("b\na\n", "a\nb\n") == ["a"]
