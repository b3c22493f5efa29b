"""Whether a call is recorded, and whether its sides must be told. Pure, but for a table beside it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, assert_never

from ivr_service.dialogue.values import CallOptions, RecordingRule
from ivr_service.policy.asker import Asker
from ivr_service.policy.options import Notice, Recording

_TABLE = "recording-consent.toml"


@dataclass(frozen=True)
class RecordingPermit:
    """A call is recorded, as the site's settings say. With `has_notice` both sides are told."""

    settings: Recording
    has_notice: bool


def permitted_recording(
    asker: Asker, options: CallOptions, number: str, caller_id: str
) -> RecordingPermit | None:
    """What the rules make of the caller's wish; None when the call is not recorded. Numbers are E.164."""
    settings = asker.settings.options.recording
    if settings is None or not _is_recorded(asker.recording, options):
        return None
    return RecordingPermit(settings, _has_notice(settings.notice, number, caller_id))


def _is_recorded(rule: RecordingRule, options: CallOptions) -> bool:
    match rule:
        case RecordingRule.FORCE:
            return True
        case RecordingRule.ALLOW:
            return options.record
        case RecordingRule.NEVER:
            return False
        case _:
            assert_never(rule)


def _has_notice(notice: Notice, number: str, caller_id: str) -> bool:
    match notice:
        case Notice.ALWAYS:
            return True
        case Notice.WHERE_REQUIRED:
            return not (one_side_is_enough(number) and one_side_is_enough(caller_id))
        case _:
            assert_never(notice)


def one_side_is_enough(number: str) -> bool:
    """Whether the area code of a number (E.164) is of a state in which one side may record without the other.

    The area code says where the number was given out; False for any that is not known to be such a state's.
    """
    state = _states().get(number[2:5]) if number.startswith("+1") else None
    return state is not None and state not in _consent_table()["all_parties"]


@cache
def _states() -> Mapping[str, str]:
    """The state of each area code that lies in one."""
    return {code: state for state, codes in _consent_table()["area_codes"].items() for code in codes}


@cache
def _consent_table() -> dict[str, Any]:
    return tomllib.loads(files("ivr_service.policy").joinpath(_TABLE).read_text("utf-8"))
