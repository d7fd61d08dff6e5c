"""The audit as a workbook (XLSX): traceability, mutants, terminology and scenarios, one sheet each."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Iterator, Sequence

import xlsxwriter
from xlsxwriter.format import Format

from cds_engine.audit.report.text import TITLES
from cds_engine.audit.report.traceability import COLUMNS, trace_rows
from cds_engine.audit.result import AuditResult, Goal

WIDEST = 60
"""The most characters that a column is wide."""
UNDATED = datetime.datetime(2000, 1, 1)
"""The time of creation of a workbook whose audit has no date, so that the same audit gives the same file."""
Cells = Sequence[str | int | float]


def to_workbook(result: AuditResult) -> bytes:
    """Return the workbook as the content of an XLSX file."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(
        content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    date = result.about.date
    created = UNDATED if date is None else datetime.datetime.combine(date, datetime.time())
    book.set_properties({"title": _title(result), "comments": result.disclaimer, "created": created})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    body = book.add_format({"text_wrap": True, "valign": "top"})
    sheets: list[tuple[str, Cells, Iterable[Cells]]] = [
        ("About", ("what", "value"), _about(result)),
        ("Traceability", COLUMNS, trace_rows(result)),
        ("Mutants", ("kind", "subject", "change", "at", "fate", "noticed by", "accepted"), _mutants(result)),
        ("Terminology", ("subject", "entry", "at", "covered by", "excused"), _terminology(result)),
        ("Scenarios", ("at", "name", "steps"), _scenarios(result)),
    ]
    for name, columns, rows in sheets:
        _write(book.add_worksheet(name), columns, list(rows), head, body)
    book.close()
    return content.getvalue()


def _write(
    sheet: xlsxwriter.worksheet.Worksheet, columns: Cells, rows: list[Cells], head: Format, body: Format
) -> None:
    sheet.write_row(0, 0, columns, head)
    for number, row in enumerate(rows, 1):
        sheet.write_row(number, 0, row, body)
    for index, column in enumerate(columns):
        longest = max(
            [len(str(column)), *(len(line) for row in rows for line in str(row[index]).splitlines())]
        )
        sheet.set_column(index, index, min(longest + 2, WIDEST))
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(rows), len(columns) - 1)


def _title(result: AuditResult) -> str:
    return f"Audit of {result.rulebook['id']} {result.rulebook['version']}"


def _about(result: AuditResult) -> Iterator[Cells]:
    yield "audit of", f"{result.rulebook['id']} {result.rulebook['version']}"
    yield "research_use_only", "true"
    yield "disclaimer", result.disclaimer
    yield "result", "passed" if result.passed else "not passed"
    about = result.about
    for name, value in (("date", about.date), ("commit", about.commit), ("engine", about.engine)):
        yield name, "" if value is None else str(value)
    for name, digest in about.digests.items():
        yield f"digest of {name}", digest or ""
    for kind, total in result.totals.items():
        required = "" if total.required is None else f", required {total.required:g} %"
        yield TITLES[kind], f"{total.covered} of {total.of}: {total.percent} %{required}"


def _mutants(result: AuditResult) -> Iterator[Cells]:
    for mutant in result.mutants:
        at = f"{mutant.file}:{mutant.line}"
        yield (
            mutant.kind,
            mutant.subject,
            mutant.change,
            at,
            mutant.fate,
            mutant.by or "",
            mutant.accepted or "",
        )


def _terminology(result: AuditResult) -> Iterator[Cells]:
    def at(goal: Goal) -> str:
        return f"{goal.file}:{goal.line}"

    for goal in result.of("terminology"):
        yield goal.subject, goal.label, at(goal), "\n".join(goal.seen_in), goal.excused or ""


def _scenarios(result: AuditResult) -> Iterator[Cells]:
    for view in result.scenario_views:
        yield view.place, view.name, "\n".join(view.steps)
