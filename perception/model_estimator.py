"""The estimator that a model becomes: proposals first, then the picture decides.

The network proposes motions in the order of their votes, each is refined by the last inch,
and the one with which most of the picture agrees is the answer. Only when no proposal is
sure are the part's edges asked, and then its landmarks, which takes longer.
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
from pregrasp.perception.model import NEAR, NETWORK, Model
from pregrasp.perception.network_input import check_image
from pregrasp.perception.repeats import RepeatSearch
from pregrasp.perception.shape import SHRINK as SHAPE_SHRINK
from pregrasp.perception.shape import ShapeSearch
from pregrasp.perception.tflite_network import TfliteNetwork

CANDIDATES = 6
"""How many proposals of the network, and of the part's shape, are looked at, as long as none is
sure."""

UNMISTAKABLE = 0.07
"""The best place must agree by so much more than its repeats, or nobody can tell."""

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
        self._shape_search = (
            ShapeSearch(model.shape, model.image_map) if model.shape is not None else None
        )
        self._repeats = (
            RepeatSearch(self._last_inch, model.image_map, model.aliases, model.marks)
            if self._last_inch is not None and model.aliases
            else None
        )
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
        refined: Refined | None = None
        margin = 1.0
        if self._last_inch is not None:
            refined, margin = self._refine(self._last_inch, pyramid)
            motion, confidence = refined.motion, refined.confidence
        else:
            likeliest = next(self._candidates(pyramid))
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
        if self._shape_search is not None:
            for motion in self._shape_search.find(pyramid.at(SHAPE_SHRINK), CANDIDATES):
                yield Candidate(motion, 0.0)
        # The tool may stand at the goal already: then the picture itself will say so.
        yield Candidate(MotionCommand(), 0.0)
        yield Candidate(MotionCommand(), 0.0, rough=False)

    def _by_landmarks(self, pyramid: Pyramid) -> Iterator[Candidate]:
        """What may be, as far as the part's landmarks say so; it takes a quarter of a second."""
        if self._matcher is not None:
            matches = self._matcher.match(find_features(pyramid.at(SHRINK)))
            if matches is not None:
                yield Candidate(matches.motion, 0.0, rough=False)

    def _refine(self, last_inch: LastInch, pyramid: Pyramid) -> tuple[Refined, float]:
        """The place that the picture itself agrees with most, and its margin over its repeats."""
        trust = self.model.trust
        sure = (SURE_AMONG_REPEATS if self.model.aliases else SURE) * trust.typical
        found: list[Refined] = []
        self._try(last_inch, pyramid, self._candidates(pyramid), sure, found)
        self._try(last_inch, pyramid, self._by_landmarks(pyramid), trust.agreeing, found)
        if self._repeats is None:
            return found[0], 1.0
        return self._repeats.settle(pyramid, found[:1] if found[0].confidence >= sure else found)

    def _try(
        self,
        last_inch: LastInch,
        pyramid: Pyramid,
        candidates: Iterator[Candidate],
        enough: float,
        found: list[Refined],
    ) -> None:
        """Refine candidates until the best of all found, which comes first, is confident enough."""
        while not found or found[0].confidence < enough:
            candidate = next(candidates, None)
            if candidate is None:
                return
            first = 0 if candidate.rough else 1
            found.append(last_inch.refine(pyramid, candidate.motion, first))
            found.sort(key=lambda refined: -refined.confidence)

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
        look = marks.look(pyramid, self.model.image_map, refined.motion)
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
