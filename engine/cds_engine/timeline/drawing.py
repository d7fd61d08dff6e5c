"""The shapes of a picture of a timeline: what is drawn where, and with which class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cds_engine.quantities.numbers import plain
from cds_engine.rulebook.text import unit_label
from cds_engine.timeline.axis import TimeAxis, ValueAxis, value_axis
from cds_engine.timeline.days import ONE_DAY
from cds_engine.timeline.models import Due
from cds_engine.timeline.picture import Bar, Picture, Row, Series
from cds_engine.timeline.thresholds import Band

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
SIGNS = {
    "critical": "\N{BLACK DIAMOND}",
    "warning": "\N{BLACK UP-POINTING TRIANGLE}",
    "info": "\N{BLACK CIRCLE}",
}
"""The signs of the indicators, which do not need colours."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle with a tooltip."""

    x: float
    y: float
    width: float
    height: float
    classes: str
    title: str = ""
    opacity: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A text; ``title`` is its tooltip."""

    x: float
    y: float
    text: str
    classes: str
    title: str = ""
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Line:
    """A line."""

    x1: float
    y1: float
    x2: float
    y2: float
    classes: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a series, or (``is_due``) a day on which something falls due."""

    x: float
    y: float
    title: str
    classes: str
    is_due: bool = False


@dataclass(slots=True)
class Shapes:
    """The shapes of a picture, by what lies above what: bands at the bottom, texts on top."""

    bands: list[Rect] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    bars: list[Rect] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)


class Drawing:
    """Draws a picture from the top down; ``y`` is how far it has come.

    Args:
        picture: what to draw.
        logarithmic: whether results have logarithmic axes.
    """

    def __init__(self, picture: Picture, *, logarithmic: bool) -> None:
        self.picture = picture
        self.logarithmic = logarithmic
        self.axis = TimeAxis(picture.begin, picture.end, LABELS, WIDTH - MARGIN)
        self.shapes = Shapes()
        self.y = float(MARGIN)

    def draw(self) -> None:
        """Draw everything."""
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
            self.shapes.texts.append(Text(MARGIN, self.y + LINE - 7, "none", "tl-label"))
            self.y += LINE
        for row in rows:
            self._row(row)

    def _heading(self, text: str) -> None:
        self.shapes.texts.append(Text(MARGIN, self.y + HEADING - 8, text, "tl-heading"))
        self.y += HEADING

    def _row(self, row: Row) -> None:
        shapes, baseline = self.shapes, self.y + LINE - 7
        x = float(MARGIN)
        if row.indicator is not None:
            shapes.texts.append(
                Text(x, baseline, SIGNS[row.indicator], f"tl-sign tl-{row.indicator}", row.indicator)
            )
            x += 16
        shapes.texts.append(Text(x, baseline, _short(row.label, MOST_LETTERS), "tl-label", row.label))
        shapes.lines.append(Line(LABELS, self.y + LINE / 2, WIDTH - MARGIN, self.y + LINE / 2, "tl-guide"))
        for bar in row.bars:
            shapes.bars += self._bar(row, bar)
            self._in_bar(bar, shapes.bars[-1], baseline)
        if row.due is not None and row.due.date <= self.picture.end:
            self._due(row.due)
        self.y += LINE

    def _in_bar(self, bar: Bar, rect: Rect, baseline: float) -> None:
        """Write the short text of a bar into it if there is room."""
        if bar.text and rect.width > len(bar.text) * 7 + 8:
            self.shapes.texts.append(Text(round(rect.x + 5, 1), baseline, bar.text, "tl-in-bar"))

    def _due(self, due: Due) -> None:
        x, y = self.axis.middle(due.date), self.y + LINE / 2
        title = f"Due by {due.by}, or from {due.date} on: {due.summary}"
        self.shapes.marks.append(Mark(x, y, title, "tl-due", is_due=True))
        side, anchor = (9, "start") if WIDTH - MARGIN - x > 120 else (-9, "end")
        self.shapes.texts.append(Text(x + side, y + 4, f"due by {due.by}", "tl-date", "", anchor))

    def _bar(self, row: Row, bar: Bar) -> Iterator[Rect]:
        """Yield the parts of a bar; it fades where its day is not known."""
        axis = self.axis
        left = axis.left if bar.begin is None else axis.x(bar.begin)
        # What goes on is drawn up to the day of the evaluation: nobody knows more.
        until = bar.end if bar.end is not None else min(self.picture.as_of, self.picture.end) + ONE_DAY
        right = max(axis.x(until), left + 2)
        classes = f"tl-bar tl-{bar.kind}{' tl-perhaps' if bar.perhaps else ''}"
        title = f"{row.label}: {bar.label}{' (perhaps)' if bar.perhaps else ''}"
        top, height = self.y + 4, LINE - 8
        steps = min(FADE, (right - left) / 8)
        for number, opacity in enumerate(("0.2", "0.45", "0.7")):
            if bar.fades_in:
                yield Rect(left + number * steps, top, steps, height, classes, title, opacity)
            if bar.fades_out:
                yield Rect(right - (number + 1) * steps, top, steps, height, classes, title, opacity)
        left += 3 * steps * bar.fades_in
        right -= 3 * steps * bar.fades_out
        yield Rect(round(left, 1), top, round(right - left, 1), height, classes, title)

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
            shapes.texts.append(Text(LABELS - 6, y + 4, f"{mark:g}", "tl-mark", "", "end"))
            shapes.lines.append(Line(LABELS, y, WIDTH - MARGIN, y, "tl-guide"))
        last = bottom + 4
        for threshold in series.thresholds:
            y = axis.y(float(threshold.value))
            shapes.lines.append(Line(LABELS, y, WIDTH - MARGIN, y, "tl-threshold"))
            if last - y >= 12:
                last = y
                text = f"{plain(threshold.value)} {threshold.parameter}"
                shapes.texts.append(
                    Text(MARGIN, y + 4, _short(text, MOST_LETTERS), "tl-threshold-label", text)
                )
        points = [(self.axis.middle(day), axis.y(float(value))) for day, value in series.points]
        if len(points) > 1:
            shapes.paths.append(" ".join(f"{x},{y}" for x, y in points))
        for (x, y), (day, value) in zip(points, series.points, strict=True):
            title = f"{series.label} on {day}: {plain(value)} {unit}".rstrip()
            shapes.marks.append(Mark(x, y, title, "tl-point"))
        self.y = bottom + 8

    @staticmethod
    def _band(series: Series, band: Band, axis: ValueAxis, top: float, bottom: float) -> Rect:
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
        return Rect(LABELS, upper, WIDTH - MARGIN - LABELS, height, f"tl-band tl-{band.indicator}", title)

    def _time(self, top: float) -> None:
        """Draw the axis of days, its marks across everything, and the day of the evaluation."""
        shapes, bottom = self.shapes, self.y + 4
        last = 0.0
        for day, label in self.axis.marks():
            x = self.axis.x(day)
            shapes.lines.append(Line(x, top, x, bottom, "tl-grid"))
            if x - last >= 60 and x < WIDTH - MARGIN - 30:
                shapes.texts.append(Text(x, bottom + 16, label, "tl-mark", "", "middle"))
                last = x
        if self.picture.begin <= self.picture.as_of <= self.picture.end:
            x = self.axis.middle(self.picture.as_of)
            shapes.lines.append(Line(x, top, x, bottom + 22, "tl-now"))
            text = f"as of {self.picture.as_of}"
            anchor = "end" if x > WIDTH - 120 else "middle"
            shapes.texts.append(Text(x, bottom + 34, text, "tl-date", "", anchor))
        self.y = bottom + 40
        for due in self.picture.later:
            shapes.texts.append(Text(MARGIN, self.y + LINE - 7, f"Due by {due.by}: {due.title}", "tl-label"))
            self.y += LINE


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
