"""The settings of models.toml: the models that understand what callers say.

Each setting's docstring is what the admin reads about it in docs/configuration.md.
"""

from enum import StrEnum
from typing import Annotated

from ivr_service.policy import forms
from ivr_service.policy.base import Settings

EMBEDDED_MODEL = "en-us-telephone"
"""The name of the model that comes with the project."""


class ModelKind(StrEnum):
    """Where a model's graph comes from: made here from its lexicon, or in the model, as Vosk has it."""

    LEXICON = "lexicon"
    VOSK = "vosk"


class Download(Settings):
    """Where `ivr-service models fetch` gets the model. Nothing else ever downloads it."""

    url: Annotated[str, forms.HTTPS_URL]
    """The address of its archive, a .zip or .tar.gz file."""
    sha256: Annotated[str, forms.SHA256]
    """The archive's SHA-256."""
    most_mb: Annotated[int, forms.whole_number(1, 32768)] = 4096
    """Megabytes that the archive may have, and again what is in it when it is unpacked."""


class Model(Settings):
    """A model for the callers of one language."""

    name: Annotated[str, forms.IDENTIFIER]
    """What the commands call it. "en-us-telephone" is the one that comes with the project."""
    language: Annotated[str, forms.LANGUAGE]
    """The language of the mailboxes whose callers it hears."""
    kind: Annotated[ModelKind, forms.one_of(*ModelKind)] = ModelKind.VOSK
    """"vosk" for a model as Vosk's makers publish them, "lexicon" for one made by models/recipe."""
    path: Annotated[str, forms.FOLDER] | None = None
    """Its folder; one that does not begin with / is below models/ in the state folder. Left out, it has the
    model's name."""
    files: dict[Annotated[str, forms.FILE_OF_A_MODEL], Annotated[str, forms.SHA256]] = {}
    """The SHA-256 of files of the model. One that differs, or is not there, keeps it from being loaded."""
    download: Download | None = None
    """Left out, it cannot be fetched, only put there."""


class ModelsFile(Settings):
    """models.toml: the models that understand callers. The file may be missing."""

    models: tuple[Model, ...] = (Model(name=EMBEDDED_MODEL, language="en", kind=ModelKind.LEXICON),)
    """One [[models]] table for each language. Only "en" has words that callers can say so far; without a
    table it is heard by the model that comes with the project."""

    def for_language(self, language: str) -> Model:
        """The model that hears this language."""
        for model in self.models:
            if model.language == language:
                return model
        return ModelsFile().models[0]
