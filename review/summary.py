"""A short summary of cdktf.out: per stack the resources, the addresses, the perimeter's mode, what to run next."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

PERIMETER = "google_access_context_manager_service_perimeter"
LEVEL = "google_access_context_manager_access_level"


def summary(outdir: Path, environment: str) -> str:
    """Text for people, from the manifest and the stacks' JSON. Raises FileNotFoundError where nothing was synthesized."""
    manifest = json.loads((outdir / "manifest.json").read_text())
    stacks = {
        name: json.loads((outdir / stack["synthesizedStackPath"]).read_text())
        for name, stack in manifest["stacks"].items()
    }
    google = next(stack for name, stack in stacks.items() if name.endswith("-google"))
    sections = [
        *(_resources(name, stack) for name, stack in stacks.items()),
        ["granted", *_indented(f"{name}: {member}" for name, member in google["output"]["callers"]["value"].items())],
        ["addresses", *_indented(_addresses(google))],
        ["perimeter", *_indented([_mode(google), *_rules(google)])],
        ["next", *_indented(_next(environment, list(stacks)))],
    ]
    return "\n".join(line for section in sections for line in section)


def _resources(name: str, stack: dict[str, Any]) -> list[str]:
    counts = Counter({kind: len(named) for kind, named in stack.get("resource", {}).items()})
    header = f"{name}: {counts.total()} resources in {name}/cdk.tf.json"
    return [header, *_indented(f"{count:3} {kind}" for kind, count in sorted(counts.items()))]


def _addresses(google: dict[str, Any]) -> list[str]:
    levels = google.get("resource", {}).get(LEVEL, {}).values()
    return [f"{level['title']}: {_where(_cidrs(level))}" for level in levels] or ["any: there is no perimeter"]


def _cidrs(level: dict[str, Any]) -> Any:
    return level["basic"]["conditions"][0]["ip_subnetworks"]


def _where(cidrs: Any) -> str:
    return (
        ", ".join(cidrs) if isinstance(cidrs, list) else "the AWS stack's output egress_cidrs, known once it is applied"
    )


def _mode(google: dict[str, Any]) -> str:
    perimeters = list(google.get("resource", {}).get(PERIMETER, {}).values())
    if not perimeters:
        return "none: the callers can call from any address"
    (perimeter,) = perimeters
    protected = ", ".join((perimeter.get("status") or perimeter["spec"])["restricted_services"])
    modes = {
        (True, True): f"enforced for {protected}; a proposal is tested as dry run beside it",
        (True, False): f"enforced for {protected}",
        (False, True): f"dry run for {protected}: violations are logged, nothing is denied",
    }
    return modes["status" in perimeter, "spec" in perimeter]


def _rules(google: dict[str, Any]) -> list[str]:
    """The rules: by whom, from where, to what; those of a proposal marked as such."""
    lines = []
    for perimeter in google.get("resource", {}).get(PERIMETER, {}).values():
        lines += [_rule(rule) for rule in (perimeter.get("status") or perimeter["spec"]).get("ingress_policies", [])]
        if "status" in perimeter and "spec" in perimeter:
            lines.append(f"proposed for {', '.join(perimeter['spec']['restricted_services'])}")
            lines += [f"proposed: {_rule(rule)}" for rule in perimeter["spec"].get("ingress_policies", [])]
    return lines


def _rule(rule: dict[str, Any]) -> str:
    who = ", ".join(rule["ingress_from"].get("identities") or [rule["ingress_from"]["identity_type"]])
    where = ", ".join(source["access_level"].rsplit("/", 1)[1] for source in rule["ingress_from"]["sources"])
    what = ", ".join(operation["service_name"] for operation in rule["ingress_to"]["operations"])
    return f"{rule['title']}: {who} from {where} to {what}"


def _next(environment: str, stacks: list[str]) -> list[str]:
    order = " then ".join(sorted(stacks))
    return [
        f"make plan ENVIRONMENT={environment}    shows what would change",
        f"make deploy ENVIRONMENT={environment}  applies {order}",
    ]


def _indented(lines: Any) -> list[str]:
    return [f"  {line}" for line in lines]
