// The keyboard. Every key stands in this table, and `?` shows the table.

import { make } from "./dom.js";

/** @param {object} does - what each action does, by name */
export function listen(does, dialog) {
  const table = [
    ["?", "show this", "help"],
    ["/", "search the tree", "search"],
    ["↑ ↓", "select a node", null],
    ["← →", "close, open or go to the node above", null],
    ["b", "breakpoint at the selected node", "breakpoint"],
    ["r", "run to the selected node", "runTo"],
    ["space", "pause, go on", "pause"],
    ["s", "one tick", "step"],
    ["n", "to the next change of a status", "change"],
    ["shift + x", "stop: halt everything and end the run", "stop"],
    [", .", "look back or forward by a tick", null],
    ["l", "back to the present", "live"],
    ["f", "keep the running node in view", "follow"],
    ["e", "edit the value of the blackboard that was written last", "edit"],
    ["+ −", "zoom", null],
    ["d", "dark, light", "theme"],
    ["esc", "leave a field, close this", "escape"],
  ];
  const keys = {
    "?": "help", "/": "search", b: "breakpoint", r: "runTo", " ": "pause", s: "step", n: "change",
    X: "stop", ",": "back", ".": "forward", l: "live", f: "follow", e: "edit", "+": "larger",
    "=": "larger", "-": "smaller", d: "theme", Escape: "escape", ArrowUp: "up", ArrowDown: "down",
    ArrowLeft: "left", ArrowRight: "right", PageUp: "pageUp", PageDown: "pageDown",
  };
  fillHelp(dialog, table, legend());
  onKeys((key) => does[keys[key]]);
}

/** Call what a key stands for, unless somebody types into a field or reads a dialog. */
export function onKeys(meaning) {
  // One that was clicked gives the keyboard back: space is for pausing.
  document.addEventListener("click", (event) => {
    if (event.detail > 0) event.target.closest("button")?.blur();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (document.querySelector("dialog[open]")) return; // it has keys of its own
    // A button that was reached by the keyboard keeps the keys that press it.
    if (event.target.closest("button") && [" ", "Enter"].includes(event.key)) return;
    const action = meaning(event.key);
    if (!action) return;
    event.preventDefault();
    action();
  });
}

/** Write the table of keys into a dialog. */
export function fillHelp(dialog, table, ...more) {
  dialog.append(make("h2", "", "Keys"));
  const list = make("table", "keys");
  for (const [key, text] of table) {
    const row = list.insertRow();
    const cell = make("td");
    cell.append(make("kbd", "", key));
    row.append(cell, make("td", "", text));
  }
  const close = make("button", "", "close");
  close.type = "button";
  close.addEventListener("click", () => dialog.close());
  dialog.append(list, ...more, close);
}

function legend() {
  const note = make("p", "dim");
  note.textContent = "▶ running   ✓ success   ✕ failure   ○ idle   ‖ held by a breakpoint. "
    + "A bar at the left of a node means that the last tick came by. Double-click opens and closes.";
  return note;
}
