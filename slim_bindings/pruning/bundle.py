"""An assembly's JavaScript as one file: Node finds, reads and compiles one faster than forty."""

import json
from collections.abc import Mapping
from pathlib import Path

LOADER = Path(__file__).with_suffix(".js")


def bundle(files: Mapping[str, bytes], folders: Mapping[str, str]) -> bytes:
    """`lib/index.js`, with the `files` below lib by their path ("vpc/index.js"); `folders` by submodule.

    A file requires another by a path relative to itself, as before. Its `__dirname` would be another: `store` sees to
    it that none asks.
    """
    functions = (
        b"%b: (function (exports, require, module) {%b\n}),\n" % (json.dumps(f"/{name}").encode(), content)
        for name, content in files.items()
    )
    return LOADER.read_bytes() + b"".join(functions) + b"}, %b);\n" % json.dumps(folders).encode()
