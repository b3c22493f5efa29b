"""`ivr-service phone`: a call in the terminal."""

import secrets
from dataclasses import dataclass
from pathlib import Path

import click

from ivr_service.admin.options import plain_errors, state_option
from ivr_service.dialogue.values import CallKind, CallResult, Origin, RefusalReason
from ivr_service.phone.call import CallEnd, Person, PersonGoneError, PhoneCall
from ivr_service.phone.http_line import open_line
from ivr_service.phone.keying import KeyStream
from ivr_service.phone.spoken import Recording
from ivr_service.phone.terminal import OTHER_SIDE, Screen, TypingPerson, UnattendedPerson
from ivr_service.phone.transcript import TranscriptError, load_transcripts, run_transcript
from ivr_service.service.messages import StartCall

EXPECTATIONS = ("dialled", "not-dialled", *(how.value for how in (*CallResult, *RefusalReason)))
"""What --expect takes: whether a call went out, what the dialplan does next, or a reason for a refusal."""


@dataclass(frozen=True)
class _Options:
    keys: str | None
    say: tuple[Path, ...]
    answer: str
    expect: str | None
    sounds: Path | None
    recordings: Path


@click.command("phone")
@click.argument("kind", type=click.Choice([CallKind.CALLBACK.value, CallKind.DIAL_OUT.value]), required=False)
@click.argument("number", required=False)
@click.option("--mailbox", default="103", show_default=True, help="The mailbox that was opened.")
@click.option("--context", default="default", show_default=True, help="Its voicemail context.")
@click.option("--from-outside", is_flag=True, help="Call from a phone outside the building.")
@click.option("--keys", help="Run unattended: press these keys; a comma is silence, the end hangs up.")
@click.option(
    "--say",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="With --keys, say this wav (8000 Hz, 16 bits, mono) where a number is asked; may be given again.",
)
@click.option(
    "--answer",
    type=click.Choice(list(OTHER_SIDE.values())),
    default="ANSWER",
    show_default=True,
    help="With --keys, how every call that goes out ends.",
)
@click.option(
    "--expect",
    type=click.Choice(EXPECTATIONS),
    metavar="HOW",
    help="Exit with 1 unless it ends so: dialled, not-dialled, mailbox, hang_up, or a refusal like premium.",
)
@click.option("--sound/--no-sound", default=False, help="Play what is heard, if this machine can.")
@click.option(
    "--transcript",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Run the calls of a transcript file instead.",
)
@state_option
@plain_errors
def phone(  # noqa: PLR0913 - one parameter for each option of the command
    *,
    kind: str | None,
    number: str | None,
    mailbox: str,
    context: str,
    from_outside: bool,
    keys: str | None,
    say: tuple[Path, ...],
    answer: str,
    expect: str | None,
    sound: bool,
    transcript: Path | None,
    state: Path,
) -> None:
    """Make a call in the terminal, without a PBX: KIND is callback or dial_out.

    NUMBER is what the mailbox hands over: the number of the message, or what was keyed.
    """
    if transcript is not None:
        _run_transcripts(transcript, state)
        return
    if kind is None or number is None:
        raise click.UsageError('Say what to do, like "ivr-service phone callback 2125551234".')
    request = StartCall(
        call_id=secrets.token_hex(16),
        kind=CallKind(kind),
        extension=number,
        mailbox=mailbox,
        context=context,
        origin=Origin.OUTSIDE if from_outside else Origin.INSIDE,
    )
    recordings = state / "recordings" / "voices"
    options = _Options(keys, say, answer, expect, state / "prompts" if sound else None, recordings)
    line = open_line(state)
    end = _run_call(PhoneCall(line, _person(options), request, line, recordings))
    click.echo(_ended(_next(end.result)))
    if expect is not None and not _is_as_expected(end, expect):
        raise click.ClickException(f"The call did not end as expected ({expect}).")


def _run_call(call: PhoneCall) -> CallEnd:
    try:
        return call.run()
    except PersonGoneError as gone:
        click.echo()  # the cursor is still behind the question
        click.echo(_ended(str(gone)))
        raise click.exceptions.Exit(1) from gone


def _ended(how: str) -> str:
    return f"{'ended':>9}  {how}"


def _person(options: _Options) -> Person:
    screen = Screen(click.echo, options.sounds, options.recordings)
    if options.keys is None:
        return TypingPerson(screen)
    return UnattendedPerson(
        screen, KeyStream(options.keys), options.answer, list(map(Recording, options.say))
    )


def _is_as_expected(end: CallEnd, expect: str) -> bool:
    match expect:
        case "dialled":
            return bool(end.dialled)
        case "not-dialled":
            return not end.dialled
        case CallResult.MAILBOX | CallResult.HANG_UP:
            return end.result == expect
        case _:
            return expect in end.refused and not end.dialled


def _next(result: CallResult) -> str:
    return "back to the mailbox" if result is CallResult.MAILBOX else "hung up"


def _run_transcripts(path: Path, state: Path) -> None:
    line, failed = open_line(state), 0
    transcripts = load_transcripts(path)
    for transcript in transcripts:
        try:
            run_transcript(line, transcript, secrets.token_hex(16), state / "recordings" / "voices")
        except TranscriptError as error:
            failed += 1
            click.echo(f"went another way: {transcript.title}\n  {error}")
        else:
            click.echo(f"as written: {transcript.title}")
    if failed:
        raise click.ClickException(f"{failed} of {len(transcripts)} calls went another way than written.")
