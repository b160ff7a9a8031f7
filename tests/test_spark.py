"""Judging on Spark: the same units, findings and counts as on one machine, however the rows are parted."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from antq_rules import Engine, EvidenceError
from antq_rules.assessment.tables.result import ResultTables
from antq_rules.model.ruleset import Ruleset
from tests.conftest import program
from tests.random_dossiers import random_dossier, random_previous
from tests.random_rulesets import dossier_2012, dossier_typical
from tests.random_small_rulesets import dossier_ntm
from tests.table_files import frames_of, sayable

pytest.importorskip("pyspark", reason="pyspark is not installed; nox -s spark runs these tests")

from pyspark.sql import DataFrame, SparkSession

from antq_rules.spark import SparkResult, assess

pytestmark = [
    # PySpark warns of every pandas that is newer than itself, wherever it takes one.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]

ROOT = Path(__file__).parent.parent
PROVINCE = ROOT / "plugins/antq-rules-example/src/antq_rules_example/overlays/tinh-mau-2025"
Frames = Mapping[str, pl.DataFrame]


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    """Spark on this machine, with two workers."""
    program("java", package="default-jre-headless")
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.log.level": "ERROR",
        # What pays for itself with many rows takes longer than these few.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        # Units of a kind are judged by columns from 64 on; more than one batch is to have so many.
        "spark.sql.execution.arrow.maxRecordsPerBatch": "70",
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYSPARK_PYTHON", sys.executable)
        environment.setenv("POLARS_MAX_THREADS", "1")
        session = builder.getOrCreate()
        yield session
        session.stop()


def in_spark(spark: SparkSession, frames: Frames, partitions: int | None) -> dict[str, DataFrame]:
    """The tables in Spark, their rows in as many partitions; as Spark parts them where no number is given."""
    tables = {}
    for name, frame in frames.items():
        plain = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        made = spark.createDataFrame(plain)
        tables[name] = made.coalesce(1) if partitions == 1 else made.repartition(partitions) if partitions else made
    return tables


def on_one_machine(engine: Engine, tables: Mapping[str, DataFrame], period: int, **more: Any) -> ResultTables:
    """The same tables, their rows in the order in which Spark has them, judged on one machine."""
    return engine.assess_table({name: table.toArrow() for name, table in tables.items()}, period=period, **more)


def rows(table: DataFrame | pl.DataFrame, *order: str) -> list[dict[str, Any]]:
    """The rows of a table in an order of ours."""
    frame = table if isinstance(table, pl.DataFrame) else pl.from_arrow(table.toArrow())
    assert isinstance(frame, pl.DataFrame)
    return frame.sort(order).rows(named=True)


def same(found: SparkResult, expected: ResultTables) -> None:
    """Everything that Spark says is said on one machine."""
    assert rows(found.units, "unit", "kind", "errors") == rows(expected.units, "unit", "kind", "errors")
    assert rows(found.findings(), "unit", "criterion") == rows(expected.findings(), "unit", "criterion")
    assert found.summary == expected.summary
    assert found.groups == expected.groups
    for group in expected.groups:
        assert found.summary_below(group.unit) == expected.summary_below(group.unit)
    assert found.quotas == expected.quotas
    assert found.exit_code == expected.exit_code
    assert found.input_sha256 == expected.input_sha256
    assert found.previous_sha256 == expected.previous_sha256


@dataclass(frozen=True)
class Case:
    """A ruleset with a random dossier for it."""

    draw: Callable[[], dict[str, Any]]
    ruleset: str = "tt-124-2021"
    options: Mapping[str, Any] = field(default_factory=dict)
    partitions: int | None = None
    previous: bool = False

    def engine(self) -> Engine:
        return Engine(self.ruleset, language="en", engine="scalar", **self.options)


def sayable_frames(dossier: dict[str, Any], ruleset: Ruleset) -> dict[str, pl.DataFrame]:
    return frames_of(sayable(dossier, ruleset), ruleset)


CASES = {
    "tt-124-2021": Case(lambda: random_dossier(7, 260), previous=True),
    "overlay and readings": Case(
        lambda: random_dossier(8, 120),
        options={"overlays": [PROVINCE], "readings": {"yoy_mode": "decrease"}},
    ),
    "tt-23-2012": Case(lambda: dossier_2012(3, 120), "tt-23-2012", partitions=1),
    "a ruleset that asks another one": Case(lambda: dossier_ntm(3, 80), "ntm-19.2"),
    "typical ward": Case(lambda: dossier_typical(4, 90), "typical-ward-9745", partitions=5),
}


@pytest.mark.parametrize("id", CASES)
def test_spark_says_what_one_machine_says(spark: SparkSession, id: str) -> None:
    case = CASES[id]
    engine, dossier = case.engine(), case.draw()
    period = dossier["period"]
    tables = in_spark(spark, sayable_frames(dossier, engine.ruleset), case.partitions)
    if case.previous:
        last = in_spark(spark, sayable_frames(random_previous(dossier, 5), engine.ruleset), case.partitions)
        expected = on_one_machine(
            engine, tables, period, previous={name: table.toArrow() for name, table in last.items()}
        )
        result = assess(engine, tables, period=period, previous=last)
    else:
        expected = on_one_machine(engine, tables, period)
        result = assess(engine, tables, period=period)
    with result:
        same(result, expected)
        if id == "typical ward":
            assert rows(result.findings(passes=True), "unit", "criterion") == rows(
                expected.findings(passes=True), "unit", "criterion"
            )


def kdc(id: str | None, parent: str | None = None, **values: Any) -> dict[str, Any]:
    """A row of the table of residential areas."""
    return {"id": id, "parent": parent, "households_resident": 200, "incidents": None, **values}


def parted(spark: SparkSession, *parts: list[dict[str, Any]], schema: str) -> DataFrame:
    """A table of which each partition is given."""
    frames = [spark.createDataFrame([tuple(row.values()) for row in part], schema).coalesce(1) for part in parts]
    whole = frames[0]
    for frame in frames[1:]:
        whole = whole.union(frame)
    return whole


AREAS = "id string, parent string, households_resident int, incidents boolean"
COMMUNES = "kind string, id string, parent string, subunits_total int"
INCIDENTS = "unit string, type string, occurred_on string"


def incident(unit: str | None, type: str | None = "separatism", date: str | None = "2025-03-01") -> dict[str, Any]:
    return {"unit": unit, "type": type, "occurred_on": date}


def commune(id: str, kind: str = "xa") -> dict[str, Any]:
    return {"kind": kind, "id": id, "parent": "huyen-1", "subunits_total": None}


@pytest.mark.parametrize("in_memory", [False, True])
def test_units_that_share_an_id_are_refused_wherever_they_stand(spark: SparkSession, in_memory: bool) -> None:
    engine = Engine("tt-124-2021", language="en", engine="scalar")
    tables = {
        "kdc": parted(
            spark,
            [
                kdc("a", "xa-1"), kdc(None, households_resident=None), kdc(None, "xa-1"),
                kdc("b", "xa-1", households_resident=-1),
            ],
            [kdc("c", "xa-1"), kdc("Tổng cộng"), kdc("a", "xa-2"), kdc("d ", "nowhere")],
            [kdc("e", "xa-2", incidents=False)],
            schema=AREAS,
        ),
        "communes": parted(
            spark, [commune("xa-1")], [commune("xa-2"), commune("huyen-1", "huyen"), commune("x", "no kind")],
            schema=COMMUNES,
        ),
        "incidents": parted(
            spark,
            [incident("a", "no such type"), incident("c")],
            [incident(None, None, None), incident("d")],
            schema=INCIDENTS,
        ),
    }  # fmt: skip
    if in_memory:
        # Spark plans these otherwise: whatever it can compute of them it computes before it parts them.
        tables = {name: spark.createDataFrame(table.toArrow()) for name, table in tables.items()}
    with assess(engine, tables, period=2025) as result:
        same(result, on_one_machine(engine, tables, 2025))
        refused = {(row["unit"], row["parent"]): row["errors"] for row in rows(result.rejected, "unit", "parent")}
        assert set(refused) == {("a", "xa-1"), ("a", "xa-2"), ("b", "xa-1"), ("units[5]", "xa-1"), ("x", "huyen-1")}
        assert "the id 'a' stands at 2 units" in refused["a", "xa-2"]
        # The rows belong to the first of them.
        assert "no such type" in refused["a", "xa-1"]
        assert "no such type" not in refused["a", "xa-2"]


WRONG: dict[str, tuple[dict[str, list[Any]], list[str]]] = {
    "rows of no unit": (
        {
            "kdc": ["id string", [("a",)]],
            "incidents": ["unit string, type string", [("a", "separatism"), ("b", "x"), (None, "y")]],
        },
        ["incidents: #2 unit: there is no unit 'b'", "incidents: #3 unit: this row does not say of which unit it is"],
    ),
    "documents of no field": (
        {"kdc": ["id string", [("a",)]], "documents": ["unit string, field string", [("a", "nothing")]]},
        ["documents: #1 field: 'nothing' is not a field of kdc"],
    ),
    "an unknown table": ({"kcd": ["id string", [("a",)]]}, ["did you mean 'kdc'"]),
    "an unknown column": ({"kdc": ["id string, nothing int", [("a", 1)]]}, ["'nothing' is not a field of kdc"]),
    "moments in a time zone": (
        {"kdc": ["id string, registration_date timestamp", [("a", None)]]}, ["of the time zone"]
    ),
}  # fmt: skip


@pytest.mark.parametrize("id", WRONG)
def test_tables_that_cannot_be_used_are_refused_as_on_one_machine(spark: SparkSession, id: str) -> None:
    engine = Engine("tt-124-2021", language="en", engine="scalar")
    given, words = WRONG[id]
    tables = {name: spark.createDataFrame(rows, schema) for name, (schema, rows) in given.items()}
    with pytest.raises(EvidenceError) as refused:
        assess(engine, tables, period=2025)
    for word in words:
        assert word in str(refused.value)
    with pytest.raises(EvidenceError) as expected:
        list(on_one_machine(engine, tables, 2025).verdicts)
    assert str(refused.value) == str(expected.value)


def test_frames_of_other_libraries_are_refused() -> None:
    engine = Engine("tt-124-2021", engine="scalar")
    with pytest.raises(EvidenceError, match="'kdc' is no data frame; hand in a data frame of Spark"):
        assess(engine, {"kdc": pl.DataFrame({"id": ["a"]})}, period=2025)  # type: ignore[dict-item, unused-ignore]


def test_empty_tables_give_an_empty_result(spark: SparkSession) -> None:
    engine = Engine("tt-124-2021", engine="scalar")
    tables = {
        "kdc": spark.createDataFrame([], "id string, incidents void"),
        "incidents": spark.createDataFrame([], INCIDENTS),
    }
    expected = on_one_machine(engine, tables, 2025)
    with assess(engine, tables, period=2025) as result:
        same(result, expected)
        assert result.manifest == json.loads(expected.to_json())["manifest"]
    with assess(engine, {}, period=2025) as nothing:
        assert nothing.units.count() == nothing.findings().count() == nothing.exit_code == 0
        assert (nothing.summary, nothing.groups, nothing.quotas) == ((), (), ())
