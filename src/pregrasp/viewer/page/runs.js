// The list of logged runs: filtered here, so that every key press answers at once. What is
// chosen stands in the address, so that coming back from a replay finds it as it was.

import { Connection } from "./connection.js";
import { byId, make, setText } from "./dom.js";
import { fillHelp, onKeys } from "./keys.js";
import { otherTheme } from "./theme.js";

const STATUS = { success: "S", refused: "H", failure: "F", cancelled: "I", cut_short: "I", unfinished: "R" };

const app = { runs: null, folder: "", trouble: "", shown: [], selected: null };
const chosen = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

new Connection(take, (state) => {
  const link = byId("link");
  link.dataset.link = state;
  setText(link, state === "open" ? "connected" : "not connected");
});

function take(messages) {
  for (const message of messages) {
    if (message.type !== "runs") continue;
    app.runs = message.runs;
    app.folder = message.folder;
    app.trouble = message.trouble ?? "";
    setText(byId("folder"), message.folder);
  }
  render();
}

// --- Choosing ------------------------------------------------------------------------------

function matches(run) {
  if (chosen.task && (run.task || run.tree) !== chosen.task) return false;
  if (chosen.result && run.result !== chosen.result) return false;
  const words = (chosen.search ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const text = [run.id, run.task, run.tree, run.command, run.cell, run.model, run.result, run.reason, run.node, run.note]
    .join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

function choose(name, value) {
  if (value) chosen[name] = value;
  else delete chosen[name];
  history.replaceState(null, "", `#${new URLSearchParams(chosen)}`);
  render();
}

function fillChoice(select, first, values, value) {
  const names = [...new Set(values)].sort();
  if (value && !names.includes(value)) names.push(value);
  const key = JSON.stringify(names);
  if (select.dataset.key !== key) {
    select.dataset.key = key;
    select.replaceChildren(new Option(first, ""), ...names.map((name) => new Option(name.replace("_", " "), name)));
  }
  select.value = value ?? "";
}

// --- Showing -------------------------------------------------------------------------------

function render() {
  if (!app.runs) return;
  fillChoice(byId("task"), "every task", app.runs.map((run) => run.task || run.tree), chosen.task);
  fillChoice(byId("result"), "every result", app.runs.map((run) => run.result), chosen.result);
  if (document.activeElement !== byId("search")) byId("search").value = chosen.search ?? "";
  app.shown = app.runs.filter(matches);
  setText(byId("count"), app.runs.length ? `${app.shown.length} of ${app.runs.length}` : "");
  byId("rows").replaceChildren(...app.shown.map(row));
  byId("table").hidden = app.shown.length === 0;
  renderEmpty();
  mark();
}

function row(run) {
  const line = make("tr", run.files ? "" : "removed");
  line.dataset.run = run.id;
  const started = new Date(run.started);
  const when = make("td", "when");
  if (run.files) {
    const link = make("a", "", stamp(started));
    link.href = address(run);
    link.tabIndex = -1; // the list has the keyboard
    when.append(link);
  } else {
    when.textContent = stamp(started);
    line.title = "The log was removed; only this line is left.";
  }
  line.title ||= run.id;
  const result = make("td", "result", run.result.replace("_", " "));
  result.dataset.result = run.result;
  result.dataset.status = STATUS[run.result] ?? "I";
  const why = make("td", "why", run.reason);
  if (run.note) why.append(make("div", "note", run.note));
  line.append(
    when, make("td", "task", run.task || run.tree), result,
    number(run.duration_s, 1), number(run.moves, 0),
    number(run.last_translation_mm, 3), number(run.last_rotation_deg, 3),
    make("td", "what", [run.command, run.cell].filter(Boolean).join(", ")), why,
  );
  line.addEventListener("click", (event) => {
    if (!event.target.closest("a")) open(run);
  });
  return line;
}

/** Of a replay; it carries what is chosen here, for the way back. */
function address(run) {
  return `/page/index.html?${new URLSearchParams({ run: run.id, from: new URLSearchParams(chosen) })}`;
}

function number(value, places) {
  return make("td", "number", value === null || value === undefined ? "" : value.toFixed(places));
}

function stamp(date) {
  const two = (value) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function renderEmpty() {
  const host = byId("empty");
  host.hidden = app.shown.length > 0;
  if (!host.hidden && app.trouble) {
    host.replaceChildren(make("p", "problem", app.trouble));
  } else if (!host.hidden && app.runs.length === 0) {
    host.replaceChildren(
      make("p", "", `No run has been logged in ${app.folder} yet. These make one:`),
      make("pre", "", "pregrasp grasp circuit_board\npregrasp collect circuit_board --captures 30"),
      make("p", "dim", "It appears here by itself. Logs elsewhere: pregrasp view --runs --log DIR"),
    );
  } else if (!host.hidden) {
    const all = make("button", "", "show all runs");
    all.type = "button";
    all.addEventListener("click", clear);
    host.replaceChildren(make("p", "", "No run matches."), all);
  }
}

// --- Selecting, opening --------------------------------------------------------------------

function open(run) {
  if (run?.files) location.assign(address(run));
}

function mark() {
  let found = null;
  for (const line of byId("rows").children) {
    const is = line.dataset.run === app.selected;
    line.classList.toggle("selected", is);
    if (is) found = line;
  }
  found?.scrollIntoView({ block: "nearest" });
}

function move(by) {
  if (!app.shown.length) return;
  const at = app.shown.findIndex((run) => run.id === app.selected);
  const to = at < 0 ? (by > 0 ? 0 : app.shown.length - 1) : at + by;
  app.selected = app.shown[Math.max(0, Math.min(app.shown.length - 1, to))].id;
  mark();
}

function clear() {
  for (const name of ["task", "result", "search"]) delete chosen[name];
  byId("search").value = "";
  choose("search", "");
}

byId("task").addEventListener("change", (event) => choose("task", event.target.value));
byId("result").addEventListener("change", (event) => choose("result", event.target.value));
byId("search").addEventListener("input", (event) => choose("search", event.target.value));
byId("search").addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    event.target.blur();
    if (!app.shown.some((run) => run.id === app.selected)) move(1);
  }
});
byId("help-open").addEventListener("click", () => byId("help").showModal());

const does = {
  "/": () => byId("search").focus(),
  ArrowDown: () => move(1), ArrowUp: () => move(-1), PageDown: () => move(15), PageUp: () => move(-15),
  Enter: () => open(app.shown.find((run) => run.id === app.selected)),
  Escape: clear, d: otherTheme, "?": () => byId("help").showModal(),
};
onKeys((key) => does[key]);
fillHelp(byId("help"), [
  ["↑ ↓", "select a run"],
  ["enter", "open its replay"],
  ["/", "search; enter goes back to the list"],
  ["esc", "show all runs"],
  ["d", "dark, light"],
  ["?", "show this"],
]);
