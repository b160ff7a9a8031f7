"""The result as a workbook, read back by two other libraries: its numbers, its links, and text that stays text."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from antq_rules import Assessment, Engine, Outcome, Report, load_dossier
from antq_rules.assessment.comparing import Comparison, Sort, compared
from antq_rules.cli import main
from antq_rules.explain.catalogue import translator
from antq_rules.model.dossier import Dossier
from antq_rules.reporters import text_format
from antq_rules.reporters.lines import OUTCOMES
from antq_rules.reporters.reporting import reporter_of
from antq_rules.reporters.workbook import book as result_book
from antq_rules.reporters.workbook import comparison as comparison_workbook
from antq_rules.reporters.workbook import criteria as criterion_tables
from antq_rules.reporters.workbook import overview as overview_sheets
from antq_rules.reporters.workbook import units as unit_tables
from antq_rules.reporters.workbook import worksheets
from antq_rules.reporters.workbook.worksheets import cell_text

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
COMMUNE, PROVINCE = ("xa-mau", "tt-124-2021"), ("quang-binh-2018", "tt-23-2012")
COUNTED = (Outcome.PASS, Outcome.FAIL, Outcome.UNDETERMINED, Outcome.NOT_APPLICABLE)
OPEN = (Outcome.FAIL, Outcome.UNDETERMINED)
SPITEFUL = (
    "=1+1",
    "+84 912 345",
    "-2+3",
    "@SUM(A1)",
    '=HYPERLINK("http://example.invalid","x")',
    "{=1+1}",
    "http://example.invalid/",
    "internal:'Tổng hợp'!A1",
    "<r><t>rich</t></r> ",
    "</t></is></c>",
    "_x0041_",
    "1205",
    "TRUE",
    " blanks ",
    "two\nlines",
    "Thôn 𠀀",
)

Row = tuple[Any, ...]


@cache
def assessed(fixture: str, ruleset: str, language: str = "vi") -> Assessment:
    return Engine(ruleset, language=language, engine="scalar").assess(load_dossier(FIXTURES / fixture))


def judged(*units: dict[str, Any], language: str = "en") -> Assessment:
    return Engine("tt-124-2021", language=language, engine="scalar").assess(Dossier.of(units, 2025))


def written(assessment: Assessment, *, passes: bool = False) -> bytes:
    stream = io.BytesIO()
    reporter_of("xlsx").write(Report(assessment, passes), stream)
    return stream.getvalue()


@cache
def content_of(fixture: str, ruleset: str, language: str = "vi") -> bytes:
    return written(assessed(fixture, ruleset, language))


def compared_bytes(comparison: Comparison) -> bytes:
    compare = reporter_of("xlsx").compare
    assert compare is not None
    stream = io.BytesIO()
    compare(comparison, stream)
    return stream.getvalue()


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


class Read:
    """A workbook of results as a person reads it: sheets by their English names."""

    def __init__(self, content: bytes, language: str = "vi") -> None:
        self.book = opened(content)
        self.calamine = CalamineWorkbook.from_filelike(io.BytesIO(content))
        self.say = translator(language)

    def sheet(self, name: str) -> Worksheet:
        found = self.book[self.say(name)]
        assert isinstance(found, Worksheet)
        return found

    def rows(self, name: str) -> list[Row]:
        """The rows of a table below its header; both libraries read the same."""
        sheet = self.sheet(name)
        header = int(sheet.auto_filter.ref.split(":")[0].lstrip("A"))
        found = [tuple(map(_unescaped, row)) for row in sheet.iter_rows(min_row=header + 1, values_only=True)]
        other = self.calamine.get_sheet_by_name(self.say(name)).to_python(skip_empty_area=False)[header:]
        assert [[_blank(cell) for cell in row] for row in found] == [[_blank(cell) for cell in row] for row in other]
        return found

    def word(self, outcome: Outcome) -> str:
        return self.say(OUTCOMES[outcome])

    def links(self, name: str) -> dict[str, str]:
        """Where each cell of a sheet leads."""
        cells = (cell for row in self.sheet(name).iter_rows() for cell in row)
        return {cell.coordinate: str(cell.hyperlink.location) for cell in cells if cell.hyperlink is not None}

    def at(self, target: str) -> Any:
        """The value at the first cell of a link's target."""
        sheet, cells = re.fullmatch(r"'(.+)'!(.+)", target).groups()  # type: ignore[union-attr]
        return self.book[sheet.replace("''", "'")][cells.split(":")[0]].value


def _unescaped(cell: Any) -> Any:
    # Openpyxl leaves the escapes of a workbook in text that stands in the cell itself.
    return unescape(cell) if isinstance(cell, str) else cell


def _blank(cell: Any) -> Any:
    return "" if cell is None else cell


# The numbers are those of the assessment


@pytest.mark.parametrize("source", [COMMUNE, PROVINCE], ids=["commune", "province"])
def test_summary_counts_kinds_and_groups(source: tuple[str, str]) -> None:
    assessment = assessed(*source)
    cells = [tuple(row) for row in Read(content_of(*source)).sheet(text_format.SUMMARY).iter_rows(values_only=True)]
    for tally in (
        *assessment.summary,
        *(one for group in assessment.groups for one in assessment.summary_below(group.unit)),
    ):
        counts = tuple(tally.outcomes[outcome] for outcome in COUNTED)
        applicable = tally.total - tally.outcomes[Outcome.NOT_APPLICABLE]
        share = round(tally.outcomes[Outcome.PASS] / applicable, 4)
        assert any(row[2:] == (tally.total, *counts, applicable, share) for row in cells), tally


def test_province_reaches_what_it_reported() -> None:
    content = content_of(*PROVINCE)
    rows = list(opened(content).worksheets[0].iter_rows(values_only=True))
    (areas,) = [row for row in rows if row[0] == "khu dân cư"]
    assert areas[2:] == (1205, 1046, 159, 0, 0, 1205, 0.868)


@pytest.mark.parametrize("source", [COMMUNE, PROVINCE], ids=["commune", "province"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_verdicts_reasons_and_shortfalls_are_those_of_the_assessment(source: tuple[str, str], language: str) -> None:
    assessment = assessed(*source, language)
    read = Read(content_of(*source, language), language)
    verdicts = {row[0]: row for row in read.rows(unit_tables.VERDICTS)}
    assert len(verdicts) == len(assessment.verdicts)
    reasons = Counter((row[0], row[3]) for row in read.rows(unit_tables.REASONS))
    lacking = Counter(row[0] for row in read.rows(unit_tables.LACKING))
    for verdict in assessment.verdicts:
        row = verdicts[verdict.unit]
        assert row[1] == verdict.name
        assert row[4] == read.word(verdict.outcome)
        assert (row[5] or 0, row[6] or 0) == (verdict.met, verdict.applicable)
        told = row[-3] or ""
        shortfalls = 0
        for finding in verdict.findings:
            if finding.outcome in OPEN and verdict.outcome in OPEN:
                assert f"[{finding.criterion}]" in told
                assert all(reason.text in told for reason in finding.reasons)
            wanted = finding.outcome is not Outcome.PASS and verdict.scope is not Outcome.FAIL
            assert reasons[verdict.unit, finding.criterion] == wanted
            shortfalls += sum(reason.shortfall is not None for reason in finding.reasons)
        assert lacking[verdict.unit] >= shortfalls
        assert bool(lacking[verdict.unit]) == bool(shortfalls)


def test_reasons_of_passes_come_with_all_findings() -> None:
    assessment = assessed(*COMMUNE)
    rows = Read(written(assessment, passes=True)).rows(unit_tables.REASONS)
    assert len(rows) == sum(len(verdict.findings) for verdict in assessment.verdicts)


@pytest.mark.parametrize("source", [COMMUNE, PROVINCE], ids=["commune", "province"])
def test_criteria_are_counted_and_those_that_fail_most_come_first(source: tuple[str, str]) -> None:
    assessment = assessed(*source)
    expected: dict[str, Counter[Outcome]] = {}
    for verdict in assessment.verdicts:
        for finding in verdict.findings:
            expected.setdefault(finding.criterion, Counter())[finding.outcome] += 1
    rows = Read(content_of(*source)).rows(criterion_tables.CRITERIA)
    assert {row[0]: row[4:8] for row in rows} == {
        criterion: tuple(count[outcome] for outcome in (*OPEN, Outcome.PASS, Outcome.NOT_APPLICABLE))
        for criterion, count in expected.items()
    }
    for standard in {row[2] for row in rows}:
        failing = [(-row[4], -row[5]) for row in rows if row[2] == standard]
        assert failing == sorted(failing)


def test_a_commune_counts_its_units_and_leads_to_them() -> None:
    assessment = assessed(*PROVINCE)
    read = Read(content_of(*PROVINCE))
    rows = read.rows(overview_sheets.FAMILIES)
    assert {row[0] for row in rows} == {verdict.parent for verdict in assessment.verdicts}
    for row in rows:
        below = [verdict for verdict in assessment.verdicts if verdict.parent == row[0]]
        assert row[6:8] == (sum(verdict.outcome is Outcome.PASS for verdict in below), len(below))
    places = {verdict.unit: verdict for verdict in assessment.verdicts}
    block = re.compile(r"'.+'!A(\d+):[A-Z](\d+)")
    links = read.links(overview_sheets.FAMILIES)
    sheet = read.sheet(overview_sheets.FAMILIES)
    verdicts = read.sheet(unit_tables.VERDICTS)
    seen = 0
    for cell, target in links.items():
        if (found := block.fullmatch(target)) is None:
            continue
        commune = sheet[f"A{cell[1:]}"].value
        units = [verdicts[f"A{row}"].value for row in range(int(found[1]), int(found[2]) + 1)]
        own = [unit for unit in units if places[unit].parent == commune]
        assert len(own) == sum(verdict.parent == commune for verdict in assessment.verdicts)
        if commune in places:
            assert units == [commune, *own]
        seen += 1
    assert seen == len(rows)


def test_every_link_leads_to_what_it_names() -> None:
    read = Read(content_of(*COMMUNE))
    names = {row[0]: row[1] for row in read.rows(overview_sheets.FAMILIES)}
    for cell, target in read.links(unit_tables.VERDICTS).items():
        sheet = read.sheet(unit_tables.VERDICTS)
        if cell.startswith("D") and cell != "D2":
            assert names[read.at(target)] == sheet[cell].value
        elif not cell.startswith("A"):
            assert read.at(target) == sheet[f"A{cell.lstrip('ABCDEFGHIJKLMN')}"].value
    for name in (unit_tables.REASONS, text_format.SUMMARY):
        for cell, target in read.links(name).items():
            value = read.sheet(name)[cell].value
            if value.startswith("← "):
                assert target == f"'{value.removeprefix('← ')}'!A1"
            else:
                assert value in (read.at(target), names.get(read.at(target)))


def test_units_without_a_parent_and_with_one_that_is_missing_have_their_rows() -> None:
    assessment = judged(
        {"id": "kdc-1", "kind": "kdc"},
        {"id": "kdc-2", "kind": "kdc", "parent": "xa-gone"},
        {"id": "kdc-3", "kind": "kdc", "parent": "kdc-4"},
        {"id": "kdc-4", "kind": "kdc", "parent": "kdc-3"},
        {"id": "kdc-5", "kind": "kdc", "parent": "xa-bad"},
        {"id": "xa-bad", "kind": "xa", "evidence": {"no_such_field": 1}},
    )
    read = Read(written(assessment), "en")
    rows = {row[0]: row for row in read.rows(overview_sheets.FAMILIES)}
    units = [row[0] for row in read.rows(unit_tables.VERDICTS)]
    assert sorted(units) == [f"kdc-{number}" for number in range(1, 6)]
    assert rows["xa-gone"][4] == "not in the input"
    assert rows["xa-bad"][4] == "Not judged"
    assert rows[None][1] == "(no unit above)"
    assert {row[0] for row in read.rows(result_book.NOT_JUDGED)} == {"xa-bad"}


# Text is text


def test_spiteful_text_stays_text() -> None:
    units = [
        {"id": f"kdc-{number:02}", "kind": "kdc", "name": name, "parent": name} for number, name in enumerate(SPITEFUL)
    ]
    content = written(judged(*units))
    read = Read(content, "en")
    names = {row[0]: row[1] for row in read.rows(unit_tables.VERDICTS)}
    assert [names[f"kdc-{number:02}"] for number in range(len(SPITEFUL))] == list(SPITEFUL)
    for sheet in read.book.worksheets:
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            assert cell.data_type != "f", (sheet.title, cell.coordinate)
            if cell.value in SPITEFUL:
                assert cell.data_type == "s"
            if cell.hyperlink is not None:
                assert cell.hyperlink.target is None
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        assert not any(b"<f>" in sheet for sheet in sheets)
        assert not any("externalLink" in name for name in archive.namelist())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b\x1fc", "a\\x00b\\x1fc"),
        ("a\ud800b", "a\\ud800b"),
        ("a\ufffe\uffff", "a\\ufffe\\uffff"),
        ("a\tb\nc\r\nd\re", "a\tb\nc\nd\\re"),
        ("<r>\n</r>", "<r>\n</r> "),
        ("Thôn\u00a0Cầu", "Thôn\u00a0Cầu"),
    ],
)
def test_letters_that_no_cell_holds_are_escapes(text: str, shown: str) -> None:
    assert cell_text(text) == shown


def test_units_that_are_refused_for_such_letters_are_listed() -> None:
    assessment = judged({"id": "kdc-1", "kind": "kdc", "name": "a\x01b", "parent": "\x02", "more\ud800": 1})
    assert assessment.rejected
    rows = Read(written(assessment), "en").rows(result_book.NOT_JUDGED)
    assert any("more\\ud800" in f"{row[3]} {row[4]}" for row in rows)


@pytest.mark.parametrize("letter", ["ạ", "𠀀", "a\n"])
def test_text_that_is_too_long_is_cut_with_a_mark(letter: str) -> None:
    text = cell_text(letter * (worksheets.LETTERS + 1), "… (cut)")
    assert text.endswith("… (cut)")
    assert worksheets.LETTERS - 2 <= len(text.encode("utf-16-le")) // 2 <= worksheets.LETTERS
    assert cell_text("a" * worksheets.LETTERS) == "a" * worksheets.LETTERS


def test_reasons_that_are_too_long_are_cut_in_the_workbook(monkeypatch: pytest.MonkeyPatch) -> None:
    assessment = judged({"id": "kdc-1", "kind": "kdc"})
    (whole,) = Read(written(assessment), "en").rows(unit_tables.VERDICTS)
    monkeypatch.setattr(worksheets, "LETTERS", 500)
    (row,) = Read(written(assessment), "en").rows(unit_tables.VERDICTS)
    assert len(whole[-3]) > len(row[-3]) == 500
    cut = unit_tables.CUT.format(sheet=unit_tables.REASONS)
    assert row[-3] == whole[-3][: 500 - len(cut)] + cut


# Limits


def test_a_full_sheet_goes_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    assessment = assessed(*COMMUNE)
    whole = Read(written(assessment)).rows(unit_tables.REASONS)
    monkeypatch.setattr(worksheets, "ROWS", 10)
    read = Read(written(assessment))
    name = read.say(unit_tables.REASONS)
    parts = [sheet for sheet in read.book.sheetnames if re.fullmatch(rf"{name}( \(\d+\))?", sheet)]
    assert parts == [name, *(f"{name} ({number})" for number in range(2, -(-len(whole) // 7) + 1))]
    found = [row for part in parts for row in read.book[part].iter_rows(min_row=4, values_only=True)]
    assert found == whole
    assert all(sheet.max_row <= 10 for sheet in read.book.worksheets if sheet.auto_filter.ref)
    verdicts = read.say(unit_tables.VERDICTS)
    for sheet in read.book.worksheets:
        if sheet.title.startswith(verdicts):
            for row in sheet.iter_rows(min_row=4):
                detail = row[-2].hyperlink
                assert detail is None or read.at(str(detail.location)) == row[0].value


def test_links_end_where_a_sheet_holds_no_more_and_the_summary_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worksheets, "LINKS", 5)
    read = Read(written(assessed(*COMMUNE, "en")), "en")
    assert len(read.links(unit_tables.VERDICTS)) == 5
    told = [row[0] for row in read.sheet(text_format.SUMMARY).iter_rows(values_only=True)]
    assert worksheets.FEWER_LINKS.format(sheet=unit_tables.VERDICTS) in told


# Empty parts


def test_parts_that_are_empty_say_so() -> None:
    read = Read(written(judged()), "en")
    for name, told in (
        (overview_sheets.FAMILIES, overview_sheets.NO_FAMILIES),
        (unit_tables.VERDICTS, text_format.NOTHING),
        (unit_tables.REASONS, text_format.NOTHING),
        (unit_tables.LACKING, text_format.NOTHING),
        (criterion_tables.CRITERIA, text_format.NOTHING),
    ):
        assert read.rows(name)[0][0] == told
    lines = [row[0] for row in read.sheet(text_format.SUMMARY).iter_rows(values_only=True)]
    assert {text_format.NOTHING, overview_sheets.NO_QUOTAS, overview_sheets.NO_GROUPS} <= set(lines)
    assert result_book.NOT_JUDGED not in read.book.sheetnames


def test_units_that_could_not_be_judged_are_listed_with_place_and_mending(tmp_path: Path) -> None:
    source = FIXTURES / "invalid/dossiers/wrong-type-string-for-count.yaml"
    assessment = Engine("tt-124-2021", language="en", engine="scalar").assess(load_dossier(source))
    rows = Read(written(assessment), "en").rows(result_book.NOT_JUDGED)
    faults = [(one.unit, fault) for one in assessment.rejected for fault in one.faults]
    assert [(row[0], row[3], row[4]) for row in rows] == [
        (unit, str(fault.place), fault.text()) for unit, fault in faults
    ]


# The file


@pytest.mark.parametrize("passes", [False, True])
def test_the_same_result_has_the_same_bytes(passes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    first = written(assessed(*COMMUNE), passes=passes)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert written(assessed(*COMMUNE), passes=passes) == first


def test_tables_print_across_a_page_with_their_headers_and_can_be_filtered() -> None:
    read = Read(content_of(*COMMUNE))
    for name in (overview_sheets.FAMILIES, unit_tables.VERDICTS, unit_tables.REASONS, unit_tables.LACKING):
        sheet = read.sheet(name)
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToWidth in (None, 1)
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.print_title_rows
        assert sheet.freeze_panes
        assert sheet.auto_filter.ref


def test_progress_counts_every_unit() -> None:
    assessment = assessed(*COMMUNE)
    heard: list[tuple[int, int]] = []
    reporter_of("xlsx").write(
        Report(assessment, progress=lambda done, total: heard.append((done, total))), io.BytesIO()
    )
    assert heard == [(done, 22) for done in range(1, 23)]


class Broken(io.BytesIO):
    """A stream that takes nothing."""

    def write(self, content: Any, /) -> int:
        raise OSError(28, "No space left on device")


def test_a_stream_that_takes_nothing_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(OSError, match="No space"):
        reporter_of("xlsx").write(Report(assessed(*COMMUNE)), Broken())
    with pytest.raises(ZeroDivisionError):
        reporter_of("xlsx").write(Report(assessed(*COMMUNE), progress=lambda *_: 1 // 0), io.BytesIO())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the most memory of a program")
def test_memory_does_not_grow_with_the_units() -> None:
    """What writing 10,000 units takes beside what judging them took, in a process of its own."""
    program = """
import io, sys
from antq_rules import Engine, Report, load_dossier
from antq_rules.model.dossier import Dossier
from antq_rules.reporters.reporting import reporter_of
from tests.memory import most
class Nowhere(io.RawIOBase):
    def writable(self): return True
    def write(self, content): return len(content)
units = [entry.data for entry in load_dossier(sys.argv[1]).entries if entry.data["id"] in ("kdc-01", "kdc-03")]
units = [{**units[other % 2], "id": f"kdc-{one}-{other}", "parent": f"xa-{one}"}
         for one in range(200) for other in range(50)]
engine = Engine("tt-124-2021", engine="scalar")
reporter_of("xlsx").write(Report(engine.assess(Dossier.of(units[:10], 2025))), Nowhere())
assessment = engine.assess(Dossier.of(units, 2025))
before = most()
reporter_of("xlsx").write(Report(assessment), Nowhere())
print(len(assessment.verdicts), most() - before)
"""
    words = [sys.executable, "-c", program, str(FIXTURES / "xa-mau")]
    made = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    units, grown = map(int, made.stdout.split())
    assert units == 10_000
    assert grown < 64


def test_libreoffice_opens_it(converted: Callable[[Sequence[Path], str], list[Path]], tmp_path: Path) -> None:
    book, changes = tmp_path / "ket-qua.xlsx", tmp_path / "so-sanh.xlsx"
    book.write_bytes(content_of(*COMMUNE))
    other = Engine("tt-124-2021", readings={"yoy_mode": "decrease"}, engine="scalar")
    changed = other.assess(load_dossier(FIXTURES / COMMUNE[0]))
    changes.write_bytes(compared_bytes(compared(assessed(*COMMUNE), changed)))
    spreadsheets = converted([book, changes], "ods")
    rows = CalamineWorkbook.from_path(spreadsheets[0]).get_sheet_by_index(2).to_python()
    assert {row[0] for row in rows} >= {verdict.unit for verdict in assessed(*COMMUNE).verdicts}
    assert CalamineWorkbook.from_path(spreadsheets[1]).sheet_names == opened(changes.read_bytes()).sheetnames


# At the command line


def test_evaluate_writes_a_workbook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "ket-qua.xlsx"
    assert main(["evaluate", str(FIXTURES / "xa-mau"), "--format", "xlsx", "-o", str(target)]) == 1
    assert capsys.readouterr().out == ""
    assert target.read_bytes() == content_of(*COMMUNE)


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of Unix")
def test_a_terminal_gets_no_workbook() -> None:
    import pty

    ours, theirs = pty.openpty()
    words = [
        sys.executable,
        "-m",
        "antq_rules",
        "evaluate",
        str(FIXTURES / "xa-mau"),
        "--format",
        "xlsx",
        "--lang",
        "en",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    try:
        ran = subprocess.run(words, stdout=theirs, stderr=subprocess.PIPE, env=environment, check=False)
    finally:
        os.close(theirs)
        os.close(ours)
    assert ran.returncode == 2
    assert b"-o" in ran.stderr


# Two results side by side


@cache
def two_years() -> Comparison:
    return compared(assessed(*PROVINCE), assessed("quang-binh-2019", "tt-23-2012"))


def changes_of(comparison: Comparison, *sorts: Sort) -> Iterator[tuple[str, str | None]]:
    return ((change.unit, change.name) for change in comparison.of(*sorts))


def test_two_years_side_by_side() -> None:
    comparison = two_years()
    read = Read(compared_bytes(comparison))
    (areas,) = [
        row
        for row in read.sheet(text_format.SUMMARY).iter_rows(values_only=True)
        if row[:2] == (read.say(text_format.WHOLE), "khu dân cư") and isinstance(row[4], float)
    ]
    assert areas[2:] == (1046, 1205, 0.868, 1042, 1165, 0.8944, -4, 2.64)
    for sort, (name, _) in comparison_workbook.UNITS.items():
        rows = [row for row in read.rows(name) if row[1] is not None]
        assert [row[:2] for row in rows] == list(changes_of(comparison, sort))
    for change in comparison.of(Sort.LOST):
        row = next(row for row in read.rows(comparison_workbook.LOST) if row[0] == change.unit)
        for criterion in change.criteria:
            assert (f"[{criterion.criterion}]" in row[-1]) == (criterion.after in OPEN)
    gone = [row[:2] for row in read.rows(comparison_workbook.COME_AND_GONE)]
    assert gone == list(changes_of(comparison, Sort.ARRIVED, Sort.LEFT, Sort.NOT_JUDGED))
    criteria = {row[0]: row[3:] for row in read.rows(comparison_workbook.BY_CRITERION)}
    for tally in comparison.criteria:
        sides = [
            None if count is None else count.outcomes[outcome]
            for count in (tally.before, tally.after)
            for outcome in COUNTED
        ]
        assert criteria[tally.criterion] == (*sides, tally.more_open)


def test_the_same_comparison_has_the_same_bytes() -> None:
    assert compared_bytes(two_years()) == compared_bytes(two_years())


def test_nothing_beside_nothing_says_so() -> None:
    read = Read(compared_bytes(compared(judged(), judged())), "en")
    assert read.rows(comparison_workbook.LOST)[0][0] == comparison_workbook.NOBODY
    assert read.rows(comparison_workbook.BY_COMMUNE)[0][0] == comparison_workbook.NO_COMMUNES


# Other rulesets


RULESETS = sorted(
    path.parent
    for pattern in ("rulesets/*/ruleset.yaml", "plugins/*/src/*/rulesets/*/ruleset.yaml", "fixtures/forms/ruleset.yaml")
    for path in ROOT.glob(pattern)
)


@pytest.mark.parametrize("folder", RULESETS, ids=lambda folder: folder.name)
def test_every_ruleset_has_its_workbook(folder: Path) -> None:
    engine = Engine.from_path(folder, language="en", engine="scalar")
    kinds = [kind for standard in engine.ruleset.standards for kind in standard.kinds]
    units = [{"id": f"{kind}-1", "kind": kind, "parent": f"{other}-1"} for kind in kinds for other in kinds[:1]]
    assessment = engine.assess(Dossier.of(units), period=2025)
    read = Read(written(assessment, passes=True), "en")
    assert {row[0] for row in read.rows(unit_tables.VERDICTS)} == {verdict.unit for verdict in assessment.verdicts}
    told = list(read.sheet(text_format.SUMMARY).iter_rows(values_only=True))
    for quota in assessment.quotas:
        assert any(row[0] == quota.title["en"] and row[2:4] == (read.word(quota.outcome), quota.text) for row in told)
    titles = [cell.value for cell in read.sheet(unit_tables.VERDICTS)[3]]
    scored = any(verdict.score is not None for verdict in assessment.verdicts)
    assert (unit_tables.SCORE in titles) >= scored
    assert (unit_tables.CLASS in titles) == any(standard.classes for standard in engine.ruleset.standards)
