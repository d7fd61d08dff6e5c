"""When each advisory of a record begins and ends, and what falls due next if nothing else is recorded."""

from cds_engine.timeline.models import Due, Interval, RangeError, Timeline
from cds_engine.timeline.run import document_timeline, record_timeline

__all__ = ["Due", "Interval", "RangeError", "Timeline", "document_timeline", "record_timeline"]
