"""Several processes print and return what one does."""

import os
import sys

import pytest

from cli import workers


def start(_: None) -> int:
    print("started", file=sys.stderr)
    return 0


def task(item: int) -> int:
    print(f"item {item}")
    print(f"warning {item}", file=sys.stderr)
    if item == 5:
        raise ValueError(item)
    if item == 9:
        os._exit(3)
    return item


@pytest.mark.parametrize("several", [1, 2, 3])
def test_results_and_texts_are_in_the_order_of_the_items(
    several: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(workers, "processes", lambda _: several)
    assert list(workers.each(start, task, [3, 1, 4, 1])) == [3, 1, 4, 1]
    printed = capsys.readouterr()
    assert printed.out == "item 3\nitem 1\nitem 4\nitem 1\n"
    begin = "started\n" if several > 1 else ""  # one process has started already
    assert printed.err == f"{begin}warning 3\nwarning 1\nwarning 4\nwarning 1\n"


@pytest.mark.parametrize("several", [1, 2])
def test_an_error_is_raised_after_what_was_printed_before_it(
    several: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(workers, "processes", lambda _: several)
    with pytest.raises(ValueError, match="5"):
        list(workers.each(start, task, [1, 2, 5, 4]))
    assert capsys.readouterr().out == "item 1\nitem 2\nitem 5\n"


def test_a_process_that_dies_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "processes", lambda _: 2)
    with pytest.raises(SystemExit, match=r"a process ended before its environment was done \(exit code 3;"):
        list(workers.each(start, task, [1, 9, 2, 3]))


def test_few_environments_are_synthesized_by_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    assert [workers.processes(number) for number in (0, 1, 7, 8, 12, 1000)] == [1, 1, 1, 2, 3, workers.MOST]


class TwoArguments(Exception):
    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} and {other}")


def odd(item: int) -> int:
    raise TwoArguments("one", str(item))


def test_an_error_that_another_process_cannot_build_has_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "processes", lambda _: 2)
    with pytest.raises(RuntimeError, match="TwoArguments: one and 7"):
        list(workers.each(start, odd, [7, 8]))
