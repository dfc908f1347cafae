// Buttons that hold the run up and let it go, and those that take a hand in one node. They
// are there only on a page that has shown its token.

import { byId, make } from "./dom.js";

const BUTTONS = [
  ["pause", "pause", "Let nothing new begin (space)"],
  ["resume", "resume", "Go on (space)"],
  ["step", "tick", "One tick (s)"],
  ["step_to_change", "next change", "Until the status of any node changes (n)"],
  ["interrupt", "stop", "Halt everything and end the run (shift + x)"],
  ["again", "run again", "Start another run"],
];

export class Controls {
  /** @param {(request: object) => Promise} ask */
  constructor(ask) {
    this.ask = ask;
    this.host = byId("buttons");
    this.buttons = {};
    for (const [name, text, title] of BUTTONS) {
      const button = make("button", name === "interrupt" ? "danger" : "", text);
      button.type = "button";
      button.title = title;
      button.addEventListener("click", () => this.tell({ do: name }));
      this.host.append(button);
      this.buttons[name] = button;
    }
    this.faults = make("select", "faults");
    this.faults.title = "Let a device fail the next time it is used";
    this.faults.append(new Option("inject a fault …", ""));
    for (const device of ["camera", "arm", "gripper"]) {
      this.faults.append(new Option(`${device} fails once`, device));
    }
    this.faults.addEventListener("change", () => {
      if (this.faults.value) this.tell({ do: "inject", device: this.faults.value });
      this.faults.value = "";
    });
    this.host.append(this.faults);
    this.powers = { control: false, motion: false, again: false };
    this.unlocked = false;
    this.state = null;
  }

  setPowers(powers, unlocked) {
    this.powers = powers;
    this.unlocked = unlocked;
    this.arrange();
  }

  setState(state) {
    this.state = state;
    this.arrange();
  }

  get mayLook() {
    return !(this.unlocked && this.powers.control);
  }

  get mayMove() {
    return this.unlocked && this.powers.control && this.powers.motion && this.running;
  }

  get running() {
    return this.state !== null && !this.state.over;
  }

  arrange() {
    this.host.hidden = this.mayLook;
    const paused = Boolean(this.state?.paused);
    for (const [name, button] of Object.entries(this.buttons)) {
      const moves = !["pause", "interrupt"].includes(name);
      button.disabled = !this.running || (moves && !this.powers.motion);
      if (moves && !this.powers.motion) button.title = this.powers.why_not;
    }
    this.buttons.pause.hidden = paused;
    this.buttons.resume.hidden = !paused;
    this.buttons.again.hidden = !this.powers.again || this.running;
    this.buttons.again.disabled = false;
    this.faults.disabled = !this.mayMove;
  }

  /** Ask for something, and say so if it cannot be done. */
  async tell(request) {
    try {
      await this.ask(request);
      return true;
    } catch (error) {
      toast(error.message);
      return false;
    }
  }

  /** The buttons for one node. */
  forNode(path, breakpoint) {
    const group = make("div", "node-actions");
    if (this.mayLook) return group;
    const add = (text, title, request, moves = true) => {
      const button = make("button", "", text);
      button.type = "button";
      button.title = title;
      button.disabled = moves && !this.mayMove;
      button.addEventListener("click", () => this.tell(request()));
      group.append(button);
    };
    const when = make("input", "when");
    when.placeholder = "when, for example {moves} > 2";
    when.title = "Hold only when this is true; the language of when: in YAML";
    when.value = breakpoint?.when ?? "";
    when.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") this.tell({ do: "break", path, when: when.value });
      if (event.key === "Escape") when.blur();
    });
    if (breakpoint) add("clear breakpoint", "(b)", () => ({ do: "unbreak", path }));
    else add("break here", "Hold the run before this node (b)", () => ({ do: "break", path, when: when.value }), false);
    group.append(when);
    add("run to here", "(r)", () => ({ do: "run_to", path }));
    add("force success", "End it with success at its next tick", () => ({ do: "force", path, result: "success" }));
    add("force failure", "End it with failure at its next tick", () => ({ do: "force", path, result: "failure" }));
    return group;
  }
}

/** A line that goes away by itself. */
export function toast(text, kind = "problem") {
  const line = make("div", `toast ${kind}`, text);
  byId("toasts").append(line);
  setTimeout(() => line.remove(), 7000);
}
