"""What the synthetic voices say: numbers the way people group them, menu words, and words of every kind."""

from collections.abc import Sequence
from random import Random

from ivr_service.speech.number_phrases import part_names

DIGIT_WORDS: tuple[str, ...] = tuple("zero oh one two three four five six seven eight nine".split())
_TEENS = tuple("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split())
_TENS = tuple("twenty thirty forty fifty sixty seventy eighty ninety".split())
_MENU_WORDS = tuple(
    (
        "yes no yeah okay call dial record recording stop start pause play cancel help block unblock "
        "delete save send next previous back repeat menu main operator agent star pound hash mute unmute "
        "hold resume transfer voicemail mailbox message messages listen goodbye hello continue exit quit "
        "enter done correct wrong confirm clear erase redial number phone extension on off down left "
        "right up go please thanks accept reject add remove list name contact home office mobile work "
        "last first new old read skip forward return sales support billing conference speed disclaimer "
        "again change finish invite now always never"
    ).split()
)
_PHRASES = tuple(
    (
        "hang up,call back,call now,main menu,leave a message,stop recording,start recording,"
        "record the call,block this number,unblock the number,cancel the call,help me,thank you,go back,"
        "last number,new message,next message,delete message,save the message,repeat the number,"
        "transfer the call,put me on hold,call the office,call home,call my mobile,play messages,"
        "the number is,speak to an operator,talk to an agent,press one,press two,enter your number,"
        "yes please,no thanks,that's correct,that's wrong,add a contact,remove the contact,read the list,"
        "skip this one,say a number,speed dial,caller id,change caller id,add another person,"
        "play the disclaimer,call work,start over"
    ).split(",")
)
_NAMES = tuple(
    (
        "alice bob carol david emma frank grace henry irene jack karen louis maria nancy oliver peter "
        "quinn rachel steven thomas ursula victor wendy xavier yvonne zachary james john robert michael "
        "william linda barbara susan jessica sarah lisa betty sandra ashley kimberly donna emily "
        "michelle amanda melissa stephanie rebecca laura helen amy anna mom dad smith johnson brown "
        "jones miller davis wilson anderson taylor moore reception doctor dentist plumber school garage "
        "pharmacy bank hotel taxi pizza"
    ).split()
)
_GROUPS = {6: (3, 3), 7: (3, 4), 8: (4, 4), 10: (3, 3, 4), 11: (1, 3, 3, 4)}
_LENGTHS = (1, 2, 3, 3, 4, 4, 5, 6, 7, 7, 7, 8, 10, 10, 10, 10, 11, 11)
_BEFORE = ("my number is", "the number is", "it's", "call", "dial", "block", "area code", "uh", "um")
_AFTER = ("please", "thanks")


def _digits(random: Random, length: int) -> list[str]:
    zero = random.choice(("zero", "zero", "oh"))
    return [zero if digit == 0 else DIGIT_WORDS[digit + 1] for digit in random.choices(range(10), k=length)]


def _grouped(words: Sequence[str], groups: Sequence[int]) -> str:
    parts, start = [], 0
    for length in groups:
        parts.append(" ".join(words[start : start + length]))
        start += length
    return ", ".join(parts)


def _number_text(random: Random) -> str:
    length = random.choice(_LENGTHS)
    words = _digits(random, length)
    style = random.random()
    text = " ".join(words) if style < 0.3 else ", ".join(words) if style < 0.4 else ""
    text = text or _grouped(words, _GROUPS.get(length, (length,)))
    around = random.random()
    if around < 0.1:
        return f"{random.choice(_BEFORE)} {text}"
    return f"{text} {random.choice(_AFTER)}" if around < 0.13 else text


def _two_digits(random: Random) -> str:
    if random.random() < 0.35:
        return random.choice(_TEENS)
    unit = random.choice(("", *DIGIT_WORDS[2:]))
    return f"{random.choice(_TENS)} {unit}".strip()


def _spoken_number_text(random: Random) -> str:
    style = random.random()
    if style < 0.5:
        return " ".join(_two_digits(random) for _ in range(random.choice((1, 1, 2, 2, 3))))
    if style < 0.65:
        return f"{random.choice(DIGIT_WORDS[2:])} {random.choice(('hundred', 'thousand'))}"
    if style < 0.8:
        return f"{random.choice(('double', 'triple'))} {' '.join(_digits(random, 3))}"
    return f"{' '.join(_digits(random, 3))}, {' '.join(_digits(random, 3))}, {_two_digits(random)}"


def _menu_text(random: Random) -> str:
    style = random.random()
    if style < 0.45:
        return random.choice(_MENU_WORDS)
    if style < 0.75:
        return random.choice(_PHRASES)
    return ", ".join(random.choices(_MENU_WORDS, k=random.randint(2, 4)))


def _name_text(random: Random) -> str:
    if random.random() < 0.3:
        return random.choice(_NAMES)
    return f"{random.choice(('call', 'dial', 'block'))} {random.choice(_NAMES)}"


def _correction_text(random: Random) -> str:
    """A part of a number and its digits: "the last four are one two three four"."""
    part = random.choice(part_names())
    before, after = random.choice((("", ""), ("the ", " are"), ("the ", " is")))
    return f"{before}{part}{after} {' '.join(_digits(random, 4 if part.endswith('four') else 3))}"


def make_text(random: Random, any_words: Sequence[str], menu_phrases: Sequence[str]) -> str:
    """Return an utterance.

    40 % digits, 9 % spoken numbers, 4 % corrections of a number, 18 % commands, 8 % names, 9 % `menu_phrases`
    and 12 % `any_words`.
    """
    kind = random.random()
    if kind < 0.40:
        return _number_text(random)
    if kind < 0.49:
        return _spoken_number_text(random)
    if kind < 0.53:
        return _correction_text(random)
    if kind < 0.71:
        return _menu_text(random)
    if kind < 0.79:
        return _name_text(random)
    if kind < 0.88:
        return random.choice(menu_phrases)
    return " ".join(random.choices(any_words, k=random.randint(2, 6)))
