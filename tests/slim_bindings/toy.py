"""A provider package as jsii generates them, with small submodules, written into a folder for one test."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

PACKAGE = "cdktf_cdktf_provider_toy"
NAME = "@cdktf/provider-toy"

_JSII = """
import jsii, publication
import constructs._jsii
__jsii_assembly__ = jsii.JSIIAssembly.load("{name}", "{version}", __name__[0:-6], "toy.jsii.tgz")
__all__ = ["__jsii_assembly__"]
publication.publish()
"""
_PYTHON = '''
"""The stub of {module}."""
import builtins, typing
import jsii, publication, typeguard
def check_type(argname: str, value: object, expected_type: typing.Any) -> typing.Any:
    return typeguard.check_type(argname=argname, value=value, expected_type=expected_type)
from .._jsii import *
import constructs as _constructs

class {type}(_constructs.Construct, metaclass=jsii.JSIIMeta, jsii_type="{name}.{module}.{type}"):
    def __init__(self, scope: _constructs.Construct, id_: builtins.str) -> None:
        jsii.create(self.__class__, self, [scope, id_])

    @builtins.property
    @jsii.member(jsii_name="kind")
    def kind(self) -> builtins.str:
        return typing.cast(builtins.str, jsii.get(self, "kind"))

__all__ = ["{type}"]
publication.publish()
'''
_SCRIPT = """const constructs = require("constructs");
class {type} extends constructs.Construct {{
  get kind() {{ return "{module} of {version}"; }}
}}
exports.{type} = {type};
"""


def write(
    folder: Path, *modules: str, version: str = "1.0.0", name: str = NAME, refers_to: str = "", **files: str
) -> Path:
    """Writes the package, each of `modules` with one class and JavaScript in lib/the-<module>; returns its tarball.

    `refers_to` is a type that the last class refers to; `files` are further files of the
    tarball by path, or others in place of these.
    """
    package = folder / name.replace("@cdktf/provider-", "cdktf_cdktf_provider_")
    for module in ("_jsii", *modules):
        (package / module).mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text("".join(f"from . import {module}\n" for module in modules))
    (package / "_jsii" / "__init__.py").write_text(_JSII.format(name=name, version=version))
    for module in modules:
        text = _PYTHON.format(name=name, module=module, type=module.title())
        (package / module / "__init__.py").write_text(text)
    content = {".jsii": json.dumps(assembly(modules, version, name, refers_to), indent=2)}
    content["package.json"] = json.dumps({"name": name, "version": version, "main": "lib/index.js"})
    content["lib/index.js"] = "".join(f'exports.{module} = require("./the-{module}");\n' for module in modules)
    for module in modules:
        content[f"lib/the-{module}/index.js"] = script(module, version)
    tarball = package / "_jsii" / "toy.jsii.tgz"
    with tarfile.open(tarball, "w:gz") as archive:
        for path, text in (content | files).items():
            entry = tarfile.TarInfo(f"package/{path}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return tarball


def script(module: str, version: str) -> str:
    """The JavaScript of a submodule, whose class says that it is `module of version`."""
    return _SCRIPT.format(module=module, type=module.title(), version=version)


def assembly(modules: tuple[str, ...], version: str, name: str = NAME, refers_to: str = "") -> dict[str, Any]:
    """The provider's `.jsii`."""
    types = {f"{name}.{module}.{module.title()}": _type(name, module) for module in modules}
    if refers_to:
        list(types.values())[-1]["properties"].append({"name": "other", "type": {"fqn": refers_to}})
    return {
        "author": {"name": "nobody", "roles": ["author"]},
        "dependencies": {"constructs": "^10.0.0"},
        "description": "toy",
        "homepage": "https://example.com",
        "jsiiVersion": "5.8.22",
        "license": "MPL-2.0",
        "name": name,
        "repository": {"type": "git", "url": "https://example.com"},
        "schema": "jsii/0.10.0",
        "submodules": {f"{name}.{module}": {"symbolId": f"src/the-{module}/index:"} for module in modules},
        "types": types,
        "version": version,
        "fingerprint": "none",
    }


def _type(name: str, module: str) -> dict[str, Any]:
    type_ = module.title()
    scope = {"name": "scope", "type": {"fqn": "constructs.Construct"}}
    return {
        "assembly": name,
        "base": "constructs.Construct",
        "fqn": f"{name}.{module}.{type_}",
        "initializer": {"parameters": [scope, {"name": "id", "type": {"primitive": "string"}}]},
        "kind": "class",
        "name": type_,
        "namespace": module,
        "properties": [{"immutable": True, "name": "kind", "type": {"primitive": "string"}}],
    }
