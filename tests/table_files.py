"""Writes dossiers as tables: typed columns in frames and Parquet, text in CSV.

A table says less than YAML. :func:`sayable` is the part of a dossier that tables can say:

- the first unit of each id, if all in it has the type that its key or field needs, and is no word or letter with a
  meaning in cells (``?``, ``tổng``, white space around a text, ``;`` in a tag, a choice named twice); counts out of
  range, unknown tags, broken constraints and values that are missing in a record can be said;
- a value beside which nothing stands is written bare, and one that is not known is left out;
- units of a kind stand together, the kinds in the order of their names.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from antq_rules.extensions.rulesets import find_ruleset, ruleset_in_force
from antq_rules.model.ruleset import Field, Ruleset
from antq_rules.plan.compiling import kinds_of
from antq_rules.readers.layout import DOCUMENT_COLUMNS, TOTAL_WORDS, UNIT_COLUMNS, UNKNOWN_WORDS, same

Unit = dict[str, Any]
Tables = dict[str, list[dict[str, Any]]]

INT64 = 2**63
PROOF = ("kind", "number", "date", "issuer")
BESIDE = ("document", "confirmed_by", "confirmed_on", "note")
DAYS = ("date", "confirmed_on")


@cache
def _installed(period: int) -> Ruleset:
    return find_ruleset(ruleset_in_force(period))


def _ruleset_of(dossier: Mapping[str, Any], ruleset: Ruleset | None) -> Ruleset:
    return ruleset or _installed(dossier["period"])


# What tables can say


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and value == value.strip() and "\r" not in value


def _is_word(value: Any) -> bool:
    return _is_text(value) and same(value) not in UNKNOWN_WORDS


def _is_id(value: Any) -> bool:
    return _is_text(value) and value == " ".join(value.split()) and same(value).strip(" :.") not in TOTAL_WORDS


def _is_tag(value: Any) -> bool:
    return _is_word(value) and not re.search("[;,\n]", value)


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < INT64


def _fits(known: Field, value: Any) -> bool:
    """Whether cells say a value that stands alone."""
    names = [choice.name for choice in known.choices]
    if known.kind == "boolean":
        return isinstance(value, bool)
    if known.kind == "integer":
        return _is_count(value)
    if known.kind == "decimal":
        return _is_count(value) or (isinstance(value, Decimal) and value.is_finite())
    if known.kind == "date":
        return _is_day(value) or (value == "absent" and known.may_be_absent)
    if known.kind == "enum":
        return value in names
    if known.kind == "set":
        return isinstance(value, list) and all(item in names for item in value) and len(set(value)) == len(value)
    if known.kind == "series":
        return isinstance(value, dict) and all(
            re.fullmatch("[12][0-9]{3}", str(year)) and _is_count(number) for year, number in value.items()
        )
    if known.kind == "records":
        return isinstance(value, list) and all(
            isinstance(record, dict)
            and all(
                name in known.columns and (item is None or _fits(known.columns[name], item))
                for name, item in record.items()
            )
            for record in value
        )
    return _is_word(value) and value != "absent"


def _proves(value: Mapping[str, Any]) -> bool:
    """Whether the table of documents says what stands beside a value."""
    proof = value.get("document") or {}
    if not value.keys() <= {"value", *BESIDE} or not isinstance(proof, dict) or not proof.keys() <= set(PROOF):
        return False
    said = {key: item for key, item in {**value, **proof}.items() if key not in ("value", "document")}
    return all(item is None or (_is_day if key in DAYS else _is_text)(item) for key, item in said.items())


def _wrapped(value: Any) -> bool:
    return isinstance(value, dict) and "value" in value


def _can_be_said(unit: Unit, fields: Mapping[str, Mapping[str, Field]]) -> bool:
    """Whether a unit, whose values are bare where nothing stands beside them, can be said."""
    checks = {"id": _is_id, "name": _is_text, "parent": _is_word, "managing_level": _is_word}
    if not unit.keys() <= {*UNIT_COLUMNS, "kind", "evidence"} or "id" not in unit or unit.get("kind") not in fields:
        return False
    if any(not check(unit[key]) for key, check in checks.items() if key in unit):
        return False
    tags, evidence, known = unit.get("tags", []), unit.get("evidence", {}), fields[unit["kind"]]
    if not isinstance(tags, list) or not all(map(_is_tag, tags)) or len(set(tags)) < len(tags):
        return False
    return isinstance(evidence, dict) and all(
        name in known
        and (not _wrapped(value) or _proves(value))
        and (_bare(value) is None or _fits(known[name], _bare(value)))
        for name, value in evidence.items()
    )


def _bare(value: Any) -> Any:
    return value["value"] if _wrapped(value) else value


def _tidy(unit: Unit) -> Unit:
    """A unit without what is not known and without wrappers around values beside which nothing stands."""
    kept = {key: value for key, value in unit.items() if value is not None}
    if not isinstance(kept.get("evidence", {}), dict):
        return kept
    evidence = {}
    for name, value in kept.pop("evidence", {}).items():
        said = value
        if _wrapped(value) and not any(value.get(key) for key in value if key != "value"):
            said = value["value"]
        if said is not None:
            evidence[name] = said
    return kept | ({"evidence": evidence} if evidence else {})


def sayable(dossier: Mapping[str, Any], ruleset: Ruleset | None = None) -> dict[str, Any]:
    """The dossier that :func:`frames_of` and :func:`write_tables` write, by the rule at the top of this module."""
    used = _ruleset_of(dossier, ruleset)
    fields = {kind: used.all_fields_of(kind) for kind in kinds_of(used)}
    units: dict[str, Unit] = {}
    for unit in map(_tidy, dossier["units"]):
        if _can_be_said(unit, fields):
            units.setdefault(unicodedata.normalize("NFC", unit["id"]), unit)
    return {**dossier, "units": sorted(units.values(), key=lambda unit: str(unit["kind"]))}


# Tables of plain values, as a dossier writes them


def _tables_of(dossier: Mapping[str, Any], fields: Mapping[str, Mapping[str, Field]]) -> Tables:
    tables: Tables = {}
    for unit in dossier["units"]:
        row = {key: value for key, value in unit.items() if key not in ("kind", "evidence")}
        for name, value in unit.get("evidence", {}).items():
            if _wrapped(value):
                said = {**value, **(value.get("document") or {})}
                proof = {key: said[key] for key in DOCUMENT_COLUMNS if said.get(key) is not None}
                tables.setdefault("documents", []).append({"unit": unit["id"], "field": name, **proof})
            bare, known = _bare(value), fields[unit["kind"]][name]
            if bare is None:
                continue
            if known.kind == "records":
                tables.setdefault(name, []).extend({"unit": unit["id"], **record} for record in bare)
            elif known.kind == "series":
                rows = [{"unit": unit["id"], "year": int(year), "value": number} for year, number in bare.items()]
                tables.setdefault(name, []).extend(rows)
            row[name] = bool(bare) if known.kind in ("records", "series") else bare
        tables.setdefault(unit["kind"], []).append(row)
    return {name: rows for name, rows in tables.items() if rows}


def _columns(name: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    first = {"documents": DOCUMENT_COLUMNS[:2]}.get(name, ())
    return list(dict.fromkeys((*first, *(key for row in rows for key in row))))


# Typed and as text


def frames_of(dossier: Mapping[str, Any], ruleset: Ruleset | None = None) -> dict[str, pl.DataFrame]:
    """The tables of what can be said of a dossier, each column of the type that fits its values best."""
    used = _ruleset_of(dossier, ruleset)
    fields = {kind: used.all_fields_of(kind) for kind in kinds_of(used)}
    frames = {}
    for table, rows in sorted(_tables_of(sayable(dossier, used), fields).items()):
        columns = {name: [row.get(name) for row in rows] for name in _columns(table, rows)}
        frames[table] = pl.DataFrame([_typed(name, values) for name, values in columns.items()])
    return frames


def _typed(name: str, values: list[Any]) -> pl.Series:
    known = [value for value in values if value is not None]
    if known and all(map(_is_day, known)):
        return pl.Series(name, [value and date.fromisoformat(value) for value in values], dtype=pl.Date)
    if any(isinstance(value, list) for value in known):
        return pl.Series(name, values, dtype=pl.List(pl.String))
    if any(isinstance(value, Decimal) for value in known):
        places = max(-int(Decimal(value).as_tuple().exponent) for value in known)
        exact = [None if value is None else Decimal(value) for value in values]
        return pl.Series(name, exact, dtype=pl.Decimal(38, max(places, 0)))
    if any(isinstance(value, bool) for value in known):
        return pl.Series(name, values, dtype=pl.Boolean)
    return pl.Series(name, values, dtype=pl.Int64 if isinstance(next(iter(known), ""), int) else pl.String)


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, list):
        return "; ".join(value) or "không"
    if isinstance(value, Decimal):
        return format(value, "f").replace(".", ",")
    return "không có" if value == "absent" else str(value)


def write_tables(dossier: Mapping[str, Any], folder: Path, format: str, ruleset: Ruleset | None = None) -> list[Path]:
    """Write what can be said of a dossier into a folder, a file a table; ``format`` is ``parquet`` or ``csv``."""
    used = _ruleset_of(dossier, ruleset)
    files = []
    if format == "parquet":
        for table, frame in frames_of(dossier, used).items():
            files.append(folder / f"{table}.parquet")
            frame.write_parquet(files[-1])
        return files
    fields = {kind: used.all_fields_of(kind) for kind in kinds_of(used)}
    for table, rows in sorted(_tables_of(sayable(dossier, used), fields).items()):
        files.append(folder / f"{table}.csv")
        with files[-1].open("w", encoding="utf-8", newline="") as stream:
            columns = _columns(table, rows)
            writer = csv.writer(stream)
            writer.writerow(columns)
            writer.writerows([_written(row.get(name)) for name in columns] for row in rows)
    return files
