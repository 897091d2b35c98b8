"""AWS callers that stand for all others: conditions that compare with these texts answer alike for the ones they stand for.

A text is compared as a whole or by its beginning. So it is enough to try each text, and each text with something after
it that no other text goes on with, as far as AWS has such callers.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

OTHER = "other-role"
"""The name of a role that no condition names."""
PARTITIONS = ("aws", "aws-us-gov", "aws-cn")
_NAME = r"[\w+=,.@-]"
_USER_ID = re.compile(rf"[A-Z0-9]+:({_NAME}{{1,63}})")
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
    found = dict.fromkeys(_ordinary(account))
    fits = _fits(account)
    for text in literals:
        candidates = [text + tail for tail in _tails(text, account) if fits.fullmatch(text + tail)]
        found |= dict.fromkeys(one for one in candidates if one == text)
        longer = [other for other in literals if other != text and other.startswith(text)]
        fresh = (one for one in candidates if one != text and not any(map(one.startswith, longer)))
        found |= dict.fromkeys(islice(fresh, 1))
        if re.fullmatch(rf"{_NAME}{{1,64}}", text):  # a role's name, as `extract` compares it
            found |= dict.fromkeys(
                f"arn:{partition}:sts::{account}:assumed-role/{text}/session" for partition in PARTITIONS
            )
            # `extract` also finds it in a user's path, which the account's own people choose.
            found[f"arn:aws:iam::{account}:user/assumed-role/{text}/other-user"] = None
    # A user ID ends with the session that the ARN ends with.
    sessions = {one[1] for text in literals if (one := _USER_ID.fullmatch(text))}
    for arn in [one for one in found if _has_session(one)]:
        found |= dict.fromkeys(
            f"{arn.rpartition('/')[0]}/{session}{tail}" for session in sessions for tail in ("", "x")
        )
    return list(found)


def ids(texts: Iterable[str]) -> list[str]:
    """The unique ids of roles that stand for all; first one that no text names."""
    found = {"AROAOTHER": None}
    for text in sorted(set(texts)):
        id = text.partition(":")[0]
        if re.fullmatch(r"[A-Z0-9]+", id):
            found |= {id: None, f"{id}X": None}
    return list(found)


def caller(account: str, arn: str, id: str) -> AwsCaller:
    """A caller: the user ID of a role ends with its session, that of a federated user with its name."""
    session = arn.rpartition("/")[2] if _has_session(arn) else ""
    return AwsCaller(account, arn, f"{id}:{session}" if session else id)


def _has_session(arn: str) -> bool:
    return ":assumed-role/" in arn or ":federated-user/" in arn


def _ordinary(account: str) -> Iterator[str]:
    for partition in PARTITIONS:
        yield f"arn:{partition}:sts::{account}:assumed-role/{OTHER}/session"
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
