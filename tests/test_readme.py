"""README tells the truth: its criterion is the ruleset's, its output is the command's, its Python runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from antq_rules.cli import main
from antq_rules.located import parse_yaml

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
GAP = "…"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_criterion_shown_stands_in_the_ruleset() -> None:
    ruleset = (ROOT / "rulesets/tt-124-2021/standards/kdc.yaml").read_text(encoding="utf-8")
    assert blocks("yaml")[0] in ruleset


def test_the_dossier_shown_is_read(tmp_path: Path) -> None:
    document = parse_yaml(blocks("yaml")[1], "README.md")
    assert not document.faults
    dossier = tmp_path / "dossier.yaml"
    dossier.write_text(blocks("yaml")[1], encoding="utf-8")
    assert main(["validate", str(dossier)]) == 0


def test_the_output_shown_is_that_of_the_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = blocks("sh")[0].rstrip().rpartition("&& ")[2]
    program, *arguments = shlex.split(command)
    assert program == ".venv/bin/antq"
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "100")
    assert main(arguments) == 1
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    position = 0
    for passage in blocks("text")[0].split(f"{GAP}\n"):
        lines = passage.splitlines()
        if lines:
            starts = [start for start in range(position, len(printed)) if printed[start : start + len(lines)] == lines]
            assert starts, f"README shows what the command does not print: {lines[0]}"
            position = starts[0] + len(lines)


def test_the_python_shown_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (block,) = blocks("python")
    exec(compile(block, "README.md", "exec"), {})


def test_the_commands_shown_run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    shown = [shlex.split(line, comments=True) for line in blocks("sh")[2].splitlines()]
    runnable = [words[1:] for words in shown if not {"dossiers/", "2025.yaml"} & set(words)]
    assert len(runnable) >= 4
    for words in runnable:
        arguments = words[: words.index(">")] if ">" in words else words
        assert main(arguments) in (0, 1), arguments
        assert capsys.readouterr().out


def test_the_way_from_a_workbook_to_a_page_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    monkeypatch.chdir(tmp_path)
    shown = [shlex.split(line, comments=True)[1:] for line in blocks("sh")[1].splitlines()]
    assert [words[0] for words in shown] == ["template", "validate", "evaluate", "evaluate", "diff", "diff"]
    for words in shown:
        assert main(words) in (0, 1), words
        said = capsys.readouterr()
        assert (tmp_path / words[words.index("-o") + 1]).stat().st_size if "-o" in words else said.out or said.err
