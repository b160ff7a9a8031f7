"""``antq validate``: everything that is wrong with dossiers, without judging what they say."""

from __future__ import annotations

from antq_rules.cli.choosing import Choice, Chosen
from antq_rules.cli.marking import marking_of
from antq_rules.cli.output import standard_output, tell
from antq_rules.errors import Fault, message
from antq_rules.explain.catalogue import translator
from antq_rules.frozen import frozen
from antq_rules.readers.reading import merged, read_inputs, year_faults

SOUND = message("{count} units, no faults")
FOUND = message("{count} units, {faults} faults")


@frozen
class Validate:
    """What to check, and by which dictionary of fields."""

    inputs: tuple[str, ...]
    choice: Choice
    mapping: str | None = None
    mark_errors: str | None = None

    def __call__(self) -> int:
        """List the faults; 0 if there are none, 2 otherwise."""
        stream = standard_output()
        chosen = Chosen(self.choice)
        marking = marking_of(self.inputs, self.mark_errors, self.choice.language, chosen.plugins)
        dossiers, faults = read_inputs(
            *self.inputs, ruleset_of=chosen.ruleset, mapping=self.mapping, plugins=chosen.plugins
        )
        faults += year_faults(dossiers, self.choice.period)
        dossier = merged((dossier for _, dossier in dossiers), self.choice.period)
        if dossier.entries:
            engine, period = chosen.engine(dossier.period)
            assessment = engine.assess(dossier, period=period)
            faults += [fault for rejected in assessment.rejected for fault in rejected.faults]
        translate = translator(self.choice.language)
        for fault in sorted(faults, key=_place):
            stream.write(fault.line(translate) + "\n")
        if marking is not None:
            marking.write(faults)
        summary = translate(FOUND if faults else SOUND)
        tell(summary.format(count=len(dossier.entries), faults=len(faults)))
        return 2 if faults else 0


def _place(fault: Fault) -> tuple[str, str, int, int]:
    place = fault.place
    if place is None:
        return "", "", 0, 0
    return place.file, place.cell.rpartition("!")[0], place.line, place.column
