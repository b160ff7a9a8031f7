"""Every operator of the language: its cases on each engine, its page, its schema, and what it says of a bad operand."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from antq_rules.evidence.measuring import compile_truth
from antq_rules.language.schema import document_schema
from antq_rules.located import parse_yaml
from antq_rules.model.ruleset import Ruleset
from antq_rules.operators import operators
from antq_rules.operators.base import Case, Operator, Reader
from tests.judged import ENGINES
from tests.sample import Sample, sample_of

OF_OTHERS = ("verdict_of",)
"""Operators that need another ruleset, tried in test_other_rulesets.py."""
"""Operators that the language has and no executor runs yet; each gets its cases with the executor."""

CASES = [(name, case) for name, operator in operators().items() for case in operator.cases]

# What the modules' own cases leave out: operands of other sorts, and unknowns that cannot matter.
MORE: tuple[Case, ...] = (
    Case("{at_least: [a, {param: rarely}]}", {"a": 9}, "undetermined"),
    Case("{at_least: [a, {param: rarely}]}", {"a": 10}, "pass"),
    Case("{at_least: [grade, {param: least_grade}]}", {"grade": "mid"}, "pass"),
    Case("{at_least: [grade, {param: least_grade}]}", {"grade": "low"}, "fail"),
    Case("{share_at_least: {of: a, among: b, ratio: {param: half}}}", {"a": 1, "b": 2}, "pass"),
    Case("{share_at_least: {of: a, among: b, ratio: {param: half}}}", {"a": 1, "b": 3}, "fail"),
    Case("{share_at_least: {of: a, among: b, ratio: {param: open_half}}}", {"a": 3, "b": 3}, "undetermined"),
    Case("{share_at_least: {of: a, among: b, ratio: {param: open_half}}}", {"b": 0}, "not_applicable"),
    Case("{share_at_least: {of: a, among: {count: {records: events}}, ratio: 1}}", {"events": []}, "not_applicable"),
    Case("{equal: [day, other_day]}", {"day": "2025-01-01", "other_day": "2025-01-01"}, "pass"),
    Case("{less_than: [day, other_day]}", {"day": "absent"}, "pass"),
    Case("{less_than: [rate, 2]}", {"rate": "1.999"}, "pass"),
    Case("{less_than: [rate, 2]}", {"rate": "2"}, "fail"),
    Case("{at_most: [a, rate]}", {"a": 2, "rate": "2.001"}, "pass"),
    Case("{at_most: [a, rate]}", {"a": 3, "rate": "2.999"}, "fail"),
    Case("{more_than: [{times: [-1, a]}, -3]}", {"a": 2}, "pass"),
    Case("{more_than: [{times: [-1, a]}, -3]}", {"a": 3}, "fail"),
    Case("{at_least: [{sum: [a, rate]}, 2.5]}", {"a": 2, "rate": "0.5"}, "pass"),
    Case("{at_least: [{sum: [rate, a]}, 2.5]}", {"a": 2, "rate": "0.499"}, "fail"),
    Case("{at_least: [{total: {records: events, column: weight, where: {equal: [kind, x]}}}, 5]}",
         {"events": [{"kind": "x", "weight": 4}, {"kind": "y", "weight": 1}]}, "fail"),
    Case("{at_most: [{total: {records: events, column: weight, where: ok}}, 5]}",
         {"events": [{"kind": "x", "weight": 4}, {"kind": "y", "weight": 2}]}, "undetermined"),
    Case("{at_most: [{total: {records: events, column: weight, where: ok}}, 5]}",
         {"events": [{"kind": "x", "weight": 4}, {"kind": "y", "weight": 1}]}, "pass"),
    Case("{at_most: [{total: {records: events, column: weight, where: ok}}, 5]}",
         {"events": [{"kind": "x", "weight": 9, "ok": False}]}, "pass"),
    Case("{at_least_k: {k: 1, of: [{applies_when: flag, require: {equal: [a, 0]}}]}}", {"flag": False},
         "not_applicable"),
    Case("{at_least_k: {k: 2, of: [{applies_when: flag, require: {equal: [a, 0]}}, {equal: [b, 0]}]}}",
         {"flag": False, "b": 0}, "fail"),
    Case("{any: [{applies_when: flag, require: {equal: [a, 0]}}, {equal: [b, 0]}]}", {"flag": False, "b": 1}, "fail"),
    Case("{all: [{applies_when: flag, require: {equal: [a, 0]}}, {equal: [b, 0]}]}", {"flag": False, "b": 0}, "pass"),
    Case("{all: [{applies_when: flag, require: {equal: [a, 0]}}]}", {"flag": False}, "not_applicable"),
    Case("{not: {applies_when: flag, require: {equal: [a, 0]}}}", {"flag": False}, "not_applicable"),
    Case("{not: {applies_when: flag, require: {equal: [a, 0]}}}", {"flag": True, "a": 1}, "pass"),
    Case("{applies_when: {applies_when: flag, require: {equal: [a, 0]}}, require: {equal: [b, 0]}}", {"flag": False},
         "not_applicable"),
    Case("{none_of: {records: events, where: {dated_within: [on, quarter]}}}",
         {"events": [{"kind": "x", "on": "2025-04-01"}]}, "pass"),
    Case("{every: {records: events, have: {one_of: [kind, [x, y]]}}}", {"events": [{"kind": "x"}]}, "pass"),
    Case("{includes_any: [topics, [x, y, z]]}", {}, "undetermined"),
    Case("{includes_any: [levels, [x, y]]}", {}, "pass"),
    Case("{includes_any: [levels, [x]]}", {}, "undetermined"),
    Case("{dated_within: [day, {from: 2030-01-01, to: {year: 0, day: 12-31}}]}", {}, "fail"),
    Case("{dated_within: [day, {from: 0001-01-01}]}", {}, "undetermined"),
    Case("{dated_within: [other_day, {from: 0001-01-01}]}", {}, "pass"),
    Case("{equal: [{total: {records: events, column: weight}}, 2]}", {"events": [{"kind": "x"}]}, "undetermined"),
    Case("{equal: [{sum: [a, {times: [-1, b]}]}, 0]}", {"a": 3, "b": 3}, "pass"),
    Case("{dated_within: [day, {from: {year: -1, day: 11-01}, to: {year: 0, day: 10-31}}]}", {"day": "2024-11-01"},
         "pass"),
    Case("{tagged: coastal}", {"tags": ["border"]}, "fail"),
)  # fmt: skip

EVERY_CASE = [*CASES, *(("more", case) for case in MORE)]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return sample_of(tmp_path_factory.mktemp("sample"), [case.condition for _, case in EVERY_CASE])


def case_id(item: object) -> str:
    return f"{item.condition} {dict(item.evidence)}" if isinstance(item, Case) else str(item)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("index", range(len(EVERY_CASE)), ids=lambda index: case_id(EVERY_CASE[index][1]))
def test_case(index: int, engine: str, sample: Sample) -> None:
    case = EVERY_CASE[index][1]
    values = sample.values(case.evidence)
    judgement = sample.executor(engine).judge("sample.u", "u", values)
    assert judgement.findings[index].value == case.outcome
    assert compile_truth(sample.plan.standards["sample.u"].criteria[index].truth)(values).value == case.outcome


@pytest.mark.parametrize("name", operators())
def test_operator_has_cases(name: str) -> None:
    outcomes = {case.outcome for case in operators()[name].cases}
    if name not in OF_OTHERS:
        assert {"pass", "undetermined"} <= outcomes, f"{name} lacks cases"
        assert "fail" in outcomes or name == "slot", f"{name} lacks a case that fails"


@pytest.mark.parametrize("name", operators())
def test_operator_has_a_page_a_schema_and_words(name: str) -> None:
    operator = operators()[name]
    module = sys.modules[operator.read.__module__]
    assert module.__doc__
    assert module.__doc__.startswith(f"``{name}: ")
    assert " - " in module.__doc__ or " beside " in module.__doc__
    assert module.__name__.rsplit(".", 1)[1].rstrip("_") == name
    Draft202012Validator.check_schema(operator.schema)
    assert operator.gives in ("condition", "number")
    # What only chooses between conditions asks for nothing itself.
    assert bool(operator.needs) == (operator.gives == "condition" and not operator.companions)


def test_cases_keep_to_the_published_schema(sample: Sample) -> None:
    folder = Path(sample.ruleset.folder)
    for name, file in [("ruleset", "ruleset.yaml"), ("evidence", "evidence.yaml"), ("standard", "standards/u.yaml")]:
        data = parse_yaml((folder / file).read_text(encoding="utf-8"), file).data
        errors = Draft202012Validator(document_schema(name)).iter_errors(plain(data))
        assert [error.message for error in errors] == []


def plain(value: Any) -> Any:
    """Decimals as floats, which is what a schema validator knows."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


# --- operands that do not fit --------------------------------------------------------------------------------


def reader_of(ruleset: Ruleset, text: str) -> Reader:
    """A reader over the sample dictionary, on a document that holds a condition under ``x``."""
    from antq_rules.language.loader import tags_field

    document = parse_yaml(f"x: {text}\n", "sample.yaml")
    assert not document.faults
    return Reader(
        document=document,
        operators=operators(),
        fields={**ruleset.fields_of("u"), "tags": tags_field(ruleset.tags)},
        parameters=ruleset.parameters,
        readings=ruleset.readings,
        periods=ruleset.periods,
        children=ruleset.children,
        slots=ruleset.slots,
        where="u",
    )


JUNK = (
    "", "7", "-1", "1.5", "true", "nothing", "a", "flag", "remark", "grade", "topics", "events", "day", "yearly",
    "[]", "{}", "[[]]", "[{}]", "[a]", "[7, 7]", "[a, b, c]", "[null, null]", "[a, remark]", "[topics, x]",
    "[topics, [q]]", "[topics, []]", "[grade, 1]", "[colour, red]", "[day, 3]", "[day, {}]",
    "[day, {from: tomorrow}]", "[day, [1]]", "[day, {from: 2025-03-01, to: 2025-02-01}]", "[a, a]", "{of: a}",
    "{of: a, among: b, ratio: 2}", "{of: a, among: a, ratio: 1/2}", "{of: a, among: b, ratio: {param: floor}}",
    "{of: x, among: y, ratio: [1]}", "{children: below, of: registered, among: recognised, ratio: 1/2}",
    "{children: nowhere, are: registered}", "{children: below, are: in_scope}",
    "{children: [1], of: [2], among: [3], ratio: 0.5}", "{records: events}", "{records: a}",
    "{records: events, where: 7}", "{records: events, where: flag, have: ok}", "{records: [1]}",
    "{records: events, column: kind}", "{records: events, column: weight, where: [ok]}",
    "{records: events, unless: 1}", "{k: 0, of: [flag]}", "{k: true, of: [flag]}", "{k: 1, of: []}",
    "{k: 1, of: [7]}", "{field: yearly}", "{field: a, last: 2}", "{field: yearly, last: remark}",
    "{field: yearly, year: true}", "{standard: 7}", "{standard: s, reported: a}", "{standard: s, by: a}",
    "{of: a, bands: []}", "{of: a, bands: [{from: 1}]}", "{of: a, bands: [{from: 1, value: x}]}",
    "{of: a, bands: [{from: 2, value: 1}, {from: 1, value: 2}]}", "{of: remark, bands: [{from: 1, value: 1}]}",
    "{of: a, reading: round, bands: [{from: 1, value: 1}]}",
    "{of: a, bands: [{from: 0, value: 0, grow: 1, every: 0}]}", "[0.5, a]", "[a, {times: [2, b]}]",
    "[{total: {records: events, column: weight, where: ok}}, 2]", "[10000000001, a]", "[true, a]", "[2, day]",
    "[a, {times: [-1, a]}]", "[1000000000, {times: [1000000000, a]}]", "nowhere", "[nowhere]", "{nowhere: 1}",
    "[{sum: [a]}, {sum: [a]}]", "[{count: {records: events}}, {count: {records: events}}]", "{param: half}",
)  # fmt: skip

ORDER = {"at_least", "at_most", "less_than", "more_than"}
SOUND: dict[str, set[str]] = {
    "[7, 7]": {*ORDER, "equal", "sum", "times"},
    "[0.5, a]": {*ORDER, "sum"},
    "[10000000001, a]": {*ORDER, "equal", "sum"},
    "[a, {times: [2, b]}]": {*ORDER, "sum"},
    "[colour, red]": {"equal"},
    "[a]": {"sum"},
    "[a, a]": {"sum"},
    "[a, b, c]": {"sum"},
    "[a, {times: [-1, a]}]": {"sum"},
    "[{sum: [a]}, {sum: [a]}]": {"sum"},
    "[{count: {records: events}}, {count: {records: events}}]": {"sum"},
    "[1000000000, {times: [1000000000, a]}]": {*ORDER, "sum", "times"},
    "[{total: {records: events, column: weight, where: ok}}, 2]": {*ORDER, "sum"},
    "{records: events}": {"none_of", "count"},
    "day": {"documented"},
    "flag": {"is_true", "not"},
}
"""Operands among the junk that do fit some operators."""


@pytest.mark.parametrize("name", operators())
def test_operand_that_does_not_fit_gives_a_fault_with_its_place(name: str, sample: Sample) -> None:
    operator: Operator = operators()[name]
    for operand in JUNK:
        text = f"{{{name}: {operand}}}"
        reader = reader_of(sample.ruleset, text)
        path = ("x", name)
        node = operator.read(reader.document.data["x"][name], path, reader)
        if name in SOUND.get(operand, ()):
            assert node is not None, text
            assert reader.faults == [], text
            continue
        assert node is None, f"{text} is taken as {node}"
        assert reader.faults, text
        for fault in reader.faults:
            assert fault.place is not None
            assert fault.place.line == 1
            assert fault.place.column >= 4
            assert fault.text()


@pytest.mark.parametrize("operand", ["7", "[]", "{}", "{at_least: [a, 1], at_most: [a, 3]}", "{require: flag}", "null"])
def test_what_is_no_condition_is_refused(operand: str, sample: Sample) -> None:
    reader = reader_of(sample.ruleset, operand)
    assert reader.condition(reader.document.data["x"], ("x",)) is None
    assert reader.faults


def test_companions_must_be_there_and_fit(sample: Sample) -> None:
    for text, code in [
        ("{applies_when: flag}", "missing_key"),
        ("{applies_when: flag, require: 7}", "wrong_operand"),
        ("{applies_when: 7, require: flag}", "wrong_operand"),
        ("{reading: strictness}", "wrong_operand"),
        ("{reading: strictness, choices: {mild: flag}}", "missing_key"),
        ("{reading: strictness, choices: {mild: flag, strict: 7}}", "wrong_operand"),
        ("{reading: strictness, choices: {mild: flag, strict: flag, harsh: flag}}", "unknown_key"),
        ("{reading: lenience, choices: {mild: flag}}", "unknown_reading"),
    ]:
        reader = reader_of(sample.ruleset, text)
        assert reader.condition(reader.document.data["x"], ("x",)) is None
        assert [fault.code for fault in reader.faults] == [code], text


@pytest.mark.parametrize("text", ["judgement", "{judged: judgement}", "{none_of: {records: events, unless: ok}}"])
def test_judged_fields_are_noted(text: str, sample: Sample) -> None:
    for condition, noted in [(text, True), ("flag", False)]:
        reader = reader_of(sample.ruleset, condition)
        reader.condition(reader.document.data["x"], ("x",))
        assert reader.uses_judged is noted


def test_measures_of_children_are_levels_that_narrow(sample: Sample) -> None:
    for text, code in [
        ("{share_at_least: {children: below, of: recognised, among: registered, ratio: 7/10}}", None),
        ("{every: {children: below, are: registered}}", None),
        ("{share_at_least: {children: below, of: recognised, among: registerd, ratio: 7/10}}", "unknown_level"),
        ("{share_at_least: {children: above, of: recognised, among: registered, ratio: 7/10}}", "unknown_children"),
        ("{share_at_least: {children: below, of: recognised, ratio: 7/10}}", "missing_key"),
        ("{every: {children: below, have: registered}}", "unknown_key"),
    ]:
        reader = reader_of(sample.ruleset, text)
        node = reader.condition(reader.document.data["x"], ("x",))
        assert [fault.code for fault in reader.faults][:1] == ([code] if code else [])
        assert (node is None) == (code is not None)
