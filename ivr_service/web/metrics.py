"""Figures for Prometheus, added up over all workers."""

import os
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from ivr_service.dialogue.values import CallKind, DialStatus, RecordingState, RefusalReason

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

_NOT_RECORDED = {RecordingState.DISK_FULL, RecordingState.LOST}

_log = structlog.get_logger()


def prepare_shared_figures(directory: Path) -> None:
    """Start from nought. To be run once, before there are workers."""
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("*.db"):
        old.unlink()


def share_figures(directory: Path) -> None:
    """From now on this process keeps its figures where the other workers can read them.

    To be run in each worker, before it makes its `Metrics`. prometheus_client decides how to keep figures
    when it is imported, which may have been before the fork; so that decision is made again.
    """
    os.environ[_DIRECTORY] = str(directory)
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]


def forget_process(directory: Path, pid: int) -> None:
    """A worker has ended. What it counted stays counted."""
    mark_process_dead(pid, str(directory))  # type: ignore[no-untyped-call]


class Metrics:
    """Counts and logs what happens in calls. It is the service's `CallObserver`."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._calls = Counter("ivr_calls", "Calls that arrived", ["kind"], registry=self._registry)
        self._turns = Counter("ivr_turns", "Turns answered", ["event"], registry=self._registry)
        self._grants = Counter("ivr_dial_grants", "Dials granted", registry=self._registry)
        self._refusals = Counter("ivr_refusals", "What was refused", ["reason"], registry=self._registry)
        self._pin_failures = Counter(
            "ivr_pin_failures", "PINs that were wrong or came too soon", registry=self._registry
        )
        self._outcomes = Counter("ivr_dial_outcomes", "How dials ended", ["status"], registry=self._registry)
        self._inbound_refused = Counter(
            "ivr_inbound_refused", "Calls from blocked numbers", registry=self._registry
        )
        self._recordings = Counter(
            "ivr_recordings", "What recordings came to", ["state"], registry=self._registry
        )
        self._latency = Histogram(
            "ivr_turn_seconds", "Time to answer a turn", registry=self._registry, buckets=_BUCKETS_S
        )

    def call_started(self, kind: CallKind) -> None:
        """A call has arrived."""
        self._calls.labels(kind.value).inc()
        _log.info("call started", kind=kind.value)

    def turn_taken(self, event_type: str) -> None:
        """A turn was posted and answered."""
        self._turns.labels(event_type).inc()
        _log.debug("turn taken", event_type=event_type)

    def dial_granted(self) -> None:
        """A dial was granted."""
        self._grants.inc()
        _log.info("dial granted")

    def dial_refused(self, reason: RefusalReason) -> None:
        """An entry or a dial was refused."""
        self._refusals.labels(reason.value).inc()
        _log.info("refused", reason=reason.value)

    def pin_refused(self) -> None:
        """A PIN was wrong, or could not be tried."""
        self._pin_failures.inc()
        _log.warning("PIN refused")

    def dial_ended(self, status: DialStatus) -> None:
        """The outcome of a granted dial became known."""
        self._outcomes.labels(status.value).inc()
        _log.info("dial ended", status=status.value)

    def inbound_refused(self) -> None:
        """Somebody who is blocked called in."""
        self._inbound_refused.inc()
        _log.info("inbound call refused")

    def recording_ended(self, state: RecordingState) -> None:
        """It became known what a recording came to. One that should be there and is not is an error."""
        self._recordings.labels(state.value).inc()
        if state in _NOT_RECORDED:
            _log.error("a call was not recorded", state=state.value)
        else:
            _log.info("recording ended", state=state.value)

    def turn_answered_in(self, seconds: float) -> None:
        """A turn took this long from the request's arrival to its answer."""
        self._latency.observe(seconds)

    def expose(self) -> bytes:
        """All figures, of all workers when they are shared, in Prometheus's text format."""
        directory = os.environ.get(_DIRECTORY)
        if directory is None:
            return generate_latest(self._registry)
        everybody = CollectorRegistry()
        MultiProcessCollector(everybody, path=directory)  # type: ignore[no-untyped-call]
        return generate_latest(everybody)
