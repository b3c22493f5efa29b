"""Why the service cannot answer a request of the front end."""

from ivr_service.errors import IvrServiceError


class UnknownCallError(IvrServiceError):
    """There is no call with this id."""


class WrongTurnError(IvrServiceError):
    """The turn is not the next one, or its event does not fit the call."""
