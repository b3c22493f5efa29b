"""What can go wrong with the store."""

from ivr_service.errors import IvrServiceError


class StoreUnavailableError(IvrServiceError):
    """The database cannot answer: locked too long, full, damaged, or gone. So the answer is no."""
