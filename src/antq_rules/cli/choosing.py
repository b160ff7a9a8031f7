"""What a run judges by, from its options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from antq_rules.cli.output import tell
from antq_rules.errors import EvidenceError, Fault, RulesetError, message
from antq_rules.explain.catalogue import translator

if TYPE_CHECKING:
    from antq_rules.engine import Engine

NOT_IN_FORCE = message("Note: {ruleset} was not in force for the whole of {period}; it is used since it was named")


@dataclass(frozen=True, slots=True)
class Choice:
    """The options that decide by what units are judged."""

    ruleset: str | None = None
    overlays: tuple[str, ...] = ()
    period: int | None = None
    settings: tuple[str, ...] = ()
    engine: str = "auto"
    language: str = "vi"


def chosen(choice: Choice, stated: int | None) -> tuple[Engine, int]:
    """The engine and the year of a run.

    Args:
        choice: The options.
        stated: The year that the dossier states, if it does.
    Raises:
        AntqError: The year is not known, or a ruleset, overlay, reading or engine is not.
    """
    from antq_rules.engine import Engine
    from antq_rules.extensions.rulesets import ruleset_in_force

    period = choice.period if choice.period is not None else stated
    if period is None:
        raise EvidenceError(
            Fault("no_period", message("the dossier states no period"), message("add 'period: 2025' or --period 2025"))
        )
    engine = Engine(
        choice.ruleset or ruleset_in_force(period),
        overlays=choice.overlays,
        readings=settings(choice.settings),
        engine=choice.engine,
        language=choice.language,
    )
    if choice.ruleset is not None:
        warn_if_not_in_force(engine, period, choice.language)
    return engine, period


def warn_if_not_in_force(engine: Engine, period: int, language: str) -> None:
    """Say on the standard error that a ruleset named by hand is not that of the year."""
    from antq_rules.extensions.rulesets import window_ends

    ruleset = engine.ruleset
    if not all(ruleset.term.holds(day) for day in window_ends(ruleset, period)):
        tell(translator(language)(NOT_IN_FORCE).format(ruleset=ruleset.id, period=period))


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
