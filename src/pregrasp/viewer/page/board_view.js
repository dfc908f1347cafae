// The blackboard: every key with its type and value, what changed last marked, and editable
// where the run may be controlled and the type can be written by people.

import { make, setText } from "./dom.js";

const UNWRITTEN = "not written yet";
const FRESH = 3; // ticks for which a change stays marked

export class BoardView {
  /**
   * @param {HTMLElement} host
   * @param {object} on - {edit(key, text): Promise}
   */
  constructor(host, on) {
    this.on = on;
    this.table = make("table", "board");
    this.written = this.table.createTBody();
    this.unwritten = this.table.createTBody();
    host.append(this.table);
    this.rows = new Map();
    this.keys = {};
    this.words = "";
    this.mayEdit = false;
    this.editing = null;
  }

  clear() {
    this.rows.clear();
    this.written.replaceChildren();
    this.unwritten.replaceChildren();
    this.editing = null;
  }

  filter(words) {
    this.words = words.trim().toLowerCase();
    for (const [key, row] of this.rows) this.hideOrShow(key, row);
  }

  setKeys(keys) {
    this.keys = keys;
    for (const key of Object.keys(keys)) if (!this.rows.has(key)) this.add(key);
    for (const [key, row] of this.rows) this.describe(key, row);
  }

  setMayEdit(mayEdit) {
    this.mayEdit = mayEdit;
    for (const [key, row] of this.rows) this.describe(key, row);
  }

  update(state) {
    for (const [key, row] of this.rows) {
      if (row.entry && !state.values.has(key)) this.forget(row); // looking back to before it
    }
    for (const [key, entry] of state.values) {
      let row = this.rows.get(key);
      if (!row) row = this.add(key);
      if (row.entry !== entry) {
        if (!row.entry) this.place(row, this.written);
        row.entry = entry;
        row.element.classList.remove("unwritten");
        setText(row.text, entry.value.text);
        if (!this.keys[key]) setText(row.type, entry.value.kind);
        row.changed.textContent = `${entry.time.toFixed(2)} s`;
        if (row.parts) this.fillParts(row);
      }
      const fresh = state.ticks - entry.tick < FRESH;
      if (row.fresh !== fresh) {
        row.fresh = fresh;
        row.element.classList.toggle("fresh", fresh);
      }
    }
  }

  forget(row) {
    row.entry = null;
    row.fresh = null;
    row.text.textContent = UNWRITTEN;
    row.changed.textContent = "";
    row.element.classList.remove("fresh");
    row.element.classList.add("unwritten");
    if (row.parts) this.toggleParts(row);
    this.place(row, this.unwritten);
  }

  /** In order of keys, so that those of one tree stand together; the unwritten ones last. */
  place(row, body) {
    const after = [...body.children].find((other) => other.dataset.key > row.element.dataset.key);
    body.insertBefore(row.element, after ?? null);
  }

  add(key) {
    const [scope, name] = splitKey(key);
    const row = { element: make("tr"), fresh: null, entry: null, parts: null };
    row.element.dataset.key = key;
    row.element.title = key;
    const label = make("td", "key");
    label.append(make("span", "name", name), make("span", "dim", scope));
    row.type = make("td", "type");
    const cell = make("td", "value");
    row.text = make("span", "text");
    row.edit = make("button", "edit", "edit");
    row.edit.type = "button";
    cell.append(row.text, row.edit);
    row.changed = make("td", "changed");
    row.element.append(label, row.type, cell, row.changed);
    row.edit.addEventListener("click", (event) => {
      event.stopPropagation();
      this.edit(key);
    });
    row.element.addEventListener("click", () => this.toggleParts(row));
    this.rows.set(key, row);
    this.forget(row);
    this.describe(key, row);
    this.hideOrShow(key, row);
    return row;
  }

  describe(key, row) {
    const known = this.keys[key];
    if (known) setText(row.type, known.unit ? `${known.type} [${known.unit}]` : known.type);
    row.edit.hidden = !(this.mayEdit && known?.editable);
  }

  hideOrShow(key, row) {
    row.element.hidden = Boolean(this.words) && !key.toLowerCase().includes(this.words);
  }

  // --- Parts of a value ------------------------------------------------------------------

  toggleParts(row) {
    if (row.parts) {
      row.parts.remove();
      row.parts = null;
      return;
    }
    if (!row.entry) return;
    row.parts = make("tr", "parts");
    row.parts.append(make("td"), make("td"), make("td", "part-list"), make("td"));
    row.element.after(row.parts);
    this.fillParts(row);
  }

  fillParts(row) {
    row.parts.children[2].replaceChildren(partList(row.entry.value));
  }

  // --- Editing ---------------------------------------------------------------------------

  edit(key) {
    const row = this.rows.get(key);
    if (!row || this.editing) return;
    const form = make("form", "edit-form");
    const input = make("input");
    input.value = row.entry ? asYaml(row.entry.value) : "";
    input.setAttribute("aria-label", `New value of ${key}, as YAML`);
    const problem = make("span", "problem");
    form.append(input, problem);
    row.text.hidden = row.edit.hidden = true;
    row.text.after(form);
    this.editing = key;
    input.focus();
    input.select();
    const finish = () => {
      form.remove();
      row.text.hidden = false;
      this.editing = null;
      this.describe(key, row);
    };
    form.addEventListener("click", (event) => event.stopPropagation());
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await this.on.edit(key, input.value);
        finish();
      } catch (error) {
        problem.textContent = error.message;
      }
    });
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") finish();
    });
  }
}

function splitKey(key) {
  const place = key.lastIndexOf("/");
  const scope = key.slice(0, place).split("/").at(-1);
  return [` ${scope}`, key.slice(place + 1)];
}

/** The parts of a value, each on a line, as deep as they were told. */
function partList(value) {
  const list = make("ul");
  const parts = value.fields
    ? Object.entries(value.fields)
    : value.items
      ? value.items.map((item, index) => [String(index), item])
      : Object.entries(value).filter(([name]) => !["kind", "text"].includes(name));
  for (const [name, part] of parts) {
    const item = make("li");
    item.append(make("span", "dim", `${name}: `));
    if (part !== null && typeof part === "object") {
      item.append(make("span", "", part.text ?? ""));
      if (part.fields || part.items) item.append(partList(part));
    } else {
      item.append(make("span", "", String(part)));
    }
    list.append(item);
  }
  return list;
}

/** A value as a person would type it, to begin with. */
function asYaml(value) {
  if (["number", "bool", "text"].includes(value.kind)) return String(value.value ?? "");
  const numbers = Object.entries(value).filter(
    ([name, part]) => typeof part === "number" && /_(mm|deg)$/.test(name) && !/^(translation|rotation)_/.test(name),
  );
  return numbers.length ? `{${numbers.map(([name, part]) => `${name}: ${part}`).join(", ")}}` : "";
}
