"""What a start does not do: modules that are not imported, and files that are not read to their end."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from antq_rules import located
from antq_rules.cli import main
from antq_rules.language.checking import read_document, read_head
from antq_rules.located import Document, parse_yaml
from antq_rules.resources import rulesets_folder

ROOT = Path(__file__).parents[1]
DOSSIER = """
schema: antq.dossier/1
period: 2025
units:
  - {id: kdc-01, kind: kdc, evidence: {registration_date: absent, households_resident: 201, households_registered: 200}}
"""
TABLES = {"polars", "pyarrow", "numpy", "pandas", "duckdb", "pyspark", "py4j"}
WORKBOOKS = {"openpyxl", "xlsxwriter", "python_calamine", "jinja2"}


PROGRAM = """
import atexit, sys
atexit.register(lambda: print("imported", *sys.modules, file=sys.stderr))
from antq_rules.cli import main
sys.exit(main())
"""


def imported(*words: str) -> set[str]:
    """The modules that a run of ``antq`` imports."""
    command = [sys.executable, "-c", PROGRAM, *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"}
    ran = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)
    assert ran.returncode in (0, 1), ran.stderr
    return set(ran.stderr.splitlines()[-1].removeprefix("imported ").split())


def test_the_version_needs_nothing() -> None:
    found = imported("--version")
    needed = {"antq_rules.cli", "antq_rules.cli.interruption", "antq_rules.version"}
    assert {name for name in found if name.startswith("antq_rules.")} == needed
    assert not {"typer", "pydantic", "yaml", "pluggy", "dataclasses", "importlib.metadata"} & found


@pytest.mark.parametrize("format", ["json", "text"])
def test_a_small_dossier_needs_neither_tables_nor_workbooks(format: str, tmp_path: Path) -> None:
    file = tmp_path / "dossier.yaml"
    file.write_text(DOSSIER, encoding="utf-8")
    found = imported("evaluate", str(file), "--ruleset", "tt-124-2021", "--format", format)
    assert {"antq_rules.engine", f"antq_rules.reporters.{format}_format"} <= found
    assert not (TABLES | WORKBOOKS) & found
    assert not {name for name in found if name.startswith(("antq_rules.authoring", "antq_rules.reporters.page"))}
    assert ("rich" in found) == (format == "text")


def test_only_a_process_of_its_own_is_set_up() -> None:
    before = gc.get_threshold(), os.environ.get("PYDANTIC_DISABLE_PLUGINS")
    assert main(["rulesets"]) == 0
    assert (gc.get_threshold(), os.environ.get("PYDANTIC_DISABLE_PLUGINS")) == before


# Heads of rulesets


@pytest.mark.parametrize("folder", sorted(rulesets_folder().glob("*/ruleset.yaml")), ids=lambda file: file.parent.name)
def test_the_head_of_a_ruleset_says_by_what_it_is_chosen(folder: Path) -> None:
    head, whole = read_head(folder, "r").data, read_document(folder, "r").data
    assert "kinds" in whole.keys() - head.keys()
    assert {name: head.get(name) for name in ("ruleset", "default", "in_force")} == {
        name: whole.get(name) for name in ("ruleset", "default", "in_force")
    }


@pytest.mark.parametrize(
    "text",
    [
        "ruleset: a\n",
        "{ruleset: a,\nkinds: {}}\n",
        "- a\nkinds: {}\n",
        "kinds: {}\nruleset: a\n",
        "ruleset: a\nruleset: b\nkinds: {}\n",
        "ruleset: 'a\nkinds: {}'\n",
        "ruleset: [a\nkinds: {}\n",
        "",
    ],
)
def test_without_a_sound_head_all_is_read(text: str, tmp_path: Path) -> None:
    file = tmp_path / "ruleset.yaml"
    file.write_text(text, encoding="utf-8")
    assert told(read_head(file, "r")) == told(read_document(file, "r"))


def test_a_head_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    assert [fault.code for fault in read_head(tmp_path / "ruleset.yaml", "r").faults] == ["missing_file"]


# Both parsers of YAML


def told(document: Document) -> object:
    """All that a document holds, with the places of its values and keys."""

    def places(value: object, path: located.Path) -> list[object]:
        steps = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        below = [(step, value[step]) for step in steps]  # type: ignore[index]
        here: list[object] = [(path, document.place(path), document.place(path, key=True))]
        return here + [place for step, item in below for place in places(item, (*path, step))]

    return document.data, document.faults, places(document.data, ())


@pytest.mark.parametrize(
    "text",
    [
        (rulesets_folder() / "tt-124-2021/evidence.yaml").read_text(encoding="utf-8"),
        "a: [1, 0o17, 0x1F, -.5, 1.50, +3, .inf, -.INF, .nan, 1e400, 1e5, 12:30, 2025-02-03, -, +, ., '1', on, ~]\n",
        "a: &x {b: 1}\nc: *x\nd: !!str 7\ne: ! 7\n",
        "a: 1\nb: 2\na: 3\n",
        "a: |\n  đoạn\n  văn\nb: >-\n  hai\n  dòng\n",
        "? [a]\n: 1\n",
        "a: *nobody\n",
        "a: !!python/none x\n",
        "--- 1\n--- 2\n",
        "1: a\ntrue: b\n~: c\n",
        "a: " + "[" * 70 + "]" * 70,
    ],
)
def test_the_parser_in_c_and_that_in_python_give_the_same(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for loader in (yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        monkeypatch.setattr(located, "_Loader", loader)
        found.append(told(parse_yaml(text, "f.yaml")))
    assert found[0] == found[1]
