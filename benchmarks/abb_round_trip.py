"""What it costs to send a move to an ABB controller: requests and time, on loopback.

    python benchmarks/abb_round_trip.py [--moves 40]

The driver, the client packages and the virtual controller run in one process, so both sides
share the time. Reported are the times from the call of a skill until the controller has
started its motion program, and the part of it that is spent outside of HTTP: reading,
planning and encoding.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

from pregrasp.cancellation import CancelToken
from pregrasp.frames import MM, Pose
from pregrasp.hardware.abb import AbbConfiguration, AbbTool, connect
from pregrasp.hardware.abb.arm import AbbArm
from pregrasp.hardware.simulation.clock import SimulatedClock
from pregrasp.hardware.virtual_controller.controller import VirtualController
from pregrasp.hardware.virtual_controller.mechanics import KinematicArm
from pregrasp.hardware.virtual_controller.server import VirtualControllerServer


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--moves", type=int, default=40)
    moves = parser.parse_args().moves
    clock = SimulatedClock(linger=0.001)
    virtual = VirtualController(KinematicArm(clock), clock=clock)
    with VirtualControllerServer(virtual) as server:
        description = AbbConfiguration(url=server.url, tool=AbbTool(z=165 * MM, mass=1.4))
        with connect(description, clock=clock) as controller:
            arm = AbbArm(controller)
            arm.move([Pose(0.35, 0.0, 0.2)], CancelToken())
            spent = [0.0]
            transport: Any = controller._sessions.orderly._session.get_adapter(server.url)  # noqa: SLF001
            plain = transport.send

            def timed(*arguments: Any, **options: Any) -> Any:
                began = time.perf_counter()
                try:
                    return plain(*arguments, **options)
                finally:
                    spent[0] += time.perf_counter() - began

            transport.send = timed
            whole, own, requests = [], [], []
            marks: list[float] = []
            begin = controller._start  # noqa: SLF001

            def start(program: Any) -> int:
                number = begin(program)
                marks[:] = [time.perf_counter(), spent[0], server.requests]
                return number

            controller._start = start  # type: ignore[method-assign]  # noqa: SLF001
            for number in range(moves):
                # Time for the pacer, so that only the move is measured.
                clock.advance(2.0)
                goal = Pose(0.35 + 0.002 * (number % 2), 0.001 * (number % 3), 0.2)
                spent[0], before = 0.0, server.requests
                began = time.perf_counter()
                arm.move([goal], CancelToken())
                whole.append(1e3 * (marks[0] - began))
                own.append(whole[-1] - 1e3 * marks[1])
                requests.append(int(marks[2]) - before)
    print(f"{moves} moves, {np.median(requests):.0f} requests until a program is started")
    for name, values in (("call until started", whole), ("of which outside of HTTP", own)):
        print(
            f"  {name:25s} median {np.median(values):6.1f} ms, "
            f"95th percentile {np.percentile(values, 95):6.1f} ms"
        )


if __name__ == "__main__":
    main()
