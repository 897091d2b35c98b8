"""Who says yes: `--accept` and a terminal to what is wider, AUTO_APPROVE=1 to nothing but the rest."""

import os
import re
import sys
from collections.abc import Collection, Iterable

from deploy.errors import DeployError, NotConfirmed, Refused
from deploy.exit_codes import ExitCode, strongest
from deploy.judgement import DIGITS, Judgement


def accepted_digest(text: str) -> str:
    """A digest as `--accept` takes it. Raises DeployError for anything else."""
    if not re.fullmatch(rf"[0-9a-f]{{{DIGITS}}}", text):
        raise DeployError(
            f"--accept: got {text!r}; allowed: the {DIGITS} hexadecimal digits that plan printed after --accept"
        )
    return text


def still_needed(judgement: Judgement, accepted: Collection[str]) -> ExitCode:
    """The code of a judgement once these digests are accepted."""
    if judgement.code in (ExitCode.WIDER, ExitCode.UNDECIDED) and judgement.digest in accepted:
        return ExitCode.CHANGES if judgement.changes else ExitCode.DONE
    return judgement.code


def refuse(*judgements: Judgement) -> None:
    """Raise Refused with every refusal, if there is any."""
    if found := [refusal for judgement in judgements for refusal in judgement.refusals]:
        raise Refused("\n".join(found))


def confirm(verb: str, judgement: Judgement, accepted: Collection[str], *, reviewed: bool = False) -> None:
    """Return if this plan may be applied, and raise NotConfirmed if not.

    `reviewed` is for a saved plan: naming it confirms everything but what is wider.
    """
    code = still_needed(judgement, accepted)
    wider = code in (ExitCode.WIDER, ExitCode.UNDECIDED)
    if not wider and (reviewed or os.environ.get("AUTO_APPROVE") == "1"):
        return
    stack = judgement.stack
    if not sys.stdin.isatty():
        how = f"--accept {judgement.digest}" if wider else "AUTO_APPROVE=1"
        what = "it is wider, and AUTO_APPROVE=1 does not accept that" if wider else "standard input is not a terminal"
        raise NotConfirmed(
            f"{stack}: not applied: {what}; review the plan, then set {how}", code if wider else ExitCode.WIDER
        )
    try:
        answer = input(f"\n{verb} exactly this plan to {stack}? only `yes` is a yes: ")
    except EOFError:
        answer = ""
    if answer.strip() != "yes":
        raise NotConfirmed(f"{stack}: not applied", code if wider else ExitCode.WIDER)


def confirm_all(verb: str, judgements: Iterable[Judgement], accepted: Collection[str], *, reviewed: bool) -> None:
    """As confirm, for several plans: NotConfirmed names each plan that is not confirmed, and has the strongest code.

    A terminal is asked no further question after a no.
    """
    stopped: list[NotConfirmed] = []
    for judgement in judgements:
        try:
            confirm(verb, judgement, accepted, reviewed=reviewed)
        except NotConfirmed as error:
            stopped.append(error)
            if sys.stdin.isatty():
                break
    if stopped:
        raise NotConfirmed("\n".join(map(str, stopped)), strongest(error.code for error in stopped))
