"""What is handed over, as files: for gcloud, to compare with what gcloud describes, for Terraform, and for an environment."""

import fnmatch
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from access.attached import GEMINI, MEMBERS
from access.changes import LEVEL
from access.model import camel
from deploy.attachments import Attachment
from deploy.errors import DeployError
from deploy.hand_over import HandOver
from deploy.rendered import hcl, toml, yaml
from deploy.saved import whole

FORMATS = ("yaml", "json", "hcl", "toml")
_OURS = ("level-*.yaml", "*gress-policies.yaml", "hand-over.json", "hand-over.tf", "hand-over.toml")
_COMMANDS = {"status": ("", "perimeters"), "spec": ("dry-run-", "perimeters dry-run")}
_DIRECTIONS = ("ingress", "egress")


def files(found: HandOver, form: str) -> dict[str, str]:
    """The files of one format, by name."""
    match form:
        case "yaml":
            return dict(_yaml(found))
        case "json":
            return {"hand-over.json": json.dumps(as_described(found), indent=2) + "\n"}
        case "hcl":
            return {"hand-over.tf": _hcl(found)}
        case _:
            return {"hand-over.toml": _toml(found)}


def text(found: HandOver, form: str) -> str:
    """The files of one format as one text; of several YAML files as several documents."""
    return "---\n".join(files(found, form).values())


def write(found: HandOver, out: Path) -> list[str]:
    """Write the files of every format into a folder, or no file at all. Returns their names. Raises DeployError."""
    folder = out.resolve()
    if folder.exists() and not folder.is_dir():
        raise DeployError(f"--out: {out} is a file; allowed: a folder")
    there = [path.name for path in folder.iterdir()] if folder.exists() else []
    if others := sorted(name for name in there if not any(fnmatch.fnmatch(name, ours) for ours in _OURS)):
        raise DeployError(f"--out: {out} also has {', '.join(others)}; allowed: a new or empty folder")
    every = {name: content for form in FORMATS for name, content in files(found, form).items()}
    with whole(out) as fresh:
        for name, content in every.items():
            (fresh / name).write_text(content, encoding="utf-8")
    return sorted(every)


def as_described(found: HandOver) -> dict[str, Any]:
    """The levels, and what the perimeter has in addition to what others have in it, under the names of REST."""
    perimeter: dict[str, Any] = {"name": found.perimeter}
    for side in ("status", "spec"):
        mine = [one for one in found.attached if one.side == side]
        projects = [one.key for one in mine if one.field == "resources"]
        config = {"resources": projects, **{f"{one}Policies": _rules(mine, one) for one in _DIRECTIONS}}
        if held := {name: value for name, value in config.items() if value}:
            perimeter[side] = held
    return {"levels": [_level(one) for one in found.levels], "perimeter": perimeter}


def _level(values: Mapping[str, Any]) -> dict[str, Any]:
    conditions = [{camel(name): value for name, value in one.items()} for one in values["basic"]["conditions"]]
    told = {name: values[name] for name in ("name", "title", "description")}
    return {**told, "basic": {"conditions": conditions}}


def _rules(attached: list[Attachment], direction: str = "ingress") -> list[dict[str, Any]]:
    rules = [{"title": one.key, **json.loads(one.content)} for one in attached if one.field == direction]
    return sorted(rules, key=lambda one: str(one["title"]))


def _yaml(found: HandOver) -> Iterator[tuple[str, str]]:
    policy, _, short = found.perimeter.partition("/servicePerimeters/")
    gcloud, number = "gcloud access-context-manager", policy.rpartition("/")[2]
    for level in map(_level, found.levels):
        name = str(level["name"]).rpartition("/")[2]
        file = f"level-{name}.yaml"
        told = f"--title={level['title']} --description={json.dumps(level['description'])}"
        options = f"--policy={number} {told} --basic-level-spec={file}"
        yield file, f"# {gcloud} levels create {name} {options}\n{yaml(level['basic']['conditions'])}"
    for side, (dry_run, command) in _COMMANDS.items():
        mine = [one for one in found.attached if one.side == side]
        update = f"# {gcloud} {command} update {short} --policy={number}"
        members = [f"{update} --add-resources={one.key}\n" for one in mine if one.field == "resources"]
        for direction in _DIRECTIONS:
            file, rules = f"{dry_run}{direction}-policies.yaml", _rules(mine, direction)
            option = f"--set-{direction}-policies"
            why = f"# {option} replaces every {direction} rule: add the rules that are there to this file first\n"
            lines = [f"{update} {option}={file}\n", why, yaml(rules)] if rules else []
            if content := [*(members if direction == "ingress" else ()), *lines]:
                yield file, "".join(content)


def _hcl(found: HandOver) -> str:
    order = (LEVEL, *MEMBERS)
    last = len(order)
    objects = sorted(found.objects, key=lambda one: (order.index(one.kind) if one.kind in order else last, one.address))
    return "\n".join(hcl(one.address, one.values) for one in objects)


def _toml(found: HandOver) -> str:
    """An entry for each level whose callers call Gemini. What they impersonate with comes with them."""
    rules = _rules([one for one in found.attached if one.side == found.side])
    entries = []
    for level in found.levels:
        mine = [
            one for one in rules if level["name"] in [source["accessLevel"] for source in one["ingressFrom"]["sources"]]
        ]
        selectors = [each for one in mine for each in _selectors(one)]
        identities = sorted({who for one in mine for who in one["ingressFrom"].get("identities", [])})
        if selectors:
            values: dict[str, Any] = {
                "name": str(level["name"]).rpartition("/")[2].replace("_", "-"),
                "cidrs": level["basic"]["conditions"][0]["ip_subnetworks"],
                "identities": identities,
            }
            for name in ("method", "permission"):
                if named := [each[name] for each in selectors if each.get(name, "*") != "*"]:
                    values[f"{name}s"] = named
            entries.append(toml("on_premises", values))
    about = f"# For the environment that makes {found.perimeter.rpartition('/')[2]}: its perimeter admits these callers from these addresses.\n"
    return about + "\n".join(entries)


def _selectors(rule: Mapping[str, Any]) -> list[dict[str, str]]:
    """What a rule allows of Gemini."""
    operations = [one for one in rule["ingressTo"]["operations"] if one["serviceName"] == GEMINI]
    return [each for one in operations for each in one["methodSelectors"]]
