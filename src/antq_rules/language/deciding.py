"""How a standard decides, read from its ``decide`` and ``classes``: names looked up, points and policies checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from antq_rules.errors import message
from antq_rules.language import documents as shapes
from antq_rules.located import Path
from antq_rules.model.expression import Label, Literal, Measure, bounds
from antq_rules.model.ruleset import (
    AtLeastMet,
    Block,
    Criterion,
    Decision,
    Item,
    Policy,
    Score,
    ScoreClass,
)
from antq_rules.operators.base import RATIO_LIMIT, Reader, closest, exact_fraction, shown
from antq_rules.plan.deciding import full_marks

MET_WORDS = ("met", "unmet")
SCORE_WORDS = ("full", "drop", "zero")


class Deciding:
    """Reads the decision of one standard.

    Args:
        reader: Of conditions over the fields of its units.
        criteria: The sound ones.
        classes: The sound ones, as written.
    """

    def __init__(self, reader: Reader, criteria: tuple[Criterion, ...], classes: tuple[ScoreClass, ...]) -> None:
        self.reader = reader
        self.criteria = criteria
        self.classes = classes
        self.ids = {id for _, id in criterion_ids(reader.document.data)}

    def decision(self, shape: shapes.StandardShape) -> tuple[Decision, tuple[Criterion, ...]]:
        """The decision, and the criteria with what graded items ask for."""
        data = self.reader.document.data.get("decide", "all")
        if not isinstance(data, dict):
            if self.classes:
                self.reader.unfit(
                    ("classes",), message("classes are made from points"), message("decide by a score, or drop them")
                )
            return Decision(), self.criteria
        if ("at_least_met" in data) == ("score" in data):
            self.reader.unfit(("decide",), message("'decide' holds one way to decide"), message("keep one of them"))
            return Decision(), self.criteria
        if "at_least_met" in data:
            return Decision(at_least_met=self.at_least_met(shape.decide)), self.criteria
        assert shape.decide.score is not None
        score = self.score(shape.decide.score)
        return Decision(score=score), self.graded(score)

    def at_least_met(self, shape: shapes.DecideShape) -> AtLeastMet | None:
        """A number of criteria."""
        needed = self.reader.number(shape.at_least_met, ("decide", "at_least_met"))
        policy = self.policy(shape.not_applicable, ("decide", "not_applicable"), MET_WORDS)
        return None if needed is None else AtLeastMet(needed, policy)

    def policy(self, value: Any, path: Path, words: tuple[str, ...]) -> Policy:
        """A word, or a reading whose choices are such words."""
        if isinstance(value, str):
            return Policy(value)
        reading = self.reader.named("reading", value.reading, self.reader.readings, (*path, "reading"))
        if reading is None:
            return Policy(words[-1])
        for choice in reading.choices:
            if choice not in words:
                self.reader.fault(
                    "unknown_choice",
                    (*path, "reading"),
                    message("{name} is not one of the choices"),
                    "{hint}",
                    name=shown(choice),
                    hint=closest(choice, words),
                )
        return Policy(reading.default, reading.name)

    # Scores

    def score(self, shape: shapes.ScoreShape) -> Score | None:
        """A score sheet."""
        path: Path = ("decide", "score")
        out_of = self.reader.number(shape.out_of, (*path, "out_of"))
        unseen = None if shape.not_encoded is None else self.reader.number(shape.not_encoded, (*path, "not_encoded"))
        policy = self.policy(shape.not_applicable, (*path, "not_applicable"), SCORE_WORDS)
        pass_from, pass_class = self.threshold(shape.pass_from, (*path, "pass_from"))
        blocks = [self.block(block, (*path, "groups", index)) for index, block in enumerate(shape.groups)]
        vetoes = [self.reader.condition(veto, (*path, "vetoes", index)) for index, veto in enumerate(shape.vetoes)]
        self.check_items(shape)
        if out_of is None or any(block is None for block in blocks) or (pass_from is None and pass_class is None):
            return None
        score = Score(
            out_of=out_of,
            not_encoded=unseen,
            blocks=tuple(block for block in blocks if block is not None),
            not_applicable=policy,
            pass_from=pass_from,
            pass_class=pass_class,
            vetoes=tuple(veto for veto in vetoes if veto is not None),
        )
        self.check_dropping(score)
        self.check_reach(score)
        return score

    def threshold(self, value: Any, path: Path) -> tuple[Measure | None, str | None]:
        """A number of points, or a class."""
        if isinstance(value, shapes.PassClassShape):
            value = {"class": value.score_class}
        if isinstance(value, dict) and "class" in value:
            known = {one.id: one for one in self.classes}
            found = self.reader.named("class", value["class"], known, (*path, "class"))
            return None, None if found is None else found.id
        return self.reader.number(value, path), None

    def block(self, shape: shapes.GroupShape, path: Path) -> Block | None:
        """A block of the sheet."""
        before = len(self.reader.faults)
        share, floor_points = None, None
        if shape.floor is not None:
            share = exact_fraction(shape.floor.share)
            if (shape.floor.share is None) == (shape.floor.points is None):
                self.reader.unfit(
                    (*path, "floor"),
                    message("a floor is a share or a number of points"),
                    message("give one of the two"),
                )
            elif shape.floor.points is not None:
                floor_points = self.reader.number(shape.floor.points, (*path, "floor", "points"))
            elif share is None or not 0 <= share <= 1 or share.denominator >= RATIO_LIMIT:
                self.reader.unfit(
                    (*path, "floor", "share"),
                    message("a share between 0 and 1 is needed here, not {value}"),
                    message("write 7/10, 0.7 or {{param: name}}"),
                    value=shown(shape.floor.share),
                )
        block = Block(
            id=shape.id,
            title=Label(shape.title.vi, shape.title.en),
            items=tuple(
                item
                for index, row in enumerate(shape.items)
                if (item := self.item(row, (*path, "items", index))) is not None
            ),
            cap=self.points(shape.cap, (*path, "cap")),
            start=self.points(shape.start, (*path, "start")),
            floor_share=share,
            floor_points=floor_points,
            must_be_full=shape.must_be_full,
        )
        if block.cap is None and (share is not None or block.must_be_full):
            self.reader.fault(
                "missing_key", path, message("the key '{name}' is missing"), message("add it"), name="cap"
            )
        return block if len(self.reader.faults) == before else None

    def points(self, value: Any, path: Path) -> Measure | None:
        """A number of points, not negative."""
        measure = None if value is None else self.reader.number(value, path)
        if measure is not None and (bounds(measure)[0] < 0 or measure.dimension.kind not in ("count", "decimal")):
            self.reader.unfit(path, message("points are numbers from 0 upwards"), message("correct them"))
        return measure

    def item(self, shape: shapes.ItemShape, path: Path) -> Item | None:
        """A row of the sheet."""
        if shape.item not in self.ids:
            self.reader.fault(
                "unknown_reuse",
                (*path, "item"),
                message("no criterion has the id '{id}'"),
                "{hint}",
                id=shape.item,
                hint=closest(shape.item, self.ids),
            )
        elif any(one.id == shape.item and one.reuse for one in self.criteria):
            self.reader.unfit(
                (*path, "item"),
                message("'{id}' borrows other criteria and has no outcome of its own"),
                message("weigh a criterion with a requirement"),
                id=shape.item,
            )
        if (shape.points is None) == (shape.deduct is None) or (shape.graded is not None and shape.points is None):
            self.reader.unfit(
                path, message("an item either gives points or takes them away"), message("give 'points' or 'deduct'")
            )
        columns = {
            key: self.reader.value_of(found)
            for key, name in (("graded", shape.graded), ("verified", shape.verified))
            if name is not None and (found := self.reader.field(name, (*path, key), {"integer", "decimal"})) is not None
        }
        if shape.verified is not None and shape.graded is None:
            self.reader.fault(
                "missing_key", path, message("the key '{name}' is missing"), message("add it"), name="graded"
            )
        if len(columns) == 2 and columns["graded"].dimension.places != columns["verified"].dimension.places:
            self.reader.unfit(
                (*path, "verified"),
                message("the two columns have different decimal places"),
                message("declare the fields alike"),
            )
        deduct = self.points(shape.deduct, (*path, "deduct"))
        each = None if shape.deduct_each is None else self.points(shape.deduct_each, (*path, "deduct_each"))
        if each is not None and not isinstance(deduct, Literal):
            self.reader.unfit(
                (*path, "deduct_each"),
                message("what is taken away each time is not fixed"),
                message("give 'deduct' a number"),
            )
        points = self.points(shape.points, (*path, "points"))
        return Item(
            shape.item, points, columns.get("graded"), columns.get("verified"), deduct, each, shape.must_be_full
        )

    def check_items(self, shape: shapes.ScoreShape) -> None:
        """A fault for each criterion that the sheet weighs a second time."""
        seen: set[str] = set()
        for place, block in enumerate(shape.groups):
            for index, row in enumerate(block.items):
                if row.item in seen:
                    self.reader.fault(
                        "duplicate_id",
                        ("decide", "score", "groups", place, "items", index, "item"),
                        message("'{id}' is weighed twice"),
                        message("weigh a criterion once"),
                        id=row.item,
                    )
                seen.add(row.item)

    def check_dropping(self, score: Score) -> None:
        """A fault where items that do not apply cannot be taken out of the scale."""
        policy = score.not_applicable
        reading = self.reader.readings.get(policy.reading or "")
        if "drop" not in (reading.choices if reading else (policy.word,)):
            return
        fixed = isinstance(score.out_of, Literal) and not score.pass_class and score.not_encoded is None
        for block in score.blocks:
            full = sum(
                (
                    Fraction(one.points.value, 10**one.points.dimension.places)
                    for one in block.items
                    if isinstance(one.points, Literal)
                ),
                Fraction(0),
            )
            fixed = fixed and all(isinstance(one.points, Literal) for one in block.items) and block.start is None
            capped = block.cap is not None and (
                not isinstance(block.cap, Literal) or Fraction(block.cap.value, 10**block.cap.dimension.places) != full
            )
            fixed = fixed and not capped and block.floor_points is None
        if not fixed or self.classes:
            self.reader.unfit(
                ("decide", "score", "not_applicable"),
                message("'drop' needs a sheet of fixed points that are only added up"),
                message("write full or zero, or give every item its points and each group their sum as its cap"),
            )

    def check_reach(self, score: Score) -> None:
        """A fault where the sum of points could pass the limit of the executors."""
        measures = [
            measure
            for block in score.blocks
            for item in block.items
            for measure in (item.points, item.graded, item.verified, item.deduct)
            if measure is not None
        ]
        measures += [one for block in score.blocks for one in (block.cap, block.start) if one is not None]
        each = [one.deduct_each for block in score.blocks for one in block.items if one.deduct_each is not None]
        most = max((bounds(measure)[1] for measure in each), default=1)
        self.reader.within_limit(measures, ("decide", "score"), factor=RATIO_LIMIT * max(1, most))

    def graded(self, score: Score | None) -> tuple[Criterion, ...]:
        """The criteria, those of graded items met by full points where they ask for nothing else."""
        items = {item.criterion: item for block in score.blocks for item in block.items} if score else {}
        found = []
        for criterion in self.criteria:
            item = items.get(criterion.id)
            if criterion.require is None and item is not None and item.graded is not None:
                criterion = replace(criterion, require=full_marks(item))
            if criterion.require is not None or criterion.reuse:
                found.append(criterion)
        return tuple(found)


def criterion_ids(data: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """The ids of a standard's criteria, as written, with their paths."""
    rows = data.get("criteria")
    for index, row in enumerate(rows if isinstance(rows, list) else []):
        if isinstance(row, dict) and "id" in row:
            yield ("criteria", index, "id"), row["id"]


def graded_items(data: Mapping[str, Any]) -> set[str]:
    """The criteria that get their points from a field, as written."""
    found: set[str] = set()
    decide = data.get("decide")
    score = decide.get("score") if isinstance(decide, dict) else None
    groups = score.get("groups") if isinstance(score, dict) else None
    for group in groups if isinstance(groups, list) else ():
        items = group.get("items") if isinstance(group, dict) else None
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and "graded" in item and isinstance(item.get("item"), str):
                found.add(item["item"])
    return found
