"""Providers are installed once for a checkout: a cache that is filled under a lock, and only read afterwards.

Terraform's own plugin cache does not support concurrent use. Here a download goes into a temporary folder, and each version
is then moved into the cache whole. Terraform reads the cache as it reads a mirror (`init -plugin-dir`).
"""

import fcntl
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess

CACHE = Path(".cache/providers")
USERS = "TF_PLUGIN_CACHE_DIR"
LACKS = re.compile(r"Failed to (query|install)[^\n]* provider")
Init = Callable[..., CompletedProcess[str]]


def install(init: Init, run: Path, *options: str) -> CompletedProcess[str]:
    """Initialize a folder by `init(*options, **environment)`, which runs `terraform init`, with providers of the cache.

    With the user's own TF_PLUGIN_CACHE_DIR, Terraform fills that, one init of this checkout after the other. `run` is the
    folder of this run.
    """
    if os.environ.get(USERS):
        with _one_at_a_time():
            return init(*options)
    CACHE.mkdir(parents=True, exist_ok=True)
    links = run / "providers"  # in place of a cache that the user's configuration names: Terraform would write there
    links.mkdir(exist_ok=True)

    def from_cache() -> CompletedProcess[str]:
        return init(*options, f"-plugin-dir={CACHE.absolute()}", **{USERS: str(links.absolute())})

    done = from_cache()
    if done.returncode and LACKS.search(done.stderr) and "-upgrade" not in done.stderr:  # else the lock is in the way
        with _one_at_a_time():
            done = from_cache()  # another process may have filled the cache in the meantime
            if done.returncode:
                filled = _fill(init, *options)
                done = filled if filled.returncode else from_cache()
    return done


def _fill(init: Init, *options: str) -> CompletedProcess[str]:
    """Download what is missing, from wherever Terraform's configuration says, and move it into the cache.

    A download that fails leaves nothing in the cache. The options are those of every init: a lock that is committed is
    also read-only here, or Terraform would write into it what it lacks.
    """
    with tempfile.TemporaryDirectory(dir=CACHE.parent) as name:
        done = init(*options, "-backend=false", **{USERS: str(Path(name).absolute())})
        if done.returncode:
            return done
        for version in Path(name).glob("*/*/*/*/*"):  # host, namespace, type, version, platform
            target = CACHE / version.relative_to(name)
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                version.rename(target)
                _make_read_only(target)
        return done


def _make_read_only(folder: Path) -> None:
    """A link leads into a mirror, which is not ours to change."""
    if not folder.is_symlink():
        for path in (*folder.rglob("*"), folder):
            path.chmod(path.stat().st_mode & ~0o222)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Wait for every other process of this checkout that installs providers."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE.parent / "providers.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
