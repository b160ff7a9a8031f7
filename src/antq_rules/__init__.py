"""Judge units against the Vietnamese standard "An toàn về an ninh, trật tự" and its kin, with reasons.

``Engine`` judges; ``load_dossier`` and ``load_ruleset`` read files; everything public is named here.
"""

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
from antq_rules.version import __version__

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
