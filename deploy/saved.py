"""A folder of saved plans: `plan --out DIR` writes it, `deploy --plan DIR` reads it. It may contain secrets."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from deploy.errors import DeployError, PlanAgain, Undecided
from deploy.lockfile import TERRAFORMS, selected
from deploy.plan_inputs import PlanInputs, digest
from deploy.stacks import SYNTHESIZED, Stack

FORMAT = 1
ENTRY, PLAN, JSON, REVIEW, LOCK = "entry.json", "plan", "plan.json", "review.txt", "terraform.lock.hcl"
FILES = (ENTRY, PLAN, JSON, REVIEW, LOCK)
IGNORE = ".gitignore"
_CONFIGURATION = "tfconfig/m-/"
_STATE = "tfstate"


@dataclass(frozen=True)
class Entry:
    """One stack's saved plan. `waiting` is why there is no plan yet, or empty; `plan` is the SHA-256 of the plan file."""

    folder: Path
    inputs: PlanInputs
    waiting: str
    plan: str = ""

    def add_plan(self, file: Path, shown: str, review: str) -> None:
        """Put Terraform's plan in, and what people and programs read of it."""
        shutil.copy(file, self.folder / PLAN)
        about = json.loads((self.folder / ENTRY).read_text(encoding="utf-8"))
        _write_entry(self.folder, {**about, "plan": digest(file.read_bytes())})
        (self.folder / JSON).write_text(shown, encoding="utf-8")
        (self.folder / REVIEW).write_text(review, encoding="utf-8")

    @property
    def lock(self) -> bytes:
        return (self.folder / LOCK).read_bytes()

    def copy_plan(self, stack: Stack) -> None:
        """Copy the plan into the stack's run, so that it cannot be exchanged while it is judged.

        Raises PlanAgain if it was made from anything else than this stack, such as another environment.
        """
        try:
            shutil.copy(self.folder / PLAN, stack.plan)
            with ZipFile(stack.plan) as file:
                names = [name for name in file.namelist() if name.startswith(_CONFIGURATION)]
                content = file.read(_CONFIGURATION + SYNTHESIZED)
                state = json.loads(file.read(_STATE))
                lock = file.read(TERRAFORMS) if TERRAFORMS in file.namelist() else b""
        except (OSError, BadZipFile, KeyError, ValueError) as error:
            why = f"its configuration or state cannot be read ({error})"
            raise Undecided(f"{self.folder / PLAN}: {why}: nothing is applied unread") from None
        if names != [_CONFIGURATION + SYNTHESIZED] or content != stack.file.read_bytes():
            why = "was made from another configuration than this checkout's"
            raise PlanAgain(f"{stack.name}: {self.folder / PLAN} {why}: plan again")
        # Terraform applies a plan to the state that its file names. An empty state gets its lineage when it is planned.
        lineage = state.get("lineage", "")
        if (lineage if self.inputs.lineage else "", state.get("serial", 0)) != (
            self.inputs.lineage,
            self.inputs.serial,
        ):
            raise PlanAgain(f"{stack.name}: {self.folder / PLAN} was made from another state: plan again")
        if selected(lock) != selected(self.lock):
            raise PlanAgain(f"{stack.name}: {self.folder / PLAN} was made with other providers: plan again")
        if digest(stack.plan.read_bytes()) != self.plan:
            raise PlanAgain(f"{stack.name}: {self.folder / PLAN} is not the plan that was saved here: plan again")


@contextmanager
def writing(out: Path) -> Iterator[Path]:
    """A new folder, mode 0700 and ignored by git, that takes the place of `out` once everything is written."""
    folder = out.resolve()
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not list(folder.glob(f"*/{ENTRY}")))):
        raise DeployError(f"--out: {out} exists and holds no saved plan; allowed: a new or empty folder")
    if others := ", ".join(sorted(_others(folder))):
        raise DeployError(
            f"--out: {out} also has {others}, which would be removed; allowed: nothing next to saved plans"
        )
    with whole(out, mode=0o700) as fresh:
        (fresh / IGNORE).write_text("*\n")
        yield fresh


@contextmanager
def whole(out: Path, *, mode: int = 0o777) -> Iterator[Path]:
    """A new folder that takes the place of `out` once everything is written. Raises DeployError if it cannot be made."""
    folder = out.resolve()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent)
    except OSError as error:
        raise DeployError(f"--out: {out} cannot be written: {error.strerror}; allowed: a new or empty folder") from None
    with temporary as name:
        fresh = Path(name, "fresh")
        fresh.mkdir(mode=mode)
        yield fresh
        if folder.exists():
            shutil.rmtree(folder)
        fresh.rename(folder)


def _others(folder: Path) -> Iterator[str]:
    """What is in a folder of saved plans and was not written by `plan --out`."""
    entries = {path.parent for path in folder.glob(f"*/{ENTRY}")}
    ours = {folder / IGNORE, *entries, *(entry / name for entry in entries for name in FILES)}
    yield from (str(path.relative_to(folder)) for path in folder.rglob("*") if path not in ours)


def write(folder: Path, environment: str, stack: Stack, inputs: PlanInputs, lock: bytes, waiting: str = "") -> Entry:
    """Write a stack's entry, to which a plan can be added."""
    entry = Entry(folder / stack.name, inputs, waiting)
    entry.folder.mkdir()
    about = {"format": FORMAT, "environment": environment, "waiting": waiting, "basis": asdict(inputs)}
    _write_entry(entry.folder, about)
    (entry.folder / LOCK).write_bytes(lock)
    return entry


def read(folder: Path, environment: str, stacks: list[Stack]) -> dict[str, Entry]:
    """The entries by stack. Raises PlanAgain if they are not of this environment and these stacks."""
    if not folder.is_dir():
        raise DeployError(f"--plan: {folder} is not a folder; allowed: one that `plan --out` wrote")
    found = {path.parent.name: _entry(path) for path in sorted(folder.glob(f"*/{ENTRY}"))}
    for name, _ in found.values():
        if name != environment:
            raise PlanAgain(f"{folder} is a plan of environment {name!r}, not {environment!r}: plan again")
    if found.keys() != {stack.name for stack in stacks}:
        names = ", ".join(sorted(found)) or "no stack"
        raise PlanAgain(
            f"{folder} has plans of {names}; the checkout has {', '.join(s.name for s in stacks)}: plan again"
        )
    return {name: entry for name, (_, entry) in found.items()}


def _entry(path: Path) -> tuple[str, Entry]:
    """The environment's name, and the entry."""
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        if about["format"] != FORMAT:
            raise PlanAgain(f"{path}: got format {about['format']!r}; allowed: {FORMAT}: plan again")
        inputs = PlanInputs(**{**about["basis"], "reads": dict(about["basis"]["reads"])})
        entry = Entry(path.parent, inputs, about["waiting"], about.get("plan", ""))
        environment = str(about["environment"])
        changed = digest(entry.lock) != inputs.lock
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"{type(error).__name__}: {error}"
        raise PlanAgain(f"{path.parent} is not what `plan --out` writes ({why}): plan again") from None
    if changed:
        raise PlanAgain(f"{path.with_name(LOCK)} is not the provider lock that was saved here: plan again")
    return environment, entry


def _write_entry(folder: Path, about: dict[str, Any]) -> None:
    (folder / ENTRY).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
