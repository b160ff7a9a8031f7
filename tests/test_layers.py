"""Imports follow the data: the contract in pyproject.toml holds, and a broken one is noticed."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "antq_rules"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
(CONTRACT,) = PROJECT["tool"]["importlinter"]["contracts"]


def test_modules_import_from_lower_layers_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0, capsys.readouterr().out


def test_contract_that_is_broken_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "upside-down.ini"
    layers = "\n    ".join(reversed(CONTRACT["layers"]))
    config.write_text(
        "[importlinter]\nroot_package = antq_rules\n"
        f"[importlinter:contract:1]\nname = n\ntype = layers\ncontainers = antq_rules\nlayers =\n    {layers}\n",
        encoding="utf-8",
    )
    assert lint_imports(config_filename=str(config), no_cache=True) == 1
    assert "BROKEN" in capsys.readouterr().out


def test_contract_names_every_module() -> None:
    named = {name.strip() for layer in CONTRACT["layers"] for name in layer.split("|")}
    modules = {path.stem for path in SOURCE.glob("*.py")} | {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert named == modules - {"__init__"}
    assert CONTRACT["exhaustive"] is True


def imported(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def test_durable_rules_stays_behind_its_driver() -> None:
    """Whatever else is broken, the library can be left out: nothing imports it by its name."""
    for file in SOURCE.rglob("*.py"):
        assert not any(name.split(".")[0] in ("durable", "durable_rules_engine") for name in imported(file)), file


def test_no_module_but_the_command_line_needs_its_libraries() -> None:
    for file in SOURCE.rglob("*.py"):
        if file.relative_to(SOURCE).parts[0] not in ("cli", "reporters"):
            assert not any(name.split(".")[0] in ("typer", "rich") for name in imported(file)), file
