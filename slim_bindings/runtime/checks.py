"""Argument checks that evaluate an annotation once, and only where a value has to be looked at.

Before each call a stub evaluates the annotations of all arguments (`typing.get_type_hints`) and has typeguard hold each
value against them, also the fifty that were not given. Here None passes an Optional, and a value of exactly a class
that the annotation names passes, without typeguard; whatever else there is, typeguard judges as before, so a
wrong-typed argument gets the same error.

Gain: @CHECKS@.
"""

import typing
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ..pruning.imports import SubmoduleLoader


def install() -> None:
    """Give each stub that is imported from now on these checks."""
    exec_module = SubmoduleLoader.exec_module

    def exec_and_replace(loader: SubmoduleLoader, module: ModuleType) -> None:
        exec_module(loader, module)
        stub = vars(module)
        if "check_type" in stub:
            replaced = {"typing": _TYPING, "cached_type_hints": _annotations, "check_type": _checker(stub)}
            stub.update({name: replaced[name] for name in replaced.keys() & stub.keys()})

    SubmoduleLoader.exec_module = exec_and_replace  # type: ignore[method-assign]


def _annotations(function: Callable[..., Any]) -> dict[str, Any]:
    """What a stub takes for the evaluated annotations of `function`; `_checker` evaluates those that matter."""
    return function.__annotations__


_TYPING = ModuleType("typing")
vars(_TYPING).update(vars(typing), get_type_hints=_annotations)


def _checker(stub: dict[str, Any]) -> Callable[..., None]:
    check_by_typeguard = stub["check_type"]
    known: dict[Any, tuple[Any, tuple[type, ...]]] = {}

    def evaluate(annotation: Any) -> tuple[Any, tuple[type, ...]]:
        def holder() -> None: ...

        holder.__annotations__ = {"value": annotation}
        hint = typing.get_type_hints(holder, stub)["value"]
        known[annotation] = hint, _plain_classes(hint)
        return known[annotation]

    def check_type(argname: str, value: object, expected_type: Any) -> None:
        if value is None and type(expected_type) is str and expected_type.startswith("typing.Optional["):
            return
        hint, classes = known.get(expected_type) or evaluate(expected_type)
        if type(value) not in classes:
            check_by_typeguard(argname=argname, value=value, expected_type=hint)

    return check_type


def _plain_classes(hint: Any) -> tuple[type, ...]:
    """The classes of which an instance passes whatever is in it: `hint` itself, or members of a union."""
    if typing.get_origin(hint) is typing.Union:
        return tuple(plain for member in typing.get_args(hint) for plain in _plain_classes(member))
    return (hint,) if type(hint) is type or hasattr(hint, "__jsii_type__") else ()
