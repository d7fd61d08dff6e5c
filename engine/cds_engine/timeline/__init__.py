"""When each advisory of a record begins and ends, and what falls due next if nothing else is recorded."""

from cds_engine.timeline.models import Due, Interval, Timeline
from cds_engine.timeline.run import document_timeline, record_timeline

__all__ = ["Due", "Interval", "Timeline", "document_timeline", "record_timeline"]
