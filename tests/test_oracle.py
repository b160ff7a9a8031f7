"""The oracle, written from the circular alone, agrees with every executor on random units."""

import ast
import sys
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from antq_rules.engines import columnar
from tests import oracle
from tests.judged import ENGINES, PERIOD, disagreements, engine, judged_units, witnessed
from tests.random_dossiers import STANDARDS, UNREACHABLE

FOLDER = Path(__file__).parent
OUTCOMES = (oracle.PASS, oracle.FAIL, oracle.UNDETERMINED, oracle.NOT_APPLICABLE)
UNITS = 20_000
LEAST = 50
"""Units that the random dossiers hold for each criterion and outcome."""

OTHER_READINGS = [dict(zip(oracle.READINGS, choices, strict=True)) for choices in product(*oracle.READINGS.values())][
    1:
]


@pytest.fixture(autouse=True)
def every_unit_by_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few units are no table else, and the plain interpreter would judge them."""
    monkeypatch.setattr(columnar, "FEWEST", 0)


def imports(file: str) -> set[str]:
    """The modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((FOLDER / file).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


@pytest.mark.parametrize(("file", "besides"), [("oracle.py", set()), ("random_dossiers.py", {"tests.oracle"})])
def test_the_oracle_imports_the_standard_library_alone(file: str, besides: set[str]) -> None:
    assert {name for name in imports(file) if name.split(".")[0] not in sys.stdlib_module_names} == besides
    by_name = {"importlib", "runpy", "subprocess"}
    assert not {name for name in imports(file) if name.split(".")[0] in by_name}
    names = {node.id for node in ast.walk(ast.parse((FOLDER / file).read_text("utf-8"))) if isinstance(node, ast.Name)}
    assert not names & {"__import__", "eval", "exec"}


@pytest.mark.parametrize("name", ENGINES)
def test_the_engines_agree_with_the_oracle_on_every_finding(name: str) -> None:
    dossier, _, expected = judged_units(1, UNITS)
    assert list(disagreements(engine(name).assess(dossier), expected, engine(name)))[:5] == []


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("period", [2022, 2023, 2024, 2026])
def test_they_agree_in_other_years_and_with_last_year_beside(name: str, period: int) -> None:
    dossier, previous, expected = judged_units(2, 800, period, before=True)
    found = engine(name).assess(dossier, previous=previous)
    assert list(disagreements(found, expected, engine(name)))[:5] == []


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("readings", OTHER_READINGS, ids=lambda one: "-".join(one.values()))
def test_they_agree_under_other_readings(name: str, readings: dict[str, str]) -> None:
    dossier, previous, expected = judged_units(3, 500, before=True, **readings)
    judge = engine(name, **readings)
    assert list(disagreements(judge.assess(dossier, previous=previous), expected, judge))[:5] == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 110))
def test_they_agree_on_a_hundred_thousand_units(seed: int) -> None:
    dossier, previous, expected = judged_units(seed, 10_000, before=True)
    assert list(disagreements(witnessed(engine(), dossier, previous), expected, engine()))[:5] == []


def counted(dossier: dict[str, Any], result: oracle.OracleResult) -> dict[str, Counter[str]]:
    """How many units have each outcome of each criterion, and of each standard."""
    table: dict[str, Counter[str]] = {}
    kinds = {oracle.plain_id(unit): unit["kind"] for unit in dossier["units"]}
    for unit, (outcome, findings) in result.verdicts.items():
        for name, word in [(STANDARDS[kinds[unit]], outcome), *findings.items()]:
            table.setdefault(name, Counter())[word] += 1
    return table


def test_every_outcome_that_can_be_reached_is_met_often() -> None:
    dossier, _, expected = judged_units(1, UNITS)
    table = counted(dossier, expected)
    print(f"\n{'units of ' + str(PERIOD):<32}", *(f"{word:>14}" for word in OUTCOMES))
    for name in sorted(table):
        print(f"{name:<32}", *(f"{table[name][word]:>14}" for word in OUTCOMES))
    print(f"{len(expected.rejected)} ids rejected")
    cells = {(name, word): table[name][word] for name in table for word in OUTCOMES}
    assert {cell for cell, number in cells.items() if number < LEAST} == UNREACHABLE
    assert {cell for cell, number in cells.items() if number == 0} == UNREACHABLE
    assert len(expected.rejected) >= LEAST
