"""The engines differ nowhere: each operator, node of the plan and form of decision over a full grid of values.

What a case covers is read from its rulesets and their plans, not declared, so that something new in the language or in
the plan which no case has is found. Rulesets that are shipped are judged on random units, their fields at the ends of
their ranges, and the traps of tables each have a test.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations, combinations_with_replacement, cycle, islice, product
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest
from polars import selectors

from antq_rules import Assessment, Engine, RulesetError, RulesetSchemaError
from antq_rules.assessment.tables import opening
from antq_rules.engines import columnar, columnar_expressions
from antq_rules.engines.choosing import executor_for
from antq_rules.engines.columnar import (
    FEWEST,
    OWNER,
    POINTS,
    ColumnarStandard,
    Tables,
    sort_column,
    summed,
    with_columns,
)
from antq_rules.engines.columnar_expressions import CODES, Aggregate, Expressions
from antq_rules.engines.durable_driver import available
from antq_rules.engines.protocol import Judgement
from antq_rules.engines.scalar import CompiledStandard, ScalarExecutor
from antq_rules.evidence.measuring import (
    PENDING,
    UNIT,
    Children,
    ChildState,
    children_key,
    compile_measure,
    compile_truth,
)
from antq_rules.language import documents, loader
from antq_rules.language.loader import load_folder
from antq_rules.located import parse_yaml
from antq_rules.model import expression
from antq_rules.model.expression import (
    IN_WINDOW,
    LEVELS,
    MARGIN_LIMIT,
    AllOf,
    AnyOf,
    AtLeastOf,
    Band,
    ChildGroup,
    ChildrenAny,
    ChildShare,
    Choose,
    Clamped,
    Compare,
    Count,
    Dimension,
    FieldValue,
    Label,
    Linear,
    Literal,
    Measure,
    Not,
    Ratio,
    Share,
    SlotValue,
    Steps,
    Total,
    Truth,
    When,
    bounds,
    series_of,
    stairs,
)
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED
from antq_rules.model.ruleset import Field, Ruleset
from antq_rules.operators import base, operators
from antq_rules.operators.base import RATIO_LIMIT, TAGS
from antq_rules.plan import deciding
from antq_rules.plan.compiling import Plan, PlannedStandard, compile_ruleset
from tests import judged, oracle, random_dossiers, test_oracle, test_oracle_provinces, test_oracle_rulesets
from tests.judged import ROOT
from tests.plans import plan_of
from tests.sample import MEASURES
from tests.small_rulesets import written
from tests.table_files import frames_of, sayable
from tests.test_assess_table import by_columns, read_at_once
from tests.test_columnar import agree

NAMES = ("scalar", *(("durable",) if available() else ()), "columnar")
PERIOD = 2025
Evidence = dict[str, Any]
Dossier = dict[str, Any]

# ---------------------------------------------------------------------------------------------------------
# A ruleset with fields of every sort, and what each of them may hold


MAIN = """
kinds: {u: {title: *title}, part: {title: *title}}
managing_levels: [low, high]
tags: [border, coastal]
parameters:
  floor: {title: *title, type: integer, range: [0, 3], values: [{value: 2}]}
  unset: {title: *title, type: integer, range: [1, 2], values: [{value: unset}]}
  years: {title: *title, type: integer, range: [1, 3], values: [{value: unset}]}
  half: {title: *title, type: ratio, values: [{value: 1/2}]}
  open_half: {title: *title, type: ratio, values: [{value: unset}]}
  least_grade: {title: *title, type: choice, choices_of: grade, values: [{value: mid}]}
readings:
  strictness: {ambiguity: A, title: *title, choices: {mild: *title, strict: *title}, default: mild}
  policy: {ambiguity: B, title: *title, choices: {met: *title, unmet: *title}, default: unmet}
  points: {ambiguity: C, title: *title, choices: {full: *title, drop: *title, zero: *title}, default: full}
periods:
  quarter: {from: {year: 0, day: 01-01}, to: {year: 0, day: 03-31}}
children:
  parts:
    title: *title
    kinds: [part]
    managed_by: [low]
    registered_by: day
    announced: all_parts
    reported: {in_scope: all_parts, registered: registered_parts, recognised: safe_parts}
slots:
  open: {title: *title, range: [0, 3]}
  open_row: {title: *title, range: [0, 2], records: events}
"""

FIELDS = """
  a: {kinds: [u], type: integer, range: [0, 3], title: &title {vi: mẫu, en: sample}}
  b: {kinds: [u], type: integer, range: [0, 2], title: *title}
  most: {kinds: [u], type: integer, range: [1, 3], title: *title}
  rate: {kinds: [u], type: decimal, places: 1, range: [-1, 1], title: *title}
  flag: {kinds: [u], type: boolean, title: *title}
  other: {kinds: [u], type: boolean, title: *title}
  third: {kinds: [u], type: boolean, title: *title}
  decided: {kinds: [u], type: boolean, attested: true, title: *title}
  judgement: {kinds: [u], type: boolean, judged: true, title: *title}
  told: {kinds: [u], type: boolean, title: *title}
  quiet: {kinds: [u, part], type: boolean, title: *title}
  inside: {kinds: [u, part], type: boolean, title: *title}
  day: {kinds: [u, part], type: date, may_be_absent: true, title: *title}
  later: {kinds: [u], type: date, title: *title}
  begins: {kinds: [u], type: date, title: *title}
  ends: {kinds: [u], type: date, title: *title}
  grade: {kinds: [u], type: enum, ordered: true, values: {low: *title, mid: *title, high: *title}, title: *title}
  colour: {kinds: [u], type: enum, values: {red: *title, blue: *title}, title: *title}
  topics: {kinds: [u], type: set, values: {x: *title, y: *title, z: *title}, title: *title}
  levels: {kinds: [u], type: set, not_empty: true, values: {x: *title, y: *title}, title: *title}
  yearly: {kinds: [u], type: series, range: [0, 2], title: *title}
  all_parts: {kinds: [u], type: integer, range: [0, 3], title: *title}
  registered_parts: {kinds: [u], type: integer, range: [0, 3], title: *title}
  safe_parts: {kinds: [u], type: integer, range: [0, 3], title: *title}
  marks: {kinds: [u], type: decimal, places: 1, range: [0, 5], title: *title}
  marks_seen: {kinds: [u], type: decimal, places: 1, range: [0, 4], title: *title}
  events:
    kinds: [u]
    type: records
    title: *title
    columns:
      kind: {type: enum, required: true, values: {x: *title, y: *title}, title: *title}
      weight: {type: integer, range: [-1, 2], title: *title}
      ok: {type: boolean, judged: true, title: *title}
      topics: {type: set, values: {x: *title, y: *title}, title: *title}
      on: {type: date, may_be_absent: true, title: *title}
  incidents:
    kinds: [u]
    type: records
    dated_by: happened
    title: *title
    columns:
      happened: {type: date, required: true, title: *title}
      ok: {type: boolean, title: *title}
"""

TRIPLE = (None, True, False)
DECISION = {"number": "1/QĐ", "date": "2025-11-30"}
DAYS = (None, "2024-12-31", "2025-01-01", "2025-03-31", "2025-04-01")
GRID: dict[str, tuple[Any, ...]] = {
    "a": (None, 0, 1, 2, 3),
    "b": (None, 0, 1, 2),
    "most": (None, 1, 2, 3),
    "rate": (None, -1, -0.1, 0, 0.5, 0.6, 1),
    **dict.fromkeys(("flag", "other", "third", "judgement", "told", "quiet", "inside"), TRIPLE),
    "decided": (
        None, True, {"value": True, "document": DECISION}, {"value": False, "document": DECISION},
        {"value": True, "document": {"number": "1/QĐ"}},
    ),
    "day": (*DAYS, "absent"),
    "later": DAYS,
    "begins": (None, "2024-06-30", "2025-06-30"),
    "ends": (None, "2025-06-30", "2026-06-30"),
    "grade": (None, "low", "mid", "high"),
    "colour": (None, "red", "blue"),
    "topics": (None, [], ["x"], ["y"], ["x", "y"], ["z"], ["x", "y", "z"]),
    "levels": (None, ["x"], ["y"], ["x", "y"]),
    TAGS: (None, [], ["border"], ["coastal", "border"], ["elsewhere"]),
    "yearly": (None, {}, {2025: 0}, {2025: 2, 2024: 1}, {2024: 0, 2023: 2}, {2025: 1, 2024: 1, 2023: 1, 2019: 2},
               {2019: 0}),
    "all_parts": (None, 0, 2, 3),
    "registered_parts": (None, 0, 2),
    "safe_parts": (None, 0, 1, 2),
    "marks": (None, 0, 2, 3.9, 5),
    "marks_seen": (None, 0, 4),
    "events": (
        None, [], [{"kind": "x", "weight": -1}], [{"kind": "y", "weight": 2}],
        [{"kind": "x", "weight": 1, "ok": True, "topics": ["x"], "on": "2025-01-01"}],
        [{"kind": "x", "weight": -1, "ok": False, "topics": [], "on": "absent"}],
        [{"kind": "x", "weight": 2, "ok": True, "topics": ["x", "y"], "on": "2025-04-01"}, {"kind": "x"}],
        [{"kind": "y", "ok": False}, {"kind": "x", "ok": True}, {"kind": "x", "weight": 2}],
    ),
    "incidents": (
        None, [], [{"happened": "2025-03-01"}], [{"happened": "2025-03-01", "ok": True}],
        [{"happened": "2023-03-01", "ok": False}], [{"happened": "2025-06-30", "ok": False}],
        [{"happened": "2025-07-01", "ok": False}, {"happened": "2025-03-01", "ok": True}],
    ),
}  # fmt: skip
"""What each field may hold; None is missing."""

PART = """
standard: small.part
title: &title {vi: mẫu, en: sample}
kinds: [part]
window: {from: {year: 0, day: 01-01}, to: {year: 0, day: 12-31}}
scope: [{kinds: [part], citation: {article: 1}, require: inside}]
criteria:
  - {id: part.quiet, title: *title, citation: {article: 1}, require: quiet}
"""
SAFE = {"inside": True, "quiet": True, "day": "2025-01-01"}
PARTS: tuple[Evidence, ...] = (
    SAFE, {**SAFE, "quiet": False}, {**SAFE, "day": "absent"}, {**SAFE, "quiet": False, "day": "absent"},
    {**SAFE, "inside": False}, {"quiet": True}, {"inside": True, "day": "2025-01-01"}, {},
)  # fmt: skip
FAMILIES: tuple[tuple[Evidence, ...], ...] = (
    (), *((part,) for part in PARTS), (PARTS[0], PARTS[0]), (PARTS[0], PARTS[1]), (PARTS[0], PARTS[3], PARTS[5]),
    (PARTS[0], PARTS[0], PARTS[1], PARTS[7]), (PARTS[4], PARTS[5]), (PARTS[6], PARTS[7], PARTS[7]),
    ({"day": "absent"}, {"day": "2025-01-01"}), ({"day": "2025-01-01"},) * 3, (PARTS[0], {"day": "absent"}, {}, {}),
)  # fmt: skip
"""The units below one, by their evidence."""


@dataclass(frozen=True)
class Case:
    """Conditions, each a criterion, and how they decide; judged under each of several choices of readings.

    The units of a case are, for each criterion, the grid of all values of the fields that it reads; ``whole`` makes it
    one grid of all fields. ``window`` and ``tail`` stand in the standard, ``overlay`` is laid on the ruleset, and
    ``more`` are further criteria as they are written.
    """

    name: str
    conditions: tuple[str, ...] = ()
    more: str = ""
    tail: str = ""
    whole: bool = False
    readings: tuple[Mapping[str, str], ...] = ({},)
    overlay: str = ""
    window: str = ""
    uses: bool = False


def conditional(*flags: str) -> str:
    """Criteria ``s.0`` and so on, each of which applies where a flag says so, and asks for another."""
    return "".join(
        f"  - {{id: s.{place}, title: *title, citation: {{article: 1}}, applies_when: {applies}, require: {asked}}}\n"
        for place, (applies, asked) in enumerate(flag.split() for flag in flags)
    )


TWO = conditional("flag other", "third quiet")
SHEET = """
decide:
  score:
    out_of: 10
    pass_from: 6
    not_applicable: {reading: points}
    groups:
      - {id: g.0, title: *title, cap: 4, items: [{item: s.0, points: 4}], FULL}
      - {id: g.1, title: *title, cap: 6, floor: {share: 1/2}, items: [{item: s.1, points: 6}]}
"""
POLICIES = tuple({"points": word} for word in ("full", "drop", "zero"))

GRADED = """
decide:
  score:
    out_of: 10
    not_encoded: 1
    pass_from: {class: good}
    groups:
      - {id: g.0, title: *title, cap: 4, floor: {share: 1/2}, items: [{item: s.marks, points: 4, graded: marks, verified: marks_seen, must_be_full: true}]}
      - {id: g.1, title: *title, cap: 4, start: 4, floor: {points: 1}, items: [{item: s.order, deduct: 1, deduct_each: {count: {records: events}}}, {item: s.quiet, deduct: 2}]}
    vetoes: [{at_least: [b, {param: unset}]}]
classes:
  - {id: best, title: *title, from: 8}
  - {id: good, title: *title, from: {param: floor}}
quotas:
  - {id: q.class, title: *title, citation: {article: 9}, over: dossier, of: {class: best}, among: {class: good}, at_most: 1/2}
  - {id: q.sort, title: *title, citation: {article: 9}, over: parent, of: {where: quiet}, among: {outcome: pass}, at_most: {param: half}}
  - {id: q.open, title: *title, citation: {article: 9}, of: {outcome: fail}, among: {where: {at_least: [b, 1]}}, at_most: {param: open_half}}
criteria:
  - {id: s.marks, title: *title, citation: {article: 1}}
  - {id: s.order, title: *title, citation: {article: 1}, require: {none_of: {records: events, where: {equal: [kind, x]}}}}
  - {id: s.quiet, title: *title, citation: {article: 1}, require: quiet}
"""  # noqa: E501

LAMPS = """
overlay: lamps
base: small
version: 1.0.0
title: {vi: mẫu, en: sample}
instrument: {number: n, issuer: i}
prefix: lamp
fields:
  lamps: {kinds: [u], type: boolean, title: {vi: đèn, en: lamps}}
criteria:
  small.u: [{id: lamp.1, title: {vi: đèn, en: lamps}, citation: {article: 1}, require: lamps}]
"""

BELOW = """
scope: [{kinds: [u], citation: {article: 1}, require: {every: {children: parts, are: registered}}}]
decide:
  score:
    out_of: 10
    pass_from: {choose: [{when: {every: {children: parts, are: recognised}}, value: 4}, {value: 6}]}
    groups:
      - id: g.0
        title: *title
        cap: {choose: [{when: {share_at_least: {children: parts, of: recognised, among: in_scope, ratio: 1/2}}, value: 8}, {value: 5}]}
        items: [{item: s.0, points: 6}, {item: s.1, points: {choose: [{when: {every: {children: parts, are: registered}}, value: 2}, {value: 4}]}}]
    vetoes: [{not: {share_at_least: {children: parts, of: recognised, among: registered, ratio: {param: half}}}}]
classes:
  - {id: best, title: *title, from: {choose: [{when: {every: {children: parts, are: recognised}}, value: 6}, {value: 8}]}}
  - {id: good, title: *title, from: 1}
quotas:
  - {id: q.of, title: *title, citation: {article: 9}, over: dossier, of: {where: {every: {children: parts, are: recognised}}}, among: {outcome: pass}, at_most: 1/2}
  - {id: q.among, title: *title, citation: {article: 9}, over: parent, of: {class: best}, among: {where: {share_at_least: {children: parts, of: recognised, among: in_scope, ratio: 1/2}}}, at_most: 1/2}
criteria:
  - {id: s.0, title: *title, citation: {article: 1}, require: quiet}
  - {id: s.1, title: *title, citation: {article: 1}, require: {not: quiet}}
"""  # noqa: E501
BELOW_MET = """
decide: {at_least_met: {choose: [{when: {every: {children: parts, are: recognised}}, value: 1}, {value: 2}]}}
criteria:
  - {id: s.0, title: *title, citation: {article: 1}, require: quiet}
  - {id: s.1, title: *title, citation: {article: 1}, require: {not: quiet}}
"""

GIVEN = """
decide:
  score:
    out_of: 10
    pass_from: 1
    not_applicable: zero
    groups:
      - id: g.0
        title: *title
        cap: {sum: [most, 1]}
        floor: {share: 2/3}
        items: [{item: s.0, points: most, graded: a}, {item: s.1, points: 1}]
criteria:
  - {id: s.0, title: *title, citation: {article: 1}, applies_when: flag, require: other}
  - {id: s.1, title: *title, citation: {article: 1}, require: third}
"""

CASES = (
    Case("comparisons", (
        "{equal: [a, b]}", "{at_least: [a, 2]}", "{at_most: [{sum: [a, {times: [-2, b]}]}, 1]}",
        "{more_than: [{times: [2, a]}, {sum: [b, 1]}]}", "{less_than: [rate, 0.55]}", "{at_most: [b, rate]}",
        "{at_least: [grade, {param: least_grade}]}", "{equal: [colour, red]}", "{less_than: [day, later]}",
        "{equal: [day, later]}", "{at_least: [3, {param: floor}]}",
    )),
    Case("single fields", (
        "{is_true: flag}", "other", "{judged: judgement}", "{documented: day}", "{dated_within: [day, quarter]}",
        "{dated_within: [later, {from: 2025-01-01}]}", "{dated_within: [day, {to: {year: -1, day: 12-31}}]}",
        "{one_of: [grade, [low, high]]}", "{one_of: [colour, [red, blue]]}", "{attested: decided}", "{tagged: border}",
        *(f"{{{word}: [{field}, [{members}]]}}" for word in ("includes_all", "includes_any", "only")
          for field, members in (("topics", "x, y"), ("topics", "x, y, z"), ("levels", "x"), ("levels", "x, y"))),
    )),
    Case("logic", (
        "{all: [flag, {not: other}, {at_least: [a, 1]}]}", "{any: [flag, {not: other}, {at_least: [a, 1]}]}",
        "{not: {all: [flag, other]}}", "{not: {applies_when: flag, require: other}}",
        "{applies_when: {applies_when: flag, require: other}, require: third}",
        *(f"{{at_least_k: {{k: {k}, of: [{{applies_when: flag, require: other}}, third, {{at_least: [b, 1]}}]}}}}"
          for k in (1, 2, 3)),
        *(f"{{{word}: [{{applies_when: flag, require: other}}, {{applies_when: third, require: quiet}}]}}"
          for word in ("any", "all")),
        "{at_least_k: {k: 1, of: [{applies_when: flag, require: other}, {applies_when: third, require: quiet}]}}",
        "{reading: strictness, choices: {mild: {at_most: [a, 2]}, strict: {all: [flag, {equal: [a, 0]}]}}}",
    ), readings=({"strictness": "mild"}, {"strictness": "strict"})),
    Case("shares", (
        "{share_at_least: {of: b, among: a, ratio: 2/3}}", "{share_more_than: {of: b, among: a, ratio: {param: half}}}",
        "{share_at_least: {of: b, among: a, ratio: {param: open_half}}}",
        "{share_at_least: {of: {count: {records: events, where: ok}}, among: {sum: [a, 1]}, ratio: 1/2}}",
        "{share_at_least: {of: a, among: {count: {records: events}}, ratio: 1}}",
        "{share_more_than: {of: b, among: {sum: [a, {times: [-1, most]}]}, ratio: 0}}",
    )),
    Case("rows", (
        "{none_of: {records: events}}", "{none_of: {records: events, where: {equal: [kind, x]}, unless: ok}}",
        "{every: {records: events, have: ok}}",
        "{every: {records: events, where: {one_of: [kind, [x]]}, have: {at_least: [weight, {slot: open_row}]}}}",
        "{none_of: {records: incidents}}", "{none_of: {records: incidents, unless: ok}}",
        *(f"{{{word}: [{{total: {{records: events, column: weight{where}}}}}, {limit}]}}"
          for word, limit in (("at_least", 2), ("at_most", 0), ("at_most", -1)) for where in ("", ", where: ok")),
        "{at_least: [{count: {records: events, where: {any: [ok, {not: {at_least: [weight, 0]}}]}}}, a]}",
        "{equal: [{count: {records: events, where: {includes_any: [topics, [x]]}}}, 1]}",
        "{at_least: [{count: {records: events, where: {dated_within: [on, quarter]}}}, 1]}",
        # Conditions on rows that read no column: of all rows or none.
        "{at_least: [{count: {records: events, where: {at_least: [{param: floor}, 1]}}}, 2]}",
        "{at_most: [{count: {records: events, where: {at_least: [{param: unset}, 2]}}}, 1]}",
        "{at_least: [{total: {records: events, column: weight, where: {at_least: [1, {param: floor}]}}}, 0]}",
        "{at_most: [{times: [-2, {count: {records: events, where: {at_most: [weight, {slot: open_row}]}}}]}, -2]}",
    )),
    Case("a window from the evidence", (
        "{none_of: {records: incidents}}", "{at_least: [{count: {records: incidents, where: ok}}, 1]}",
        "{every: {records: incidents, have: ok}}",
    ), window="window: {from_field: begins, to_field: ends}"),
    Case("numbers", (
        "{at_least: [a, {param: unset}]}", "{equal: [{series: {field: yearly, last: 2}}, 2]}",
        "{at_least: [{series: {field: yearly, last: {param: years}}}, 2]}",
        "{at_most: [{series: {field: yearly, last: most}}, 2]}",
        "{at_most: [{series: {field: yearly, year: 0}}, {series: {field: yearly, year: -1}}]}",
        "{less_than: [{series: {field: yearly, year: 2019}}, 1]}",
        *(f"{{at_least: [b, {{steps: {{of: a, reading: {reading}, bands: [{{from: 0, value: 1, grow: 1, every: 2}}, "
          "{from: 3, value: 0}]}}]}" for reading in ("floor", "bracket")),
        "{at_most: [{steps: {of: {steps: {of: {sum: [a, b]}, bands: [{from: 0, value: 2}, {from: 2, value: 0, grow: 1}]"
        "}}, bands: [{from: 0, value: 3, grow: -1}]}}, 1]}",
        "{at_least: [a, {choose: [{when: {equal: [colour, red]}, value: 3}, {when: flag, value: b}, {value: 1}]}]}",
        "{at_least: [{choose: [{when: {applies_when: flag, require: other}, value: 2}, {value: a}]}, 2]}",
        "{more_than: [{choose: [{when: {at_least: [{choose: [{when: flag, value: a}, {value: 1}]}, 2]}, value: b},"
        " {value: rate}]}, 0]}",
        "{at_least: [a, {measure: {name: double, of: [b]}}]}",
        "{at_least: [{measure: {name: double, of: [{sum: [a, b]}]}}, {measure: {name: letters, of: [unit]}}]}",
        "{at_least: [{sum: [a, {slot: open}]}, 3]}", "{at_least: [{slot: open}, 0]}",
    )),
    Case("a slot that a province fills", (
        "{at_least: [a, {slot: open}]}",
        "{every: {records: events, have: {at_least: [weight, {slot: open_row}]}}}",
    ), overlay="""
overlay: filled
base: small
version: 1.0.0
title: {vi: mẫu, en: sample}
instrument: {number: n, issuer: i}
prefix: fill
slots:
  open: {value: {steps: {of: b, bands: [{from: 0, value: 1}, {from: 2, value: 3}]}}}
  open_row: {value: {choose: [{when: {equal: [kind, x]}, value: 1}, {value: 2}]}}
fields:
  lamps: {kinds: [u], type: boolean, title: {vi: đèn, en: lamps}}
criteria:
  small.u: [{id: fill.1, title: {vi: đèn, en: lamps}, citation: {article: 1}, applies_when: flag, require: lamps}]
"""),
    Case("units below", (
        "{share_at_least: {children: parts, of: recognised, among: registered, ratio: 1/2}}",
        "{share_at_least: {children: parts, of: recognised, among: in_scope, ratio: {param: half}}}",
        "{share_at_least: {children: parts, of: registered, among: in_scope, ratio: {param: open_half}}}",
        "{every: {children: parts, are: registered}}", "{every: {children: parts, are: recognised}}",
    )),
    Case("units below beside the criteria", tail=BELOW),
    Case("a number of criteria by the units below", tail=BELOW_MET),
    Case("borrowed criteria", more="""
  - {id: u.own, title: *title, citation: {article: 1}, applies_when: flag, reuse: [part.*]}
  - {id: u.late, title: *title, citation: {article: 2}, in_force: {from: 2026-01-01}, require: other}
""", tail="scope: [{kinds: [u], citation: {article: 1}, require: {applies_when: third, require: inside}}]"),
    Case("the verdict of another standard", ("{verdict_of: {standard: lower.u, reported: told}}",
                                             "{verdict_of: {standard: lower.u}}", "other"), uses=True),
    Case("the verdict of another standard in a scope", ("other",), uses=True,
         tail="scope: [{kinds: [u], citation: {article: 1}, require: {verdict_of: {standard: lower.u}}}]"),
    Case("so many criteria met", more=TWO + conditional("judgement told").replace("s.0", "s.2"), whole=True,
         tail="decide: {at_least_met: {param: floor}, not_applicable: {reading: policy}}",
         readings=({"policy": "met"}, {"policy": "unmet"})),
    Case("a number of criteria that is not set", more=TWO, whole=True,
         tail="decide: {at_least_met: {param: unset}, not_applicable: met}"),
    Case("points", more=TWO, whole=True, tail=SHEET.replace(", FULL", ""), readings=POLICIES),
    Case("an overlay over points", more=TWO, whole=True, overlay=LAMPS,
         tail=SHEET.replace(", FULL", "").replace("{reading: points}", "full")
         .replace("{item: s.1, points: 6}", "{item: s.1, points: 6, must_be_full: true}")),
    Case("a block that must be full", more=TWO, whole=True, readings=POLICIES,
         tail=SHEET.replace("FULL", "must_be_full: true").replace("{item: s.0, points: 4}",
                                                                 "{item: s.0, points: 4, graded: marks}")),
    Case("a part of the scale", more=TWO, whole=True,
         tail=SHEET.replace(", FULL", "").replace("{reading: points}", "zero")
         .replace("{item: s.1, points: 6}", "{item: s.1, points: 6, graded: a, must_be_full: true}")),
    Case("points that the evidence gives", tail=GIVEN, whole=True),
    Case("grades, deductions, classes and quotas", tail=GRADED, whole=True),
)  # fmt: skip


CERTAIN = {
    "{at_least: [3, {param: floor}]}", "{one_of: [colour, [red, blue]]}", "{only: [topics, [x, y, z]]}",
    "{includes_any: [levels, [x, y]]}", "{only: [levels, [x, y]]}", "{at_least: [{slot: open}, 0]}",
}  # fmt: skip
"""Conditions that hold whatever the unit is."""


# ---------------------------------------------------------------------------------------------------------
# Cases made ready


LOWER_FIELDS = """
  quiet: {kinds: [u], type: boolean, title: {vi: yên, en: quiet}}
  flag: {kinds: [u], type: boolean, title: {vi: cờ, en: flag}}
"""
LOWER = """
scope: [{kinds: [u], citation: {article: 1}, require: flag}]
criteria:
  - {id: lower.1, title: *title, citation: {article: 1}, require: quiet}
"""
UPPER_FIELDS = """
  told: {kinds: [u], type: boolean, title: {vi: báo cáo, en: reported as safe}}
  other: {kinds: [u], type: boolean, title: {vi: thêm, en: extra}}
"""


@dataclass(frozen=True)
class Made:
    """A case with its ruleset, and the standard as it is written."""

    case: Case
    ruleset: Ruleset
    document: Mapping[str, Any]
    overlays: tuple[str, ...]

    def engine(self, name: str, readings: Mapping[str, str]) -> Engine:
        """An engine for the case."""
        return Engine(self.ruleset, overlays=self.overlays, engine=name, readings=readings, language="en")


def standard_text(case: Case) -> str:
    """What the case's standard holds below its head."""
    criteria = "".join(
        f"  - {{id: c.{place}, title: *title, citation: {{article: 1}}, require: {condition}}}\n"
        for place, condition in enumerate(case.conditions)
    )
    whole = case.tail + ("" if "\ncriteria:" in case.tail else f"\ncriteria:\n{criteria}{case.more}")
    return whole


def made(case: Case, folder: Path) -> Made:
    """A case written into a folder and loaded."""
    if case.uses:
        lower = load_folder(written(folder / "l", standard=LOWER, fields=LOWER_FIELDS, id="lower"), "lower")
        main = "uses: [lower]\nkinds: {u: {title: *title}}"
        path = written(folder / "r", standard=standard_text(case), fields=UPPER_FIELDS, main=main)
        ruleset = load_folder(path, "r", installed=lambda name: lower)
    else:
        path = written(folder / "r", standard=standard_text(case), fields=FIELDS, main=MAIN)
        (path / "standards" / "part.yaml").write_text(PART.lstrip(), encoding="utf-8")
        file = path / "standards" / "u.yaml"
        if case.window:
            fixed = "window: {from: {year: 0, day: 01-01}, to: {year: 0, day: 12-31}}"
            file.write_text(file.read_text("utf-8").replace(fixed, case.window), encoding="utf-8")
        ruleset = load_folder(path, "r", measures=MEASURES)
    overlays = []
    if case.overlay:
        (folder / "o").mkdir()
        (folder / "o" / "overlay.yaml").write_text(case.overlay.lstrip(), encoding="utf-8")
        overlays.append(str(folder / "o"))
    document = parse_yaml((path / "standards" / "u.yaml").read_text("utf-8"), "u.yaml").data
    return Made(case, ruleset, document, tuple(overlays))


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> list[Made]:
    return [made(case, tmp_path_factory.mktemp("case")) for case in CASES]


# ---------------------------------------------------------------------------------------------------------
# Units over the grid


def grids(plan: Plan, standard: PlannedStandard, *, whole: bool) -> Iterator[list[str]]:
    """The sets of fields of which all values are to meet."""
    known = {*plan.fields["u"], TAGS}
    always = {*(standard.window_fields or ())}
    for truth in standard.scopes.values():
        always |= {series_of(name) for name in expression.fields_read(truth)} if truth is not None else set()
    for quota in standard.quotas:
        for truth in (quota.of, quota.among):
            always |= {series_of(name) for name in expression.fields_read(truth)} if truth is not None else set()
    for used in plan.ruleset.used:
        always |= set(used.fields_of("u"))
    groups = [standard.fields] if whole else [criterion.fields for criterion in standard.criteria]
    for group in groups:
        below = {field.name for one in standard.groups for field in one.reported if field is not None}
        yield sorted((always | group | below) & known)


def grid(made: Made, readings: Mapping[str, str]) -> Dossier:
    """The units of a case, at least as many as make a table."""
    judge = made.engine("scalar", readings)
    plan = judge.plan(PERIOD)
    standard = plan.standards["small.u"]
    found: list[Evidence] = []
    for names in grids(plan, standard, whole=made.case.whole):
        values = [GRID.get(name, TRIPLE) for name in names]
        found += [evidence for row in product(*values) if (evidence := known(names, row)) not in found]
    families = FAMILIES if standard.groups else ((),)
    units: list[dict[str, Any]] = []
    rows = [(evidence, family) for evidence in found for family in families]
    for place, (evidence, family) in enumerate(islice(cycle(rows), max(len(rows), FEWEST))):
        id = f"u-{'x' * (place % 4)}{place}"
        own = dict(evidence)
        tags = own.pop(TAGS, None)
        units.append({"id": id, "kind": "u", "tags": tags, "parent": f"p-{place % 3}", "evidence": own})
        for number, part in enumerate(family):
            level = "high" if number == 3 else "low" if number == 1 else None
            units.append(
                {"id": f"{id}.{number}", "kind": "part", "parent": id, "managing_level": level, "evidence": part}
            )
    return {"schema": "antq.dossier/1", "period": PERIOD, "units": units}


def known(names: Iterable[str], row: Iterable[Any]) -> Evidence:
    """The values that are not missing."""
    return {name: value for name, value in zip(names, row, strict=True) if value is not None}


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many units were judged by columns, by the criteria of their standard."""
    found: Counter[str] = Counter()
    judge = ColumnarStandard.judge

    def counted(self: ColumnarStandard, kind: str, tables: Tables) -> pl.DataFrame:
        found[kind] += tables.units.height
        return judge(self, kind, tables)

    monkeypatch.setattr(ColumnarStandard, "judge", counted)
    return found


def told(assessment: Assessment) -> list[Any]:
    """All that an executor concludes."""
    return [
        (one.unit, one.scope, one.outcomes, one.outcome, one.score_class, one.possible_classes)
        for one in assessment.verdicts
    ]


def hold_alike(
    engines: Mapping[str, Engine], dossier: Dossier, previous: Dossier | None = None, most: int | None = None
) -> Assessment:
    """The assessment by the plain interpreter, which all engines give: every outcome, and every byte of the JSON.

    With ``most`` the JSON tells about so many of the verdicts only, since reasons take long.
    """
    assessments = {name: one.assess(dossier, previous=previous) for name, one in engines.items()}
    plain = assessments["scalar"]
    wanted, text = told(plain), some(plain, most).to_json()
    for name, other in assessments.items():
        different = [pair for pair in zip(wanted, told(other), strict=True) if pair[0] != pair[1]]
        assert different[:3] == [], name
        assert some(other, most).to_json() == text, name
    return plain


def some(assessment: Assessment, most: int | None) -> Assessment:
    """The assessment with about so many of its verdicts, from all over it."""
    step = 1 if most is None else max(1, len(assessment.verdicts) // most)
    return dataclasses.replace(assessment, verdicts=assessment.verdicts[::step])


@pytest.mark.parametrize("most", [100, pytest.param(None, marks=pytest.mark.slow)], ids=["some told", "all told"])
@pytest.mark.parametrize("index", range(len(CASES)), ids=[case.name for case in CASES])
def test_the_engines_agree_on_the_whole_grid(
    index: int, most: int | None, everything: list[Made], taken: Counter[str]
) -> None:
    made = everything[index]
    for readings in made.case.readings:
        dossier = grid(made, readings)
        taken.clear()
        found = hold_alike({name: made.engine(name, readings) for name in NAMES}, dossier, most=most)
        assert found.rejected == ()
        kinds = Counter(verdict.kind for verdict in found.verdicts)
        # Rulesets that are asked judge their units by columns as well.
        assert taken == Counter({kind: number * (1 + made.case.uses) for kind, number in kinds.items()})
        assert kinds["u"] >= FEWEST
        if made.case.conditions:
            criteria = len(made.case.conditions)
            rows = zip(*(one.outcomes[:criteria] for one in found.verdicts if one.kind == "u"), strict=True)
            same = {made.case.conditions[place] for place, outcomes in enumerate(rows) if len(set(outcomes)) < 2}
            assert same == CERTAIN & set(made.case.conditions)


@pytest.mark.parametrize("name", ["units below beside the criteria", "a number of criteria by the units below"])
def test_tables_ask_the_units_below_too(name: str, everything: list[Made], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "PIECE", 500)
    made = next(one for one in everything if one.case.name == name)
    judge = made.engine("scalar", {})
    dossier = grid(made, {})
    dossier["units"] = [one for one in dossier["units"] if int(re.findall(r"\d+", one["id"])[0]) % 3 == 0]
    frames = frames_of(sayable(dossier, made.ruleset), made.ruleset)
    wanted = judge.assess(read_at_once(frames, judge))
    outcomes = {PASS, FAIL, UNDETERMINED} | ({NOT_APPLICABLE} if "scope" in made.document else set())
    assert {one.outcome for one in wanted.verdicts if one.kind == "u"} == outcomes
    found = judge.assess_table(frames, period=PERIOD)
    assert by_columns(list(found.pieces)) > 1_000
    assert found.to_json() == wanted.to_json()


# ---------------------------------------------------------------------------------------------------------
# Nothing without a case


def operators_in(value: Any) -> Iterator[str]:
    """The operators of a part of a document."""
    if isinstance(value, list):
        for item in value:
            yield from operators_in(item)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            operator = operators().get(name)
            if operator is not None and set(operator.companions) <= set(value):
                yield name
            yield from operators_in(item)


def operators_of(document: Mapping[str, Any]) -> Iterator[str]:
    """The operators of a standard; those that stand as keys of a criterion are none."""
    for criterion in document["criteria"]:
        yield from operators_in([criterion.get("applies_when"), criterion.get("require")])
    yield from operators_in([document.get(key) for key in ("scope", "decide", "classes", "quotas")])


def parts(value: Any) -> Iterator[Any]:
    """A value and all data classes in it."""
    if is_dataclass(value) and not isinstance(value, type):
        yield value
        for spec in dataclasses.fields(value):
            yield from parts(getattr(value, spec.name))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from parts(item)
    elif isinstance(value, tuple | frozenset):
        for item in value:
            yield from parts(item)


def classes_of(module: ModuleType) -> set[str]:
    """The data classes that a module defines."""
    return {
        name
        for name, thing in vars(module).items()
        if isinstance(thing, type) and is_dataclass(thing) and thing.__module__ == module.__name__
    }


def keys_of(value: Any) -> Iterator[str]:
    """All keys of a document."""
    if isinstance(value, Mapping):
        yield from value
        for item in value.values():
            yield from keys_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from keys_of(item)


NO_NODES = {"Label", "Dimension"}
"""What nodes say of themselves."""
FORMS = (
    documents.ScopeShape, documents.CriterionShape, documents.DecideShape, documents.ScoreShape, documents.GroupShape,
    documents.ItemShape, documents.FloorShape, documents.PassClassShape, documents.PolicyShape, documents.ClassShape,
    documents.QuotaShape, documents.SortShape,
)  # fmt: skip
SAID = {"title", "citation", "discretion", "note", "group", "basis"}
"""Keys that decide nothing."""


@cache
def variants() -> dict[str, set[Any]]:
    """The values that a part of a node may have, of which each is judged in its own way."""
    return {
        "Compare.relation": {"==", ">=", ">", "<=", "<"},
        "Includes.mode": {"all", "any", "only"},
        "Includes.not_empty": {True, False},
        "Share.strict": {True, False},
        "Steps.reading": {"floor", "bracket"},
        "Award.conditional": {True, False},
        "Gate.code": {"all", "at_least_met", "score", "must_be_full", "floor", "veto"},
    }


def needed() -> set[str]:
    """Everything of which there must be a case."""
    nodes = (classes_of(expression) | classes_of(deciding)) - NO_NODES
    return {
        *(f"operator {name}" for name in operators()),
        *(f"node {name}" for name in nodes),
        *(f"key {key}" for shape in FORMS for key in set(shape.keys()) - SAID),
        *(f"{place} {value}" for place, values in variants().items() for value in values),
        *(f"policy {word}" for word in ("met", "unmet", "full", "drop", "zero")),
    }


def covered(made: Made) -> set[str]:
    """What a case covers."""
    found = {f"operator {name}" for name in operators_of(made.document)}
    found |= {f"key {key}" for key in keys_of(made.document)}
    found |= {f"policy {word}" for readings in made.case.readings for word in readings.values()}
    trees: list[Any] = [one for standard in made.ruleset.standards for one in standard.criteria]
    for readings in made.case.readings:
        plan = made.engine("scalar", readings).plan(PERIOD)
        trees.append(plan.standards["small.u"])
    for node in parts(tuple(trees)):
        name = type(node).__name__
        found.add(f"node {name}")
        for spec in dataclasses.fields(node):
            if f"{name}.{spec.name}" in variants():
                found.add(f"{name}.{spec.name} {getattr(node, spec.name)}")
    return found


def lacking(everything: list[Made]) -> list[str]:
    """What no case covers."""
    return sorted(needed() - set().union(*(covered(one) for one in everything)))


def test_each_operator_node_and_form_of_decision_has_a_case(everything: list[Made]) -> None:
    assert lacking(everything) == []


def test_something_new_would_be_missed(everything: list[Made], monkeypatch: pytest.MonkeyPatch) -> None:
    node = dataclasses.make_dataclass("Median", ["measures"])
    node.__module__ = expression.__name__
    gate = dataclasses.make_dataclass("Quorum", ["of"])
    gate.__module__ = deciding.__name__
    monkeypatch.setattr(expression, "Median", node, raising=False)
    monkeypatch.setattr(deciding, "Quorum", gate, raising=False)
    more = {**operators(), "median": dataclasses.replace(operators()["sum"], name="median")}
    monkeypatch.setitem(globals(), "operators", lambda: more)
    assert lacking(everything) == ["node Median", "node Quorum", "operator median"]


def test_without_one_of_the_cases_something_would_be_missed(everything: list[Made]) -> None:
    def without(word: str) -> list[str]:
        return lacking([one for one in everything if word not in one.case.name])

    assert "operator none_of" not in without("units below")
    assert {"node ChildShare", "node ChildrenAny", "node ChildGroup"} <= set(without("units below"))
    assert "operator total" in without("rows")


# ---------------------------------------------------------------------------------------------------------
# Every ruleset on random units


@dataclass(frozen=True)
class Subject:
    """A ruleset as it is judged: with overlays, for a year, under a choice of readings."""

    folder: str
    period: int
    engine: Callable[..., Engine]
    draw: Callable[[int, int, int], Dossier]
    differences: Callable[[Assessment, Dossier, Engine], Iterator[str]]

    def engines(self) -> dict[str, Engine]:
        """An engine of each name."""
        return {name: self.engine(name) for name in NAMES}


def national(**readings: str) -> Subject:
    """The circular of 2021."""

    def differences(found: Assessment, dossier: Dossier, judge: Engine) -> Iterator[str]:
        expected = oracle.judge(dossier, period=PERIOD, readings=readings)
        return judged.disagreements(found, expected, judge)

    return Subject(
        "tt-124-2021", PERIOD, lambda name: judged.engine(name, **readings), random_dossiers.random_dossier, differences
    )


def smaller(id: str, **readings: str) -> Subject:
    """The standard of 2012, or that of the typical commune."""
    case = test_oracle_rulesets.CASES[id]

    def differences(found: Assessment, dossier: Dossier, judge: Engine) -> Iterator[str]:
        expected = case.judge(dossier, period=case.period, readings=readings)
        return judged.disagreements(found, expected, judge)

    return Subject(
        id, case.period, lambda name: test_oracle_rulesets.engine(id, name, **readings), case.draw, differences
    )


def provincial(id: str) -> Subject:
    """A ruleset of a province, a smaller national one, or one under an overlay."""
    case = test_oracle_provinces.CASES[id]

    def differences(found: Assessment, dossier: Dossier, judge: Engine) -> Iterator[str]:
        return test_oracle_provinces.differences(found, case.judge(dossier, period=case.period), judge)

    return Subject(id, case.period, lambda name: test_oracle_provinces.engine(id, name), case.draw, differences)


SUBJECTS = {
    "tt-124-2021": national(),
    **{"-".join(one.values()): national(**one) for one in test_oracle.OTHER_READINGS[::6]},
    **{id: smaller(id) for id in test_oracle_rulesets.CASES},
    "typical-ward-9745 otherwise": smaller("typical-ward-9745", **test_oracle_rulesets.OTHER_READINGS[-1][1]),
    **{id: provincial(id) for id in test_oracle_provinces.CASES},
}
every_subject = pytest.mark.parametrize("subject", SUBJECTS)


def test_each_ruleset_and_overlay_is_judged() -> None:
    packages = [ROOT, *ROOT.glob("plugins/*/src/*/")]
    files = ("rulesets/*/ruleset.yaml", "overlays/*/overlay.yaml")
    folders = {found.parent.name for one in packages for file in files for found in one.glob(file)}
    assert len(folders) >= 16
    assert {subject.folder for subject in SUBJECTS.values()} == folders


@pytest.mark.parametrize(("units", "most"), [(120, 20), pytest.param(2_000, 1_000, marks=pytest.mark.slow)])
@every_subject
def test_random_units_of_every_ruleset(
    subject: str, units: int, most: int, taken: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columnar, "FEWEST", 0)
    one = SUBJECTS[subject]
    engines, dossier = one.engines(), one.draw(11, units, one.period)
    found = hold_alike(engines, dossier, most=most)
    assert list(one.differences(found, dossier, engines["scalar"]))[:5] == []
    kinds = Counter(verdict.kind for verdict in found.verdicts)
    assert all(taken[kind] >= number for kind, number in kinds.items())


# ---------------------------------------------------------------------------------------------------------
# Units below


STATES = tuple(ChildState(*three) for three in product((PASS, FAIL, UNDETERMINED), repeat=3))
SHARES: tuple[Truth, ...] = (
    *(ChildrenAny("any", "areas", level) for level in LEVELS),
    *(
        ChildShare("share", "areas", of, among, Ratio(Fraction(share)))
        for among, of in combinations(LEVELS, 2)
        for share in ("1/2", "2/3", "1")
    ),
)
AREAS = ChildGroup(
    "areas", ("kdc",), ("xa",), None, None, (FieldValue("x", 0, 9), None, FieldValue("y", 0, 9)), Label("mẫu", "sample")
)


def test_all_ways_in_which_three_units_below_may_stand() -> None:
    none = ((0, 0),) * 3
    below = [
        Children(Counter(states), announced, none)
        for states in combinations_with_replacement(STATES, 3)
        for announced in (0, 2, 4)
    ]
    agree(plan_of(*SHARES, groups=(AREAS,)), [{children_key("areas"): one} for one in below])


def test_all_numbers_of_units_below_that_may_be_reported() -> None:
    spans = [(low, high) for low in range(4) for high in range(low, 4)]
    below = [Children({}, 0, three) for three in product(spans, spans, spans)]
    agree(plan_of(*SHARES, groups=(AREAS,)), [{children_key("areas"): one} for one in below])


# ---------------------------------------------------------------------------------------------------------
# The ends of all ranges


def ends(field: Field) -> list[Any]:
    """The values at the ends of what a field may hold; rows of a list hold the ends of all their columns."""
    if field.kind == "set":
        return [*([] if field.not_empty else [0]), 1, (1 << len(field.dimension.choices)) - 1]
    if field.kind == "records":
        columns = {name: ends(one) for name, one in (field.columns or {}).items() if one.kind != "text"}
        rows = [{name: values[place % len(values)] for name, values in columns.items()} for place in range(3)]
        dated = [{**row, IN_WINDOW: place % 2} for place, row in enumerate([*rows, *rows])]
        return [(), ({},), (dated[0],), (*dated, {}, {IN_WINDOW: 1}), (dated[1],) * 40]
    return sorted({field.low, min(field.low + 1, field.high), max(field.low, field.high - 1), field.high})


def extremes(plan: Plan, kind: str) -> list[dict[str, Any]]:
    """Units of a kind whose values lie at the ends of their ranges: all of them, or all but one."""
    standard = plan.standard_of(kind)
    assert standard is not None
    values: dict[str, list[Any]] = {}
    for name in ColumnarStandard(standard).columns:
        field = plan.fields[kind].get(series_of(name))
        if field is not None:
            values[name] = ends(field)
        elif name.startswith("verdict:"):
            values[name] = [0, 1]
        elif name == TAGS:
            values[name] = [0, (1 << len(plan.ruleset.tags)) - 1]
    for group in standard.groups:
        spans = [(0, 0) if one is None else (one.low, one.high) for one in group.reported]
        some = {ChildState(PASS, PASS, FAIL): 10**6, PENDING: 10**6, ChildState(PASS, FAIL, PASS): 1}
        values[children_key(group.name)] = [
            Children(counts, announced, tuple((span[place], span[place]) for span in spans))  # type: ignore[arg-type]
            for counts in ({}, some) for announced in (0, 10**6) for place in (0, 1)
        ]  # fmt: skip
        values[children_key(group.name)].append(Children({}, 0, tuple(spans)))  # type: ignore[arg-type]
    groups = {children_key(group.name): values[children_key(group.name)][0] for group in standard.groups}
    bases = [groups, *({name: given[place] for name, given in values.items()} for place in (0, -1))]
    bases.append({name: given[len(given) // 2] for name, given in values.items()})
    found = [*bases]
    for ground in bases:
        for name, given in values.items():
            found += [{**ground, name: value} for value in given]
            if name not in groups:
                found.append({key: value for key, value in ground.items() if key != name})
    return [{UNIT: f"unit-{place}", **one} for place, one in enumerate(found)]


@every_subject
def test_units_at_the_ends_of_all_ranges(subject: str) -> None:
    one = SUBJECTS[subject]
    plan = one.engine("scalar").plan(one.period)
    executors = [executor_for(name)(plan) for name in NAMES if name != "columnar"]
    for kind in plan.order:
        units = extremes(plan, kind)
        standard = plan.standard_of(kind)
        assert standard is not None
        compiled = ColumnarStandard(standard)
        found = list(compiled.judgements(compiled.judge(kind, compiled.tables(units))))
        for executor in executors:
            wanted = executor.judge_many(standard.id, kind, units)
            assert [pair for pair in zip(found, wanted, strict=True) if pair[0] != pair[1]][:3] == [], executor.name


def beside(standard: PlannedStandard, kind: str, units: list[dict[str, Any]]) -> Iterator[str]:
    """Where the columns beside the findings, of points and of what quotas count, differ from the interpreter's."""
    compiled = ColumnarStandard(standard)
    frame = compiled.judge(kind, compiled.tables(units))
    sorts = {
        sort_column(place, side): compile_truth(where)
        for place, quota in enumerate(standard.quotas)
        for side, where in (("of", quota.of), ("among", quota.among))
        if where is not None
    }
    points = None if standard.decision is None else standard.decision.points
    score = None if points is None else compile_measure(points)
    plain = CompiledStandard(standard)
    for values, row in zip(units, frame.iter_rows(named=True), strict=True):
        judgement = plain.judge(kind, values)
        if judgement.scope is NOT_APPLICABLE or judgement.scope is FAIL:
            continue
        concluded = {**values, **dict(zip(plain.names, judgement.findings, strict=True))}
        wanted = {name: CODES[holds(values)] for name, holds in sorts.items()}
        wanted |= {} if score is None else dict(zip(POINTS, score(concluded), strict=True))
        if (found := {name: row[name] for name in wanted}) != wanted:
            yield f"{values}: {found}, not {wanted}"


def test_points_and_what_quotas_count_are_the_same(everything: list[Made]) -> None:
    plans = [made.engine("scalar", readings).plan(PERIOD) for made in everything for readings in made.case.readings]
    plans += [one.engine("scalar").plan(one.period) for one in SUBJECTS.values()]
    scored = [(plan, kind) for plan in plans for kind in plan.order]
    scored = [(plan, kind) for plan, kind in scored if (one := plan.standard_of(kind)) and (one.decision or one.quotas)]
    assert len(scored) >= 12
    for plan, kind in scored:
        standard = plan.standard_of(kind)
        assert standard is not None
        assert list(islice(beside(standard, kind, extremes(plan, kind)), 3)) == [], standard.id


# ---------------------------------------------------------------------------------------------------------
# The traps of tables


def outside_rows(node: Any) -> Iterator[Any]:
    """A node and those below it, but for the conditions on rows."""
    yield node
    if isinstance(node, Count | Total):
        return
    for spec in dataclasses.fields(node):
        value = getattr(node, spec.name)
        for inner in value if isinstance(value, tuple) else (value,):
            for item in inner if isinstance(inner, tuple) else (inner,):
                if is_dataclass(item) and not isinstance(item, type | Label | Dimension):
                    yield from outside_rows(item)


def nulls(standard: PlannedStandard, units: list[dict[str, Any]]) -> Iterator[str]:
    """The measures, tests and conditions of a standard that are null somewhere, or not of their type."""
    compiled = ColumnarStandard(standard)
    tables = compiled.tables(units)
    decision = standard.decision
    roots = [criterion.truth for criterion in standard.criteria]
    roots += [one for one in standard.scopes.values() if one is not None]
    roots += [] if decision is None else [decision.truth, *(one.reached for one in decision.classes)]
    nodes = list(dict.fromkeys(node for root in roots for node in outside_rows(root)))
    asked = Expressions()
    ends = {f"{type(node).__name__} {place}.{end}": asked.measure(node)[end]
            for place, node in enumerate(nodes) if isinstance(node, Measure) for end in (0, 1)}  # fmt: skip
    codes = {f"{type(node).__name__} {place}": asked.truth(node)
             for place, node in enumerate(nodes) if isinstance(node, Truth)}  # fmt: skip
    findings = [(pl.int_range(pl.len()) // (place + 1) % 4).cast(pl.Int8).alias(name)
                for place, name in enumerate(compiled.names)]  # fmt: skip
    frame = tables.units.lazy().with_columns(*findings)
    lists: dict[str, list[Aggregate]] = {}
    for one in asked.aggregates.values():
        lists.setdefault(one.node.records, []).append(one)
    for name, aggregates in lists.items():
        sums = summed(tables.lists.get(name), aggregates)
        if any(sums.collect().null_count().row(0)):
            yield f"sums over {name}"
        frame = frame.with_row_index(OWNER).join(sums, on=OWNER, how="left", maintain_order="left").drop(OWNER)
    frame = with_columns(frame, asked)
    for named, wanted in ((ends, pl.Int64), (codes, pl.Int8)):
        found = frame.select(expr.alias(name) for name, expr in named.items()).collect()
        for name, column in zip(found.columns, found.iter_columns(), strict=True):
            if column.dtype != wanted or column.null_count():
                yield f"{name}: {column.dtype}, {column.null_count()} null"


@every_subject
def test_nothing_is_null_after_the_measures(subject: str) -> None:
    one = SUBJECTS[subject]
    plan = one.engine("scalar").plan(one.period)
    for kind in plan.order:
        standard = plan.standard_of(kind)
        assert standard is not None
        assert list(nulls(standard, extremes(plan, kind))) == []


def test_nothing_is_null_after_the_measures_of_any_node(everything: list[Made]) -> None:
    for made in everything:
        plan = made.engine("scalar", made.case.readings[0]).plan(PERIOD)
        assert list(nulls(plan.standards["small.u"], extremes(plan, "u"))) == [], made.case.name


def field(name: str, high: int = 3) -> FieldValue:
    return FieldValue(name, 0, high)


OK = Compare("is_true", "==", field("ok", 1), Literal(1))
HEAVY = Compare("at_least", ">=", field("weight"), Literal(2))
WEIGHT = Total("events", field("weight"), None, 3)


def compared(measure: Measure, *limits: int) -> list[Truth]:
    """Whether a measure reaches some limits, and stays below them."""
    return [Compare("t", relation, measure, Literal(limit)) for relation in (">=", "<=") for limit in limits]


@dataclass(frozen=True)
class Trap:
    """What a table gives where it is asked carelessly, and the text of the code that guards against it."""

    conditions: tuple[Truth, ...]
    units: tuple[Evidence, ...]
    module: ModuleType
    guard: str
    without: str
    unsigned: bool = False


EXPRESSIONS = columnar_expressions
TRAPS = {
    "the sum of a group without a known value is 0": Trap(
        (*compared(WEIGHT, 0, 1, 6),), ({"events": ({}, {})}, {"events": ({"weight": 1}, {})}),
        EXPRESSIONS, "return value.fill_null(low), value.fill_null(high)", "return value, value",
    ),
    "a list that is not told has no group either": Trap(
        (*compared(WEIGHT, 0, 1, 9), *compared(Count("events", HEAVY, 3), 0, 1)), ({}, {"events": ()}),
        EXPRESSIONS, "listed = pl.col(node.records).is_not_null()", "listed = pl.lit(True)",
    ),
    "an empty list has no group, and its sum is null": Trap(
        (*compared(WEIGHT, 0, 1),), ({"events": ()}, {"events": ({"weight": 1},)}),
        EXPRESSIONS, "pl.col(found.low).fill_null(0)", "pl.col(found.low)",
    ),
    "all of nothing known is true": Trap(
        (Compare("every", "==", Count("events", Not(OK), 3), Literal(0)), *compared(Count("events", OK, 3), 1)),
        ({"events": ({}, {})}, {"events": ({"ok": 1}, {})}, {"events": ({"ok": 0}, {})}),
        EXPRESSIONS, "missing = CODES[compile_test(node)({})]", "missing = None",
    ),
    "a least value passes nulls over": Trap(
        (AllOf((OK, HEAVY)), AnyOf((OK, HEAVY))), ({"ok": 1}, {"ok": 0}, {"weight": 2}, {"weight": 0}, {}),
        EXPRESSIONS, "missing = CODES[compile_test(node)({})]", "missing = None",
    ),
    "a greatest value passes nulls over": Trap(
        (*compared(Clamped(field("a"), field("cap", 2), 0, 2), 0, 1, 2),), ({"a": 3}, {"cap": 1}, {}),
        EXPRESSIONS, "return value.fill_null(low), value.fill_null(high)", "return value, value",
    ),
    "differences of numbers of rows wrap": Trap(
        (Compare("t", "<=", Count("events", OK, 9), Count("cases", OK, 9)),
         Compare("t", "==", Count("events", OK, 9), Count("cases", OK, 9))),
        ({"events": (), "cases": ({"ok": 1},) * 2}, {"events": ({"ok": 1},), "cases": ({"ok": 1},) * 2}),
        columnar, "low.cast(pl.Int64).alias(one.low), high.cast(pl.Int64).alias(one.high)",
        "low.cast(pl.UInt32).alias(one.low), high.cast(pl.UInt32).alias(one.high)",
    ),
    "differences of unsigned columns wrap": Trap(
        (Compare("t", "<=", Linear(((1, field("a")), (-1, field("b")))), Literal(0)),
         Share("s", field("a"), field("b"), Ratio(Fraction(1, 2))),
         Compare("t", "<=", Count("events", None, 9), Count("cases", None, 9))),
        ({"a": 0, "b": 3, "events": (), "cases": ({},)}, {"a": 3, "b": 0, "events": ({},), "cases": ()}, {"a": 1}),
        columnar, ".cast({selectors.integer(): pl.Int64})", "", unsigned=True,
    ),
    "a condition that reads no column is one number for all rows": Trap(
        (*compared(Count("events", Compare("t", ">=", SlotValue("s", 1, 2), Literal(1)), 9), 2, 3),
         *compared(Count("events", Compare("t", ">=", SlotValue("s", 0, 2), Literal(1)), 9), 2, 3)),
        ({"events": ({}, {}, {})}, {"events": ({},)}, {"events": ()}, {}),
        columnar, """        table = with_columns(table, row).with_columns(
            low.cast(pl.Int64).alias(one.low), high.cast(pl.Int64).alias(one.high)
        )
    return table.group_by(OWNER).agg(pl.col(end).sum() for one in aggregates for end in (one.low, one.high))
""", """        table = with_columns(table, row)
        sums += [low.cast(pl.Int64).sum().alias(one.low), high.cast(pl.Int64).sum().alias(one.high)]
    return table.group_by(OWNER).agg(sums)
""".replace("        sums +=", "        sums = locals().get('sums', [])\n        sums +="),
    ),
    "numbers that cancel each other pass the end": Trap(
        (*compared(Linear(((1, Literal(2**64)), (-(2**32), FieldValue("a", 2**32, 2**32 + 2)))), -(2**32), 0),),
        ({"a": 2**32}, {"a": 2**32 + 1}, {}),
        EXPRESSIONS, "return (number + 2**63) % 2**64 - 2**63", "return number",
    ),
}  # fmt: skip


def without_guard(trap: Trap, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The class of standards judged by columns in a copy of the code that lacks the guard."""
    for module in (EXPRESSIONS, columnar):
        source = Path(str(module.__file__)).read_text("utf-8")
        if module is trap.module:
            assert source.count(trap.guard) == 1, "the guard is another"
            source = source.replace(trap.guard, trap.without)
        copy = ModuleType(module.__name__)
        copy.__file__ = module.__file__
        monkeypatch.setitem(sys.modules, module.__name__, copy)
        exec(compile(source, str(module.__file__), "exec"), vars(copy))
    return copy.ColumnarStandard


def judged_by(standards: Any, trap: Trap, plan: Plan) -> list[Judgement]:
    """The judgements of the units of a trap."""
    standard = standards(plan.standards["s"])
    tables = standard.tables(trap.units)
    if trap.unsigned:
        counts = tables.units.cast({selectors.integer(): pl.UInt32})
        tables = dataclasses.replace(tables, units=counts)
    return list(standard.judgements(standard.judge("u", tables)))


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_of_tables_and_that_its_guard_is_needed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = TRAPS[name]
    plan = plan_of(*trap.conditions)
    plain = ScalarExecutor(plan)
    wanted = [plain.judge("s", "u", values) for values in trap.units]
    assert judged_by(ColumnarStandard, trap, plan) == wanted
    unguarded = without_guard(trap, monkeypatch)
    try:
        found = judged_by(unguarded, trap, plan)
    except (pl.exceptions.PolarsError, TypeError):
        return
    assert found != wanted, "the case does not need the guard"


LARGE = """
  a: {kinds: [u], type: integer, range: [0, A], title: &title {vi: mẫu, en: sample}}
  b: {kinds: [u], type: integer, range: [0, A], title: *title}
"""
LARGE_SHARE = """
criteria:
  - {id: s.1, title: *title, citation: {article: 1}, require: {share_at_least: {of: a, among: b, ratio: 999983/999999}}}
  - {id: s.2, title: *title, citation: {article: 1}, require: {at_most: [{times: [1000000, a]}, {times: [999999, b]}]}}
"""


def large(folder: Path, most: int) -> Ruleset:
    """A ruleset of products of counts up to ``most``."""
    return load_folder(written(folder, standard=LARGE_SHARE, fields=LARGE.replace("A", str(most))), "r")


def test_products_stay_where_they_do_not_wrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    most = (MARGIN_LIMIT - 1) // (4 * RATIO_LIMIT)

    def judgements(ruleset: Ruleset, high: int) -> tuple[list[Judgement], list[Judgement]]:
        plan = compile_ruleset(ruleset, PERIOD, {})
        values = (None, 0, 1, high - 1, high)
        units = [known("ab", row) for row in product(values, values)]
        compiled = ColumnarStandard(plan.standards["small.u"])
        plain = ScalarExecutor(plan)
        wanted = [plain.judge("small.u", "u", one) for one in units]
        return list(compiled.judgements(compiled.judge("u", compiled.tables(units)))), wanted

    found, wanted = judgements(large(tmp_path / "within", most), most)
    assert found == wanted
    beyond = 2**62 - 1
    with pytest.raises(RulesetSchemaError, match="beyond 2\\^62"):
        large(tmp_path / "beyond", beyond)
    # The limit is what keeps them apart from the engine that computes with whole numbers of any size.
    monkeypatch.setattr(base, "MARGIN_LIMIT", 2**200)
    found, wanted = judgements(large(tmp_path / "unguarded", beyond), beyond)
    assert found != wanted


@pytest.mark.parametrize("reading", ["floor", "bracket"])
def test_bands_may_reach_beyond_whole_numbers(reading: str) -> None:
    far = 10**20
    stairs_of = [(Band(0, 1, 1, far),), (Band(0, 1), Band(far, 5)), (Band(-far, 2),), (Band(0, 0, 1, 2**63 - 1),)]
    number = field("a", 9)
    measures = [Steps(number, bands, reading, *stairs(bands, reading, *bounds(number))) for bands in stairs_of]
    truths = [one for measure in measures for one in compared(measure, 0, 1, 2)]
    agree(plan_of(*truths), [{}, *({"a": value} for value in range(10))])


WIDE = """
  a: {kinds: [u], type: integer, title: &title {vi: mẫu, en: sample}}
  many: {kinds: [u], type: set, title: *title, values: {CHOICES}}
"""
HUGE = "{times: [1000000000, {times: [1000000000, a]}]}"


@pytest.mark.parametrize(
    "condition",
    [
        f"{{at_least: [{{steps: {{of: {HUGE}, bands: [{{from: 0, value: 1}}, {{from: 5, value: 3}}]}}}}, 3]}}",
        f"{{at_least: [{{measure: {{name: double, of: [{HUGE}]}}}}, 3]}}",
        "{includes_all: [many, [v69]]}",
    ],
)
def test_what_no_column_can_hold_is_refused(condition: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = WIDE.replace("CHOICES", ", ".join(f"v{place}: *title" for place in range(70)))
    criteria = f"criteria:\n  - {{id: s.1, title: *title, citation: {{article: 1}}, require: {condition}}}"
    folder = written(tmp_path, standard=criteria, fields=fields)
    with pytest.raises(RulesetSchemaError, match=r"beyond 2\^62|at most 62 choices"):
        load_folder(folder, "r", measures=MEASURES)
    # Of a plan from elsewhere the engine takes care itself.
    monkeypatch.setattr(base, "MARGIN_LIMIT", 2**200)
    monkeypatch.setattr(loader, "MARGIN_LIMIT", 2**200)
    ruleset = load_folder(folder, "r", measures=MEASURES)
    with pytest.raises(RulesetError, match="beyond 2\\^62"):
        ColumnarStandard(compile_ruleset(ruleset, PERIOD, {}).standards["small.u"])


def test_conditions_within_conditions_stay_small() -> None:
    number: Measure = field("a", 9)
    truth: Truth = OK
    bands = (Band(0, 1), Band(2, 3, 1, 2), Band(5, 0))
    for depth in range(8):
        number = Steps(number, bands, "floor", *stairs(bands, "floor", *bounds(number)))
        number = Choose(((Compare("t", ">=", number, Literal(2)), Literal(depth % 4)),), field("b", 9), 0, 9)
        truth = AtLeastOf(1, (Not(When(truth, HEAVY)), Not(Not(OK))))
    names, values = ("a", "b", "ok", "weight"), ((None, 0, 2, 5, 9), (None, 0, 4), (None, 0, 1), (None, 1, 2))
    agree(plan_of(Compare("t", ">=", number, Literal(2)), truth), [known(names, row) for row in product(*values)])
