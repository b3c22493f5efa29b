"""What the trials of a set under a condition come to: figures, a table, JSON, and a plot as SVG. Pure."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from html import escape
from statistics import mean, quantiles

from ivr_service.speech.evaluation.caller import Trial
from ivr_service.speech.evaluation.labels import Kind


@dataclass(frozen=True)
class Figures:
    """One row. Shares are percent; a figure that means nothing for the set is None.

    `digits` are 1 minus the errors by the digits said, at the first read-back; an answer that was asked again
    counts as no digits. `right_at_once` and `within_one_correction` are whole numbers or phrases.
    `with_voice` is the latter when a wrong part is said instead of keyed.
    `wrong_read_back` is what a caller who says yes to everything would have called, `wrong_confirmed` what an
    honest one would; `false_accepts` what noise and foreign words were taken for.
    """

    set_name: str
    condition: str
    trials: int
    digits: float | None = None
    right_at_once: float | None = None
    within_one_correction: float | None = None
    with_voice: float | None = None
    wrong_read_back: float | None = None
    wrong_confirmed: float | None = None
    false_accepts: float | None = None
    late_ms_p50: float = 0.0
    late_ms_p95: float = 0.0
    compute_ms_p95: float = 0.0
    cpu_percent: float = 0.0


def figures(set_name: str, condition: str, trials: Sequence[Trial]) -> Figures:
    """Count a set of at least one trial; all are of the kind of the first."""
    row = _times(Figures(set_name, condition, len(trials)), trials)
    match trials[0].recording.kind:
        case Kind.NUMBER:
            return _replace(row, **_number_figures(trials))
        case Kind.PHRASE:
            right = _percent(trial.is_right_at_once for trial in trials)
            wrong = _percent(bool(trial.first) and not trial.is_right_at_once for trial in trials)
            return _replace(row, right_at_once=right, wrong_read_back=wrong)
        case Kind.FOREIGN | Kind.NOISE:
            return _replace(row, false_accepts=_percent(bool(trial.first) for trial in trials))


def _number_figures(trials: Sequence[Trial]) -> dict[str, float | None]:
    errors = sum(edits(trial.recording.digits, trial.first) for trial in trials)
    said = sum(len(trial.recording.digits) for trial in trials)
    by_voice = [trial.by_voice.number == trial.wanted for trial in trials if trial.by_voice is not None]
    return {
        "digits": 100 * (1 - errors / said),
        "right_at_once": _percent(trial.is_right_at_once for trial in trials),
        "within_one_correction": _percent(trial.by_keys.number == trial.wanted for trial in trials),
        "with_voice": _percent(by_voice) if by_voice else None,
        "wrong_read_back": _percent(trial.first not in ("", trial.wanted) for trial in trials),
        "wrong_confirmed": _percent(_is_confirmed_wrong(trial) for trial in trials),
    }


def _is_confirmed_wrong(trial: Trial) -> bool:
    endings = (trial.by_keys, *(() if trial.by_voice is None else (trial.by_voice,)))
    return any(ending.number not in ("", trial.wanted) for ending in endings)


def _times(row: Figures, trials: Sequence[Trial]) -> Figures:
    late = [trial.listening.late_ms + trial.listening.compute_ms for trial in trials if _ended(trial)]
    compute = [trial.listening.compute_ms for trial in trials]
    return _replace(
        row,
        late_ms_p50=_quantile(late, 50),
        late_ms_p95=_quantile(late, 95),
        compute_ms_p95=_quantile(compute, 95),
        cpu_percent=100 * mean(trial.listening.cpu for trial in trials),
    )


def _ended(trial: Trial) -> bool:
    return trial.listening.event is not None and trial.recording.kind is not Kind.NOISE


def _replace(row: Figures, **changes: float | None) -> Figures:
    return Figures(**{**asdict(row), **changes})


def _quantile(values: Sequence[float], percent: int) -> float:
    if len(values) < 2:
        return next(iter(values), 0.0)
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def _percent(hits: Iterable[bool]) -> float:
    counted = list(hits)
    return 100 * sum(counted) / len(counted)


def edits(said: str, heard: str) -> int:
    """The fewest substitutions, insertions and deletions that turn one string into the other."""
    row = list(range(len(heard) + 1))
    for index, one in enumerate(said, start=1):
        diagonal, row[0] = row[0], index
        for column, other in enumerate(heard, start=1):
            best = min(row[column] + 1, row[column - 1] + 1, diagonal + (one != other))
            diagonal, row[column] = row[column], best
    return row[-1]


_COLUMNS = (
    ("digits", "digits"),
    ("at once", "right_at_once"),
    ("one corr.", "within_one_correction"),
    ("by voice", "with_voice"),
    ("read wrong", "wrong_read_back"),
    ("called wrong", "wrong_confirmed"),
    ("false", "false_accepts"),
)


def table(rows: Sequence[Figures]) -> str:
    """The report for the terminal; all but the last four columns are percent."""
    width = max((len(row.set_name) for row in rows), default=0)
    head = f"{'set':{width}s} {'condition':10s} {'trials':>6s}"
    lines = [
        head
        + "".join(f" {title:>12s}" for title, _ in _COLUMNS)
        + f" {'late p50':>9s} {'late p95':>9s} {'work p95':>9s} {'core':>7s}"
    ]
    for row in rows:
        cells = "".join(f" {_cell(getattr(row, name)):>12s}" for _, name in _COLUMNS)
        times = f" {row.late_ms_p50:6.0f} ms {row.late_ms_p95:6.0f} ms {row.compute_ms_p95:6.1f} ms"
        named = f"{row.set_name:{width}s} {row.condition:10s} {row.trials:6d}"
        lines.append(f"{named}{cells}{times} {row.cpu_percent:5.1f} %")
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def as_json(rows: Sequence[Figures]) -> str:
    """The rows as a JSON list of objects, with the names of `Figures`."""
    return json.dumps([asdict(row) for row in rows], indent=2) + "\n"


_BAR = 14
_WIDTH = 420
_LETTER = 7
"""How wide a letter is taken to be, in pixels at this size."""


def plot(rows: Sequence[Figures]) -> str:
    """Whole answers that were right, as an SVG: dark at once, light within one correction."""
    shown = [row for row in rows if row.right_at_once is not None]
    height = 60 + (_BAR + 6) * len(shown)
    left = 20 + _LETTER * max((len(_name(row)) for row in shown), default=0)
    size = f'width="{left + _WIDTH + 80}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{left}" y="16">right at once (dark), within one correction (light), percent</text>',
    ]
    for percent in range(0, 101, 20):
        x = left + _WIDTH * percent / 100
        parts.append(f'<line x1="{x}" y1="28" x2="{x}" y2="{height - 16}" stroke="#ccc"/>')
        parts.append(f'<text x="{x}" y="{height - 4}" text-anchor="middle">{percent}</text>')
    for place, row in enumerate(shown):
        parts.extend(_bar(row, left, 32 + place * (_BAR + 6)))
    return "\n".join((*parts, "</svg>")) + "\n"


def _name(row: Figures) -> str:
    return f"{row.set_name}, {row.condition} ({row.trials})"


def _bar(row: Figures, left: int, y: int) -> Iterable[str]:
    at_once = row.right_at_once or 0.0
    within = at_once if row.within_one_correction is None else row.within_one_correction
    yield f'<text x="{left - 8}" y="{y + _BAR - 3}" text-anchor="end">{escape(_name(row))}</text>'
    for percent, colour in ((within, "#9ecae1"), (at_once, "#08519c")):
        width = _WIDTH * percent / 100
        yield f'<rect x="{left}" y="{y}" width="{width:.1f}" height="{_BAR}" fill="{colour}"/>'
    label = f"{at_once:.0f}" if within == at_once else f"{at_once:.0f} / {within:.0f}"
    yield f'<text x="{left + _WIDTH * within / 100 + 6:.1f}" y="{y + _BAR - 3}">{label}</text>'
