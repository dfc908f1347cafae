"""How soon a page shows a tick, how smooth it is, and whether its memory stays flat.

    python benchmarks/viewer_latency.py --seconds 30
    python benchmarks/viewer_latency.py --seconds 1200        # memory over 20 minutes

A tree of 1,000 leaves is told at 20 ticks a second, in which 50 nodes change, one of them
with the time on the wall as its words. The page is Debian's chromium without a screen; a
script in it notes how old those words are once they are on the page and drawn, and how long
its frames take. Chromium draws with the processor here, so figures on a desk are better.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import shutil
import time
from typing import Any

import numpy as np
from playwright.sync_api import CDPSession, Page, sync_playwright

from pregrasp.runlog.message import VERSION, Message
from pregrasp.viewer.server import ViewerServer

LEAVES = 1000
FAN = 10
RATE = 20.0
CHANGES = 50
EVERY = 30.0
"""How often the memory is looked at [s]."""

PROBE = """
() => {
  const found = (window.measured = { ages: [], frames: [] });
  let seen = "";
  let last = performance.now();
  const look = (now) => {
    found.frames.push(now - last);
    last = now;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  new MutationObserver(() => {
    const said = document.querySelector('.row[data-path="big/leaf0"] .feedback')?.textContent;
    if (!said || said === seen) return;
    seen = said;
    // The next frame but one begins after this one was drawn.
    requestAnimationFrame(() => setTimeout(() => found.ages.push(Date.now() - Number(said)), 0));
  }).observe(document.querySelector("#tree"), {
    subtree: true, childList: true, characterData: true,
  });
}
"""


def tree() -> Message:
    """The structure: groups of ten, the first leaf directly below the root."""
    nodes: list[dict[str, Any]] = []

    def add(name: str, parent: int | None, kind: str) -> int:
        number = len(nodes)
        path = name if parent is None else f"{nodes[parent]['path']}/{name}"
        nodes.append(
            {
                "id": number, "parent": parent, "children": [], "path": path, "name": name,
                "title": name, "kind": kind, "sign": "→" if kind == "sequence" else "•",
                "category": "control" if kind == "sequence" else "action", "arm": "",
                "file": "big.yaml", "line": number, "about": "", "inputs": [], "outputs": [],
            }
        )  # fmt: skip
        if parent is not None:
            nodes[parent]["children"].append(number)
        return number

    root = add("big", None, "sequence")
    add("leaf0", root, "delay")
    for group in range(LEAVES // FAN):
        branch = add(f"group{group}", root, "sequence")
        for leaf in range(FAN):
            add(f"leaf{leaf}", branch, "delay")
    return Message(
        body={
            "v": VERSION, "seq": 1, "t": 0.0, "type": "tree", "run": f"bench-{os.getpid()}",
            "started": "", "cell": "none", "labels": {}, "tree": "big", "file": "", "nodes": nodes,
            "description": "", "inputs": [], "outputs": [],
        }
    )  # fmt: skip


def tick(number: int, count: int, rng: np.random.Generator) -> Message:
    """One tick in which some nodes and values change."""
    changed = rng.choice(np.arange(2, count), CHANGES - 1, replace=False)
    nodes: list[list[Any]] = [
        [int(node), "RSF"[int(rng.integers(3))], f"at work for {number} ticks"] for node in changed
    ]
    # Last, so that the wall's time is as close to the sending as can be.
    bits = np.packbits(rng.integers(0, 2, count).astype(np.uint8), bitorder="little")
    value = {"kind": "number", "value": number, "text": str(number)}
    return Message(
        body={
            "v": VERSION, "seq": number + 1, "t": number / RATE, "type": "tick", "n": number,
            "ms": 1.0, "nodes": [[1, "R", str(round(time.time() * 1000))], *nodes],
            "values": {f"big/value{number % 20}": value},
            "visited": base64.b64encode(bits.tobytes()).decode(),
        }
    )  # fmt: skip


def memory(session: CDPSession) -> tuple[float, int]:
    """Megabytes of the page's heap after collecting garbage, and its elements."""
    session.send("HeapProfiler.collectGarbage")
    metrics = {
        one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]
    }
    return metrics["JSHeapUsedSize"] / 1e6, int(metrics["Nodes"])


def busy(session: CDPSession) -> dict[str, float]:
    """Processor time that the page's thread has taken so far [s]."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    wanted = ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
    return {one["name"]: one["value"] for one in metrics if one["name"] in wanted}


def run(page: Page, session: CDPSession, server: ViewerServer, seconds: float) -> dict[str, Any]:
    """Tell ticks for a time; gives what was measured."""
    rng = np.random.default_rng(0)
    structure = tree()
    count = len(structure.body["nodes"])
    server.feed(structure)
    page.goto(server.address)
    page.wait_for_selector('.row[data-path="big/leaf0"]')
    page.click("#follow")  # the node that is measured stays in view
    page.evaluate(PROBE)
    # Durations in processor time: what other programs take does not count.
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = busy(session)
    heaps: list[tuple[float, float, int]] = []
    began = looked = time.monotonic()
    number = 0
    while time.monotonic() - began < seconds:
        number += 1
        server.feed(tick(number, count, rng))
        if time.monotonic() - looked >= EVERY:
            looked = time.monotonic()
            heaps.append((looked - began, *memory(session)))
            print(
                f"  {heaps[-1][0]:6.0f} s  heap {heaps[-1][1]:6.1f} MB  {heaps[-1][2]} elements",
                flush=True,
            )
        wait = began + number / RATE - time.monotonic()
        if wait > 0:
            page.wait_for_timeout(wait * 1e3)
    cost = {name: (spent - before[name]) * 1e3 / number for name, spent in busy(session).items()}
    measured = page.evaluate("() => window.measured")
    ages, frames = np.array(measured["ages"]), np.array(measured["frames"])
    return {
        "ticks": number,
        "shown": len(ages),
        "load": os.getloadavg()[0],
        "page_ms_per_tick": {name: round(spent, 2) for name, spent in cost.items()},
        "age_ms": [round(float(np.percentile(ages, share)), 1) for share in (50, 95, 99)],
        "frame_ms": [round(float(np.percentile(frames, share)), 1) for share in (50, 95, 99)],
        "frames_over_50_ms_percent": round(100 * float((frames > 50).mean()), 2),
        "heap_mb": [round(heap, 1) for _, heap, _ in heaps],
        "elements": [elements for _, _, elements in heaps],
    }


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=30.0)
    seconds = parser.parse_args().seconds
    chromium = shutil.which("chromium")
    with ViewerServer(port=0) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        session = page.context.new_cdp_session(page)
        found = run(page, session, server, seconds)
        browser.close()
    print(json.dumps(found))
    print("age of a tick on the page [ms]  p50 {} p95 {} p99 {}".format(*found["age_ms"]))
    print("time between frames [ms]        p50 {} p95 {} p99 {}".format(*found["frame_ms"]))


if __name__ == "__main__":
    main()
