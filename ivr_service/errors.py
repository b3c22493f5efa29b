"""The one tree of exceptions. A refusal to dial is a value, never an exception."""


class IvrServiceError(Exception):
    """Base of every error this project raises on purpose; its text is fit for an admin to read."""
