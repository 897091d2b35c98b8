"""What an environment's settings say of findings: which are meant, and which line a Terraform address is from."""

import re
from collections.abc import Callable

from cli.settings_lines import Lines, settings_file, tables
from review.lint.report import Ignore
from review.lint.rules import RULES
from stacks.settings.load import load
from stacks.settings.problems import Problem, SettingsError
from stacks.settings.read import read

_IGNORE = "[[lint.ignore]]"
_TABLES = (
    (r"\.admission_on_premises_(?P<name>[^_]+)_", ("[[on_premises]]",)),
    (r"\.(workload|caller|delivery)_(?P<name>[^_]+)_", ("[[workload]]",)),
    (r"\.network_|\.admission_workloads_", ("[aws.network]", "[aws.existing_network]", "[aws]")),
    (r"service_perimeter|\.admission_", ("[perimeter]",)),
    (r"\.data_access_logs_|\.violation_", ("[audit]",)),
    (r"^terraform$|terraform_remote_state", ("[backend]",)),
    (r"^(data\.)?google_|^provider\.google", ("[google]",)),
    (r"^(data\.)?aws_|^provider\.aws", ("[aws]",)),
)
"""The tables that an address of the kit's stacks is from, by the construct's id or the type; the first that the file has."""


def ignores(environment: str) -> list[Ignore]:
    """The entries of [[lint.ignore]]. Raises SettingsError for settings that cannot be used, and for a rule that is not known."""
    given = load(environment).lint.ignore
    unknown = [
        Problem(("lint", "ignore", number, "rule"), f"got {one.rule!r}; allowed: {', '.join(RULES)}")
        for number, one in enumerate(given)
        if one.rule not in RULES
    ]
    if unknown:
        raise SettingsError(str(settings_file(environment)), unknown)
    own = read(settings_file(environment)).get("lint", {})  # a list is the environment's own, or the shared file's
    lines = [one.line for one in tables(settings_file(environment)) if one.header == _IGNORE]
    lines += [int("ignore" in own)] * (len(given) - len(lines))  # 1: written as a list of inline tables
    return [Ignore(one.rule, one.address or "", one.reason, line) for one, line in zip(given, lines, strict=True)]


def line_of(environment: str) -> Callable[[str], int]:
    """The line of the table that caused what is at a Terraform address; 1 if no table is known."""
    known = tables(settings_file(environment))
    return lambda address: _line(address, known)


def _line(address: str, known: list[Lines]) -> int:
    for pattern, headers in _TABLES:
        if found := re.search(pattern, address):
            name = found.groupdict().get("name")
            for header in headers:
                for one in known:
                    if one.header == header and (name is None or one.keys.get("name") == name):
                        return one.line
    return 1
