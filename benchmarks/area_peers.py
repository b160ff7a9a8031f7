"""The criteria of tt124.kdc in other libraries, one unit at a time, as somebody who knows each of them writes them.

Every library gives for each unit the verdict and the outcome of every criterion. For all of them the host program does
what is easier there: it leaves out the events beyond the window (see :func:`benchmarks.areas.facts`) and, where that is
faster than asking the library, looks whether the values that a criterion needs are there.
"""

# mypy: disable-error-code="import-not-found,import-untyped,no-untyped-call"

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.areas import (
    CRITERIA,
    FAIL,
    FLAGS,
    GRAVE_ACCIDENTS,
    INCIDENTS,
    NOT_APPLICABLE,
    PASS,
    QUARTER_FIRST,
    QUARTER_LAST,
    SERIES,
    UNDETERMINED,
    Answer,
    Facts,
    Unit,
    accident_counts,
    crime_counts,
    facts,
    ref,
    verdict,
)
from benchmarks.peers import Judge, Peer

YEAR_ON_YEAR, CRIMES, ACCIDENTS = (CRITERIA.index(f"tt124.kdc.4.{point}") for point in "abd")

COUNTS = tuple(f"{name}_{year}" for name in SERIES for year in ("curr", "prev"))


@dataclass(frozen=True, slots=True)
class Conditions:
    """One criterion in the language of a library that answers yes or no.

    Where all values that it ``needs`` are known: ``beyond`` says that it does not apply, ``passes`` that it is met, and
    ``fails``, where there may be a third way, that it is not. Otherwise ``careful`` gives the outcome, or nothing does.
    """

    needs: tuple[str, ...]
    passes: Any
    fails: Any = None
    beyond: Any = None
    careful: Any = None


def judge_by(
    conditions: Sequence[Conditions], holds: Callable[[Any, Any], Any], evaluate: Callable[[Any, Any], Any], given: Any
) -> Judge:
    """Answers by conditions: ``holds`` and ``evaluate`` ask the library, ``given`` makes of facts what it reads."""

    def judge(units: Sequence[Unit]) -> list[Answer]:
        out = []
        for u in units:
            f = facts(u)
            a = given(f)
            outcomes = []
            for c in conditions:
                for name in c.needs:
                    if f[name] is None:
                        outcomes.append(evaluate(c.careful, a) if c.careful is not None else UNDETERMINED)
                        break
                else:
                    if c.beyond is not None and holds(c.beyond, a):
                        outcomes.append(NOT_APPLICABLE)
                    elif holds(c.passes, a):
                        outcomes.append(PASS)
                    elif c.fails is None or holds(c.fails, a):
                        outcomes.append(FAIL)
                    else:
                        outcomes.append(UNDETERMINED)
            out.append(verdict(outcomes))
        return out

    return judge


def plain() -> Judge:
    """No library at all."""
    return lambda units: [ref(u) for u in units]


def rule_engine_() -> Judge:
    """A rule of rule-engine for each criterion, a second one where there is a third way."""
    import rule_engine

    ctx = rule_engine.Context(default_value=None, mapping_attribute_lookup=False)

    def rule(text: str) -> Any:
        return rule_engine.Rule(text, context=ctx)

    def dated(name: str) -> Conditions:
        return Conditions((name,), rule(f"{name} >= '{QUARTER_FIRST}' and {name} <= '{QUARTER_LAST}'"))

    def zero(name: str) -> Conditions:
        return Conditions((name,), rule(f"{name} == 0"))

    def judged(name: str) -> Conditions:
        return Conditions((name,), rule(name))

    def none(records: str, certain: str, possible: str) -> Conditions:
        return Conditions(
            (records,),
            rule(f"not $any([{possible} for r in {records}])"),
            rule(f"$any([{certain} for r in {records}])"),
        )

    grave = "r['grade'] != 'less_serious'"
    first, *handled = FLAGS
    unhandled = " or ".join(f"r['{name}'] == false" for name in handled)
    all_handled = " and ".join(f"r['{name}'] == true" for name in handled)
    kinds = ", ".join(f"'{kind}'" for kind in GRAVE_ACCIDENTS)
    more = " or ".join(f"({n}_curr != null and {n}_prev != null and {n}_curr > {n}_prev)" for n in SERIES)
    no_more = " and ".join(
        f"({n}_curr == 0 or ({n}_curr != null and {n}_prev != null and {n}_curr <= {n}_prev))" for n in SERIES
    )
    conditions = [
        dated("party_resolution_date"),
        dated("registration_date"),
        Conditions(
            ("households_resident", "households_registered"),
            rule("households_registered == households_resident"),
            beyond=rule("households_resident == 0"),
            careful=rule(f"households_resident == 0 ? '{NOT_APPLICABLE}' : '{UNDETERMINED}'"),
        ),
        judged("policy_implementation_full"),
        *(Conditions(("incidents",), rule(f"'{one}' not in incidents")) for one in INCIDENTS),
        Conditions(
            COUNTS,
            rule(" and ".join(f"{n}_curr <= {n}_prev" for n in SERIES)),
            careful=rule(f"({more}) ? '{FAIL}' : (({no_more}) ? '{PASS}' : '{UNDETERMINED}')"),
        ),
        none(
            "crimes",
            f"({grave} and r['{first}'] == false and ({unhandled}))",
            f"({grave} and not (r['{first}'] == true or ({all_handled})))",
        ),
        zero("new_hotspots"),
        zero("new_social_evil_persons"),
        judged("management_effective"),
        none(
            "accidents",
            f"(r['kind'] in {{{kinds}}} and r['{first}'] == false)",
            f"(r['kind'] in {{{kinds}}} and r['{first}'] != true)",
        ),
        Conditions(("grassroots_force_rating",), rule("grassroots_force_rating != 'not_completed'")),
        zero("grassroots_force_disciplined"),
    ]
    return judge_by(conditions, lambda r, f: r.matches(f), lambda r, f: r.evaluate(f), lambda f: f)


def jsonlogic_() -> Judge:
    """A JsonLogic rule for each criterion, a second one where there is a third way."""
    from json_logic import jsonLogic

    def var(name: str) -> Any:
        return {"var": name}

    def dated(name: str) -> Conditions:
        return Conditions((name,), {"<=": [QUARTER_FIRST, var(name), QUARTER_LAST]})

    def zero(name: str) -> Conditions:
        return Conditions((name,), {"==": [var(name), 0]})

    def judged(name: str) -> Conditions:
        return Conditions((name,), var(name))

    def each(operator: str, make: Any) -> Any:
        return {operator: [make(var(f"{n}_curr"), var(f"{n}_prev")) for n in SERIES]}

    grave = {"!=": [var("grade"), "less_serious"]}
    first, *handled = FLAGS
    unhandled = {"or": [{"===": [var(name), False]} for name in handled]}
    all_handled = {"and": [{"===": [var(name), True]} for name in handled]}
    known = {"in": [var("kind"), list(GRAVE_ACCIDENTS)]}
    more = each("or", lambda c, p: {"and": [{"!==": [p, None]}, {">": [c, p]}]})
    no_more = each("and", lambda c, p: {"or": [{"===": [c, 0]}, {"and": [{"!==": [c, None]}, {"<=": [c, p]}]}]})
    conditions = [
        dated("party_resolution_date"),
        dated("registration_date"),
        Conditions(
            ("households_resident", "households_registered"),
            {"==": [var("households_registered"), var("households_resident")]},
            beyond={"==": [var("households_resident"), 0]},
            careful={"if": [{"===": [var("households_resident"), 0]}, NOT_APPLICABLE, UNDETERMINED]},
        ),
        judged("policy_implementation_full"),
        *(Conditions(("incidents",), {"!": [{"in": [one, var("incidents")]}]}) for one in INCIDENTS),
        Conditions(
            COUNTS,
            each("and", lambda c, p: {"<=": [c, p]}),
            careful={"if": [more, FAIL, no_more, PASS, UNDETERMINED]},
        ),
        Conditions(
            ("crimes",),
            {"none": [var("crimes"), {"and": [grave, {"!": [{"or": [{"===": [var(first), True]}, all_handled]}]}]}]},
            {"some": [var("crimes"), {"and": [grave, {"===": [var(first), False]}, unhandled]}]},
        ),
        zero("new_hotspots"),
        zero("new_social_evil_persons"),
        judged("management_effective"),
        Conditions(
            ("accidents",),
            {"none": [var("accidents"), {"and": [known, {"!==": [var(first), True]}]}]},
            {"some": [var("accidents"), {"and": [known, {"===": [var(first), False]}]}]},
        ),
        Conditions(("grassroots_force_rating",), {"!=": [var("grassroots_force_rating"), "not_completed"]}),
        zero("grassroots_force_disciplined"),
    ]
    return judge_by(conditions, jsonLogic, jsonLogic, lambda f: f)


def celpy_() -> Judge:
    """A CEL program of cel-python for each criterion, a second one where there is a third way."""
    import celpy
    from celpy.adapter import json_to_cel

    env = celpy.Environment()

    def program(text: str) -> Any:
        return env.program(env.compile(text))

    def dated(name: str) -> Conditions:
        return Conditions((name,), program(f"e.{name} >= '{QUARTER_FIRST}' && e.{name} <= '{QUARTER_LAST}'"))

    def zero(name: str) -> Conditions:
        return Conditions((name,), program(f"e.{name} == 0"))

    def judged(name: str) -> Conditions:
        return Conditions((name,), program(f"e.{name}"))

    def none(records: str, certain: str, possible: str) -> Conditions:
        return Conditions(
            (records,),
            program(f"!e.{records}.exists(r, {possible})"),
            program(f"e.{records}.exists(r, {certain})"),
        )

    grave = "r.grade != 'less_serious'"
    first, *handled = FLAGS
    unhandled = " || ".join(f"r.{name} == false" for name in handled)
    all_handled = " && ".join(f"r.{name} == true" for name in handled)
    known = f"r.kind in {list(GRAVE_ACCIDENTS)}"
    both = {n: f"has(e.{n}_curr) && has(e.{n}_prev)" for n in SERIES}
    more = " || ".join(f"({both[n]} && e.{n}_curr > e.{n}_prev)" for n in SERIES)
    no_more = " && ".join(
        f"((has(e.{n}_curr) && e.{n}_curr == 0) || ({both[n]} && e.{n}_curr <= e.{n}_prev))" for n in SERIES
    )
    conditions = [
        dated("party_resolution_date"),
        dated("registration_date"),
        Conditions(
            ("households_resident", "households_registered"),
            program("e.households_registered == e.households_resident"),
            beyond=program("e.households_resident == 0"),
            careful=program(
                f"has(e.households_resident) && e.households_resident == 0 ? '{NOT_APPLICABLE}' : '{UNDETERMINED}'"
            ),
        ),
        judged("policy_implementation_full"),
        *(Conditions(("incidents",), program(f"!('{one}' in e.incidents)")) for one in INCIDENTS),
        Conditions(
            COUNTS,
            program(" && ".join(f"e.{n}_curr <= e.{n}_prev" for n in SERIES)),
            careful=program(f"({more}) ? '{FAIL}' : (({no_more}) ? '{PASS}' : '{UNDETERMINED}')"),
        ),
        none(
            "crimes",
            f"{grave} && r.{first} == false && ({unhandled})",
            f"{grave} && !(r.{first} == true || ({all_handled}))",
        ),
        zero("new_hotspots"),
        zero("new_social_evil_persons"),
        judged("management_effective"),
        none("accidents", f"{known} && r.{first} == false", f"{known} && r.{first} != true"),
        Conditions(("grassroots_force_rating",), program("e.grassroots_force_rating != 'not_completed'")),
        zero("grassroots_force_disciplined"),
    ]

    def given(f: Facts) -> Any:
        return json_to_cel({"e": {name: value for name, value in f.items() if value is not None}})

    return judge_by(conditions, lambda p, a: bool(p.evaluate(a)), lambda p, a: str(p.evaluate(a)), given)


def zen_expressions() -> list[str]:
    """For each criterion the expression of ZEN that gives its outcome."""

    def outcome(condition: str, *needs: str) -> str:
        unknown = " or ".join(f"{name} == null" for name in needs)
        return f'{unknown} ? "{UNDETERMINED}" : {condition} ? "{PASS}" : "{FAIL}"'

    def dated(name: str) -> str:
        # "absent" is no day.
        inside = f'date({name}) >= date("{QUARTER_FIRST}") and date({name}) <= date("{QUARTER_LAST}")'
        return outcome(f'{name} != "absent" and {inside}', name)

    def none(records: str, certain: str, possible: str) -> str:
        return (
            f'{records} == null ? "{UNDETERMINED}" : not some({records}, {possible}) ? "{PASS}"'
            f' : some({records}, {certain}) ? "{FAIL}" : "{UNDETERMINED}"'
        )

    grave = '#.grade != "less_serious"'
    first, *handled = FLAGS
    unhandled = " or ".join(f"#.{name} == false" for name in handled)
    all_handled = " and ".join(f"#.{name} == true" for name in handled)
    known = f"#.kind in {json.dumps(GRAVE_ACCIDENTS)}"
    more = " or ".join(f"({n}_curr != null and {n}_prev != null and {n}_curr > {n}_prev)" for n in SERIES)
    no_more = " and ".join(
        f"({n}_curr == 0 or ({n}_curr != null and {n}_prev != null and {n}_curr <= {n}_prev))" for n in SERIES
    )
    return [
        dated("party_resolution_date"),
        dated("registration_date"),
        f'households_resident == 0 ? "{NOT_APPLICABLE}" : '
        + outcome("households_registered == households_resident", "households_resident", "households_registered"),
        outcome("policy_implementation_full", "policy_implementation_full"),
        *(outcome(f'not ("{one}" in incidents)', "incidents") for one in INCIDENTS),
        f'({more}) ? "{FAIL}" : ({no_more}) ? "{PASS}" : "{UNDETERMINED}"',
        none(
            "crimes",
            f"{grave} and #.{first} == false and ({unhandled})",
            f"{grave} and not (#.{first} == true or ({all_handled}))",
        ),
        outcome("new_hotspots == 0", "new_hotspots"),
        outcome("new_social_evil_persons == 0", "new_social_evil_persons"),
        outcome("management_effective", "management_effective"),
        none("accidents", f"{known} and #.{first} == false", f"{known} and #.{first} != true"),
        outcome('grassroots_force_rating != "not_completed"', "grassroots_force_rating"),
        outcome("grassroots_force_disciplined == 0", "grassroots_force_disciplined"),
    ]


def zen_graph() -> dict[str, Any]:
    """A decision with one node that gives the outcomes."""
    expressions = [{"id": f"e{i}", "key": f"o{i}", "value": value} for i, value in enumerate(zen_expressions())]
    return {
        "nodes": [
            {"id": "a", "name": "in", "type": "inputNode", "position": {"x": 0, "y": 0}},
            {
                "id": "t",
                "name": "t",
                "type": "expressionNode",
                "position": {"x": 0, "y": 0},
                "content": {"expressions": expressions},
            },
            {"id": "z", "name": "out", "type": "outputNode", "position": {"x": 0, "y": 0}},
        ],
        "edges": [
            {"id": "e1", "sourceId": "a", "targetId": "t", "type": "edge"},
            {"id": "e2", "sourceId": "t", "targetId": "z", "type": "edge"},
        ],
    }


def zen_judge(evaluate: Callable[[Facts], Any]) -> Judge:
    """Answers by a decision."""
    names = [f"o{i}" for i in range(len(CRITERIA))]

    def judge(units: Sequence[Unit]) -> list[Answer]:
        out = []
        for u in units:
            r = evaluate(facts(u))["result"]
            out.append(verdict([r[name] for name in names]))
        return out

    return judge


def zen_() -> Judge:
    """A decision of zen-engine, made as among the peers of the flat criteria."""
    import zen

    dec = zen.ZenEngine().create_decision(json.dumps(zen_graph()))
    return zen_judge(dec.evaluate)


def zen_loaded() -> Judge:
    """The same decision by a loader of zen-engine, which compiles it once: the fastest way found."""
    import zen

    e = zen.ZenEngine({"loader": {"type": "static", "content": {"kdc": zen_graph()}}})
    return zen_judge(lambda f: e.evaluate("kdc", f))


def zen_expression() -> Judge:
    """All criteria as one compiled expression of ZEN, without decision, rules or names."""
    import zen

    e = zen.compile_expression("[" + ", ".join(f"({one})" for one in zen_expressions()) + "]")

    def judge(units: Sequence[Unit]) -> list[Answer]:
        return [verdict(e.evaluate(facts(u))) for u in units]

    return judge


REGO = f"""
package kdc
import rego.v1

late(name) if input[name] > "{QUARTER_LAST}"
late(name) if input[name] < "{QUARTER_FIRST}"
failed contains 0 if late("party_resolution_date")
failed contains 1 if late("registration_date")

beyond contains 2 if input.households_resident == 0
failed contains 2 if {{ input.households_resident > 0; input.households_registered != input.households_resident }}
undecided contains 2 if {{ input.households_resident > 0; not input.households_registered }}
undecided contains 2 if not input.households_resident

failed contains 3 if input.policy_implementation_full == false

incidents := {json.dumps(dict(zip(INCIDENTS, range(4, 11), strict=True)))}
failed contains incidents[type] if some type in input.incidents

failed contains {YEAR_ON_YEAR} if input.crime_cases_curr > input.crime_cases_prev
failed contains {YEAR_ON_YEAR} if input.social_evil_cases_curr > input.social_evil_cases_prev
failed contains {YEAR_ON_YEAR} if input.other_violation_cases_curr > input.other_violation_cases_prev
compared(curr, prev) if input[curr] <= input[prev]
compared(curr, prev) if {{ input[curr] == 0; not input[prev] }}
compared(curr, prev) if input[curr] > input[prev]
undecided contains {YEAR_ON_YEAR} if not compared("crime_cases_curr", "crime_cases_prev")
undecided contains {YEAR_ON_YEAR} if not compared("social_evil_cases_curr", "social_evil_cases_prev")
undecided contains {YEAR_ON_YEAR} if not compared("other_violation_cases_curr", "other_violation_cases_prev")

unhandled(c) if c.detected_promptly == false
unhandled(c) if c.consequences_mitigated == false
unhandled(c) if c.reported_immediately == false
excused(c) if c.force_majeure == true
excused(c) if {{ c.detected_promptly == true; c.consequences_mitigated == true; c.reported_immediately == true }}
failed contains {CRIMES} if {{
    some c in input.crimes
    c.grade != "less_serious"
    c.force_majeure == false
    unhandled(c)
}}
undecided contains {CRIMES} if {{ some c in input.crimes; c.grade != "less_serious"; not excused(c) }}

failed contains 13 if input.new_hotspots > 0
failed contains 14 if input.new_social_evil_persons > 0
failed contains 15 if input.management_effective == false

grave := {{{", ".join(json.dumps(kind) for kind in GRAVE_ACCIDENTS)}}}
failed contains {ACCIDENTS} if {{ some c in input.accidents; c.kind in grave; c.force_majeure == false }}
undecided contains {ACCIDENTS} if {{ some c in input.accidents; c.kind in grave; c.force_majeure != true }}

failed contains 17 if input.grassroots_force_rating == "not_completed"
failed contains 18 if input.grassroots_force_disciplined > 0

answer := [failed, undecided, beyond]
"""

READ_BY = (
    "party_resolution_date",
    "registration_date",
    None,
    "policy_implementation_full",
    *("incidents" for _ in INCIDENTS),
    None,
    "crimes",
    "new_hotspots",
    "new_social_evil_persons",
    "management_effective",
    "accidents",
    "grassroots_force_rating",
    "grassroots_force_disciplined",
)
"""The one field that each criterion reads; None where it reads several."""


def rego_() -> Judge:
    """A Rego policy in regorus with the sets of the criteria that fail, are undetermined and do not apply."""
    import regorus

    e = regorus.Engine()
    e.add_policy("kdc.rego", REGO)

    def judge(units: Sequence[Unit]) -> list[Answer]:
        out = []
        for u in units:
            f = {name: value for name, value in facts(u).items() if value is not None}
            # As text: handed over as an object, false would become a number.
            e.set_input_json(json.dumps(f))
            failed, undecided, beyond = e.eval_rule("data.kdc.answer")
            outcomes = [PASS if name is None or name in f else UNDETERMINED for name in READ_BY]
            # Its whole numbers come back as floats.
            for i in undecided:
                outcomes[int(i)] = UNDETERMINED
            for i in beyond:
                outcomes[int(i)] = NOT_APPLICABLE
            for i in failed:
                outcomes[int(i)] = FAIL
            out.append(verdict(outcomes))
        return out

    return judge


def durable() -> Judge:
    """durable-rules through its own Host: a rule for each outcome of each criterion.

    Its rules see numbers, truths and text of one flat fact: rows are counted and numbers subtracted before.
    """
    from durable import engine

    st: dict[str, set[int]] = {"pass": set(), "fail": set(), "beyond": set()}

    def mk(k: str, i: int) -> Callable[[Any], None]:
        def act(c: Any) -> None:
            st[k].add(i)

        return act

    defs: dict[str, Any] = {}

    def rules(name: str, p: Any, q: Any, beyond: Any = None) -> None:
        i = CRITERIA.index(f"tt124.kdc.{name}")
        defs[f"p{i}"] = {"all": [{"m": p}], "run": mk("pass", i)}
        defs[f"q{i}"] = {"all": [{"m": q}], "run": mk("fail", i)}
        if beyond is not None:
            defs[f"b{i}"] = {"all": [{"m": beyond}], "run": mk("beyond", i)}

    def dated(name: str, f: str) -> None:
        first, last = (int(day.replace("-", "")) for day in (QUARTER_FIRST, QUARTER_LAST))
        p = {"$and": [{"$gte": {f: first}}, {"$lte": {f: last}}]}
        rules(name, p, {"$or": [{"$lt": {f: first}}, {"$gt": {f: last}}]})

    def zero(name: str, f: str) -> None:
        rules(name, {f: 0}, {"$gt": {f: 0}})

    dated("1.a", "party_resolution_date")
    dated("1.b", "registration_date")
    rules(
        "1.c",
        {"$and": [{"$gt": {"households_resident": 0}}, {"households_lacking": 0}]},
        {"$gt": {"households_lacking": 0}},
        {"households_resident": 0},
    )
    rules("2", {"policy_implementation_full": True}, {"policy_implementation_full": False})
    for point, one in zip(("a", "b", "c", "d", "dd", "e", "g"), INCIDENTS, strict=True):
        zero(f"3.{point}", one)
    rules(
        "4.a",
        {"$and": [{"$gte": {name: 0}} for name in SERIES]},
        {"$or": [{"$lt": {name: 0}} for name in SERIES]},
    )
    rules("4.b", {"crimes_possible": 0}, {"$gt": {"crimes_certain": 0}})
    zero("4.c1", "new_hotspots")
    zero("4.c2", "new_social_evil_persons")
    rules("4.c3", {"management_effective": True}, {"management_effective": False})
    rules("4.d", {"accidents_possible": 0}, {"$gt": {"accidents_certain": 0}})
    f = "grassroots_force_rating"
    rules(
        "5.a",
        {"$or": [{f: "completed"}, {f: "well"}, {f: "excellent"}]},
        {f: "not_completed"},
    )
    zero("5.b", "grassroots_force_disciplined")
    h = engine.Host()
    h.set_rulesets({"kdc": defs})
    plainly = (
        "households_resident",
        "policy_implementation_full",
        "new_hotspots",
        "new_social_evil_persons",
        "management_effective",
        "grassroots_force_rating",
        "grassroots_force_disciplined",
    )

    def judge(units: Sequence[Unit]) -> list[Answer]:
        out = []
        for u in units:
            for found in st.values():
                found.clear()
            f = facts(u)
            d: dict[str, Any] = {name: f[name] for name in plainly if f[name] is not None}
            d["sid"] = u["id"]
            for name in ("party_resolution_date", "registration_date"):
                day = f[name]
                if day is not None:
                    d[name] = 0 if day == "absent" else int(day.replace("-", ""))
            if f["households_resident"] is not None and f["households_registered"] is not None:
                d["households_lacking"] = f["households_resident"] - f["households_registered"]
            if f["incidents"] is not None:
                for one in INCIDENTS:
                    d[one] = f["incidents"].count(one)
            for name in SERIES:
                curr, prev = f[f"{name}_curr"], f[f"{name}_prev"]
                if curr is not None and prev is not None:
                    d[name] = prev - curr
                elif curr == 0:
                    d[name] = 0
            for name, counts in (("crimes", crime_counts), ("accidents", accident_counts)):
                if f[name] is not None:
                    rows = [counts(row) for row in f[name]]
                    d[f"{name}_certain"] = rows.count(True)
                    d[f"{name}_possible"] = len(rows) - rows.count(False)
            h.assert_fact("kdc", d)
            h.delete_state("kdc", u["id"])
            outcomes = [UNDETERMINED] * len(CRITERIA)
            for i in st["pass"]:
                outcomes[i] = PASS
            for i in st["fail"]:
                outcomes[i] = FAIL
            for i in st["beyond"]:
                outcomes[i] = NOT_APPLICABLE
            out.append(verdict(outcomes))
        return out

    return judge


RULE_ENGINES = (
    Peer("durable-rules (Host)", "durable-rules", durable, 1000),
    Peer("zen-engine (Rust, GoRules)", "zen-engine", zen_, 1000),
    Peer("zen-engine (static loader)", "zen-engine", zen_loaded, 4000),
    Peer("regorus (Rego, Rust)", "celine-regorus", rego_, 2000),
    Peer("rule-engine", "rule-engine", rule_engine_, 2000),
    Peer("json-logic", "json-logic-qubit", jsonlogic_, 2000),
    Peer("cel-python", "cel-python", celpy_, 200),
)
"""The peers that judge by rules."""

OTHERS = (
    Peer("ZEN expression alone", "zen-engine", zen_expression, 8000),
    Peer("plain Python", None, plain, 8000),
)
"""What is no rule engine, for comparison."""
