"""What two environments of one project cannot both have of perimeters."""

from collections.abc import Iterator

from stacks.settings.derived import Settings


def between(mine: Settings, theirs: Settings) -> Iterator[str]:
    """A sentence for each thing that only one of them can have. Both have a perimeter, and the same project."""
    assert mine.perimeter is not None
    assert theirs.perimeter is not None
    project, joins = mine.google.project_id, [mine.perimeter.join, theirs.perimeter.join]
    if mine.perimeter.hand_over or theirs.perimeter.hand_over:
        names = [one.others_perimeter or _name(one) for one in (mine, theirs)]
        if all(names) and names[0] != names[1]:
            why = "and Google admits a project in one: name the one that it is in"
            yield f"project {project} is in {names[0]} for one of them, and in {names[1]} for the other, {why}"
    elif joins[0] and joins[0] == joins[1]:
        if mine.perimeter.member == theirs.perimeter.member == "add":
            how = 'set perimeter.member = "exists" in one of them'
            yield f"both add project {project} to {joins[0]}, and Google admits a member once: {how}"
    elif named := {_name(mine), _name(theirs)} & {join for join in joins if join}:
        why = "whose other environment makes it, and removes what it does not make at each apply"
        yield f"one joins {', '.join(named)}, {why}: admit its callers there by an on_premises entry, and set protected_by"
    else:
        both = "make an access policy for" if mine.google.organization_id and theirs.google.organization_id else ""
        text = f"both {both or 'put'} project {project}{'' if both else ' into a perimeter'}"
        how = "leave [perimeter] out of one of them, and set protected_by there"
        yield f"{text}, and Google admits one for each project: {how}"


def _name(settings: Settings) -> str:
    """The name of an environment's own perimeter in an access policy that is already there; empty for any other."""
    own = settings.google.access_policy
    return f"accessPolicies/{own}/servicePerimeters/{settings.policy_name('perimeter')}" if own else ""
