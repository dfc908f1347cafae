// Puts the parts together: messages go into the run, and once a frame what is shown of it is
// brought up to date.

import { BoardView } from "./board_view.js";
import { CameraView } from "./camera_view.js";
import { Connection } from "./connection.js";
import { Controls, toast } from "./controls.js";
import { byId, make, seconds, setText } from "./dom.js";
import { ErrorChart } from "./error_chart.js";
import { listen } from "./keys.js";
import { LogView } from "./log_view.js";
import { describeNode } from "./node_text.js";
import { Run } from "./run.js";
import { onTheme, otherTheme } from "./theme.js";
import { Timeline } from "./timeline.js";
import { TreeView } from "./tree_view.js";

const TIMELINE_EVERY = 150; // ms between two drawings of the timeline while the run goes on
const CARD_AFTER = 350; // ms that the mouse rests on a node
const ROW_HEIGHTS = [14, 16, 18, 20, 22, 25, 29, 34];

const app = {
  run: null,
  moment: null, // looked at: the number of a message; null for the present
  control: null,
  hello: { control: false, motion: false, replay: false },
  dirty: true,
  timelineDrawn: 0,
  zoom: 4,
};

// --- Parts -------------------------------------------------------------------------------

const connection = new Connection(take, (state) => {
  const link = byId("link");
  link.dataset.link = state;
  setText(link, state === "open" ? "connected" : "not connected");
  if (state === "lost") setPowers(false);
}, location.search);
const controls = new Controls((request) => connection.ask(request));
const tree = new TreeView(byId("tree"), {
  select: (id) => select(id),
  hover: (id, element) => {
    clearTimeout(app.cardTimer);
    app.cardTimer = setTimeout(() => showCard(id, element), CARD_AFTER);
  },
  leave: () => hideCard(),
  breakpoint: (id) => toggleBreakpoint(id),
  scrolled: () => setFollow(false),
});
const board = new BoardView(byId("board"), {
  edit: (key, text) => connection.ask({ do: "set", key, text }),
});
const camera = new CameraView(byId("camera"), byId("camera-note"));
const errors = new ErrorChart(byId("errors"), byId("error-note"), { seek });
const timeline = new Timeline(byId("timeline"), byId("lane-label"), { seek });
const log = new LogView(byId("log"), {
  open: (line) => {
    seek(line.seq);
    if (line.node !== undefined && line.node !== null) select(line.node);
  },
});

// --- Messages ----------------------------------------------------------------------------

function take(messages) {
  for (const message of messages) {
    switch (message.type) {
      case "hello": takeHello(message); break;
      case "tree": takeTree(message); break;
      case "keys": board.setKeys(message.keys); break;
      case "control": takeControl(message); break;
      case "skipped":
        toast(`this page was too slow: ${message.messages} messages were skipped`, "note");
        app.run?.lines.push({
          t: app.run.latest, level: "warning", seq: app.run.lastSeq,
          text: `this page was too slow: ${message.messages} messages were skipped`,
        });
        break;
      case "reply": case "runs": break;
      default: app.run?.add(message);
    }
  }
  app.dirty = true;
}

function takeHello(message) {
  app.hello = message;
  document.body.classList.toggle("replay", message.replay);
  byId("runs").hidden = !message.list;
  byId("runs").href = `/#${new URLSearchParams(location.search).get("from") ?? ""}`;
  byId("trouble").hidden = !message.trouble;
  if (message.trouble) byId("tree-empty").hidden = true;
  setText(byId("trouble"), message.trouble ?? "");
  setPowers(false);
  if (message.control) {
    connection.unlock().then((done) => setPowers(done), (error) => toast(error.message));
  }
}

function setPowers(unlocked) {
  controls.setPowers(app.hello, unlocked);
  board.setMayEdit(controls.mayMove);
  app.dirty = true;
}

function takeTree(message) {
  if (app.run?.tree.run === message.run) return; // connected again to the same run
  app.run = new Run(message);
  byId("tree-empty").hidden = true;
  byId("tree").hidden = false;
  app.moment = null;
  board.clear();
  board.setKeys({}); // those of the new tree follow
  log.clear();
  tree.show(app.run);
  timeline.show(app.run);
  setText(byId("title"), message.tree);
  byId("title").title = message.tree;
  const labels = Object.entries(message.labels ?? {}).map(([name, text]) => `${name} ${text}`);
  setText(byId("subtitle"), [message.cell, ...labels].join("  ·  "));
  document.title = `${message.tree} · pregrasp`;
}

function takeControl(message) {
  const held = message.paused && message.path && message.why !== app.control?.why;
  app.control = message;
  controls.setState(message);
  board.setMayEdit(controls.mayMove);
  const id = app.run?.idOf.get(message.path);
  if (held && id !== undefined) select(id);
  app.detailsFor = null;
}

// --- Selecting, looking back -------------------------------------------------------------

function select(id) {
  hideCard();
  tree.select(id);
  app.detailsFor = null;
  app.dirty = true;
}

function seek(moment) {
  if (!app.run) return;
  app.moment = moment === null || moment >= app.run.lastSeq ? null : moment;
  app.cached = null;
  timeline.shown = app.moment === null ? null : shownState().time;
  app.timelineDrawn = 0;
  app.dirty = true;
}

/** The state that is shown: the present one, or that of the moment looked at. */
function shownState() {
  if (app.moment === null) return app.run.now;
  if (app.cached?.moment !== app.moment) {
    app.cached = { moment: app.moment, state: app.run.at(app.moment) };
  }
  return app.cached.state;
}

function setFollow(on) {
  tree.follow = on;
  byId("follow").setAttribute("aria-pressed", String(on));
  app.dirty = true;
}

function toggleBreakpoint(id) {
  if (controls.mayLook || !app.run) {
    toast(`this page may only look: ${app.hello.why_not || "open it with the whole address, with its token"}`, "note");
    return;
  }
  const { path } = app.run.nodes[id];
  const known = app.control?.breakpoints.some((point) => point.path === path);
  controls.tell({ do: known ? "unbreak" : "break", path });
}

// --- Drawing, once a frame ---------------------------------------------------------------

function frame(now) {
  requestAnimationFrame(frame);
  if (!app.run) return;
  if (app.dirty) {
    app.dirty = false;
    render();
  }
  if (app.run.lastSeq !== app.timelineSeq || app.timelineDrawn === 0) {
    if (now - app.timelineDrawn > TIMELINE_EVERY) {
      app.timelineDrawn = now;
      app.timelineSeq = app.run.lastSeq;
      timeline.draw();
    }
  }
}

function render() {
  const { run } = app;
  const state = shownState();
  const live = app.moment === null;
  const breakpoints = new Map((app.control?.breakpoints ?? []).map((point) => [point.path, point]));
  const heldPath = app.control?.paused && !app.control.over ? app.control.path : "";
  const held = state.status[run.idOf.get(heldPath)] === "R" ? heldPath : "";
  tree.update(state, { breakpoints, heldPath: held, live });
  board.update(state);
  const moment = live ? Infinity : app.moment;
  const [image] = Run.lastAt(run.images, moment);
  const [look, place] = Run.lastAt(run.looks, moment);
  camera.update(run, image, look && image && look.image === image.id ? look : null);
  errors.update(run.looks, place + 1);
  log.update(run, moment, byId("log-node").checked ? tree.selected : null);
  renderBar(run, state, live);
  renderDetails(run, state, live ? held : "");
  document.documentElement.dataset.seq = String(run.lastSeq); // for those who measure
}

function renderBar(run, state, live) {
  const outcome = byId("outcome");
  let [status, text] = ["R", "running"];
  if (run.end && live) {
    [status, text] = [run.end.result === "success" ? "S" : "F", run.end.result];
  } else if (!live) {
    [status, text] = ["H", "looking back"];
  } else if (app.control?.paused && !app.control.over) {
    [status, text] = ["H", "held"];
  }
  outcome.dataset.status = status;
  setText(outcome, text);
  let why = live ? app.control?.paused && !app.control.over ? app.control.why : "" : "";
  if (run.end && live) why = run.end.reason ?? "";
  setText(byId("why"), why === "paused" ? "" : why);
  setText(byId("clock"), `${seconds(state.time - run.began)} · tick ${state.ticks}`);
  setText(byId("when"), live ? seconds(run.latest - run.began)
    : `${seconds(state.time - run.began)} of ${seconds(run.latest - run.began)}`);
  byId("live").setAttribute("aria-pressed", String(live));
  document.body.classList.toggle("past", !live);
  setText(byId("board-note"), `${state.values.size} written`);
}

function renderDetails(run, state, held) {
  const id = tree.selected;
  const host = byId("details");
  host.hidden = id === null;
  if (id === null) return;
  const path = run.nodes[id].path;
  const status = path === held ? "H" : state.status[id];
  const key = `${id} ${status} ${state.feedback[id]} ${state.ticks} ${app.moment}`;
  if (app.detailsFor === key) return;
  // What is being typed stays as long as the node is the same.
  const rebuilt = app.detailsFor === null || app.detailsNode !== id;
  app.detailsFor = key;
  if (rebuilt && !host.contains(document.activeElement)) {
    app.detailsNode = id;
    const point = app.control?.breakpoints.find((other) => other.path === path);
    app.about = make("div");
    host.replaceChildren(controls.forNode(path, point), app.about);
  }
  app.about?.replaceChildren(describeNode(run, state, id, status));
}

function hideCard() {
  clearTimeout(app.cardTimer);
  byId("card").hidden = true;
}

function showCard(id, element) {
  if (!app.run || id === tree.selected) return;
  const card = byId("card");
  card.replaceChildren(describeNode(app.run, shownState(), id));
  card.hidden = false;
  const box = element.getBoundingClientRect();
  const height = card.offsetHeight;
  const below = box.bottom + 6 + height < innerHeight;
  card.style.left = `${Math.min(box.left + 180, innerWidth - card.offsetWidth - 12)}px`;
  card.style.top = `${below ? box.bottom + 4 : Math.max(4, box.top - height - 4)}px`;
}

// --- Buttons, fields and keys ------------------------------------------------------------

function zoom(step) {
  app.zoom = Math.max(0, Math.min(ROW_HEIGHTS.length - 1, app.zoom + step));
  tree.zoom(ROW_HEIGHTS[app.zoom]);
  app.dirty = true;
}

function search(words) {
  const count = tree.search(words);
  setText(byId("search-count"), words.trim() ? `${count} found` : "");
  app.dirty = true;
}

function stepBack(direction) {
  if (app.run) seek(app.run.neighbour(app.moment ?? app.run.lastSeq, direction));
}

function fold(open) {
  if (!app.run || tree.selected === null) return;
  const node = app.run.nodes[tree.selected];
  if (node.children.length && tree.folded.has(node.id) === open) tree.toggle(node.id);
  else if (!open && node.parent !== null) select(node.parent);
  app.dirty = true;
}

function editLatest() {
  const entries = [...(app.run?.now.values ?? [])].filter(([key]) => board.keys[key]?.editable);
  entries.sort((a, b) => a[1].tick - b[1].tick);
  if (entries.length && controls.mayMove) board.edit(entries.at(-1)[0]);
}

byId("search").addEventListener("input", (event) => search(event.target.value));
byId("search").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && tree.matches?.size) select([...tree.matches][0]);
});
byId("board-search").addEventListener("input", (event) => board.filter(event.target.value));
byId("log-node").addEventListener("change", () => { app.dirty = true; });
byId("fold").addEventListener("click", () => tree.foldAll());
byId("unfold").addEventListener("click", () => tree.unfoldAll());
byId("follow").addEventListener("click", () => setFollow(!tree.follow));
byId("smaller").addEventListener("click", () => zoom(-1));
byId("larger").addEventListener("click", () => zoom(1));
byId("live").addEventListener("click", () => seek(null));
byId("help-open").addEventListener("click", () => byId("help").showModal());

const selectedPath = () => app.run?.nodes[tree.selected]?.path;
listen(
  {
    help: () => byId("help").showModal(),
    search: () => byId("search").focus(),
    breakpoint: () => tree.selected !== null && toggleBreakpoint(tree.selected),
    runTo: () => selectedPath() && controls.tell({ do: "run_to", path: selectedPath() }),
    pause: () => controls.tell({ do: app.control?.paused ? "resume" : "pause" }),
    step: () => controls.tell({ do: "step" }),
    change: () => controls.tell({ do: "step_to_change" }),
    stop: () => controls.tell({ do: "interrupt" }),
    back: () => stepBack(-1),
    forward: () => stepBack(1),
    live: () => seek(null),
    follow: () => setFollow(!tree.follow),
    edit: editLatest,
    larger: () => zoom(1),
    smaller: () => zoom(-1),
    theme: otherTheme,
    escape: () => {
      byId("help").close();
      byId("search").value = "";
      search("");
    },
    up: () => tree.move(-1),
    down: () => tree.move(1),
    pageUp: () => tree.move(-12),
    pageDown: () => tree.move(12),
    left: () => fold(false),
    right: () => fold(true),
  },
  byId("help"),
);

onTheme(() => {
  timeline.draw();
  errors.draw();
  camera.draw();
});
requestAnimationFrame(frame);
