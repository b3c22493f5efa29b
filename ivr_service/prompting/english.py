"""How numbers, keys, times and days are said in English. Every word has a clip of its own."""

from collections.abc import Iterator
from datetime import date, time, timedelta

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_HOURS = (*_DIGITS, "ten", "eleven", "twelve")
_TEENS = (
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_FIRST_NINE = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_ORDINALS = (
    *_FIRST_NINE,
    "tenth",
    "eleventh",
    "twelfth",
    *(f"{word}th" for word in _TEENS[3:]),
    "twentieth",
    *(f"twenty {word}" for word in _FIRST_NINE),
    "thirtieth",
    "thirty first",
)
_ENDS_OF_TIMES = ("a m", "p m", "noon", "midnight")

KEYS = {str(value): word for value, word in enumerate(_DIGITS)} | {"*": "star", "#": "pound"}
READ_AS = {"a m": "A.M.", "p m": "P.M."}
"""What a voice is given for a word that it would read otherwise."""

MIDDLE = (
    *dict.fromkeys((*KEYS.values(), *_HOURS, *_TEENS, *_TENS[2:], "oh")),
    *(f"on {month}" for month in _MONTHS),
)
BEFORE_A_PAUSE = (*_DIGITS, *_ENDS_OF_TIMES)
AT_THE_END = (
    *KEYS.values(),
    *_ENDS_OF_TIMES,
    "tomorrow",
    "yesterday",
    *(f"on {day}" for day in _WEEKDAYS),
    *_ORDINALS,
)


def count(number: int) -> tuple[str, ...]:
    """The words of a whole number from 0 to 59."""
    tens, ones = divmod(number, 10)
    if tens == 1:
        return (_TEENS[ones],)
    return tuple(filter(None, (_TENS[tens], _DIGITS[ones] if ones or not tens else "")))


def time_of_day(moment: time) -> Iterator[str]:
    """The words of a time, to the minute."""
    if (moment.hour, moment.minute) in {(0, 0), (12, 0)}:
        yield "noon" if moment.hour else "midnight"
        return
    yield _HOURS[moment.hour % 12 or 12]
    yield from _minutes(moment.minute)
    yield "a m" if moment.hour < 12 else "p m"


def day(one: date, today: date) -> Iterator[str]:
    """The words of a day as it is called today: none for today itself."""
    ahead = one - today
    if not ahead:
        return
    if ahead == timedelta(days=1):
        yield "tomorrow"
    elif ahead == timedelta(days=-1):
        yield "yesterday"
    elif timedelta(days=1) < ahead <= timedelta(days=6):
        yield f"on {_WEEKDAYS[one.weekday()]}"
    else:
        yield f"on {_MONTHS[one.month - 1]}"
        yield _ORDINALS[one.day - 1]


def _minutes(minute: int) -> Iterator[str]:
    tens, ones = divmod(minute, 10)
    if minute == 0:
        return
    if tens == 1:
        yield _TEENS[ones]
        return
    yield _TENS[tens] if tens else "oh"
    if ones:
        yield _DIGITS[ones]
