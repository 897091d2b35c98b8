"""What every write needs: masks applied, names and etags given out, times written, pages cut."""

import base64
import copy
import datetime
from collections.abc import Iterable
from typing import Any

from .api_call import ApiCall
from .errors import invalid
from .parameters import paths
from .state import Body, State


def patched(current: Body, body: Body, mask: str, *, immutable: Iterable[str] = ()) -> Body:
    """The resource after a PATCH: a masked field that the body lacks is cleared, an unmasked one is ignored.

    400 without a mask, or with one that names what never changes.
    """
    fields = paths(mask)
    if not fields:
        raise invalid("update_mask is required and must not be empty")
    result = copy.deepcopy(current)
    for path in fields:
        if path.split(".")[0] in immutable:
            raise invalid(f"{path} is immutable")
        _take(result, body, path.split("."))
    return result


def _take(target: Body, source: Body, path: list[str]) -> None:
    head, *rest = path
    if rest:
        inner = target.setdefault(head, {})
        _take(inner, source.get(head, {}), rest)
    elif head in source:
        target[head] = copy.deepcopy(source[head])
    else:
        target.pop(head, None)


def number(state: State) -> int:
    """A number that was not given out before."""
    state.sequence += 1
    return state.sequence


def etag(state: State) -> str:
    """A new one, as bytes in base64."""
    return base64.b64encode(b"\x07\x06" + number(state).to_bytes(6, "big")).decode()


def timestamp(call: ApiCall, days: float = 0) -> str:
    """Now, or so many days later."""
    when = datetime.datetime.fromtimestamp(call.google.now() + days * 86400, datetime.UTC)
    return when.isoformat(timespec="microseconds").replace("+00:00", "Z")


def page(call: ApiCall, key: str, items: list[Any], most: int = 1000) -> Body:
    """One page of a list; an empty list is left out."""
    asked = call.parameters.get("pageSize") or most
    token = call.parameters.get("pageToken") or "0"
    if asked < 0 or not token.isdecimal():
        raise invalid("page_size must not be negative, page_token must come from an earlier answer")
    start, size = int(token), min(asked, most)
    cut = items[start : start + size]
    more = {"nextPageToken": str(start + size)} if len(items) > start + size else {}
    return ({key: cut} if cut else {}) | more
