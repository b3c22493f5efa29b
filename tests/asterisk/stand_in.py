#!/usr/bin/python3 -IS
"""A front end for tests of the dialplan alone: notes what arrives, then behaves as a file tells it to."""

import json
import os
import signal
import sys
import time
from pathlib import Path

VARIABLES = (
    "IVR_MAILBOX",
    "IVR_CONTEXT",
    "IVR_ORIGIN",
    "IVR_CALL_ID",
    "IVR_GRANT",
    "IVR_REPORTED",
    "IVR_RESULT",
    "DIALSTATUS",
)


def read_environment() -> dict[str, str]:
    pairs = (line.rstrip("\n").partition(": ") for line in iter(sys.stdin.readline, "\n") if line)
    return {name: value for name, _, value in pairs}


def command(line: str) -> str:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    return sys.stdin.readline().rstrip("\n")


def variable(name: str) -> str:
    _, opened, rest = command(f"GET VARIABLE {name}").partition("(")
    return rest.rpartition(")")[0] if opened else ""


def note() -> str:
    environment = read_environment()
    arrived = {name: variable(name) for name in VARIABLES}
    arrived["kind"] = environment["agi_arg_1"]
    arrived["extension"] = environment["agi_extension"]
    with Path("notes").open("a", encoding="utf-8") as notes:
        notes.write(json.dumps(arrived) + "\n")
    return arrived["kind"]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def behave() -> None:
    match Path("behaviour").read_text("utf-8"):
        case "back to the mailbox":
            command("SET VARIABLE IVR_RESULT mailbox")
        case "crash":
            command("SET VARIABLE IVR_CALL_ID 0123456789abcdef0123456789abcdef")
            die()
        case "crash after reporting":
            command("SET VARIABLE IVR_CALL_ID 0123456789abcdef0123456789abcdef")
            command("SET VARIABLE IVR_REPORTED yes")
            die()
        case "crash after a dial":
            command("SET VARIABLE IVR_CALL_ID 0123456789abcdef0123456789abcdef")
            command("SET VARIABLE IVR_GRANT feed")
            command("EXEC Dial PJSIP/201@trunk,30,g")
            die()
        case "sleep":
            command("SET VARIABLE IVR_CALL_ID 0123456789abcdef0123456789abcdef")
            time.sleep(1)
        case _:
            command("SET VARIABLE IVR_RESULT hang_up")


if note() != "hangup":
    behave()
