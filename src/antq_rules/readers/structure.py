"""The outer shape of a dossier: ``antq.dossier/1``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from antq_rules.errors import EvidenceError, Fault, message
from antq_rules.located import Document
from antq_rules.model.dossier import Dossier, Entry
from antq_rules.operators.base import closest, shown

SCHEMA = "antq.dossier/1"
DOSSIER_KEYS = ("schema", "period", "units")


def dossier_from_mapping(data: Mapping[str, Any], document: Document | None = None) -> Dossier:
    """A dossier from plain values.

    Args:
        data: A mapping with ``schema``, ``period`` (may be left out) and ``units``.
        document: From which the data come, for places.
    Raises:
        EvidenceError: The outer shape is wrong; units are not looked at.
    """
    source = document or Document("dossier", data)
    faults: list[Fault] = []
    if not isinstance(data, Mapping):
        raise EvidenceError(
            source.fault(
                "wrong_schema",
                message("a dossier is a mapping with schema, period and units, not {value}"),
                message("begin the file with 'schema: antq.dossier/1'"),
                value=shown(data),
            )
        )
    for key in data:
        if key not in DOSSIER_KEYS:
            faults.append(
                source.fault(
                    "unknown_key", message("'{name}' is no key of a dossier"), "{hint}", (key,), key=True, name=key,
                    hint=closest(key, DOSSIER_KEYS),
                )
            )  # fmt: skip
    if data.get("schema") != SCHEMA:
        faults.append(
            source.fault(
                "wrong_schema",
                message("the schema is {found}, not '{wanted}'"),
                message("begin the file with 'schema: antq.dossier/1'"),
                ("schema",),
                found=shown(data.get("schema")),
                wanted=SCHEMA,
            )
        )
    period = data.get("period")
    if period is not None and (isinstance(period, bool) or not isinstance(period, int)):
        faults.append(
            source.fault(
                "wrong_type", message("the period is {value}, not a year"), message("write 'period: 2025'"),
                ("period",), value=shown(period),
            )
        )  # fmt: skip
    units = data.get("units")
    if not isinstance(units, list):
        faults.append(
            source.fault(
                "wrong_type" if "units" in data else "missing_key",
                message("'units' is {value}, not a list"),
                message("list the units under 'units:'"),
                ("units",),
                value=shown(units),
            )
        )
    if faults:
        raise EvidenceError(faults)
    assert isinstance(units, list)
    return Dossier(period, tuple(Entry(unit, document, ("units", index)) for index, unit in enumerate(units)))
