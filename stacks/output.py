"""Where the synthesized files go, checked before anything is built: Node's own error names a path and no remedy."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from stacks.settings.problems import OptionError

OUT = Path("cdktf.out")


def output_folder(given: str | None = None) -> str:
    """Return the folder that is given, or that of CDKTF_OUTDIR, or cdktf.out. Raises OptionError if it cannot be used.

    cdktf makes the folder itself, but not the ones above it: cdktf.out is made for the folder of an environment in it.
    """
    folder = Path(given or os.environ.get("CDKTF_OUTDIR") or OUT)
    if folder.absolute().parent == OUT.absolute():
        with contextlib.suppress(OSError):  # the objection below is the sentence
            OUT.mkdir(exist_ok=True)
    if why := next(_objections(folder), ""):
        raise OptionError("CDKTF_OUTDIR", why)
    return str(folder)


def _objections(folder: Path) -> Iterator[str]:
    above = folder.absolute().parent
    if not os.path.isdir(above):  # noqa: PTH112 - Path.is_dir raises for a folder that cannot be entered
        yield f"got {str(folder)!r}, and there is no folder {above} that can be entered: create it"
    elif folder.exists() and not folder.is_dir():
        yield f"{folder} is a file; allowed: a folder; delete the file, or set CDKTF_OUTDIR to a folder"
    else:
        for path in _written(folder):
            if not os.access(path, os.W_OK):
                yield f"{path.absolute()} cannot be written: change its owner or mode, or set CDKTF_OUTDIR to a folder that can"


def _written(folder: Path) -> Iterator[Path]:
    """What a synthesis writes to, as far as it exists: another user may have synthesized before."""
    yield folder if folder.exists() else folder.absolute().parent
    for pattern in ("manifest.json", "stacks", "stacks/*", "stacks/*/cdk.tf.json"):
        yield from folder.glob(pattern)
