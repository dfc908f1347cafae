// The whole run from left to right: which leaf was at work, pictures, moves and lines of the
// log; dragging looks back while the tree runs on.

import { firstAfter, prepareCanvas, seconds } from "./dom.js";
import { palette } from "./theme.js";

const AXIS = 16;
const LANE = 22;
const SHORTEST = 0.5; // s that are always in view
const LANES = ["leaves at work", "pictures", "moves", "log"];

export class Timeline {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement} label - says what is below the mouse
   * @param {object} on - {seek(moment)}
   */
  constructor(canvas, label, on) {
    this.canvas = canvas;
    this.label = label;
    this.on = on;
    this.run = null;
    this.shown = null; // time that is looked at; null for the present
    this.window = null; // {from, to} when zoomed; null for everything
    this.dragging = false;
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.hover(event));
    canvas.addEventListener("pointerup", () => { this.dragging = false; });
    canvas.addEventListener("wheel", (event) => this.zoom(event), { passive: false });
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  show(run) {
    this.run = run;
    this.shown = this.window = null;
    this.draw();
  }

  range() {
    if (this.window) return this.window;
    const from = this.run.oldest;
    return { from, to: Math.max(this.run.latest, from + SHORTEST) };
  }

  x(time, width, range = this.range()) {
    return ((time - range.from) / (range.to - range.from)) * width;
  }

  time(x, range = this.range()) {
    return range.from + (x / this.canvas.clientWidth) * (range.to - range.from);
  }

  // --- Input -----------------------------------------------------------------------------

  press(event) {
    if (!this.run) return;
    this.dragging = true;
    this.canvas.setPointerCapture(event.pointerId);
    this.on.seek(this.run.momentAt(this.time(event.offsetX)));
  }

  hover(event) {
    if (!this.run) return;
    const time = this.time(event.offsetX);
    if (this.dragging) this.on.seek(this.run.momentAt(time));
    const span = this.spanAt(time);
    const lane = LANES[Math.floor((event.offsetY - AXIS) / LANE)] ?? "";
    const what = span && lane === LANES[0] ? this.run.nodes[span.node].path : lane;
    this.label.textContent = `${seconds(time)}  ${what}`;
  }

  zoom(event) {
    if (!this.run) return;
    event.preventDefault();
    const whole = { from: this.run.oldest, to: Math.max(this.run.latest, this.run.oldest + SHORTEST) };
    const range = this.range();
    const about = this.time(event.offsetX);
    const factor = event.deltaY > 0 ? 1.25 : 0.8;
    const from = Math.max(whole.from, about - (about - range.from) * factor);
    const to = Math.min(whole.to, about + (range.to - about) * factor);
    this.window = to - from >= 0.98 * (whole.to - whole.from) || to - from < 0.02 ? null : { from, to };
    this.draw();
  }

  spanAt(time) {
    let found = null;
    for (const span of this.run.spans) {
      if (span.from <= time && (span.to ?? this.run.latest) >= time) found = span;
    }
    return found;
  }

  // --- Drawing ---------------------------------------------------------------------------

  draw() {
    const { context, width, height } = prepareCanvas(this.canvas);
    if (!this.run || !width) return;
    const colours = palette();
    const range = this.range();
    context.font = "11px system-ui, sans-serif";
    this.drawAxis(context, width, height, range, colours);
    this.drawSpans(context, width, range, colours);
    this.drawMarks(context, width, range, 1, this.run.images, () => colours.accent);
    this.drawMarks(context, width, range, 2, this.run.motions, () => colours.R);
    const ofLevel = { info: colours.dim, warning: colours.H, error: colours.F };
    this.drawMarks(context, width, range, 3, this.run.lines, (line) => ofLevel[line.level]);
    this.drawCursor(context, width, height, range, colours);
  }

  drawAxis(context, width, height, range, colours) {
    const rough = ((range.to - range.from) * 90) / width;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
    context.fillStyle = colours.dim;
    context.textAlign = "left";
    for (let t = Math.ceil(range.from / step) * step; t <= range.to; t += step) {
      const x = Math.round(this.x(t, width, range)) + 0.5;
      context.strokeStyle = colours.grid;
      context.beginPath();
      context.moveTo(x, 0);
      context.lineTo(x, height);
      context.stroke();
      context.fillText(seconds(t), x + 3, 11);
    }
  }

  drawSpans(context, width, range, colours) {
    const top = AXIS + 2;
    let drawnTo = -1;
    for (const span of this.run.spans) {
      const to = span.to ?? this.run.latest;
      if (to < range.from || span.from > range.to) continue;
      const [x0, x1] = [this.x(span.from, width, range), this.x(to, width, range)];
      // What would lie on the same pixel is drawn once: thousands of leaves stay cheap.
      if (x1 < drawnTo + 0.7) continue;
      drawnTo = x1;
      const wide = Math.max(1.5, x1 - x0 - 0.5);
      context.fillStyle = colours[span.status];
      context.globalAlpha = span.status === "R" ? 0.95 : 0.75;
      context.fillRect(x0, top, wide, LANE - 5);
      context.globalAlpha = 1;
      if (wide > 46) {
        context.fillStyle = "#fff";
        context.save();
        context.beginPath();
        context.rect(x0, top, wide - 3, LANE);
        context.clip();
        context.fillText(this.run.nodes[span.node].name, Math.max(x0, 0) + 4, top + 12);
        context.restore();
      }
    }
  }

  drawMarks(context, width, range, lane, items, colourOf) {
    const top = AXIS + lane * LANE;
    let drawnTo = -2;
    for (let i = firstAfter(items, range.from - 1e-9, (item) => item.t); i < items.length; i++) {
      if (items[i].t > range.to) break;
      const x = this.x(items[i].t, width, range);
      if (x < drawnTo + 1.5 && items[i].level !== "error") continue;
      drawnTo = x;
      context.fillStyle = colourOf(items[i]);
      if (lane === 1) context.fillRect(x - 2.5, top + 4, 5, 10);
      else if (lane === 2) triangle(context, x, top + 9);
      else context.fillRect(x - 1, top + 3, 2, 12);
    }
  }

  drawCursor(context, width, height, range, colours) {
    const time = this.shown ?? this.run.latest;
    const x = Math.min(width - 1, Math.round(this.x(time, width, range))) + 0.5;
    context.strokeStyle = this.shown === null ? colours.R : colours.H;
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, height);
    context.stroke();
    context.lineWidth = 1;
  }
}

function triangle(context, x, y) {
  context.beginPath();
  context.moveTo(x - 3.5, y - 5);
  context.lineTo(x + 4.5, y);
  context.lineTo(x - 3.5, y + 5);
  context.fill();
}
