"""The oracles of the smaller national rulesets, of the provincial ones and of overlays agree with every executor.

They also tell every shifted threshold and every changed relation of these rulesets from the plan as it is.
"""

import ast
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any, cast

import pytest

from antq_rules import Assessment, Engine, Outcome
from antq_rules.assessment.assessing import assess as assess_with
from antq_rules.assessment.judging import UnitTelling, prepared
from antq_rules.engine import as_dossier
from antq_rules.engines import columnar
from antq_rules.engines.scalar import CompiledStandard, ScalarExecutor
from antq_rules.evidence.intake import Intake
from antq_rules.evidence.measuring import compile_measure, compile_truth
from antq_rules.model.expression import (
    AllOf,
    AnyOf,
    Award,
    Choose,
    Clamped,
    Compare,
    Days,
    FieldValue,
    Includes,
    Literal,
    ParameterValue,
    Preferred,
    Steps,
    When,
    bounds,
    finding_key,
    stair,
)
from antq_rules.plan.compiling import Plan, PlannedStandard
from tests import oracle_national, oracle_provinces, random_dossiers, random_small_rulesets
from tests.judged import ENGINES, ROOT, disagreements, needs_durable, passing, witnessed
from tests.oracle import OracleResult
from tests.oracle_national import ScoredResult
from tests.test_mutations import Judged, Mutant, changes, differs_in_verdict, put, sites, why_same
from tests.test_oracle import FOLDER, OUTCOMES, imports

UNITS = 1_600
MANY = 20_000
"""Units of each of five slow runs."""
FEWER = {"typical-ward-9745": 4_000, "legal-access-25-2021": 16_500, "ntm-19.2": 16_500}
"""Overlays on a ruleset that takes long and is compared by itself, too; communes that come with units below them."""
LEAST = 20
"""Units that the random dossiers hold for each criterion and outcome that can be reached."""

Draw = Callable[[int, int, int], dict[str, Any]]
Cells = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Case:
    """A ruleset or overlay, who draws its dossiers and who judges them.

    ``watched`` are the criteria that an overlay adds or changes, shown in the table and changed in the plan; left out,
    all of them. ``unreachable`` are the outcomes that no evidence can give.
    """

    period: int
    draw: Draw
    judge: Callable[..., OracleResult]
    standards: tuple[str, ...]
    ruleset: str | None = None
    folder: str | None = None
    overlay: str | None = None
    watched: tuple[str, ...] = ()
    unreachable: Cells = frozenset()


def never(*criteria: str, outcome: str = "not_applicable") -> Cells:
    """Outcomes that no evidence can give."""
    return frozenset((criterion, outcome) for criterion in criteria)


def package(name: str, id: str, what: str = "rulesets") -> str:
    """The folder of a ruleset or overlay of a provincial package."""
    return str(ROOT / "plugins" / f"antq-rules-{name}" / "src" / f"antq_rules_{name.replace('-', '_')}" / what / id)


def staffing(name: str, id: str, own: oracle_provinces.Staffing, draw: Draw) -> Case:
    """The case of a ruleset on the members of a team."""
    standard = f"{own.name}.staffing"
    cells = never(standard, f"{standard}.1", f"{standard}.2")
    return Case(2024, draw, own.judge, (standard,), folder=package(name, id), unreachable=cells)


def exact(asks: Callable[[int, str], int]) -> tuple[Callable[[int, str], int], Callable[[int, str], int]]:
    """The least and the most members where a rule gives one number."""
    return asks, asks


HOUSEHOLD = "household-staffing"
PERSONS, HOUSEHOLDS = random_small_rulesets.BY_PERSONS, random_small_rulesets.BY_HOUSEHOLDS
team = random_small_rulesets.dossier_team
NINH_BINH_STEPS = (*HOUSEHOLDS, 550, 750, 950, 900, 1100, 199_950, 199_900, 200_000)

CASES = {
    "legal-access-25-2021": Case(
        2025,
        random_small_rulesets.dossier_legal,
        oracle_national.judge_legal,
        ("tcpl.xa",),
        ruleset="legal-access-25-2021",
        unreachable=never("tcpl.xa", "tcpl.5.other", "tcpl.5.3", "tcpl.5.4"),
    ),
    "ntm-19.2": Case(
        2025,
        random_small_rulesets.dossier_ntm,
        oracle_national.judge_ntm,
        ("ntm.xa",),
        ruleset="ntm-19.2",
        unreachable=never(
            "ntm.xa",
            *(f"ntm.19_2.1.{point}" for point in "abc"),
            *(f"ntm.19_2.2.{point}" for point in "abcd5"),
            *(f"ntm.19_2.{number}" for number in range(3, 9)),
        )
        | {("ntm.3371", outcome) for outcome in ("pass", "fail", "undetermined")},
    ),
    "nam-dinh-model-commune": Case(
        2023,
        random_small_rulesets.dossier_nam_dinh,
        oracle_provinces.judge_nam_dinh,
        ("namdinh.xa",),
        folder=package("nam-dinh", "nam-dinh-model-commune"),
        unreachable=never("namdinh.xa", *(f"namdinh.xa.{number}" for number in range(1, 5))),
    ),
    "hcm-staffing": staffing(
        "ho-chi-minh",
        "hcm-staffing",
        oracle_provinces.HCM,
        team(PERSONS, *exact(lambda size, _: oracle_provinces.hcm_asks(size))),
    ),
    "hoa-binh-staffing": staffing(
        "hoa-binh",
        "hoa-binh-staffing",
        oracle_provinces.HOA_BINH,
        team(HOUSEHOLDS, *exact(oracle_provinces.hoa_binh_asks)),
    ),
    "binh-dinh-staffing": staffing(
        HOUSEHOLD,
        "binh-dinh-staffing",
        oracle_provinces.BINH_DINH,
        team(HOUSEHOLDS, lambda _size, _area: 3, oracle_provinces.binh_dinh_allows),
    ),
    "hau-giang-staffing": staffing(
        HOUSEHOLD,
        "hau-giang-staffing",
        oracle_provinces.HAU_GIANG,
        team((350, 750), *exact(lambda size, _: oracle_provinces.hau_giang_asks(size))),
    ),
    "ninh-binh-staffing": staffing(
        HOUSEHOLD,
        "ninh-binh-staffing",
        oracle_provinces.NINH_BINH,
        team(NINH_BINH_STEPS, *exact(oracle_provinces.ninh_binh_asks)),
    ),
    "langson-2083-2012": Case(
        2013,
        random_small_rulesets.dossier_lang_son,
        oracle_provinces.LANG_SON.judge,
        ("tt23.langson",),
        folder=package("lang-son", "langson-2083-2012"),
        unreachable=never(
            "tt23.langson",
            *(f"tt23.langson.{item}" for item in (*oracle_provinces.LANG_SON.graded, *oracle_provinces.LANG_SON.sorts)),
        )
        | never("tt23.langson", outcome="pass"),
    ),
    "muongcha-252-2014": Case(
        2015,
        random_small_rulesets.dossier_muong_cha,
        oracle_provinces.MUONG_CHA.judge,
        ("tt23.muongcha",),
        folder=package("muong-cha", "muongcha-252-2014"),
        unreachable=never(
            "tt23.muongcha",
            *(
                f"tt23.muongcha.{item}"
                for item in (*oracle_provinces.MUONG_CHA.graded, *oracle_provinces.MUONG_CHA.sorts)
            ),
        )
        | never("tt23.muongcha", outcome="pass")
        | never("tt23.muongcha", outcome="fail"),
    ),
    "ho-chi-minh-2024": Case(
        2024,
        random_small_rulesets.staffed(oracle_provinces.hcm_team),
        oracle_provinces.judge_hcm_ward,
        ("pdh.xa",),
        ruleset="typical-ward-9745",
        overlay=package("ho-chi-minh", "ho-chi-minh-2024", "overlays"),
        watched=("pdh.2.09",),
        unreachable=never("pdh.xa", "pdh.2.09"),
    ),
    "hoa-binh-2024": Case(
        2024,
        random_small_rulesets.staffed(oracle_provinces.hoa_binh_team),
        oracle_provinces.judge_hoa_binh_ward,
        ("pdh.xa",),
        ruleset="typical-ward-9745",
        overlay=package("hoa-binh", "hoa-binh-2024", "overlays"),
        watched=("pdh.2.09",),
        unreachable=never("pdh.xa", "pdh.2.09"),
    ),
    "duc-ninh-dong-2023": Case(
        2023,
        random_small_rulesets.dossier_duc_ninh_dong,
        oracle_provinces.judge_duc_ninh_dong,
        ("pdh.xa",),
        ruleset="typical-ward-9745",
        overlay=package("quang-binh", "duc-ninh-dong-2023", "overlays"),
        watched=("qb.1",),
        unreachable=never("pdh.xa", "qb.1"),
    ),
    "tinh-mau-2025": Case(
        2025,
        random_small_rulesets.dossier_example,
        oracle_provinces.judge_example,
        ("tt124.kdc", "tt124.xa"),
        ruleset="tt-124-2021",
        overlay=package("example", "tinh-mau-2025", "overlays"),
        watched=("tm.kdc.1", "tm.xa.1", "tt124.xa.4.b"),
        unreachable=never("tt124.kdc", "tt124.xa", "tm.xa.1"),
    ),
}
every_case = pytest.mark.parametrize("id", CASES)
every_engine = pytest.mark.parametrize("name", ENGINES)


@pytest.fixture(autouse=True)
def every_unit_by_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few units are no table else, and the plain interpreter would judge them."""
    monkeypatch.setattr(columnar, "FEWEST", 0)


@cache
def engine(id: str, name: str = "scalar", **readings: str) -> Engine:
    """An engine for one of the rulesets, or for a national one under an overlay."""
    case = CASES[id]
    if case.folder is not None:
        return Engine.from_path(case.folder, engine=name, readings=readings, language="en")
    assert case.ruleset is not None
    overlays = [case.overlay] if case.overlay else []
    return Engine(case.ruleset, overlays=overlays, engine=name, readings=readings, language="en")


Drawn = tuple[dict[str, Any], OracleResult]


def draw_and_judge(id: str, seed: int, units: int, period: int, **readings: str) -> Drawn:
    """A random dossier and what the oracle says of it."""
    case = CASES[id]
    dossier = case.draw(seed, units, period)
    given = {"readings": readings} if readings else {}
    return dossier, case.judge(dossier, period=period, **given)


@cache
def usual(id: str) -> Drawn:
    """The random dossier of the default run."""
    return draw_and_judge(id, 1, UNITS, CASES[id].period)


def differences(found: Assessment, expected: OracleResult, judge: Engine) -> Iterator[str]:
    """Where an assessment and the oracle differ, scores and notes on two columns included."""
    yield from disagreements(found, expected, judge)
    if not isinstance(expected, ScoredResult) or {verdict.unit for verdict in found.verdicts} != set(expected.scores):
        return
    for verdict in found.verdicts:
        score = verdict.score
        assert score is not None
        ends = Fraction(str(score.least)), Fraction(str(score.most))
        if ends != expected.scores[verdict.unit]:
            yield f"{verdict.unit}: {ends} points, the oracle says {expected.scores[verdict.unit]}"
        noted = sum(note.code == "columns_differ" for note in verdict.notes)
        if noted != expected.differing.get(verdict.unit, 0):
            yield f"{verdict.unit}: {noted} items that both columns grade differently"


@pytest.mark.parametrize(
    ("file", "besides"),
    [
        ("oracle_national.py", {"tests", "tests.oracle", "tests.oracle_2012"}),
        ("oracle_provinces.py", {"tests", "tests.oracle", "tests.oracle_2012", "tests.oracle_national"}),
        (
            "random_small_rulesets.py",
            {"tests", "tests.oracle", "tests.oracle_national", "tests.oracle_provinces", "tests.random_rulesets"},
        ),
    ],
)
def test_the_oracles_import_nothing_of_the_package(file: str, besides: set[str]) -> None:
    assert {name for name in imports(file) if name.split(".")[0] not in sys.stdlib_module_names} == besides
    tree = ast.parse((FOLDER / file).read_text("utf-8"))
    from_tests = {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "tests"
        for name in node.names
    }
    assert from_tests <= {"oracle", "oracle_typical_ward", "random_dossiers"}
    assert not {name for name in imports(file) if name.split(".")[0] in {"importlib", "runpy", "subprocess"}}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not names & {"__import__", "eval", "exec"}


@every_engine
@every_case
def test_the_engines_agree_with_the_oracle_on_every_finding(id: str, name: str) -> None:
    dossier, expected = usual(id)
    assert list(differences(engine(id, name).assess(dossier), expected, engine(id, name)))[:5] == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 105))
@every_case
def test_they_agree_on_many_units(id: str, seed: int) -> None:
    dossier, expected = draw_and_judge(id, seed, FEWER.get(CASES[id].ruleset or "", MANY), CASES[id].period)
    assert list(differences(witnessed(engine(id), dossier), expected, engine(id)))[:5] == []


@every_case
def test_every_outcome_that_can_be_reached_is_met_often(id: str) -> None:
    case = CASES[id]
    _, expected = usual(id)
    plan = engine(id).plan(case.period)
    standards = {frozenset(one.id for one in plan.standards[id].criteria): id for id in case.standards}
    table: dict[str, Counter[str]] = {}
    for outcome, findings in expected.verdicts.values():
        standard = standards.get(frozenset(findings))
        if standard is not None:
            rows = {standard: outcome, **findings}
            for row in (standard, *(case.watched or findings)):
                if row in rows:
                    table.setdefault(row, Counter())[rows[row]] += 1
    print(f"\n{id + ', ' + str(case.period):<32}", *(f"{word:>14}" for word in OUTCOMES))
    for row in table:
        print(f"{row:<32}", *(f"{table[row][word]:>14}" for word in OUTCOMES))
    print(f"{len(expected.verdicts)} judged, {len(expected.rejected)} ids rejected")
    cells = {(row, word): table[row][word] for row in table for word in OUTCOMES}
    assert {cell for cell, number in cells.items() if number < LEAST} == case.unreachable
    assert {cell for cell, number in cells.items() if number == 0} == case.unreachable
    assert len(expected.rejected) >= LEAST


OTHER_YEARS = [
    ("legal-access-25-2021", 2023),
    ("ntm-19.2", 2024),
    ("nam-dinh-model-commune", 2025),
    ("hcm-staffing", 2025),
    ("langson-2083-2012", 2016),
    ("muongcha-252-2014", 2020),
    ("ho-chi-minh-2024", 2023),
    ("hoa-binh-2024", 2026),
    ("duc-ninh-dong-2023", 2024),
    ("tinh-mau-2025", 2024),
]
"""Among them years in which an overlay is not in force, so that nothing of it is there."""

OTHER_READINGS: list[tuple[str, dict[str, str]]] = [
    *(("ntm-19.2", {name: choice}) for name, choices in oracle_national.NTM_READINGS.items() for choice in choices[1:]),
    ("ntm-19.2", {"not_complicated": "with_circular", "yoy_mode": "decrease", "yoy_scope": "total"}),
    ("legal-access-25-2021", {"yoy_mode": "decrease"}),
    ("legal-access-25-2021", {"mixed_primary_school": "out_of_scope"}),
    ("tinh-mau-2025", {"yoy_mode": "decrease"}),
    ("duc-ninh-dong-2023", {"entry_gate": "gated"}),
    ("duc-ninh-dong-2023", {"not_applicable_criteria": "unmet"}),
]


@every_engine
@pytest.mark.parametrize(("id", "period"), OTHER_YEARS)
def test_they_agree_in_other_years(id: str, period: int, name: str) -> None:
    dossier, expected = draw_and_judge(id, 2, 300, period)
    assert list(differences(engine(id, name).assess(dossier), expected, engine(id, name)))[:5] == []


@pytest.mark.parametrize(
    "name", ["scalar", "columnar", pytest.param("durable", marks=(needs_durable, pytest.mark.slow))]
)
@pytest.mark.parametrize(("id", "readings"), OTHER_READINGS, ids=str)
def test_they_agree_under_other_readings(id: str, readings: dict[str, str], name: str) -> None:
    judge = engine(id, name, **readings)
    dossier, expected = draw_and_judge(id, 3, 400, CASES[id].period, **readings)
    assert list(differences(judge.assess(dossier), expected, judge))[:5] == []


@every_engine
@pytest.mark.parametrize("id", ["legal-access-25-2021", "ntm-19.2", "tinh-mau-2025"])
def test_they_agree_with_last_year_beside(id: str, name: str) -> None:
    case = CASES[id]
    dossier = case.draw(4, 300, case.period)
    previous = random_dossiers.random_previous(dossier, 4)
    judge = engine(id, name)
    expected = case.judge(dossier, period=case.period, previous=previous)
    assert list(differences(judge.assess(dossier, previous=previous), expected, judge))[:5] == []


# ---------------------------------------------------------------------------------------------------------
# Single cases


def commune(**evidence: Any) -> dict[str, Any]:
    """A commune with 90 points on its score sheet."""
    sheet: dict[str, Any] = {f"score_{number}": 18 for number in range(1, 5)}
    sheet |= {f"max_{number}": 20 for number in range(1, 5)}
    sheet |= {"score_5_other": 10, "max_5_other": 12, "max_5_3": 4, "max_5_4": 4}
    sheet |= {"officials_disciplined": 0, "heads_disciplined": 0, "tt124_recognised": True}
    known = {name: value for name, value in (sheet | evidence).items() if value is not None}
    return {"id": "xa-1", "kind": "xa", "evidence": known}


def legal(*units: dict[str, Any]) -> tuple[Assessment, OracleResult]:
    """What the plain interpreter and the oracle say of a dossier under the legal-access standard."""
    dossier = {"schema": "antq.dossier/1", "period": 2025, "units": list(units)}
    return engine("legal-access-25-2021").assess(dossier), oracle_national.judge_legal(dossier, period=2025)


@pytest.mark.parametrize("unknown", ["max_5_3", "max_5_4"])
def test_the_floor_of_a_criterion_holds_whatever_one_of_its_maxima_is(unknown: str) -> None:
    found, expected = legal(commune(**{unknown: None}))
    assert expected.verdicts["xa-1"][0] == "pass"
    assert list(differences(found, expected, engine("legal-access-25-2021"))) == []


def test_maxima_that_surely_add_up_to_more_than_a_hundred_are_refused() -> None:
    found, expected = legal({"id": "xa-1", "kind": "xa", "evidence": {"max_1": 90, "max_2": 20}})
    assert expected.rejected == {"xa-1"}
    assert list(differences(found, expected, engine("legal-access-25-2021"))) == []


@pytest.mark.parametrize("child", [{"kind": "kdc", "evidence": {"no_such_field": 1}}, {"kind": "thon"}], ids=str)
def test_a_refused_unit_is_pending_for_its_commune_in_the_ruleset_asked_too(child: dict[str, Any]) -> None:
    areas = [{"id": "kdc-1", "kind": "kdc", "parent": "xa-1", "evidence": passing("kdc")}]
    refused = {**child, "id": "kdc-2", "parent": "xa-1", "evidence": passing("kdc") | child.get("evidence", {})}
    unit = commune(tt124_recognised=None)
    own = {name: value for name, value in passing("xa").items() if not name.startswith("subunits_")}
    found, expected = legal({**unit, "evidence": own | unit["evidence"]}, *areas, refused)
    assert expected.rejected == {"kdc-2"}
    assert expected.verdicts["xa-1"][1]["tcpl.5.4"] == "undetermined"
    assert list(differences(found, expected, engine("legal-access-25-2021"))) == []


# ---------------------------------------------------------------------------------------------------------
# Mutants


@cache
def judged(id: str, **readings: str) -> dict[str, list[Judged]]:
    """The random units by standard; their facts and their children are found once, by the plan unchanged."""
    dossier, expected = draw_and_judge(id, 1, UNITS, CASES[id].period, **readings) if readings else usual(id)
    found: dict[str, list[Judged]] = {}
    for verdict in engine(id, **readings).assess(dossier).verdicts:
        values = dict(cast(UnitTelling, verdict.telling).values)
        if isinstance(expected, ScoredResult):
            values[ENDS] = expected.scores[verdict.unit]
        unit = Judged(verdict.kind, values, *expected.verdicts[verdict.unit])
        found.setdefault(verdict.standard, []).append(unit)
    return found


ENDS = "#ends"
"""Under this name, which no field has, the values of a unit hold the ends of its score."""


def more_changes(node: Any) -> Iterator[tuple[str, Any]]:
    """Changes of what only these rulesets have: staircases, choices of numbers, columns, the years of a series."""
    match node:
        case Steps(bands=bands, reading=reading):
            other = "floor" if reading == "bracket" else "bracket"
            yield f"{reading} is {other}", replace(node, reading=other)
            for index, band in enumerate(bands):
                for part, step in product(("start", "value", "grow", "every"), (1, -1)):
                    changed = getattr(band, part) + step
                    if part != "every" or changed > 0:
                        moved = (*bands[:index], replace(band, **{part: changed}), *bands[index + 1 :])
                        yield f"{part} of band {index} is {changed}", replace(node, bands=moved)
        case Choose(cases=cases, otherwise=otherwise):
            yield "the choice is dropped", otherwise
            yield "the other choice is dropped", cases[0][1]
        case Preferred(first=first, second=second):
            yield "the columns change places", replace(node, first=second, second=first)
        case FieldValue(name) if name.endswith("]"):
            series, year = name.removesuffix("]").split("[")
            for step in (1, -1):
                yield f"{name} is of {int(year) + step}", replace(node, name=f"{series}[{int(year) + step}]")


def mutated(standard: PlannedStandard, part: str, tree: Any) -> Iterator[Mutant]:
    """Every mutant of one tree of a standard, without what is never read: points beyond a criterion that applies."""
    unread = [(*path, "beyond") for path, node in sites(tree) if isinstance(node, Award) and not node.conditional]
    for path, node in sites(tree):
        if any(path[: len(one)] == one for one in unread):
            continue
        for what, new in (*changes(node), *more_changes(node)):
            where = ".".join(str(step) for step in path)
            yield Mutant(standard.id, part, f"{where} {what}".strip(), node, new, put(tree, path, new))


def all_mutants(standard: PlannedStandard, watched: tuple[str, ...]) -> Iterator[Mutant]:
    """The mutants of the criteria watched; of all criteria also those of the decision and of the score."""
    for criterion in standard.criteria:
        if not watched or criterion.id in watched:
            yield from mutated(standard, criterion.id, criterion.truth)
    if not watched and standard.decision is not None:
        yield from mutated(standard, "decision", standard.decision.truth)
        if standard.decision.points is not None:
            yield from mutated(standard, "score", standard.decision.points)


def tree_of(plan: Plan, mutant: Mutant) -> Any:
    """The tree that a mutant changes, as it is."""
    standard = plan.standards[mutant.standard]
    if mutant.part in ("decision", "score"):
        assert standard.decision is not None
        return standard.decision.truth if mutant.part == "decision" else standard.decision.points
    return next(criterion.truth for criterion in standard.criteria if criterion.id == mutant.part)


def gates(plan: Plan, mutant: Mutant) -> tuple[Any, Any] | None:
    """The one gate of a decision that a mutant changes, as it is and changed."""
    if mutant.part != "decision" or not isinstance(mutant.truth, AllOf):
        return None
    before = tree_of(plan, mutant).members
    pairs = [pair for pair in zip(before, mutant.truth.members, strict=False) if pair[0] != pair[1]]
    return pairs[0] if len(pairs) == 1 and len(before) == len(mutant.truth.members) else None


def never_beyond(plan: Plan, mutant: Mutant) -> bool:
    """The left side never lies on the side of the right one that the two relations tell apart."""
    if not isinstance(mutant.old, Compare) or not isinstance(mutant.new, Compare):
        return False
    (low, high), (least, most) = bounds(mutant.old.left), bounds(mutant.old.right)
    relations = {mutant.old.relation, mutant.new.relation}
    return (relations == {"<=", "=="} and low >= most) or (relations == {">=", "=="} and high <= least)


def of_one(plan: Plan, mutant: Mutant) -> bool:
    """All or any of a single condition, or of a single choice."""
    if isinstance(mutant.old, Includes) and isinstance(mutant.new, Includes):
        return {mutant.old.mode, mutant.new.mode} == {"all", "any"} and len(mutant.old.members) == 1
    changed = isinstance(mutant.old, AllOf | AnyOf) and isinstance(mutant.new, AllOf | AnyOf)
    return changed and mutant.old.members == mutant.new.members and len(mutant.old.members) == 1


def same_stair(plan: Plan, mutant: Mutant) -> bool:
    """A staircase that has the same value everywhere."""
    if not isinstance(mutant.old, Steps) or not isinstance(mutant.new, Steps):
        return False
    far = [band.start for band in mutant.old.bands if band.start > 10_000]
    numbers = [*range(6_000), *(start + step for start in far for step in range(-2_000, 2_000))]
    return all(
        stair(mutant.old.bands, mutant.old.reading, number) == stair(mutant.new.bands, mutant.new.reading, number)
        for number in numbers
    )


def never_asked(plan: Plan, mutant: Mutant) -> bool:
    """Whether the criterion applies is settled by the ruleset alone, and the mutant settles it so too."""
    old, new = tree_of(plan, mutant), mutant.truth
    if not isinstance(old, When) or not is_settled(old.applies):
        return False
    applies = compile_truth(old.applies)({})
    if applies is Outcome.PASS:
        return bool(new == old.require)
    return isinstance(new, When) and is_settled(new.applies) and compile_truth(new.applies)({}) is applies


def is_settled(condition: Any) -> bool:
    """Whether a condition compares numbers of the ruleset alone."""
    return all(isinstance(node, Compare | Literal) for _, node in sites(condition))


def cap_above(plan: Plan, mutant: Mutant) -> bool:
    """A cap is raised that the points below it cannot exceed."""
    return any(
        isinstance(old, Clamped)
        and isinstance(new, Clamped)
        and old.measure == new.measure
        and old.cap is not None
        and new.cap is not None
        and bounds(old.measure)[1] <= min(bounds(old.cap)[0], bounds(new.cap)[0])
        for (_, old), (_, new) in zip(sites(tree_of(plan, mutant)), sites(mutant.truth), strict=False)
        if old != new
    )


def mark_below_scale(plan: Plan, mutant: Mutant) -> bool:
    """The whole scale of a score is moved, of which less is asked for."""
    changed = gates(plan, mutant)
    if changed is None or not all(isinstance(gate, Compare) and isinstance(gate.left, Clamped) for gate in changed):
        return False
    before, after = changed
    moved = before.left.measure == after.left.measure and before == replace(after, left=before.left)
    ends = (bounds(gate.left.cap)[0] for gate in changed)
    return bool(moved and bounds(before.right)[1] < min(ends))


def mark_unset(plan: Plan, mutant: Mutant) -> bool:
    """In the test of points against a mark that nobody has set."""
    changed = gates(plan, mutant)
    return changed is not None and all(
        isinstance(gate, Compare) and isinstance(gate.right, ParameterValue) for gate in changed
    )


def same_for_all_findings(plan: Plan, mutant: Mutant) -> bool:
    """A gate that reads findings alone and comes to the same for all that they may be."""
    changed = gates(plan, mutant)
    if changed is None:
        return False
    nodes = [node for gate in changed for _, node in sites(gate)]
    if any(isinstance(node, FieldValue | Preferred | ParameterValue) for node in nodes):
        return False
    names = sorted({finding_key(node.finding) for node in nodes if isinstance(node, Award)})
    old, new = (compile_truth(gate) for gate in changed)
    outcomes = (Outcome.PASS, Outcome.FAIL, Outcome.UNDETERMINED)
    return all(
        old(values) is new(values)
        for values in (dict(zip(names, words, strict=True)) for words in product(outcomes, repeat=len(names)))
    )


SAME: dict[str, tuple[Callable[[Plan, Mutant], bool], str]] = {
    "never beyond": (
        never_beyond,
        "A count is at least 0 and an item has at most all of its points, so that <= and ==, or >= and ==, say the "
        "same of a known number; of an unknown one both say undetermined.",
    ),
    "of one": (of_one, "All and any of one thing are that thing."),
    "same staircase": (
        same_stair,
        "The first band holds below its start too, a band that does not grow has no steps, and the last band of Hồ "
        "Chí Minh City begins at the height that the one before has reached.",
    ),
    "never asked": (never_asked, "Whether the criterion applies depends on year and reading alone."),
    "cap above": (cap_above, "The items of a block have together no more points than its cap."),
    "mark below scale": (mark_below_scale, "80 points pass, whether the sheet ends at 99.99 or at 100.01."),
    "mark unset": (
        mark_unset,
        "The mark may be any number from 0 to 100, and no commune is known to have none or all of the points: the "
        "relation is never settled. The points themselves are examined as the score.",
    ),
    "same for all findings": (same_for_all_findings, "A block of fives that lacks an item lacks five points."),
}


def same(plan: Plan, mutant: Mutant) -> str | None:
    """The name of the argument by which a mutant is no other plan."""
    named = next((name for name, (holds, _) in SAME.items() if holds(plan, mutant)), None)
    return named or why_same(plan, mutant)


def is_told_apart(plan: Plan, mutant: Mutant, units: list[Judged]) -> bool:
    """Whether the oracle contradicts the mutant on some unit."""
    standard = plan.standards[mutant.standard]
    if mutant.part == "score":
        measure, places = compile_measure(mutant.truth), mutant.truth.dimension.places
        names = [finding_key(criterion.id) for criterion in standard.criteria]
        for unit in units:
            findings = [Outcome(word) for word in unit.findings.values()]
            ends = measure({**unit.values, **dict(zip(names, findings, strict=True))})
            if tuple(Fraction(end, 10**places) for end in ends) != unit.values[ENDS]:
                return True
        return False
    if mutant.part == "decision":
        assert standard.decision is not None
        compiled = CompiledStandard(replace(standard, decision=replace(standard.decision, truth=mutant.truth)))
        return any(compiled.judge(unit.kind, unit.values).outcome.value != unit.outcome for unit in units)
    (planned,) = [criterion for criterion in standard.criteria if criterion.id == mutant.part]
    compiled = CompiledStandard(replace(standard, criteria=(replace(planned, truth=mutant.truth),), decision=None))
    return any(compiled.judge(unit.kind, unit.values).findings[0].value != unit.findings[mutant.part] for unit in units)


def examine(plan: Plan, mutants: list[Mutant], units: list[Judged]) -> None:
    """Each mutant is told apart by the oracle, or is the same by an argument."""
    reasons = [(mutant, same(plan, mutant)) for mutant in mutants]
    # Where there is an argument, fewer units are asked to contradict it.
    survivors = [
        (mutant, name) for mutant, name in reasons if not is_told_apart(plan, mutant, units[: 300 if name else None])
    ]
    alike = Counter(name for _, name in survivors if name)
    print(f"\n{len(mutants)} mutants, {len(mutants) - len(survivors)} told apart; the same: {dict(alike)}")
    wrong = [str(mutant) for mutant, name in reasons if name is not None and (mutant, name) not in survivors]
    assert wrong == []
    unexplained = [str(mutant) for mutant, name in survivors if name is None]
    print("\n".join(unexplained))
    assert mutants
    assert unexplained == []


WATCHED = [(id, standard) for id, case in CASES.items() for standard in case.standards]


@pytest.mark.parametrize(("id", "standard"), WATCHED)
def test_no_threshold_or_operator_can_change_unseen(id: str, standard: str) -> None:
    plan = engine(id).plan(CASES[id].period)
    whole = CompiledStandard(plan.standards[standard])
    assert not any(differs_in_verdict(whole, unit) for unit in judged(id)[standard])
    examine(plan, list(all_mutants(plan.standards[standard], CASES[id].watched)), judged(id)[standard])


def test_nor_under_other_readings() -> None:
    readings = {"yearly_document": "any_year", "fifth_point": "both", "not_complicated": "with_circular"}
    plan, usually = (engine("ntm-19.2", **chosen).plan(CASES["ntm-19.2"].period) for chosen in (readings, {}))
    (planned, before) = (one.standards["ntm.xa"] for one in (plan, usually))
    changed = tuple(
        new.id for new, old in zip(planned.criteria, before.criteria, strict=True) if new.truth != old.truth
    )
    assert changed == ("ntm.19_2.1.a", "ntm.19_2.1.b", "ntm.19_2.2.5", "ntm.3371")
    examine(plan, list(all_mutants(planned, changed)), judged("ntm-19.2", **readings)["ntm.xa"])


SHEETS = ["langson-2083-2012", "muongcha-252-2014"]


@pytest.mark.parametrize("id", SHEETS)
def test_no_window_can_move_by_a_day_unseen(id: str) -> None:
    case = CASES[id]
    (standard,) = case.standards
    plan = engine(id).plan(case.period)
    planned = plan.standards[standard]
    dossier, expected = draw_and_judge(id, 5, 700, case.period)

    def agrees(window: Days) -> bool:
        moved = replace(plan, standards={**plan.standards, standard: replace(planned, window=window)})
        judging = prepared(moved, ScalarExecutor, "en")
        found = assess_with(as_dossier(dossier), judging, Intake(moved), "en")
        return not list(disagreements(found, expected, engine(id)))

    assert agrees(planned.window)
    assert [what for what, window in changes(planned.window) if agrees(cast(Days, window))] == []
