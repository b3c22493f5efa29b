"""Messages for Comedian Mail, put straight into its spool, and the keys that lead through its menus."""

import itertools
from pathlib import Path

import numpy as np

from tests.asterisk.kit.sound import tone, write_wav

# First message, advanced options, call the sender back, yes: keys that can be typed ahead.
CALL_BACK = "1321"


def dial_out(number: str) -> str:
    """Give the keys that dial a number: advanced options, place a call, the number."""
    return f"34{number}"


def leave_message(spool: Path, mailbox: str, caller_id: str, context: str = "default") -> Path:
    """Put one new message into the mailbox, as if `caller_id` ('"Name" <number>' or any text) had left it."""
    inbox = spool / "voicemail" / context / mailbox / "INBOX"
    inbox.mkdir(parents=True, exist_ok=True)
    number = next(n for n in itertools.count() if not (inbox / f"msg{n:04}.txt").exists())
    write_wav(inbox / f"msg{number:04}.wav", np.concatenate([tone(440, 0.3), tone(0, 3.0)]))
    text = inbox / f"msg{number:04}.txt"
    text.write_text(_information(mailbox, caller_id, context), "utf-8")
    return text


def _information(mailbox: str, caller_id: str, context: str) -> str:
    fields = {
        "origmailbox": mailbox,
        "context": context,
        "macrocontext": "",
        "exten": mailbox,
        "rdnis": "unknown",
        "priority": "1",
        "callerchan": "PJSIP/outside-00000000",
        "callerid": caller_id,
        "origdate": "Mon Jan  5 12:00:00 PM UTC 2026",
        "origtime": "1767614400",
        "category": "",
        "msg_id": f"1767614400-{mailbox}",
        "flag": "",
        "duration": "3",
    }
    lines = "".join(f"{name}={value}\n" for name, value in fields.items())
    return f";\n; Message Information file\n;\n[message]\n{lines}"
