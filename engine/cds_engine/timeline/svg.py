"""A timeline as SVG: readable without colours, light and dark, with a text alternative.

Colours come from classes only, so that a page with a strict Content-Security-Policy can use its own
stylesheet; :data:`STYLESHEET` is the one that a standalone picture contains.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, select_autoescape

from cds_engine.quantities.numbers import plain
from cds_engine.rulebook.text import unit_label
from cds_engine.timeline.axis import TimeAxis, ValueAxis, value_axis
from cds_engine.timeline.models import Timeline
from cds_engine.timeline.picture import Band, Bar, Picture, Row, Series

WIDTH = 1040
LABELS = 310
"""The width of the labels on the left."""
MARGIN = 16
LINE = 22
HEADING = 26
PLOT = 110
"""The height of a series of results."""
FADE = 8
"""The width of each of the three steps in which a bar fades where a day is not known."""
MOST_LETTERS = 42
_FILES = files("cds_engine.timeline")
STYLESHEET = _FILES.joinpath("timeline.css").read_text(encoding="utf-8")
SIGNS = {
    "critical": "\N{BLACK DIAMOND}",
    "warning": "\N{BLACK UP-POINTING TRIANGLE}",
    "info": "\N{BLACK CIRCLE}",
}
"""The signs of the indicators, which do not need colours."""


@dataclass(frozen=True, slots=True)
class _Rect:
    x: float
    y: float
    width: float
    height: float
    classes: str
    title: str = ""
    opacity: str = ""


@dataclass(frozen=True, slots=True)
class _Text:
    x: float
    y: float
    text: str
    classes: str
    title: str = ""
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class _Line:
    x1: float
    y1: float
    x2: float
    y2: float
    classes: str


@dataclass(frozen=True, slots=True)
class _Mark:
    """A point of a series, or (``is_due``) a day on which something falls due."""

    x: float
    y: float
    title: str
    classes: str
    is_due: bool = False


@dataclass(slots=True)
class _Shapes:
    bands: list[_Rect] = field(default_factory=list)
    lines: list[_Line] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    bars: list[_Rect] = field(default_factory=list)
    marks: list[_Mark] = field(default_factory=list)
    texts: list[_Text] = field(default_factory=list)


def timeline_svg(
    picture: Picture,
    timeline: Timeline,
    *,
    logarithmic: bool = False,
    standalone: bool = False,
    id_prefix: str = "timeline",
) -> str:
    """Return a picture as an SVG element.

    Args:
        picture: what to draw; see :func:`cds_engine.timeline.picture.timeline_picture`.
        timeline: the timeline that it shows.
        logarithmic: whether results have logarithmic axes.
        standalone: whether the SVG contains its stylesheet and the disclaimer, as a file of its own does.
        id_prefix: the beginning of the ids in the SVG, unique in its page.
    """
    drawing = _Drawing(picture, logarithmic=logarithmic)
    drawing.draw()
    environment = Environment(
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.from_string(_FILES.joinpath("timeline.svg.j2").read_text(encoding="utf-8"))
    patient = timeline.patient_id or "no patient id"
    return template.render(
        shapes=drawing.shapes,
        width=WIDTH,
        height=drawing.y + (2 * LINE if standalone else MARGIN),
        prefix=id_prefix,
        title=f"Timeline of {patient}, {picture.begin} to {picture.end}",
        description=_description(picture, timeline),
        disclaimer=timeline.disclaimer,
        stylesheet=STYLESHEET if standalone else None,
    )


def _description(picture: Picture, timeline: Timeline) -> str:
    """Return what the picture shows, for people who do not see it."""
    drugs = ", ".join(row.label for row in picture.drugs) or "no drug"
    results = ", ".join(series.label for series in picture.series) or "no results"
    due = "; ".join(f"{each.summary} from {each.date} on" for each in timeline.due) or "nothing"
    return (
        f"Shows {drugs}; {results}; {len(timeline.advisories)} intervals in which advisories fire. Due if "
        f"nothing else is recorded: {due}. For research use only."
    )


class _Drawing:
    def __init__(self, picture: Picture, *, logarithmic: bool) -> None:
        self.picture = picture
        self.logarithmic = logarithmic
        self.axis = TimeAxis(picture.begin, picture.end, LABELS, WIDTH - MARGIN)
        self.shapes = _Shapes()
        self.y = float(MARGIN)

    def draw(self) -> None:
        picture, top = self.picture, self.y
        self._section("Drugs", picture.drugs)
        self._section("Conditions", picture.conditions)
        for series in picture.series:
            self._series(series)
        self._section("Symptoms", picture.symptoms)
        self._section("Advisories", picture.advisories, sparse=not picture.advisories)
        self._time(top)

    def _section(self, heading: str, rows: Iterable[Row], *, sparse: bool = False) -> None:
        rows = list(rows)
        if not rows and not sparse:
            return
        self._heading(heading)
        if sparse:
            self.shapes.texts.append(_Text(MARGIN, self.y + LINE - 7, "none", "tl-label"))
            self.y += LINE
        for row in rows:
            self._row(row)

    def _heading(self, text: str) -> None:
        self.shapes.texts.append(_Text(MARGIN, self.y + HEADING - 8, text, "tl-heading"))
        self.y += HEADING

    def _row(self, row: Row) -> None:
        shapes, baseline = self.shapes, self.y + LINE - 7
        x = float(MARGIN)
        if row.indicator is not None:
            shapes.texts.append(
                _Text(x, baseline, SIGNS[row.indicator], f"tl-sign tl-{row.indicator}", row.indicator)
            )
            x += 16
        shapes.texts.append(_Text(x, baseline, _short(row.label, MOST_LETTERS), "tl-label", row.label))
        shapes.lines.append(_Line(LABELS, self.y + LINE / 2, WIDTH - MARGIN, self.y + LINE / 2, "tl-guide"))
        for bar in row.bars:
            shapes.bars += self._bar(row, bar)
            self._in_bar(bar, shapes.bars[-1], baseline)
        for day, text in row.due:
            if day <= self.picture.end:
                self._due(day, f"{day}: {text}")
        self.y += LINE

    def _in_bar(self, bar: Bar, rect: _Rect, baseline: float) -> None:
        """Write the short text of a bar into it if there is room."""
        if bar.text and rect.width > len(bar.text) * 7 + 8:
            self.shapes.texts.append(_Text(round(rect.x + 5, 1), baseline, bar.text, "tl-in-bar"))

    def _due(self, day: datetime.date, title: str) -> None:
        x, y = self.axis.middle(day), self.y + LINE / 2
        self.shapes.marks.append(_Mark(x, y, f"Due on {title}", "tl-due", is_due=True))
        room = WIDTH - MARGIN - x > 80
        text = _Text(
            x + 9 if room else x - 9, y + 4, day.isoformat(), "tl-date", "", "start" if room else "end"
        )
        self.shapes.texts.append(text)

    def _bar(self, row: Row, bar: Bar) -> Iterator[_Rect]:
        """Yield the parts of a bar; it fades where its day is not known."""
        axis = self.axis
        left = axis.left if bar.begin is None else axis.x(bar.begin)
        # What goes on is drawn up to the day of the evaluation: nobody knows more.
        until = bar.end if bar.end is not None else min(self.picture.as_of, self.picture.end) + _DAY
        right = max(axis.x(until), left + 2)
        classes = f"tl-bar tl-{bar.kind}{' tl-perhaps' if bar.perhaps else ''}"
        title = f"{row.label}: {bar.label}{' (perhaps)' if bar.perhaps else ''}"
        top, height = self.y + 4, LINE - 8
        steps = min(FADE, (right - left) / 8)
        for number, opacity in enumerate(("0.2", "0.45", "0.7")):
            if bar.fades_in:
                yield _Rect(left + number * steps, top, steps, height, classes, title, opacity)
            if bar.fades_out:
                yield _Rect(right - (number + 1) * steps, top, steps, height, classes, title, opacity)
        left += 3 * steps * bar.fades_in
        right -= 3 * steps * bar.fades_out
        yield _Rect(round(left, 1), top, round(right - left, 1), height, classes, title)

    def _series(self, series: Series) -> None:
        shapes = self.shapes
        unit = unit_label(series.unit)
        self._heading(f"{series.label}{f', {unit}' if unit else ''}")
        top, bottom = self.y, self.y + PLOT
        values = [float(value) for _, value in series.points]
        near = [float(each.value) for each in series.thresholds]
        axis = value_axis(values, near, bottom, top, logarithmic=self.logarithmic)
        for band in series.bands:
            shapes.bands.append(self._band(series, band, axis, top, bottom))
        for mark in axis.marks():
            y = axis.y(mark)
            shapes.texts.append(_Text(LABELS - 6, y + 4, f"{mark:g}", "tl-mark", "", "end"))
            shapes.lines.append(_Line(LABELS, y, WIDTH - MARGIN, y, "tl-guide"))
        last = bottom + 4
        for threshold in series.thresholds:
            y = axis.y(float(threshold.value))
            shapes.lines.append(_Line(LABELS, y, WIDTH - MARGIN, y, "tl-threshold"))
            if last - y >= 12:
                last = y
                text = f"{plain(threshold.value)} {threshold.parameter}"
                shapes.texts.append(
                    _Text(MARGIN, y + 4, _short(text, MOST_LETTERS), "tl-threshold-label", text)
                )
        points = [(self.axis.middle(day), axis.y(float(value))) for day, value in series.points]
        if len(points) > 1:
            shapes.paths.append(" ".join(f"{x},{y}" for x, y in points))
        for (x, y), (day, value) in zip(points, series.points, strict=True):
            title = f"{series.label} on {day}: {plain(value)} {unit}".rstrip()
            shapes.marks.append(_Mark(x, y, title, "tl-point"))
        self.y = bottom + 8

    @staticmethod
    def _band(series: Series, band: Band, axis: ValueAxis, top: float, bottom: float) -> _Rect:
        upper = top if band.high is None else axis.y(float(band.high))
        lower = bottom if band.low is None else axis.y(float(band.low))
        span = " and ".join(
            text
            for text in (
                None if band.low is None else f"from {plain(band.low)}",
                None if band.high is None else f"up to {plain(band.high)}",
            )
            if text
        )
        title = f"{series.label} {span}: {', '.join(band.rules)} ({band.indicator})"
        height = round(lower - upper, 1)
        return _Rect(LABELS, upper, WIDTH - MARGIN - LABELS, height, f"tl-band tl-{band.indicator}", title)

    def _time(self, top: float) -> None:
        """Draw the axis of days, its marks across everything, and the day of the evaluation."""
        shapes, bottom = self.shapes, self.y + 4
        last = 0.0
        for day, label in self.axis.marks():
            x = self.axis.x(day)
            shapes.lines.append(_Line(x, top, x, bottom, "tl-grid"))
            if x - last >= 60 and x < WIDTH - MARGIN - 30:
                shapes.texts.append(_Text(x, bottom + 16, label, "tl-mark", "", "middle"))
                last = x
        if self.picture.begin <= self.picture.as_of <= self.picture.end:
            x = self.axis.middle(self.picture.as_of)
            shapes.lines.append(_Line(x, top, x, bottom + 22, "tl-now"))
            text = f"as of {self.picture.as_of}"
            anchor = "end" if x > WIDTH - 120 else "middle"
            shapes.texts.append(_Text(x, bottom + 34, text, "tl-date", "", anchor))
        self.y = bottom + 40
        for due in self.picture.later:
            shapes.texts.append(
                _Text(MARGIN, self.y + LINE - 7, f"Due later, on {due.date}: {due.title}", "tl-label")
            )
            self.y += LINE


_DAY = datetime.timedelta(days=1)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
