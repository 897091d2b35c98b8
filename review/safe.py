"""What is printed of other people's JSON: escaped for each format, and without values that may be secret.

Hide first (`Secrets.hidden`), where JSON is read. Escape last (`text`, `markdown`), where a line is written. What decides for
`apply` reads the JSON as it is: its sentences are masked (`Secrets.masked`).
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

_NAME = re.compile(
    r"(^|_)(private_key|secret|password|passwd|passphrase|token|api_key|access_key|secret_key|credentials)s?"
    r"(_(base64|value|data|string|json|pem|wo|encrypted))?$"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PLAIN = {"http_tokens"}
"""Names that look secret and are not: whether an instance's metadata needs a token."""
# Each way begins with a letter or a sign, not with `\b`: so the search skips to these, twenty times as fast in a script.
_CONTENT = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|A(?:KIA|SIA)(?<!\w....)[A-Z0-9]{16}\b|AIza(?<!\w....)[\w-]{30}"
    r"|ya29\.(?<!\w.....)[\w-]{10}|gh[pousr]_(?<!\w....)\w{20}"
    r'|"(private_key|client_secret|password|secret|token|access_token|refresh_token|SecretAccessKey)\\*"\s*:\s*\\*"[^"\\]',
)
_REFERENCE = re.compile(r"\$\{[\w.\[\]-]+\}")
_HIDDEN = re.compile(r"\$\{sensitive value (\d+)\}")
_TICKS = re.compile(r"`+")
_SHORTEST = 4
"""Characters of a value that is looked for in sentences: a shorter one is part of too many words."""


def text(value: str) -> str:
    """One line for terminals and logs: control, bidirectional and other invisible characters become `\\x1b`, `\\u202e`, `\\n`."""
    shown = _HIDDEN.sub(r"(sensitive value \1)", value)
    if shown.isprintable():
        return shown
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in shown)


def printed(lines: Iterable[str]) -> str:
    """Several lines as one text, each escaped, with a newline at the end."""
    return "".join(f"{text(line)}\n" for line in lines)


def markdown(value: str) -> str:
    """A code span: HTML, links, pipes and @mentions in it are text, and a longer row of backticks holds shorter ones."""
    shown = text(value) or " "
    longest = max((len(found) for found in _TICKS.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest and (shown[0] == "`" or shown[-1] == "`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


class Secrets:
    """Replaces values that may be secret. Equal values get the same stand-in, so a difference is still seen.

    The stand-in is an expression, `${sensitive value 1}`: what decides takes it for unknown.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._texts: dict[str, str] = {}

    def masked(self, lines: Iterable[str]) -> list[str]:
        """Sentences about a document from which `hidden` made a copy, without the values that it hid."""
        found = "|".join(map(re.escape, sorted(self._texts, key=len, reverse=True)))
        several = list(lines)
        return [re.sub(found, lambda one: self._texts[one[0]], line) for line in several] if found else several

    def hidden(self, value: Any, marks: Any = None, name: str = "") -> Any:
        """A copy without secrets. `marks` is Terraform's `sensitive_values` of it: true, or true in its parts.

        `name` is the value's own: values of names such as `password` or `private_key` are hidden.
        """
        if marks is True or secret_name(name):
            return self._stand_in(value)
        if isinstance(value, dict):
            inner = marks if isinstance(marks, dict) else {}
            named = secret_name(str(value.get("name") or value.get("key") or "")) and "value" in value
            return {
                key: self._stand_in(one) if named and key == "value" else self.hidden(one, inner.get(key), str(key))
                for key, one in value.items()
            }
        if isinstance(value, list):
            several = marks if isinstance(marks, list) else []
            return [self.hidden(one, _at(several, index)) for index, one in enumerate(value)]
        return self._stand_in(value) if isinstance(value, str) and _CONTENT.search(value) else value

    def _stand_in(self, value: Any) -> Any:
        if value in (None, "", [], {}) or isinstance(value, bool):
            return value if not isinstance(value, bool) else self._number(value)
        if isinstance(value, str) and _REFERENCE.fullmatch(value):
            return value
        return self._number(value)

    def _number(self, value: Any) -> str:
        number = self._numbers.setdefault(repr(value), len(self._numbers) + 1)
        shown = f"${{sensitive value {number}}}"
        for leaf in _leaves(value):
            if len(leaf) >= _SHORTEST:
                self._texts |= dict.fromkeys((leaf, json.dumps(leaf)[1:-1], repr(leaf)[1:-1]), shown)
        return shown


@lru_cache(maxsize=4096)  # a thousand workloads have the same few names
def secret_name(name: str) -> bool:
    """Whether values of this name are secret."""
    return name not in _PLAIN and bool(_NAME.search(_CAMEL.sub("_", name).replace("-", "_").lower()))


def _leaves(value: Any) -> Iterator[str]:
    """Every text in a value, and every number as text."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)
    elif not isinstance(value, bool) and value is not None:
        yield str(value)


def _at(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else None
