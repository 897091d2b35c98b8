"""Whether a perimeter that others own takes what a stack attaches, and has it afterwards. Sentences out; pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from access.attached import GEMINI
from deploy.attachments import Attachment, configuration, of_perimeter
from deploy.described import Described

BRIDGE = "PERIMETER_TYPE_BRIDGE"
ON_THE_WAY = ("sts.googleapis.com", "iamcredentials.googleapis.com")
SIDES = {"status": "the enforced configuration", "spec": "the dry run"}


def problems(name: str, wanted: list[Attachment], applied: list[Attachment], found: Described) -> Iterator[str]:
    """Why an apply would fail half way, or protect nothing. `applied` is what the state has."""
    body = found.perimeters.get(name)
    if body is None:
        others = ", ".join(sorted(found.perimeters)) or "none"
        yield f"perimeter.join: {name} does not exist, or is not visible to these credentials; there are: {others}"
        return
    if body.get("perimeterType") == BRIDGE:
        yield f"perimeter.join: {name} is a bridge, which has no rules; allowed: a regular perimeter"
        return
    for side in dict.fromkeys(one.side for one in wanted):
        yield from _of_side(body, side, [one for one in wanted if one.side == side], applied, found.perimeters)
    # Terraform would forget an edited rule, and leave it in the perimeter with everybody whom it admits.
    staying = {one.place for one in wanted}
    yield from edited(name, [one for one in applied if one.perimeter == name and one.place not in staying], found)


def own_problems(name: str, wanted: list[Attachment], applied: list[Attachment], found: Described) -> Iterator[str]:
    """The same of a shared perimeter that the stack makes itself, and that may not be there yet."""
    body = found.perimeters.get(name, {"name": name})
    for side in dict.fromkeys(one.side for one in wanted):
        mine = [one for one in wanted if one.side == side]
        yield from _conflicts(body, side, mine, applied, found.perimeters, own=True)
    staying = {one.place for one in wanted}
    yield from edited(name, [one for one in applied if one.perimeter == name and one.place not in staying], found)


def notes(name: str, wanted: list[Attachment], found: Described) -> Iterator[str]:
    """What may deny a call on its path to Gemini."""
    named = " ".join(one.content for one in wanted)
    for side in dict.fromkeys(one.side for one in wanted):
        restricted = configuration(found.perimeters.get(name, {}), side).get("restrictedServices", [])
        for service in sorted({*ON_THE_WAY} & {*restricted}):
            if service not in named:
                how = "if the workloads call it in this project, add it to perimeter.restricted_services"
                yield f"{name} restricts {service} in {SIDES[side]}, and no rule here admits it: {how}"


def broken(name: str, wanted: list[Attachment], found: Described) -> Iterator[str]:
    """What is not as it was applied: missing, edited, there twice, or without effect. Each with what to do."""
    body = found.perimeters.get(name, {})
    for side in dict.fromkeys(one.side for one in wanted):
        yield from _unprotected(name, side, configuration(body, side), [one for one in wanted if one.side == side])
        live = list(of_perimeter(body, side))
        for one in (one for one in wanted if one.side == side):
            same = [each for each in live if (each.field, each.key) == (one.field, one.key)]
            if not same:
                yield f"{one.address}: {said(one)} is missing in {where(one)}: deploy again, and it is added"
            elif one.content not in [each.content for each in same]:
                yield _edited(one)
            if one.content and (twice := [each.key for each in live if each.content == one.content])[1:]:
                more = ", ".join(repr(title) for title in twice if title != one.key) or repr(one.key)
                yield f"{one.address}: {where(one)} has the same rule as {more} too: delete that one by hand, {_by_hand(one)}"


def edited(name: str, applied: list[Attachment], found: Described) -> Iterator[str]:
    """The rules of a state that somebody changed."""
    body = found.perimeters.get(name, {})
    live = {one.place: one.content for side in SIDES for one in of_perimeter(body, side)}
    yield from (_edited(one) for one in applied if live.get(one.place, one.content) != one.content)


def _of_side(
    body: dict[str, Any],
    side: str,
    wanted: list[Attachment],
    applied: list[Attachment],
    perimeters: Mapping[str, dict[str, Any]],
) -> Iterator[str]:
    name, config = str(body["name"]), configuration(body, side)
    if side == "spec" and not body.get("useExplicitDryRunSpec"):
        yield (
            f"perimeter.join: {name} has no dry run configuration (useExplicitDryRunSpec), and a join is tested first: its owner"
            " creates one, see docs/how-to/which-perimeter.md"
        )
        return
    yield from _unprotected(name, side, config, wanted)
    yield from _conflicts(body, side, wanted, applied, perimeters)
    if not any(one.field == "resources" for one in wanted):
        projects = {project for one in wanted for project in one.projects}
        added = {one.key for one in applied if (one.perimeter, one.side, one.field) == (name, side, "resources")}
        for project in sorted(projects & added):
            how = "to leave it inside, let Terraform forget its membership first"
            yield f'perimeter.member: got "exists", and this environment added {project} to {SIDES[side]} of {name}, and would take it out: {how}'


def _conflicts(
    body: dict[str, Any],
    side: str,
    wanted: list[Attachment],
    applied: list[Attachment],
    perimeters: Mapping[str, dict[str, Any]],
    *,
    own: bool = False,
) -> Iterator[str]:
    """Members and rules that are there already, or were edited."""
    live, ours = list(of_perimeter(body, side)), {one.place for one in applied}
    there = {(one.field, one.key): one for one in live}
    for one in wanted:
        same = there.get((one.field, one.key))
        if one.field == "resources":
            if same is not None and one.place not in ours:
                yield _by_others(one, own)
            yield from in_another(one, ours, perimeters, "perimeter" if own else "perimeter.join")
        elif same and same.content != one.content:
            yield _edited(one)
        elif same and one.place not in ours:
            how = "give this environment another prefix, or delete that rule by hand if an apply made it whose answer was lost"
            yield f"{one.address}: {where(one)} has {said(one)} already, and it is not in this state: {how}, {_by_hand(one)}"


def _unprotected(name: str, side: str, config: dict[str, Any], wanted: list[Attachment]) -> Iterator[str]:
    """Why the rules are about nothing: Gemini is not restricted, or a project that is not to be added is not inside."""
    if GEMINI not in config.get("restrictedServices", []):
        yield f"perimeter.join: {name} does not restrict {GEMINI} in {SIDES[side]}: a join would protect nothing"
    if not any(one.field == "resources" for one in wanted):
        projects = {project for one in wanted for project in one.projects}
        for project in sorted(projects - {*config.get("resources", [])}):
            how = 'allowed: "add"; if it is in the other configuration alone, ask its owner to add it here'
            yield f'perimeter.member: got "exists", and {project} is not in {SIDES[side]} of {name}; {how}'


def _by_others(one: Attachment, own: bool) -> str:
    if own:
        how = "let Terraform import it, as `./keyperim adopt` prints"
        return f"{one.address}: {one.key} is in {where(one)} already, and not in this state: {how}"
    how = 'set perimeter.member = "exists", or import it if an apply made it whose answer was lost'
    return f'perimeter.member: got "add", and {one.key} is in {where(one)} already: {how}'


def in_another(
    one: Attachment, ours: set[tuple[str, str, str, str]], perimeters: Mapping[str, dict[str, Any]], setting: str
) -> Iterator[str]:
    """Why a project cannot be added: it is in another perimeter. `ours` are the places of what the state attached."""
    side = one.side
    for name, body in perimeters.items():
        # Without an explicit spec, a perimeter's dry run is what it enforces.
        read = side if body.get("useExplicitDryRunSpec") else "status"
        inside = one.key in configuration(body, read).get("resources", [])
        if name != one.perimeter and inside and body.get("perimeterType") != BRIDGE:
            why = f"is in {SIDES[side]} of {name}, and Google admits a project in one regular perimeter"
            how = "join that one, or ask its owner to let the project go"
            if (name, *one.place[1:]) in ours:
                how = f"this environment added it: name {name} again, deploy with dry_run = true, then without [perimeter], then join the other one"
            yield f"{setting}: {one.key} {why}: {how}"


def _edited(one: Attachment) -> str:
    why = "was edited outside of Terraform, and the google provider can neither change, delete nor import it"
    return f"{one.address}: {said(one)} in {where(one)} {why}: delete it by hand, {_by_hand(one)}, then run this again"


def said(one: Attachment) -> str:
    """A member or a rule in words."""
    return f"the project {one.key}" if one.field == "resources" else f"the rule {one.key!r}"


def where(one: Attachment) -> str:
    """The side that it is attached to."""
    return f"{SIDES[one.side]} of {one.perimeter}"


def _by_hand(one: Attachment) -> str:
    given = "where FILE has all other rules, and ETAG is the perimeter's"
    return f"with `{update(one, f'--set-{one.field}-policies=FILE --etag=ETAG')}`, {given}"


def update(one: Attachment, arguments: str) -> str:
    """The gcloud command that changes the side of the perimeter that something is attached to."""
    policy, _, short = one.perimeter.partition("/servicePerimeters/")
    dry_run = " dry-run" if one.side == "spec" else ""
    number = policy.rpartition("/")[2]
    return f"gcloud access-context-manager perimeters{dry_run} update {short} --policy={number} {arguments}"
