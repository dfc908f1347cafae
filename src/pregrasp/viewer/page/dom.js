// Small helpers to make elements. Text always goes in as text: nothing that comes from a
// tree, a file or a person can become markup.

/** An element with a class and a text. */
export function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== "") element.textContent = text;
  return element;
}

/** One of the symbols of index.html. */
export function symbol(name, className) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  return svg;
}

/** Set a text only if it is another one: the browser then has nothing to lay out. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export const byId = (id) => document.getElementById(id);

/** A length of time for people: 3.42 s, 2:05 min. */
export function seconds(value) {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) < 100) return `${value.toFixed(2)} s`;
  const rest = Math.floor(value % 60).toString().padStart(2, "0");
  return `${Math.floor(value / 60)}:${rest} min`;
}

/** A number with three digits that count. */
export function digits(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const places = Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toFixed(places);
}

/** A canvas that is sharp on every screen; gives its size in CSS pixels. */
export function prepareCanvas(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** First index whose item comes after a moment, in a list that is in order of the number. */
export function firstAfter(list, moment, numberOf = (item) => item.seq) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numberOf(list[middle]) <= moment) low = middle + 1;
    else high = middle;
  }
  return low;
}
