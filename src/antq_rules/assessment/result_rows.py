"""Results as tables: one row a unit, or one row a finding.

Whatever way judges, it ends in the *codes*: a table with one row a unit in the order of the input, rejected units among
them, in which outcomes are small numbers (:data:`~antq_rules.engines.columnar_expressions.CODES`). From it comes the
table of units that users get; that of findings is made from verdicts, since only these give reasons.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from antq_rules.assessment.document import error_row
from antq_rules.assessment.result import Assessment, Rejected
from antq_rules.engines.columnar_expressions import CODES, OUTCOMES
from antq_rules.errors import Fault, ReportError, message
from antq_rules.evidence.intake import DOCUMENT_KEYS
from antq_rules.model.outcome import Outcome
from antq_rules.model.ruleset import Citation
from antq_rules.model.verdict import Finding, Reason, Verdict, plain
from antq_rules.operators.base import printable
from antq_rules.plan.compiling import Plan

WORDS = pl.Enum([outcome.value for outcome in OUTCOMES])
"""Outcomes as words, in the order of their codes."""

POINTS = pl.Decimal(38, 9)
"""Points exactly, in as many places as a ruleset may declare, so that the tables of all rulesets fit together."""

UNIT_CODES: Mapping[str, pl.DataType] = {
    "unit": pl.String(),
    "kind": pl.String(),
    "name": pl.String(),
    "parent": pl.String(),
    "standard": pl.String(),
    "outcome": pl.Int8(),
    "met": pl.Int32(),
    "applicable": pl.Int32(),
    "score_least": pl.String(),
    "score_most": pl.String(),
    "class": pl.String(),
    "possible_classes": pl.List(pl.String()),
    "errors": pl.String(),
}
"""The columns of the codes before those of the criteria."""

UNIT_COLUMNS: Mapping[str, pl.DataType] = {
    "period": pl.Int32(),
    **UNIT_CODES,
    "outcome": WORDS,
    "status": pl.String(),
    "score_least": POINTS,
    "score_most": POINTS,
}

REASON = pl.Struct(
    {
        "code": pl.String(),
        "text": pl.String(),
        "observed": pl.String(),
        "required": pl.String(),
        "missing": pl.List(pl.String()),
        "shortfall": pl.String(),
    }
)
"""A reason; what is seen, what is asked for and what is lacking is JSON text, since each may be of any shape."""

DOCUMENT = pl.Struct({"field": pl.String(), **dict.fromkeys(DOCUMENT_KEYS, pl.String())})
"""A document that proves a field."""

_NAMES = pl.List(pl.String())
_CITED = ("instrument", "article", "clause", "point")


def codes_schema(plan: Plan) -> dict[str, pl.DataType]:
    """The columns of the codes, those of the criteria in the order of the ruleset.

    Raises:
        ReportError: A criterion bears the name of another column.
    """
    criteria = [criterion.id for standard in plan.standards.values() for criterion in standard.criteria]
    taken = [name for name in criteria if name in UNIT_COLUMNS]
    if taken:
        raise ReportError(
            Fault(
                "clashing_column",
                message("the criterion '{name}' is named as a column of results is"),
                message("give it another id, or choose a format that is no table"),
                values={"name": taken[0]},
            )
        )
    return {**UNIT_CODES, **dict.fromkeys(criteria, pl.Int8())}


def units_schema(plan: Plan) -> dict[str, pl.DataType]:
    """The columns of the table of units."""
    criteria = list(codes_schema(plan))[len(UNIT_CODES) :]
    columns = _with_status(UNIT_COLUMNS)
    return {**{name: UNIT_COLUMNS[name] for name in columns}, **dict.fromkeys(criteria, WORDS)}


def _with_status(names: Iterable[str]) -> list[str]:
    columns = [name for name in names if name != "status"]
    columns.insert(columns.index("outcome") + 1, "status")
    return columns


# Units


def codes_of(assessment: Assessment) -> pl.DataFrame:
    """The codes of all units that were judged or refused, in the order of the input."""
    schema = codes_schema(assessment.plan)
    rows: list[tuple[Any, ...]] = []
    judged: dict[str, tuple[list[int], list[tuple[Outcome, ...]]]] = {}
    for position, item in enumerate(_in_order(assessment)):
        if isinstance(item, Rejected):
            rows.append(rejected_codes(item, assessment.language))
            continue
        rows.append(verdict_codes(item))
        positions, outcomes = judged.setdefault(item.standard, ([], []))
        positions.append(position)
        outcomes.append(item.outcomes)
    units = pl.DataFrame(rows, schema=dict(UNIT_CODES), orient="row").with_row_index("#")
    for standard, (positions, outcomes) in judged.items():
        columns = zip(*outcomes, strict=True)
        found = {
            criterion.id: pl.Series([CODES[outcome] for outcome in column], dtype=pl.Int8)
            for criterion, column in zip(assessment.plan.standards[standard].criteria, columns, strict=True)
        }
        table = pl.DataFrame({"#": pl.Series(positions, dtype=pl.UInt32), **found})
        units = units.join(table, on="#", how="left", maintain_order="left")
    return units.select(
        name if name in units.columns else pl.lit(None, type).alias(name) for name, type in schema.items()
    )


def _in_order(assessment: Assessment) -> Iterator[Verdict | Rejected]:
    verdicts = iter(assessment.verdicts)
    done = 0
    for rejected, before in zip(assessment.rejected, assessment.rejected_after, strict=True):
        while done < before:
            yield next(verdicts)
            done += 1
        yield rejected
    yield from verdicts


def verdict_codes(verdict: Verdict) -> tuple[Any, ...]:
    """The codes of a unit that was judged, but for those of its criteria."""
    score = verdict.score
    return (
        verdict.unit,
        verdict.kind,
        verdict.name,
        verdict.parent,
        verdict.standard,
        CODES[verdict.outcome],
        verdict.met,
        verdict.applicable,
        None if score is None else str(plain(score.least)),
        None if score is None else str(plain(score.most)),
        verdict.score_class,
        list(verdict.possible_classes) or None,
        None,
    )


def rejected_codes(rejected: Rejected, language: str) -> tuple[Any, ...]:
    """The codes of a unit that was refused, but for those of criteria, which it has not."""
    parent = None if rejected.parent is None else printable(rejected.parent)
    errors = errors_text(rejected.faults, language)
    return (printable(rejected.unit), rejected.kind, None, parent, *[None] * (len(UNIT_CODES) - 5), errors)


def errors_text(faults: Iterable[Fault], language: str) -> str:
    """Everything that is wrong with a unit, a line a fault: where it stands, what is wrong and how to mend it."""
    lines = []
    for fault in faults:
        row = error_row(fault, language)
        placed = fault.place is not None and fault.place.is_exact
        lines.append(row["text"] if placed or not row["path"] else f"{row['path']}: {row['text']}")
    return "\n".join(lines)


def unit_rows(codes: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """The table of units that users get: ids as in the JSON document, outcomes as its words, points as numbers."""
    schema = units_schema(plan)
    words = pl.lit(pl.Series(WORDS.categories, dtype=WORDS))
    columns: list[pl.Expr] = []
    for name, type in schema.items():
        if name == "period":
            columns.append(pl.lit(plan.period, type).alias(name))
        elif name == "status":
            columns.append(pl.lit(plan.ruleset.status, type).alias(name))
        elif type == WORDS:
            columns.append(words.gather(pl.col(name)).alias(name))
        else:
            columns.append(pl.col(name).cast(type))
    return codes.select(columns)


# Findings


def findings_schema() -> dict[str, pl.DataType]:
    """The columns of the table of findings; they are the same for every ruleset."""
    text = pl.String()
    return {
        "period": pl.Int32(),
        "unit": text,
        "kind": text,
        "standard": text,
        "criterion": text,
        "outcome": WORDS,
        "discretion": pl.Boolean(),
        **dict.fromkeys(_CITED, text),
        **{f"via_{name}": text for name in _CITED},
        "origin": text,
        "basis": text,
        "reasons": pl.List(REASON),
        "documents": pl.List(DOCUMENT),
    }


def finding_rows(verdicts: Iterable[Verdict], ruleset: str, *, passes: bool = False) -> pl.DataFrame:
    """The table of findings, in the order of the verdicts and of their rulesets.

    Args:
        verdicts: Taken one by one; none is kept.
        ruleset: The id of that judged by.
        passes: Whether the reasons of passes are wanted, too. Other findings always have theirs.
    """
    schema = findings_schema()
    units: list[tuple[int, str, str, str]] = []
    owners: list[int] = []
    # What all findings of a criterion with one outcome have in common is written once.
    places: dict[tuple[str, str, Outcome], int] = {}
    common: list[tuple[Any, ...]] = []
    found: list[int] = []
    reasons, documents = _Nested("reasons", REASON), _Nested("documents", DOCUMENT)
    for owner, verdict in enumerate(verdicts):
        units.append((verdict.period, verdict.unit, verdict.kind, verdict.standard))
        for finding in verdict.telling.findings(passes=passes):
            key = (verdict.standard, finding.criterion, finding.outcome)
            place = places.get(key)
            if place is None:
                place = places[key] = len(common)
                common.append(_common(finding, ruleset))
            row = len(found)
            owners.append(owner)
            found.append(place)
            for reason in finding.reasons:
                reasons.add(row, _reason(reason))
            for document in finding.documents:
                documents.add(row, [document.get(name) for name in ("field", *DOCUMENT_KEYS)])
    names = list(schema)
    own = pl.DataFrame(units, schema={name: schema[name] for name in names[:4]}, orient="row")
    shared = pl.DataFrame(common, schema={name: schema[name] for name in names[4:-2]}, orient="row")
    table = pl.concat(
        [own[pl.Series(owners, dtype=pl.UInt32)], shared[pl.Series(found, dtype=pl.UInt32)]], how="horizontal"
    ).with_row_index("#")
    for nested in (reasons, documents):
        table = table.join(nested.table(), on="#", how="left", maintain_order="left").with_columns(
            pl.col(nested.name).fill_null(pl.lit([], schema[nested.name]))
        )
    return table.select(names)


class _Nested:
    """Gathers a list of structs for rows that have any; lists of names in them are given as lines of text."""

    def __init__(self, name: str, shape: pl.Struct) -> None:
        self.name = name
        self.lists = [field.name for field in shape.fields if field.dtype == _NAMES]
        self.schema: dict[str, Any] = {"#": pl.UInt32, **{field.name: pl.String for field in shape.fields}}
        self.columns: tuple[list[Any], ...] = tuple([] for _ in self.schema)

    def add(self, row: int, values: Sequence[Any]) -> None:
        for column, value in zip(self.columns, (row, *values), strict=True):
            column.append(value)

    def table(self) -> pl.DataFrame:
        flat = pl.DataFrame(dict(zip(self.schema, self.columns, strict=True)), schema=self.schema).with_columns(
            # A list for each row would be made twenty times as slowly.
            pl.when(pl.col(name) != "").then(pl.col(name).str.split("\n")).otherwise(pl.lit([], _NAMES)).alias(name)
            for name in self.lists
        )
        value = pl.struct(list(self.schema)[1:]).alias(self.name)
        return flat.group_by("#", maintain_order=True).agg(value)


def _common(finding: Finding, ruleset: str) -> tuple[Any, ...]:
    return (
        finding.criterion,
        finding.outcome.value,
        finding.discretion,
        *_citation(finding.citation),
        *(_citation(finding.via) if finding.via is not None else [None] * len(_CITED)),
        finding.origin or ruleset,
        finding.basis,
    )


def _citation(citation: Citation) -> list[str | None]:
    return [citation.instrument, citation.article, citation.clause, citation.point]


def _reason(reason: Reason) -> tuple[Any, ...]:
    shortfall = None if reason.shortfall is None else reason.shortfall.to_mapping()
    observed, required, lacking = (_json(value) for value in (reason.observed, reason.required, shortfall))
    return reason.code, reason.text, observed, required, "\n".join(reason.missing), lacking


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)
