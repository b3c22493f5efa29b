"""FreePBX's `blacklist` in Asterisk's database, kept in step with what an admin blocks for the company."""

import shlex
import shutil
import subprocess
from collections.abc import Sequence

from ivr_service.errors import IvrServiceError
from ivr_service.policy.freepbx import BLACKLIST_FAMILY, BLACKLISTED, blacklist_key

_WAIT_S = 10


class AsteriskError(IvrServiceError):
    """Asterisk did not take a command."""


def put_command(number: str) -> tuple[str, ...]:
    """The program and arguments that put a number (E.164, with its plus) in FreePBX's blacklist."""
    return ("asterisk", "-rx", f"database put {BLACKLIST_FAMILY} {blacklist_key(number)} {BLACKLISTED}")


def delete_command(number: str) -> tuple[str, ...]:
    """The program and arguments that take a number out of it."""
    return ("asterisk", "-rx", f"database del {BLACKLIST_FAMILY} {blacklist_key(number)}")


def shown(command: Sequence[str]) -> str:
    """The command as it is typed in a shell."""
    return shlex.join(command)


def run_in_asterisk(commands: Sequence[Sequence[str]]) -> None:
    """Run the commands, without a shell. Raises AsteriskError with those that are still to be run."""
    for position, command in enumerate(commands):
        problem = _problem_of(command)
        if problem:
            rest = "\n".join(shown(left) for left in commands[position:])
            raise AsteriskError(
                f"The service has it, but Asterisk has not: {problem}. Run this yourself:\n{rest}"
            )


def _problem_of(command: Sequence[str]) -> str:
    program = shutil.which(command[0])
    if program is None:
        return f"there is no program {command[0]}"
    try:
        done = subprocess.run(  # noqa: S603 - a list of arguments, none of which begins with what a caller said
            [program, *command[1:]], capture_output=True, text=True, timeout=_WAIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{command[0]}: {error}"
    return f"{command[0]} says: {(done.stdout + done.stderr).strip()}" if done.returncode != 0 else ""
