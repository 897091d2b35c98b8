"""What every table of an environment's TOML file is."""

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """A TOML table: strict types, no unknown keys, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
