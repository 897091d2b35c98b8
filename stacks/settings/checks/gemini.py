"""A model that is named with its project and location."""

from collections.abc import Iterator

from stacks.settings.derived import Settings
from stacks.settings.problems import Problem


def tuned_model(settings: Settings) -> Iterator[Problem]:
    """Grants, perimeter and the host that is called are of one project and one location: the model has to be there."""
    google, path = settings.google, ("gemini", "model")
    parts = settings.gemini.model.split("/")
    if parts[0] != "projects":
        return
    if parts[1] not in (google.project_id, google.project_number):
        yield Problem(
            path, f"got a model of project {parts[1]}; allowed: one of {google.project_id}, where it is granted"
        )
    if parts[3] != settings.gemini.location:
        yield Problem(path, f'got a model at {parts[3]}; allowed: one at gemini.location, "{settings.gemini.location}"')
