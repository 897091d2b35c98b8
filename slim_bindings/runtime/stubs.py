"""Stubs compiled as newer jsii generates them: with postponed annotations, and typeguard when it is needed.

A provider's stub evaluates the annotations of every function at import, which takes longer than all else in it (75 ms
for google's service perimeter). Compiled as if it began with `from __future__ import annotations` it keeps them as
text. `typing.get_type_hints` of the classes gives the same as before; `__annotations__` and `inspect.signature` give
text. And each imports typeguard, with asyncio and unittest.mock, and parses its metadata for its version; jsii's own
`check_type` does so when it first judges a value. The compiled code is kept in the cache: Python's own .pyc files
next to the source are for the ordinary import.

Gain: 28% of an example's time (0.64 to 0.46 s), and with `checks` 23 MB.
"""

import __future__

import contextlib
import functools
import marshal
import re
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from .. import cache
from ..pruning.imports import SubmoduleLoader, loaded_by

_STUB = re.compile(r"(constructs|cdkt[fn])(\.\w+)?|(cdktf_cdktf|cdktn)_provider_\w+\._jsii")
"""What pruning does not load: the core packages and their submodules, and the module that a provider's stubs import first."""
_CHECK_TYPE = re.compile(
    rb"import typeguard\nfrom importlib\.metadata import version as _metadata_package_version\n"
    rb"TYPEGUARD_MAJOR_VERSION = .*\n\ndef check_type\(.*\n(?:    .*\n)+"
)


def install() -> None:
    """Compile the submodules of providers, and the core packages, that way."""
    loader: Any = SubmoduleLoader
    loader.source_to_code = _source_to_code
    loader.code_of_file = _code_of_file
    sys.meta_path.insert(0, _CoreFinder)


class _CoreLoader(SubmoduleLoader):
    def get_code(self, fullname: str) -> CodeType | None:
        return self.code_of_file(fullname)


class _CoreFinder:
    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        return loaded_by(_CoreLoader, name, path, target) if _STUB.fullmatch(name) else None


def _source_to_code(_: Any, data: Any, path: Any, *, _optimize: int = -1) -> CodeType:
    flags = __future__.annotations.compiler_flag
    source = _CHECK_TYPE.sub(_check_type_of_jsii, data)
    code: CodeType = compile(source, path, "exec", flags=flags, dont_inherit=True, optimize=_optimize)
    return code


def _check_type_of_jsii(own: re.Match[bytes]) -> bytes:
    """In as many lines, so that a traceback shows the right ones."""
    return b"from jsii._type_checking import check_type" + b"\n" * own[0].count(b"\n")


def _code_of_file(loader: SubmoduleLoader, fullname: str) -> CodeType:
    with contextlib.suppress(OSError):  # nowhere to keep it
        return _kept(loader, fullname)
    return loader.source_to_code(loader.get_data(loader.path), loader.path)


def _kept(loader: SubmoduleLoader, fullname: str) -> CodeType:
    label = f"{fullname}-{_version(Path(loader.path).parents[fullname.count('.')])}-{cache.PYTHON}"
    path = cache.folder(label, Path(loader.path), __file__) / "code"
    content = cache.read_whole(path)
    if content is not None:
        code: CodeType = marshal.loads(content)
        return code
    code = loader.source_to_code(loader.get_data(loader.path), loader.path)
    cache.write_whole(path, marshal.dumps(code))
    return code


@functools.cache
def _version(package: Path) -> str:
    """As its tarball's name says: another version may have files of the same size and time."""
    return next((tarball.name.removesuffix(".jsii.tgz") for tarball in (package / "_jsii").glob("*.tgz")), "")
