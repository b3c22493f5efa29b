"""What must outlive a worker: call sessions, the audit trail of dials, PIN failures, users' speed dials."""

from ivr_service.store.calls import NewCall, StoredCall
from ivr_service.store.database import Database, Unit
from ivr_service.store.dials import DialAttempt, StoredDial
from ivr_service.store.errors import StoreUnavailableError
from ivr_service.store.speed_dials import StoredSpeedDial

__all__ = [
    "Database",
    "DialAttempt",
    "NewCall",
    "StoreUnavailableError",
    "StoredCall",
    "StoredDial",
    "StoredSpeedDial",
    "Unit",
]
