"""Read what `diff` compares: a folder of synthesized stacks or of environments, a stack, a plan or a state. Files are data."""

import json
import os
import stat
from pathlib import Path
from typing import Any

from access.stack import parsed
from deploy import hand_over
from deploy.errors import DeployError, Unreadable
from review.diff.side import STACK, Side, environment_of, kind_of, readable
from review.safe import Secrets

MANIFEST, PROBLEM = "manifest.json", "not-synthesized.txt"
MOST_BYTES = 200_000_000


def sides(path: Path, secrets: Secrets) -> dict[str, Side]:
    """The environments at a path, by name. Raises DeployError if there is nothing to compare."""
    if not path.exists():
        raise DeployError(
            f"{path} does not exist; allowed: a folder of stacks, or the JSON of a stack, a plan or a state"
        )
    if not path.is_dir():
        document = _document(path)
        name = environment_of(document) or path.name.removesuffix(".json")
        return {name: _side(name, {path.stem: document}, secrets)}
    folders = sorted(each for each in path.iterdir() if (each / MANIFEST).is_file() or (each / PROBLEM).is_file())
    if folders and (path / MANIFEST).is_file():
        raise DeployError(
            f"{path} has the stacks of one environment and folders of several; allowed: one of both; delete the other"
        )
    if (path / MANIFEST).is_file():
        found = environment(path, secrets)
        return {found.environment: found}
    if folders:
        return {each.name: environment(each, secrets, each.name) for each in folders}
    return _loose(path, secrets)


def environment(folder: Path, secrets: Secrets, name: str = "") -> Side:
    """One environment's folder, as synthesis writes it. What cannot be read is the side's problem."""
    try:
        if (folder / PROBLEM).is_file():
            raise Unreadable(
                "it was not synthesized: " + "; ".join(_text(folder / PROBLEM).split("\n")[:4]).strip("; ")
            )
        files = _manifest(folder) | ({hand_over.FILE: hand_over.FILE} if (folder / hand_over.FILE).exists() else {})
        stacks = {stack: _document(_inside(folder, file)) for stack, file in files.items()}
        found = name or next((one for one in map(environment_of, stacks.values()) if one), folder.name)
        return _side(found, stacks, secrets)
    except DeployError as error:
        return Side(name or folder.name, problem=str(error))


def _loose(folder: Path, secrets: Secrets) -> dict[str, Side]:
    """A folder of JSON files, such as the plans or states of one environment's stacks."""
    files = {path.name.removesuffix(".json").removesuffix(".tfstate"): path for path in sorted(folder.iterdir()) if path.suffix in (".json", ".tfstate")}  # fmt: skip
    if not files:
        raise DeployError(
            f"{folder} has no {MANIFEST}, no folder with one, and no JSON file; allowed: what synthesis writes"
        )
    documents = {name: _document(path) for name, path in files.items()}
    name = next((one for one in map(environment_of, documents.values()) if one), folder.name)
    return {name: _side(name, documents, secrets)}


def _side(name: str, documents: dict[str, dict[str, Any]], secrets: Secrets) -> Side:
    try:
        kinds = {kind_of(document) for document in documents.values()}
        if len(kinds) > 1:
            raise DeployError(f"{name} has {' and '.join(sorted(kinds))} side by side; allowed: files of one kind")
        read = {stack: readable(document, secrets) for stack, document in documents.items()}
    except DeployError:
        raise
    except Exception as error:  # noqa: BLE001 - the JSON may have any shape
        raise Unreadable(f"{name}: {error}" if str(error) else f"{name}: {type(error).__name__}") from None
    return Side(name, read, kinds.pop() if kinds else STACK)


def _manifest(folder: Path) -> dict[str, str]:
    try:
        stacks = _document(folder / MANIFEST)["stacks"]
        return {str(name): str(entry["synthesizedStackPath"]) for name, entry in stacks.items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"{folder / MANIFEST} is not what cdktf writes ({type(error).__name__}: {error})") from None


def _inside(folder: Path, file: str) -> Path:
    """A stack's file. A manifest of another revision's code must not name a file elsewhere, nor a link to one."""
    path = folder / file
    if not path.resolve().is_relative_to(folder.resolve()):
        raise Unreadable(f"{folder / MANIFEST} names {file!r}; allowed: a file in that folder")
    return path


def _text(path: Path) -> str:
    try:
        with open(path, "rb", opener=_without_waiting) as file:  # noqa: PTH123 - Path.open has no opener
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode) or about.st_size > MOST_BYTES:
                raise Unreadable(f"{path} is no file, or has more than {MOST_BYTES:,} bytes")
            return file.read().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path} cannot be read: {error}") from None


def _document(path: Path) -> dict[str, Any]:
    text = _text(path)
    try:
        found = parsed(text, str(path)) if path.name.endswith(".tf.json") else json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise Unreadable(f"{path} is not what Terraform or cdktf writes ({type(error).__name__})") from None
    if not isinstance(found, dict):
        raise Unreadable(f"{path} is {type(found).__name__}; allowed: a JSON object")
    return found


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe without a writer would wait for ever
