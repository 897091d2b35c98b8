"""AWS callers that stand for all others: conditions that compare with these texts answer alike for the ones they stand for.

A text is compared as a whole or by its beginning. So it is enough to try each text, and each text with something after
it that no other text goes on with, as far as AWS has such callers. What comes after it is made for the texts: a condition
that excludes what any fixed list has would otherwise admit callers that nothing here stands for.
"""

import re
import string
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

OTHER = "other-role"
"""The name of a role that no condition names."""
PARTITIONS = ("aws", "aws-us-gov", "aws-cn")
_NAME = r"[\w+=,.@-]"
_LETTERS = "-" + string.ascii_letters + string.digits + "+=,.@_"
_IDS = "X" + string.ascii_uppercase + string.digits
_USER_ID = re.compile(rf"[A-Z0-9]+:({_NAME}{{1,64}})")
_ROLE = re.compile(rf"(?:arn:[\w-]+:sts::[0-9]*:assumed-role/)?({_NAME}{{1,64}})(?:/({_NAME}{{1,64}})?)?")
_TAILS = ("", "session", "/session", "-x/session", "x/session", f"{OTHER}/session", "-x", "x")


@dataclass(frozen=True)
class AwsCaller:
    """Who signs the request, as `GetCallerIdentity` answers."""

    account: str
    arn: str
    userid: str

    @property
    def claims(self) -> dict[str, str]:
        return {"account": self.account, "arn": self.arn, "userid": self.userid}

    def __str__(self) -> str:
        return f"{self.arn} (user ID {self.userid})"


def arns(account: str, texts: Iterable[str]) -> list[str]:
    """The ARNs of an account's callers that stand for all; first a role that no text names."""
    literals = sorted(set(texts))
    found = dict.fromkeys(_ordinary(account, stranger(literals)))
    fits = _fits(account)
    for name in _names(literals):
        found |= dict.fromkeys(f"{root}{name}/session" for root in _roots(account))
        # `extract` also finds it in a user's path, which the account's own people choose.
        found[f"arn:aws:iam::{account}:user/assumed-role/{name}/other-user"] = None
    for text in [*literals, *_roots(account, ("sts", "federated-user/"), ("iam", "user/"))]:
        if begin := after(text, literals):
            fresh = (begin + tail for tail in ("x/session", *_TAILS) if fits.fullmatch(begin + tail))
            found |= dict.fromkeys(islice(fresh, 1))
    for text in literals:
        candidates = [text + tail for tail in _tails(text, account) if fits.fullmatch(text + tail)]
        found |= dict.fromkeys(one for one in candidates if one == text)
        longer = [other for other in literals if other != text and other.startswith(text)]
        fresh = (one for one in candidates if one != text and not any(map(one.startswith, longer)))
        found |= dict.fromkeys(islice(fresh, 1))
    # A user ID ends with the session that the ARN ends with.
    sessions = {one[1] for text in literals if (one := _USER_ID.fullmatch(text))}
    if sessions:
        sessions |= {one[2] for text in literals if (one := _ROLE.fullmatch(text)) and one[2]}
    for arn in [one for one in found if _has_session(one)]:
        found |= dict.fromkeys(f"{arn.rpartition('/')[0]}/{session}" for session in _each(sorted(sessions), sessions))
    return list(found)


def stranger(texts: Iterable[str]) -> str:
    """The name of a role that none of these texts names, by itself or by its beginning."""
    names = {one[1] for text in texts if (one := _ROLE.fullmatch(text))}
    return after("", names, _LETTERS[1:] + "-") if any(map(OTHER.startswith, names)) else OTHER


def strangers(account: str, texts: Collection[str]) -> list[AwsCaller]:
    """A role that no text names, by its ARN or by its unique id."""
    arn = f"arn:aws:sts::{account}:assumed-role/{stranger(texts)}/session"
    named = {text.partition(":")[0] for text in texts}
    return [caller(account, arn, id) for id in ("AROAOTHER", after("AROA", named, _IDS)) if id]


def after(text: str, texts: Collection[str], alphabet: str = _LETTERS) -> str:
    """The text with something after it that none of the texts goes on with; empty if they go on with everything."""
    longer = [one for one in texts if one != text and one.startswith(text)]
    open = deque([text])
    while open:
        begin = open.popleft()
        for letter in alphabet:
            candidate = begin + letter
            if not any(one.startswith(candidate) for one in longer):
                return candidate
            if candidate not in longer:  # else it has its own
                open.append(candidate)
    return ""


def _names(texts: Collection[str]) -> list[str]:
    """What stands for all names of roles, where a text may be one, as `extract` compares it."""
    if not any(re.fullmatch(rf"{_NAME}{{1,64}}", text) for text in texts):
        return []
    names = {one[1] for text in texts if (one := _ROLE.fullmatch(text))}
    return [*sorted(names), *(f"{begin}x" for name in sorted(names) if (begin := after(name, names)))]


def _each(several: Iterable[str], texts: Collection[str], alphabet: str = _LETTERS) -> Iterator[str]:
    for text in several:
        yield from (one for one in (text, after(text, texts, alphabet)) if one)


def _roots(account: str, *kinds: tuple[str, str]) -> Iterator[str]:
    for service, kind in kinds or (("sts", "assumed-role/"),):
        yield from (f"arn:{partition}:{service}::{account}:{kind}" for partition in PARTITIONS)


def ids(texts: Iterable[str]) -> list[str]:
    """The unique ids of roles that stand for all; first one that no text names."""
    named = {id for text in texts if re.fullmatch(r"[A-Z0-9]+", id := text.partition(":")[0])}
    return list(dict.fromkeys(["AROAOTHER", *_each(["", *sorted(named)] if named else [], named, _IDS)]))


def caller(account: str, arn: str, id: str) -> AwsCaller:
    """A caller: the user ID of a role ends with its session, that of a federated user with its name."""
    session = arn.rpartition("/")[2] if _has_session(arn) else ""
    return AwsCaller(account, arn, f"{id}:{session}" if session else id)


def _has_session(arn: str) -> bool:
    return ":assumed-role/" in arn or ":federated-user/" in arn


def _ordinary(account: str, name: str = OTHER) -> Iterator[str]:
    for partition in PARTITIONS:
        yield f"arn:{partition}:sts::{account}:assumed-role/{name}/session"
        yield f"arn:{partition}:iam::{account}:user/other-user"
        yield f"arn:{partition}:iam::{account}:root"
        yield f"arn:{partition}:sts::{account}:federated-user/other-user"


def _tails(text: str, account: str) -> Iterator[str]:
    yield from _TAILS
    for ordinary in _ordinary(account):
        if ordinary.startswith(text):
            yield ordinary[len(text) :]


def _fits(account: str) -> re.Pattern[str]:
    return re.compile(
        rf"arn:(aws|aws-us-gov|aws-cn):(sts::{re.escape(account)}:(assumed-role/{_NAME}{{1,64}}/{_NAME}{{1,64}}"
        rf"|federated-user/{_NAME}{{1,64}})|iam::{re.escape(account)}:(root|user/[\w+=,.@/-]{{1,512}}))"
    )
