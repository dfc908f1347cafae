// The tree as an indented list. Only the rows in view exist, and a row is touched only when
// something in it has changed: a thousand nodes cost no more than forty.

import { make, setText, symbol } from "./dom.js";
import { visitedIds } from "./state.js";

const FOLD_BELOW = 2; // levels that stay open when everything is folded
const SPARE = 6; // rows kept above and below what is in view

export const STATUS_WORDS = {
  I: "idle", R: "running", S: "success", F: "failure", H: "held before it begins",
};

export class TreeView {
  /**
   * @param {HTMLElement} host - scrolls
   * @param {object} on - {select(id), hover(id, element), leave(), breakpoint(id)}
   */
  constructor(host, on) {
    this.host = host;
    this.on = on;
    this.space = make("div", "rows");
    host.append(this.space);
    this.rows = new Map(); // by node
    this.spare = [];
    this.run = null;
    this.state = null;
    this.visible = []; // nodes that are neither folded away nor filtered out, in order
    this.placeOf = new Map();
    this.folded = new Set();
    this.depth = [];
    this.words = "";
    this.matches = null;
    this.selected = null;
    this.breakpoints = new Map();
    this.heldPath = "";
    this.follow = true;
    this.rowHeight = 22;
    this.visitedBits = null;
    this.visited = new Set();
    host.addEventListener("scroll", () => this.layout(), { passive: true });
    host.addEventListener("wheel", () => this.on.scrolled(), { passive: true });
    new ResizeObserver(() => this.fit()).observe(host);
  }

  // --- What is shown ---------------------------------------------------------------------

  show(run) {
    this.run = run;
    this.folded.clear();
    this.selected = null;
    this.depth = [];
    for (const node of run.nodes) {
      this.depth[node.id] = node.parent === null ? 0 : this.depth[node.parent] + 1;
    }
    this.clear();
    this.search(this.words);
  }

  clear() {
    for (const row of this.rows.values()) row.element.remove();
    this.rows.clear();
    this.spare = [];
  }

  search(words) {
    this.words = words.trim().toLowerCase();
    if (!this.run) return 0;
    if (!this.words) {
      this.matches = null;
    } else {
      this.matches = new Set();
      for (const node of this.run.nodes) {
        const text = `${node.path} ${node.title} ${node.kind}`.toLowerCase();
        if (text.includes(this.words)) this.matches.add(node.id);
      }
    }
    this.clear();
    this.arrange();
    return this.matches ? this.matches.size : 0;
  }

  /** Work out which nodes have a row. */
  arrange() {
    if (!this.run) return;
    let wanted = null;
    if (this.matches) {
      wanted = new Set();
      for (let id of this.matches) {
        while (id !== null && !wanted.has(id)) {
          wanted.add(id);
          id = this.run.nodes[id].parent;
        }
      }
    }
    this.visible = [];
    const below = new Array(this.run.nodes.length).fill(false);
    for (const node of this.run.nodes) {
      const hidden = node.parent !== null && below[node.parent];
      below[node.id] = hidden || (!wanted && this.folded.has(node.id));
      if (!hidden && (!wanted || wanted.has(node.id))) this.visible.push(node.id);
    }
    this.placeOf = new Map(this.visible.map((id, place) => [id, place]));
    this.space.style.height = `${this.visible.length * this.rowHeight}px`;
    this.layout();
  }

  zoom(rowHeight) {
    this.rowHeight = rowHeight;
    this.host.style.setProperty("--row", `${rowHeight}px`);
    this.clear();
    this.arrange();
  }

  // --- Folding and selecting -------------------------------------------------------------

  toggle(id) {
    if (!this.folded.delete(id)) this.folded.add(id);
    this.refresh(id);
    this.arrange();
  }

  foldAll() {
    for (const node of this.run?.nodes ?? []) {
      if (node.children.length && this.depth[node.id] >= FOLD_BELOW) this.folded.add(node.id);
    }
    this.clear();
    this.arrange();
  }

  unfoldAll() {
    this.folded.clear();
    this.clear();
    this.arrange();
  }

  select(id, { reveal = true } = {}) {
    const before = this.selected;
    this.selected = id;
    this.refresh(before);
    this.refresh(id);
    if (reveal && id !== null) this.reveal(id);
  }

  /** Open what is around a node, and scroll to it. */
  reveal(id) {
    let changed = false;
    for (let at = this.run.nodes[id].parent; at !== null; at = this.run.nodes[at].parent) {
      changed = this.folded.delete(at) || changed;
    }
    if (changed) {
      this.clear();
      this.arrange();
    }
    const place = this.placeOf.get(id);
    if (place === undefined) return;
    const [top, height] = [place * this.rowHeight, this.host.clientHeight];
    const margin = 2 * this.rowHeight;
    if (top < this.host.scrollTop + margin) this.host.scrollTop = top - margin;
    else if (top > this.host.scrollTop + height - 2 * margin) {
      this.host.scrollTop = top - height + 2 * margin;
    }
  }

  move(step) {
    const place = this.placeOf.get(this.selected) ?? -1;
    const next = Math.max(0, Math.min(this.visible.length - 1, place + step));
    if (this.visible[next] !== undefined) this.on.select(this.visible[next]);
  }

  /** The deepest node that is running, the last one if there are several. */
  runningLeaf(state) {
    for (let id = this.run.nodes.length - 1; id >= 0; id--) {
      if (state.status[id] === "R" && !this.run.nodes[id].children.length) return id;
    }
    return null;
  }

  // --- Drawing ---------------------------------------------------------------------------

  /** Show a state; touches only rows in which something is another. */
  update(state, { breakpoints, heldPath, live }) {
    this.state = state;
    this.breakpoints = breakpoints;
    this.heldPath = live ? heldPath : "";
    if (state.visited !== this.visitedBits) {
      this.visitedBits = state.visited;
      this.visited = visitedIds(state.visited);
    }
    if (this.follow && live) {
      const leaf = this.runningLeaf(state);
      if (leaf !== null && leaf !== this.followed) this.reveal(leaf);
      this.followed = leaf;
    }
    for (const row of this.rows.values()) this.fill(row);
  }

  /** The panel has another height: what a person looks at stays in view. */
  fit() {
    const looked = this.selected ?? this.followed ?? null;
    if (this.run && this.follow && looked !== null) this.reveal(looked);
    this.layout();
  }

  /** Make rows for what is in view. */
  layout() {
    if (!this.run) return;
    const first = Math.max(0, Math.floor(this.host.scrollTop / this.rowHeight) - SPARE);
    const count = Math.ceil(this.host.clientHeight / this.rowHeight) + 2 * SPARE;
    const last = Math.min(this.visible.length, first + count);
    for (const [id, row] of this.rows) {
      const place = this.placeOf.get(id);
      if (place === undefined || place < first || place >= last) {
        row.element.remove();
        this.rows.delete(id);
        this.spare.push(row);
      }
    }
    for (let place = first; place < last; place++) {
      const id = this.visible[place];
      let row = this.rows.get(id);
      if (!row) {
        row = this.spare.pop() ?? this.makeRow();
        this.assign(row, id);
        this.rows.set(id, row);
        this.space.append(row.element);
      }
      if (row.place !== place) {
        row.place = place;
        row.element.style.transform = `translateY(${place * this.rowHeight}px)`;
      }
      if (this.state) this.fill(row);
    }
    this.spare.length = Math.min(this.spare.length, 60);
  }

  refresh(id) {
    const row = this.rows.get(id);
    if (!row) return;
    this.assign(row, id);
    if (this.state) this.fill(row);
  }

  makeRow() {
    const row = { element: make("div", "row"), id: -1, place: -1, status: "", said: null };
    row.dot = make("button", "dot");
    row.dot.type = "button";
    row.dot.tabIndex = -1;
    row.dot.title = "Breakpoint (b)";
    row.dot.addEventListener("mousedown", keepFocus);
    row.indent = make("span", "indent");
    row.caret = make("button", "caret");
    row.caret.type = "button";
    row.caret.tabIndex = -1;
    row.caret.append(symbol("caret", "icon"));
    row.caret.addEventListener("mousedown", keepFocus);
    row.icon = symbol("status-I", "icon status");
    row.use = row.icon.firstChild;
    row.sign = make("span", "sign");
    row.title = make("span", "title");
    row.arm = make("span", "arm");
    row.feedback = make("span", "feedback");
    row.element.append(
      row.dot, row.indent, row.caret, row.icon, row.arm, row.sign, row.title, row.feedback,
    );
    row.element.setAttribute("role", "treeitem");
    row.element.addEventListener("click", () => this.on.select(row.id));
    row.element.addEventListener("dblclick", () => this.toggle(row.id));
    row.element.addEventListener("mouseenter", () => this.on.hover(row.id, row.element));
    row.element.addEventListener("mouseleave", () => this.on.leave());
    row.caret.addEventListener("click", (event) => {
      event.stopPropagation();
      this.toggle(row.id);
    });
    row.dot.addEventListener("click", (event) => {
      event.stopPropagation();
      this.on.breakpoint(row.id);
    });
    return row;
  }

  /** Let a row stand for a node: what does not change while the tree runs. */
  assign(row, id) {
    const node = this.run.nodes[id];
    row.id = id;
    row.status = "";
    row.said = null;
    row.marks = null;
    row.element.dataset.path = node.path;
    row.element.dataset.category = node.category;
    row.element.classList.toggle("selected", id === this.selected);
    row.element.setAttribute("aria-selected", String(id === this.selected));
    row.element.setAttribute("aria-level", String(this.depth[id] + 1));
    row.element.classList.toggle("match", Boolean(this.matches?.has(id)));
    row.indent.style.width = `${this.depth[id] * 0.62 * this.rowHeight}px`;
    row.caret.classList.toggle("leaf", !node.children.length);
    row.caret.classList.toggle("folded", this.folded.has(id) && !this.matches);
    if (node.children.length) {
      row.element.setAttribute("aria-expanded", String(!this.folded.has(id)));
    } else {
      row.element.removeAttribute("aria-expanded");
    }
    setText(row.sign, node.sign);
    setText(row.title, node.title);
    setText(row.arm, node.arm);
  }

  /** Show a node's state in its row. */
  fill(row) {
    const { id } = row;
    const path = this.run.nodes[id].path;
    const held = path === this.heldPath;
    const status = held ? "H" : this.state.status[id];
    if (row.status !== status) {
      row.status = status;
      row.element.dataset.status = status;
      row.use.setAttribute("href", `#status-${status}`);
      row.icon.setAttribute("aria-label", STATUS_WORDS[status]);
    }
    const feedback = this.state.feedback[id];
    if (row.said !== feedback) {
      row.said = feedback;
      row.feedback.textContent = feedback;
    }
    const point = this.breakpoints.get(path);
    const marks = (this.visited.has(id) ? 1 : 0) + (point ? 2 : 0) + (point?.when ? 4 : 0);
    if (row.marks !== marks) {
      row.marks = marks;
      row.element.classList.toggle("visited", Boolean(marks & 1));
      row.element.classList.toggle("broken", Boolean(marks & 2));
      row.element.classList.toggle("conditional", Boolean(marks & 4));
    }
  }
}

const keepFocus = (event) => event.preventDefault();
