"""The locations and models that the client takes, in one table: the kit checks its settings against it too."""

import re
from collections.abc import Collection

# Vertex AI API, discovery document, revision 20261106: endpoints. Read on 2026-11-27. A test compares.
_REGIONS = """
africa-south1 asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3 asia-south1 asia-south2
asia-southeast1 asia-southeast2 asia-southeast3 australia-southeast1 australia-southeast2 europe-central2 europe-north1
europe-north2 europe-southwest1 europe-west1 europe-west2 europe-west3 europe-west4 europe-west6 europe-west8
europe-west9 europe-west10 europe-west12 europe-west15 me-central1 me-central2 me-west1 northamerica-northeast1
northamerica-northeast2 southamerica-east1 southamerica-west1 us-central1 us-central2 us-east1 us-east4 us-east5
us-east7 us-south1 us-west1 us-west2 us-west3 us-west4 us-west8
"""
REGIONS = tuple(_REGIONS.split())
MULTI_REGIONS = ("us", "eu")
LOCATIONS = ("global", *MULTI_REGIONS, *REGIONS)
FORM = re.compile(r"[a-z]+-[a-z]+[0-9]+")

# google-genai completes a bare id and PUBLISHER/ID, and takes whole names as they are; it refuses `..`.
_ID = r"[A-Za-z0-9][A-Za-z0-9_.@-]*"
MODEL = re.compile(
    rf"(?!.*\.\.)({_ID}|(?!(projects|publishers|models|endpoints|tunedModels)/){_ID}/{_ID}|publishers/{_ID}/models/{_ID}"
    rf"|projects/[a-z0-9.:-]+/locations/[a-z0-9-]+/(publishers/{_ID}/models/{_ID}|endpoints/{_ID}))",
    re.ASCII,
)


def is_location(value: str, unlisted: Collection[str] = ()) -> bool:
    """True for a location of the table, and for a region's name among `unlisted`, which the table does not have yet."""
    return value in LOCATIONS or (value in unlisted and FORM.fullmatch(value) is not None)


def is_model(value: str) -> bool:
    """True for the id of a model, and for the whole name of a publisher's or a tuned one.

    Tuned models are named by their endpoint, `projects/PROJECT/locations/LOCATION/endpoints/ID`.
    """
    return MODEL.fullmatch(value) is not None


def gemini_host(location: str) -> str:
    """The host that google-genai calls for a location."""
    if location == "global":
        return "aiplatform.googleapis.com"
    if location in MULTI_REGIONS:
        return f"aiplatform.{location}.rep.googleapis.com"
    return f"{location}-aiplatform.googleapis.com"
