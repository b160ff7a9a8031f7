"""The inference engine: margins become outcomes by durable-rules, stage by stage.

Each stage asserts one flat fact and reads what its rules concluded: margins give the outcomes of tests, those give the
outcomes of criteria, and counts of those give the verdict; a verdict enters the parent's margins in turn. The plain
interpreter judges the same values as a witness: a difference is an error, never a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from antq_rules.engines.durable_driver import AllOf as Every
from antq_rules.engines.durable_driver import AnyOf as Some
from antq_rules.engines.durable_driver import Compare as Property
from antq_rules.engines.durable_driver import Condition, Rule, Stage
from antq_rules.engines.protocol import Judgement
from antq_rules.engines.scalar import CompiledStandard, inside, own_criteria, weighed
from antq_rules.errors import InferenceError
from antq_rules.evidence.measuring import Bounds, MeasureFunction, Values, compile_margin, compile_truth
from antq_rules.model.expression import (
    AllOf,
    AnyOf,
    AtLeastOf,
    Conclusion,
    Not,
    Test,
    Truth,
    When,
    finding_key,
)
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED, Outcome
from antq_rules.plan.compiling import Plan, PlannedStandard
from antq_rules.plan.deciding import PlannedDecision

# In facts the outcomes rise from fail to not applicable, so that "no hindrance" is one comparison.
_CODES = {FAIL: 0, UNDETERMINED: 1, PASS: 2, NOT_APPLICABLE: 3}
_LETTERS = {FAIL: "f", UNDETERMINED: "u", PASS: "p", NOT_APPLICABLE: "n"}
_OUTCOMES = {letter: outcome for outcome, letter in _LETTERS.items()}
_MEMBERS = 8
"""Members of an at_least_k whose combinations become rules; more of them are counted, and the count compared."""


@dataclass(frozen=True, slots=True)
class Many:
    """How many of many members hold, less the number asked for; or, with ``applying``, how many apply, less one."""

    node: AtLeastOf
    applying: bool = False


Margins = dict["Test | Many", str]
"""Names in facts for whatever gives a margin."""


class DurableExecutor:
    """Judges by rules, one set of stages for each standard and kind of unit."""

    name = "durable"

    def __init__(self, plan: Plan) -> None:
        self._witness = {id: CompiledStandard(standard) for id, standard in plan.standards.items()}
        self._stages = {
            (id, kind): _Stages(standard, kind) for id, standard in plan.standards.items() for kind in standard.scopes
        }
        self._margin = _margin_stage("margin", ["m"]) if any(one.quotas for one in plan.standards.values()) else None

    def judge(self, standard: str, kind: str, values: Values) -> Judgement:
        """See :class:`~antq_rules.engines.protocol.Executor`."""
        stages = self._stages[standard, kind]
        concluded = stages.judge(values)
        witnessed = self._witness[standard].judge(kind, values)
        if concluded != witnessed:
            raise InferenceError(_difference(stages.standard, concluded, witnessed))
        return concluded

    def judge_many(self, standard: str, kind: str, batch: Sequence[Values]) -> Iterator[Judgement]:
        """See :class:`~antq_rules.engines.protocol.Executor`."""
        return (self.judge(standard, kind, values) for values in batch)

    def holds(self, low: int, high: int) -> Outcome:
        """See :class:`~antq_rules.engines.protocol.Executor`."""
        assert self._margin is not None, "no standard of the plan has a quota"
        return _outcomes(self._margin, {"m": (low, high)})["m"]


def _difference(standard: PlannedStandard, concluded: Judgement, witnessed: Judgement) -> str:
    for criterion, one, other in zip(standard.criteria, concluded.findings, witnessed.findings, strict=True):
        if one is not other:
            return f"{criterion.id}: the rules concluded {one.value}, the interpreter {other.value}"
    for planned, one, other in zip(
        standard.decision.classes if standard.decision else (), concluded.classes, witnessed.classes, strict=False
    ):
        if one is not other:
            return f"{standard.id}, class {planned.id}: the rules concluded {one.value}, the interpreter {other.value}"
    return (
        f"{standard.id}: the rules concluded scope {concluded.scope.value}, verdict {concluded.outcome.value}; "
        f"the interpreter scope {witnessed.scope.value}, verdict {witnessed.outcome.value}"
    )


class _Stages:
    def __init__(self, standard: PlannedStandard, kind: str) -> None:
        self.standard = standard
        self.own = own_criteria(standard)
        self.beyond = (NOT_APPLICABLE,) * len(standard.criteria)
        names: Margins = {}
        rules = [rule for index, one in enumerate(standard.criteria) for rule in _rules(f"c{index}", one.truth, names)]
        scope = standard.scopes[kind]
        self.scoped = scope is not None
        if scope is not None:
            rules += _rules("s", scope, names)
        self.margins = _compiled(names)
        self.subjects = [f"c{index}" for index in range(len(standard.criteria))] + ["s"] * self.scoped
        self.tests = _margin_stage(f"{standard.id}.{kind}.tests", names.values())
        self.criteria = Stage(f"{standard.id}.{kind}.criteria", rules)
        self.deciding = None if standard.decision is None else _Deciding(standard, standard.decision, kind)
        self.decision = Stage(
            f"{standard.id}.{kind}.decision", _decision_rules() if self.deciding is None else _verdict_rules()
        )

    def judge(self, values: Values) -> Judgement:
        outcomes = _outcomes(self.tests, {name: margin(values) for name, margin in self.margins})
        codes = {name: _CODES[outcome] for name, outcome in outcomes.items()}
        found = _concluded(self.criteria.conclude(codes), self.subjects)
        scope = inside(found.pop("s", PASS))
        findings = tuple(found[subject] for subject in self.subjects[: len(self.beyond)])
        if self.deciding is None:
            if scope is FAIL:
                return Judgement(NOT_APPLICABLE, self.beyond, self.decide(scope, ()))
            return Judgement(scope, findings, self.decide(scope, weighed(findings, self.own)))
        decided, classes = self.deciding.judge(values, findings)
        if scope is FAIL:
            beyond = (NOT_APPLICABLE,) * len(classes)
            return Judgement(NOT_APPLICABLE, self.beyond, self.verdict(scope, decided, ()), beyond)
        return Judgement(scope, findings, self.verdict(scope, decided, weighed(findings, self.own)), classes)

    def decide(self, scope: Outcome, findings: tuple[Outcome, ...]) -> Outcome:
        """The verdict from the findings alone."""
        fact = {
            "scope": _CODES[scope],
            "fails": findings.count(FAIL),
            "pending": findings.count(UNDETERMINED),
            "passes": findings.count(PASS),
        }
        return _concluded(self.decision.conclude(fact), ["v"])["v"]

    def verdict(self, scope: Outcome, decided: Outcome, findings: tuple[Outcome, ...]) -> Outcome:
        """The verdict from what the standard decides."""
        applying = len(findings) - findings.count(NOT_APPLICABLE)
        fact = {"scope": _CODES[scope], "decided": _CODES[decided], "applying": applying}
        return _concluded(self.decision.conclude(fact), ["v"])["v"]


class _Deciding:
    """The stages of a decision by points or by how many criteria are met: its tests, then the whole."""

    def __init__(self, standard: PlannedStandard, decision: PlannedDecision, kind: str) -> None:
        self.keys = [finding_key(criterion.id) for criterion in standard.criteria]
        places = {criterion.id: f"c{index}" for index, criterion in enumerate(standard.criteria)}
        names: Margins = {}
        rules = _rules("d", decision.truth, names, places)
        self.classes = [f"k{index}" for index in range(len(decision.classes))]
        classes = [compile_margin(one.reached) for one in decision.classes]
        self.margins = (*_compiled(names), *zip(self.classes, classes, strict=True))
        self.tests = _margin_stage(f"{standard.id}.{kind}.gates", [name for name, _ in self.margins])
        self.whole = Stage(f"{standard.id}.{kind}.deciding", rules)

    def judge(self, values: Values, findings: tuple[Outcome, ...]) -> tuple[Outcome, tuple[Outcome, ...]]:
        """What is decided, and which classes are reached."""
        known = {**values, **dict(zip(self.keys, findings, strict=True))}
        outcomes = _outcomes(self.tests, {name: margin(known) for name, margin in self.margins})
        codes = {name: _CODES[outcome] for name, outcome in outcomes.items()}
        codes |= {f"c{index}": _CODES[finding] for index, finding in enumerate(findings)}
        decided = _concluded(self.whole.conclude(codes), ["d"])["d"]
        return decided, tuple(outcomes[name] for name in self.classes)


def _compiled(names: Margins) -> tuple[tuple[str, MeasureFunction], ...]:
    return tuple((name, _many(one) if isinstance(one, Many) else compile_margin(one)) for one, name in names.items())


def _many(one: Many) -> MeasureFunction:
    """A function that gives the margin of a count of members."""
    members, k = [compile_truth(member) for member in one.node.members], one.node.k

    def many(values: Values) -> Bounds:
        outcomes = [member(values) for member in members]
        if one.applying:
            applying = len(outcomes) - outcomes.count(NOT_APPLICABLE) - 1
            return applying, applying
        passed = outcomes.count(PASS)
        return passed - k, passed + outcomes.count(UNDETERMINED) - k

    return many


def _margin_stage(name: str, margins: Iterable[str]) -> Stage:
    """The stage whose rules turn margins into outcomes."""
    return Stage(
        name,
        [
            rule
            for margin in margins
            for rule in (
                Rule(f"{margin}_p", Property(margin, "gte", 0), usual=True),
                Rule(f"{margin}_f", Property(margin, "lt", 0)),
            )
        ],
    )


def _outcomes(stage: Stage, margins: Mapping[str, Bounds]) -> dict[str, Outcome]:
    """The outcome of each margin, in their order."""
    fact: dict[str, int] = {}
    for name, (low, high) in margins.items():
        # Where neither end decides, the margin is unknown and stays out, so that no rule can fire on it.
        if low >= 0:
            fact[name] = low
        elif high < 0:
            fact[name] = high
    concluded = _concluded(stage.conclude(fact), fact)
    return {name: concluded.get(name, UNDETERMINED) for name in margins}


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


def _rules(subject: str, truth: Truth, names: Margins, findings: Mapping[str, str] | None = None) -> list[Rule]:
    """For each outcome that a condition can have a rule over the outcomes of its tests and of findings."""
    conditions = {outcome: _when(truth, outcome, names, findings or {}) for outcome in Outcome}
    return [
        Rule(f"{subject}_{_LETTERS[outcome]}", condition, usual=outcome is PASS)
        for outcome, condition in conditions.items()
        if condition is not None
    ]


def _when(node: Truth, outcome: Outcome, names: Margins, findings: Mapping[str, str]) -> Condition | None:
    """When a condition has an outcome, told by the outcomes of its tests; None where it never has."""

    def of(member: Truth, wanted: Outcome) -> Condition | None:
        return _when(member, wanted, names, findings)

    if isinstance(node, Conclusion):
        return Property(findings[node.finding], "eq", _CODES[outcome])
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
    assert isinstance(node, AtLeastOf), f"{type(node).__name__} is resolved when the plan is compiled"
    if len(node.members) > _MEMBERS:
        return _at_least_of_many(node, outcome, names)
    return _at_least(node, outcome, of)


def _at_least_of_many(node: AtLeastOf, outcome: Outcome, names: Margins) -> Condition | None:
    """The count of those that hold is enough, where any applies."""
    applying = names.setdefault(Many(node, applying=True), f"t{len(names)}")
    if outcome is NOT_APPLICABLE:
        return Property(applying, "eq", _CODES[FAIL])
    enough = names.setdefault(Many(node), f"t{len(names)}")
    return Every((Property(applying, "eq", _CODES[PASS]), Property(enough, "eq", _CODES[outcome])))


def _at_least(node: AtLeastOf, outcome: Outcome, of: Callable[[Truth, Outcome], Condition | None]) -> Condition | None:
    """Every combination of members' outcomes that gives the outcome."""
    members = node.members
    words = {wanted: [of(member, wanted) for member in members] for wanted in Outcome}

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


def _verdict_rules() -> list[Rule]:
    """The verdict from the scope, from what is decided, and from how many criteria apply."""
    inside = Property("scope", "eq", _CODES[PASS])
    applying = Property("applying", "gt", 0)

    def decided(outcome: Outcome) -> Condition:
        return Every((inside, applying, Property("decided", "eq", _CODES[outcome])))

    unknown = Property("scope", "eq", _CODES[UNDETERMINED])
    nothing = Every((inside, Property("applying", "eq", 0)))
    return [
        Rule("v_p", decided(PASS), usual=True),
        Rule("v_f", decided(FAIL)),
        Rule("v_u", Some((unknown, decided(UNDETERMINED)))),
        Rule("v_n", Some((Property("scope", "eq", _CODES[FAIL]), nothing, decided(NOT_APPLICABLE)))),
    ]


def stages_of(executor: DurableExecutor) -> Mapping[tuple[str, str], tuple[Stage, ...]]:
    """The stages by standard and kind, for a look at what was compiled."""
    return {
        key: (
            one.tests,
            one.criteria,
            *((one.deciding.tests, one.deciding.whole) if one.deciding else ()),
            one.decision,
        )
        for key, one in executor._stages.items()
    }
