// Lines of the log; those about a node lead to it and to their moment.

import { firstAfter, make } from "./dom.js";

const MOST = 400; // lines that exist on the page

export class LogView {
  /**
   * @param {HTMLElement} host - scrolls
   * @param {object} on - {open(line)}
   */
  constructor(host, on) {
    this.host = host;
    this.on = on;
    this.list = make("ol", "lines");
    host.append(this.list);
    this.shown = [];
    this.key = "";
  }

  clear() {
    this.list.replaceChildren();
    this.shown = [];
    this.key = "";
  }

  /** Show the lines until a moment, of one node or of all. */
  update(run, moment, node) {
    const count = firstAfter(run.lines, moment);
    const key = `${run.tree.run} ${count} ${run.lines[count - 1]?.seq} ${node}`;
    if (key === this.key) return;
    this.key = key;
    const until = run.lines.slice(0, count);
    const wanted = (node === null ? until : until.filter((line) => line.node === node)).slice(-MOST);
    const same = this.shown.length <= wanted.length
      && this.shown.every((line, index) => line === wanted[index]);
    if (same && this.shown.length === wanted.length) return;
    const atEnd = this.host.scrollTop + this.host.clientHeight > this.host.scrollHeight - 30;
    if (same) this.list.append(...wanted.slice(this.shown.length).map((line) => this.line(run, line)));
    else this.list.replaceChildren(...wanted.map((line) => this.line(run, line)));
    this.shown = wanted;
    if (atEnd) this.host.scrollTop = this.host.scrollHeight;
  }

  line(run, line) {
    const item = make("li");
    item.dataset.level = line.level;
    const node = line.node === undefined || line.node === null ? null : run.nodes[line.node];
    item.append(
      make("span", "time", line.t.toFixed(2)),
      make("span", "level", line.level === "info" ? "" : line.level),
    );
    if (node) {
      const link = make("button", "node", node.name);
      link.type = "button";
      link.title = node.path;
      item.append(link);
    }
    item.append(make("span", "text", line.text));
    item.addEventListener("click", () => this.on.open(line));
    return item;
  }
}
