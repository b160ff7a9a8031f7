"""What a run judges by, from its options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from antq_rules.cli.output import tell
from antq_rules.errors import EvidenceError, Fault, RulesetError, message
from antq_rules.explain.catalogue import translator
from antq_rules.extensions.choice import ALL, PluginChoice

if TYPE_CHECKING:
    from antq_rules.engine import Engine
    from antq_rules.extensions.plugins import Plugins

CHOSEN = message("Judged by {id} {version}, the ruleset in force for {period}")
EXTENDED = message("Judged by {id} {version}, the ruleset that the overlay extends")
NOTE = message("Note: {note}")


@dataclass(frozen=True, slots=True)
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
    from antq_rules.explain.catalogue import add_catalogues
    from antq_rules.extensions.plugins import installed_plugins

    found = installed_plugins(choice)
    add_catalogues(found.sentences())
    return found


def chosen(choice: Choice, stated: int | None) -> tuple[Engine, int]:
    """The engine and the year of a run.

    Args:
        choice: The options.
        stated: The year that the dossier states, if it does.
    Raises:
        AntqError: The year is not known, or a ruleset, overlay, reading or engine is not.
    """
    from antq_rules.assessment.result import NOT_IN_FORCE
    from antq_rules.engine import Engine
    from antq_rules.extensions.rulesets import base_of_overlays, ruleset_in_force, was_in_force

    period = choice.period if choice.period is not None else stated
    if period is None:
        raise EvidenceError(
            Fault("no_period", message("the dossier states no period"), message("add 'period: 2025' or --period 2025"))
        )
    plugins = taking_part(choice.plugins)
    translate = translator(choice.language)
    named = choice.ruleset or base_of_overlays(choice.overlays, plugins=plugins)
    engine = Engine(
        named or ruleset_in_force(period, plugins=plugins),
        overlays=choice.overlays,
        readings=settings(choice.settings),
        engine=choice.engine,
        language=choice.language,
        plugins=plugins,
    )
    ruleset = engine.ruleset
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
