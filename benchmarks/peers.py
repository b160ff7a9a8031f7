"""The same 34 criteria in other libraries, one unit at a time.

12 thresholds, 11 booleans and 11 counts of nothing, about 5 % of the units' values missing; each library must give for
each unit the verdict and the lists of the criteria that failed and of those whose evidence is missing.
"""

# mypy: disable-error-code="import-not-found,import-untyped,no-untyped-call"

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Unit = dict[str, Any]
Answer = tuple[str, list[int], list[int]]

N = 34


def units(count: int) -> list[Unit]:
    """Units with the values of the 34 fields beside their id; the same count gives the same units."""
    rng = random.Random(7)

    def unit(k: int) -> Unit:
        d: Unit = {"id": str(k)}
        for i in range(N):
            if rng.random() < 0.05 / N * 5:
                continue
            d[f"f{i}"] = (
                rng.choice([60] + [80] * 12)
                if i % 3 == 0
                else (rng.random() < 0.97 if i % 3 == 1 else rng.choice([0] * 30 + [2]))
            )
        return d

    return [unit(k) for k in range(count)]


def ref(u: Unit) -> Answer:
    """The answer for a unit, by plain Python."""
    f, m = [], []
    for i in range(N):
        v = u.get(f"f{i}")
        if v is None:
            m.append(i)
            continue
        ok = v >= 70 if i % 3 == 0 else (v is True if i % 3 == 1 else v == 0)
        if not ok:
            f.append(i)
    return ("fail" if f else "missing" if m else "pass", f, m)


def verdict(f: list[int], m: list[int]) -> Answer:
    """The answer that two lists of criteria give."""
    return ("fail" if f else "missing" if m else "pass", f, m)


Judge = Callable[[Sequence[Unit]], list[Any]]
"""Answers for units, one after another."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A library in the comparison: its distribution, how it is made ready, and how many units it gets a round."""

    name: str
    distribution: str | None
    make: Callable[[], Judge]
    sample: int


def plain() -> Judge:
    """No library at all."""
    return lambda units: [ref(u) for u in units]


def durable() -> Judge:
    """durable-rules through its own Host: a rule for each outcome of each criterion."""
    from durable import engine

    st: dict[str, set[int]] = {"p": set(), "f": set()}

    def mk(k: str, i: int) -> Callable[[Any], None]:
        def act(c: Any) -> None:
            st[k].add(i)

        return act

    defs: dict[str, Any] = {}
    for i in range(N):
        f = f"f{i}"
        p, q = (
            ({"$gte": {f: 70}}, {"$lt": {f: 70}})
            if i % 3 == 0
            else (({f: True}, {f: False}) if i % 3 == 1 else ({f: 0}, {"$gt": {f: 0}}))
        )
        defs[f"p{i}"] = {"all": [{"m": p}], "run": mk("p", i)}
        defs[f"q{i}"] = {"all": [{"m": q}], "run": mk("f", i)}
    h = engine.Host()
    h.set_rulesets({"w": defs})

    def judge(units: Sequence[Unit]) -> list[Answer]:
        out = []
        for u in units:
            st["p"].clear()
            st["f"].clear()
            d = dict(u)
            d["sid"] = u["id"]
            h.assert_fact("w", d)
            h.delete_state("w", u["id"])
            fl = sorted(st["f"])
            ms = [i for i in range(N) if i not in st["p"] and i not in st["f"]]
            out.append(verdict(fl, ms))
        return out

    return judge


def zen_table() -> dict[str, Any]:
    """A decision table in collect mode: a row for each outcome."""
    inputs = []
    outputs = [{"id": "o", "name": "o", "field": "o"}]
    rules = []
    for i in range(N):
        inputs.append({"id": f"i{i}", "name": f"f{i}", "field": f"f{i}"})
    for i in range(N):
        r = {"_id": f"r{i}", "o": f'"f{i}"'}
        for j in range(N):
            r[f"i{j}"] = ""
        r[f"i{i}"] = "< 70" if i % 3 == 0 else ("false" if i % 3 == 1 else "> 0")
        rules.append(r)
        r = dict(r)
        r["_id"] = f"m{i}"
        r["o"] = f'"m{i}"'
        r[f"i{i}"] = "null"
        rules.append(r)
    return {
        "nodes": [
            {"id": "a", "name": "in", "type": "inputNode", "position": {"x": 0, "y": 0}},
            {
                "id": "t",
                "name": "t",
                "type": "decisionTableNode",
                "position": {"x": 0, "y": 0},
                "content": {"hitPolicy": "collect", "inputs": inputs, "outputs": outputs, "rules": rules},
            },
            {"id": "z", "name": "out", "type": "outputNode", "position": {"x": 0, "y": 0}},
        ],
        "edges": [
            {"id": "e1", "sourceId": "a", "targetId": "t", "type": "edge"},
            {"id": "e2", "sourceId": "t", "targetId": "z", "type": "edge"},
        ],
    }


def zen_judge(evaluate: Callable[[Unit], Any]) -> Judge:
    """Answers by a decision."""

    def judge(units: Sequence[Unit]) -> list[Answer]:
        out = []
        for u in units:
            r = evaluate(u)["result"]
            fl = sorted(int(x["o"][1:]) for x in r if x["o"][0] == "f")
            ms = sorted(int(x["o"][1:]) for x in r if x["o"][0] == "m")
            out.append(verdict(fl, ms))
        return out

    return judge


def zen_() -> Judge:
    """The decision table of zen-engine as a decision."""
    import zen

    e = zen.ZenEngine()
    dec = e.create_decision(json.dumps(zen_table()))
    return zen_judge(dec.evaluate)


def zen_loaded() -> Judge:
    """The same by a loader of zen-engine, which compiles it once: not among the first peers, but faster."""
    import zen

    e = zen.ZenEngine({"loader": {"type": "static", "content": {"w": zen_table()}}})
    return zen_judge(lambda u: e.evaluate("w", u))


def rego_() -> Judge:
    """Two sets of a Rego policy in regorus."""
    import regorus

    lines = ["package antq", "import rego.v1"]
    for i in range(N):
        c = f"input.f{i} < 70" if i % 3 == 0 else (f"input.f{i} == false" if i % 3 == 1 else f"input.f{i} > 0")
        lines.append(f"failed contains {i} if {c}")
        lines.append(f'missing contains {i} if not has(input,"f{i}")')
    lines.append("has(o,k) if { _ = o[k] }")
    e = regorus.Engine()
    e.add_policy("a.rego", "\n".join(lines))

    def judge(units: Sequence[Unit]) -> list[Answer]:
        out = []
        for u in units:
            e.set_input_json(json.dumps(u))
            r = e.eval_rule("data.antq.failed")
            m = e.eval_rule("data.antq.missing")
            out.append(verdict(sorted(r), sorted(m)))
        return out

    return judge


def rule_engine_() -> Judge:
    """A rule of rule-engine for each criterion."""
    import rule_engine

    ctx = rule_engine.Context(default_value=None)
    rs = [
        rule_engine.Rule(f"f{i} < 70" if i % 3 == 0 else (f"f{i} == false" if i % 3 == 1 else f"f{i} > 0"), context=ctx)
        for i in range(N)
    ]

    def judge(units: Sequence[Unit]) -> list[Answer]:
        out = []
        for u in units:
            fl, ms = [], []
            for i, r in enumerate(rs):
                if u.get(f"f{i}") is None:
                    ms.append(i)
                elif r.matches(u):
                    fl.append(i)
            out.append(verdict(fl, ms))
        return out

    return judge


def jsonlogic_() -> Judge:
    """A JsonLogic rule for each criterion."""
    from json_logic import jsonLogic

    rs: list[Any] = [
        (
            {"<": [{"var": f"f{i}"}, 70]}
            if i % 3 == 0
            else ({"==": [{"var": f"f{i}"}, False]} if i % 3 == 1 else {">": [{"var": f"f{i}"}, 0]})
        )
        for i in range(N)
    ]

    def judge(units: Sequence[Unit]) -> list[Answer]:
        out = []
        for u in units:
            fl, ms = [], []
            for i, r in enumerate(rs):
                if f"f{i}" not in u:
                    ms.append(i)
                elif jsonLogic(r, u):
                    fl.append(i)
            out.append(verdict(fl, ms))
        return out

    return judge


def celpy_() -> Judge:
    """A CEL program of cel-python for each criterion."""
    import celpy
    from celpy.adapter import json_to_cel

    env = celpy.Environment()
    ps = [
        env.program(env.compile(f"f{i} < 70" if i % 3 == 0 else (f"f{i} == false" if i % 3 == 1 else f"f{i} > 0")))
        for i in range(N)
    ]

    def judge(units: Sequence[Unit]) -> list[Answer]:
        out = []
        for u in units:
            a: Any = json_to_cel(u)
            fl, ms = [], []
            for i, p in enumerate(ps):
                if f"f{i}" not in u:
                    ms.append(i)
                elif p.evaluate(a):
                    fl.append(i)
            out.append(verdict(fl, ms))
        return out

    return judge


def polars_() -> Judge:
    """A query of Polars over a table made of the units, with lists of criteria."""
    import polars as pl

    sch: Any = {"id": pl.String, **{f"f{i}": pl.Boolean if i % 3 == 1 else pl.Int64 for i in range(N)}}
    fails = [
        (pl.col(f"f{i}") < 70 if i % 3 == 0 else (~pl.col(f"f{i}") if i % 3 == 1 else pl.col(f"f{i}") > 0))
        for i in range(N)
    ]

    def judge(units: Sequence[Unit]) -> list[Answer]:
        df = pl.DataFrame(units, schema=sch)
        q = (
            df.lazy()
            .select(
                "id",
                failed=pl.concat_list(
                    [pl.when(e).then(pl.lit(i, dtype=pl.Int16)) for i, e in enumerate(fails)]
                ).list.drop_nulls(),
                missing=pl.concat_list(
                    [pl.when(pl.col(f"f{i}").is_null()).then(pl.lit(i, dtype=pl.Int16)) for i in range(N)]
                ).list.drop_nulls(),
            )
            .collect()
        )
        return [verdict(a, b) for a, b in zip(q["failed"].to_list(), q["missing"].to_list(), strict=True)]

    return judge


RULE_ENGINES = (
    Peer("durable-rules (Host)", "durable-rules", durable, 1500),
    Peer("zen-engine (Rust, GoRules)", "zen-engine", zen_, 1000),
    Peer("zen-engine (static loader)", "zen-engine", zen_loaded, 2000),
    Peer("regorus (Rego, Rust)", "celine-regorus", rego_, 1500),
    Peer("rule-engine", "rule-engine", rule_engine_, 2000),
    Peer("json-logic", "json-logic-qubit", jsonlogic_, 4000),
    Peer("cel-python", "cel-python", celpy_, 300),
)
"""The peers that judge by rules."""

OTHERS = (
    Peer("plain Python", None, plain, 4000),
    Peer("Polars from dicts", "polars", polars_, 4000),
)
"""What is no rule engine, for comparison."""
