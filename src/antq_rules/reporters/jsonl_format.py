"""The result as JSON Lines: one object a line, told apart by ``type``.

First the ``manifest``, then a ``summary`` for each kind of unit, a ``group`` for
each grouping unit, a ``verdict`` for each unit and a ``rejected`` for each
that could not be judged; beside ``type`` each has the keys that it has in the JSON document.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from antq_rules.assessment.document import SCHEMA, VerdictTexts
from antq_rules.assessment.result import group_row, manifest, rejected_row, tally_row, watched
from antq_rules.reporters.reporting import Part, PartWriter, Report, Reporter, ReportOptions, bytes_to

if TYPE_CHECKING:
    from antq_rules.assessment.result import Assessment
    from antq_rules.model.verdict import Verdict


def write(report: Report, stream: TextIO) -> None:
    """Write the objects, each on a line of its own."""
    assessment: Assessment = report.assessment
    verdicts = watched(assessment.verdicts, report.progress)
    for lines in (
        _head(assessment),
        _verdicts(verdicts, assessment.plan.ruleset.id, passes=report.passes),
        _rejected(assessment),
    ):
        for line in lines:
            stream.write(f"{line}\n")


def write_part(part: Part, options: ReportOptions, path: Path) -> None:
    """Write the lines of the verdicts of a piece."""
    with path.open("wb") as stream:
        for line in _verdicts(part.verdicts(), part.plan.ruleset.id, passes=options.passes):
            stream.write(_bytes(line))


def join_parts(pieces: Sequence[Path], result: Any, target: BinaryIO | Path) -> None:
    """Put the verdicts of pieces together, in order, with what is said of the whole."""
    with bytes_to(target) as stream:
        for line in _head(result):
            stream.write(_bytes(line))
        for piece in pieces:
            with piece.open("rb") as lines:
                shutil.copyfileobj(lines, stream)
        for line in _rejected(result):
            stream.write(_bytes(line))


def _head(assessment: Assessment) -> Iterator[str]:
    yield _json({"type": "manifest", "schema": SCHEMA, **manifest(assessment)})
    for tally in assessment.summary:
        yield _json({"type": "summary", **tally_row(tally)})
    for group in assessment.groups:
        yield _json({"type": "group", **group_row(group, assessment)})


def _verdicts(verdicts: Iterable[Verdict], ruleset: str, *, passes: bool) -> Iterator[str]:
    texts = VerdictTexts(ruleset, passes=passes)
    for verdict in verdicts:
        yield f'{{"type": "verdict", {texts.text(verdict)[1:]}'


def _rejected(assessment: Assessment) -> Iterator[str]:
    for rejected in assessment.rejected:
        yield _json({"type": "rejected", **rejected_row(rejected, assessment.language)})


def _bytes(line: str) -> bytes:
    return f"{line}\n".encode(errors="backslashreplace")


def _json(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)


REPORTER = Reporter(write, exact=True, parts=PartWriter(".jsonl", write_part, join_parts))
