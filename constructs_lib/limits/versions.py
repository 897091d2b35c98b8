"""Version constraints as Terraform reads them: the lowest version that one admits."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from constructs_lib.limits.rule import Limit, matches


@dataclass(frozen=True, order=True)
class Version:
    """A provider's version. `suffix` is that of a pre-release, which comes before the release of the same number."""

    major: int = 0
    minor: int = 0
    patch: int = 0
    released: bool = True
    suffix: str = ""

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}{self.suffix and '-' + self.suffix}"


_NUMBERS = r"[0-9]{1,9}(\.[0-9]{1,9}){0,2}"
# Terraform selects a pre-release by its exact version only.
_WRITTEN = rf"(((=|!=|>|>=|<|<=|~>) ?)?{_NUMBERS}|(= ?)?{_NUMBERS}-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)"
version_constraint = Limit(
    "version_constraint",
    "a constraint such as '~> 6.25', or several with ', ' between them; a pre-release by its exact version alone",
    "Terraform language, Version constraints",
    matches(rf"{_WRITTEN}(, ?{_WRITTEN})*"),
)

_PART = re.compile(r"([=!<>~]*) ?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-(.+))?")
_COMPARED: dict[str, Callable[[Version, Version], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def lowest_version(constraint: str) -> Version | None:
    """The lowest version that a constraint admits, such as 7.45.0 for `~> 7.45`; None if it admits none.

    Whether the version was ever released is not known here: `> 7.32` admits 7.32.1. Raises LimitError for what is not a
    constraint. Source: apparentlymart/go-versions, the parser of Terraform's provider requirements.
    """
    bounds = [bound for part in version_constraint(constraint).split(",") for bound in _bounds(part.strip())]
    candidates = [Version(), *(one for _, named in bounds for one in (named, _after(named)))]
    return min((one for one in candidates if all(_COMPARED[sign](one, named) for sign, named in bounds)), default=None)


def knows_deletion_policy(constraint: str) -> bool:
    """Whether every version of hashicorp/google that a constraint admits has `deletion_policy` on policies and perimeters.

    Its first version with the argument is 7.33.0 (its changelog). False if none is admitted. Raises as `lowest_version`.
    """
    lowest = lowest_version(constraint)
    return lowest is not None and lowest >= Version(7, 33)


def _bounds(part: str) -> list[tuple[str, Version]]:
    """One part as comparisons. A number that is left out is 0; `~> 7.45` ends before 8, `~> 7.45.1` before 7.46."""
    found = _PART.fullmatch(part)
    assert found
    sign, *numbers, suffix = found.groups()
    major, minor, patch = (int(number or 0) for number in numbers)
    named = Version(major, minor, patch, not suffix, suffix or "")
    if sign != "~>":
        return [(sign or "=", named)]
    return [(">=", named), ("<", Version(major + 1) if numbers[2] is None else Version(major, minor + 1))]


def _after(version: Version) -> Version:
    """The next version that can be higher."""
    return Version(version.major, version.minor, version.patch + 1)
