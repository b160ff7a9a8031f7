"""One dossier judged by two rulesets: each gets what it knows, and of the rest it is said that it was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from antq_rules.assessment.assessing import text_of
from antq_rules.assessment.comparing import Gathering, Standing, Unjudged
from antq_rules.errors import message
from antq_rules.explain.catalogue import translator
from antq_rules.frozen import frozen
from antq_rules.model.dossier import Dossier, Entry
from antq_rules.model.ruleset import Field
from antq_rules.model.verdict import VerdictNote
from antq_rules.plan.compiling import Plan

LEFT_OUT = message("Fields that {ruleset} does not declare were left out of what it judges: {fields}")
LEFT_OUT_OVERLAID = message(
    "Fields that {ruleset} with {overlays} does not declare were left out of what it judges: {fields}"
)


@frozen
class Known:
    """What of a dossier one of two rulesets gets.

    ``kept_back`` are units of kinds that only the other one knows, ``fields`` the names that only the other one
    declares. What neither knows stays, and is refused.
    """

    dossier: Dossier
    kept_back: tuple[Unjudged | Gathering, ...]
    fields: tuple[str, ...]
    ruleset: str
    overlays: tuple[str, ...]

    def notes(self, language: str) -> tuple[VerdictNote, ...]:
        """A note on the fields that were left out, if there were any."""
        if not self.fields:
            return ()
        template = LEFT_OUT_OVERLAID if self.overlays else LEFT_OUT
        text = translator(language)(template).format(
            ruleset=self.ruleset, overlays=", ".join(self.overlays), fields=", ".join(self.fields)
        )
        return (VerdictNote("fields_left_out", text),)


def known_to(dossier: Dossier, plan: Plan, other: Plan) -> Known:
    """What of a dossier the ruleset of a plan gets, where that of another plan judges it as well."""
    ids = Counter(text_of(entry, "id") for entry in dossier.entries)
    entries: list[Entry] = []
    kept_back: list[Unjudged | Gathering] = []
    fields: set[str] = set()
    for entry in dossier.entries:
        id, kind = text_of(entry, "id"), text_of(entry, "kind")
        if id is None or ids[id] > 1 or kind is None:
            entries.append(entry)
        elif kind in plan.kinds:
            entries.append(_restricted(entry, plan.fields[kind], other.fields.get(kind, {}), fields))
        elif kind in other.kinds:
            kept_back.append(_kept_back(entry, id, kind, other))
        else:
            entries.append(entry)
    return Known(
        Dossier(dossier.period, tuple(entries)),
        tuple(kept_back),
        tuple(sorted(fields)),
        plan.ruleset.id,
        tuple(overlay.id for overlay in plan.ruleset.overlays),
    )


def _kept_back(entry: Entry, id: str, kind: str, other: Plan) -> Unjudged | Gathering:
    name, parent = text_of(entry, "name"), text_of(entry, "parent")
    if other.kinds[kind].groups:
        return Gathering(id, kind, name, parent)
    return Unjudged(id, kind, name, parent, Standing.NOT_JUDGED)


def _restricted(entry: Entry, own: Mapping[str, Field], others: Mapping[str, Field], dropped: set[str]) -> Entry:
    evidence = entry.data.get("evidence")
    if not isinstance(evidence, Mapping):
        return entry
    kept: dict[str, Any] = {}
    for name, value in evidence.items():
        if name not in own and name in others:
            dropped.add(name)
        elif name in own and name in others and own[name].columns:
            kept[name] = _rows(value, own[name], others[name], dropped)
        else:
            kept[name] = value
    return replace(entry, data={**entry.data, "evidence": kept})


def _rows(value: Any, own: Field, other: Field, dropped: set[str]) -> Any:
    """The rows of a record list without the columns that only the other ruleset declares."""
    if isinstance(value, Mapping) and "value" in value:
        return {**value, "value": _rows(value["value"], own, other, dropped)}
    if not isinstance(value, list):
        return value
    beyond = other.columns.keys() - own.columns.keys()
    dropped |= {
        f"{own.name}.{column}" for row in value if isinstance(row, Mapping) for column in row if column in beyond
    }
    return [
        {column: item for column, item in row.items() if column not in beyond} if isinstance(row, Mapping) else row
        for row in value
    ]
