"""Judge units against the Vietnamese standard "An toàn về an ninh, trật tự" and its kin, with reasons.

``Engine`` judges; ``load_dossier`` and ``load_ruleset`` read files; everything public is named here. Names are fetched
when they are first used, so that ``antq --version`` need not wait for the engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from antq_rules.version import __version__

if TYPE_CHECKING:
    from antq_rules.assessment.assessing import Assessment, Rejected
    from antq_rules.assessment.session import Session
    from antq_rules.engine import Engine
    from antq_rules.errors import (
        AntqError,
        EvidenceError,
        Fault,
        InferenceError,
        NotYetError,
        PluginError,
        RulesetError,
        RulesetSchemaError,
        RulesetSyntaxError,
    )
    from antq_rules.explain.shortfalls import apply
    from antq_rules.extensions.hooks import hookimpl
    from antq_rules.extensions.rulesets import build_plugin_manager
    from antq_rules.extensions.rulesets import find_ruleset as load_ruleset
    from antq_rules.model.dossier import Dossier, Unit
    from antq_rules.model.outcome import Outcome
    from antq_rules.model.ruleset import Criterion, Ruleset
    from antq_rules.model.verdict import Finding, Reason, Shortfall, Verdict
    from antq_rules.readers.reading import load_dossier

__all__ = [
    "AntqError",
    "Assessment",
    "Criterion",
    "Dossier",
    "Engine",
    "EvidenceError",
    "Fault",
    "Finding",
    "InferenceError",
    "NotYetError",
    "Outcome",
    "PluginError",
    "Reason",
    "Rejected",
    "Ruleset",
    "RulesetError",
    "RulesetSchemaError",
    "RulesetSyntaxError",
    "Session",
    "Shortfall",
    "Unit",
    "Verdict",
    "__version__",
    "apply",
    "build_plugin_manager",
    "hookimpl",
    "load_dossier",
    "load_ruleset",
]

_HOMES = {
    "AntqError": "errors:AntqError",
    "Assessment": "assessment.assessing:Assessment",
    "Criterion": "model.ruleset:Criterion",
    "Dossier": "model.dossier:Dossier",
    "Engine": "engine:Engine",
    "EvidenceError": "errors:EvidenceError",
    "Fault": "errors:Fault",
    "Finding": "model.verdict:Finding",
    "InferenceError": "errors:InferenceError",
    "NotYetError": "errors:NotYetError",
    "Outcome": "model.outcome:Outcome",
    "PluginError": "errors:PluginError",
    "Reason": "model.verdict:Reason",
    "Rejected": "assessment.assessing:Rejected",
    "Ruleset": "model.ruleset:Ruleset",
    "RulesetError": "errors:RulesetError",
    "RulesetSchemaError": "errors:RulesetSchemaError",
    "RulesetSyntaxError": "errors:RulesetSyntaxError",
    "Session": "assessment.session:Session",
    "Shortfall": "model.verdict:Shortfall",
    "Unit": "model.dossier:Unit",
    "Verdict": "model.verdict:Verdict",
    "apply": "explain.shortfalls:apply",
    "build_plugin_manager": "extensions.rulesets:build_plugin_manager",
    "hookimpl": "extensions.hooks:hookimpl",
    "load_dossier": "readers.reading:load_dossier",
    "load_ruleset": "extensions.rulesets:find_ruleset",
}


def __getattr__(name: str) -> Any:
    """Fetch a public name from the module that defines it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    globals()[name] = value = getattr(import_module(f"{__name__}.{module}"), attribute)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
