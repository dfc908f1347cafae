// The last picture, with what the estimator said about it: the votes it rests on, the motion
// command as a dial, and how sure it was.

import { digits, make, prepareCanvas } from "./dom.js";
import { palette } from "./theme.js";

const DIAL = 34; // px, radius

export class CameraView {
  constructor(host, note) {
    this.note = note;
    this.picture = make("img", "picture");
    this.picture.alt = "What the camera saw";
    this.canvas = make("canvas", "overlay");
    this.empty = make("p", "empty", "no picture yet");
    this.gone = make("p", "empty", "this picture is no longer kept by the viewer; the run log has it");
    this.gone.hidden = true;
    this.facts = make("div", "facts");
    host.append(this.picture, this.canvas, this.empty, this.gone, this.facts);
    this.shown = "";
    this.image = this.look = null;
    this.picture.hidden = true;
    this.picture.addEventListener("load", () => this.draw());
    this.picture.addEventListener("error", () => {
      this.gone.hidden = false;
      this.picture.hidden = true;
    });
    new ResizeObserver(() => this.draw()).observe(host);
  }

  /** Show a picture and the estimate about it; null for none. */
  update(run, image, look) {
    if (image === this.image && look === this.look && run === this.run) return;
    this.run = run;
    this.image = image;
    this.look = look;
    const address = image ? `/image/${encodeURIComponent(run.tree.run)}/${image.id}` : "";
    if (address !== this.shown) {
      this.shown = address;
      this.gone.hidden = true;
      this.picture.hidden = !address;
      this.empty.hidden = Boolean(address);
      if (address) this.picture.src = address;
    }
    this.note.textContent = image
      ? `picture ${image.id} at ${image.t.toFixed(2)} s, ${image.camera_width} × ${image.camera_height} px`
      : "";
    this.describe();
    this.draw();
  }

  describe() {
    this.facts.replaceChildren();
    const { look } = this;
    if (!look) return;
    const verdict = make("span", "chip", look.trusted ? "trusted" : "not trusted");
    verdict.dataset.status = look.trusted ? "S" : "F";
    const motion = look.motion;
    const move = make(
      "span", "mono",
      `x ${signed(motion.x_mm)}  y ${signed(motion.y_mm)} mm  θ ${signed(motion.theta_deg)}°`,
    );
    const sure = make("span", "confidence");
    const bar = make("span", "bar");
    const fill = make("span", "fill");
    fill.style.width = `${Math.round(100 * Math.max(0, Math.min(1, look.confidence ?? 0)))}%`;
    bar.append(fill);
    sure.append(make("span", "dim", "confidence "), bar, make("span", "mono", ` ${digits(look.confidence)}`));
    const votes = look.votes ? `${look.votes.length} votes · ` : "";
    const time = make("span", "dim", `${votes}${digits(look.compute_ms)} ms`);
    this.facts.append(verdict, move, sure, time);
    if (look.other) this.facts.append(make("span", "other", otherText(look.other)));
    if (look.reason) this.facts.append(make("span", "why", look.reason));
  }

  draw() {
    if (this.picture.hidden || !this.picture.naturalWidth) {
      prepareCanvas(this.canvas);
      return;
    }
    const { context, width, height } = prepareCanvas(this.canvas);
    const scale = Math.min(width / this.picture.naturalWidth, height / this.picture.naturalHeight);
    const [w, h] = [this.picture.naturalWidth * scale, this.picture.naturalHeight * scale];
    const [left, top] = [(width - w) / 2, (height - h) / 2];
    const colours = palette();
    if (this.look?.votes && this.image) {
      const perPixel = w / this.image.camera_width;
      for (const [x, y, weight] of this.look.votes) {
        const radius = 2 + 5 * Math.sqrt(Math.max(0, weight));
        context.beginPath();
        context.arc(left + x * perPixel, top + y * perPixel, radius, 0, 2 * Math.PI);
        context.lineWidth = 3;
        context.strokeStyle = "rgba(0, 0, 0, 0.55)";
        context.stroke();
        context.lineWidth = 1.5;
        context.strokeStyle = `rgba(255, 214, 64, ${0.35 + 0.65 * Math.min(1, weight)})`;
        context.stroke();
      }
    }
    if (this.look) this.drawDial(context, left + w - DIAL - 12, top + DIAL + 12, colours);
  }

  /** The motion command: an arrow for x and y, longer by its logarithm, and an arc for theta. */
  drawDial(context, x, y, colours) {
    const { motion } = this.look;
    const colour = this.look.trusted ? "#7fd4ff" : "#ffb3a0";
    context.fillStyle = "rgba(8, 14, 20, 0.72)";
    context.beginPath();
    context.arc(x, y, DIAL, 0, 2 * Math.PI);
    context.fill();
    context.strokeStyle = "rgba(255, 255, 255, 0.35)";
    context.lineWidth = 1;
    for (const share of [1 / 3, 2 / 3, 1]) {
      context.beginPath();
      context.arc(x, y, DIAL * share, 0, 2 * Math.PI);
      context.stroke();
    }
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = 2;
    const size = motion.translation_mm ?? 0;
    if (size > 0) {
      // Rings are 0.1, 1 and 10 mm.
      const length = DIAL * Math.max(0.08, Math.min(1, (Math.log10(size) + 2) / 3));
      const angle = Math.atan2(-(motion.y_mm ?? 0), motion.x_mm ?? 0);
      const [tipX, tipY] = [x + length * Math.cos(angle), y + length * Math.sin(angle)];
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(tipX, tipY);
      context.stroke();
      context.beginPath();
      context.arc(tipX, tipY, 3, 0, 2 * Math.PI);
      context.fill();
    }
    const theta = -((motion.theta_deg ?? 0) * Math.PI) / 180;
    context.beginPath();
    context.lineWidth = 3;
    context.arc(x, y, DIAL - 2, -Math.PI / 2, -Math.PI / 2 + theta, theta < 0);
    context.stroke();
    context.font = "9px system-ui, sans-serif";
    context.textAlign = "center";
    context.fillStyle = "rgba(255, 255, 255, 0.8)";
    context.fillText("0.1 · 1 · 10 mm", x, y + DIAL + 11);
  }
}

/** What another model says about the same picture, in a replay that asked it. */
function otherText({ motion, confidence, trusted }) {
  const move = `x ${signed(motion.x_mm)}  y ${signed(motion.y_mm)} mm  θ ${signed(motion.theta_deg)}°`;
  return `other model: ${move}  confidence ${digits(confidence)}${trusted ? "" : ", not trusted"}`;
}

const signed = (value) => (value === null || value === undefined ? "–" : `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(2)}`);
