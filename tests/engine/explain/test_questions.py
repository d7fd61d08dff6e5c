"""Questions about what a record lacks, and answers put into it."""

from __future__ import annotations

import copy
import datetime
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cds_engine import Engine, RecordError, load_rulebook, shipped_rulebooks
from cds_engine.audit.program import Programs
from cds_engine.audit.record_search import RecordSearches
from cds_engine.explain import Question, answer_question, questions
from cds_engine.explain.gaps import Gaps
from cds_engine.record.chart import build_chart

from tests.engine.charts import shipped
from tests.rulebook import tiny
from tests.spec.cases import AS_OF as SPEC_DAY
from tests.spec.cases import chapter, names

AS_OF = datetime.date(2026, 11, 23)
SHIPPED = sorted(path.parent for path in shipped_rulebooks().glob("*/rulebook.yaml"))
Json = dict[str, Any]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(shipped()[0])


def ask(engine: Engine, record: Json, name: str) -> Question:
    found = {question.id: question for question in questions(engine, record, AS_OF)}
    return found[name]


def ids(engine: Engine, record: Json) -> list[str]:
    return [question.id for question in questions(engine, record, AS_OF)]


ON = {"medications": [{"drug": "mianserin", "start": "2026-10-01"}]}


def test_the_questions_that_most_rules_need_come_first(engine: Engine) -> None:
    found = questions(engine, {}, AS_OF)
    assert [question.id for question in found[:3]] == [
        "list:medications",
        "set:patient:age_years",
        "list:observations",
    ]
    counts = [len(question.rules) for question in found]
    assert counts == sorted(counts, reverse=True)
    evaluation = engine.evaluate(engine.read({}), AS_OF)
    asked = {rule for question in found for rule in question.rules}
    assert asked == {entry.rule for entry in evaluation.not_evaluable}


def test_a_question_settles_the_rules_that_miss_nothing_else(engine: Engine) -> None:
    question = ask(engine, ON, "state:conditions:epilepsy")
    assert (question.rules, question.settles) == (("safety.epilepsy",), ("safety.epilepsy",))
    fever = ask(engine, ON, "state:symptoms:fever")
    assert fever.rules == ("monitoring.febrile-neutropenia", "monitoring.infection-signs")
    assert fever.settles == ()


def test_nothing_is_asked_about_a_record_that_leaves_no_rule_open() -> None:
    medications = [tiny.FULL["medications"][0] | {"indication": "grumbling"}]
    record = tiny.FULL | {"as_of": "2026-11-23", "medications": medications}
    assert questions(tiny.engine(), record, AS_OF) == ()


# Answers


def test_a_number_with_its_unit_and_day(engine: Engine) -> None:
    record = ON | {"observations": []}
    question = ask(engine, record, "add:observations:neutrophils")
    value, date = question.fields
    assert (value.name, value.kind, value.unit, value.minimum) == ("value", "number", "10*9/L", 0)
    assert (date.name, date.kind) == ("date", "date")
    changed = answer_question(record, question, {"value": 1.2, "date": "2026-11-01"})
    assert changed["observations"] == [
        {"code": "neutrophils", "value": 1.2, "unit": "10*9/L", "date": "2026-11-01"}
    ]
    other = {"value": {"value": 1200, "unit": "/uL"}, "date": "2026-11-01"}
    changed = answer_question(record, question, other)
    assert changed["observations"][0]["unit"] == "/uL"
    assert "observations" in record
    assert record["observations"] == []


def test_a_missing_field_of_an_entry(engine: Engine) -> None:
    question = ask(engine, ON, "complete:/medications/0")
    assert question.pointer == "/medications/0"
    assert {field.name for field in question.fields} == {"daily_dose", "indication"}
    changed = answer_question(ON, question, {"daily_dose": 60, "indication": "insomnia"})
    assert changed["medications"] == [
        ON["medications"][0] | {"daily_dose": {"value": 60, "unit": "mg/d"}, "indication": "insomnia"}
    ]
    assert answer_question(ON, question, {"daily_dose": None}) == ON


@pytest.mark.parametrize("present", [True, False])
def test_yes_or_no_in_a_section_that_stays_incomplete(engine: Engine, present: bool) -> None:
    question = ask(engine, ON, "state:conditions:epilepsy")
    changed = answer_question(ON, question, {"present": present})
    assert changed["conditions"] == [{"code": "epilepsy", "present": present}]
    assert changed["incomplete"] == ["conditions"]
    # Nothing follows for what was not asked.
    assert "state:conditions:diabetes" in ids(engine, changed)
    assert question.id not in ids(engine, changed)


def test_choices_make_a_list_complete(engine: Engine) -> None:
    question = ask(engine, {"incomplete": ["medications"], "medications": []}, "list:medications")
    current, former = question.fields
    assert {choice.value for choice in current.choices} >= {"mianserin", "warfarin"}
    assert next(choice for choice in former.choices if choice.value == "warfarin").label == "warfarin"
    record: Json = {
        "incomplete": ["medications", "symptoms"],
        "medications": [{"drug": "tea"}],
        "symptoms": [],
    }
    changed = answer_question(record, question, {"current": ["mianserin"], "former": ["phenelzine"]})
    assert changed["medications"] == [
        {"drug": "tea"},
        {"drug": "mianserin"},
        {"drug": "phenelzine", "stopped": True},
    ]
    assert changed["incomplete"] == ["symptoms"]
    nothing = answer_question({}, question, {"current": []})
    assert nothing == {"medications": []}
    assert "list:medications" not in ids(engine, nothing)
    assert answer_question({}, question, {}) == {}


def test_a_stop_on_an_unknown_day_is_asked_for(engine: Engine) -> None:
    record = {"medications": [*ON["medications"], {"drug": "phenelzine", "stopped": True}]}
    question = ask(engine, record, "complete:/medications/1")
    assert [field.name for field in question.fields] == ["stop"]
    changed = answer_question(record, question, {"stop": "2026-11-10"})
    evaluation = engine.evaluate(engine.read(changed), AS_OF)
    assert evaluation.outcomes.by_rule["safety.maoi"] == "fired"


@pytest.mark.parametrize(
    ("answer", "patient"),
    [
        ({"birth_date": "1950-01-01"}, {"id": "p", "birth_date": "1950-01-01"}),
        ({"age_years": 76}, {"id": "p", "age_years": 76}),
        ({"age_years": 76, "birth_date": "1950-01-01"}, {"id": "p", "birth_date": "1950-01-01"}),
    ],
)
def test_an_age_or_a_birth_date(engine: Engine, answer: Json, patient: Json) -> None:
    record = ON | {"patient": {"id": "p"}}
    question = ask(engine, record, "set:patient:age_years")
    assert answer_question(record, question, answer)["patient"] == patient


def test_what_is_not_understood_can_be_identified(engine: Engine) -> None:
    record = {"medications": [{"drug": "text|some tablet", "start": "2026-10-01"}]}
    question = ask(engine, record, "identify:/medications/0")
    assert question.text == "What is 'some tablet', which is not understood?"
    (field,) = question.fields
    values = [choice.value for choice in field.choices]
    assert values[-1] == "something else"
    named = answer_question(record, question, {"concept": "mianserin"})
    assert named["medications"][0]["drug"] == "mianserin"
    other = answer_question(record, question, {"concept": "something else"})
    outcomes = engine.evaluate(engine.read(other), AS_OF).outcomes
    assert (
        outcomes.not_evaluable
        == engine.evaluate(engine.read({"medications": []}), AS_OF).outcomes.not_evaluable
    )


def test_whether_a_drug_was_taken_is_asked(engine: Engine) -> None:
    record = {"medications": [{"drug": "mianserin", "start": "2026-10-01", "taken": None}]}
    question = ask(engine, record, "complete:/medications/0")
    assert "taken" in {field.name for field in question.fields}
    changed = answer_question(record, question, {"taken": True})
    assert changed["medications"][0]["taken"] is True


@pytest.mark.parametrize(
    ("name", "answer", "pointer", "expected"),
    [
        ("state:symptoms:fever", {"present": "yes"}, "/present", "expected true or false"),
        ("state:symptoms:fever", {"presence": True}, "/presence", "expected one of the fields present"),
        ("complete:/medications/0", {"daily_dose": "60"}, "/daily_dose", "expected a number"),
        ("complete:/medications/0", {"daily_dose": True}, "/daily_dose", "expected a number"),
        ("complete:/medications/0", {"indication": "x"}, "/indication", "expected one of"),
        ("list:observations", {"listed": ["neutrophil"]}, "/listed", "expected a list of some of"),
        ("set:patient:age_years", {"birth_date": 1950}, "/birth_date", "expected a date"),
    ],
)
def test_wrong_answers(engine: Engine, name: str, answer: Json, pointer: str, expected: str) -> None:
    with pytest.raises(RecordError) as caught:
        answer_question(ON, ask(engine, ON, name), answer)
    (problem,) = caught.value.problems
    assert problem.pointer == pointer
    assert expected in problem.message


# Round trip


@pytest.mark.slow
@pytest.mark.parametrize("folder", [*SHIPPED, tiny.TINY], ids=lambda folder: folder.name)
def test_the_answers_of_a_witness_settle_its_rule(folder: Path) -> None:
    used = Engine(load_rulebook(folder))
    search = RecordSearches(Programs(used.rulebook), used).newest
    for rule in used.rulebook.active_rules[:: 1 if os.environ.get("CI") or folder == tiny.TINY else 5]:
        witness = search.with_outcome(rule.id, "fired").found
        assert witness is not None
        if _leaves_open(witness.record):
            continue
        record = answered(used, dict(witness.record))
        outcome = used.evaluate(used.read(record), AS_OF).outcomes.by_rule[rule.id]
        assert outcome == "fired", (rule.id, witness.record, record)


def answered(used: Engine, witness: Json) -> Json:
    """Return the record that answering every question with the values of a witness makes of an empty one."""
    record: Json = {"as_of": witness["as_of"]}
    for _ in range(12):
        before = copy.deepcopy(record)
        for question in questions(used, record, AS_OF):
            answer = dict(_answer(question, record, witness))
            if answer:
                record = answer_question(record, question, answer)
        if record == before:
            return record
    raise AssertionError("the questions do not end")


def _answer(question: Question, record: Json, witness: Json) -> Iterator[tuple[str, Any]]:
    """Yield the fields of the answer that a witness gives."""
    section = question.section
    match question.action:
        case "set":
            stated = witness.get(section, {})
            yield from ((field.name, stated[field.name]) for field in question.fields if field.name in stated)
        case "list" if section in witness and section not in witness.get("incomplete", ()):
            for field in question.fields:
                over = field.name == "former"
                yield (
                    field.name,
                    [
                        name
                        for entry in witness[section]
                        if (name := _name(entry)) in {choice.value for choice in field.choices}
                        and over == bool(section == "medications" and _is_over(entry))
                        and name not in _names(record, section)
                    ],
                )
        case "state":
            found = {_name(entry): entry["present"] for entry in witness.get(section, ())}
            if section in witness and section not in witness.get("incomplete", ()):
                found = dict.fromkeys(question.concepts, False) | found
            if all(found.get(concept) is not None for concept in question.concepts):
                (field,) = question.fields
                several = [concept for concept in question.concepts if found[concept]]
                yield field.name, several if field.kind == "choices" else found[question.concepts[0]]
        case "complete":
            entry = _counterpart(question, record, witness)
            for field in question.fields if entry else ():
                if field.name in entry:
                    stated = entry[field.name]
                    yield field.name, stated["value"] if isinstance(stated, Mapping) else stated


def _leaves_open(witness: Json) -> bool:
    """Return whether a condition of a witness must stay unknown, which no answer says."""
    return any(entry["present"] is None for entry in witness.get("conditions", ()))


def _name(entry: Json) -> str:
    return str(entry.get("drug") or entry.get("code"))


def _names(record: Json, section: str) -> set[str]:
    return {_name(entry) for entry in record.get(section) or ()}


def _is_over(entry: Json) -> bool:
    return bool(entry.get("stopped") or "stop" in entry)


def _counterpart(question: Question, record: Json, witness: Json) -> Json:
    """Return the entry of a witness for the one that a question completes: of the same kind and place."""
    assert question.pointer is not None
    _, section, index = question.pointer.split("/")
    entries = record[section]
    mine = entries[int(index)]

    def alike(entry: Json) -> bool:
        return _name(entry) == _name(mine) and _is_over(entry) == _is_over(mine)

    place = sum(alike(entry) for entry in entries[: int(index)])
    found = [entry for entry in witness.get(section, ()) if alike(entry)]
    return found[place] if place < len(found) else {}


def test_everything_is_counted_once(engine: Engine) -> None:
    assert not [name for name, number in Counter(ids(engine, {})).items() if number > 1]


@pytest.mark.parametrize("name", names())
def test_questions_follow_from_any_facts(name: str) -> None:
    """For every unknown fact of the specification there is something to ask, if an answer could help."""
    part = chapter(name)
    for case in part.cases:
        record = part.engine.read(case.record)
        facts = part.engine.facts(record, SPEC_DAY)
        chart = build_chart(record, SPEC_DAY, part.engine.vocabulary, "record")
        gaps = Gaps(part.engine, chart, facts, record)
        for fact in part.engine.rulebook.facts:
            for gap in gaps.of(fact):
                assert fact not in facts.values
                assert gap.fields
                assert gap.text.endswith("?") or gap.action == "list"
                assert all(field.label for field in gap.fields)
