// What there is to say about one node: in the panel below the tree, and on the card that
// follows the mouse.

import { make, symbol } from "./dom.js";
import { STATUS_WORDS } from "./tree_view.js";

/** Title, status, ports with their types and present values, and where it is written. */
export function describeNode(run, state, id, status = state.status[id]) {
  const node = run.nodes[id];
  const parts = document.createDocumentFragment();
  const head = make("div", "node-head");
  const icon = symbol(`status-${status}`, "icon status");
  head.dataset.status = status;
  head.append(icon, make("strong", "", node.title), make("span", "dim", node.kind));
  head.append(make("span", "state-word", STATUS_WORDS[status]));
  parts.append(head);
  if (node.about) parts.append(make("p", "about", node.about));
  if (state.feedback[id]) parts.append(make("p", "says", state.feedback[id]));
  const ports = [
    ...node.inputs.map((port) => [port, "in"]),
    ...node.outputs.map((port) => [port, "out"]),
  ];
  if (ports.length) parts.append(portTable(ports, state));
  const place = make("p", "place dim", `${node.path}  ·  ${shortFile(node.file)}:${node.line}`);
  parts.append(place);
  return parts;
}

function portTable(ports, state) {
  const table = make("table", "ports");
  for (const [port, direction] of ports) {
    const row = table.insertRow();
    row.title = port.about;
    row.append(
      make("td", "direction", direction === "in" ? "→" : "←"),
      make("td", "port", port.port),
      make("td", "type", port.type),
      make("td", "wire", port.wire),
      make("td", "value", port.keys.map((key) => shortValue(state, key)).join("  ")),
    );
  }
  return table;
}

function shortValue(state, key) {
  const entry = state.values.get(key);
  return entry ? entry.value.text : "";
}

const shortFile = (file) => file.split("/").slice(-2).join("/");
