"""`new`: a short environments/NAME.toml from options, with the comments of environments/example.toml."""

import argparse
import json
import sys
import textwrap
import tomllib
from typing import Any

from deploy.exit_codes import ExitCode
from review.command import command

Value = str | bool | list[str]
WIDTH = 130
"""Characters of a line."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `new`: what has no default that would be right."""
    parser.add_argument("name", metavar="NAME", help="a-z, 0-9 and '-'; the prefix of every name as well")
    parser.add_argument("--region", required=True, help="the AWS region")
    parser.add_argument("--account-id", required=True, help="the AWS account, 12 digits")
    parser.add_argument("--project-id", required=True, help="the Google Cloud project")
    parser.add_argument("--project-number", required=True, help="its number")
    policy = parser.add_mutually_exclusive_group(required=True)
    policy.add_argument("--organization-id", help="for a scoped access policy that the environment makes")
    policy.add_argument("--access-policy", help="the number of an existing access policy")
    parser.add_argument("--unlisted", action="append", metavar="REGION", help="a region newer than the kit's list")
    parser.add_argument("--workload", default="app", help="name of the caller (app)")
    parser.add_argument("--role-name", help="an existing AWS role calls, and no instance is built")
    parser.add_argument("--egress-cidr", action="append", help="an existing egress address, and no network is built")
    parser.add_argument("--cidr", default="10.20.0.0/16", help="of the network that is built (10.20.0.0/16)")
    parser.add_argument("--zone", action="append", help="of the network that is built (the region's zone a)")


def new(given: argparse.Namespace) -> int:
    """Write the file and print its path. Returns 2 if it exists; raises SettingsError for a value that is not allowed."""
    from constructs_lib.limits import environment_name
    from stacks.settings.load import FOLDER, parse  # it takes longer than a review

    path = FOLDER / f"{given.name}.toml"
    if not environment_name.holds(given.name):
        print(f"NAME: got {given.name!r}; allowed: a-z, 0-9 and '-', not starting with '-'", file=sys.stderr)
        return ExitCode.USAGE
    text = written(given)
    parse(tomllib.loads(text), str(path))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        why = "exists already: choose another NAME" if isinstance(error, FileExistsError) else error.strerror
        print(f"{path}: {why}; nothing was written", file=sys.stderr)
        return ExitCode.USAGE
    print(path)
    print(f"next: {command(given.name, 'synth')}", file=sys.stderr)
    return ExitCode.DONE


def written(given: argparse.Namespace) -> str:
    """Return the text: every key that is needed, with the example's comment."""
    from stacks.settings.load import FOLDER
    from stacks.settings.schema import comments

    example = (FOLDER / "example.toml").read_text(encoding="utf-8")
    explained = comments(example)
    parts = ["# environments/example.toml explains every key."]
    for header, values in _tables(given, tomllib.loads(example)).items():
        table = header.strip("[]")
        lines = [_line(key, value, explained.get(f"{table}.{key}", "")) for key, value in values.items()]
        parts.append("\n".join([*([header] if header else []), *lines]))
    return "\n\n".join(parts) + "\n"


def _tables(given: argparse.Namespace, example: dict[str, Any]) -> dict[str, dict[str, Value]]:
    """The tables by header. What a new environment gets beyond the code's defaults is what the example has."""
    aws: dict[str, Value] = {"region": given.region, "account_id": given.account_id}
    network: dict[str, dict[str, Value]] = {}
    if given.egress_cidr:
        aws["egress_cidrs"] = given.egress_cidr
    else:
        network["[aws.network]"] = {"cidr": given.cidr, "zones": given.zone or [f"{given.region}a"]}
    policy = "organization_id" if given.organization_id else "access_policy"
    google = {"project_id": given.project_id, "project_number": given.project_number, policy: getattr(given, policy)}
    google["impersonation_role"] = example["google"]["impersonation_role"]
    role: dict[str, Value] = {"role_name": given.role_name} if given.role_name else {}
    if not role:
        aws["deny_parameters"] = example["aws"]["deny_parameters"]
        role["pin_unique_id"] = example["workload"][0]["pin_unique_id"]
    return {
        "": {"prefix": given.name, **({"unlisted": given.unlisted} if given.unlisted else {})},
        "[aws]": aws,
        **network,
        "[google]": google,
        "[[workload]]": {"name": given.workload, **role},
        "[perimeter]": {name: example["perimeter"][name] for name in ("dry_run", "restricted_services")},
        "[audit]": {"tampering_queries": example["audit"]["tampering_queries"]},
    }


def _line(key: str, value: Value, comment: str) -> str:
    """A key with its comment, which is above it where the line would be too long."""
    line = f"{key} = {json.dumps(value, ensure_ascii=False)}"
    if isinstance(value, list) and len(line) > 80:
        line = "\n".join([f"{key} = [", *(f"    {json.dumps(one)}," for one in value), "]"])
    with_comment = f"{line:<35} # {comment}"
    if "\n" in line or len(with_comment) > WIDTH:
        return "\n".join([*textwrap.wrap(comment, WIDTH, initial_indent="# ", subsequent_indent="# "), line])
    return with_comment if comment else line
