"""The models of a timeline: the JSON that people and programs read."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cds_engine.answer.models import Indicator, RulebookIdentity
from cds_engine.notices import Notice
from cds_engine.record.models import Moment


class RangeError(ValueError):
    """The days of a timeline are out of order, or too many."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Interval(_Part):
    """Days on which the advisory of a rule fires without interruption, both ends included."""

    rule: str = Field(description="The rule's id.")
    begin: datetime.date = Field(serialization_alias="from", description="The first day within the timeline.")
    end: datetime.date = Field(serialization_alias="to", description="The last day within the timeline.")
    indicator: Annotated[Indicator, Field(exclude=True)] = "info"
    title: Annotated[str, Field(exclude=True)] = ""
    """The title of the rule."""
    began_before: Annotated[bool, Field(exclude=True)] = False
    """Whether the rule fires on the day before the timeline, too."""
    continues: Annotated[bool, Field(exclude=True)] = False
    """Whether the rule fires on the day after the timeline, too."""


class Due(_Part):
    """An advisory that begins after the day of the evaluation if nothing else is recorded."""

    date: datetime.date = Field(description="The first day on which the rule fires.")
    rule: str = Field(description="The rule's id.")
    summary: str = Field(description="The summary of the advisory on that day.")
    title: Annotated[str, Field(exclude=True)] = ""
    """The title of the rule."""
    indicator: Annotated[Indicator, Field(exclude=True)] = "info"

    @property
    def by(self) -> datetime.date:
        """The last day on which the rule does not fire yet: what it asks for is due by then."""
        return self.date - datetime.timedelta(days=1)


class Timeline(_Part):
    """The intervals in which advisories fire, and what falls due; always the same for the same input."""

    research_use_only: Literal[True] = Field(True, description="Always true.")
    disclaimer: str = Field(description="What the rulebook says about its use.")
    as_of: Moment = Field(description="The day or the instant that the record is about.")
    patient_id: str | None = Field(description="The id from the record.")
    rulebook: RulebookIdentity = Field(description="The rulebook that was used.")
    begin: datetime.date = Field(serialization_alias="from", description="The first day of the timeline.")
    end: datetime.date = Field(serialization_alias="to", description="The last day of the timeline.")
    advisories: tuple[Interval, ...] = Field(
        description="When each rule fires, by the first day and then by rule."
    )
    due: tuple[Due, ...] = Field(description="What falls due after `as_of`, by date and then by rule.")
    due_until: datetime.date = Field(description="The last day on which something was looked for as due.")
    notices: tuple[Notice, ...] = Field(description="Data that was ignored, changed or has no date.")
    days_evaluated: Annotated[int, Field(exclude=True)] = 0
    every_day: Annotated[tuple[str, ...], Field(exclude=True)] = ()
    """The facts because of which every day was evaluated: they may change on any day."""

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the timeline as JSON."""
        return self.model_dump_json(indent=indent, by_alias=True)
