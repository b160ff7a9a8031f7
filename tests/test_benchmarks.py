"""The benchmarks compare right answers on the data that they say; how long anything takes is asked nowhere."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest

from antq_rules import Engine, load_dossier
from benchmarks import area_peers, areas, generate, peers
from benchmarks.peers import Peer
from benchmarks.plot import Line, Panel, svg
from benchmarks.tables import Table
from benchmarks.targets import Target
from benchmarks.timing import Contender, Timing, alternate
from benchmarks.watch import cost_of
from tests import oracle

ROOT = Path(__file__).parent.parent

# The Host of durable-rules leaves threads behind that reach into the library: it runs in a process of its own, below.
FLAT = [one for one in (*peers.RULE_ENGINES, *peers.OTHERS) if one.distribution != "durable-rules"]
AREA = [one for one in (*area_peers.RULE_ENGINES, *area_peers.OTHERS) if one.distribution != "durable-rules"]


def judge_of(peer: Peer) -> peers.Judge:
    try:
        return peer.make()
    except ImportError as error:
        pytest.skip(f"an extra library: {error}")


@pytest.mark.parametrize("peer", FLAT, ids=lambda peer: str(peer.name))
def test_peers_answer_the_flat_criteria_rightly(peer: Peer) -> None:
    units = peers.units(40)
    found = [(outcome, list(failed), list(missing)) for outcome, failed, missing in judge_of(peer)(units)]
    assert found == [peers.ref(unit) for unit in units]


@pytest.mark.parametrize("peer", AREA, ids=lambda peer: str(peer.name))
def test_peers_answer_the_criteria_of_areas_rightly(peer: Peer) -> None:
    units = areas.units(min(150, peer.sample // 4))
    found = [(str(outcome), list(outcomes)) for outcome, outcomes in judge_of(peer)(units)]
    assert found == [areas.ref(unit) for unit in units]


def test_reference_for_areas_agrees_with_the_oracle_and_meets_every_outcome() -> None:
    units = areas.units(2000)
    verdicts = oracle.judge({"units": units}, period=areas.PERIOD).verdicts
    found = {unit["id"]: areas.ref(unit) for unit in units}
    assert {id: (outcome, list(findings.values())) for id, (outcome, findings) in verdicts.items()} == found
    assert all(tuple(findings) == areas.CRITERIA for _, findings in verdicts.values())
    for place, criterion in enumerate(areas.CRITERIA):
        met = {outcomes[place] for _, outcomes in found.values()}
        assert met >= {"pass", "fail", "undetermined"}, criterion


# The country


def country(units: int, seed: int = 5) -> dict[str, pl.DataFrame]:
    pieces: dict[str, list[pl.DataFrame]] = {}
    for name, table in generate.tables(units, seed):
        pieces.setdefault(name, []).append(table)
    return {name: pl.concat(tables) for name, tables in pieces.items()}


def test_same_seed_gives_the_same_values_and_another_seed_others() -> None:
    first, second, other = country(400), country(400), country(400, seed=6)
    assert all(first[name].equals(second[name]) for name in first)
    assert not first["kdc"].equals(other["kdc"])


def test_pieces_make_one_country(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "PIECE", 70)
    made = country(3000)
    assert {kind: made[kind].height for kind in generate.KINDS} == generate.counts(3000)
    assert sum(generate.counts(3000).values()) == 3000
    known = pl.concat([made[kind]["id"] for kind in generate.KINDS])
    assert known.n_unique() >= 0.99 * len(known)
    assert not made["kdc"]["id"].is_sorted()
    for name in ("incidents", "crimes", "accidents", "movement_models"):
        assert made[name]["unit"].is_in(known.implode()).all(), name
    for kind, above in generate.PARENTS.items():
        assert made[kind]["parent"].is_in(made[above]["id"].implode()).sum() > 0.9 * made[kind].height


def test_country_is_read_and_has_every_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "ODD", 0.04)
    rows = generate.generate(tmp_path / "country", 1500)
    assert rows["kdc"] == generate.counts(1500)["kdc"]
    result = Engine("tt-124-2021", engine="columnar").assess(load_dossier(tmp_path / "country", period=2025))
    for kind in ("kdc", "coquan", "dn", "csgd"):
        met = {str(verdict.outcome) for verdict in result.verdicts if verdict.kind == kind}
        assert met >= {"pass", "fail", "undetermined"}, kind
    faults = {fault.code for one in result.rejected for fault in one.faults}
    assert faults == {
        "out_of_range", "broken_constraint", "bad_date", "unknown_choice", "duplicate_id", "rows_contradict",
        "rows_missing",
    }  # fmt: skip
    judged = sum(rows[kind] for kind in ("kdc", "xa", "coquan", "dn", "csgd"))
    assert len(result.verdicts) + len(result.rejected) == judged


# The tools


def test_contenders_take_turns_after_a_first_run_that_does_not_count() -> None:
    turns: list[str] = []
    found = alternate([Contender(name, 5, partial(turns.append, name)) for name in "ab"], 2)
    assert turns == ["a", "b", "a", "b", "a", "b"]
    assert [len(one.wall) for one in found.values()] == [2, 2]


def test_ratios_are_medians_of_the_ratios_of_rounds() -> None:
    ours, other = Timing("a", 10, [1.0, 2.0, 4.0], [1.0, 1.0, 1.0]), Timing("b", 20, [4.0, 4.0, 4.0], [4.0, 8.0, 6.0])
    assert (ours.rate, other.cpu_rate) == (5.0, 20 / 6)
    assert (ours.times(other), ours.cpu_times(other)) == (1.0, 3.0)


@pytest.mark.parametrize(
    ("target", "row"),
    [
        (Target("t", 3, 4.0), ("t", "at least 3x", "4x", "reached")),
        (Target("t", 3, 2.0), ("t", "at least 3x", "2x", "missed by a factor of 1.50")),
        (Target("t", 3, None), ("t", "at least 3x", "", "not measured")),
        (Target("t", 2, 3.0, at_most=True), ("t", "at most 2x", "3x", "missed by a factor of 1.50")),
    ],
)
def test_targets_say_by_how_much_they_are_missed(target: Target, row: tuple[str, ...]) -> None:
    assert target.row() == row


def test_table_is_markdown_whatever_its_cells_hold() -> None:
    table = Table(("a", "b"), (("x|y", "1\n2"),))
    assert table.markdown() == "| a | b |\n| --- | ---: |\n| x\\|y | 1 2 |\n"


def test_memory_and_time_of_a_command_and_of_what_it_starts_are_counted(tmp_path: Path) -> None:
    child = "kept = bytearray(60_000_000); import time; time.sleep(0.3)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    found = cost_of([sys.executable, "-c", parent], tmp_path)
    assert found.code == 0
    assert found.peak > 60_000_000
    assert found.wall > 0.3 > found.cpu * 0.1


def test_plot_is_sound_and_the_same_every_time() -> None:
    panels = [Panel("Time & cost", (1e4, 1e5, 1e6), [Line("a<b", (1, 12, 130))], lambda value: f"{value:,g} s")]
    drawn = svg(panels)
    assert drawn == svg(panels)
    root = ElementTree.fromstring(drawn)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Time & cost", "a<b", "10,000", "1,000,000", "1 s", "1,000 s"} <= set(texts)


RUN = """
import sys
from pathlib import Path
from benchmarks.results import Scale, run
target, scratch = Path(sys.argv[1]), Path(sys.argv[2])
run(target, scratch, Scale(rounds=1, single=60, batch=3000, sizes=(200, 400), growth_rounds=1))
"""


def test_small_run_writes_the_results(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    arguments = [sys.executable, "-c", RUN, str(target), str(tmp_path / "scratch")]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    results = (target / "RESULTS.md").read_text(encoding="utf-8")
    answers = re.findall(r"\| (\d+) of [\d,]+ \|", results)
    assert len(answers) > 8
    assert set(answers) == {"0"}
    for peer in (*peers.RULE_ENGINES, *area_peers.RULE_ENGINES):
        assert peer.name in results
    assert str(tmp_path) not in results
    assert "antq evaluate, one small dossier" in results
    ElementTree.parse(target / "growth.svg")
    for name in re.findall(r"\(profiles/(\w+)\.txt\)", results):
        assert (target / "profiles" / f"{name}.txt").read_text(encoding="utf-8").strip()
