"""The inference engine: margins become outcomes by durable-rules, stage by stage.

Each stage asserts one flat fact and reads what its rules concluded: margins give the outcomes of tests, those give the
outcomes of criteria, and counts of those give the verdict; a verdict enters the parent's margins in turn. The plain
interpreter judges the same values as a witness: a difference is an error, never a verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

from antq_rules.engines.durable_driver import AllOf as Every
from antq_rules.engines.durable_driver import AnyOf as Some
from antq_rules.engines.durable_driver import Compare as Property
from antq_rules.engines.durable_driver import Condition, Rule, Stage
from antq_rules.engines.protocol import Judgement
from antq_rules.engines.scalar import CompiledStandard, inside
from antq_rules.errors import InferenceError
from antq_rules.evidence.measuring import MeasureFunction, Values, compile_margin
from antq_rules.model.expression import AllOf, AnyOf, AtLeastOf, Not, Test, Truth, When
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED, Outcome
from antq_rules.plan.compiling import Plan, PlannedStandard

# In facts the outcomes rise from fail to not applicable, so that "no hindrance" is one comparison.
_CODES = {FAIL: 0, UNDETERMINED: 1, PASS: 2, NOT_APPLICABLE: 3}
_LETTERS = {FAIL: "f", UNDETERMINED: "u", PASS: "p", NOT_APPLICABLE: "n"}
_OUTCOMES = {letter: outcome for outcome, letter in _LETTERS.items()}
_MEMBERS = 8
"""Members of an at_least_k whose combinations become rules."""


class DurableExecutor:
    """Judges by rules, one set of stages for each standard and kind of unit."""

    name = "durable"

    def __init__(self, plan: Plan) -> None:
        self._witness = {id: CompiledStandard(standard) for id, standard in plan.standards.items()}
        self._stages = {
            (id, kind): _Stages(standard, kind) for id, standard in plan.standards.items() for kind in standard.scopes
        }

    def judge(self, standard: str, kind: str, values: Values) -> Judgement:
        """See :class:`~antq_rules.engines.protocol.Executor`."""
        stages = self._stages[standard, kind]
        concluded = stages.judge(values)
        witnessed = self._witness[standard].judge(kind, values)
        if concluded != witnessed:
            raise InferenceError(_difference(stages.standard, concluded, witnessed))
        return concluded


def _difference(standard: PlannedStandard, concluded: Judgement, witnessed: Judgement) -> str:
    for criterion, one, other in zip(standard.criteria, concluded.findings, witnessed.findings, strict=True):
        if one is not other:
            return f"{criterion.id}: the rules concluded {one.value}, the interpreter {other.value}"
    return (
        f"{standard.id}: the rules concluded scope {concluded.scope.value}, verdict {concluded.outcome.value}; "
        f"the interpreter scope {witnessed.scope.value}, verdict {witnessed.outcome.value}"
    )


class _Stages:
    def __init__(self, standard: PlannedStandard, kind: str) -> None:
        self.standard = standard
        self.beyond = (NOT_APPLICABLE,) * len(standard.criteria)
        names: dict[Test, str] = {}
        rules = [rule for index, one in enumerate(standard.criteria) for rule in _rules(f"c{index}", one.truth, names)]
        scope = standard.scopes[kind]
        self.scoped = scope is not None
        if scope is not None:
            rules += _rules("s", scope, names)
        self.margins: tuple[tuple[str, MeasureFunction], ...] = tuple(
            (name, compile_margin(test)) for test, name in names.items()
        )
        self.subjects = [f"c{index}" for index in range(len(standard.criteria))] + ["s"] * self.scoped
        self.tests = Stage(
            f"{standard.id}.{kind}.tests",
            [
                rule
                for name in names.values()
                for rule in (
                    Rule(f"{name}_p", Property(name, "gte", 0), usual=True),
                    Rule(f"{name}_f", Property(name, "lt", 0)),
                )
            ],
        )
        self.criteria = Stage(f"{standard.id}.{kind}.criteria", rules)
        self.decision = Stage(f"{standard.id}.{kind}.decision", _decision_rules())

    def judge(self, values: Values) -> Judgement:
        margins: dict[str, int] = {}
        codes: dict[str, int] = {}
        for name, margin in self.margins:
            low, high = margin(values)
            if low >= 0:
                margins[name] = low
            elif high < 0:
                margins[name] = high
            else:
                # Neither end decides: the margin is unknown and stays out, so that no rule can fire on it.
                codes[name] = _CODES[UNDETERMINED]
        for name, outcome in _concluded(self.tests.conclude(margins), margins).items():
            codes[name] = _CODES[outcome]
        found = _concluded(self.criteria.conclude(codes), self.subjects)
        scope = inside(found.pop("s", PASS))
        if scope is FAIL:
            return Judgement(NOT_APPLICABLE, self.beyond, self.decide(scope, ()))
        findings = tuple(found[subject] for subject in self.subjects[: len(self.beyond)])
        return Judgement(scope, findings, self.decide(scope, findings))

    def decide(self, scope: Outcome, findings: tuple[Outcome, ...]) -> Outcome:
        fact = {
            "scope": _CODES[scope],
            "fails": findings.count(FAIL),
            "pending": findings.count(UNDETERMINED),
            "passes": findings.count(PASS),
        }
        return _concluded(self.decision.conclude(fact), ["v"])["v"]


def _concluded(conclusions: Iterable[str], subjects: Iterable[str]) -> dict[str, Outcome]:
    """The one outcome concluded for each subject; a missing, doubled or foreign one is an error."""
    found: dict[str, Outcome] = {}
    for conclusion in conclusions:
        subject, _, letter = conclusion.rpartition("_")
        if subject in found:
            raise InferenceError(f"two outcomes were concluded for {subject}")
        if letter not in _OUTCOMES:
            raise InferenceError(f"'{conclusion}' was concluded, which is no outcome")
        found[subject] = _OUTCOMES[letter]
    wanted = set(subjects)
    if found.keys() != wanted:
        lacking, foreign = sorted(wanted - found.keys()), sorted(found.keys() - wanted)
        raise InferenceError(f"no outcome was concluded for {lacking}, and one too many for {foreign}")
    return found


def _rules(subject: str, truth: Truth, names: dict[Test, str]) -> list[Rule]:
    """For each outcome that a condition can have a rule over the outcomes of its tests."""
    conditions = {outcome: _when(truth, outcome, names) for outcome in Outcome}
    return [
        Rule(f"{subject}_{_LETTERS[outcome]}", condition, usual=outcome is PASS)
        for outcome, condition in conditions.items()
        if condition is not None
    ]


def _when(node: Truth, outcome: Outcome, names: dict[Test, str]) -> Condition | None:
    """When a condition has an outcome, told by the outcomes of its tests; None where it never has."""

    def of(member: Truth, wanted: Outcome) -> Condition | None:
        return _when(member, wanted, names)

    if isinstance(node, Test):
        name = names.setdefault(node, f"t{len(names)}")
        return None if outcome is NOT_APPLICABLE else Property(name, "eq", _CODES[outcome])
    if isinstance(node, Not):
        return of(node.member, {PASS: FAIL, FAIL: PASS}.get(outcome, outcome))
    if isinstance(node, When):
        applies, required = of(node.applies, PASS), of(node.require, outcome)
        own = _every([applies, required])
        if outcome is UNDETERMINED:
            return _some([of(node.applies, UNDETERMINED), own])
        if outcome is NOT_APPLICABLE:
            return _some([of(node.applies, FAIL), of(node.applies, NOT_APPLICABLE), own])
        return own
    if isinstance(node, AllOf | AnyOf):
        decisive, quiet = (FAIL, PASS) if isinstance(node, AllOf) else (PASS, FAIL)
        members = node.members
        left_out = [of(member, NOT_APPLICABLE) for member in members]
        if outcome is decisive:
            return _some([of(member, decisive) for member in members])
        if outcome is NOT_APPLICABLE:
            return _every(left_out)
        harmless = [_some([of(member, quiet), out]) for member, out in zip(members, left_out, strict=True)]
        if outcome is quiet:
            return _every([*harmless, _some([of(member, quiet) for member in members])])
        calm = [
            _some([of(member, quiet), of(member, UNDETERMINED), out])
            for member, out in zip(members, left_out, strict=True)
        ]
        return _every([*calm, _some([of(member, UNDETERMINED) for member in members])])
    if isinstance(node, AtLeastOf):
        return _at_least(node, outcome, names)
    raise NotImplementedError(type(node).__name__)


def _at_least(node: AtLeastOf, outcome: Outcome, names: dict[Test, str]) -> Condition | None:
    """Every combination of members' outcomes that gives the outcome."""
    members = node.members
    if len(members) > _MEMBERS:
        raise InferenceError(f"at_least_k with more than {_MEMBERS} members is left to the scalar engine")
    words = {wanted: [_when(member, wanted, names) for member in members] for wanted in Outcome}

    def at_least(count: int, wanted: tuple[Outcome, ...]) -> Condition | None:
        choices = [_some([words[one][index] for one in wanted]) for index in range(len(members))]
        return _some([_every([choices[i] for i in chosen]) for chosen in combinations(range(len(members)), count)])

    left_out = _every(words[NOT_APPLICABLE])
    short = len(members) - node.k + 1
    some_apply = _some([word for wanted in (PASS, FAIL, UNDETERMINED) for word in words[wanted]])
    if outcome is PASS:
        return at_least(node.k, (PASS,))
    if outcome is NOT_APPLICABLE:
        return left_out
    if outcome is FAIL:
        return _every([at_least(short, (FAIL, NOT_APPLICABLE)), some_apply])
    return _every([at_least(node.k, (PASS, UNDETERMINED)), at_least(short, (FAIL, NOT_APPLICABLE, UNDETERMINED))])


def _every(members: Iterable[Condition | None]) -> Condition | None:
    found: list[Condition] = []
    for member in members:
        if member is None:
            return None
        found += member.members if isinstance(member, Every) else [member]
    distinct = tuple(dict.fromkeys(found))
    return distinct[0] if len(distinct) == 1 else Every(distinct)


def _some(members: Iterable[Condition | None]) -> Condition | None:
    found: list[Condition] = []
    for member in members:
        if member is not None:
            found += member.members if isinstance(member, Some) else [member]
    distinct = tuple(dict.fromkeys(found))
    return None if not distinct else distinct[0] if len(distinct) == 1 else Some(distinct)


def _decision_rules() -> list[Rule]:
    """The verdict from the scope and from how many criteria came to which outcome."""

    def state(**wanted: tuple[str, int]) -> Condition:
        return Every(tuple(Property(name, op, value) for name, (op, value) in wanted.items()))

    inside = ("eq", _CODES[PASS])
    none = ("eq", 0)
    some = ("gte", 1)
    return [
        Rule("v_p", state(scope=inside, fails=none, pending=none, passes=some), usual=True),
        Rule("v_f", state(scope=inside, fails=some)),
        Rule(
            "v_u",
            Some(
                (
                    Property("scope", "eq", _CODES[UNDETERMINED]),
                    state(scope=inside, fails=none, pending=some),
                )
            ),
        ),
        Rule(
            "v_n",
            Some(
                (
                    Property("scope", "eq", _CODES[FAIL]),
                    state(scope=inside, fails=none, pending=none, passes=none),
                )
            ),
        ),
    ]


def stages_of(executor: DurableExecutor) -> Mapping[tuple[str, str], tuple[Stage, ...]]:
    """The stages by standard and kind, for a look at what was compiled."""
    return {key: (one.tests, one.criteria, one.decision) for key, one in executor._stages.items()}
