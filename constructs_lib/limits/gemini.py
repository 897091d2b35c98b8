"""What the client on the instance takes: its own table, so that no setting passes here and fails there."""

from constructs_lib.limits import vertex as places
from constructs_lib.limits.listed import nearest
from constructs_lib.limits.rule import END, Check, Limit, matches

__all__ = ["gemini_location", "gemini_model"]

_ENDPOINT = matches(r"(endpoints|tunedModels)/.*")

gemini_model = Limit(
    "gemini_model",
    "the id of a model, PUBLISHER/ID, 'publishers/PUBLISHER/models/ID', or a tuned model's endpoint, "
    "'projects/PROJECT/locations/LOCATION/endpoints/ID'",
    "Vertex AI API, publishers.models: name; endpoints: name; google-genai's reading of both",
    Check(places.is_model, {"pattern": rf"^(?:{places.MODEL.pattern}){END}"}),
    hint=lambda value: "a tuned model has its endpoint's whole name" if _ENDPOINT(value) else "",
)
gemini_location = Limit(
    "gemini_location",
    "'global', a multi-region, 'us' or 'eu', or a region such as 'europe-west4'",
    "Vertex AI API, projects.locations",
    Check(
        lambda value: places.is_location(value, {value}),
        {
            "pattern": rf"^({'|'.join(place for place in places.LOCATIONS if place not in places.REGIONS)}|{places.FORM.pattern}){END}"
        },
    ),
    hint=lambda value: nearest(value, places.LOCATIONS),
)
