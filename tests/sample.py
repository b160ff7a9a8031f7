"""A sample ruleset with fields, parameters and readings of every sort, for conditions to be tried on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from antq_rules.engines.choosing import executor_for
from antq_rules.engines.protocol import Executor
from antq_rules.evidence.intake import Facts, Intake
from antq_rules.evidence.measuring import Children, children_key
from antq_rules.language.loader import load_folder
from antq_rules.model.dossier import Entry
from antq_rules.model.expression import Label
from antq_rules.model.measure import MeasureFunction
from antq_rules.model.ruleset import Ruleset
from antq_rules.plan.compiling import Plan, choose_readings, compile_ruleset

RULESET = """
ruleset: sample
version: '1'
title: &title {vi: mẫu, en: sample}
status: local
instrument: {number: n, issuer: i}
in_force: {}
kinds: {u: {title: *title}}
managing_levels: [low]
tags: [border, coastal]
parameters:
  floor: {title: *title, type: integer, range: [0, 100], values: [{value: 4}]}
  unset: {title: *title, type: integer, range: [0, 100], values: [{value: unset}]}
  open_years: {title: *title, type: integer, range: [1, 3], values: [{value: unset}]}
  rarely: {title: *title, type: decimal, places: 1, range: [0, 10], values: [{to: 2024-12-31, value: 2.5}]}
  half: {title: *title, type: ratio, values: [{value: 1/2}]}
  open_half: {title: *title, type: ratio, values: [{value: unset}]}
  least_grade: {title: *title, type: choice, choices_of: grade, values: [{value: mid}]}
readings:
  strictness: {ambiguity: A, title: *title, choices: {mild: *title, strict: *title}, default: mild}
periods:
  quarter: {from: {year: 0, day: 01-01}, to: {year: 0, day: 03-31}}
children:
  below:
    title: *title
    kinds: [u]
    managed_by: [low]
    registered_by: day
    announced: a
    reported: {in_scope: a, registered: b, recognised: c}
slots:
  open: {title: *title, range: [0, 10]}
  open_row: {title: *title, range: [0, 10], records: events}
"""

EVIDENCE = """
fields:
  a: {kinds: [u], type: integer, range: [0, 1000000], title: &title {vi: mẫu, en: sample}}
  b: {kinds: [u], type: integer, range: [0, 1000000], title: *title}
  c: {kinds: [u], type: integer, range: [0, 1000000], title: *title}
  rate: {kinds: [u], type: decimal, places: 3, range: [0, 1000], title: *title}
  flag: {kinds: [u], type: boolean, title: *title}
  decided: {kinds: [u], type: boolean, attested: true, title: *title}
  judgement: {kinds: [u], type: boolean, judged: true, title: *title}
  day: {kinds: [u], type: date, may_be_absent: true, title: *title}
  other_day: {kinds: [u], type: date, title: *title}
  grade: {kinds: [u], type: enum, ordered: true, values: {low: *title, mid: *title, high: *title}, title: *title}
  colour: {kinds: [u], type: enum, values: {red: *title, blue: *title}, title: *title}
  topics: {kinds: [u], type: set, values: {x: *title, y: *title, z: *title}, title: *title}
  levels: {kinds: [u], type: set, not_empty: true, values: {x: *title, y: *title}, title: *title}
  remark: {kinds: [u], type: text, title: *title}
  yearly: {kinds: [u], type: series, range: [0, 1000], title: *title}
  events:
    kinds: [u]
    type: records
    title: *title
    columns:
      kind: {type: enum, required: true, values: {x: *title, y: *title}, title: *title}
      on: {type: date, title: *title}
      weight: {type: integer, range: [0, 1000], title: *title}
      ok: {type: boolean, judged: true, title: *title}
"""

STANDARD = """
standard: sample.u
title: &title {vi: mẫu, en: sample}
kinds: [u]
window: {from: {year: 0, day: 01-01}, to: {year: 0, day: 12-31}}
criteria:
"""


MEASURES = {
    measure.name: measure
    for measure in (
        MeasureFunction("double", Label("gấp đôi", "twice"), 0, 100, ("number",), lambda number: 2 * number),
        MeasureFunction("letters", Label("số chữ", "letters"), 0, 100, ("text",), len),
    )
}


def loaded(folder: Path, conditions: list[str]) -> Ruleset:
    """The sample ruleset with a criterion for each condition."""
    criteria = "".join(
        f"  - {{id: sample.u.{index}, title: *title, citation: {{article: 1}}, require: {condition}}}\n"
        for index, condition in enumerate(conditions)
    )
    (folder / "standards").mkdir()
    for name, text in [
        ("ruleset.yaml", RULESET), ("evidence.yaml", EVIDENCE), ("standards/u.yaml", STANDARD + criteria),
    ]:  # fmt: skip
        (folder / name).write_text(text.lstrip(), encoding="utf-8")
    return load_folder(folder, "sample", measures=MEASURES)


@dataclass(frozen=True)
class Sample:
    """The sample ruleset with all cases, made ready."""

    ruleset: Ruleset
    plan: Plan
    intake: Intake
    executors: dict[str, Executor] = field(default_factory=dict)

    def executor(self, name: str) -> Executor:
        if name not in self.executors:
            self.executors[name] = executor_for(name)(self.plan)
        return self.executors[name]

    def values(self, evidence: Mapping[str, Any]) -> dict[str, Any]:
        given = dict(evidence)
        unit: dict[str, Any] = {"id": "1", "kind": "u", "tags": given.pop("tags", None), "evidence": given}
        if "rate" in given:
            given["rate"] = Decimal(given["rate"])
        facts = self.intake.admit(Entry(unit))
        assert isinstance(facts, Facts), facts
        none = Children({}, 0, ((0, 0), (0, 0), (0, 0)))
        return {**facts.values, children_key("below"): none}


def sample_of(folder: Path, conditions: list[str]) -> Sample:
    """The sample ruleset with a criterion for each condition, made ready."""
    ruleset = loaded(folder, conditions)
    plan = compile_ruleset(ruleset, 2025, choose_readings(ruleset, {}))
    return Sample(ruleset, plan, Intake(plan))
