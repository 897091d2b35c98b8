"""The pages of the repository: their links lead somewhere, and both READMEs have the same form."""

import re
from pathlib import Path

import pytest

from tests.docs.prose import ROOT, without_code

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
ENGLISH, JAPANESE = (ROOT / name for name in ("README.md", "README.ja.md"))
INDEX = ROOT / "docs/README.md"


def headings(page: Path) -> list[str]:
    """The headings outside of code, with the number signs of their level."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    return re.findall(r"^(#+ .+)$", text, re.MULTILINE)


def anchor(heading: str) -> str:
    """GitHub's anchor of a heading: lower case, without punctuation, hyphens for spaces."""
    return re.sub(r"[^\w\- ]", "", heading.lstrip("# ").lower()).replace(" ", "-")


def links(page: Path) -> list[str]:
    """The targets in the repository."""
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text())) if "://" not in link]


def broken(page: Path, link: str) -> bool:
    """Whether a file or a heading is missing."""
    path, _, fragment = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return True
    return bool(fragment) and fragment not in {anchor(one) for one in headings(target)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_a_page_and_a_heading(page: Path) -> None:
    assert [link for link in links(page) if broken(page, link)] == []


@pytest.mark.parametrize("link", ["missing.md", "README.md#missing", "#missing"])
def test_a_broken_link_is_found(link: str) -> None:
    assert broken(ENGLISH, link)
    assert not broken(ENGLISH, "docs/README.md#how-to")


def test_every_page_of_the_documentation_is_in_its_index() -> None:
    listed = {(INDEX.parent / link.partition("#")[0]).resolve() for link in links(INDEX)}
    pages = {page for page in (ROOT / "docs").rglob("*.md") if page.parent.name != "decisions"} - {INDEX}
    assert [str(page.relative_to(ROOT)) for page in sorted(pages - listed)] == []


def test_both_readmes_have_the_same_form() -> None:
    """The same headings, links, commands and environments; a page that is longer is not read."""
    assert len(ENGLISH.read_text().splitlines()) <= 220
    assert [one.count("#") for one in headings(ENGLISH)] == [one.count("#") for one in headings(JAPANESE)]
    assert sorted(set(links(ENGLISH))) == sorted(set(links(JAPANESE)))
    blocks = [re.split(r"^```", page.read_text(), flags=re.MULTILINE)[1::2] for page in (ENGLISH, JAPANESE)]
    assert [block for block in blocks[0] if not block.startswith("sh")] == [
        one for one in blocks[1] if not one.startswith("sh")
    ]
    commands = [
        re.findall(r"^ *((?:make|\./keyperim) [^#\n]*?) *(?:#|$)", page.read_text(), re.M)
        for page in (ENGLISH, JAPANESE)
    ]
    assert commands[0] == commands[1] != []
