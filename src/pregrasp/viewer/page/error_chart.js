// Size of the estimated error per move, on logarithmic scales, against the task's tolerance.

import { digits, make, prepareCanvas } from "./dom.js";
import { palette } from "./theme.js";

const LEFT = 44;
const RIGHT = 12;
const TOP = 20;
const BOTTOM = 20;

export class ErrorChart {
  /**
   * @param {HTMLElement} host
   * @param {HTMLElement} note
   * @param {object} on - {seek(moment)}
   */
  constructor(host, note, on) {
    this.note = note;
    this.on = on;
    this.looks = [];
    this.charts = [
      this.chart(host, "translation [mm]", (look) => look.motion.translation_mm, "translation_mm"),
      this.chart(host, "rotation [°]", (look) => look.motion.rotation_deg, "rotation_deg"),
    ];
    new ResizeObserver(() => this.draw()).observe(host);
  }

  chart(host, title, sizeOf, limit) {
    const canvas = make("canvas", "chart");
    canvas.title = `${title} of every estimate; dashed: the tolerance of the task, dotted: where the servo stops; squares: another model`;
    host.append(canvas);
    canvas.addEventListener("click", (event) => {
      const look = this.nearest(canvas, event.offsetX);
      if (look) this.on.seek(look.seq);
    });
    return { canvas, title, sizeOf, limit };
  }

  /** Show the estimates of a run, up to one of them. */
  update(looks, count) {
    const key = `${count} ${looks.at(-1)?.seq}`;
    if (this.looks === looks && this.key === key) return;
    this.looks = looks;
    this.count = count;
    this.key = key;
    this.draw();
  }

  nearest(canvas, x) {
    if (!this.looks.length) return null;
    const step = this.step(canvas.clientWidth);
    const place = Math.round((x - LEFT) / step);
    return this.looks[Math.max(0, Math.min(this.looks.length - 1, place))];
  }

  step(width) {
    return (width - LEFT - RIGHT) / Math.max(1, this.looks.length - 1);
  }

  draw() {
    const colours = palette();
    for (const chart of this.charts) this.drawOne(chart, colours);
    const last = this.looks[(this.count ?? 0) - 1];
    this.note.textContent = last
      ? `estimate ${this.count}: ${digits(last.motion.translation_mm)} mm, ${digits(last.motion.rotation_deg)}°`
      : "";
  }

  drawOne({ canvas, title, sizeOf, limit }, colours) {
    const { context, width, height } = prepareCanvas(canvas);
    if (width < 80 || height < 50) return;
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = colours.dim;
    context.textAlign = "left";
    context.fillText(title, 8, 12);
    const last = this.looks.at(-1);
    const limits = [last?.tolerance?.[limit], last?.within?.[limit]].filter((value) => value > 0);
    const sizes = this.looks.flatMap((look) => (look.other ? [look, look.other] : [look])).map(sizeOf).filter((value) => value > 0);
    if (!sizes.length) return;
    const all = [...sizes, ...limits];
    const low = Math.floor(Math.log10(Math.min(...all)));
    const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...all))));
    const y = (value) => TOP + ((high - Math.log10(value)) / (high - low)) * (height - TOP - BOTTOM);
    const x = (index) => LEFT + index * this.step(width);
    context.textAlign = "right";
    for (let power = low; power <= high; power++) {
      const at = y(10 ** power);
      line(context, LEFT, at, width - RIGHT, at, colours.grid, []);
      context.fillStyle = colours.dim;
      context.fillText(String(Number((10 ** power).toPrecision(3))), LEFT - 6, at + 4);
    }
    limits.forEach((value, index) => {
      line(context, LEFT, y(value), width - RIGHT, y(value), colours.S, index ? [2, 3] : [6, 4]);
    });
    if (last?.tolerance?.[limit] > 0) {
      context.fillStyle = colours.S;
      context.fillText(`tolerance ${digits(last.tolerance[limit])}`, width - RIGHT, y(last.tolerance[limit]) - 4);
    }
    context.beginPath();
    this.looks.forEach((look, index) => {
      const size = Math.max(sizeOf(look) || 0, 10 ** low);
      if (index) context.lineTo(x(index), y(size));
      else context.moveTo(x(index), y(size));
    });
    context.strokeStyle = colours.dim;
    context.lineWidth = 1.2;
    context.stroke();
    this.looks.forEach((look, index) => {
      const size = Math.max(sizeOf(look) || 0, 10 ** low);
      this.mark(context, x(index), y(size), look, index, colours);
    });
    this.looks.forEach((look, index) => {
      if (!look.other) return;
      const size = Math.max(sizeOf(look.other) || 0, 10 ** low);
      context.strokeStyle = colours.H;
      context.lineWidth = 1.6;
      context.strokeRect(x(index) - 4, y(size) - 4, 8, 8);
    });
    context.fillStyle = colours.dim;
    context.textAlign = "center";
    const every = Math.max(1, Math.ceil(this.looks.length / Math.max(1, (width - LEFT) / 34)));
    this.looks.forEach((_, index) => {
      if (index % every === 0) context.fillText(String(index + 1), x(index), height - 5);
    });
  }

  /** Filled if trusted, a cross if not; a ring around the one that is shown. */
  mark(context, x, y, look, index, colours) {
    context.globalAlpha = index < (this.count ?? 0) ? 1 : 0.35;
    context.fillStyle = context.strokeStyle = look.trusted ? colours.R : colours.F;
    context.lineWidth = 2;
    context.beginPath();
    if (look.trusted) {
      context.arc(x, y, 3.5, 0, 2 * Math.PI);
      context.fill();
    } else {
      context.moveTo(x - 4, y - 4);
      context.lineTo(x + 4, y + 4);
      context.moveTo(x + 4, y - 4);
      context.lineTo(x - 4, y + 4);
      context.stroke();
    }
    if (index === (this.count ?? 0) - 1) {
      context.beginPath();
      context.arc(x, y, 7, 0, 2 * Math.PI);
      context.lineWidth = 1.5;
      context.stroke();
    }
    context.globalAlpha = 1;
  }
}

function line(context, x0, y0, x1, y1, colour, dashes) {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.setLineDash(dashes);
  context.beginPath();
  context.moveTo(x0, Math.round(y0) + 0.5);
  context.lineTo(x1, Math.round(y1) + 0.5);
  context.stroke();
  context.setLineDash([]);
}
