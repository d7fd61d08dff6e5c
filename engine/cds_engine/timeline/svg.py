"""A timeline as SVG: readable without colours, light and dark, with a text alternative.

Colours come from classes only, so that a page with a strict Content-Security-Policy can use its own
stylesheet; :data:`STYLESHEET` is the one that a standalone picture contains.
"""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, StrictUndefined, select_autoescape

from cds_engine.evaluate import Engine
from cds_engine.record.models import Record
from cds_engine.timeline.drawing import LINE, MARGIN, WIDTH, Drawing
from cds_engine.timeline.models import Timeline
from cds_engine.timeline.picture import Picture, timeline_picture

_FILES = files("cds_engine.timeline")
STYLESHEET = _FILES.joinpath("timeline.css").read_text(encoding="utf-8")


def draw_timeline(engine: Engine, record: Record, timeline: Timeline, *, logarithmic: bool = False) -> str:
    """Return the timeline of a record as an SVG file."""
    picture = timeline_picture(engine, record, timeline)
    return timeline_svg(picture, timeline, logarithmic=logarithmic, standalone=True)


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
    drawing = Drawing(picture, logarithmic=logarithmic)
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
