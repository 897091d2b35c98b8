"""What a change does that is no access, over the same world: one sentence for each resource, and the rest by name."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from access.gain import few
from access.kinds import decides
from access.objects import Object, Values, known_after_apply
from access.run_as import Names, runs_as
from access.unread import LABELS
from access.values import empty
from access.watched import LONG, Watched, watched

_STACK = ("lifecycle", "depends_on")
"""What a stack says of every resource, and a plan does not."""
_SHORT = 80


def differences(old: Sequence[Object], new: Sequence[Object]) -> Iterator[str]:
    """A sentence for each difference; nothing of what is made or destroyed as a whole."""
    before, after = ({one.address: one for one in side} for side in (old, new))
    if not before or not after:
        return
    named, names = [], Names(new)
    for address in sorted(before.keys() | after.keys()):
        was, now = before.get(address), after.get(address)
        one = was or now
        if one is None or was == now:
            continue
        how = watched(one.kind)
        if how or (was and now):
            yield from (f"{address}: {text}" for text in _said(how, was, now))
        if how or decides(one.kind) or _content(was, how) == _content(now, how):
            continue
        who = runs_as(one, names)
        if who and was and now:
            yield f"{address}: what runs as {few(who)} changes"
        elif not who:
            named.append(f"{address}{'' if was and now else ' (new)' if now else ' (deleted)'}")
    if named:
        yield f"changes of types that decide no call: {few(named)}"


def _said(how: Watched | None, was: Object | None, now: Object | None) -> Iterator[str]:
    was_set, now_set = _content(was, how), _content(now, how)
    what = how.what if how else "it"
    if how and was and now is None and not decides(was.kind):
        yield f"{what} is deleted{f': {how.deleted}' if how.deleted else ''}"
    elif how and was is None and not how.fields:
        yield f"{what} is new: {_listed(now_set)}" if now_set else f"{what} is new"
    elif was and now:
        pairs = {name: (was.values.get(name), now.values.get(name)) for name in _STACK}
        if how:
            pairs |= {name: (was_set.get(name), now_set.get(name)) for name in sorted(was_set.keys() | now_set.keys())}
        if texts := [text for name, pair in pairs.items() if (text := _change(how, name, *pair))]:
            yield f"{what} changes: {'; '.join(texts)}"


def _content(one: Object | None, how: Watched | None) -> dict[str, Any]:
    """What is compared; a value that the cloud gives after the apply is no difference."""
    values: Values = one.values if one else {}
    computed = {name for name, value in values.items() if one and value == "${" + f"{one.address}.{name}" + "}"}
    fields = (how.fields if how else ()) or values.keys() - LABELS - set(_STACK)
    return {
        name: values[name] for name in fields if name in values and name not in computed and not _unset(values[name])
    }


def _change(how: Watched | None, name: str, was: Any, now: Any) -> str:
    if was == now or (_unset(was) and _unset(now)):
        return ""
    if name in LONG or known_after_apply(was) or known_after_apply(now):
        return f"{name} is another one"
    pairs = list(_pairs(name, was, now))
    meanings = [how.changed(path, _short(old), _short(new)) for path, old, new in pairs] if how else []
    return (meanings[0] if len(meanings) == 1 else "") or f"{name} is {_short(now)}, was {_short(was)}"


def _pairs(path: str, was: Any, now: Any) -> Iterator[tuple[str, Any, Any]]:
    """What differs within a value: paths of arguments, each with its old and new value."""
    if isinstance(was, Mapping | None) and isinstance(now, Mapping | None) and (was or now):
        for name in sorted({**(was or {}), **(now or {})}):
            yield from _pairs(f"{path}.{name}", (was or {}).get(name), (now or {}).get(name))
    elif was != now:
        yield path, was, now


def _unset(value: Any) -> bool:
    """Whether a value says nothing; false says something, such as of an alert."""
    return value is not False and empty(value)


def _listed(values: Values) -> str:
    return ", ".join(f"{name} {_short(value)}" for name, value in sorted(values.items()) if name not in LONG)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}..."
