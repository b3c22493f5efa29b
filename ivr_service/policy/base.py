"""What every part of the admin's settings is made of."""

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """A part of the settings: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
