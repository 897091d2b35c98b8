"""What a plan does not know yet, as the text of the expression that will give it, `${...}`, or of its address."""

import json
from collections.abc import Mapping
from typing import Any, TypeGuard

Values = Mapping[str, Any]


def known_after_apply(value: Any) -> TypeGuard[str]:
    """Whether a value, or a part of a text, is not known yet. Terraform also renders directives such as `%{ if x }`."""
    return isinstance(value, str) and ("${" in value or "%{" in value)


def written(plan: Values) -> dict[str, Any]:
    """The expressions of the configuration by address; modules inside it are not read, so what they write stays unknown."""
    root = (plan.get("configuration") or {}).get("root_module") or {}
    return {one.get("address", ""): one.get("expressions") or {} for one in root.get("resources") or ()}


def filled(value: Any, unknown: Any, written: Any, path: str) -> Any:
    """A value with the text of an expression wherever the plan says that it is not known yet."""
    if isinstance(written, Mapping) and "constant_value" in written:
        written = written["constant_value"]
    if unknown is True:
        return written if known_after_apply(json.dumps(written)) else "${" + path + "}"
    if isinstance(unknown, Mapping):
        value = value if isinstance(value, Mapping) else {}
        inner = written if isinstance(written, Mapping) else {}
        return {
            name: filled(value.get(name), unknown.get(name), inner.get(name), f"{path}.{name}")
            for name in value.keys() | unknown.keys()
        }
    if isinstance(unknown, list) and isinstance(value, list):
        return [
            filled(item, _at(unknown, index), _at(written, index), f"{path}[{index}]")
            for index, item in enumerate(value)
        ]
    return value


def _at(value: Any, index: int) -> Any:
    """An item of a list; a block that occurs once may be written without one."""
    if isinstance(value, list):
        return value[index] if index < len(value) else None
    return value if isinstance(value, Mapping) and index == 0 else None
