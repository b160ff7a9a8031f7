"""The tables of a batch in Spark: which units there are, and the rows of other tables brought to theirs."""

from __future__ import annotations

import pickle
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import accumulate
from typing import Any

import polars as pl
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - as all of Spark's own examples name it

from antq_rules.errors import EvidenceError, Fault, Place, message
from antq_rules.readers.frames import ROW, dossier_of, sort_tables, tables_in_memory
from antq_rules.readers.layout import UNITS
from antq_rules.spark.workers import (
    COUNTS,
    LOCAL,
    NUMBER,
    PARENT,
    UNIT_ID,
    DocumentFaults,
    Identify,
    LostRows,
    Sheet,
    Texts,
    Units,
    Work,
    arrow_schema,
    rows_column,
)

PART = "#part"
"""The partition of the input in which a row stands."""

TOLD = 1000
"""So many rows that are of no unit, or faults of documents, are told of at most."""


def mapped(frame: DataFrame, task: Any, schema: pa.Schema | None = None) -> DataFrame:
    """What a worker's task makes of a table."""
    return frame.mapInArrow(task, spark_schema(schema if schema is not None else arrow_schema(task.schema)))


def spark_schema(schema: pa.Schema) -> str:
    """The columns of a table in the words of Spark."""
    return ", ".join(f"`{one.name}` {_spark_type(one.type)}" for one in schema)


def _with_values(type: pa.DataType) -> pa.DataType:
    """The type of a column; one of nothing but null has none of its own."""
    if pa.types.is_list(type):
        return pa.list_(pa.field("element", _with_values(type.value_type)))
    return pa.string() if pa.types.is_null(type) else type


def _spark_type(type: pa.DataType) -> str:
    if pa.types.is_list(type):
        return f"array<{_spark_type(type.value_type)}>"
    if pa.types.is_struct(type):
        return f"struct<{', '.join(f'`{one.name}`: {_spark_type(one.type)}' for one in type)}>"
    if pa.types.is_decimal(type):
        return f"decimal({type.precision}, {type.scale})"
    if pa.types.is_timestamp(type):
        return "timestamp_ntz"
    return _PLAIN[str(type)]


_PLAIN = {
    "string": "string", "bool": "boolean", "int8": "tinyint", "int16": "smallint", "int32": "int", "int64": "bigint",
    "float": "float", "double": "double", "date32[day]": "date", "binary": "binary",
}  # fmt: skip


def united(frames: Sequence[DataFrame]) -> DataFrame:
    """The rows of several tables with the same columns."""
    return reduce(DataFrame.unionByName, frames)


class OpenedFrames:
    """Tables whose units are known by their ids, and have the rows of other tables beside them.

    Opening them reads the tables once; ``units`` are kept by Spark until :meth:`close`.

    Args:
        tables: Frames of Spark by the names of the tables that they are.
        work: By whose ruleset cells are read.
    Raises:
        EvidenceError: A table is unknown or wrong, rows are of no unit, or documents of no field.
    """

    def __init__(self, tables: Mapping[str, DataFrame], work: Work) -> None:
        self.work = work
        self._kept: list[DataFrame] = []
        named = _named(tables)
        self.spark = next(iter(named.values())).sparkSession if named else SparkSession.active()
        self.units: list[tuple[Units, DataFrame]] = []
        self.parents: Mapping[str, str | None] = {}
        # What a table is, its columns and their types say.
        empty = {name: table.limit(0).toArrow() for name, table in named.items()}
        raw = sort_tables(tables_in_memory(empty), work.ruleset)
        if not raw:
            return
        sheets = [Sheet(replace(table, rows=pl.LazyFrame()), tuple(table.columns.values())) for table in raw]
        frames = [
            self.keep(self._identified(sheet, named[sheet.table.name], empty[sheet.table.name].schema))
            for sheet in sheets
        ]
        placed = self._placed(sheets, frames)
        units = [(sheet, frame) for sheet, frame in zip(sheets, placed, strict=True) if sheet.table.what == UNITS]
        lists = [(sheet, frame) for sheet, frame in zip(sheets, placed, strict=True) if sheet.table.what != UNITS]
        nothing = self.spark.createDataFrame([], f"`{UNIT_ID}` string, `{PARENT}` string, `{NUMBER}` bigint")
        ids = united([nothing, *(frame.select(UNIT_ID, PARENT, NUMBER) for _, frame in units)])
        shared, firsts, self.parents = _known(ids)
        self._check_rows(lists, ids)
        rows = self.keep(_rows_by_unit(lists)) if lists else None
        for sheet, frame in units:
            whole = Units(sheet, tuple(one for one, _ in lists), shared, firsts, frozenset(self.parents))
            joined = frame if rows is None else frame.join(rows, UNIT_ID, "left")
            self.units.append((whole, self.keep(joined)))
        self._check_documents()
        for frame in [*frames, *([] if rows is None else [rows])]:
            self._kept.remove(frame)
            frame.unpersist()

    def keep(self, frame: DataFrame) -> DataFrame:
        """The same table, which Spark computes once until :meth:`close`."""
        self._kept.append(frame.persist())
        return self._kept[-1]

    def close(self) -> None:
        """Let Spark forget what it kept."""
        while self._kept:
            self._kept.pop().unpersist()

    def texts(self) -> DataFrame:
        """The units as the hash of the input takes them, in its order."""
        nothing = self.spark.createDataFrame([], spark_schema(arrow_schema(Texts.schema)))
        found = united([nothing, *(mapped(frame, Texts(self.work, units)) for units, frame in self.units)])
        return found.orderBy("id", "tie").select("text")

    def _identified(self, sheet: Sheet, frame: DataFrame, schema: pa.Schema) -> DataFrame:
        """The columns of a table as c0, c1 and so on, with the ids of units, in the order of the rows."""
        places = [schema.names.index(name) for name in sheet.names]
        bare = frame.toDF(*(f"c{number}" for number in range(len(schema))))
        columns, fields = [], []
        for place, name in zip(places, sheet.columns, strict=True):
            type = _with_values(schema.field(place).type)
            columns.append(F.col(f"c{place}").cast(_spark_type(type)).alias(name))
            fields.append(pa.field(name, type))
        task = Identify(self.work, sheet)
        identified = mapped(bare.select(columns), task, task.schema(pa.schema(fields)))
        # Asked before the workers, Spark computes it for a table in memory on the driver, where all is partition 0.
        return identified.withColumn(PART, F.spark_partition_id())

    def _placed(self, sheets: Sequence[Sheet], frames: Sequence[DataFrame]) -> list[DataFrame]:
        """The rows that count with their numbers, and units with their places among all, as the partitions follow."""
        counted = united(
            [frame.select(F.lit(number).alias("table"), PART, COUNTS) for number, frame in enumerate(frames)]
        )
        sums = counted.groupBy("table", PART).agg(
            F.count("*").alias("rows"), F.sum(F.col(COUNTS).cast("bigint")).alias("counting")
        )
        parts = {(row["table"], row[PART]): (row["rows"], row["counting"]) for row in sums.collect()}
        found = []
        height = 0
        for number, (sheet, frame) in enumerate(zip(sheets, frames, strict=True)):
            last = max((part for table, part in parts if table == number), default=-1)
            mine = [parts.get((number, part), (0, 0)) for part in range(last + 1)]
            rows = [*accumulate((count for count, _ in mine), initial=0)]
            firsts = [*accumulate((count for _, count in mine), initial=height)]
            if sheet.table.what == UNITS:
                height = firsts[-1]
            placed = frame.where(F.col(COUNTS))
            placed = placed.withColumn(ROW, F.col(ROW) + F.lit(rows)[F.col(PART)])
            placed = placed.withColumn(NUMBER, F.col(LOCAL) + F.lit(firsts)[F.col(PART)])
            found.append(placed.drop(PART, LOCAL, COUNTS))
        return found

    # What is of no unit

    def _check_rows(self, lists: Sequence[tuple[Sheet, DataFrame]], ids: DataFrame) -> None:
        if not lists:
            return
        known = ids.select(UNIT_ID).where(F.col(UNIT_ID).isNotNull()).distinct()
        rows = united([frame.select(UNIT_ID, ROW, F.lit(n).alias("#table")) for n, (_, frame) in enumerate(lists)])
        lost = rows.join(known, UNIT_ID, "left_anti")
        faults: list[Fault] = []
        for number in sorted(row["#table"] for row in lost.select("#table").distinct().collect()):
            sheet, frame = lists[number]
            mine = frame.join(lost.where(F.col("#table") == number).select(ROW), ROW, "left_semi")
            schema = mine.limit(0).toArrow().schema
            told = mapped(mine, LostRows(self.work, sheet), schema).orderBy(ROW).limit(TOLD).toArrow()
            rest = pl.from_arrow(told)
            assert isinstance(rest, pl.DataFrame)
            try:
                dossier_of([(sheet.table, sheet.frame(rest))], self.work.ruleset, None)
            except EvidenceError as error:
                faults += error.faults
        if faults:
            self.close()
            raise EvidenceError(faults)

    def _check_documents(self) -> None:
        """Computes all units; rows of documents that name no field are of no unit either."""
        checked = [mapped(frame, DocumentFaults(self.work, units)) for units, frame in self.units]
        found = united(checked).collect() if checked else []
        faults: list[Fault] = [fault for row in found for fault in pickle.loads(row["faults"])]
        if faults:
            self.close()
            raise EvidenceError(sorted(faults, key=_place)[:TOLD])


def _place(fault: Fault) -> tuple[str, int, int]:
    return ("", 0, 0) if fault.place is None else (fault.place.file, fault.place.line, fault.place.column)


def _named(tables: Mapping[str, DataFrame]) -> dict[str, DataFrame]:
    faults = [
        Fault(
            "wrong_type", message("the table '{name}' is no data frame"), message("hand in a data frame of Spark"), "",
            Place(name), {"name": name},
        )
        for name, table in tables.items()
        if not hasattr(table, "mapInArrow")
    ]  # fmt: skip
    if faults:
        raise EvidenceError(faults)
    return {unicodedata.normalize("NFC", name).strip(): table for name, table in tables.items()}


def _known(ids: DataFrame) -> tuple[dict[str, int], dict[str, int], dict[str, str | None]]:
    """The ids that units share with their number, the place of the first of each, and what stands above parents."""
    above = ids.select(F.col(PARENT).alias(UNIT_ID)).distinct().withColumn("above", F.lit(True))
    each = (
        ids.where(F.col(UNIT_ID).isNotNull())
        .groupBy(UNIT_ID)
        .agg(
            F.count("*").alias("count"), F.min(NUMBER).alias("first"), F.max_by(PARENT, NUMBER).alias("parent")
        )
        .join(above, UNIT_ID, "left")
        .where((F.col("count") > 1) | F.col("above"))
        .collect()
    )  # fmt: skip
    shared = sorted((row for row in each if row["count"] > 1), key=lambda row: str(row[UNIT_ID]))
    return (
        {row[UNIT_ID]: row["count"] for row in shared},
        {row[UNIT_ID]: row["first"] for row in shared},
        {row[UNIT_ID]: row["parent"] for row in each if row["above"]},
    )


def _rows_by_unit(lists: Sequence[tuple[Sheet, DataFrame]]) -> DataFrame:
    """The rows of lists and documents, a row a unit and a column a table, in the order in which they stand."""
    gathered = [
        frame.where(F.col(UNIT_ID).isNotNull()).select(
            UNIT_ID, F.struct(ROW, *sheet.columns).alias(rows_column(number))
        )
        for number, (sheet, frame) in enumerate(lists)
    ]
    rows = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), gathered)
    columns = [rows_column(number) for number in range(len(lists))]
    return rows.groupBy(UNIT_ID).agg(*(F.sort_array(F.collect_list(name)).alias(name) for name in columns))
