"""Why a standard decided as it did, where it does not decide by all criteria: numbers met, points, gates, vetoes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from antq_rules.errors import message
from antq_rules.explain.reasons import SPAN, UNSET, Explaining, shortfall_of
from antq_rules.explain.rising import Rising
from antq_rules.explain.shortfalls import stated
from antq_rules.explain.wording import percentage, written
from antq_rules.model.expression import Compare, Measure, ParameterValue, Truth, finding_key, walk
from antq_rules.model.outcome import NOT_APPLICABLE, PASS, Outcome
from antq_rules.model.verdict import BlockPoints, Points, Reason, Shortfall
from antq_rules.plan.deciding import Gate, PlannedDecision, ShareOf

MET = message("Criteria met: {observed}; needed: {required}")
SCORE = message("Points: {observed} of {out_of}; needed: at least {required}")
APPLYING = message(
    "Points: {observed} of {out_of}, of which {beyond} do not apply; needed: {required} of {out_of} in proportion"
)
BLOCK = message("{title}: {observed}; needed: at least {required}")
FULL = message("{title}: must give all of its points")
FLOOR = message("{title}: {observed}; needed: at least {share} of {whole}")
VETO = message("Ruled out whatever the rest: {why}")
SPARED = message("Not ruled out: {why}")


class DecisionTelling:
    """Tells the decision on one unit from its findings."""

    def __init__(self, explaining: Explaining, findings: tuple[Outcome, ...]) -> None:
        standard = explaining.standard
        assert standard.decision is not None
        self.decision: PlannedDecision = standard.decision
        self.explaining = explaining
        self.measure = explaining.measure
        self.findings = findings
        keys = (finding_key(criterion.id) for criterion in standard.criteria)
        self.rising: Rising | None = None
        self.values: Mapping[str, Any] = {**explaining.values, **dict(zip(keys, findings, strict=True))}

    def reasons(self, *, passes: bool = False) -> Iterator[Reason]:
        """A reason for each gate that does not hold for certain; for all of them where passes are wanted.

        Criteria that a province adds give no reason here, their findings do.
        """
        if all(finding is NOT_APPLICABLE for finding in self.findings):
            return
        for gate in self.decision.gates:
            outcome = self.explaining.truth(gate.truth)(self.values)
            if gate.code != "all" and outcome is not NOT_APPLICABLE and (passes or outcome is not PASS):
                yield self.reason(gate, outcome)

    def reason(self, gate: Gate, outcome: Outcome) -> Reason:
        """What one gate saw and asks for."""
        if not isinstance(gate.truth, Compare):
            return self.condition(gate, outcome)
        if gate.share is not None and gate.code == "floor":
            return self.shared(gate, gate.share, outcome)
        left, right = (
            (gate.truth.left, gate.truth.right) if gate.share is None else (gate.share.points, gate.share.whole)
        )
        observed, required = self.span(left), self.span(right)
        say = self.explaining.wording.say
        values: dict[str, Any] = {"observed": self.words(left), "required": self.words(right)}
        if gate.code == "score":
            assert self.decision.points is not None
            assert self.decision.out_of is not None
            values["out_of"] = self.words(self.decision.out_of)
            text = say(SCORE, **values)
            if gate.truth.left != self.decision.points:
                text, observed = self.proportion(gate.truth), self.span(self.decision.points)
                required = None
        elif gate.code == "at_least_met":
            text = say(MET, **values)
        else:
            assert gate.title is not None
            text = say(BLOCK, title=self.explaining.wording.label(gate.title), **values)
        return Reason(gate.code, outcome, text, observed, required, shortfall=self.shortfall(gate, outcome))

    def shared(self, gate: Gate, share: ShareOf, outcome: Outcome) -> Reason:
        """A block that must reach a share of its points."""
        assert gate.title is not None
        wording = self.explaining.wording
        text = wording.say(
            FLOOR,
            title=wording.label(gate.title),
            observed=self.words(share.points),
            share=percentage(share.ratio),
            whole=self.words(share.whole),
        )
        observed = self.span(share.points)
        return Reason(gate.code, outcome, text, observed, str(share.ratio), shortfall=self.shortfall(gate, outcome))

    def proportion(self, test: Compare) -> str:
        """The score where points that do not apply are taken out of the scale."""
        points, out_of = self.decision.points, self.decision.out_of
        assert points is not None
        assert out_of is not None
        whole = self.measure(out_of)(self.values)[1]
        full = sum(self.measure(block.cap)(self.values)[1] if block.cap else 0 for block in self.decision.blocks)
        least = self.measure(test.right)(self.values)[0] // max(1, whole)
        wording = self.explaining.wording
        return wording.say(
            APPLYING,
            observed=self.words(points),
            out_of=self.words(out_of),
            beyond=max(0, full - self.applying()),
            required=wording.value(least, points.dimension),
        )

    def applying(self) -> int:
        """The points that items which apply can give at most."""
        return sum(self.most(block.points) for block in self.decision.blocks)

    def most(self, measure: Measure) -> int:
        """What a block would give if all that applies were met."""
        met = {
            key: PASS if isinstance(value, Outcome) and value is not NOT_APPLICABLE else value
            for key, value in self.values.items()
        }
        return self.measure(measure)(met)[1]

    def condition(self, gate: Gate, outcome: Outcome) -> Reason:
        """A veto, or a criterion that must give all of its points."""
        if gate.title is not None:
            text = self.explaining.wording.say(FULL, title=self.explaining.wording.label(gate.title))
            return Reason(gate.code, outcome, text, shortfall=self.shortfall(gate, outcome))
        inner = next(iter(self.explaining.reasons(gate.truth, outcome, self.explaining.search())))
        text = self.explaining.wording.say(SPARED if outcome is PASS else VETO, why=inner.text)
        return Reason(gate.code, outcome, text, inner.observed, inner.required, inner.missing, inner.shortfall)

    def shortfall(self, gate: Gate, outcome: Outcome) -> Shortfall | None:
        """The smallest change found that makes the gate hold."""
        if outcome is PASS:
            return None
        if self.rising is None:
            self.rising = Rising(self.explaining.search(), self.explaining.standard)
        changes = self.rising.reach(gate.truth)
        if changes is None and is_open(gate.truth):
            return None  # It waits for a number that nobody has set; no change to the unit is the answer.
        return shortfall_of(changes)

    # Points

    def score(self) -> Points | None:
        """The score, where there is one."""
        return None if self.decision.points is None else self.points(self.decision.points, self.decision.out_of)

    def blocks(self) -> Iterator[BlockPoints]:
        """The points of each block."""
        for block in self.decision.blocks:
            yield BlockPoints(block.id, block.title, self.points(block.points, block.cap))

    def points(self, measure: Measure, out_of: Measure | None) -> Points:
        """Points and their scale, as a dossier writes numbers."""
        low, high = (stated(end, measure.dimension) for end in self.measure(measure)(self.values))
        if out_of is None:
            return Points(low, high)
        least, most = self.measure(out_of)(self.values)
        return Points(low, high, stated(least, out_of.dimension) if least == most else None)

    def span(self, measure: Measure) -> Any:
        """A number as a dossier writes it, or both ends."""
        low, high = (written(end, measure.dimension) for end in self.measure(measure)(self.values))
        return low if low == high else {"least": low, "most": high}

    def words(self, measure: Measure) -> str:
        """A number, or both ends, in words."""
        low, high = self.measure(measure)(self.values)
        wording = self.explaining.wording
        if isinstance(measure, ParameterValue):
            return wording.say(UNSET, title=wording.subject(measure))
        if low == high:
            return wording.value(low, measure.dimension)
        return wording.say(SPAN, low=wording.value(low, measure.dimension), high=wording.value(high, measure.dimension))


def is_open(gate: Truth) -> bool:
    """Whether a gate asks for a number that the ruleset leaves unset."""
    return isinstance(gate, Compare) and any(isinstance(node, ParameterValue) for node in walk(gate.right))
