"""The result of judging tables: outcomes held as small numbers, everything else made when it is asked for."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

import polars as pl

from antq_rules.assessment.quotas import QuotaFinding
from antq_rules.assessment.result import Group, Progress, Rejected, TakenPart, Tally, assessment_document, json_chunks
from antq_rules.assessment.result_rows import codes_schema, finding_rows, unit_rows
from antq_rules.assessment.tables.judging import JudgedPiece
from antq_rules.assessment.tables.running import TableResult, TableRun
from antq_rules.frozen import frozen
from antq_rules.model.verdict import Verdict
from antq_rules.plan.compiling import Plan


@frozen
class ResultTables:
    """Outcomes of all units of some tables, in the order of the input."""

    pieces: tuple[JudgedPiece, ...]
    whole: TableResult

    @classmethod
    def of(cls, run: TableRun, progress: Progress | None = None) -> ResultTables:
        """What comes of a run."""
        pieces = []
        done = 0
        for piece in run.pieces():
            assert isinstance(piece, JudgedPiece)
            pieces.append(piece)
            done += piece.summary.units
            if progress is not None:
                progress(done, run.units)
        return cls(tuple(sorted(pieces, key=lambda piece: piece.number)), run.result())

    @property
    def units(self) -> pl.DataFrame:
        """A row for each unit that was judged or refused: its outcome, those of its criteria, its points and class."""
        return unit_rows(self.codes, self.plan)

    @property
    def codes(self) -> pl.DataFrame:
        """The same with outcomes as small numbers; see :mod:`antq_rules.assessment.result_rows`."""
        return pl.concat([pl.DataFrame(schema=codes_schema(self.plan)), *(piece.codes for piece in self.pieces)])

    def findings(self, *, passes: bool = False) -> pl.DataFrame:
        """A row for each finding, with its reasons; those of passes only where they are asked for."""
        return finding_rows(self.verdicts, self.plan.ruleset.id, passes=passes)

    @property
    def verdicts(self) -> Iterator[Verdict]:
        """The verdicts in the order of the input, made one by one."""
        return (verdict for piece in self.pieces for verdict in piece.verdicts())

    def verdict(self, unit: str) -> Verdict:
        """The verdict of the unit of this id; KeyError if it has none."""
        wanted = unicodedata.normalize("NFC", unit)
        for piece in self.pieces:
            if piece.codes.filter((pl.col("unit") == wanted) & pl.col("outcome").is_not_null()).height:
                return next(verdict for verdict in piece.verdicts() if verdict.unit == wanted)
        raise KeyError(unit)

    def to_mapping(self, *, passes: bool = False) -> dict[str, Any]:
        """The result as plain values, in the shape of ``antq.assessment/1``."""
        return assessment_document(self, passes=passes)

    def to_json(self, *, passes: bool = False) -> str:
        """The result as JSON text: the bytes that the same units in a dossier give."""
        return "".join(json_chunks(self, passes=passes))

    # What is said of the whole

    @property
    def plan(self) -> Plan:
        """By which was judged."""
        return self.whole.plan

    @property
    def language(self) -> str:
        """Of the sentences."""
        return self.whole.language

    @property
    def summary(self) -> tuple[Tally, ...]:
        """Counts for each kind, in the order of the standards."""
        return self.whole.summary

    @property
    def groups(self) -> tuple[Group, ...]:
        """The units of grouping kinds."""
        return self.whole.groups

    def summary_below(self, group: str) -> tuple[Tally, ...]:
        """Counts for each kind over all units below a grouping unit, however deep; empty if there are none."""
        return self.whole.summary_below(group)

    @property
    def quotas(self) -> tuple[QuotaFinding, ...]:
        """The findings of all quotas."""
        return self.whole.quotas

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        """The units that were refused, and everything that is wrong with them."""
        return self.whole.rejected

    @property
    def input_sha256(self) -> str:
        """The hash of the units, whatever they are written in."""
        return self.whole.input_sha256

    @property
    def previous_sha256(self) -> str | None:
        """The same of last year's units."""
        return self.whole.previous_sha256

    @property
    def taken_part(self) -> TakenPart:
        """The plugins that had a part."""
        return self.whole.taken_part

    @property
    def exit_code(self) -> int:
        """0 every unit pass or not applicable, 1 some fail or undetermined, 2 some unit could not be used."""
        return self.whole.exit_code
