"""What two environments of one project cannot both have of perimeters."""

from collections.abc import Iterator

from stacks.settings.derived import Settings


def between(mine: Settings, theirs: Settings) -> Iterator[str]:
    """A sentence for each thing that only one of them can have. Both have a perimeter, and the same project."""
    assert mine.perimeter is not None
    assert theirs.perimeter is not None
    both, project = (mine, theirs), mine.google.project_id
    if not all(one.is_inside for one in both):
        return  # the owner of a perimeter that others join
    same, joined = _name(mine) == _name(theirs) != "", mine.perimeter.join or theirs.perimeter.join
    meant = (mine.perimeter.join and theirs.perimeter.join) or mine.perimeter.shared or theirs.perimeter.shared
    if mine.perimeter.hand_over or theirs.perimeter.hand_over:
        names = [one.others_perimeter or _name(one) for one in both]
        if all(names) and names[0] != names[1]:
            why = "and Google admits a project in one: name the one that it is in"
            yield f"project {project} is in {names[0]} for one of them, and in {names[1]} for the other, {why}"
    elif same and joined and meant:
        if all(one.perimeter and one.perimeter.member == "add" for one in both):
            how = 'set perimeter.member = "exists" in one of them that joins'
            yield f"both add project {project} to {joined}, and Google admits a member once: {how}"
    elif same and joined:
        why = "whose other environment makes it, and removes what it does not make at each apply"
        how = "set shared = true there, or admit its callers there by an on_premises entry, and set protected_by"
        yield f"one joins {joined}, {why}: {how}"
    else:
        made = "make an access policy for" if mine.google.organization_id and theirs.google.organization_id else ""
        text = f"both {made or 'put'} project {project}{'' if made else ' into a perimeter'}"
        how = "leave [perimeter] out of one of them, and set protected_by there"
        yield f"{text}, and Google admits one for each project: {how}"


def _name(settings: Settings) -> str:
    """The name of an environment's perimeter in an access policy that is already there; empty for any other."""
    if settings.perimeter and settings.perimeter.join:
        return settings.perimeter.join
    own = settings.google.access_policy
    return f"accessPolicies/{own}/servicePerimeters/{settings.perimeter_name}" if own else ""
