// The dialogue of teaching: what it tells is shown, what a person clicks is asked for. Every
// decision is made by the command (pregrasp.jobs.teaching), not here.

import { Connection } from "./connection.js";
import { byId, make, setText, symbol } from "./dom.js";
import { toast } from "./controls.js";
import { fillHelp, onKeys } from "./keys.js";
import { otherTheme } from "./theme.js";

const STAGES = [["pregrasp", "1 Above the part"], ["grasp", "2 Where it grips"], ["finish", "3 Try and save"]];
const OVER = ["saved", "left"];
const JOGS = [ // [text, direction, column, row, what it does]
  ["↑", "y+", 2, 1, "along y of the tool (↑)"],
  ["←", "x-", 1, 2, "back along x of the tool (←)"],
  ["→", "x+", 3, 2, "along x of the tool (→)"],
  ["↓", "y-", 2, 3, "back along y of the tool (↓)"],
  ["↺", "theta+", 1, 1, "turn left (q)"],
  ["↻", "theta-", 3, 1, "turn right (e)"],
  ["up", "z+", 5, 1, "up (page up)"],
  ["down", "z-", 5, 3, "down (page down)"],
];
const KEYS = {
  ArrowUp: "y+", ArrowDown: "y-", ArrowLeft: "x-", ArrowRight: "x+", PageUp: "z+", PageDown: "z-",
  q: "theta+", e: "theta-",
};

const app = { hello: null, state: null, unlocked: false };

const connection = new Connection(take, (state) => {
  const over = OVER.includes(app.state?.stage);
  const link = byId("link");
  link.dataset.link = state === "open" || over ? "open" : "lost";
  setText(link, state === "open" ? "connected" : over ? "ended" : "not connected");
  if (state === "lost") app.unlocked = false;
  if (app.state) render();
});

function take(messages) {
  for (const message of messages) {
    if (message.type === "hello") takeHello(message);
    else if (message.type === "teaching") app.state = message;
    else if (message.type === "picture") showPicture(message.id);
  }
  if (!app.state) return;
  if (OVER.includes(app.state.stage)) connection.end();
  render();
}

function takeHello(hello) {
  app.hello = hello;
  document.title = `teach ${hello.task} · pregrasp`;
  setText(byId("title"), `teach ${hello.task}`);
  setText(byId("subtitle"), `${hello.cell}  ·  ${hello.file}${hello.new ? " (new)" : ""}`);
  byId("subtitle").title = hello.file;
  buildSteps(hello.steps_mm);
  if (!hello.control) return;
  connection.unlock().then(
    (done) => { app.unlocked = done; render(); },
    (error) => toast(error.message),
  );
}

/** Ask for something; what came of it is told in the state. */
async function ask(name, fields = {}) {
  try {
    await connection.ask({ do: name, ...fields });
  } catch (error) {
    toast(error.message);
  }
}

// --- What is shown -------------------------------------------------------------------------

const mayAct = () => app.unlocked && Boolean(app.hello?.control) && !OVER.includes(app.state.stage);
const mayMove = () => mayAct() && app.hello.motion && !app.state.at_work;

function showPicture(id) {
  const picture = byId("picture");
  picture.src = `/picture/${id}`;
  picture.hidden = false;
}

function render() {
  const { state } = app;
  const atWork = byId("at-work");
  atWork.hidden = !state.at_work;
  setText(atWork, state.at_work);
  setText(byId("pose"), poseText(state.pose));
  setText(byId("instruction"), state.instruction);
  const message = byId("message");
  setText(message, state.message);
  message.classList.toggle("bad", !state.good);
  setText(byId("no-picture"), state.trouble || "no picture yet");
  byId("no-picture").hidden = !state.trouble && !byId("picture").hidden;
  byId("picture").classList.toggle("old", Boolean(state.trouble));
  setText(byId("camera-note"), state.trouble ? "not live" : OVER.includes(state.stage) ? "the last picture" : "live; bring the part near the cross");
  renderStages(state);
  renderActions(state);
  renderJog(state);
  renderChecks(state);
  renderPoses(state);
  renderPlanned(state);
}

const poseText = (pose) => `x ${pose.x_mm.toFixed(1)}  y ${pose.y_mm.toFixed(1)}  z ${pose.z_mm.toFixed(1)} mm  θ ${pose.theta_deg.toFixed(2)}°`;

function renderStages(state) {
  const at = state.stage === "saved" ? STAGES.length : STAGES.findIndex(([name]) => name === state.stage);
  byId("stages").replaceChildren(...STAGES.map(([name, text], index) => {
    const item = make("li", index < at ? "done" : "", text);
    if (index < at) item.append(symbol("good", "icon"));
    if (name === state.stage) item.setAttribute("aria-current", "step");
    return item;
  }));
}

/** Buttons are replaced only when they are others: one that has the focus keeps it. */
function renderActions(state) {
  const wanted = [];
  if (app.unlocked && !OVER.includes(state.stage)) {
    const idle = !state.at_work;
    const move = idle && app.hello.motion;
    if (state.stage === "pregrasp") wanted.push(["take_pregrasp", "use this pose", "primary", idle]);
    if (state.stage === "grasp") wanted.push(["take_grasp", "use this pose", "primary", idle]);
    if (state.stage === "finish") {
      wanted.push(["rehearse", state.rehearsed ? "rehearse again" : "rehearse slowly", state.rehearsed ? "" : "primary", move]);
      wanted.push(["save", "save", state.rehearsed ? "primary" : "", idle]);
      wanted.push(["take_grasp", "use this as the grasp pose", "", idle]);
    }
    if (state.stage !== "pregrasp") wanted.push(["take_pregrasp", "use this as the pregrasp pose", "", idle]);
    wanted.push(["leave", "leave", "danger", true]);
  }
  // In a place of its own, where it is always.
  byId("stop").hidden = !app.unlocked || OVER.includes(state.stage);
  byId("stop").disabled = !state.at_work;
  const host = byId("actions");
  const key = JSON.stringify(wanted);
  if (host.dataset.key === key) return;
  host.dataset.key = key;
  host.replaceChildren(...wanted.map(([name, text, kind, enabled]) => {
    const button = make("button", kind, text);
    button.type = "button";
    button.disabled = !enabled;
    if (name === "rehearse" && !app.hello.motion) button.title = app.hello.why_not;
    button.addEventListener("click", () => act(name));
    return button;
  }));
}

function renderJog(state) {
  byId("jog-part").hidden = OVER.includes(state.stage);
  let note = "";
  if (!app.unlocked) note = `This page may only look: ${app.hello?.why_not || "open it with the whole address, with its token"}. Move and press Enter at the terminal.`;
  else if (!app.hello.motion) note = `By hand, with the pendant, or with the keys at the terminal; this page may not move the arm: ${app.hello.why_not}.`;
  setText(byId("jog-note"), note);
  byId("jog").hidden = byId("steps").hidden = !app.unlocked || !app.hello.motion;
  for (const button of byId("jog").children) button.disabled = !mayMove();
  for (const button of byId("steps").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(Math.abs(button.value - state.step_mm) < 1e-6));
  }
}

function renderChecks(state) {
  byId("checks").replaceChildren(...state.checks.map((check) => {
    const kind = check.good ? "good" : check.serious ? "bad" : "warning";
    const item = make("li", kind);
    item.dataset.check = check.name;
    const icon = symbol(kind, "icon");
    item.append(icon, make("span", "name", check.name), make("span", "found", check.found));
    if (!check.good && check.remedy) item.append(make("span", "remedy", check.remedy));
    return item;
  }));
}

function renderPoses(state) {
  byId("poses").replaceChildren(...["pregrasp", "grasp", "approach"].map((name) => {
    const row = make("tr");
    const head = make("th", "", name);
    head.scope = "row";
    row.append(head, make("td", state[name] ? "" : "dim", state[name] ? poseText(state[name]) : "–"));
    return row;
  }));
}

function renderPlanned(state) {
  const { planned, written } = state;
  byId("planned-part").hidden = !planned;
  if (!planned) return;
  setText(byId("planned-title"), written ? `Written to ${written.file}` : `Will be written to ${app.hello.file}`);
  const backup = written ? written.backup : planned.backup;
  setText(byId("planned-note"), backup
    ? `All else in the file stays as it is. The file as it was ${written ? "is" : "will be"} kept as ${backup}.`
    : "A new file.");
  setText(byId("planned"), planned.text);
}

// --- What is asked -------------------------------------------------------------------------

function act(name) {
  if (name === "rehearse") {
    const height = app.state.approach ? Math.round(-app.state.approach.z_mm) : 0;
    confirm(
      "Rehearse the approach?",
      `The gripper opens; then the arm goes up ${height} mm, down and up again at reduced speed. Nobody within reach, emergency stop at hand?`,
      "rehearse", () => ask("rehearse"),
    );
  } else if (name === "leave") {
    confirm("Leave without saving?", "What is under way stops. Nothing is written; the task's file stays as it is.", "leave", () => ask("leave"));
  } else {
    ask(name);
  }
}

function confirm(title, text, yes, then) {
  const dialog = byId("confirm");
  setText(byId("confirm-title"), title);
  setText(byId("confirm-text"), text);
  setText(byId("confirm-yes"), yes);
  byId("confirm-yes").onclick = () => { dialog.close(); then(); };
  if (!dialog.open) dialog.showModal();
  byId("confirm-no").focus();
}

function jog(direction) {
  if (mayMove()) ask("jog", { direction });
  else if (!app.unlocked || !app.hello.motion) toast(byId("jog-note").textContent, "note");
}

function changeStep(by) {
  const steps = app.hello.steps_mm;
  const at = steps.findIndex((step) => Math.abs(step - app.state.step_mm) < 1e-6);
  const number = Math.max(0, Math.min(steps.length - 1, at + by)) + 1;
  if (mayAct()) ask("step", { number });
}

function buildSteps(steps) {
  byId("steps").replaceChildren(make("span", "dim", "step"), ...steps.map((step, index) => {
    const button = make("button", "", `${step} mm`);
    button.type = "button";
    button.value = step;
    button.addEventListener("click", () => ask("step", { number: index + 1 }));
    return button;
  }));
}

for (const [text, direction, column, row, title] of JOGS) {
  const button = make("button", "", text);
  button.type = "button";
  button.title = title;
  button.dataset.direction = direction;
  button.style.gridColumn = column;
  button.style.gridRow = row;
  button.addEventListener("click", () => jog(direction));
  byId("jog").append(button);
}
byId("stop").addEventListener("click", () => ask("stop"));
byId("confirm-no").addEventListener("click", () => byId("confirm").close());
byId("help-open").addEventListener("click", () => byId("help").showModal());
byId("picture").addEventListener("error", () => { byId("picture").hidden = true; });

const enter = () => mayAct() && !app.state.at_work && act(app.state.stage === "pregrasp" ? "take_pregrasp" : "take_grasp");
const does = {
  ...Object.fromEntries(Object.entries(KEYS).map(([key, direction]) => [key, () => jog(direction)])),
  "+": () => changeStep(1), "=": () => changeStep(1), "-": () => changeStep(-1),
  Enter: enter,
  p: () => mayAct() && act("take_pregrasp"),
  g: () => mayAct() && act("take_grasp"),
  r: () => mayMove() && act("rehearse"),
  s: () => mayAct() && act("save"),
  Escape: () => mayAct() && (app.state.at_work ? ask("stop") : act("leave")),
  d: otherTheme,
  "?": () => byId("help").showModal(),
};
onKeys((key) => does[key]);
fillHelp(byId("help"), [
  ["← → ↑ ↓", "move along x and y of the tool"],
  ["page up, down", "move up and down"],
  ["q e", "turn"],
  ["+ −", "size of a step"],
  ["enter", "use this pose: first the pregrasp, then the grasp pose"],
  ["p g", "use it as the pregrasp, as the grasp pose"],
  ["r", "rehearse"],
  ["s", "save"],
  ["esc", "stop what is under way; else leave"],
  ["d", "dark, light"],
  ["?", "show this"],
]);
