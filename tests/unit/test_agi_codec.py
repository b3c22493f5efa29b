import pytest

from ivr_service.agi.codec import (
    MAX_COMMAND_BYTES,
    MAX_LINE_BYTES,
    AgiConnection,
    Command,
    Environment,
    LocalProtocolError,
    RemoteProtocolError,
    Reply,
    Signal,
    encode_command,
)

ENVIRONMENT = b"agi_request: feature-menu.eagi\nagi_callerid: 500\nagi_extension: 12125551234\n\n"


def connection_awaiting_reply() -> AgiConnection:
    connection = AgiConnection()
    connection.receive_data(ENVIRONMENT)
    assert isinstance(connection.next_event(), Environment)
    connection.send_command(Command.GET_VARIABLE, "IVR_MAILBOX")
    return connection


def test_the_environment_comes_out_as_names_and_values() -> None:
    connection = AgiConnection()
    connection.receive_data(ENVIRONMENT)
    event = connection.next_event()
    assert event == Environment(
        {"agi_request": "feature-menu.eagi", "agi_callerid": "500", "agi_extension": "12125551234"}
    )
    assert connection.next_event() is Signal.NEED_DATA


def test_an_empty_value_and_a_value_with_colons_are_kept() -> None:
    connection = AgiConnection()
    connection.receive_data(b"agi_accountcode: \nagi_extension: sip:x@evil\n\n")
    assert connection.next_event() == Environment({"agi_accountcode": "", "agi_extension": "sip:x@evil"})


def test_a_name_in_another_encoding_does_not_end_the_call() -> None:
    connection = AgiConnection()
    connection.receive_data(b"agi_calleridname: Zo\xeb\n\n")
    assert connection.next_event() == Environment({"agi_calleridname": "Zo\ufffd"})


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(b"agi_callerid: 5\nagi_extension: 9\nagi_extension: 1\n\n", id="a forged second value"),
        pytest.param(b"agi_callerid: 5\r\n\n", id="a carriage return"),
        pytest.param(b"agi_callerid: 5\x1b[2J\n\n", id="an escape sequence"),
        pytest.param(b"agi_callerid: 5\x00\n\n", id="a zero byte"),
        pytest.param(b"agi_callerid: 5\xc2\x85agi_x: 1\n\n", id="another script's line end"),
        pytest.param(b"callerid: 5\n\n", id="a name without its prefix"),
        pytest.param(b"agi_callerid 5\n\n", id="no colon"),
        pytest.param(b"200 result=0\n\n", id="a reply"),
        pytest.param(b"\n", id="an empty block"),
        pytest.param(b"agi_callerid: " + b"5" * MAX_LINE_BYTES + b"\n\n", id="a long line"),
        pytest.param(b"5" * (MAX_LINE_BYTES + 1), id="a line that does not end"),
        pytest.param(b"".join(b"agi_arg_%d: x\n" % n for n in range(500)) + b"\n", id="too many lines"),
    ],
)
def test_an_environment_that_could_be_forged_is_refused(block: bytes) -> None:
    connection = AgiConnection()
    connection.receive_data(block)
    with pytest.raises(RemoteProtocolError):
        connection.next_event()
    with pytest.raises(RemoteProtocolError):
        connection.next_event()


def test_lines_after_a_forged_end_of_the_environment_are_refused() -> None:
    connection = AgiConnection()
    connection.receive_data(b"agi_callerid: 5\nagi_extension: 19005551234\n\nagi_extension: 2125551234\n\n")
    assert isinstance(connection.next_event(), Environment)
    with pytest.raises(RemoteProtocolError):
        connection.next_event()


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"200 result=0\n", Reply(200, 0)),
        (b"200 result=-1\n", Reply(200, -1)),
        (b"200 result=49 endpos=1234\n", Reply(200, 49, None, 1234)),
        (b"200 result=-1 endpos=0\n", Reply(200, -1, None, 0)),
        (b"200 result=1 (103)\n", Reply(200, 1, "103")),
        (b"200 result=1 ()\n", Reply(200, 1, "")),
        (b"200 result=1 (a) (b)\n", Reply(200, 1, "a) (b")),
        (b"200 result=0 (timeout) endpos=5\n", Reply(200, 0, "timeout", 5)),
        (b"510 Invalid or unknown command\n", Reply(510, None, "Invalid or unknown command")),
        (
            b"511 Command Not Permitted on a dead channel or intercept routine\n",
            Reply(511, None, "Command Not Permitted on a dead channel or intercept routine"),
        ),
        (
            b"520 Invalid command syntax.  Proper usage not available.\n",
            Reply(520, None, "Invalid command syntax.  Proper usage not available."),
        ),
        (
            (
                b"520-Invalid command syntax.  Proper usage follows:\n"
                b"Usage: EXEC\n\t\x1b[1mbold\n\n520 End of proper usage.\n"
            ),
            Reply(520),
        ),
        (
            b"520-Invalid command syntax.  Proper usage follows:\nUsage520 End of proper usage.\n",
            Reply(520),
        ),
    ],
)
def test_each_form_of_reply_is_understood(line: bytes, reply: Reply) -> None:
    connection = connection_awaiting_reply()
    connection.receive_data(line)
    assert connection.next_event() == reply
    assert connection.next_event() is Signal.NEED_DATA


@pytest.mark.parametrize(
    "line",
    [
        b"200\n",
        b"200 result=\n",
        b"200 result=one\n",
        b"200 result=1(103)\n",
        b"200 result=1 (103\n",
        b"200 result=1 \n",
        b"200 result=\xd9\xa1\n",
        b"404 Not found\n",
        b"\n",
        b"hello\n",
        b"200 result=1 (a\x07)\n",
        b"200 result=0\r\n",
        b"520-Usage\n" + b"more\n" * 1000,
    ],
)
def test_a_line_that_is_not_a_reply_is_refused(line: bytes) -> None:
    connection = connection_awaiting_reply()
    connection.receive_data(line)
    with pytest.raises(RemoteProtocolError):
        connection.next_event()


def test_a_reply_without_a_command_is_refused() -> None:
    connection = AgiConnection()
    connection.receive_data(ENVIRONMENT + b"200 result=0\n")
    assert isinstance(connection.next_event(), Environment)
    with pytest.raises(RemoteProtocolError):
        connection.next_event()


def test_a_hangup_line_may_come_at_any_moment() -> None:
    connection = connection_awaiting_reply()
    connection.receive_data(b"HANGUP\n200 result=0\nHANGUP\n")
    assert connection.next_event() is Signal.HANGUP
    assert connection.next_event() == Reply(200, 0)
    assert connection.next_event() is Signal.HANGUP


def test_the_end_between_lines_is_a_signal_and_stays_one() -> None:
    connection = connection_awaiting_reply()
    connection.receive_data(b"200 result=0\n")
    connection.receive_data(b"")
    assert connection.next_event() == Reply(200, 0)
    assert connection.next_event() is Signal.CLOSED
    assert connection.next_event() is Signal.CLOSED
    with pytest.raises(LocalProtocolError):
        connection.receive_data(b"more")


@pytest.mark.parametrize("fed", [b"", b"agi_req", b"agi_request: x\n"])
def test_the_end_within_the_environment_is_an_error(fed: bytes) -> None:
    connection = AgiConnection()
    connection.receive_data(fed)
    connection.receive_data(b"")
    with pytest.raises(RemoteProtocolError):
        connection.next_event()


def test_a_second_command_waits_for_the_reply_to_the_first() -> None:
    connection = connection_awaiting_reply()
    with pytest.raises(LocalProtocolError):
        connection.send_command(Command.EXEC, "Dial", "PJSIP/1@trunk")


def test_no_command_can_be_sent_before_the_environment_was_read() -> None:
    with pytest.raises(LocalProtocolError):
        AgiConnection().send_command(Command.GET_VARIABLE, "IVR_MAILBOX")


def test_a_refused_command_leaves_the_connection_as_it_was() -> None:
    connection = AgiConnection()
    connection.receive_data(ENVIRONMENT)
    connection.next_event()
    with pytest.raises(LocalProtocolError):
        connection.send_command(Command.SET_VARIABLE, "X", "a\nEXEC System x")
    assert connection.send_command(Command.SET_VARIABLE, "X", "a") == b'SET VARIABLE "X" "a"\n'


def test_arguments_are_quoted_and_escaped() -> None:
    assert (
        encode_command(Command.SET_VARIABLE, "CALLERID(name)", 'a "b" \\c')
        == b'SET VARIABLE "CALLERID(name)" "a \\"b\\" \\\\c"\n'
    )


@pytest.mark.parametrize(
    "argument", ["a\nb", "a\rb", "\x00", "\x7f", "\x1b", "\t", "é", "\u2028", chr(0x661)]
)
def test_an_argument_that_is_not_printable_ascii_is_refused(argument: str) -> None:
    with pytest.raises(LocalProtocolError):
        encode_command(Command.EXEC, argument)


def test_a_line_may_have_1024_bytes_and_no_more() -> None:
    longest = MAX_COMMAND_BYTES - len(b'EXEC ""\n')
    assert len(encode_command(Command.EXEC, "x" * longest)) == MAX_COMMAND_BYTES
    with pytest.raises(LocalProtocolError):
        encode_command(Command.EXEC, "x" * (longest + 1))


def test_a_prompt_that_was_interrupted_gives_way_to_the_reply_of_what_interrupted_it() -> None:
    connection = connection_awaiting_reply()
    assert connection.send_interrupting(Command.WAIT_FOR_DIGIT, "25") == b'WAIT FOR DIGIT "25"\n'
    connection.receive_data(b"200 result=0\n")
    assert connection.next_event() == Reply(200, 0)
    connection.send_command(Command.GET_VARIABLE, "IVR_MAILBOX")


def test_a_prompt_that_ended_in_the_moment_it_was_interrupted_replies_first() -> None:
    connection = connection_awaiting_reply()
    connection.send_interrupting(Command.WAIT_FOR_DIGIT, "25")
    connection.receive_data(b"200 result=49 endpos=800\n")
    assert connection.next_event() == Reply(200, 49, endpos=800)
    with pytest.raises(LocalProtocolError):
        connection.send_command(Command.GET_VARIABLE, "IVR_MAILBOX")
    connection.receive_data(b"200 result=0\n")
    assert connection.next_event() == Reply(200, 0)
    connection.send_command(Command.GET_VARIABLE, "IVR_MAILBOX")


def test_an_interruption_that_was_stuck_and_the_one_that_freed_it_are_both_replied_to() -> None:
    connection = connection_awaiting_reply()
    connection.send_interrupting(Command.WAIT_FOR_DIGIT, "25")
    connection.send_interrupting(Command.WAIT_FOR_DIGIT, "25")
    connection.receive_data(b"200 result=0\n")
    assert connection.next_event() == Reply(200, 0)
    with pytest.raises(LocalProtocolError):
        connection.send_command(Command.GET_VARIABLE, "IVR_MAILBOX")
    connection.receive_data(b"200 result=0\n")
    assert connection.next_event() == Reply(200, 0)
    connection.send_command(Command.GET_VARIABLE, "IVR_MAILBOX")


def test_nothing_can_be_interrupted_when_nothing_runs() -> None:
    connection = AgiConnection()
    with pytest.raises(LocalProtocolError):
        connection.send_interrupting(Command.WAIT_FOR_DIGIT, "25")
