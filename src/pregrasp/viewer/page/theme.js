// Dark or light: as the system has it, until somebody chooses. Colours for drawing on canvases.

import { byId } from "./dom.js";

const NAMES = {
  text: "text", dim: "dim", line: "line", panel: "panel", accent: "accent", grid: "grid",
  I: "idle", R: "running", S: "success", F: "failure", H: "held",
};

const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = [];
let known = null;

/** Have something called when the colours have changed. */
export function onTheme(listener) {
  listeners.push(listener);
}

function changed() {
  known = null;
  for (const listener of listeners) listener();
}

/** The other theme than the present one. */
export function otherTheme() {
  const chosen = document.documentElement.dataset.theme;
  const dark = chosen ? chosen === "dark" : system.matches;
  document.documentElement.dataset.theme = dark ? "light" : "dark";
  changed();
}

/** The colours of the present theme, as the browser resolves them. */
export function palette() {
  if (known) return known;
  // A custom property is given back as it was written; a colour that is used is resolved.
  const probe = document.createElement("span");
  document.body.append(probe);
  known = {};
  for (const [key, name] of Object.entries(NAMES)) {
    probe.style.color = `var(--${name})`;
    known[key] = getComputedStyle(probe).color;
  }
  probe.remove();
  return known;
}

system.addEventListener("change", changed);
byId("theme").addEventListener("click", otherTheme);
