"""The words that tests/docs/words.toml lists are not used in what a person reads."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.docs.prose import FOLDERS, PAGES, ROOT, files, prose

LIST = tomllib.loads((Path(__file__).parent / "words.toml").read_text())
WORDS = {
    word: re.compile(entry["pattern"].replace(" ", r"\s+(?:#\s+)?"), re.IGNORECASE)
    for word, entry in LIST["words"].items()
}
PLACES = [*PAGES, "docs", "environments", *FOLDERS]


def found(path: Path, text: str) -> list[tuple[str, str]]:
    """Each use in a file: the word, and where it is."""
    return [
        (word, f"{path}:{first + passage[: use.start()].count(chr(10))}")
        for first, passage in prose(path, text)
        for word, pattern in WORDS.items()
        for use in pattern.finditer(passage)
    ]


@pytest.mark.parametrize("place", PLACES)
def test_no_word_to_avoid_is_used(place: str) -> None:
    read = files(place)
    uses = [use for path in read for use in found(path.relative_to(ROOT), path.read_text())]
    assert read
    assert [f"{where}: {word}, write: {LIST['words'][word]['write']}" for word, where in uses] == []


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.md", "It stands there.\nWhoever deploys is gone.", ["stands", "whoever", "gone"]),
        ("a.md", "false violations that are none, and a copy\nof its own", ["none", "of its own"]),
        ("a.md", "what is left, mended anew", ["left", "mend", "anew"]),
        ("a.md", "`left` stands for a field; it is left out. None of them matches.\n```\nbeside\n```\n", []),
        ("a.py", '"""Read aloud."""\nx = f"{1} beside {2}"\ny = "gone"  # nobody\'s', ["aloud", "beside", "nobody's"]),
        ("a.py", "gone = left = 1\nraise KeyError('twin')\n", []),
        ("a.toml", 'prefix = "gone"  # all the same\n', ["all the same"]),
        ("a.toml", "# what can be left\n    # out, and what is\n# left\n", ["left"]),
        ("a.py", "# what can be left\n# out, and what is\n# left\nx = 1\n", ["left"]),
        ("CHANGELOG.md", "## [Unreleased]\nbegun by choice\n\n## [0.1.0]\ntwins\n", ["begun", "by choice"]),
    ],
)
def test_words_are_found_in_prose_and_not_in_code(name: str, text: str, words: list[str]) -> None:
    assert sorted(word for word, _ in found(Path(name), text)) == sorted(words)
