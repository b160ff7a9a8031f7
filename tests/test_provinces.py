"""The provincial packages of plugins/: their cases agree, and the totals reported by the provinces come out of them."""

from __future__ import annotations

import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from antq_rules import Engine, Outcome, Verdict
from antq_rules.authoring.cases import VERDICT, Plans, load_cases, run_cases
from antq_rules.extensions.rulesets import find_ruleset
from antq_rules.language.overlay import base_of
from antq_rules.model.ruleset import Ruleset
from tests.judged import ENGINES
from tests.test_packaging import ROOT, build, install, run

PLUGINS = ROOT / "plugins"
PACKAGES = sorted(PLUGINS.glob("antq-rules-*"))
RULESETS = sorted(PLUGINS.glob("antq-rules-*/src/*/rulesets/*"))
OVERLAYS = sorted(PLUGINS.glob("antq-rules-*/src/*/overlays/*"))
FOLDERS = [*RULESETS, *OVERLAYS]

CONTRIBUTIONS = {
    "antq-rules-example": {"tinh-mau-2025"},
    "antq-rules-ho-chi-minh": {"hcm-staffing", "ho-chi-minh-2024"},
    "antq-rules-hoa-binh": {"hoa-binh-staffing", "hoa-binh-2024"},
    "antq-rules-household-staffing": {"binh-dinh-staffing", "hau-giang-staffing", "ninh-binh-staffing"},
    "antq-rules-lang-son": {"langson-2083-2012"},
    "antq-rules-muong-cha": {"muongcha-252-2014"},
    "antq-rules-nam-dinh": {"nam-dinh-model-commune"},
    "antq-rules-quang-binh": {"duc-ninh-dong-2023"},
}


@cache
def ruleset_of(folder: Path) -> Ruleset:
    """The ruleset of a folder; of an overlay its base with it."""
    return find_ruleset(folder)


each_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.name))
each_package = pytest.mark.parametrize("package", PACKAGES, ids=lambda package: str(package.name))

# --- what the packages hold ----------------------------------------------------------------------------------


def test_the_packages_and_what_they_hold_are_those_that_are_listed() -> None:
    found = {package.name: {folder.name for folder in FOLDERS if package in folder.parents} for package in PACKAGES}
    assert found == CONTRIBUTIONS
    table = (PLUGINS / "README.md").read_text(encoding="utf-8")
    for name, ids in CONTRIBUTIONS.items():
        assert f"{name}/README.md" in table
        assert {id for id in ids if f"`{id}`" not in table} == set()


@each_package
def test_a_package_is_data_alone_under_an_entry_point(package: Path) -> None:
    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["name"] == package.name
    assert project["project"]["dependencies"] == ["antq-rules"]
    [(name, module)] = project["project"]["entry-points"]["antq_rules"].items()
    assert package.name == f"antq-rules-{name}"
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == [f"src/{module}"]
    assert [one.name for one in (package / "src").iterdir()] == [module]
    files = {file.relative_to(package / "src" / module) for file in package.glob("src/**/*") if file.is_file()}
    assert {file.suffix for file in files if str(file) != "ABOUT.md"} == {".yaml"}
    # Without a file of its own the folder would outlive the package: pip only takes away folders that hold files.
    assert Path("ABOUT.md") in files
    for id in CONTRIBUTIONS[package.name]:
        assert id in (package / "README.md").read_text(encoding="utf-8")


@each_folder
def test_a_folder_loads_and_bears_its_id(folder: Path) -> None:
    ruleset = ruleset_of(folder)
    if base_of(folder) is None:
        assert (ruleset.id, ruleset.status) == (folder.name, "local")
        assert ruleset.not_encoded
    else:
        assert [overlay.id for overlay in ruleset.overlays] == [folder.name]


# --- cases ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@each_folder
def test_every_case_gives_its_outcome_and_reason(folder: Path, engine: str) -> None:
    ruleset = ruleset_of(folder)
    cases = load_cases(ruleset, folder)
    assert len(cases) >= 8
    results = list(run_cases(ruleset, cases, engine=engine, language="en"))
    assert [result.line() for result in results if not result.agrees] == []


UNREACHED = {
    # The pass mark was not seen: nothing passes, and in the one sheet that has no gate nothing fails either.
    ("langson-2083-2012", VERDICT): {Outcome.PASS},
    ("muongcha-252-2014", VERDICT): {Outcome.PASS, Outcome.FAIL},
}


@each_folder
def test_every_criterion_of_the_package_has_a_case_of_each_outcome(folder: Path) -> None:
    ruleset = ruleset_of(folder)
    cases = load_cases(ruleset, folder)
    found: dict[str, set[Outcome]] = defaultdict(set)
    for case in cases:
        found[case.criterion].add(case.expect)
    overlay = base_of(folder) is not None
    planned = Plans(ruleset).of(cases[0].period, {}).plan.standards.values()
    own = {one.id for standard in planned for one in standard.criteria if not overlay or one.criterion.origin}
    for criterion in own if overlay else {*own, VERDICT}:
        needed = {Outcome.PASS, Outcome.FAIL, Outcome.UNDETERMINED} - UNREACHED.get((folder.name, criterion), set())
        assert needed <= found[criterion], f"{criterion} has no case that is {needed - found[criterion]}"
    if not own:
        assert "pdh.2.09" in found  # the one that reads the slot


# --- what was reported ---------------------------------------------------------------------------------------


def spread(low: int, high: int, count: int) -> Iterator[int]:
    """So many numbers from one to another, both ends among them where there are two or more."""
    return (low + (high - low) * index // max(1, count - 1) for index in range(count))


def teams(field: str, classes: dict[tuple[int, int], int], **evidence: Any) -> list[dict[str, Any]]:
    """The evidence of so many residential areas for each span of persons or households."""
    return [{field: size, **evidence} for (low, high), count in classes.items() for size in spread(low, high, count)]


def required_of(verdict: Verdict, criterion: str) -> int:
    """The members that a finding says are needed."""
    (finding,) = (one for one in verdict.telling.findings(passes=True) if one.criterion == criterion)
    (reason,) = finding.reasons
    assert isinstance(reason.required, int)
    return reason.required


def staffed(ruleset: str, areas: list[dict[str, Any]], members: Callable[[dict[str, Any]], int]) -> Counter[int]:
    """How many teams need each number of members; each team has what ``members`` says, and must be in order."""
    [folder] = [one for one in RULESETS if one.name == ruleset]
    units = [
        {"id": f"kdc-{index}", "kind": "kdc", "evidence": {**area, "members": members(area)}}
        for index, area in enumerate(areas)
    ]
    judge = Engine(folder, engine="scalar", language="en")
    found = judge.assess({"schema": "antq.dossier/1", "period": 2024, "units": units})
    assert not found.rejected
    assert [verdict.unit for verdict in found.verdicts if verdict.outcome is not Outcome.PASS] == []
    (standard,) = judge.ruleset.standards
    return Counter(required_of(verdict, standard.criteria[0].id) for verdict in found.verdicts)


def total(counts: Counter[int]) -> tuple[int, int]:
    """Teams and members."""
    return counts.total(), sum(members * count for members, count in counts.items())


def test_the_teams_and_members_of_ho_chi_minh_city() -> None:
    sizes = {(0, 2700): 4469, (2701, 3600): 348, (3601, 4500): 36, (4501, 5400): 6, (6301, 7200): 2}
    needed = staffed(
        "hcm-staffing",
        teams("population", sizes),
        lambda area: 3 if area["population"] <= 2700 else 3 - (2700 - area["population"]) // 900,
    )
    assert needed == {3: 4469, 4: 348, 5: 36, 6: 6, 8: 2}
    assert total(needed) == (4861, 15031)


def test_the_teams_and_members_of_hoa_binh() -> None:
    areas = [
        *teams("households", {(0, 349): 1000, (350, 900): 8}, area_kind="rural"),
        *teams("households", {(0, 499): 469, (500, 1200): 5}, area_kind="urban"),
    ]
    needed = staffed(
        "hoa-binh-staffing",
        areas,
        lambda area: 4 if area["households"] >= (350 if area["area_kind"] == "rural" else 500) else 3,
    )
    assert needed == {3: 1469, 4: 13}
    assert total(needed) == (1482, 4459)


def test_the_members_of_the_draft_of_hau_giang() -> None:
    needed = staffed(
        "hau-giang-staffing",
        teams("households", {(0, 349): 202, (350, 749): 305, (750, 2000): 18}),
        lambda area: 3 if area["households"] < 350 else 4 if area["households"] < 750 else 6,
    )
    assert {members: members * count for members, count in needed.items()} == {3: 606, 4: 1220, 6: 108}
    assert total(needed) == (525, 1934)


def test_the_teams_and_members_of_ninh_binh() -> None:
    def members(area: dict[str, Any]) -> int:
        households: int = area["households"]
        return 3 + max(0, households - (350 if area["area_kind"] == "rural" else 500)) // 200

    kim_son = teams("households", {(40, 549): 298}, area_kind="rural")
    assert total(staffed("ninh-binh-staffing", kim_son, members)) == (298, 894)
    others = [
        *teams("households", {(40, 549): 1000, (550, 749): 2}, area_kind="rural"),
        *teams("households", {(40, 699): 378, (700, 899): 1}, area_kind="urban"),
    ]
    needed = staffed("ninh-binh-staffing", [*kim_son, *others], members)
    assert needed == {3: 1676, 4: 3}
    assert total(needed) == (1679, 5040)


# --- score sheets --------------------------------------------------------------------------------------------


def scored(ruleset: str, year: int, **changes: Any) -> Verdict:
    """The verdict on the base of a sheet's cases with other evidence; None takes a field away."""
    [folder] = [one for one in RULESETS if one.name == ruleset]
    base = load_cases(ruleset_of(folder))[0].unit
    evidence = {name: value for name, value in {**base["evidence"], **changes}.items() if value is not None}
    unit = {"id": "u", "kind": base["kind"], "evidence": evidence}
    return Engine(folder, engine="scalar", language="en").evaluate(unit, period=year)


def points(verdict: Verdict) -> tuple[Any, Any]:
    score = verdict.score
    assert score is not None
    assert score.out_of == 100
    return score.least, score.most


def test_what_was_not_seen_of_the_sheet_of_lang_son_stays_open() -> None:
    incidents = [{"occurred_on": "2013-05-01", "type": "complaint"}]
    assert points(scored("langson-2083-2012", 2013)) == (60, 100)
    assert points(scored("langson-2083-2012", 2013, points_policy=3)) == (53, 93)
    assert points(scored("langson-2083-2012", 2013, points_policy=None)) == (50, 100)
    assert points(scored("langson-2083-2012", 2013, incidents=incidents)) == (55, 95)
    for evidence in ({"incidents": incidents}, {"points_registration": 9}):
        assert scored("langson-2083-2012", 2013, **evidence).outcome is Outcome.FAIL


def test_what_was_not_seen_of_the_sheet_of_muong_cha_stays_open() -> None:
    def happened(*types: str) -> list[dict[str, str]]:
        return [{"occurred_on": "2015-05-01", "type": one} for one in types]

    assert points(scored("muongcha-252-2014", 2015)) == (56, 100)
    # Each sort counts once, however often it occurs.
    assert points(scored("muongcha-252-2014", 2015, incidents=happened("anti_state"))) == (50, 94)
    assert points(scored("muongcha-252-2014", 2015, incidents=happened("complaint", "complex_dispute"))) == (50, 94)
    every = happened("anti_state", "sabotage_works", "unlawful_exit", "complaint")
    assert points(scored("muongcha-252-2014", 2015, incidents=every)) == (32, 76)


def test_the_column_of_the_higher_level_counts_and_a_difference_is_noted() -> None:
    same = scored("muongcha-252-2014", 2015)
    assert [note.code for note in same.notes] == []
    lower = scored("muongcha-252-2014", 2015, verified_1_plan=4)
    assert points(lower) == (54, 98)
    assert [note.code for note in lower.notes] == ["columns_differ"]
    alone = scored("muongcha-252-2014", 2015, self_1_plan=5, verified_1_plan=None)
    assert points(alone) == (55, 99)
    assert [note.code for note in alone.notes] == []


# --- installed -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Environment:
    """A fresh environment with the core alone."""

    commands: Path
    cwd: Path

    def antq(self, *words: Path | str) -> str:
        """What a command that must succeed prints."""
        return run(self.commands / "antq", *words, cwd=self.cwd)

    def pip(self, *words: Path | str) -> None:
        pip = ("-m", "pip", "--python", self.commands / "python", "--disable-pip-version-check")
        run(sys.executable, *pip, *words, cwd=self.cwd)

    def files(self) -> set[str]:
        """What stands in the environment, what Python caches apart."""
        root = self.commands.parent
        return {str(path.relative_to(root)) for path in root.rglob("*") if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    core = build("wheel", ROOT, tmp_path_factory.mktemp("core"))
    commands = install(core, tmp_path_factory.mktemp("environment"))
    return Environment(commands, tmp_path_factory.mktemp("elsewhere"))


def test_the_packages_are_installed_listed_tried_and_taken_away_without_a_trace(
    environment: Environment, tmp_path_factory: pytest.TempPathFactory
) -> None:
    wheels = [build("wheel", package, tmp_path_factory.mktemp("wheel")) for package in PACKAGES]
    before, listed = environment.files(), environment.antq("plugins")
    assert not any(package.name in listed for package in PACKAGES)
    environment.pip("install", "--quiet", "--no-index", "--no-deps", *wheels)
    listed, tried = environment.antq("plugins"), environment.antq("test", *PACKAGES)
    for name, ids in CONTRIBUTIONS.items():
        version = tomllib.loads((PLUGINS / name / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
        assert [name, version] in [line.split()[:2] for line in listed.splitlines()]
        assert {id for id in ids if id not in listed} == set()
        assert {id for id in ids if id not in tried} == set()
    environment.pip("uninstall", "--quiet", "--yes", *CONTRIBUTIONS)
    assert environment.files() == before
    listed = environment.antq("plugins")
    assert not any(package.name in listed for package in PACKAGES)


@pytest.mark.slow
@each_package
def test_a_package_is_installed_alone_from_its_folder(package: Path, environment: Environment) -> None:
    before = environment.files()
    # What it is built with is in this environment already, so that nothing is fetched.
    environment.pip("install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", package)
    shown = "".join(environment.antq("rulesets", *words) for words in asked(package))
    assert {id for id in CONTRIBUTIONS[package.name] if id not in shown} == set()
    environment.pip("uninstall", "--quiet", "--yes", package.name)
    assert environment.files() == before


def asked(package: Path) -> Iterator[tuple[str, ...]]:
    """The words after ``antq rulesets`` that show each thing that a package holds."""
    for folder in FOLDERS:
        if package in folder.parents:
            base = base_of(folder)
            yield ("show", folder.name) if base is None else ("show", base, "--overlay", folder.name)
