"""How numbers, keys, times and days are said in the Spanish of the Americas. Every word has its own clip."""

from collections.abc import Iterator
from datetime import date, time, timedelta

_DIGITS = ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve")
_TEENS = (
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
)
_TWENTIES = (
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
)
_TO_TWENTY_NINE = (*_DIGITS, *_TEENS, *_TWENTIES)
_TENS = {30: "treinta", 40: "cuarenta", 50: "cincuenta"}
_SHORTENED = {"uno": "un", "veintiuno": "veintiún"}
"""What is said in front of a masculine noun."""

_HOURS = ("las doce", "la una", *(f"las {word}" for word in (*_DIGITS[2:], *_TEENS[:2])))
_PARTS_OF_THE_DAY = ("de la mañana", "de la tarde", "de la noche")
_WEEKDAYS = ("el lunes", "el martes", "el miércoles", "el jueves", "el viernes", "el sábado", "el domingo")
_MONTHS = (
    "de enero",
    "de febrero",
    "de marzo",
    "de abril",
    "de mayo",
    "de junio",
    "de julio",
    "de agosto",
    "de septiembre",
    "de octubre",
    "de noviembre",
    "de diciembre",
)
_ENDS_OF_TIMES = (*_PARTS_OF_THE_DAY, "mediodía", "medianoche")

KEYS = {str(value): word for value, word in enumerate(_DIGITS)} | {"*": "asterisco", "#": "numeral"}
MIDDLE = (
    *KEYS.values(),
    *_TEENS,
    *_TWENTIES,
    *_TENS.values(),
    "y",
    "un",
    "veintiún",
    *_HOURS,
    "el",
    "primero",
)
BEFORE_A_PAUSE = (*_DIGITS, *_ENDS_OF_TIMES)
AT_THE_END = (*KEYS.values(), *_ENDS_OF_TIMES, "mañana", "ayer", *_WEEKDAYS, *_MONTHS)


def count(number: int) -> tuple[str, ...]:
    """The words of a whole number from 0 to 59 before what is counted: "treinta", "y", "un" (minutos)."""
    *first, last = _number(number)
    return (*first, _SHORTENED.get(last, last))


def _number(number: int) -> tuple[str, ...]:
    """The words of a whole number from 0 to 59 on its own: "treinta", "y", "uno"."""
    if number < len(_TO_TWENTY_NINE):
        return (_TO_TWENTY_NINE[number],)
    ones = number % 10
    return (_TENS[number - ones], *(("y", _DIGITS[ones]) if ones else ()))


def time_of_day(moment: time) -> Iterator[str]:
    """The words of a time, to the minute: "las ocho", "y", "cinco", "de la mañana"."""
    if (moment.hour, moment.minute) in {(0, 0), (12, 0)}:
        yield "mediodía" if moment.hour else "medianoche"
        return
    yield _HOURS[moment.hour % 12]
    if moment.minute:
        yield "y"
        yield from _number(moment.minute)
    morning, afternoon, night = _PARTS_OF_THE_DAY
    yield morning if moment.hour < 12 else afternoon if moment.hour < 19 else night


def day(one: date, today: date) -> Iterator[str]:
    """The words of a day as it is called today: none for today itself."""
    ahead = one - today
    if not ahead:
        return
    if ahead == timedelta(days=1):
        yield "mañana"
    elif ahead == timedelta(days=-1):
        yield "ayer"
    elif timedelta(days=1) < ahead <= timedelta(days=6):
        yield _WEEKDAYS[one.weekday()]
    else:
        yield "el"
        yield from (("primero",) if one.day == 1 else _number(one.day))
        yield _MONTHS[one.month - 1]
