"""The command line: what each command prints and how it ends; in a process of its own only where it must be."""

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from antq_rules import Engine, InferenceError
from antq_rules.cli import main
from antq_rules.engines.durable_driver import available
from antq_rules.version import __version__

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
COMMUNE = str(FIXTURES / "xa-mau")
GOOD = str(FIXTURES / "traps/bom.yaml")
BAD = str(FIXTURES / "invalid/dossiers/wrong-type-string-for-count.yaml")
SHIPPED = sorted(path.parent for path in (ROOT / "rulesets").glob("*/ruleset.yaml"))
SCHEMAS = ("dossier", "result", "comparison", "ruleset", "evidence", "standard", "overlay", "cases")
CHOSEN = "Xét theo tt-124-2021 1.0.0, bộ quy tắc có hiệu lực cho năm 2025\n"
unix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals and devices of Unix")


@dataclass
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


Antq = Callable[..., Ran]


@pytest.fixture
def antq(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Antq:
    """A function that runs ``antq`` in this process."""
    for name in ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str) -> Ran:
        code = main(words)
        return Ran(code, *capsys.readouterr())

    return run


def process(*words: str, **options: Any) -> subprocess.Popen[bytes]:
    """``antq`` in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment}
    return subprocess.Popen([sys.executable, "-m", "antq_rules", *words], **{**pipes, **options})


def dossier(tmp_path: Path, *units: dict[str, Any], name: str = "a.json", period: int | None = 2025) -> str:
    path = tmp_path / name
    whole = {"schema": "antq.dossier/1", "period": period, "units": units}
    path.write_text(json.dumps(whole), encoding="utf-8")
    return str(path)


# evaluate


def test_evaluate_prints_the_report(antq: Antq, golden: Callable[[str, str], None]) -> None:
    ran = antq("evaluate", COMMUNE)
    assert (ran.code, ran.err) == (1, CHOSEN)
    golden("xa-mau.vi.txt", ran.out)


def test_evaluate_speaks_english(antq: Antq, golden: Callable[[str, str], None]) -> None:
    for words in (["evaluate", COMMUNE, "--lang", "en"], ["--lang", "en", "evaluate", COMMUNE]):
        golden("xa-mau.en.txt", antq(*words).out)


def test_evaluate_writes_json(antq: Antq, golden: Callable[[str, str], None]) -> None:
    golden("xa-mau.json", antq("evaluate", COMMUNE, "--format", "json").out)


@pytest.mark.skipif(not available(), reason="durable-rules cannot be imported here")
@pytest.mark.parametrize("format", ["json", "jsonl", "text"])
def test_engines_and_runs_give_the_same_bytes(format: str, antq: Antq) -> None:
    runs = [
        antq("evaluate", COMMUNE, "--format", format, "--engine", engine)
        for engine in ("scalar", "durable", "durable", "auto")
    ]
    assert len({ran.out for ran in runs}) == 1
    assert runs[0].out


@pytest.mark.parametrize(
    ("unit", "code"),
    [
        ({"id": "dn-01", "kind": "dn", "evidence": {"enterprise_size": "small"}}, 0),
        ({"id": "kdc-01", "kind": "kdc"}, 1),
        ({"id": "kdc-01", "kind": "kdc", "evidence": {"registration_date": "absent"}}, 1),
        ({"id": "kdc-01", "kind": "thon"}, 2),
        ({"id": "tinh-01", "kind": "tinh"}, 0),
    ],
)
def test_the_exit_code_tells_the_worst(unit: dict[str, Any], code: int, antq: Antq, tmp_path: Path) -> None:
    assert antq("evaluate", dossier(tmp_path, unit)).code == code


def test_a_unit_that_passes_everything_exits_0(antq: Antq, tmp_path: Path) -> None:
    base = yaml.safe_load((FIXTURES / "worked-cases/bases.yaml").read_text(encoding="utf-8"))["kdc"]
    evidence = json.loads(json.dumps(base, default=str))
    assert antq("evaluate", dossier(tmp_path, {"id": "kdc-01", "kind": "kdc", "evidence": evidence})).code == 0


def test_units_with_errors_leave_the_others_their_verdicts(antq: Antq) -> None:
    ran = antq("evaluate", BAD, "--format", "json")
    result = json.loads(ran.out)
    assert ran.code == 2
    assert [row["unit"] for row in result["verdicts"]] == ["kdc-good"]
    assert [row["unit"] for row in result["rejected"]] == ["kdc-bad"]
    assert "ở đây cần một số nguyên, không phải '201'; sửa lại giá trị" in result["rejected"][0]["errors"][0]["text"]


@pytest.mark.parametrize(
    "name", ["latin-1.yaml", "open-bracket.yaml", "schema-other.yaml", "empty.json", "period-2024.yaml"]
)
def test_a_file_that_cannot_be_used_ends_the_run(name: str, antq: Antq) -> None:
    path = (FIXTURES / "invalid/dossiers" / name).as_posix()
    ran = antq("evaluate", path, COMMUNE, "--period", "2025")
    assert (ran.code, ran.out) == (2, "")
    assert all(line.startswith(path) for line in ran.err.splitlines())
    assert ran.err


def test_the_order_of_inputs_is_the_order_of_verdicts_and_nothing_else(antq: Antq) -> None:
    files = sorted(str(path) for path in Path(COMMUNE).glob("*.yaml"))
    results = [json.loads(antq("evaluate", *order, "--format", "json").out) for order in (files, files[::-1])]
    first, second = ({row["unit"]: row for row in result.pop("verdicts")} for result in results)
    assert first == second
    assert results[0] == results[1]
    assert list(first) != list(second)


def test_the_standard_input_is_an_input(antq: Antq, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Path(GOOD).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert antq("evaluate", "-", "--format", "json").out == antq("evaluate", GOOD, "--format", "json").out


def test_the_year_may_be_left_out_where_the_dossiers_state_it(antq: Antq, tmp_path: Path) -> None:
    assert antq("evaluate", dossier(tmp_path, period=None)).code == 2
    assert "period: 2025" in antq("evaluate", dossier(tmp_path, period=None)).err
    assert antq("evaluate", dossier(tmp_path, period=None), "--period", "2025").code == 0
    assert antq("evaluate", dossier(tmp_path), "--period", "2024").code == 2


def test_the_ruleset_in_force_is_taken(antq: Antq, tmp_path: Path) -> None:
    ran = antq("evaluate", dossier(tmp_path, period=1999), "--lang", "en")
    assert ran.code == 2
    assert "no ruleset was in force for 1999; name one with --ruleset; installed: " in ran.err
    assert "tt-124-2021" in ran.err


def test_the_ruleset_that_is_chosen_is_named(antq: Antq, tmp_path: Path) -> None:
    for command in ("evaluate", "validate"):
        ran = antq(command, GOOD, "--lang", "en")
        assert ran.err.startswith("Judged by tt-124-2021 1.0.0, the ruleset in force for 2025\n")
    assert "tt-124-2021" in antq("explain", GOOD, "--unit", "kdc-01").err
    assert antq("evaluate", dossier(tmp_path), "--ruleset", "tt-124-2021").err == ""


def test_a_ruleset_named_for_another_time_is_remarked(antq: Antq, tmp_path: Path) -> None:
    named = ["--ruleset", "tt-124-2021", "--format", "json", "--lang", "en"]
    sentence = "tt-124-2021 was not in force for the whole of 1999; it is used since it was named"
    ran = antq("evaluate", dossier(tmp_path, period=1999), *named)
    assert (ran.code, ran.err) == (0, f"Note: {sentence}\n")
    assert json.loads(ran.out)["manifest"]["notes"] == [{"code": "not_in_force", "text": sentence}]
    ran = antq("evaluate", dossier(tmp_path), *named)
    assert (ran.err, json.loads(ran.out)["manifest"]["notes"]) == ("", [])


def test_a_ruleset_may_be_a_folder(antq: Antq) -> None:
    folder = str(ROOT / "rulesets" / "tt-124-2021")
    by_path, by_id = (
        antq("evaluate", GOOD, "--ruleset", name, "--format", "json").out for name in (folder, "tt-124-2021")
    )
    assert by_path == by_id


def test_readings_are_set_by_name(antq: Antq) -> None:
    readings = json.loads(antq("evaluate", GOOD, "--set", "yoy_mode=decrease", "--format", "json").out)["manifest"][
        "readings"
    ]
    assert readings["yoy_mode"] == "decrease"


def test_last_years_counts_are_taken_from_its_dossier(antq: Antq, tmp_path: Path) -> None:
    counts = {"crime_cases_curr": 2, "social_evil_cases_curr": 0, "other_violation_cases_curr": 0}
    now = dossier(tmp_path, {"id": "kdc-01", "kind": "kdc", "evidence": counts})
    before = {"id": "kdc-01", "kind": "kdc", "evidence": {"crime_cases_curr": 3}}
    last = dossier(tmp_path, before, name="last.json", period=2024)
    result = json.loads(antq("evaluate", now, "--previous", last, "--format", "json", "--reasons", "all").out)
    assert result["manifest"]["previous_sha256"]
    (finding,) = [row for row in result["verdicts"][0]["findings"] if row["criterion"] == "tt124.kdc.4.a"]
    assert (2, 3) in [(row["observed"], row["required"]) for row in finding["reasons"]]
    assert antq("evaluate", now, "--previous", now).code == 2


def test_all_reasons_are_given_when_asked_for(antq: Antq) -> None:
    short, long = (antq("evaluate", COMMUNE, "--reasons", which).out for which in ("open", "all"))
    assert len(long) > 3 * len(short)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--ruleset", "tt-124-2022"], "không có bộ quy tắc 'tt-124-2022'; có phải ý là 'tt-124-2021'?"),
        (["--ruleset", "./nix"], "nix"),
        (["--set", "yoy_mode"], "'yoy_mode' không chọn cách hiểu nào"),
        (["--set", "yoy_mode=nix"], "non_increase"),
        (["--set", "nix=a"], "yoy_mode"),
        (["--engine", "nix"], "auto, scalar, durable"),
        (["--format", "jsno"], "có phải ý là 'json'?"),
        (["--overlay", "nix"], "; "),
        (["--previous", "nix.yaml"], "nix.yaml: không có tệp hoặc thư mục này"),
    ],
)
def test_what_cannot_be_used_is_said_in_words(words: list[str], part: str, antq: Antq) -> None:
    ran = antq("evaluate", GOOD, *words)
    assert (ran.code, ran.out) == (2, "")
    assert part in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "words",
    [["evaluate"], ["nix"], ["evaluate", "--nix", GOOD], ["evaluate", GOOD, "--period", "x"], ["explain", GOOD],
     ["evaluate", GOOD, "--lang", "fr"], ["schema", "nix"], ["rulesets", "show"], ["rulesets", "nix"]],
)  # fmt: skip
def test_errors_of_usage_exit_2(words: list[str], antq: Antq) -> None:
    ran = antq(*words)
    assert ran.code == 2
    assert "Traceback" not in ran.err


# Output


def test_a_file_gets_what_the_standard_output_gets(antq: Antq, tmp_path: Path) -> None:
    for format in ("json", "jsonl", "text"):
        target = tmp_path / f"result.{format}"
        ran = antq("evaluate", COMMUNE, "--format", format, "-o", str(target))
        assert (ran.code, ran.out, ran.err) == (1, "", CHOSEN)
        assert target.read_bytes().decode() == antq("evaluate", COMMUNE, "--format", format).out
    assert len(list(tmp_path.iterdir())) == 3


def test_a_file_is_left_as_it_was_when_the_run_fails(antq: Antq, tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    target.write_text("old", encoding="utf-8")
    assert antq("evaluate", "nix.yaml", "-o", str(target)).code == 2
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


@unix_only
def test_a_file_keeps_its_rights_and_its_links(antq: Antq, tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("old", encoding="utf-8")
    real.chmod(0o640)
    link.symlink_to(real)
    assert antq("evaluate", GOOD, "-o", str(link)).code == 1
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") != "old"
    assert real.stat().st_mode & 0o777 == 0o640


def test_an_output_that_cannot_be_written_is_found_before_the_work(
    antq: Antq, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*_: Any, **__: Any) -> None:
        raise AssertionError("the work has begun")

    monkeypatch.setattr(Engine, "assess", work)
    for target in (tmp_path, tmp_path / "nix" / "result.json"):
        ran = antq("evaluate", GOOD, "-o", str(target))
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"{target}: ")


@unix_only
def test_devices_are_written_straight(antq: Antq) -> None:
    assert antq("evaluate", GOOD, "-o", os.devnull).code == 1
    assert Path(os.devnull).is_char_device()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_error() -> None:
    for words in (["evaluate", GOOD, "-o", "/dev/full"], ["schema", "-o", "/dev/full"]):
        assert main(words) == 2
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "antq_rules", "explain", GOOD, "--unit", "kdc-01"],
            stdout=full, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, check=False,
        )  # fmt: skip
    assert ran.returncode == 2
    assert b"Traceback" not in ran.stderr
    assert b"<stdout>: " in ran.stderr


@unix_only
@pytest.mark.parametrize(
    "words", [["evaluate", COMMUNE, "--format", "json"], ["evaluate", COMMUNE], ["schema", "evidence"], ["--help"]]
)
def test_a_reader_that_goes_away_ends_the_run_quietly(words: list[str]) -> None:
    running = process(*words)
    assert running.stdout is not None
    running.stdout.close()
    assert running.wait(60) == 141
    assert running.stderr is not None
    assert running.stderr.read() in (b"", CHOSEN.encode())
    running.stderr.close()


@unix_only
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    units = [{"id": f"kdc-{n}", "kind": "kdc"} for n in range(60_000)]
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    source = dossier(tmp_path / "in", *units)
    # Where the tests themselves run in the background, the signal may be ignored, and its children inherit that.
    restored = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
    running = process("evaluate", source, "--format", "json", "-o", str(tmp_path / "out" / "result.json"), **restored)
    begun = time.monotonic()
    while not list((tmp_path / "out").iterdir()) and time.monotonic() - begun < 60:
        time.sleep(0.02)
    time.sleep(0.3)
    assert [file.name[:6] for file in (tmp_path / "out").iterdir()] == [".antq-"]
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (130, b"")
    assert err in (b"", CHOSEN.encode())
    assert not list((tmp_path / "out").iterdir())


INTERRUPTING = """\
import os, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "antq_rules.engine":
            {how}

sys.meta_path.insert(0, Interrupting())
signal.signal(signal.SIGINT, signal.default_int_handler)
"""


@unix_only
@pytest.mark.parametrize(
    "how",
    [
        pytest.param('exec("os.kill(os.getpid(), signal.SIGINT); [n for n in range(9)]")', id="in-a-string"),
        pytest.param(
            """
            try:
                os.kill(os.getpid(), signal.SIGINT); [n for n in range(9)]
            except KeyboardInterrupt:
                raise ValueError("an error that knows nothing of it") from None
            """,
            id="made-another-error",
        ),
    ],
)
def test_ctrl_c_is_told_as_such_wherever_it_comes(tmp_path: Path, how: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(INTERRUPTING.format(how=how), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT / "src")])}
    out, err = (running := process("evaluate", GOOD, env=environment)).communicate(timeout=60)
    assert (running.returncode, out, err) == (130, b"", b"")


@unix_only
def test_a_closed_standard_output_is_an_error() -> None:
    command = f'"{sys.executable}" -m antq_rules evaluate "{GOOD}" >&-'
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    ran = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, env=environment, check=False)
    assert ran.returncode == 2
    assert b"<stdout>: " in ran.stderr
    assert b"Traceback" not in ran.stderr


def test_an_overlay_brings_the_ruleset_that_it_extends(antq: Antq) -> None:
    overlay = ROOT / "plugins/antq-rules-quang-binh/src/antq_rules_quang_binh/overlays/duc-ninh-dong-2023"
    ward = str(FIXTURES / "duc-ninh-dong-2023")
    ran = antq("evaluate", ward, "--overlay", str(overlay), "--format", "json", "--lang", "en")
    assert "Judged by typical-ward-9745 1.0.0, the ruleset that the overlay extends" in ran.err
    document = json.loads(ran.out)
    assert document["manifest"]["ruleset"]["id"] == "typical-ward-9745"
    assert [row["id"] for row in document["manifest"]["overlays"]] == ["duc-ninh-dong-2023"]
    assert len(document["verdicts"][0]["findings"]) == 35


@pytest.mark.parametrize("encoding", ["ascii", "cp1258", "utf-8"])
@pytest.mark.parametrize("format", ["text", "json"])
def test_an_encoding_without_vietnamese_breaks_nothing(encoding: str, format: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": encoding}
    running = process("evaluate", COMMUNE, "--format", format, env=environment)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (1, CHOSEN.encode())
    assert "Thôn Đồng Quan" in out.decode()


@unix_only
def test_a_terminal_without_vietnamese_shows_bare_letters() -> None:
    import pty

    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "ascii", "COLUMNS": "100"}
    running = process("evaluate", GOOD, stdout=theirs, env=environment)
    os.close(theirs)
    shown = b""
    # Where the other end is closed, Linux says so by an error.
    with contextlib.suppress(OSError):
        while part := os.read(ours, 65536):
            shown += part
    _, err = running.communicate()
    os.close(ours)
    assert (running.returncode, err) == (1, CHOSEN.encode())
    assert 'Tieu chuan "An toan ve an ninh, trat tu" theo Thong tu' in shown.decode("ascii")
    assert b"Thon Dong Quan" in shown


def test_a_fault_of_ours_is_shown_and_never_taken_for_a_verdict(
    antq: Antq, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for error in (InferenceError("doubled finding"), ValueError("a slip"), OSError("a strange one")):

        def broken(*_: Any, error: Exception = error, **__: Any) -> None:
            raise error

        monkeypatch.setattr(Engine, "assess", broken)
        ran = antq("evaluate", GOOD, "-o", str(tmp_path / "result.json"))
        assert (ran.code, ran.out) == (70, "")
        assert "Traceback" in ran.err
        assert str(error) in ran.err
        assert not list(tmp_path.iterdir())


def test_progress_is_for_terminals_only(antq: Antq, tmp_path: Path) -> None:
    units = [{"id": f"dn-{n}", "kind": "dn", "evidence": {"enterprise_size": "small"}} for n in range(2_500)]
    ran = antq("evaluate", dossier(tmp_path, *units), "--format", "json")
    assert (ran.code, ran.err) == (0, CHOSEN)


# validate


def test_validate_finds_nothing_in_a_sound_dossier(antq: Antq) -> None:
    ran = antq("validate", COMMUNE)
    assert (ran.code, ran.out, ran.err) == (0, "", f"{CHOSEN}23 đơn vị, không có lỗi\n")


def test_validate_lists_every_fault_by_its_place(antq: Antq) -> None:
    files = ["wrong-type-string-for-count", "unknown-field-misspelt", "duplicate-key-record", "open-bracket", "empty"]
    paths = [(FIXTURES / "invalid/dossiers" / f"{name}.yaml").as_posix() for name in files]
    ran = antq("validate", *paths, "--period", "2025", "--lang", "en")
    lines = [line for line in ran.out.splitlines() if "the id '" not in line]
    assert ran.code == 2
    assert [line.partition(".yaml")[0] + ".yaml" for line in lines] == sorted(paths)
    assert all(re.search(r"\.yaml:\d+:\d+: .+; .+", line) for line in lines if "empty.yaml" not in line)
    assert lines[-2].endswith("'housholds_registered' is not a field of kdc; did you mean 'households_registered'?")


def test_validate_does_not_mind_what_a_dossier_says(antq: Antq, tmp_path: Path) -> None:
    assert antq("validate", dossier(tmp_path, {"id": "kdc-01", "kind": "kdc"})).code == 0


def test_validate_finds_ids_that_stand_in_two_files(antq: Antq, tmp_path: Path) -> None:
    unit = {"id": "kdc-01", "kind": "kdc"}
    ran = antq("validate", dossier(tmp_path, unit), dossier(tmp_path, unit, name="b.json"))
    assert ran.code == 2
    assert [line.partition(".json")[0][-1] for line in ran.out.splitlines()] == ["a", "b"]


def test_validate_finds_years_that_differ(antq: Antq, tmp_path: Path) -> None:
    ran = antq("validate", dossier(tmp_path), dossier(tmp_path, name="b.json", period=2024))
    assert ran.code == 2
    assert "2024" in ran.out


# explain


def test_explain_prints_the_tree(antq: Antq, golden: Callable[[str, str], None]) -> None:
    ran = antq("explain", COMMUNE, "--unit", "kdc-07")
    assert (ran.code, ran.err) == (1, CHOSEN)
    golden("kdc-07.vi.txt", ran.out)


@pytest.mark.parametrize(("unit", "code"), [("kdc-01", 0), ("coquan-03", 0), ("kdc-03", 1), ("dn-03", 1)])
def test_explain_ends_as_its_unit_does(unit: str, code: int, antq: Antq) -> None:
    assert antq("explain", COMMUNE, "--unit", unit).code == code


def test_explain_tells_what_other_readings_would_change(antq: Antq) -> None:
    changed = antq("explain", COMMUNE, "--unit", "kdc-08", "--lang", "en").out
    assert "with “Fewer than last year; none at all always passes” the verdict would be: fail" in changed
    same = antq("explain", COMMUNE, "--unit", "kdc-03", "--lang", "en").out
    assert "no other choice would change the verdict" in same


def test_explain_of_a_commune_shows_the_units_below(antq: Antq) -> None:
    out = antq("explain", COMMUNE, "--unit", "xa-yen-khe-thuong").out
    assert "dẫn chiếu từ điểm d khoản 4 Điều 4" in out
    assert "kdc-03 Thôn Cầu Mây: chưa đạt" in out


@pytest.mark.parametrize(
    ("source", "unit", "part"),
    [
        (COMMUNE, "kdc-99", "'kdc-99' in the input; did you mean 'kdc-09'?"),
        (COMMUNE, "zzz", "known: coquan-01"),
        (COMMUNE, "tinh-lam-giang", "has no verdict; it only gathers other units"),
        (BAD, "kdc-bad", "a whole number is needed here, not '201'"),
    ],
)
def test_explain_says_why_there_is_no_verdict(source: str, unit: str, part: str, antq: Antq) -> None:
    ran = antq("explain", source, "--unit", unit, "--lang", "en")
    assert (ran.code, ran.out) == (2, "")
    assert part in ran.err


# rulesets


def test_rulesets_are_listed(antq: Antq) -> None:
    for words in (["rulesets", "--lang", "en"], ["--lang", "en", "rulesets"]):
        ran = antq(*words)
        assert ran.code == 0
        assert re.search(r"tt-124-2021 +1\.0\.0 +official +124/2021/TT-BCA +from 2022-02-10", ran.out), ran.out


def test_a_ruleset_is_shown(antq: Antq) -> None:
    ran = antq("rulesets", "show", "tt-124-2021")
    assert ran.code == 0
    for part in (
        "tt124.kdc.1.c (khoản 1 Điều 4): 100 % hộ đang cư trú",
        "yoy_mode (A1)",
        "(mặc định)",
        "recognised_share",
        "7/10",
        "Điều khoản chưa đưa vào",
    ):
        assert part in ran.out


def test_one_criterion_is_shown(antq: Antq) -> None:
    out = antq("rulesets", "show", "tt-124-2021", "--criterion", "tt124.kdc.1.c").out
    assert "tt124.kdc.1.c" in out
    assert "tt124.kdc.1.b" not in out
    plan = antq("rulesets", "show", "tt-124-2021", "--criterion", "tt124.kdc.1.c", "--plan", "--lang", "en").out
    assert "FieldValue households_registered" in plan
    assert "party_resolution_date" not in plan


def test_a_criterion_that_is_not_there_is_named(antq: Antq) -> None:
    ran = antq("rulesets", "show", "tt-124-2021", "--criterion", "tt124.kdc.1.x", "--lang", "en")
    assert ran.code == 2
    assert "did you mean 'tt124.kdc.1." in ran.err


def test_the_plan_is_that_of_the_year(antq: Antq) -> None:
    plans = [antq("rulesets", "show", "tt-124-2021", "--plan", "--period", year).out for year in ("2024", "2025")]
    assert "2023-11-01" in plans[0]
    assert "2024-11-01" in plans[1]


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: str(folder.name))
def test_every_ruleset_is_shown(folder: Path, antq: Antq) -> None:
    for words in ([], ["--plan"]):
        ran = antq("rulesets", "show", str(folder), *words)
        assert (ran.code, ran.err) == (0, "")
        assert len(ran.out.splitlines()) > 10


# schema


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_sound(name: str, antq: Antq) -> None:
    ran = antq("schema", name)
    assert ran.code == 0
    schema = json.loads(ran.out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


def test_the_schema_of_dossiers_is_the_first(antq: Antq) -> None:
    assert antq("schema").out == antq("schema", "dossier").out
    fields = json.loads(antq("schema", "dossier", "--ruleset", "tt-124-2021").out)["$defs"]["kdc"]["properties"]
    assert fields["households_resident"]["title"] == "Số hộ đang cư trú"


FILES = {
    "ruleset": "ruleset.yaml",
    "evidence": "evidence.yaml",
    "standard": "standards/*.yaml",
    "cases": "cases/*.yaml",
    "overlay": "overlay.yaml",
}


@pytest.mark.parametrize("name", FILES)
def test_every_document_of_every_ruleset_fits_its_schema(name: str, antq: Antq) -> None:
    from antq_rules.located import parse_yaml

    validator = Draft202012Validator(json.loads(antq("schema", name).out))
    folders = [*(ROOT / "rulesets").iterdir()]
    folders += [path for part in ("rulesets", "overlays") for path in (ROOT / "plugins").glob(f"*/src/*/{part}/*")]
    files = sorted(file for folder in folders for file in folder.glob(FILES[name]))
    assert files
    for file in files:
        data = parse_yaml(file.read_text(encoding="utf-8"), str(file)).data
        plain = json.loads(json.dumps(data, default=float))
        assert not [error.message for error in validator.iter_errors(plain)], file


def test_a_schema_refuses_what_the_language_refuses(antq: Antq) -> None:
    validator = Draft202012Validator(json.loads(antq("schema", "standard").out))
    text = (ROOT / "rulesets/tt-124-2021/standards/kdc.yaml").read_text(encoding="utf-8")
    sound = json.loads(json.dumps(yaml.safe_load(text), default=str))
    assert validator.is_valid(sound)
    for key, value in (
        ("require", {"atleast": [1, 2]}),
        ("require", {"at_least": [1]}),
        ("citation", None),
        ("extra", 1),
    ):
        broken = json.loads(json.dumps(sound))
        broken["criteria"][0][key] = value
        assert not validator.is_valid(broken), key


def test_a_result_fits_the_schema_that_is_printed(antq: Antq) -> None:
    schema = json.loads(antq("schema", "result").out)
    Draft202012Validator(schema).validate(json.loads(antq("evaluate", COMMUNE, "--format", "json").out))


# The rest


def test_the_version_is_told(antq: Antq) -> None:
    for words in (["--version"], ["--version", "--lang", "en"], ["--lang", "vi", "--version"]):
        assert antq(*words) == Ran(0, f"antq {__version__}\n", "")


def test_the_version_is_told_at_once() -> None:
    code = "import sys; from antq_rules.cli import main; main(['--version']); print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert not {"typer", "click", "pydantic", "rich", "yaml", "antq_rules.engine"} & set(ran.stdout.split())


def test_help_comes_in_both_languages(antq: Antq) -> None:
    commands: list[list[str]] = [
        [],
        ["evaluate"],
        ["validate"],
        ["explain"],
        ["rulesets"],
        ["rulesets", "show"],
        ["plugins"],
        ["test"],
        ["schema"],
    ]
    for command in commands:
        vietnamese, english = antq(*command, "--help"), antq(*command, "--help", "--lang", "en")
        assert vietnamese.code == 0
        assert vietnamese.out != english.out or command == []
    assert "Xét các đơn vị" in antq("--help").out
    assert antq() == antq("--help")
    assert "Judge the units" in antq("--lang", "en", "--help").out


def test_the_package_runs_as_a_module() -> None:
    running = process("--version")
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out.decode().strip(), err) == (0, f"antq {__version__}", b"")
