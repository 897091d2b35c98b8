"""What is measured."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.measure import CDKTN, NODE, PYTHON, ROOT, Program
from slim_bindings.runtime import PATCHES

ENVIRONMENT = """
prefix = "{prefix}"
[aws]
region = "ap-northeast-1"
account_id = "123456789012"
[aws.network]
cidr = "10.20.0.0/16"
zones = ["ap-northeast-1a"]
[google]
organization_id = "123456789012"
project_id = "my-project"
project_number = "345678901234"
[perimeter]
"""
ALL_PATCHES = ",".join(f"-{patch}" for patch in PATCHES)


def bare(folder: Path) -> Program:
    """An app without any provider."""
    return Program("bare cdktf app, no provider", [PYTHON, "bench/bare.py", str(folder / "bare")], {})


def example(folder: Path, name: str, switch: str = "") -> Program:
    """The example environment, with this value of SLIM_BINDINGS."""
    variables = {"CDKTF_OUTDIR": str(folder / "example"), "SLIM_BINDINGS": switch, "ENVIRONMENT": "example"}
    return Program(name, [PYTHON, "main.py"], variables)


def by_cdktn(folder: Path, name: str, switch: str = "") -> Program:
    """The example environment with the successor's packages."""
    program = example(folder, name, switch)
    return replace(program, command=[CDKTN, "main.py"], variables={**program.variables, "ENGINE": "cdktn"})


def growth(folder: Path, number: int, switch: str = "") -> Program:
    """The constructs of `number` workloads."""
    command = [PYTHON, "bench/growth.py", str(folder / "growth"), str(number)]
    return Program(f"{number} workloads", command, {"SLIM_BINDINGS": switch})


def delivered(folder: Path, number: int) -> Program:
    """The AWS stack of `number` workloads, with the client."""
    command = [PYTHON, "-m", "bench.delivered", str(folder / f"delivered-{number}"), str(number)]
    return Program(f"{number} built workloads", command, {})


def environments(folder: Path, number: int) -> Program:
    """`synth --all` with so many environments of 25 workloads."""
    place = folder / f"environments-{number}"
    (place / "environments").mkdir(parents=True)
    workloads = "".join(f'[[workload]]\nname = "w{index}"\n' for index in range(25))
    for name in (f"e{index:02}" for index in range(number)):
        (place / "environments" / f"{name}.toml").write_text(ENVIRONMENT.format(prefix=name) + workloads)
    # Into a file: `memory` reads the pipes at the end, and reviews and warnings are longer than a pipe holds.
    command = ["sh", "-c", f"exec {PYTHON} -m cli synth --all > review.txt 2>&1"]
    return Program(f"`keyperim synth --all`, {number} of 25 workloads", command, {}, place)


def differences() -> list[Program]:
    """What a change widens, by the size of both sides; the first one is little more than Python and its modules."""
    sizes = {
        ("roles", 1): "a provider with 1 role",
        ("roles", 200): "a provider with 200 pinned roles",
        ("ranges", 200): "200 workloads, 200 ranges in one level",
        ("rules", 200): "200 levels, a rule for each",
        ("rules", 400): "400 levels, a rule for each",
        ("groups", 200): "two perimeters, 200 rules for groups in each",
    }
    return [
        Program(name, [PYTHON, "-m", "bench.difference", kind, str(number)], {})
        for (kind, number), name in sizes.items()
    ]


def read(folder: Path) -> list[Program]:
    """What people read of the example: its review, the comparison of two syntheses, and that of two commits."""
    place = folder / "read"
    for name in ("one", "two"):
        (place / name).mkdir(parents=True)
        made = example(place / name, name)
        subprocess.run(made.command, env={**os.environ, **made.variables}, cwd=ROOT, check=True, capture_output=True)
    clone = place / "clone"
    subprocess.run(["git", "clone", "-q", "--shared", str(ROOT), str(clone)], check=True)
    settings = clone / "environments/example.toml"
    settings.write_text(settings.read_text().replace("dry_run = true", "dry_run = false"))
    out = {"ENVIRONMENT": "example", "CDKTF_OUTDIR": str(place / "one/example")}
    sides = [str(place / name / "example") for name in ("one", "two")]
    return [
        Program("`keyperim review`", [PYTHON, "-m", "cli", "review"], out),
        Program("`keyperim diff OLD NEW`", [PYTHON, "-m", "cli", "diff", *sides], {}),
        Program("`keyperim diff --base HEAD`", [PYTHON, "-m", "cli", "diff", "--base", "HEAD"], {}, clone),
    ]


def typescript(folder: Path, app: Path) -> Sequence[Program] | str:
    """The same resources as in the synthesized `app`, in JavaScript; or why not."""
    versions = {"@cdktf/provider-aws": "21.22.1", "@cdktf/provider-google": "16.12.1", "cdktf": "0.21.0"}
    place = folder / "typescript"
    place.mkdir()
    (place / "package.json").write_text(
        json.dumps({"private": True, "dependencies": versions | {"constructs": "10.7.2"}})
    )
    reason = _npm("install", place)
    names = {"whole": 'TypeScript, `require("@cdktf/provider-aws")`', "deep": "TypeScript, deep requires (`lib/vpc`)"}
    return reason or [
        Program(names[how], [NODE, str(ROOT / "bench/typescript.js"), how, str(place / "out"), str(app)], {}, place)
        for how in ("whole", "deep")
    ]


def cli(folder: Path) -> Sequence[Program] | str:
    """The command line around the example; or why not."""
    cdktf = ROOT / "node_modules" / ".bin" / "cdktf"
    reason = "" if cdktf.exists() else _npm("ci", ROOT)
    variables = {"SLIM_BINDINGS": "", "ENVIRONMENT": "example", "CI": "1", "CHECKPOINT_DISABLE": "1"}
    command = [str(cdktf), "synth", "--output", str(folder / "cli")]
    return reason or [Program("`cdktf synth` around the example", command, variables)]


def _npm(command: str, place: Path) -> str:
    if shutil.which("npm") is None:
        return "there is no npm"
    arguments = ["npm", command, "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
    done = subprocess.run(arguments, cwd=place, capture_output=True, text=True)
    return "" if done.returncode == 0 else f"npm {command} failed: {done.stderr.strip()[-200:]}"
