"""What `ivr-service check` says about names that nobody can be heard saying, and names that sound alike.

Names are compared as they are offered: at the questions of each mailbox, with the words and slots of these.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from ivr_service.config import LoadedSettings
from ivr_service.dialogue import menu, questions
from ivr_service.dialogue.speed_dial_names import CALL_WORD, CALLED_FROM
from ivr_service.dialogue.state import CallFacts, CallState, Place
from ivr_service.dialogue.values import CallKind, MailboxId, Origin
from ivr_service.policy.asker import Asker, NamedNumber, slots_of
from ivr_service.policy.rules import SettingPath
from ivr_service.policy.settings import Mailbox
from ivr_service.service.directory import facts_of
from ivr_service.speech.lexicon import Lexicon, sound_alike
from ivr_service.speech.site_names import written_pronunciations
from ivr_service.speech.spoken_numbers import sayings

_MENU_WORDS = tuple(
    dict.fromkeys(phrase for row in menu.MENU if row.place in CALLED_FROM for phrase in row.words)
)
"""What can be said where a speed dial can be called by its name."""

OwnSlots = Callable[[MailboxId], Mapping[int, NamedNumber]]
"""The speed dials that a mailbox's owner made."""


@dataclass(frozen=True)
class _Name:
    """A name, and where it is: the setting (nowhere for one an owner made) and the same in words.

    `before` is what is said in front of it.
    """

    text: str
    setting: SettingPath
    where: str
    before: str = ""

    @property
    def said(self) -> str:
        """All that is said."""
        return f"{self.before} {self.text}".strip()


_Question = tuple[tuple[_Name, ...], tuple[str, ...]]
"""The names that are offered at a question, and what else can be said there."""


def name_warnings(loaded: LoadedSettings, lexicon: Lexicon, own_slots: OwnSlots) -> Iterator[str]:
    """Each warning once. The lexicon is that of the model, without what the settings add to it."""
    known = lexicon.with_written(written_pronunciations(loaded.settings))
    found: dict[str, None] = {}
    for names, others in dict.fromkeys(_questions(loaded, own_slots)):
        found.update(dict.fromkeys(_unknown(names, known)))
        found.update(dict.fromkeys(_alike(names, others, known)))
    yield from found


def _questions(loaded: LoadedSettings, own_slots: OwnSlots) -> Iterator[_Question]:
    for mailbox in loaded.settings.mailboxes.mailboxes:
        asker = _asker(loaded, mailbox, own_slots)
        facts = facts_of(asker, "", hears=lambda _: True)
        for place, names in _named(loaded, asker).items():
            yield tuple(names), tuple(_other_phrases(place, names, facts))
            if place is Place.CHOOSING_SPEED_DIAL:
                # Each alone: with each other they have been compared just now.
                called = (replace(name, before=CALL_WORD) for name in names)
                yield from (((name,), _MENU_WORDS) for name in called)


def _asker(loaded: LoadedSettings, mailbox: Mailbox, own_slots: OwnSlots) -> Asker:
    who = MailboxId(mailbox.mailbox, mailbox.context)
    return Asker(CallKind.DIAL_OUT, Origin.INSIDE, mailbox, loaded.settings, own_slots(who))


def _named(loaded: LoadedSettings, asker: Asker) -> dict[Place, list[_Name]]:
    """The names that are offered at each question to this mailbox."""
    callers, settings = asker.mailbox.caller_ids, loaded.settings
    return {
        Place.CHOOSING_SPEED_DIAL: [
            _name(loaded, slot.speed_dial.name, slot.setting)
            if slot.setting
            else _Name(slot.speed_dial.name, (), f"slot {number} that mailbox {asker.mailbox.mailbox} made")
            for number, slot in slots_of(asker).items()
            if slot.speed_dial.name
        ],
        Place.CHOOSING_CALLER_ID: [
            _name(loaded, entry.name, ("caller_ids", "caller_ids", position))
            for position, entry in enumerate(settings.caller_ids.caller_ids)
            if entry.id in callers
        ],
        Place.CHOOSING_DISCLAIMER: [
            _name(loaded, entry.name, ("options", "disclaimers", position))
            for position, entry in enumerate(settings.options.disclaimers)
        ],
    }


def _name(loaded: LoadedSettings, text: str, setting: SettingPath) -> _Name:
    return _Name(text, setting, loaded.sources.where(str(setting[0]), *setting[1:], "name"))


def _other_phrases(place: Place, names: list[_Name], facts: CallFacts) -> list[str]:
    """What else can be said at the question: its words, and the numbers of its slots."""
    taken = {name.said.lower() for name in names}
    words = questions.ask(CallState(replace(facts, slots=()), place=place)).words
    slots = facts.slots if place is Place.CHOOSING_SPEED_DIAL else ()
    numbers = [" ".join(way) for offer in slots for way in sayings(str(offer.slot))]
    return [*(word for word in words if word not in taken), *numbers]


def _unknown(names: Sequence[_Name], lexicon: Lexicon) -> Iterator[str]:
    for name in names:
        for word in lexicon.unknown_words(name.text):
            yield (
                f'{name.where}: callers cannot say "{name.text}", for the lexicon does not know "{word}"; '
                f'write in options.toml, under [pronunciations], {word} = "..." with its sounds'
            )


def _alike(names: Sequence[_Name], others: Sequence[str], lexicon: Lexicon) -> Iterator[str]:
    ways = {text: lexicon.ways_to_say(text) for text in (*(name.said for name in names), *others)}
    for one, other in combinations(names, 2):
        if sound_alike(ways[one.said], ways[other.said]) and not _is_said_already(one, other):
            yield (
                f'{one.where}: "{one.text}" sounds like "{other.text}" ({other.where}), so who says one is '
                "asked which; give one of them another name"
            )
    for name in names:
        for phrase in others:
            if sound_alike(ways[name.said], ways[phrase]):
                yield (
                    f'{name.where}: "{name.said}" sounds like "{phrase}", which can be said at the same '
                    "question; give it another name"
                )


def _is_said_already(one: _Name, other: _Name) -> bool:
    """The same name twice in one list has a warning of its own."""
    is_same_list = bool(one.setting) and one.setting[:-1] == other.setting[:-1]
    return is_same_list and one.text.lower() == other.text.lower()
