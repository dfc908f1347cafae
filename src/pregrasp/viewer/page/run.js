// One run and its past, so that people can look back while it goes on.
//
// The past is kept in segments, each with the state it begins with. To look back, the segment
// is found and its messages are folded from there: at most SEGMENT messages, however long the
// run is. The oldest segments are given up when the memory for them is used.
//
// A moment is the number of a message, not a time: much can happen at the same time of a
// simulated cell.

import { firstAfter } from "./dom.js";
import { State } from "./state.js";

const SEGMENT = 256; // messages
const LIMIT = 600_000; // changes of nodes and values that are kept, about 100 MB
const MOST_LOOKS = 2_000; // pictures and estimates
const MOST_LINES = 5_000; // of the log
const MOST_SPANS = 20_000; // of leaves at work

export class Run {
  constructor(tree) {
    this.tree = tree;
    this.nodes = tree.nodes;
    this.idOf = new Map(tree.nodes.map((node) => [node.path, node.id]));
    this.began = tree.t;
    this.now = new State(tree.nodes.length);
    this.now.time = tree.t;
    this.segments = [];
    this.weight = 0;
    this.looks = []; // estimates, with the picture each is about
    this.images = [];
    this.motions = [];
    this.lines = [];
    this.spans = []; // {node, from, to, status}: leaves at work
    this.open = new Map(); // the span of every leaf that is at work now
    this.pose = null;
    this.end = null;
    this.lastSeq = tree.seq;
    this.forgot = false;
  }

  /** Take a message; gives whether it was new. */
  add(message) {
    // A state that was put together ends with the number of its last message, the end included.
    const missedEnd = message.type === "end" && !this.end;
    if (message.seq <= this.lastSeq && !missedEnd) return false;
    this.lastSeq = message.seq;
    if (message.type === "tick") this.addSpans(message);
    this.keep(message);
    this.now.apply(message);
    this.sort(message);
    return true;
  }

  keep(message) {
    let last = this.segments.at(-1);
    if (!last || last.messages.length >= SEGMENT) {
      last = { start: this.now.copy(), seq: message.seq - 1, messages: [], weight: 0 };
      this.segments.push(last);
    }
    const kept = message.type === "tick" ? message : { type: "other", seq: message.seq, t: message.t };
    const weight = 2 + (kept.nodes?.length ?? 0) + 4 * Object.keys(kept.values ?? {}).length;
    last.messages.push(kept);
    last.weight += weight;
    this.weight += weight;
    while (this.weight > LIMIT && this.segments.length > 2) {
      this.weight -= this.segments.shift().weight;
      this.forgot = true;
    }
  }

  sort(message) {
    if (message.type === "image") bounded(this.images, message, MOST_LOOKS);
    else if (message.type === "estimate") bounded(this.looks, message, MOST_LOOKS);
    else if (message.type === "motion") bounded(this.motions, message, MOST_LOOKS);
    else if (message.type === "log") bounded(this.lines, message, MOST_LINES);
    else if (message.type === "pose") this.pose = message;
    else if (message.type === "lost") {
      const text = `the viewer was too slow: ${message.messages} messages and `
        + `${message.pictures} pictures were left out`;
      bounded(this.lines, { ...message, level: "warning", text }, MOST_LINES);
    } else if (message.type === "end") {
      this.end = message;
      for (const span of this.open.values()) span.to = message.t;
      this.open.clear();
    }
  }

  addSpans(message) {
    for (const [node, status] of message.nodes ?? []) {
      if (this.nodes[node].children.length) continue;
      const open = this.open.get(node);
      if (status === "R") {
        if (!open) this.open.set(node, this.span(node, message.t, null, "R"));
      } else if (open) {
        open.to = message.t;
        open.status = status;
        this.open.delete(node);
      } else if (status !== "I") {
        this.span(node, message.t, message.t, status);
      }
    }
  }

  span(node, from, to, status) {
    const span = { node, from, to, status };
    bounded(this.spans, span, MOST_SPANS);
    return span;
  }

  /** Where the kept past begins. */
  get oldest() {
    return this.segments.length ? this.segments[0].start.time : this.began;
  }

  get latest() {
    return this.now.time;
  }

  /** Where the segment is in which a moment lies. */
  segmentAt(moment) {
    return Math.max(0, firstAfter(this.segments, moment) - 1);
  }

  /** The state at a moment of the past. */
  at(moment) {
    const segment = this.segments[this.segmentAt(moment)];
    if (!segment) return this.now;
    const state = segment.start.copy();
    for (const message of segment.messages) {
      if (message.seq > moment) break;
      state.apply(message);
    }
    return state;
  }

  /** The last moment at a time. */
  momentAt(time) {
    const index = Math.max(0, firstAfter(this.segments, time, (segment) => segment.start.time) - 1);
    const segment = this.segments[index];
    if (!segment) return this.lastSeq;
    const place = firstAfter(segment.messages, time, (message) => message.t);
    return place ? segment.messages[place - 1].seq : segment.seq;
  }

  /** The moment of the tick before or after another. */
  neighbour(moment, direction) {
    const index = this.segmentAt(moment);
    const near = this.segments.slice(Math.max(0, index - 1), index + 2);
    const ticks = near.flatMap((segment) => segment.messages.filter((one) => one.type === "tick"));
    if (direction > 0) return ticks[firstAfter(ticks, moment)]?.seq ?? this.lastSeq;
    return ticks[firstAfter(ticks, moment - 1) - 1]?.seq ?? moment;
  }

  /** The last item of a list that was there at a moment, and its place in the list. */
  static lastAt(list, moment) {
    const place = firstAfter(list, moment) - 1;
    return [list[place] ?? null, place];
  }
}

function bounded(list, item, most) {
  list.push(item);
  // Not one by one: taking the first off a long list moves all the others.
  if (list.length > most * 1.1) list.splice(0, list.length - most);
}
