"""The estimator that a model becomes: proposals first, then the picture decides.

The network proposes motions in the order of their votes, each is refined by the last inch,
and the one with which most of the picture agrees is the answer. Only when no proposal is
sure are the landmarks asked, which takes longer.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.cells import UNIT, Candidate, cell_places, count_votes
from pregrasp.perception.estimator import Estimate, Image, Votes
from pregrasp.perception.features.matching import SHRINK, Matcher, find_features
from pregrasp.perception.last_inch import LastInch, Pyramid, Refined
from pregrasp.perception.marks import Look, Marks
from pregrasp.perception.model import NEAR, NETWORK, Model
from pregrasp.perception.network_input import check_image
from pregrasp.perception.tflite_network import TfliteNetwork

CANDIDATES = 6
"""How many of the network's proposals are looked at, as long as none is sure."""

HOPS = 4
"""How many repeats of its pattern a part is followed back."""

CLEARLY = 0.05
"""Another repeat must agree by so much more to be believed instead."""

UNMISTAKABLE = 0.07
"""The best place must agree by so much more than its repeats, or nobody can tell."""

MARKS_WEIGH = 0.2
"""What all the marks of a part together say about a place counts as so much agreement."""

MARKS_SHOWN = 1 / 4
"""Least share of the marks of a part that repeats itself that must be there."""

SURE = 0.5
"""An answer with this share of the agreement that is typical ends the search for others."""

SURE_AMONG_REPEATS = 0.8
"""The same for a part that repeats itself: wrong places agree much there, too."""


class ModelEstimator:
    """The estimator that a model becomes: network first, then the last inch.

    Args:
        model: The trained model.
        threads: Threads for the network.
        folder: Where the model is, for messages.
    """

    def __init__(self, model: Model, threads: int = 1, folder: Path = Path()) -> None:
        self.model = model
        self._network = TfliteNetwork(model.network, threads, str(folder / NETWORK))
        self._places = cell_places(model.image_map)
        self._last_inch = LastInch(model.levels, model.image_map) if model.levels else None
        landmarks = model.landmarks
        self._matcher = (
            Matcher(landmarks.points, landmarks.descriptors, model.image_map)
            if landmarks is not None
            else None
        )

    def estimate(self, image: Image) -> Estimate:
        """Answer for one picture.

        Raises:
            ImageError: The picture does not fit the model.
        """
        began = time.perf_counter()
        check_image(image, self.model.image_map.size)
        pyramid = Pyramid(image)
        candidates = self._candidates(pyramid)
        refined: Refined | None = None
        margin = 1.0
        if self._last_inch is not None:
            refined, margin = self._refine(self._last_inch, pyramid, candidates)
            motion, confidence = refined.motion, refined.confidence
        else:
            likeliest = next(candidates)
            motion, confidence = likeliest.motion, likeliest.share
        away = motion.distance
        reason = self._doubt_presence(confidence)
        if refined and away <= NEAR:
            reason = reason or self._doubt_identity(pyramid, refined)
        reason = reason or self._doubt_place(confidence, margin)
        trust = self.model.trust
        growth = 1.0 + trust.bound_growth * away
        return Estimate(
            motion=motion,
            confidence=confidence,
            trusted=not reason,
            reason=reason,
            bound_translation=trust.bound_translation_mm * MM * growth,
            bound_rotation=trust.bound_rotation_deg * DEG * growth,
            bound_level=trust.level,
            compute_time=time.perf_counter() - began,
            votes=_votes(refined) if refined else None,
        )

    def _candidates(self, pyramid: Pyramid) -> Iterator[Candidate]:
        """What may be, the likeliest and the quickest to find first; at least one."""
        answer = self._network.answer(self._network.prepare(pyramid.at(2)))
        if answer.cells is None:
            x, y, theta, share = (float(value) for value in answer.motion)
            yield Candidate(MotionCommand(x * UNIT, y * UNIT, theta), share)
            return
        yield from count_votes(answer.cells, self._places, CANDIDATES)
        if self._matcher is not None:
            matches = self._matcher.match(find_features(pyramid.at(SHRINK)))
            if matches is not None:
                yield Candidate(matches.motion, 0.0, rough=False)
        # The tool may stand at the goal already: then the picture itself will say so.
        yield Candidate(MotionCommand(), 0.0)
        yield Candidate(MotionCommand(), 0.0, rough=False)

    def _refine(
        self, last_inch: LastInch, pyramid: Pyramid, candidates: Iterator[Candidate]
    ) -> tuple[Refined, float]:
        """The candidate that the picture itself agrees with most, refined, and its margin."""
        best = last_inch.refine(pyramid, next(candidates).motion)
        share = SURE_AMONG_REPEATS if self.model.aliases else SURE
        while best.confidence < share * self.model.trust.typical:
            candidate = next(candidates, None)
            if candidate is None:
                break
            first = 0 if candidate.rough else 1
            refined = last_inch.refine(pyramid, candidate.motion, first)
            if refined.confidence > best.confidence:
                best = refined
        return self._best_repeat(last_inch, pyramid, best)

    def _best_repeat(
        self, last_inch: LastInch, pyramid: Pyramid, found: Refined
    ) -> tuple[Refined, float]:
        """Out of all places where a part that repeats itself may lie, the one that fits best.

        Returns:
            That place, and by how much it fits better than the next one.
        """
        if not self.model.aliases:
            return found, 1.0
        for _ in range(HOPS):
            others = [
                last_inch.look_closely(pyramid, found.motion @ alias)
                for alias in self.model.aliases
            ]
            standing = self._standing(pyramid, found)
            best, better = max(
                ((self._standing(pyramid, other), other) for other in others),
                key=lambda pair: pair[0],
            )
            if best < standing + CLEARLY:
                return found, standing - best
            # The coarser levels may have been what led to the wrong repeat.
            found = last_inch.look_closely(pyramid, better.motion)
        return found, 0.0

    def _standing(self, pyramid: Pyramid, refined: Refined) -> float:
        """How well a place stands against its repeats: its agreement, and what its marks say."""
        marks = self.model.marks
        if marks is None:
            return refined.agreeing
        return refined.agreeing + MARKS_WEIGH * self._look(marks, pyramid, refined).balance

    def _look(self, marks: Marks, pyramid: Pyramid, refined: Refined) -> Look:
        return marks.look(pyramid, self.model.image_map, refined.motion)

    def _doubt_presence(self, confidence: float) -> str:
        """Why the part may not be there; empty when it is."""
        trust = self.model.trust
        if not confidence >= trust.agreeing:
            return (
                f"only {confidence:.0%} of what can be told looks like {self.model.task} at the "
                f"estimated place, expected at least {trust.agreeing:.0%}. Is the part in view, "
                "uncovered and lit?"
            )
        return ""

    def _doubt_identity(self, pyramid: Pyramid, refined: Refined) -> str:
        """Why this may be another part in the right place; empty when it is the right one."""
        task, trust, marks = self.model.task, self.model.trust, self.model.marks
        if refined.likeness < trust.likeness:
            return (
                f"it lies where {task} would, but looks different: a likeness of "
                f"{refined.likeness:.1%}, expected at least {trust.likeness:.1%}. Is it another "
                "part with the same pattern?"
            )
        if marks is None:
            return ""
        look = self._look(marks, pyramid, refined)
        if look.contradicted or look.shown < MARKS_SHOWN * look.total:
            return (
                f"it has the pattern of {task}, but of the {look.total} places where {task} "
                f"breaks it only {look.shown} are recognised, and at {look.contradicted} the "
                "pattern goes on. Is it another part with the same pattern, or covered there?"
            )
        return ""

    def _doubt_place(self, confidence: float, margin: float) -> str:
        """Why it may lie one repeat further on; empty when it does not."""
        if margin < UNMISTAKABLE:
            return (
                f"{self.model.task} repeats its pattern, and another place fits as well "
                f"({confidence:.0%} against {confidence - margin:.0%}). Is an edge or a mark of "
                "the part hidden, or is it another part?"
            )
        return ""


def _votes(refined: Refined) -> Votes:
    return Votes(refined.points.astype(np.float32), refined.weights.astype(np.float32))
