"""Batches that survive: whatever ends a run, its target is what it was before or complete, and its work is not lost."""

import hashlib
import json
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from antq_rules import AntqError
from antq_rules.assessment.tables import opening
from antq_rules.cli import main
from antq_rules.cli.pieces import Piece, Pieces
from tests.random_dossiers import random_dossier
from tests.table_files import sayable, write_tables

ROOT = Path(__file__).parent.parent
unix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals and rights of Unix")

# The journal, with pieces that hold nothing of importance.

KEY = {"input": {"kdc.parquet": "00ff"}, "period": 2025, "options": {"format": "csv"}}
ORDER = (2, 0, 3, 1)
"""Pieces are joined by number, whatever the order in which they are made."""


def content(number: int, period: int = 2025) -> bytes:
    return f"phần {number} của {period}\n".encode() * 50


def states(number: int) -> bytes:
    return f"states {number}\n".encode() * 20


WHOLE = b"".join(content(number) for number in sorted(ORDER))
BEFORE = b"last week's result\n"


def slowly(data: bytes, step: Callable[[], None]) -> Callable[[Path], None]:
    """Writes in two halves, between which something may happen."""

    def write(path: Path) -> None:
        with path.open("xb") as stream:
            stream.write(data[: len(data) // 2])
            stream.flush()
            step()
            stream.write(data[len(data) // 2 :])

    return write


@dataclass
class Toy:
    """A batch of four pieces."""

    target: Path
    key: dict[str, Any] = field(default_factory=lambda: dict(KEY))
    step: Callable[[], None] = lambda: None
    made: list[int] = field(default_factory=list)
    """The pieces that were made by the run, wholly."""

    @property
    def folder(self) -> Path:
        return self.target.with_name(f".{self.target.name}.antq-batch")

    def run(self, *, resume: bool = True, until: int = len(ORDER), join: bool = True) -> Pieces:
        """Make the pieces that are lacking, the first ``until`` of them."""
        self.made.clear()
        with Pieces(str(self.target), self.key, resume=resume, suffix=".txt", note="Chưa xong\n") as pieces:
            for number in ORDER[:until]:
                piece = pieces.done(number)
                if piece is None:
                    piece = pieces.write(
                        number,
                        slowly(content(number, self.key["period"]), self.step),
                        units=10 + number,
                        more={"exit": number},
                        states=slowly(states(number), self.step) if number % 2 == 0 else None,
                    )
                    self.made.append(number)
                self.check(piece, number)
            if join and until == len(ORDER):
                pieces.finish(self.joined)
        return pieces

    def check(self, piece: Piece, number: int) -> None:
        """Made by this run or by another, a piece is the same."""
        assert (piece.number, piece.units, piece.more) == (number, 10 + number, {"exit": number})
        assert piece.path.read_bytes() == content(number, self.key["period"])
        assert (None if piece.states is None else piece.states.read_bytes()) == (
            states(number) if number % 2 == 0 else None
        )

    def joined(self, paths: list[Path], place: Path) -> None:
        slowly(b"".join(path.read_bytes() for path in paths), self.step)(place)

    def records(self) -> list[dict[str, Any]]:
        """The records in the folder."""
        return [json.loads(path.read_text()) for path in sorted(self.folder.glob("record-*.json"))]

    def left(self) -> set[str]:
        """What lies beside the target."""
        return {path.name for path in self.target.parent.iterdir()} - {self.target.name}


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    # A disk takes its time.
    monkeypatch.setattr(os, "fsync", lambda _: None)
    return Toy(tmp_path / "kết quả.csv")


def test_an_undisturbed_run_leaves_nothing_but_the_result(toy: Toy) -> None:
    toy.run()
    assert toy.target.read_bytes() == WHOLE
    assert toy.made == list(ORDER)
    assert toy.left() == set()


def test_the_target_keeps_its_bytes_until_the_end_and_its_rights(toy: Toy) -> None:
    toy.target.write_bytes(BEFORE)
    toy.target.chmod(0o640)
    toy.run(until=3)
    assert toy.target.read_bytes() == BEFORE
    toy.run()
    assert toy.target.read_bytes() == WHOLE
    assert stat.S_IMODE(toy.target.stat().st_mode) == 0o640 or sys.platform == "win32"


def test_a_resumed_run_makes_only_what_is_lacking(toy: Toy) -> None:
    assert toy.run(until=2).units == 12 + 10
    resumed = toy.run()
    assert resumed.earlier.units == 12 + 10
    assert resumed.earlier.changed == ()
    assert toy.made == [3, 1]
    assert toy.target.read_bytes() == WHOLE
    assert toy.left() == set()


def test_a_run_whose_pieces_are_all_there_only_joins_them(toy: Toy) -> None:
    toy.run(join=False)
    toy.run()
    assert toy.made == []
    assert toy.target.read_bytes() == WHOLE


def test_without_resume_all_starts_anew(toy: Toy) -> None:
    toy.run(until=2)
    assert toy.run(resume=False).earlier.units == 22
    assert toy.made == list(ORDER)


def test_with_nothing_to_go_on_from_the_batch_simply_runs(toy: Toy) -> None:
    toy.run()
    toy.run()
    assert toy.made == list(ORDER)
    assert toy.target.read_bytes() == WHOLE


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"input": {"kdc.parquet": "00fe"}}, ("input",)),
        ({"input": {"kdc.parquet": "00ff", "xa.parquet": "11"}}, ("input",)),
        ({"period": 2024, "options": {"format": "jsonl"}}, ("options", "period")),
        ({"province": "quang-binh"}, ("province",)),
        ({"schema": "antq.batch/2"}, ("schema",)),
    ],
)
def test_what_another_input_or_option_made_is_thrown_away(toy: Toy, change: dict[str, Any], named: tuple[str]) -> None:
    toy.run(until=3)
    other = Toy(toy.target, {**KEY, **change})
    assert other.run(until=1).earlier.changed == named
    assert other.made == [2]
    assert [record["number"] for record in other.records()] == [2]
    assert not (toy.folder / "piece-000000.txt").exists()
    toy.run()
    assert toy.made == list(ORDER)
    assert toy.target.read_bytes() == WHOLE
    assert toy.left() == set()


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


DAMAGES = (flipped, cut, emptied, Path.unlink)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["piece-000002.txt", "states-000002", "record-000002.json"])
def test_a_damaged_piece_is_made_again(toy: Toy, name: str, damage: Callable[[Path], None]) -> None:
    toy.run(until=3)
    damage(toy.folder / name)
    resumed = toy.run()
    assert toy.made == [2, 1]
    assert resumed.damaged == ([] if name.startswith("record") else [2])
    assert toy.target.read_bytes() == WHOLE


@pytest.mark.parametrize("damage", DAMAGES)
def test_without_its_key_no_piece_counts(toy: Toy, damage: Callable[[Path], None]) -> None:
    toy.run(until=3)
    damage(toy.folder / "batch.json")
    toy.run()
    assert toy.made == list(ORDER)
    assert toy.target.read_bytes() == WHOLE


@pytest.mark.parametrize("text", ["[]", "1", '{"check": ""}', '{"key": null}', "\ud800"])
@pytest.mark.parametrize("name", ["batch.json", "record-000002.json"])
def test_records_that_say_nothing_are_none(toy: Toy, name: str, text: str) -> None:
    toy.run(until=1)
    (toy.folder / name).write_text(text, encoding="utf-8", errors="surrogatepass")
    toy.run()
    assert toy.made == list(ORDER)


def test_a_record_is_that_of_its_own_piece(toy: Toy) -> None:
    toy.run(until=2)
    (toy.folder / "record-000002.json").replace(toy.folder / "record-000003.json")
    (toy.folder / "piece-000002.txt").replace(toy.folder / "piece-000003.txt")
    toy.run()
    assert toy.made == [2, 3, 1]
    assert toy.target.read_bytes() == WHOLE


def test_what_lies_in_the_folder_says_what_it_is(toy: Toy) -> None:
    toy.run(until=1)
    assert (toy.folder / "README.txt").read_text(encoding="utf-8") == "Chưa xong\n"
    assert json.loads((toy.folder / "batch.json").read_text())["key"] == {"schema": "antq.batch/1", **KEY}


def test_files_of_others_in_the_folder_stay(toy: Toy) -> None:
    toy.run(until=2)
    (toy.folder / "ghi chú.txt").write_text("của tôi")
    toy.run(resume=False)
    assert toy.target.read_bytes() == WHOLE
    assert [path.name for path in toy.folder.iterdir()] == ["ghi chú.txt"]


def test_keys_of_what_is_remembered_come_back_as_they_were_written(toy: Toy) -> None:
    with Pieces(str(toy.target), KEY) as pieces:
        made = pieces.write(0, Path.touch, units=1, more={"10": 1, "9": [None, "đ"]})
    with Pieces(str(toy.target), KEY, resume=True) as pieces:
        found = pieces.done(0)
    assert found == made


def test_one_run_at_a_time(toy: Toy) -> None:
    with Pieces(str(toy.target), KEY) as pieces:
        pieces.write(0, slowly(content(0), toy.step), units=1)
        for resume in (False, True):
            with pytest.raises(AntqError) as caught:
                Toy(toy.target).run(resume=resume)
            assert [fault.code for fault in caught.value.faults] == ["output_in_use"]
        assert pieces.done(0)
    toy.run(resume=False)
    assert toy.target.read_bytes() == WHOLE


@unix_only
def test_a_lock_that_was_deleted_just_now_is_none(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open
    opened: list[Path] = []

    def slow(path: Path, *options: Any, **others: Any) -> int:
        descriptor = real(path, *options, **others)
        if Path(path).name == "lock" and not opened:
            # The run that held it has come to its end.
            opened.append(path)
            Path(path).unlink()
            Path(path).parent.rmdir()
        return descriptor

    monkeypatch.setattr(os, "open", slow)
    with Pieces(str(toy.target), KEY):
        assert opened
        with pytest.raises(AntqError):
            toy.run()


def test_a_run_that_fails_before_its_first_piece_leaves_nothing(toy: Toy) -> None:
    def broken(_: Path) -> None:
        raise MemoryError

    with Pieces(str(toy.target), KEY) as pieces, pytest.raises(MemoryError):
        pieces.write(0, broken, units=1)
    assert toy.left() == set()


def test_a_run_that_fails_later_keeps_what_it_has(toy: Toy) -> None:
    def broken(_: list[Path], place: Path) -> None:
        place.write_bytes(b"x")
        raise MemoryError

    toy.run(until=1)
    with Pieces(str(toy.target), KEY, resume=True) as pieces, pytest.raises(MemoryError):
        pieces.finish(broken)
    assert not toy.target.exists()
    assert not list(toy.folder.glob("new-*"))
    toy.run()
    assert toy.made == [0, 3, 1]
    assert toy.target.read_bytes() == WHOLE


@unix_only
def test_a_full_disk_is_a_fault_and_keeps_the_pieces(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    toy.run(until=2)

    def full(path: Path) -> None:
        path.write_bytes(b"x")
        raise OSError(28, os.strerror(28))

    with Pieces(str(toy.target), KEY, resume=True, suffix=".txt") as pieces, pytest.raises(AntqError) as caught:
        pieces.write(3, full, units=1)
    assert [fault.values["why"] for fault in caught.value.faults] == [os.strerror(28)]
    toy.run()
    assert toy.made == [3, 1]
    assert toy.target.read_bytes() == WHOLE


@pytest.fixture
def limit_size() -> Iterator[Callable[[int], None]]:
    """A function that lets the system refuse to write files beyond a size."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@unix_only
def test_a_full_disk_that_a_library_does_not_name_is_one(toy: Toy, limit_size: Callable[[int], None]) -> None:
    def confused(path: Path) -> None:
        limit_size(1 << 15)
        raise RuntimeError("out of specification")

    with Pieces(str(toy.target), KEY) as pieces, pytest.raises(AntqError) as caught:
        pieces.write(0, confused, units=1)
    assert [fault.values["why"] for fault in caught.value.faults] == [os.strerror(27)]


def test_a_target_that_cannot_be_one_is_said_to_be(tmp_path: Path) -> None:
    for target in (tmp_path, tmp_path / "no" / "such.csv", Path(os.devnull)):
        with pytest.raises(AntqError) as caught, Pieces(str(target), KEY):
            pass
        assert [fault.code for fault in caught.value.faults] == ["unwritable"]
    assert list(tmp_path.iterdir()) == []


@unix_only
def test_a_link_stays_a_link(toy: Toy) -> None:
    link = toy.target.with_name("link.csv")
    link.symlink_to(toy.target)
    Toy(link).run()
    assert link.is_symlink()
    assert toy.target.read_bytes() == WHOLE


# Runs that die at every step, on a disk that forgets what was not synchronised.


class KilledError(BaseException):
    """The process is no more."""


class MortalDisk:
    """The system's calls, which end with the process at a chosen step; a loss of power then takes what was not synced.

    Args:
        monkeypatch: Puts them in the place of the system's own.
        chance: Decides which of the changes of names that were not synced are lost; None loses nothing.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, chance: random.Random | None) -> None:
        self.chance = chance
        self.left = -1
        self.steps = 0
        self.synced: set[int] = set()
        self.pending: list[tuple[Path, bytes | None, Path | None]] = []
        self.real: dict[str, Callable[..., Any]] = {}
        for name in ("fsync", "replace", "unlink", "mkdir", "rmdir"):
            self.real[name] = getattr(os, name)
            monkeypatch.setattr(os, name, getattr(self, name))

    def step(self) -> None:
        """Die here, or have died already."""
        self.steps += 1
        if self.left == 0:
            raise KilledError
        self.left -= 1

    def fsync(self, descriptor: int) -> None:
        self.step()
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            self.pending = [
                change for change in self.pending if not os.path.samestat(os.stat(change[0].parent), status)
            ]
        else:
            self.synced.add(status.st_ino)

    def replace(self, source: str | Path, place: str | Path) -> None:
        self.step()
        self.pending.append((Path(place), self.forget(Path(place)), Path(source)))
        self.real["replace"](source, place)

    def unlink(self, place: str | Path, **options: Any) -> None:
        self.step()
        if Path(place).is_file():
            self.pending.append((Path(place), self.forget(Path(place)), None))
        self.real["unlink"](place, **options)

    def mkdir(self, place: str | Path, *options: Any, **others: Any) -> None:
        self.step()
        self.real["mkdir"](place, *options, **others)
        self.pending.append((Path(place), None, None))

    def rmdir(self, place: str | Path, **options: Any) -> None:
        self.step()
        self.real["rmdir"](place, **options)
        self.pending = [change for change in self.pending if change[0].parent != Path(place)]

    def forget(self, place: Path) -> bytes | None:
        """What a file holds whose name is about to be another's."""
        if not place.exists():
            return None
        self.synced.discard(place.stat().st_ino)
        return place.read_bytes()

    def lose_power(self, folder: Path) -> None:
        """Take what was not synced: some of the names that were given or deleted, and half of what was written."""
        if self.chance is None:
            return
        for file in folder.rglob("*"):
            if file.is_file() and file.stat().st_ino not in self.synced:
                os.truncate(file, file.stat().st_size // 2)
        for place, before, source in reversed(self.pending):
            if not place.parent.exists() or self.chance.random() < 0.5:
                continue
            if source is not None and place.exists():
                self.real["replace"](place, source)
            if before is not None:
                place.write_bytes(before)
                self.synced.add(place.stat().st_ino)
            if place.is_dir():
                self.real["replace"](place, place.with_name("lost"))
        self.pending.clear()

    def all_synced(self, folder: Path) -> None:
        """Let everything that lies there be on the disk."""
        self.synced |= {file.stat().st_ino for file in folder.rglob("*") if file.is_file()}
        self.pending.clear()

    def survives(self, toy: Toy, left: int, **options: Any) -> bool:
        """Whether a run comes to its end before the step at which it is to die."""
        self.left, self.steps = left, 0
        try:
            toy.run(**options)
        except KilledError:
            self.left = -1
            self.lose_power(toy.target.parent)
            return False
        finally:
            self.left = -1
        return True


def nothing(_: Toy) -> None:
    """Nothing was there."""


def a_result(toy: Toy) -> None:
    """There was an older result."""
    toy.target.write_bytes(BEFORE)


def other_pieces(toy: Toy) -> None:
    """There were the pieces of a run over other input."""
    Toy(toy.target, {**KEY, "period": 2024}).run(join=False)


@pytest.mark.parametrize("seed", [None, 0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 20))])
@pytest.mark.parametrize("before", [nothing, a_result, other_pieces])
def test_a_run_may_die_at_every_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: Callable[[Toy], None], seed: int | None
) -> None:
    disk = MortalDisk(monkeypatch, None if seed is None else random.Random(seed))
    died = 0
    while True:
        toy = Toy(tmp_path / str(died) / "a.csv", step=disk.step)
        toy.target.parent.mkdir()
        before(toy)
        disk.all_synced(toy.target.parent)
        others = {record["batch"] for record in toy.records()}
        old = toy.target.read_bytes() if toy.target.exists() else None
        if disk.survives(toy, died):
            break
        died += 1
        complete = set(toy.made)
        result = toy.target.read_bytes() if toy.target.exists() else None
        assert result in (old, WHOLE)
        for record in () if result == WHOLE else toy.records():
            if record["batch"] not in others:
                piece = toy.folder / f"piece-{record['number']:06}.txt"
                assert record["sha256"] == hashlib.sha256(piece.read_bytes()).hexdigest()
        toy.run()
        assert toy.target.read_bytes() == WHOLE
        assert result == WHOLE or not complete & set(toy.made), "what was complete is not made again"
        assert toy.left() <= {"lost"}
    assert died > 60
    assert toy.target.read_bytes() == WHOLE


@pytest.mark.parametrize("seed", [*range(6), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(6, 100))])
def test_resumed_runs_may_die_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    chance = random.Random(seed)
    disk = MortalDisk(monkeypatch, chance)
    toy = Toy(tmp_path / "a.csv", step=disk.step)
    other = Toy(tmp_path / "a.csv", {**KEY, "period": 2024}, step=disk.step)
    for _ in range(chance.randrange(1, 5)):
        # Pieces of other input that a loss of power brings back are never taken for those of this one.
        disk.survives(chance.choice((toy, other)), chance.randrange(60), join=False)
    for _ in range(200):
        if disk.survives(toy, chance.randrange(5, 40)):
            break
        assert not toy.target.exists() or toy.target.read_bytes() == WHOLE
    assert toy.target.read_bytes() == WHOLE


PROCESS = textwrap.dedent("""
    import sys, time
    from pathlib import Path
    from antq_rules.cli.pieces import Pieces

    def write(path, number):
        with path.open("wb") as stream:
            for _ in range(20):
                stream.write(b"%d" % number * 5000)
                stream.flush()
                time.sleep(0.0005)

    def join(paths, place):
        with place.open("wb") as stream:
            for path in paths:
                stream.write(path.read_bytes())
                print("joined", flush=True)

    with Pieces(sys.argv[1], {}, resume=True) as pieces:
        for number in range(12):
            if pieces.done(number) is None:
                pieces.write(number, lambda path: write(path, number), units=1)
            print(number, flush=True)
        pieces.finish(join)
    print("end", flush=True)
""")


@unix_only
def test_a_process_may_be_killed_and_gone_on_with(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    whole = b"".join(b"%d" % number * 5000 * 20 for number in range(12))
    chance = random.Random(7)
    kills = 0
    while not target.exists():
        assert kills < 50
        command = [sys.executable, "-c", PROCESS, str(target)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            lines = chance.randrange(1, 5) + 2 * kills
            for _ in range(lines):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
        kills += 1
    assert kills > 2
    assert target.read_bytes() == whole
    with Pieces(str(target), {}) as pieces:
        assert pieces.done(0) is None or pieces.earlier.units == 12


# ``antq evaluate`` over tables.

UNITS, PIECE = 90, 20
"""Units of the small batch, and of a piece of it."""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tables."""
    folder = tmp_path_factory.mktemp("tables")
    write_tables(random_dossier(37, UNITS), folder, "parquet")
    return folder


@dataclass
class Ran:
    """How a command ended."""

    code: int
    err: list[str]


class Antq:
    """``antq evaluate`` in this process, over a copy of the tables, in small pieces."""

    def __init__(self, folder: Path, tables: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.tables = folder / "bảng"
        shutil.copytree(tables, self.tables)
        self.target = folder / "kết quả.csv"
        self.capsys = capsys

    @property
    def left(self) -> list[Path]:
        """The records of the pieces that lie beside the target."""
        return sorted(self.target.parent.glob(".*.antq-batch/record-*.json"))

    def __call__(self, *words: str, format: str = "csv", inputs: Sequence[Path | str] = ()) -> Ran:
        named = [str(one) for one in inputs or (self.tables,)]
        code = main(["evaluate", *named, "--period", "2025", "--lang", "en", "--format", format, *words])
        return Ran(code, self.capsys.readouterr().err.splitlines()[1:])

    def batch(self, *words: str, format: str = "csv") -> Ran:
        """Into the target."""
        return self("-o", str(self.target), *words, format=format)


@pytest.fixture
def antq(tmp_path: Path, tables: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Antq:
    monkeypatch.setattr(opening, "PIECE", PIECE)
    return Antq(tmp_path, tables, capsys)


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException, int], None]:
    """A function that lets the disk raise an error when so many pieces are complete, and no more afterwards."""
    real = os.replace

    def set_up(error: BaseException, complete: int) -> None:
        left = [complete]

        def replace(source: Path, place: Path) -> None:
            if Path(place).name.startswith("piece-"):
                left[0] -= 1
                if left[0] == -1:
                    raise error
            real(source, place)

        monkeypatch.setattr(os, "replace", replace)

    return set_up


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_a_batch_says_what_is_said_of_the_units_together(antq: Antq, format: str) -> None:
    assert antq.batch("--reasons", "all", format=format) == Ran(2, [])
    pieces = antq.target.read_bytes()
    assert antq.batch("--reasons", "all", "--engine", "scalar", format=format) == Ran(2, [])
    assert antq.target.read_bytes() == pieces
    assert antq.left == []


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_batch_can_be_handed_on(
    tables: Path,
    tmp_path: Path,
    format: str,
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(opening, "PIECE", PIECE)
    words = ("evaluate", str(tables), "--period", "2025", "--format", format)
    assert main([*words, "-o", str(tmp_path / "a")]) == 2
    capfdbinary.readouterr()
    assert main(words) == 2
    assert capfdbinary.readouterr().out == (tmp_path / "a").read_bytes()


def test_a_batch_without_units_is_a_result(antq: Antq) -> None:
    for file in antq.tables.iterdir():
        file.unlink()
    (antq.tables / "kdc.csv").write_text("id,name\n", encoding="utf-8")
    for format in ("csv", "jsonl", "parquet"):
        assert antq.batch(format=format).code == 0
        pieces = antq.target.read_bytes()
        antq.batch("--engine", "scalar", format=format)
        assert antq.target.read_bytes() == pieces


@pytest.mark.parametrize(
    ("error", "code"),
    [(KeyboardInterrupt(), 130), (OSError(28, os.strerror(28)), 2), (RuntimeError("our fault"), 70)],
)
def test_a_batch_that_breaks_off_says_what_is_kept_and_goes_on(
    antq: Antq, breaking: Callable[[BaseException, int], None], error: BaseException, code: int
) -> None:
    antq.batch()
    whole = antq.target.read_bytes()
    antq.target.write_bytes(BEFORE)
    breaking(error, 3)
    broken = antq.batch()
    assert broken.code == code
    assert len(antq.left) == 3
    units = sum(json.loads(path.read_text())["units"] for path in antq.left)
    assert [line for line in broken.err if line.startswith(f"{units} ")] == [
        line for line in broken.err if str(antq.left[0].parent) in line
    ]
    assert antq.target.read_bytes() == BEFORE
    resumed = antq.batch("--resume")
    assert resumed.err == [f"Going on from {units} units that an interrupted run has judged"]
    assert antq.target.read_bytes() == whole
    assert antq.left == []


def changed_cell(antq: Antq) -> tuple[str, ...]:
    file = antq.tables / "kdc.parquet"
    frame = pl.read_parquet(file)
    frame.with_columns(name=pl.lit("Thôn Khác")).write_parquet(file)
    return ()


def another_table(antq: Antq) -> tuple[str, ...]:
    (antq.tables / "huyen.csv").write_text("id\nhuyen-x\n", encoding="utf-8")
    return ()


def last_year(antq: Antq) -> tuple[str, ...]:
    return "--previous", str(antq.tables)


def other_reasons(_: Antq) -> tuple[str, ...]:
    return "--reasons", "all"


def other_rows(_: Antq) -> tuple[str, ...]:
    return "--rows", "findings"


def another_reading(_: Antq) -> tuple[str, ...]:
    return "--set", "yoy_mode=decrease"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (changed_cell, "the input"),
        (another_table, "the input"),
        (last_year, "the input"),
        (other_reasons, "the options"),
        (other_rows, "the options"),
        (another_reading, "the ruleset"),
    ],
)
def test_a_batch_of_something_else_starts_anew(
    antq: Antq, breaking: Callable[[BaseException, int], None], change: Callable[[Antq], tuple[str, ...]], named: str
) -> None:
    breaking(KeyboardInterrupt(), 2)
    antq.batch()
    words = change(antq)
    resumed = antq.batch("--resume", *words)
    assert resumed.err == [f"Since the interrupted run something has changed ({named}); all units are judged anew"]
    assert antq.target.exists()
    assert antq.left == []


def test_another_version_starts_anew(
    antq: Antq, breaking: Callable[[BaseException, int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking(KeyboardInterrupt(), 2)
    antq.batch()
    monkeypatch.setattr(opening, "PIECE", PIECE + 1)
    resumed = antq.batch("--resume")
    assert resumed.err == [
        "Since the interrupted run something has changed (the version of antq); all units are judged anew"
    ]


def test_what_was_left_is_told_of(antq: Antq, breaking: Callable[[BaseException, int], None]) -> None:
    assert antq.batch("--resume").err == ["No interrupted run has left anything to go on from; all units are judged"]
    whole = antq.target.read_bytes()
    breaking(KeyboardInterrupt(), 3)
    antq.batch()
    flipped(antq.left[1].parent / "piece-000001.csv")
    first, second = antq.batch("--resume").err
    assert first.startswith("Going on from ")
    assert second == "A piece of the interrupted run is damaged; its units are judged anew"
    assert antq.target.read_bytes() == whole
    breaking(KeyboardInterrupt(), 3)
    antq.batch()
    (told,) = antq.batch().err
    assert told.endswith("units; without --resume all are judged anew")
    assert antq.target.read_bytes() == whole


def test_a_table_that_changes_while_it_is_read_is_a_fault(antq: Antq, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.replace

    def replace(source: Path, place: Path) -> None:
        real(source, place)
        if Path(place).name == "record-000002.json":
            (antq.tables / "kdc.parquet").touch()

    monkeypatch.setattr(os, "replace", replace)
    ran = antq.batch()
    assert ran.code == 2
    assert ran.err[-1].endswith(
        "kdc.parquet: the table was changed while it was read; start again when nobody writes it"
    )
    assert not antq.target.exists()


def test_two_batches_into_one_file_are_refused(antq: Antq) -> None:
    with Pieces(str(antq.target), {}):
        ran = antq.batch()
    assert (ran.code, ran.err) == (
        2, [f"{antq.target}: another run is writing this result; wait until it has ended, or choose another output"]
    )  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        ("--format", "text", "-o", "a"),
        ("--format", "csv", "-o", "a", "--engine", "scalar"),
        ("--format", "csv", "-o", "a", "--mapping", "m.yaml"),
        ("--format", "csv"),
        ("--format", "csv", "-o", "-"),
        ("--format", "csv", "-o", os.devnull),
        ("--format", "csv", "-o", "a", "--previous", str(ROOT / "fixtures/traps/bom.yaml")),
    ],
)
def test_what_cannot_be_gone_on_with_is_refused(
    antq: Antq, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    code = main(["evaluate", str(antq.tables), "--period", "2025", "--lang", "en", "--resume", *words])
    out, err = antq.capsys.readouterr()
    assert (code, out) == (2, "")
    assert err.startswith("--resume goes on with tables of one folder")
    assert err.endswith("one of the formats csv, jsonl, parquet\n")


def test_dossiers_and_tables_of_several_folders_cannot_be_gone_on_with(antq: Antq, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (antq.tables / "xa.parquet").rename(other / "xa.parquet")
    dossier = str(ROOT / "fixtures/traps/bom.yaml")
    several: list[list[Path | str]] = [[antq.tables, other], [dossier], [antq.tables, dossier], ["-"]]
    for inputs in several:
        assert antq("--resume", "-o", str(antq.target), inputs=inputs).code == 2
        assert not antq.target.exists()


KILLED = textwrap.dedent("""
    import sys
    from antq_rules.assessment.tables import opening
    from antq_rules.cli import main

    opening.PIECE = int(sys.argv[1])
    sys.exit(main(sys.argv[2:]))
""")


@dataclass
class Killed:
    """A batch in processes of its own, which are killed when so many of its units are done."""

    tables: Path
    folder: Path
    units: int
    piece: int
    chance: random.Random

    def start(self, format: str, *words: str) -> subprocess.Popen[bytes]:
        command = [
            sys.executable, "-c", KILLED, str(self.piece), "evaluate", str(self.tables), "--period", "2025",
            "--format", format, "-o", str(self.target(format)), *words,
        ]  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1"}
        return subprocess.Popen(command, stderr=subprocess.PIPE, env=environment)

    def target(self, format: str) -> Path:
        return self.folder / f"result.{format}"

    def done(self, format: str) -> int:
        """How many units are done, as the records beside the target say."""
        found = 0
        for path in self.folder.glob(f".result.{format}.antq-batch/record-*.json"):
            with suppress(FileNotFoundError):
                found += json.loads(path.read_text())["units"]
        return found

    def whole(self, format: str, *words: str) -> bytes:
        """The bytes of an undisturbed run."""
        with self.start(format, *words) as process:
            process.communicate()
        assert process.returncode == 2, "some units are refused"
        data = self.target(format).read_bytes()
        self.target(format).unlink()
        return data

    def kill(self, share: float, format: str, *words: str) -> int | None:
        """The units done when a run was killed, at a random moment after a share of them; None where it had ended."""
        with self.start(format, *words) as process:
            while process.poll() is None and self.done(format) < share * self.units:
                time.sleep(0.02)
            time.sleep(self.chance.random() * 0.3)
            process.kill()
            process.communicate()
        assert process.returncode in (-signal.SIGKILL, 2)
        done = self.done(format)
        assert not self.target(format).exists() or process.returncode == 2 or done in (0, self.units)
        return done if process.returncode == -signal.SIGKILL else None


@unix_only
def test_a_batch_ends_at_once_when_it_is_asked_to(tables: Path, tmp_path: Path) -> None:
    batch = Killed(tables, tmp_path, UNITS, 10, random.Random(1))
    with batch.start("jsonl", "--lang", "en") as process:
        while process.poll() is None and not batch.done("jsonl"):
            time.sleep(0.002)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    kept = f"{batch.done('jsonl')} units are judged and kept in "
    assert (process.returncode, err.decode().splitlines()[-1][: len(kept)]) == (130, kept)
    assert not list(tmp_path.rglob("new-*"))


@unix_only
def test_a_killed_batch_goes_on_to_the_same_bytes(tables: Path, tmp_path: Path) -> None:
    batch = Killed(tables, tmp_path, UNITS, 10, random.Random(1))
    whole = batch.whole("jsonl")
    done = batch.kill(0.3, "jsonl")
    with batch.start("jsonl", "--resume") as process:
        _, err = process.communicate()
    if done:
        assert f" {done} " in err.decode()
    assert batch.target("jsonl").read_bytes() == whole
    assert [path.name for path in tmp_path.iterdir()] == ["result.jsonl"]


@unix_only
@pytest.mark.slow
def test_twenty_kills_change_no_byte(tmp_path: Path) -> None:
    """Five batches of ten thousand units, each killed four times and gone on with."""
    chance = random.Random(20)
    folder = tmp_path / "tables"
    folder.mkdir()
    dossier = random_dossier(21, 10_000)
    write_tables(dossier, folder, "parquet")
    units = len(sayable(dossier)["units"])
    runs = [("parquet",), ("csv",), ("jsonl",), ("parquet", "--rows", "findings"), ("csv", "--reasons", "all")]
    shares = sorted((kill + chance.random()) / 20 for kill in range(20))
    counts: list[int] = []
    for number, words in enumerate(runs):
        batch = Killed(folder, tmp_path, units, 250, chance)
        whole = batch.whole(*words)
        for kill, share in enumerate(shares[number::5]):
            resumed = ("--resume",) if kill else ()
            done = batch.kill(share, *words, *resumed)
            assert done is not None, "it was killed before it ended"
            counts.append(done)
            print(f"{' '.join(words)}: killed at {done} of {units} rows ({done / units:.1%})", flush=True)
        with batch.start(*words, "--resume") as process:
            _, err = process.communicate()
        assert f" {counts[-1]} " in err.decode()
        target = batch.target(words[0])
        assert hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(whole).digest()
        target.unlink()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["tables"]
    assert len(counts) == 20
    assert sum(0.05 * units <= done <= 0.95 * units for done in counts) >= 10
