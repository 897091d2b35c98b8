"""Files that hold no settings at all: a problem each, never a traceback."""

from pathlib import Path

import pytest

from stacks.settings import SettingsError, load
from tests.synthesis import BASE


def test_a_file_that_is_not_toml_says_where(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text('prefix = "demo"\n[aws\n')
    with pytest.raises(SettingsError, match=r"not TOML: .*line 2"):
        load("broken", tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"a = {'[' * 3000}{']' * 3000}", "the file: arrays or tables are nested too deeply"),
        (f"prefix = {'[' * 300}{']' * 300}", "prefix[0][0][0][0][0][0][0][0][0][0]: arrays or tables are nested too"),
        (f"{'a.' * 3000}a = 1", "a.a.a.a.a.a.a.a.a.a.a: arrays or tables are nested too deeply"),
        (f"prefix = {'9' * 5000}", "the file: got a whole number of more than 64 bits"),
        (f"prefix = [0x{'f' * 5000}]", "prefix[0]: got a whole number of more than 64 bits"),
        (f"prefix = {-(2**63) - 1}", "prefix: got a whole number of more than 64 bits"),
        (f"prefix = {2**63 - 1}", "prefix: got 9223372036854775807; allowed: a string, in quotes"),
        ("prefix = demo", 'column 10); a text needs quotes, as in "demo", and true and false are in lower case'),
        ("prefix = 'a'\nprefix = 'b'", "a key is allowed once in a table"),
        ("prefix = 'd\xe9mo'", "the file: not TOML: 'utf-8' codec can't decode byte 0xe9"),
    ],
)
def test_whatever_a_file_holds_it_is_a_problem_and_no_traceback(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "odd.toml").write_text(text, encoding="latin-1")
    with pytest.raises(SettingsError) as caught:
        load("odd", tmp_path)
    assert said in str(caught.value)


def test_whatever_stands_in_the_place_of_a_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "dangling.toml").symlink_to("nowhere")
    for name, why in (("folder", "Is a directory"), ("dangling", "No such file or directory")):
        with pytest.raises(SettingsError, match=f"{name}.toml: 1 problem\n  the file: cannot be read: {why}"):
            load(name, tmp_path)


def test_a_byte_order_mark_means_nothing(tmp_path: Path) -> None:
    (tmp_path / "windows.toml").write_text(BASE.replace("\n", "\r\n"), encoding="utf-8-sig")
    assert load("windows", tmp_path).prefix == "demo"
