"""One provider's tarball, split once by submodule, so that any set of submodules can be put together in milliseconds.

The tarball of a prebuilt provider is one gzip stream of 300-400 MB: `.jsii` (every type of every resource), then the
JavaScript of each resource in its folder. The store is a zip file of about 20 MB with two kinds of members,
`types/<submodule>` and `lib/<folder>/...`, and `header.json`. Making it takes about 3 s of one core.

Taking submodules apart is right only while all that one refers to goes with it. In cdktf's providers no submodule
refers to another, in cdktn's `provider` refers to `providerFunctions`; nothing of it is promised anywhere, so it is
read here from each provider version: every reference between types and every `require`. Nor may a file ask where it
lies, because an assembly is one file (`bundle`). `Unprunable` says what cannot be split.
"""

import gzip
import io
import json
import posixpath
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .unprunable import Unprunable

_TYPES = b'\n  "types": {\n'
_TYPES_END = re.compile(rb'\n  \}(?:,\n  "version": "[^"\n]*")?(?:,\n  "fingerprint": "[^"\n]*")?\n\}\s*$')
_REQUIRE = re.compile(rb'require\("(\.[^"]*)"\)')
_OWN_PLACE = (b"__dirname", b"__filename")
_SOURCE_MAP = b"\n//# sourceMappingURL=data:"  # inline, half of each file, and Node does not read it


def split(tarball: Path) -> bytes:
    """The store of a provider's tarball, as the bytes of a zip file.

    Raises Unprunable if the tarball is damaged or not laid out as expected, or a submodule refers to another one, and
    OSError if it cannot be read.
    """
    output = io.BytesIO()
    header: dict[str, Any] | None = None
    refers: dict[str, set[str]] = {}
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as store:
        with gzip.open(tarball) as stream:
            for name, content in _contents(stream):
                if name == ".jsii":
                    header, refers = _split_types(store, content)
                elif name == "package.json":
                    store.writestr(name, content)
                elif name.endswith(".js") and name.count("/") > 1:
                    content = content.partition(_SOURCE_MAP)[0]
                    if any(word in content for word in _OWN_PLACE):
                        raise Unprunable(f"its {name} asks where it lies")
                    store.writestr(name, content)
                    refers.setdefault(name.split("/")[1], set()).update(_required(name, content))
        if header is None:
            raise Unprunable("its tarball has no .jsii")
        header["slim_bindings"] = _submodules(header, refers, store.namelist())
        store.writestr("header.json", json.dumps(header))
    return output.getvalue()


def _contents(stream: gzip.GzipFile) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(fileobj=stream, mode="r:") as members:
            for member in members:
                file = members.extractfile(member) if member.name.endswith((".jsii", ".js", "/package.json")) else None
                if file is not None:
                    yield member.name.partition("/")[2], file.read()
        while stream.read(1024 * 1024):  # the checksum comes last
            pass
    except (gzip.BadGzipFile, zlib.error, EOFError, tarfile.TarError) as error:
        raise Unprunable(f"its tarball is damaged: {error}") from error


def _split_types(store: zipfile.ZipFile, jsii: bytes) -> tuple[dict[str, Any], dict[str, set[str]]]:
    """Writes types/<submodule> for each submodule; returns the rest of `.jsii`, and what each refers to.

    Parsing 130 MB of JSON takes 4 s, finding the lines where a type begins 0.2 s: `.jsii` is pretty-printed.
    """
    start, end = jsii.find(_TYPES), _TYPES_END.search(jsii, max(0, len(jsii) - 1000))
    if start < 0 or end is None:
        raise Unprunable("its .jsii is not laid out as jsii prints it")
    header: dict[str, Any] = json.loads(jsii[:start] + _TYPES + jsii[end.start() :])
    name = re.escape(header["name"].encode())
    begins = re.compile(rb'    "' + name + rb'\.([^."\n]+)\.[^."\n]+": \{\n')
    refers = re.compile(rb'"' + name + rb"\.([^.\"\n]+)")
    found = list(begins.finditer(jsii, start + len(_TYPES)))
    if not found or found[0].start() != start + len(_TYPES):
        raise Unprunable("it has types outside its submodules")
    blocks: dict[str, list[bytes]] = {}
    ends = [match.start() for match in found[1:]] + [end.start()]
    for match, stop in zip(found, ends, strict=True):
        blocks.setdefault(match[1].decode(), []).append(jsii[match.start() : stop].rstrip(b",\n"))
    references = {}
    for submodule, types in blocks.items():
        text = b",\n".join(types)
        references[submodule] = {other.decode() for other in refers.findall(text)}
        store.writestr(f"types/{submodule}", text)
    return header, references


def _required(name: str, content: bytes) -> Iterator[str]:
    """The folders below lib that a file requires something of."""
    for required in _REQUIRE.findall(content):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), required.decode()))
        lib, _, rest = target.partition("/")
        if lib != "lib" or not rest:
            raise Unprunable(f"its {name} requires {required.decode()}")
        yield rest.partition("/")[0]


def _submodules(header: dict[str, Any], refers: dict[str, set[str]], members: list[str]) -> dict[str, Any]:
    """Submodule -> its folder below lib, and what it refers to. jsii notes the folder as `src/<folder>/index:`."""
    folders = {}
    for fqn, submodule in header["submodules"].items():
        namespace = fqn.removeprefix(f"{header['name']}.")
        found = re.fullmatch(r"src/([^/]+)/index:", submodule.get("symbolId", ""))
        if found is None or f"lib/{found[1]}/index.js" not in members:
            raise Unprunable(f"its submodule {namespace} has no folder below lib")
        folders[namespace] = found[1]
    namespaces = {folder: namespace for namespace, folder in folders.items()}
    result = {}
    for namespace, folder in folders.items():
        others = {namespaces.get(other, other) for other in refers.get(namespace, set()) | refers.get(folder, set())}
        if not others <= folders.keys():
            raise Unprunable(f"its submodule {namespace} refers to {', '.join(sorted(others - folders.keys()))}")
        result[namespace] = [folder, sorted(others - {namespace})]
    return result
