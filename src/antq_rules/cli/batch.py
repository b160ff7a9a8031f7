"""Batches of tables: judged piece by piece while what was judged is written, and gone on with where they broke off."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import IO, TYPE_CHECKING, Any

from antq_rules.cli.choosing import Chosen
from antq_rules.cli.output import Output, file_at, tell
from antq_rules.cli.pieces import Pieces
from antq_rules.cli.progress import watched
from antq_rules.engine import Engine
from antq_rules.errors import EvidenceError, Fault, Place, ReportError, message
from antq_rules.explain.catalogue import translator
from antq_rules.extensions.plugins import Plugins
from antq_rules.frozen import frozen
from antq_rules.model.verdict import Verdict
from antq_rules.plan.compiling import Plan, with_used
from antq_rules.readers.reading import dossier_files, readers
from antq_rules.reporters.reporting import PartWriter, Reporter, ReportOptions, formats, reporter_of
from antq_rules.version import __version__

if TYPE_CHECKING:
    from antq_rules.assessment.tables.judging import JudgedPiece
    from antq_rules.assessment.tables.running import TableRun
    from antq_rules.assessment.tables.summary import PieceSummary

ENGINES = ("auto", "columnar")
"""The engines that judge tables by columns."""

JUDGING = message("Judging")
NOTE = message(
    "Here lie the pieces of {target}, which is not complete yet. The command that began it goes on from them if "
    "--resume is added to it. Whoever deletes this folder loses nothing but the time that they took."
)
GOES_ON = message("Going on from {units} units that an interrupted run has judged")
STARTS_ANEW = message("An interrupted run had judged {units} units; without --resume all are judged anew")
CHANGED = message("Since the interrupted run something has changed ({changed}); all units are judged anew")
NOTHING_LEFT = message("No interrupted run has left anything to go on from; all units are judged")
DAMAGED = message("A piece of the interrupted run is damaged; its units are judged anew")
KEPT = message("{units} units are judged and kept in {folder}; the same command goes on from there with --resume")
PARTS_OF_KEY = {
    "input": message("the input"),
    "ruleset": message("the ruleset"),
    "options": message("the options"),
}
VERSION = message("the version of antq")


def tables_of(inputs: Sequence[str], plugins: Plugins) -> tuple[Path, ...]:
    """The files of some inputs, if all of them are tables and lie in one folder; else none."""
    known = readers(plugins)
    read_tables = known["parquet"].read_together
    tables = {suffix for reader in known.values() if reader.read_together is read_tables for suffix in reader.suffixes}
    try:
        paths = [path for one in inputs for _, path in dossier_files(one, known)]
    except EvidenceError:
        # Who reads the inputs says everything that is wrong with them.
        return ()
    files = tuple(path for path in paths if path is not None and path.suffix.lower() in tables)
    folders = {os.path.realpath(path.parent) for path in files}
    return files if len(files) == len(paths) and len(folders) == 1 else ()


def not_resumable() -> ReportError:
    """The error of a run of which nothing is kept while it lasts."""
    known = ", ".join(name for name in formats() if reporter_of(name).parts is not None)
    return ReportError(
        Fault(
            "not_resumable",
            message("--resume goes on with tables of one folder that are judged by columns and written to a file"),
            message("hand in Parquet or CSV tables, name a file with -o and one of the formats {known}"),
            values={"known": known},
        )
    )


@dataclass(frozen=True)
class Batch:
    """Tables to judge, and how to report what comes out.

    ``output`` is a file, or None or ``-`` for the standard output. With ``resume`` it goes on from the pieces of an
    interrupted run over the same input with the same options.
    """

    tables: tuple[Path, ...]
    previous: tuple[Path, ...]
    chosen: Chosen
    format: str
    reporter: Reporter
    options: ReportOptions
    output: str | None
    resume: bool
    _seen: dict[Path, tuple[int, ...]] = field(init=False, default_factory=dict)

    def __call__(self) -> int:
        """Judge and report; the exit code tells what came out."""
        if self.output is not None and self.output != "-" and file_at(self.output) is not None:
            return self._judge(self.output)
        if self.resume:
            raise not_resumable()
        with (
            Output(self.output, exact=self.reporter.exact, binary=self.reporter.binary) as output,
            tempfile.TemporaryDirectory(prefix="antq-") as folder,
        ):
            result = Path(folder, "result")
            code = self._judge(str(result), keeps=False)
            output.write(lambda stream: _copy(result, stream))
        return code

    def _judge(self, target: str, *, keeps: bool = True) -> int:
        engine, period = self.chosen.engine(None)
        hashes = self._hashes() if keeps else []
        run = engine.table_run(self.tables, period=period, previous=self.previous or None)
        with closing(run.tables), nullcontext() if run.previous is None else closing(run.previous):
            key = self._key(engine, run, hashes) if keeps else {}
            note = self._told(NOTE, target=Path(target).name) + "\n"
            suffix = self._parts.suffix
            with Pieces(target, key, resume=self.resume, suffix=suffix, note=note) as pieces:
                if keeps:
                    self._tell_what_was_left(pieces)
                with self._told_what_is_kept(pieces) if keeps else nullcontext():
                    self._all_written(run, pieces)
                    result = run.result()
                    self._check_unchanged()
                    pieces.finish(lambda paths, new: self._parts.join(paths, result, new))
        return result.exit_code

    @property
    def _parts(self) -> PartWriter:
        assert self.reporter.parts is not None
        return self.reporter.parts

    # Judging and writing

    def _all_written(self, run: TableRun, pieces: Pieces) -> None:
        """Judge all pieces; each is written while the next is judged, so that two are in memory at most."""
        from antq_rules.assessment.tables.judging import JudgedPiece

        if run.size == 0:
            nothing = _NoUnits(run.judging.plan, run.judging.language)
            pieces.write(0, lambda path: self._parts.write(nothing, self.options, path), units=0)
        with watched(run.units, self._told(JUDGING)) as progress, ThreadPoolExecutor(1) as writer:
            stopped = Event()
            writing: Future[None] | None = None
            done = 0
            try:
                for piece in run.pieces(lambda number: self._known(number, pieces)):
                    if writing is not None:
                        writing.result()
                    writing = None
                    if isinstance(piece, JudgedPiece):
                        writing = writer.submit(self._write, _Part(piece, stopped), pieces)
                    done += piece.summary.units
                    if progress is not None:
                        progress(done, run.units)
                if writing is not None:
                    writing.result()
            except KeyboardInterrupt:
                # Whoever waits for the prompt need not wait for the end of a piece.
                stopped.set()
                raise

    def _write(self, part: _Part, pieces: Pieces) -> None:
        self._check_unchanged()
        piece = part.piece
        pieces.write(
            piece.number,
            lambda path: self._parts.write(part, self.options, path),
            units=piece.summary.units,
            states=lambda path: _write_json(path, piece.summary.to_mapping()),
        )

    def _known(self, number: int, pieces: Pieces) -> PieceSummary | None:
        from antq_rules.assessment.tables.summary import PieceSummary

        damaged = len(pieces.damaged)
        found = pieces.done(number)
        if len(pieces.damaged) > damaged:
            tell(self._told(DAMAGED))
        if found is None or found.states is None:
            return None
        return PieceSummary.of(json.loads(found.states.read_bytes()))

    # What decides the bytes

    def _hashes(self) -> list[list[list[str]]]:
        """The names of the files with the sha256 of what they hold, those of last year apart."""
        found: list[list[list[str]]] = []
        for files in (self.tables, self.previous):
            found.append([])
            for file in files:
                self._seen[file] = _state(file)
                try:
                    with file.open("rb") as stream:
                        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
                except OSError:
                    # Who opens the tables says in his words what is wrong with them.
                    sha256 = ""
                found[-1].append([file.as_posix(), sha256])
        return found

    def _check_unchanged(self) -> None:
        """Raise an error where a table has changed since it was hashed."""
        for file, state in self._seen.items():
            if _state(file) != state:
                raise EvidenceError(
                    Fault(
                        "input_changed",
                        message("the table was changed while it was read"),
                        message("start again when nobody writes it"),
                        place=Place(file.as_posix()),
                    )
                )

    def _key(self, engine: Engine, run: TableRun, hashes: Any) -> dict[str, Any]:
        import polars as pl

        from antq_rules.assessment.tables import opening

        plan, taken_part = run.judging.plan, run.taken_part
        uses = (*taken_part.plugins, *taken_part.left_out)
        return {
            "input": hashes,
            "ruleset": {
                "rulesets": [[one.id, one.version, one.sha256] for one in with_used(plan.ruleset)],
                "overlays": [[one.id, one.version, one.sha256] for one in plan.ruleset.overlays],
                "readings": dict(plan.readings),
                "plugins": [[use.distribution, use.version] for use in uses],
            },
            "options": {
                "period": plan.period,
                "format": self.format,
                "rows": self.options.rows,
                "passes": self.options.passes,
                "language": engine.language,
            },
            "version": {"antq_rules": __version__, "polars": pl.__version__, "units": opening.PIECE},
        }

    # What people are told

    def _told(self, template: str, **values: Any) -> str:
        return translator(self.chosen.choice.language)(template).format(**values)

    def _tell_what_was_left(self, pieces: Pieces) -> None:
        earlier = pieces.earlier
        if self.resume and earlier.changed:
            changed = dict.fromkeys(self._told(PARTS_OF_KEY.get(name, VERSION)) for name in earlier.changed)
            tell(self._told(CHANGED, changed=", ".join(changed)))
        elif self.resume:
            tell(self._told(GOES_ON, units=earlier.units) if earlier.units else self._told(NOTHING_LEFT))
        elif earlier.units:
            tell(self._told(STARTS_ANEW, units=earlier.units))

    @contextmanager
    def _told_what_is_kept(self, pieces: Pieces) -> Iterator[None]:
        try:
            yield
        except BaseException:
            if pieces.units:
                tell(self._told(KEPT, units=pieces.units, folder=pieces.folder))
            raise


class _StoppedError(Exception):
    """Nobody waits for this piece any more."""


@frozen
class _Part:
    """A piece to write, which tells of its units until it is stopped."""

    piece: JudgedPiece
    stopped: Event

    @property
    def codes(self) -> Any:
        return self.piece.codes

    @property
    def plan(self) -> Plan:
        return self.piece.plan

    @property
    def language(self) -> str:
        return self.piece.language

    def verdicts(self) -> Iterator[Verdict]:
        for verdict in self.piece.verdicts():
            if self.stopped.is_set():
                raise _StoppedError
            yield verdict


@frozen
class _NoUnits:
    """The only piece of a result without units."""

    plan: Plan
    language: str

    @property
    def codes(self) -> Any:
        import polars as pl

        from antq_rules.assessment.result_rows import codes_schema

        return pl.DataFrame(schema=codes_schema(self.plan))

    def verdicts(self) -> Iterator[Verdict]:
        return iter(())


def _state(file: Path) -> tuple[int, ...]:
    """What changes when somebody writes a file."""
    try:
        found = file.stat()
    except OSError:
        return ()
    return found.st_size, found.st_mtime_ns, found.st_ino


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), encoding="ascii")


def _copy(file: Path, stream: IO[Any]) -> None:
    target = getattr(stream, "buffer", stream)
    stream.flush()
    with file.open("rb") as source:
        shutil.copyfileobj(source, target)
