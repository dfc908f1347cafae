// How a run looks at one moment: status and words of every node, values of the blackboard.
// Messages are folded into it one after the other (docs/events.md describes them).

export class State {
  constructor(count) {
    this.status = new Array(count).fill("I");
    this.feedback = new Array(count).fill("");
    this.values = new Map();
    this.visited = null;
    this.ticks = 0;
    this.time = 0;
  }

  copy() {
    const copy = new State(0);
    copy.status = this.status.slice();
    copy.feedback = this.feedback.slice();
    copy.values = new Map(this.values);
    copy.visited = this.visited;
    copy.ticks = this.ticks;
    copy.time = this.time;
    return copy;
  }

  /** Take a message; only ticks change anything but the time. */
  apply(message) {
    this.time = message.t;
    if (message.type !== "tick") return;
    this.ticks = message.n;
    if (message.visited !== undefined) this.visited = message.visited;
    for (const [node, status, feedback] of message.nodes ?? []) {
      this.status[node] = status;
      this.feedback[node] = feedback ?? "";
    }
    for (const key in message.values ?? {}) {
      this.values.set(key, { value: message.values[key], time: message.t, tick: message.n });
    }
  }
}

/** The numbers of the nodes in the `visited` of a tick. */
export function visitedIds(bits) {
  const found = new Set();
  if (!bits) return found;
  const bytes = atob(bits);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes.charCodeAt(i);
    for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) found.add(8 * i + bit);
  }
  return found;
}
