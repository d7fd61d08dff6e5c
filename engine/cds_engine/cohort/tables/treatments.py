"""Courses joined into treatments with window functions; :mod:`cds_engine.facts.treatments` has the meaning.

Courses are joined twice: each as long as it can be, and each as short as it can be. Days are counted
backwards from the evaluation.
"""

from __future__ import annotations

from collections.abc import Collection

import ibis
import ibis.expr.types as ir

from cds_engine.facts.treatments import EVER

_WHOSE = ("patient", "concept")
_TREATMENT = (*_WHOSE, "treatment")
_DECIMALS = 12
"""Doses that agree to so many decimals are equal; those in units that had to be divided are not exact."""


def treatments(courses: ir.Table, attributes: Collection[str]) -> ir.Table:
    """Return treatments with ``patient``, ``concept``, ``certain`` and ``attributes``.

    ``courses`` of one ``concept`` belong together if at most ``gap`` days lie between them. Where ``more`` is
    true, there may be more courses.
    """
    begun, ended = courses.begun, courses.ended
    day = ibis.coalesce(ended, begun)
    courses = courses.mutate(
        longest_begun=begun.fill_null(EVER),
        longest_ended=ended.fill_null(0),
        shortest_begun=ibis.cases(
            (~courses.certain, ibis.null("int64")),
            (courses.active, begun.fill_null(0)),
            else_=ibis.coalesce(begun, ended),
        ),
        shortest_ended=ibis.cases((courses.active, 0), else_=day),
    )
    courses = _joined(_joined(courses, "longest", "treatment"), "shortest", "core")
    found = courses.group_by(_TREATMENT).agg(
        more=courses.more.any(),
        certain=courses.certain.any(),
        all_certain=courses.certain.all(),
        taken=(courses.certain & courses.active).any(),
        perhaps_taken=courses.active.any(),
        number=courses.count(),
        in_cores=courses.core.count(),
        one_core=(courses.core.min() == courses.core.max()).fill_null(False),
        begun=courses.longest_begun.max(),
        ended=courses.longest_ended.min(),
        core_begun=courses.shortest_begun.max(),
        core_ended=courses.shortest_ended.min(where=courses.core.notnull()),
        dosed=(courses.dose.notnull() & begun.notnull() & (courses.active | ended.notnull())).all(),
    )
    if "dose_changed" in attributes:
        changes = _dose_changes(courses)
        found = found.left_join(changes, list(_TREATMENT)).drop([f"{key}_right" for key in _TREATMENT])
    else:
        found = found.mutate(dose_changed=ibis.null("int64"))
    exact = found.one_core & found.all_certain & ~found.more
    same_begun, same_ended = found.begun == found.core_begun, found.ended == found.core_ended
    known = {
        "active": ibis.cases((found.taken, True), (~found.more & ~found.perhaps_taken, False)),
        "begun": ibis.cases((exact & same_begun, found.begun)),
        "ended": ibis.cases((exact & same_ended & ~found.perhaps_taken, found.ended)),
        "dose_changed": ibis.cases((exact & same_begun & same_ended & found.dosed, found.dose_changed)),
    }
    listed = found.select(*_WHOSE, "certain", **{name: known[name] for name in attributes})
    perhaps_several = (found.number > 1) & ~(found.one_core & (found.in_cores == found.number))
    unknown = {name: ibis.null(value.type()) for name, value in known.items() if name in attributes}
    others = found.filter(perhaps_several).select(*_WHOSE, certain=ibis.literal(False), **unknown)
    return listed.union(others.select(listed.columns))


def _joined(courses: ir.Table, span: str, name: str) -> ir.Table:
    """Return courses with the number of the group of spans to which each belongs; NULL without a span."""
    begun, ended = courses[f"{span}_begun"], courses[f"{span}_ended"]
    whose = [*_WHOSE, begun.notnull()]
    earlier = ibis.window(group_by=whose, order_by=ibis.desc(begun), preceding=(None, 1))
    reached = ended.min().over(earlier)
    courses = courses.mutate(starts=ibis.cases((reached - begun <= courses.gap, 0), else_=1))
    # A range, not rows: spans that begin on one day are always in one group.
    so_far = ibis.range_window(group_by=whose, order_by=ibis.desc(begun), preceding=(None, 0))
    number = courses.starts.sum().over(so_far)
    return courses.mutate(**{name: ibis.cases((begun.notnull(), number))})


def _dose_changes(courses: ir.Table) -> ir.Table:
    """Return how many days ago the daily dose of each treatment last changed, its start included."""
    begun, stopped = courses.longest_begun, courses.filter(~courses.active)
    changes = courses.select(*_TREATMENT, day=begun, dose=courses.dose, courses=ibis.literal(1))
    ends = stopped.select(
        *_TREATMENT, day=stopped.longest_ended, dose=-stopped.dose, courses=ibis.literal(-1)
    )
    changes = changes.union(ends.cast(changes.schema()))
    changes = changes.group_by([*_TREATMENT, "day"]).agg(
        dose=changes.dose.sum(), courses=changes.courses.sum()
    )
    so_far = ibis.range_window(group_by=_TREATMENT, order_by=ibis.desc(changes.day), preceding=(None, 0))
    days = changes.mutate(
        dose=changes.dose.sum().over(so_far).round(_DECIMALS), courses=changes.courses.sum().over(so_far)
    )
    # Days between two courses do not count as a change.
    days = days.filter(days.courses > 0)
    before = days.dose.lag().over(ibis.window(group_by=_TREATMENT, order_by=ibis.desc(days.day)))
    days = days.mutate(changed=before.isnull() | (days.dose != before))
    return days.filter(days.changed).group_by(_TREATMENT).agg(dose_changed=days.day.min())
