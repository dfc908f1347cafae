"""The leaves of trees: one thing that a robot cell does, one file.

Importing this package registers every skill that ships with pregrasp.
"""

from __future__ import annotations

from pregrasp.skills.action import Action
from pregrasp.skills.approach import Approach
from pregrasp.skills.capture import Capture, TakeCapture
from pregrasp.skills.check_reach import CheckReach
from pregrasp.skills.close_gripper import CloseGripper
from pregrasp.skills.collection_plan import CollectionPlan
from pregrasp.skills.context import Context
from pregrasp.skills.estimate import EstimateMotion
from pregrasp.skills.making_progress import MakingProgress
from pregrasp.skills.move_by import MoveBy
from pregrasp.skills.move_to import Axes, MoveTo
from pregrasp.skills.next_view import NextView
from pregrasp.skills.open_gripper import OpenGripper
from pregrasp.skills.part_in_view import PartInView
from pregrasp.skills.plan_collection import PlanCollection
from pregrasp.skills.plan_corners import PlanCorners
from pregrasp.skills.plan_round import PlanRound
from pregrasp.skills.plan_servo_runs import PlanServoRuns
from pregrasp.skills.plan_views import PlanViews
from pregrasp.skills.ports import Input, Output
from pregrasp.skills.record_capture import RecordCapture
from pregrasp.skills.registry import SKILLS, skill
from pregrasp.skills.retreat import Retreat
from pregrasp.skills.sample_pose import SamplePose
from pregrasp.skills.skill import Condition, Skill
from pregrasp.skills.verify_grasp import VerifyGrasp
from pregrasp.skills.within_tolerance import WithinTolerance

__all__ = [
    "SKILLS",
    "Action",
    "Approach",
    "Axes",
    "Capture",
    "CheckReach",
    "CloseGripper",
    "CollectionPlan",
    "Condition",
    "Context",
    "EstimateMotion",
    "Input",
    "MakingProgress",
    "MoveBy",
    "MoveTo",
    "NextView",
    "OpenGripper",
    "Output",
    "PartInView",
    "PlanCollection",
    "PlanCorners",
    "PlanRound",
    "PlanServoRuns",
    "PlanViews",
    "RecordCapture",
    "Retreat",
    "SamplePose",
    "Skill",
    "TakeCapture",
    "VerifyGrasp",
    "WithinTolerance",
    "skill",
]
