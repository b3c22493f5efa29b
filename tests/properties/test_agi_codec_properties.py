from hypothesis import given
from hypothesis import strategies as st

from ivr_service.agi.codec import (
    MAX_COMMAND_BYTES,
    AgiConnection,
    Command,
    Environment,
    Event,
    LocalProtocolError,
    RemoteProtocolError,
    Reply,
    Signal,
    encode_command,
)

GOOD_ENVIRONMENT = b"agi_request: x\nagi_callerid: 500\n\n"

# Random bytes alone hardly ever get past the first line, so real pieces are mixed in.
pieces = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"agi_request: x\n",
            b"agi_callerid: 500\n",
            b"\n",
            b"HANGUP\n",
            b"200 result=0\n",
            b"200 result=1 (value)\n",
            b"200 result=49 endpos=12\n",
            b"510 Invalid\n",
            b"511 Dead\n",
            b"520-Usage\n",
            b"text\n",
            b"520 End of proper usage.\n",
            b"A" * 5000,
        ]
    ),
)
byte_streams = st.builds(
    lambda start, rest: start + b"".join(rest),
    st.sampled_from([b"", GOOD_ENVIRONMENT]),
    st.lists(pieces, max_size=12),
)


def everything_said(chunks: list[bytes]) -> list[Event | str]:
    """Feed the chunks, keep a command running all the time, and return what came out, an error last."""
    connection = AgiConnection()
    said: list[Event | str] = []
    try:
        for chunk in [*chunks, b""]:
            connection.receive_data(chunk)
            collect_until_quiet(connection, said)
    except RemoteProtocolError as error:
        said.append(str(error))
    return said


def collect_until_quiet(connection: AgiConnection, said: list[Event | str]) -> None:
    while (event := connection.next_event()) is not Signal.NEED_DATA:
        said.append(event)
        if event is Signal.CLOSED:
            break
        if isinstance(event, Environment | Reply):
            connection.send_command(Command.WAIT_FOR_DIGIT, "25")


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(stream) + 1) for place in places})
    chunks = [stream[start:end] for start, end in zip([0, *ends], [*ends, len(stream)], strict=True)]
    return [chunk for chunk in chunks if chunk]


@given(byte_streams, st.lists(st.integers(min_value=0), max_size=20))
def test_how_bytes_are_cut_into_pieces_never_changes_what_they_say(stream: bytes, places: list[int]) -> None:
    in_one_piece = everything_said([stream] if stream else [])
    assert everything_said(cut(stream, places)) == in_one_piece
    assert everything_said([bytes([byte]) for byte in stream]) == in_one_piece


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_give_values_or_the_remote_error(chunks: list[bytes]) -> None:
    for start in (b"", GOOD_ENVIRONMENT):
        everything_said([chunk for chunk in [start, *chunks] if chunk])


def as_asterisk_reads(line: bytes) -> list[str]:
    """Split a command line as parse_args in res_agi.c does."""
    found: list[str] = []
    current: list[str] | None = None
    quoted = escaped = False
    for character in line.decode("ascii"):
        if escaped:
            current = [*(current or []), character]
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
            current = current if current is not None else []
        elif character in " \t" and not quoted:
            found += ["".join(current)] if current is not None else []
            current = None
        else:
            current = [*(current or []), character]
    return found + (["".join(current)] if current is not None else [])


arguments = st.lists(
    st.one_of(st.text(max_size=30), st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126))),
    max_size=6,
)


@given(st.sampled_from(Command), arguments)
def test_any_arguments_arrive_as_they_are_or_are_refused(command: Command, words: list[str]) -> None:
    try:
        line = encode_command(command, *words)
    except LocalProtocolError:
        too_long = sum(2 * len(argument) + 3 for argument in words) > MAX_COMMAND_BYTES - 20
        assert too_long or any(not " " <= c <= "~" for argument in words for c in argument)
        return
    assert as_asterisk_reads(line[:-1]) == [*command.value.split(), *words]


@given(st.sampled_from(Command), arguments)
def test_the_only_newline_of_a_command_is_its_last_byte(command: Command, words: list[str]) -> None:
    try:
        line = encode_command(command, *words)
    except LocalProtocolError:
        return
    assert line.index(b"\n") == len(line) - 1
    assert b"\r" not in line
    assert len(line) <= MAX_COMMAND_BYTES
