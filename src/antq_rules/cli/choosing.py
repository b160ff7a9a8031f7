"""What a run judges by, from its options."""

from __future__ import annotations

from antq_rules.assessment.result import NOT_IN_FORCE
from antq_rules.cli.output import tell
from antq_rules.engine import Engine
from antq_rules.errors import EvidenceError, Fault, RulesetError, message
from antq_rules.explain.catalogue import add_catalogues, translator
from antq_rules.extensions.choice import ALL, PluginChoice
from antq_rules.extensions.plugins import Plugins, installed_plugins
from antq_rules.extensions.rulesets import base_of_overlays, find_ruleset, ruleset_in_force, was_in_force
from antq_rules.frozen import frozen
from antq_rules.model.dossier import Dossier
from antq_rules.model.ruleset import Ruleset
from antq_rules.readers.reading import load_dossier, no_period

CHOSEN = message("Judged by {id} {version}, the ruleset in force for {period}")
EXTENDED = message("Judged by {id} {version}, the ruleset that the overlay extends")
NOTE = message("Note: {note}")


@frozen
class Choice:
    """The options that decide by what units are judged."""

    ruleset: str | None = None
    overlays: tuple[str, ...] = ()
    period: int | None = None
    settings: tuple[str, ...] = ()
    engine: str = "auto"
    language: str = "vi"
    plugins: PluginChoice = ALL


def taking_part(choice: PluginChoice) -> Plugins:
    """The plugins that are chosen, their sentences among those that are known.

    Raises:
        PluginError: One cannot be used.
    """
    found = installed_plugins(choice)
    add_catalogues(found.sentences())
    return found


class Chosen:
    """What a run judges by: its plugins, and by the year its ruleset and engine.

    Args:
        choice: The options.
    Raises:
        PluginError: A plugin cannot be used.
    """

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.plugins = taking_part(choice.plugins)
        self._rulesets: dict[int, Ruleset] = {}

    def period(self, stated: int | None) -> int:
        """The year judged.

        Args:
            stated: The year that the dossier states, if it does.
        Raises:
            EvidenceError: Nobody states it.
        """
        period = self.choice.period if self.choice.period is not None else stated
        if period is None:
            raise EvidenceError(no_period())
        return period

    def ruleset(self, stated: int | None) -> Ruleset:
        """The ruleset with its overlays, loaded once a year.

        Raises:
            AntqError: The year is not known, or the ruleset or an overlay is not or has faults.
        """
        period = self.period(stated)
        if period not in self._rulesets:
            name = self._named() or ruleset_in_force(period, plugins=self.plugins)
            self._rulesets[period] = find_ruleset(name, self.choice.overlays, plugins=self.plugins)
        return self._rulesets[period]

    def _named(self) -> str | None:
        return self.choice.ruleset or base_of_overlays(self.choice.overlays, plugins=self.plugins)

    def dossier(self, *inputs: str, mapping: str | None = None) -> Dossier:
        """The dossier of some inputs.

        Raises:
            EvidenceError: See :func:`~antq_rules.readers.reading.load_dossier`.
        """
        return load_dossier(
            *inputs, period=self.choice.period, ruleset=self.ruleset, mapping=mapping, plugins=self.plugins
        )

    def previous(self, name: str | None, period: int, mapping: str | None = None) -> Dossier | None:
        """Last year's dossier, where one is named; its tables are read by the dictionary of the year judged."""
        if name is None:
            return None
        return load_dossier(
            name, period=period - 1, ruleset=self.ruleset(period), mapping=mapping, plugins=self.plugins
        )

    def engine(self, stated: int | None) -> tuple[Engine, int]:
        """The engine and the year; who judges is told where nobody named it, or where it is not in force.

        Raises:
            AntqError: The year is not known, or a ruleset, overlay, reading or engine is not.
        """
        choice, period = self.choice, self.period(stated)
        ruleset = self.ruleset(stated)
        engine = Engine(
            ruleset,
            readings=settings(choice.settings),
            engine=choice.engine,
            language=choice.language,
            plugins=self.plugins,
        )
        translate = translator(choice.language)
        named = self._named()
        if named is None:
            tell(translate(CHOSEN).format(id=ruleset.id, version=ruleset.version, period=period))
        elif choice.ruleset is None:
            tell(translate(EXTENDED).format(id=ruleset.id, version=ruleset.version))
        if named is not None and not was_in_force(ruleset, period):
            note = translate(NOT_IN_FORCE).format(ruleset=ruleset.id, period=period)
            tell(translate(NOTE).format(note=note))
        return engine, period


def settings(words: tuple[str, ...]) -> dict[str, str]:
    """``READING=CHOICE`` words as a mapping.

    Raises:
        RulesetError: A word has another form.
    """
    found = {}
    faults = []
    for word in words:
        name, equals, choice = word.partition("=")
        if name and equals and choice:
            found[name.strip()] = choice.strip()
        else:
            faults.append(
                Fault(
                    "bad_setting",
                    message("'{word}' sets no reading"),
                    message("write --set reading=choice"),
                    values={"word": word},
                )
            )
    if faults:
        raise RulesetError(faults)
    return found
