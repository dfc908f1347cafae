"""The ABB IRB 120 in numbers.

Geometry as in the drawing of ABB's data sheet ROB0149EN and in ROS-Industrial's
``abb_experimental``; joint ranges and speeds as in the product specification
3HAC035960-001. With every joint at zero the upper arm stands upright, the forearm and the
flange point forward along the base's x axis; the joints turn about z, y, y, x, y, x.
"""

from __future__ import annotations

from pregrasp.frames import DEG, MM

NAME = "IRB 120"

BASE_HEIGHT = 290 * MM
"""From the foot to joint 2 [m]."""
UPPER_ARM = 270 * MM
"""From joint 2 to joint 3 [m]."""
ELBOW_OFFSET = 70 * MM
"""From joint 3 up to the axis of joint 4, with all joints at zero [m]."""
FOREARM = 302 * MM
"""From joint 3 forward to the wrist centre [m]."""
FLANGE = 72 * MM
"""From the wrist centre to the flange's face [m]."""

LOWER_LIMITS = tuple(angle * DEG for angle in (-165.0, -110.0, -110.0, -160.0, -120.0, -400.0))
"""Smallest joint angles [rad]."""
UPPER_LIMITS = tuple(angle * DEG for angle in (165.0, 110.0, 70.0, 160.0, 120.0, 400.0))
"""Largest joint angles [rad]."""
MAX_SPEEDS = tuple(speed * DEG for speed in (250.0, 250.0, 250.0, 320.0, 320.0, 420.0))
"""Fastest joint motion [rad/s]."""
MAX_ACCELERATIONS = (12.0, 12.0, 14.0, 30.0, 30.0, 40.0)
"""Joint accelerations that a full-sized payload allows [rad/s^2].

Not published by ABB; chosen so that the flange stays below 8 m/s^2, far from the 28 m/s^2
that the data sheet gives for an unloaded arm."""

LINK_MASSES = (6.215, 3.067, 3.909, 2.944, 1.328, 0.546, 0.137)
"""Of the foot and of what each joint carries [kg]."""

HOME = (0.0, 0.0, 0.0, 0.0, 90.0 * DEG, 0.0)
"""A configuration with the tool pointing down, away from the wrist singularity [rad]."""
