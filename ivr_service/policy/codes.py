"""Feature codes chained in front of a number: "1*2125551234" is the code "1*" and the number."""

import re
from dataclasses import dataclass

from ivr_service.dialogue.values import KnownCode, OptionCode, Refusal, RefusalReason
from ivr_service.policy.asker import Asker
from ivr_service.policy.rules import RuleStep, Verdict

_RULE = "feature code in front of the number"
_VERTICAL_SERVICE_CODE = re.compile(r"\*[0-9]{0,2}")
_LONGEST_CODE = 3

MENU_KEY = "0"
NO_NUMBER = ("", MENU_KEY)
"""What is keyed in place of a number. Comedian Mail takes a star at the end for a change of mind, so the menu
key can stand behind a code that needs no number."""


@dataclass(frozen=True)
class Codes:
    """What stood in front: the caller ID that was picked, what was switched on, and what is left."""

    caller_id: str | None
    rest: str
    trace: tuple[RuleStep, ...]
    refusal: Refusal | None = None
    options: tuple[OptionCode, ...] = ()
    is_redial: bool = False


def known_codes(asker: Asker) -> tuple[KnownCode, ...]:
    """Every code this mailbox may key, in the order of the keys; the redial code comes last."""
    settings = asker.settings
    found = []
    for keys, caller_id in settings.caller_ids.codes.items():
        shown = asker.caller_id(caller_id)
        if shown is not None:
            found.append(KnownCode(keys, caller_id_name=shown.name))
    for keys, option in settings.options.codes.items():
        if asker.may_use(option):
            found.append(KnownCode(keys, option=option))
    redial = settings.options.redial_code
    last = (KnownCode(redial),) if redial else ()
    return (*sorted(found, key=lambda code: code.keys), *last)


def split_codes(keys: str) -> tuple[tuple[str, ...], str]:
    """The codes of an entry, each with its star, and what follows the last one."""
    *codes, rest = keys.split("*")
    return tuple(f"{code}*" for code in codes), rest


def read_codes(keys: str, asker: Asker) -> Codes:
    """Take the codes off an entry. An unknown, repeated or forbidden one refuses the whole entry."""
    codes, rest = split_codes(keys)
    if codes and codes[0] == "*":
        return _refused(_unknown(_leading_star(keys)))
    caller_id: str | None = None
    options: tuple[OptionCode, ...] = ()
    trace: tuple[RuleStep, ...] = ()
    redial = asker.settings.options.redial_code
    is_redial = bool(codes) and codes[-1] == redial and rest in NO_NUMBER
    for code in codes[:-1] if is_redial else codes:
        option = asker.settings.options.codes.get(code)
        if option is not None:
            refusal = _option_refused(code, option, options, asker)
            if refusal is not None:
                return _refused(refusal, trace)
            options = (*options, option)
            step = RuleStep(_RULE, Verdict.PASSED, ("options", "codes", code), f"{code} switches on {option}")
            trace = (*trace, step)
            continue
        picked = _caller_id_of(code, caller_id, asker)
        if isinstance(picked, Refusal):
            return _refused(picked, trace, asker)
        caller_id = picked
        path = ("caller_ids", "codes", code)
        trace = (*trace, RuleStep(_RULE, Verdict.PASSED, path, f"{code} presents {picked}"))
    if is_redial:
        step = RuleStep(_RULE, Verdict.PASSED, ("options", "redial_code"), f"{redial} calls the last number")
        trace = (*trace, step)
    return Codes(caller_id, rest, trace, options=options, is_redial=is_redial)


def _option_refused(
    code: str, option: OptionCode, already: tuple[OptionCode, ...], asker: Asker
) -> Refusal | None:
    if option in already:
        return Refusal(RefusalReason.REPEATED_CODE, keys=code)
    if not asker.may_use(option):
        return Refusal(RefusalReason.OPTION_NOT_ALLOWED, keys=code)
    return None


def _caller_id_of(code: str, already: str | None, asker: Asker) -> str | Refusal:
    picked = asker.settings.caller_ids.codes.get(code)
    if picked is None:
        return _unknown(code)
    if already is not None:
        return Refusal(RefusalReason.REPEATED_CODE, keys=code)
    if asker.caller_id(picked) is None:
        return Refusal(RefusalReason.CALLER_ID, keys=code)
    return picked


def _unknown(code: str) -> Refusal:
    if len(code) > _LONGEST_CODE:
        return Refusal(RefusalReason.INVALID)
    return Refusal(RefusalReason.UNKNOWN_CODE, keys=code)


def _leading_star(keys: str) -> str:
    """The code that somebody meant who began with a star, as in *67; it is never passed on or left out."""
    found = _VERTICAL_SERVICE_CODE.match(keys)
    return "*" if found is None else found.group()


def _refused(refusal: Refusal, trace: tuple[RuleStep, ...] = (), asker: Asker | None = None) -> Codes:
    path: tuple[str | int, ...] = ("caller_ids", "codes")
    if asker is not None and refusal.keys in asker.settings.caller_ids.codes:
        path = (*path, refusal.keys)
    step = RuleStep(_RULE, Verdict.REFUSED, path, f"{refusal.keys or 'stars in it'}: {refusal.reason}")
    return Codes(None, "", (*trace, step), refusal)
