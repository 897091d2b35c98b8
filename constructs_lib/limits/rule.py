"""What a documented limit is, and the error it raises. See the package for the limits themselves."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


class LimitError(ValueError):
    """A value that a cloud, or this kit, would refuse.

    Attributes: `rule` (the limit's name), `got` (the value), `allowed` (what is allowed), `source` (where that is
    written), `hint` (what to write instead, or empty). `str()` is all of it as one lowercase sentence.
    """

    def __init__(self, rule: str, got: Any, allowed: str, source: str, hint: str = "") -> None:
        self.rule, self.got, self.allowed, self.source, self.hint = rule, got, allowed, source, hint
        sentence = f"{rule}: got {shorten(got)}, allowed: {allowed}{hint and '; ' + hint} ({source})"
        super().__init__(" ".join(sentence.splitlines()))


@dataclass(frozen=True)
class Check:
    """A predicate and the keywords of JSON Schema (2020-12) that state it, as far as they can."""

    holds: Callable[[Any], bool]
    schema: Mapping[str, Any] = field(hash=False)

    def __call__(self, value: Any) -> bool:
        return self.holds(value)


@dataclass(frozen=True)
class Limit:
    """One named limit. Call it with a value: it returns the value, or raises LimitError.

    `ok` sees values of the type `kind` only and need not fear odd ones: a value of another type is refused before it.
    `hint` may say what to write instead, from the value that was refused; `show` what an error may show of it.
    """

    name: str
    allowed: str
    source: str
    ok: Callable[[Any], bool]
    kind: type | tuple[type, ...] = str
    hint: Callable[[Any], str] | None = None
    show: Callable[[Any], Any] = lambda value: value

    @property
    def schema(self) -> Mapping[str, Any]:
        """The keywords of JSON Schema that state the rule, as far as they can; empty where they cannot."""
        return self.ok.schema if isinstance(self.ok, Check) else {}

    def __call__(self, value: Any) -> Any:
        if self.holds(value):
            return value
        hint = unseen(value) or (self.hint(value) if self.hint and isinstance(value, self.kind) else "")
        raise LimitError(self.name, self.show(value), self.allowed, self.source, hint)

    def holds(self, value: Any) -> bool:
        """True for an allowed value; never raises."""
        return isinstance(value, self.kind) and bool(self.ok(value))

    def unless_reference(self, value: Any) -> Any:
        """Like a call, but lets a Terraform reference pass: its value is known only to Terraform."""
        return value if is_reference(value) else self(value)


def is_reference(value: Any) -> bool:
    """Whether a text contains a reference (a cdktf token, of a list too): Terraform alone knows the value."""
    return isinstance(value, str) and "{TfToken[" in value


def unseen(value: Any) -> str:
    """The characters of a text or a list of texts that no editor shows, such as U+200B, in words; empty without one."""
    texts = value if isinstance(value, list | tuple) else [value]
    text = "".join(one for one in texts if isinstance(one, str))
    found = sorted({one for one in text if not one.isprintable() and one not in "\t\r\n"})
    return (
        f"it contains {', '.join(f'U+{ord(one):04X}' for one in found)}, which an editor does not show" if found else ""
    )


def shorten(value: Any, width: int = 80) -> str:
    """The value as an error shows it: on one line and not endless."""
    text = ascii(value)
    return text if len(text) <= width else f"{text[: width - 3]}..."


# The end of a text, as Python and ECMAScript both spell it: `$` is before a last newline too in Python, \\Z is Python's alone.
END = r"(?![\s\S])"


def matches(pattern: str) -> Check:
    """A check: the whole value, in ASCII, matches the pattern, of what Python and ECMAScript (with flag u) both read."""
    # Compiled when it is first asked: commands that only read what was synthesized ask almost no pattern.
    return Check(lambda value: re.fullmatch(pattern, value, re.ASCII) is not None, {"pattern": rf"^(?:{pattern}){END}"})


def between(least: int, most: int) -> Check:
    """A check: a whole number from `least` to `most`."""
    return Check(lambda value: least <= value <= most, {"minimum": least, "maximum": most})


def characters(least: int, most: int) -> Check:
    """A check: a text of `least` to `most` characters (code points)."""
    return Check(lambda value: least <= len(value) <= most, {"minLength": least, "maxLength": most})


def among(*values: str) -> Check:
    """A check: one of the values."""
    return Check(values.__contains__, {"enum": list(values)})


def size(value: str) -> int:
    """UTF-8 bytes of a text, lone surrogates (which TOML cannot hold, but Python can) included."""
    return len(value.encode("utf-8", "surrogatepass"))
