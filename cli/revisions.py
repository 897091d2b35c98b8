"""Both sides of `diff --base REV`: each revision is synthesized by its own code, in a subprocess without credentials."""

import os
import shutil
import subprocess
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from access.gain import few
from cli.inputs import environment
from cli.synthesized import synthesized_by
from deploy.errors import DeployError, Failed
from deploy.folder import RUNS, live_folder
from review.diff.side import Side
from review.safe import Secrets

FOLDER = "environments"
BINDINGS = "slim_bindings"
LOCK = "Pipfile.lock"
# What synthesis does not read: a revision that changes nothing else synthesizes an unchanged file to the same JSON. main.py
# imports none of these rooms (pyproject.toml), and to import one is a change of what is not listed here.
_ROOMS = "access bench cli deploy docs localcloud packaging policy review setup tests .ci environments"
_FILES = "Makefile Pipfile Pipfile.lock keyperim package.json package-lock.json renovate.json .gitignore LICENSE"
_NOT_CODE = tuple(f"{room}/" for room in _ROOMS.split())
_GIT = ("git", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false")
Sides = dict[str, Side]


@dataclass(frozen=True)
class _Tree:
    """A revision's files. `commit` is empty for this checkout as it is."""

    root: Path
    commit: str

    @property
    def names(self) -> list[str]:
        return sorted(path.stem for path in (self.root / FOLDER).glob("*.toml"))


def revisions(base: str, head: str | None) -> tuple[Sides, Sides, list[str]]:
    """The environments of the base, those of the head (this checkout without one), and notes about both.

    The base is where the head left REV, as `git diff REV...` has it. Raises DeployError if git knows no such revision.
    """
    to = _commit(head, "--head") if head else ""
    asked = _commit(base, "--base")
    since = _git("merge-base", asked, to or "HEAD", check=False).strip() or asked
    with _folder() as run, _worktree(run / "base", since) as old, _worktree(run / "head", to) as new:
        notes = list(_notes(asked, since, old, new))
        changed = _changed(since, to)
        code = sorted(path for path in changed if _is_code(path))
        if code:
            notes.append(f"the code of the two sides differs: {few(code)}")
        shared = any(path.startswith(f"{FOLDER}/") and not _is_environment(path, old, new) for path in changed)
        linked = [_has_links(tree) for tree in (old, new)]
        needed = {path.removeprefix(f"{FOLDER}/").removesuffix(".toml") for path in changed}
        secrets = Secrets()
        sides = [
            (tree, [name for name in tree.names if code or shared or any(linked) or name in needed])
            for tree in (old, new)
        ]
        with ThreadPoolExecutor(2) as both:
            before, after = both.map(lambda one: _sides(run, *one), sides)
        return _read(old, before, secrets), _read(new, after, secrets), notes


def _is_environment(path: str, *sides: _Tree) -> bool:
    """Whether it is one environment's file; what else is there several may share by `extends`, such as a nested repository."""
    return path.endswith(".toml") and path.count("/") == 1 and not any((one.root / path).is_dir() for one in sides)


def _has_links(tree: _Tree) -> bool:
    """Whether settings may be in files of another name, so that no path says which environment a change is of.

    Raises DeployError for a link that leaves the files of its side: both sides would read one file.
    """
    folder = tree.root / FOLDER
    links = [path for path in (folder, *folder.rglob("*")) if path.is_symlink()]
    for path in links:
        if not path.resolve().is_relative_to(tree.root.resolve()):
            name = path.relative_to(tree.root)
            raise DeployError(
                f"{name} is a link to {path.readlink()}; allowed: a file of this checkout, by a relative path"
            )
    return bool(links)


def _is_code(path: str) -> bool:
    """Whether synthesis may read a file, other than an environment's own."""
    return not (path.endswith(".md") or path.startswith(_NOT_CODE) or path in _FILES.split())


def _sides(run: Path, tree: _Tree, names: list[str]) -> dict[str, tuple[Path, str]]:
    out = (tree.root if tree.commit else run) / ("out" if not tree.commit else f"{RUNS}/run/out")
    return synthesized_by(tree.root, names, out, run)


def _read(tree: _Tree, made: dict[str, tuple[Path, str]], secrets: Secrets) -> Sides:
    found = {}
    for name in tree.names:
        folder, problem = made.get(name, (Path(), ""))
        if name not in made:
            found[name] = Side(name)  # its file and the code are those of the other side
        else:
            found[name] = Side(name, problem=problem) if problem else environment(folder, secrets, name)
    return found


def _notes(asked: str, since: str, old: _Tree, new: _Tree) -> Iterator[str]:
    if asked != since:
        yield f"the base is {since[:12]}, where the other side left {asked[:12]}"
    if _bytes(old.root / LOCK) != _bytes(new.root / LOCK):
        yield f"{LOCK} differs: both sides were synthesized with the packages that are installed here"


def _changed(since: str, to: str) -> list[str]:
    """Every file that differs, and the former names of renamed ones."""
    found = _git(
        *(
            "diff",
            "--name-only",
            "--no-renames",
            "--no-ext-diff",
            "--ignore-submodules=none",
            "--relative",
            "-z",
            since,
        ),
        *([to] if to else []),
    )
    new = "" if to else _git("ls-files", "--others", "--exclude-standard", "-z")
    return [path for path in (found + new).split("\0") if path]


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder below the checkout that this run alone uses, removed at the end."""
    with live_folder("diff") as folder:
        try:
            yield folder.absolute()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            _git("worktree", "prune", check=False)


@contextmanager
def _worktree(folder: Path, commit: str) -> Iterator[_Tree]:
    """A commit's files in a worktree of git, or this checkout without a commit."""
    if not commit:
        yield _Tree(Path.cwd(), "")
        return
    prefix = _git("rev-parse", "--show-prefix").strip()
    _git("worktree", "add", "--quiet", "--detach", "--force", str(folder), commit)
    try:
        root = folder / prefix
        if not (root / "main.py").is_file():
            raise DeployError(f"commit {commit[:12]} has no {prefix}main.py: there is nothing to synthesize")
        _share_cache(root)
        yield _Tree(root, commit)
    finally:
        _git("worktree", "remove", "--force", str(folder), check=False)


def _share_cache(root: Path) -> None:
    """Give the worktree's slim_bindings the times of this checkout's, or times that its content decides.

    The cache of slim_bindings is made for sizes and times of these files, and git writes every file now.
    """
    for path in filter(Path.is_file, (root / BINDINGS).rglob("*")):
        mine = Path(BINDINGS) / path.relative_to(root / BINDINGS)
        content = path.read_bytes()
        time = mine.stat().st_mtime_ns if _bytes(mine) == content else zlib.crc32(content) * 10**9 // 4
        os.utime(path, ns=(time, time))


def _commit(revision: str, option: str) -> str:
    found = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", check=False).strip()
    if not found:
        raise DeployError(
            f"{option}: git knows no commit {revision!r}; allowed: a branch, tag or commit of this clone; fetch it first"
        )
    return found


def _git(*arguments: str, check: bool = True) -> str:
    """What git prints. Hooks and filters of large files do not run."""
    try:
        done = subprocess.run(
            [*_GIT, *arguments],
            env={**os.environ, "GIT_LFS_SKIP_SMUDGE": "1", "GIT_TERMINAL_PROMPT": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise DeployError("git is not on PATH; --base needs it") from None
    if check and done.returncode:
        raise Failed(f"git {arguments[0]} failed: {_last(done.stderr.splitlines())}")
    return done.stdout if not done.returncode else ""


def _last(lines: Sequence[str]) -> str:
    return lines[-1] if lines else "it printed nothing"


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
