"""What several checks need."""

from collections import Counter
from collections.abc import Iterable, Iterator

from stacks.settings.problems import Path, Problem


def repeated(path: Path, values: Iterable[str], what: str = "value") -> Iterator[Problem]:
    for value, count in Counter(values).items():
        if count > 1:
            yield Problem(path, f'got {count} times the {what} "{value}"; allowed: each once')


def listed(values: Iterable[str]) -> str:
    return ", ".join(sorted(values))
