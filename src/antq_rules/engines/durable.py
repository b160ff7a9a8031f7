"""The inference engine: margins become outcomes by durable-rules, stage by stage.

Each stage asserts one flat fact and reads what its rules concluded: the margins of tests give the outcomes of criteria,
and counts of those give the verdict; a verdict enters the parent's margins in turn. The plain interpreter judges the
same values first, as a witness: it says which rules to ask together, and a difference is an error, never a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from antq_rules.engines.durable_driver import AllOf as Every
from antq_rules.engines.durable_driver import AnyOf as Some
from antq_rules.engines.durable_driver import Compare as Property
from antq_rules.engines.durable_driver import Condition, Rule, Stage
from antq_rules.engines.protocol import Judgement
from antq_rules.engines.scalar import CompiledStandard, inside, own_criteria, weighed
from antq_rules.errors import InferenceError
from antq_rules.evidence.measuring import Bounds, MeasureFunction, Values, compile_margin, compile_truth
from antq_rules.frozen import frozen
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
_MEMBERS = 8
"""Members of an at_least_k whose combinations become rules; more of them are counted, and the count compared."""


@frozen
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
        self._standards = plan.standards
        self._witness = {id: CompiledStandard(standard) for id, standard in plan.standards.items()}
        self._stages: dict[tuple[str, str], _Stages] = {}
        self._margin = _Single() if any(one.quotas for one in plan.standards.values()) else None

    def judge(self, standard: str, kind: str, values: Values) -> Judgement:
        """See :class:`~antq_rules.engines.protocol.Executor`."""
        stages = self.stages(standard, kind)
        witnessed = self._witness[standard].judge(kind, values)
        concluded = stages.judge(values, witnessed)
        if concluded != witnessed:
            raise InferenceError(_difference(stages.standard, concluded, witnessed))
        return concluded

    def stages(self, standard: str, kind: str) -> _Stages:
        """The stages for units of a kind, made when the first of them is judged: few inputs hold all kinds."""
        found = self._stages.get((standard, kind))
        if found is None:
            found = self._stages.setdefault((standard, kind), _Stages(self._standards[standard], kind))
        return found

    def judge_many(self, standard: str, kind: str, batch: Sequence[Values]) -> Iterator[Judgement]:
        """See :class:`~antq_rules.engines.protocol.Executor`."""
        return (self.judge(standard, kind, values) for values in batch)

    def holds(self, low: int, high: int) -> Outcome:
        """See :class:`~antq_rules.engines.protocol.Executor`."""
        assert self._margin is not None, "no standard of the plan has a quota"
        return self._margin.judge(low, high)


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


class _Subjects:
    """Reads what a stage concluded as one outcome for each of its subjects; anything else is an error."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._meanings = {
            f"{name}_{letter}": (name, outcome) for name in self.names for outcome, letter in _LETTERS.items()
        }
        self._passes = tuple(f"{name}_{_LETTERS[PASS]}" for name in self.names)

    def doubted(self, expected: Iterable[Outcome]) -> list[str]:
        """The rules for a pass of those subjects, in their order, that are not expected to pass."""
        return [rule for rule, outcome in zip(self._passes, expected, strict=True) if outcome is not PASS]

    def outcomes(self, conclusions: Collection[str]) -> dict[str, Outcome]:
        """The outcome concluded for each subject."""
        try:
            found = dict([self._meanings[conclusion] for conclusion in conclusions])
        except KeyError:
            found = {}
        if len(found) == len(conclusions) == len(self.names):
            return found
        raise InferenceError(self._wrong(conclusions))

    def _wrong(self, conclusions: Iterable[str]) -> str:
        found = set()
        for conclusion in conclusions:
            subject, _, letter = conclusion.rpartition("_")
            if subject in found:
                return f"two outcomes were concluded for {subject}"
            if letter not in _LETTERS.values():
                return f"'{conclusion}' was concluded, which is no outcome"
            found.add(subject)
        wanted = set(self.names)
        lacking, foreign = sorted(wanted - found), sorted(found - wanted)
        return f"no outcome was concluded for {lacking}, and one too many for {foreign}"


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
        self.margins = _Facts(names)
        self.places = [f"c{index}" for index in range(len(standard.criteria))]
        self.deciding = None if standard.decision is None else _Deciding(standard, standard.decision, kind)
        if self.deciding is None:
            rules += _decision_rules(self.scoped)
        self.criteria = Stage(f"{standard.id}.{kind}.criteria", rules, self.margins.ends)
        self.subjects = _Subjects([*self.places, *["s"] * self.scoped, *["v"] * (self.deciding is None)])

    def judge(self, values: Values, expected: Judgement) -> Judgement:
        """What the rules conclude.

        What is expected says which rules are asked together, and is counted for those of the verdict: so a conclusion
        holds only if it is what was expected.
        """
        fact = self.margins.of(values)
        outcomes = [*expected.findings, *[expected.scope] * self.scoped]
        if self.deciding is None:
            fact |= self.counted(expected)
            outcomes.append(expected.outcome)
        found = self.subjects.outcomes(self.criteria.conclude(fact, self.subjects.doubted(outcomes)))
        scope = inside(found.get("s", PASS))
        findings = tuple([found[place] for place in self.places])
        verdict, classes = (
            (found["v"], ())
            if self.deciding is None
            else self.deciding.judge(values, scope, findings, weighed(findings, self.own), expected)
        )
        if scope is FAIL:
            return Judgement(NOT_APPLICABLE, self.beyond, verdict, (NOT_APPLICABLE,) * len(classes))
        return Judgement(scope, findings, verdict, classes)

    def counted(self, expected: Judgement) -> dict[str, int]:
        """What the rules of a verdict by findings alone read."""
        findings = weighed(expected.findings, self.own)
        fact = {
            "fails": findings.count(FAIL),
            "pending": findings.count(UNDETERMINED),
            "passes": findings.count(PASS),
        }
        if self.scoped:
            # A judgement says of what is out of scope that nothing applies to it.
            fact["scope"] = _CODES[FAIL if expected.scope is NOT_APPLICABLE else expected.scope]
        return fact


class _Deciding:
    """The stages of a decision by points or by how many criteria are met: what is decided, and the verdict from it."""

    def __init__(self, standard: PlannedStandard, decision: PlannedDecision, kind: str) -> None:
        self.keys = [finding_key(criterion.id) for criterion in standard.criteria]
        self.places = [f"c{index}" for index in range(len(standard.criteria))]
        places = {criterion.id: place for criterion, place in zip(standard.criteria, self.places, strict=True)}
        names: Margins = {}
        rules = _rules("d", decision.truth, names, places)
        self.classes = [f"k{index}" for index in range(len(decision.classes))]
        for place, one in zip(self.classes, decision.classes, strict=True):
            rules += _rules(place, one.reached, names)
        self.margins = _Facts(names)
        self.subjects = _Subjects(["d", *self.classes])
        self.whole = Stage(f"{standard.id}.{kind}.deciding", rules, self.margins.ends)
        self.verdict = Stage(f"{standard.id}.{kind}.verdict", _verdict_rules())
        self.decided = _Subjects(["v"])

    def judge(
        self,
        values: Values,
        scope: Outcome,
        findings: tuple[Outcome, ...],
        weighed: tuple[Outcome, ...],
        expected: Judgement,
    ) -> tuple[Outcome, tuple[Outcome, ...]]:
        """The verdict, and which classes are reached.

        Args:
            values: The unit's.
            scope: Whether it is judged at all.
            findings: Its outcomes by criterion.
            weighed: Those of them that decide.
            expected: What the interpreter found.
        """
        fact = self.margins.of({**values, **dict(zip(self.keys, findings, strict=True))})
        fact |= {place: _CODES[finding] for place, finding in zip(self.places, findings, strict=True)}
        doubted = self.subjects.doubted((expected.outcome, *expected.classes))
        found = self.subjects.outcomes(self.whole.conclude(fact, doubted))
        applying = 0 if scope is FAIL else len(weighed) - weighed.count(NOT_APPLICABLE)
        verdict = self.verdict.conclude({"scope": _CODES[scope], "decided": _CODES[found["d"]], "applying": applying})
        return self.decided.outcomes(verdict)["v"], tuple([found[place] for place in self.classes])


class _Facts:
    """Makes the facts of margins.

    A fact holds the least value of each margin, and the greatest of those that do not pass anyhow: the library spends
    its time on properties, and on each rule that reads one.
    """

    def __init__(self, names: Margins) -> None:
        self.ends = [_ends(name) for name in names.values()]
        margins = [_many(one) if isinstance(one, Many) else compile_margin(one) for one in names]
        self._margins = [(*ends, margin) for ends, margin in zip(self.ends, margins, strict=True)]

    def of(self, values: Values) -> dict[str, int]:
        """The fact of a unit."""
        fact: dict[str, int] = {}
        for least, greatest, margin in self._margins:
            low, high = margin(values)
            fact[least] = low
            if low < 0:
                fact[greatest] = high
        return fact


def _ends(margin: str) -> tuple[str, str]:
    """The properties that hold the least and the greatest value of a margin."""
    return margin, f"{margin}h"


def _margin_has(margin: str, *outcomes: Outcome) -> Condition | None:
    """When a margin has one of these outcomes; None where it never has. It always applies."""
    least, greatest = _ends(margin)
    below = Property(least, "lt", 0)
    ways: dict[Outcome, Condition] = {
        PASS: Property(least, "gte", 0),
        FAIL: Property(greatest, "lt", 0),
        UNDETERMINED: Every((below, Property(greatest, "gte", 0))),
    }
    if {*outcomes} >= {FAIL, UNDETERMINED} and PASS not in outcomes:
        return below
    return _some([ways.get(outcome) for outcome in outcomes])


class _Single:
    """The stage that judges a single margin."""

    def __init__(self) -> None:
        rules = [Rule(f"m_{_LETTERS[one]}", condition) for one in _LETTERS if (condition := _margin_has("m", one))]
        self.stage = Stage("margin", rules, [_ends("m")])
        self.subjects = _Subjects(["m"])

    def judge(self, low: int, high: int) -> Outcome:
        """The outcome of a margin that lies between two numbers."""
        return self.subjects.outcomes(self.stage.conclude(dict(zip(_ends("m"), (low, high), strict=True))))["m"]


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

    def any_of(member: Truth, *wanted: Outcome) -> Condition | None:
        if isinstance(member, Test):
            return _margin_has(_named(member, names), *wanted)
        return _some([of(member, one) for one in wanted])

    if isinstance(node, Conclusion):
        return Property(findings[node.finding], "eq", _CODES[outcome])
    if isinstance(node, Test):
        return _margin_has(_named(node, names), outcome)
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
        if outcome is decisive:
            return _some([of(member, decisive) for member in members])
        if outcome is NOT_APPLICABLE:
            return _every([of(member, NOT_APPLICABLE) for member in members])
        if outcome is quiet:
            harmless = [any_of(member, quiet, NOT_APPLICABLE) for member in members]
            return _every([*harmless, _some([of(member, quiet) for member in members])])
        calm = [any_of(member, quiet, UNDETERMINED, NOT_APPLICABLE) for member in members]
        return _every([*calm, _some([of(member, UNDETERMINED) for member in members])])
    assert isinstance(node, AtLeastOf), f"{type(node).__name__} is resolved when the plan is compiled"
    if len(node.members) > _MEMBERS:
        return _at_least_of_many(node, outcome, names)
    return _at_least(node, outcome, of, any_of)


def _named(margin: Test | Many, names: Margins) -> str:
    """The name of a margin in facts."""
    return names.setdefault(margin, f"t{len(names)}")


def _at_least_of_many(node: AtLeastOf, outcome: Outcome, names: Margins) -> Condition | None:
    """The count of those that hold is enough, where any applies."""
    applying = _named(Many(node, applying=True), names)
    if outcome is NOT_APPLICABLE:
        return _margin_has(applying, FAIL)
    return _every([_margin_has(applying, PASS), _margin_has(_named(Many(node), names), outcome)])


def _at_least(
    node: AtLeastOf,
    outcome: Outcome,
    of: Callable[[Truth, Outcome], Condition | None],
    any_of: Callable[..., Condition | None],
) -> Condition | None:
    """Every combination of members' outcomes that gives the outcome."""
    members = node.members

    def at_least(count: int, wanted: tuple[Outcome, ...]) -> Condition | None:
        choices = [any_of(member, *wanted) for member in members]
        return _some([_every(chosen) for chosen in combinations(choices, count)])

    left_out = _every([of(member, NOT_APPLICABLE) for member in members])
    short = len(members) - node.k + 1
    some_apply = _some([of(member, wanted) for wanted in (PASS, FAIL, UNDETERMINED) for member in members])
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


def _decision_rules(scoped: bool) -> list[Rule]:
    """The verdict from how many criteria came to which outcome, and from the scope where not all are judged."""
    scope = [Property("scope", "eq", _CODES[PASS])] * scoped
    none, some = {}, {}
    for name in ("fails", "pending", "passes"):
        none[name], some[name] = Property(name, "eq", 0), Property(name, "gte", 1)

    def beyond(outcome: Outcome) -> list[Condition | None]:
        return [Property("scope", "eq", _CODES[outcome])] * scoped

    conditions = {
        PASS: _every([*scope, none["fails"], none["pending"], some["passes"]]),
        FAIL: _every([*scope, some["fails"]]),
        UNDETERMINED: _some([*beyond(UNDETERMINED), _every([*scope, none["fails"], some["pending"]])]),
        NOT_APPLICABLE: _some([*beyond(FAIL), _every([*scope, *none.values()])]),
    }
    return [Rule(f"v_{_LETTERS[one]}", condition) for one, condition in conditions.items() if condition]


def _verdict_rules() -> list[Rule]:
    """The verdict from the scope, from what is decided, and from how many criteria apply."""
    inside = Property("scope", "eq", _CODES[PASS])
    applying = Property("applying", "gt", 0)

    def decided(outcome: Outcome) -> Condition:
        return Every((inside, applying, Property("decided", "eq", _CODES[outcome])))

    unknown = Property("scope", "eq", _CODES[UNDETERMINED])
    nothing = Every((inside, Property("applying", "eq", 0)))
    return [
        Rule("v_p", decided(PASS)),
        Rule("v_f", decided(FAIL)),
        Rule("v_u", Some((unknown, decided(UNDETERMINED)))),
        Rule("v_n", Some((Property("scope", "eq", _CODES[FAIL]), nothing, decided(NOT_APPLICABLE)))),
    ]


def stages_of(executor: DurableExecutor) -> Mapping[tuple[str, str], tuple[Stage, ...]]:
    """The stages by standard and kind, for a look at what was compiled."""
    made = {
        (id, kind): executor.stages(id, kind)
        for id, standard in executor._standards.items()
        for kind in standard.scopes
    }
    return {
        key: (
            one.criteria,
            *((one.deciding.whole, one.deciding.verdict) if one.deciding else ()),
        )
        for key, one in made.items()
    }
