"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const main = document.querySelector("main");
const GUTTER = 44, LINES = ["--l0", "--l1", "--l2", "--l3", "--l4", "--l5"];

function add(parent, name, attributes = {}, text = null) {
  const svg = ["svg", "g", "path", "line", "rect", "circle", "text", "title"].includes(name);
  const made = svg && (name === "svg" || parent.namespaceURI.endsWith("svg"))
    ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== null) made.textContent = text;
  parent.appendChild(made);
  return made;
}
const number = v => v === null || v === undefined || !isFinite(v) ? "\u2013"
  : v !== 0 && (Math.abs(v) < 1e-3 || Math.abs(v) >= 1e6) ? v.toExponential(2) : String(+v.toPrecision(4));
const line = k => `var(${LINES[k % LINES.length]})`;

// --- colours: from light to dark for what lies between 0 and 1, blue - white - red for the rest
function mix(stops, t) {
  const x = Math.min(Math.max(t, 0), 1) * (stops.length - 1), k = Math.min(Math.floor(x), stops.length - 2);
  return stops[k].map((c, i) => c + (stops[k + 1][i] - c) * (x - k));
}
const GATE = [[247, 251, 255], [158, 202, 225], [49, 130, 189], [8, 48, 107]];
const SIGNED = [[33, 102, 172], [146, 197, 222], [247, 247, 247], [244, 165, 130], [178, 24, 43]];
function scale(q) {
  if (q.range && q.range[0] === 0) return { low: 0, high: 1, stops: GATE };
  const reach = q.range ? 1 : Math.max(Math.abs(q.low), Math.abs(q.high)) || 1;
  return { low: -reach, high: reach, stops: SIGNED };
}
function unpack(q, steps) {
  const bytes = Uint8Array.from(atob(q.values), c => c.charCodeAt(0));
  const view = new DataView(bytes.buffer), values = new Float32Array(q.units * steps);
  for (let k = 0; k < values.length; k++) values[k] = q.low + (q.high - q.low) * view.getUint16(2 * k, true) / 65535;
  return values;
}

// --- ticks on round numbers
function ticks(low, high, count) {
  const raw = (high - low) / count || 1, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= raw);
  const found = [];
  for (let v = Math.ceil(low / step) * step; v <= high + step * 1e-9; v += step) found.push(Math.abs(v) < step * 1e-9 ? 0 : v);
  return found;
}
function path(points) {
  let d = "", pen = "M";
  for (const [x, y] of points) {
    if (x === null || y === null || !isFinite(x) || !isFinite(y)) { pen = "M"; continue; }
    d += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = "L";
  }
  return d;
}

// --- one layer
class Section {
  constructor(facts) {
    this.facts = facts;
    this.values = Object.fromEntries(facts.quantities.map(q => [q.name, unpack(q, facts.steps)]));
    this.quantity = facts.quantities.find(q => q.name === "f") || facts.quantities[facts.quantities.length - 1];
    this.unit = null;
    this.step = this.row = null;
    const box = this.box = add(main, "section");
    add(box, "h2", {}, facts.name);
    add(box, "p", { class: "read" }, `${facts.cell}, ${facts.units.length} units, ${facts.steps} steps`
      + `${facts.reverse ? ", run from the last to the first" : ""}. Rows are units, those that do alike together; `
      + "the strip at the left marks groups. Choose a unit by click, arrow keys or list.");
    this.tools();
    this.readout = add(box, "p", { class: "readout", "aria-live": "polite" });
    this.scroll = add(box, "div", { class: "scroll" });
    this.dots();
    const more = add(box, "details");
    add(more, "summary", {}, "Equations");
    add(more, "pre", {}, facts.equations);
    this.draw();
  }
  tools() {
    const bar = add(this.box, "div", { class: "tools" });
    this.buttons = this.facts.quantities.map(q => {
      const button = add(bar, "button", { type: "button", "data-quantity": q.name }, q.name);
      button.onclick = () => { this.quantity = q; this.draw(); };
      return button;
    });
    const label = add(bar, "label", { class: "read" }, "unit ");
    this.list = add(label, "select");
    add(this.list, "option", { value: "" }, "none");
    this.facts.units.forEach((unit, k) => {
      const dead = this.facts.dead.includes(unit) ? ", dead" : "";
      add(this.list, "option", { value: unit }, `${unit} (group ${this.facts.groups[k] + 1}${dead})`);
    });
    this.list.onchange = () => this.choose(this.list.value === "" ? null : +this.list.value);
    this.legend = add(bar, "span", { class: "scale" });
  }
  rows() {  // quantities of another width, such as gates that units share, keep their own order
    const own = this.quantity.units === this.facts.units.length;
    return own ? this.facts.units : Array.from({ length: this.quantity.units }, (_, k) => k);
  }
  draw() {
    const { facts, quantity } = this;
    this.buttons.forEach(b => b.setAttribute("aria-pressed", b.dataset.quantity === quantity.name));
    const room = this.box.clientWidth - GUTTER, wanted = facts.text ? 11 * facts.steps : room;
    this.width = Math.max(room, wanted);
    const rows = this.rows();
    this.height = Math.max(1, Math.min(16, Math.max(3, Math.floor(340 / rows.length)))) * rows.length;
    const at = this.scroll.scrollLeft;
    this.scroll.replaceChildren();
    const plot = add(this.scroll, "div", { class: "plot", style: `width:${GUTTER + this.width}px` });
    this.axis(plot);
    const canvas = this.canvas = add(plot, "canvas", { width: facts.steps, height: rows.length, tabindex: 0, role: "img",
      "aria-label": `${quantity.name} of ${rows.length} units over ${facts.steps} steps` });
    canvas.style.cssText = `margin-left:${GUTTER}px;width:${this.width}px;height:${this.height}px`;
    this.paint(canvas, rows);
    this.groups(plot, rows);
    this.over = add(plot, "svg", { class: "over", width: GUTTER + this.width, height: this.height });
    this.over.style.top = `${canvas.offsetTop}px`;
    canvas.onmousemove = event => this.point(event);
    canvas.onmouseleave = () => { this.step = this.row = null; this.mark(); };
    canvas.onclick = event => { this.point(event); this.choose(rows[this.row]); };
    canvas.onkeydown = event => this.key(event);
    this.panel = add(plot, "svg", { width: GUTTER + this.width, height: 0 });
    this.scroll.scrollLeft = at;
    this.gauge();
    this.unitPanel();
    this.mark();
  }
  paint(canvas, rows) {
    const { steps } = this.facts, own = this.values[this.quantity.name], s = scale(this.quantity);
    const context = canvas.getContext("2d"), image = context.createImageData(Math.max(steps, 1), Math.max(rows.length, 1));
    const colours = Array.from({ length: 256 }, (_, k) => [...mix(s.stops, k / 255), 255]);
    rows.forEach((unit, row) => {
      for (let t = 0; t < steps; t++) {
        const share = (own[unit * steps + t] - s.low) / (s.high - s.low);
        image.data.set(colours[Math.round(255 * Math.min(Math.max(share, 0), 1))], 4 * (row * steps + t));
      }
    });
    context.putImageData(image, 0, 0);
  }
  gauge() {
    const s = scale(this.quantity);
    this.legend.replaceChildren();
    add(this.legend, "span", {}, number(s.low));
    const bar = add(this.legend, "canvas", { width: 120, height: 1 }), context = bar.getContext("2d");
    for (let x = 0; x < 120; x++) {
      context.fillStyle = `rgb(${mix(s.stops, x / 119).map(Math.round)})`;
      context.fillRect(x, 0, 1, 1);
    }
    add(this.legend, "span", {}, number(s.high));
  }
  groups(plot, rows) {
    const strip = add(plot, "svg", { class: "over", width: GUTTER, height: this.height });
    strip.style.top = `${this.canvas.offsetTop}px`;
    if (rows !== this.facts.units) return;
    const high = this.height / rows.length;
    let first = 0;
    for (let k = 1; k <= rows.length; k++) {
      if (k < rows.length && this.facts.groups[k] === this.facts.groups[first]) continue;
      add(strip, "rect", { x: GUTTER - 7, y: first * high + 0.5, width: 4, height: (k - first) * high - 1, rx: 1.5,
        fill: this.facts.groups[first] % 2 ? "var(--grid)" : "var(--muted)" });
      if ((k - first) * high >= 12) add(strip, "text", { x: GUTTER - 11, y: (first + k) / 2 * high + 4, "text-anchor": "end" }, this.facts.groups[first] + 1);
      first = k;
    }
  }
  x(step) { return GUTTER + (step + 0.5) / this.facts.steps * this.width; }
  axis(plot) {
    const { facts } = this, series = facts.series, high = facts.text ? 24 : series.length ? 92 : 18;
    const svg = add(plot, "svg", { width: GUTTER + this.width, height: high });
    if (facts.text) {
      facts.labels.forEach((token, t) => add(svg, "text", { class: "token", x: this.x(t), y: 16 }, token === " " ? "\u00b7" : token === "\n" ? "\u21b5" : token));
      return;
    }
    series.forEach((one, k) => {
      const known = one.values.filter(v => v !== null), low = Math.min(...known), top = Math.max(...known);
      add(svg, "path", { class: "line", stroke: line(k), d: path(one.values.map((v, t) => [this.x(t), v === null ? null : 68 - 60 * (v - low) / (top - low || 1)])) });
      add(svg, "text", { x: GUTTER + 4 + 130 * k, y: 8, style: `fill:${line(k)}` }, one.name);
    });
    const every = Math.ceil(facts.steps / Math.max(1, Math.floor(this.width / 130)));
    for (let t = 0; t < facts.steps; t += every) {
      add(svg, "line", { class: "tick", x1: this.x(t), x2: this.x(t), y1: high - 16, y2: high });
      add(svg, "text", { x: this.x(t) + 3, y: high - 6 }, facts.labels[t]);
    }
  }
  point(event) {
    const box = this.canvas.getBoundingClientRect(), rows = this.rows();
    this.step = Math.min(this.facts.steps - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * this.facts.steps)));
    this.row = Math.min(rows.length - 1, Math.max(0, Math.floor((event.clientY - box.top) / box.height * rows.length)));
    this.mark();
  }
  key(event) {
    const rows = this.rows(), at = rows.indexOf(this.unit);
    const down = { ArrowDown: 1, ArrowUp: -1 }[event.key], right = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (down) this.choose(rows[at < 0 && down < 0 ? rows.length - 1 : (at + down + rows.length) % rows.length]);
    else if (right) { this.step = Math.min(this.facts.steps - 1, Math.max(0, (this.step ?? -1) + right)); this.mark(); }
    else if (event.key === "Escape") this.choose(null);
    else return;
    event.preventDefault();
  }
  choose(unit) {
    this.unit = unit;
    this.list.value = unit === null ? "" : unit;
    this.box.querySelectorAll("circle").forEach(c => c.classList.toggle("on", +c.dataset.unit === unit));
    this.unitPanel();
    this.mark();
  }
  value(name, unit, step) {
    const q = this.facts.quantities.find(one => one.name === name);
    return unit < q.units ? this.values[name][unit * this.facts.steps + step] : null;
  }
  mark() {
    const { facts, over, step } = this, rows = this.rows();
    over.replaceChildren();
    const at = rows.indexOf(this.unit), high = this.height / rows.length;
    if (at >= 0) add(over, "rect", { class: "chosen", x: GUTTER - 1, y: at * high - 0.5, width: this.width + 2, height: high + 1 });
    const pointed = this.row === null ? this.unit : rows[this.row];
    if (this.line) this.line.remove();
    if (step === null) {
      this.readout.textContent = this.unit === null ? "Point at a value to read it." : `unit ${this.unit}`;
      return;
    }
    add(over, "line", { class: "cursor", x1: this.x(step), x2: this.x(step), y1: 0, y2: this.height });
    const where = `${facts.text ? `step ${step + 1}, \u201c${facts.labels[step]}\u201d` : facts.labels[step]}`;
    const beside = facts.series.map(s => ` \u00b7 ${s.name} ${number(s.values[step])}`).join("");
    const read = pointed === null ? "" : ` \u00b7 unit ${pointed} \u00b7 ${this.quantity.name} = ${number(this.value(this.quantity.name, pointed, step))}`;
    const all = this.unit === null ? "" : ` \u00b7 unit ${this.unit}: ` + facts.quantities.map(q => `${q.name} ${number(this.value(q.name, this.unit, step))}`).join(", ");
    this.readout.textContent = where + beside + read + all;
    if (this.unit !== null) this.line = add(this.panel, "line", { class: "cursor", x1: this.x(step), x2: this.x(step), y1: 0, y2: this.panel.getAttribute("height") });
  }
  unitPanel() {
    const { facts, panel, unit } = this, each = 46;
    panel.replaceChildren();
    panel.setAttribute("height", 0);
    if (unit === null) return;
    const shown = facts.quantities.filter(q => unit < q.units);
    panel.setAttribute("height", 14 + each * shown.length);
    panel.setAttribute("data-unit", unit);
    shown.forEach((q, k) => {
      const own = this.values[q.name].subarray(unit * facts.steps, (unit + 1) * facts.steps);
      const low = q.range ? q.range[0] : Math.min(...own), high = q.range ? q.range[1] : Math.max(...own);
      const y = v => 14 + each * (k + 1) - 8 - (each - 12) * (v - low) / (high - low || 1);
      for (const v of [low, high]) {
        add(panel, "line", { class: "tick", x1: GUTTER, x2: GUTTER + this.width, y1: y(v), y2: y(v) });
        add(panel, "text", { x: GUTTER - 5, y: y(v) + 4, "text-anchor": "end" }, number(+v.toPrecision(2)));
      }
      add(panel, "text", { x: 2, y: y((low + high) / 2) + 4, style: `font:600 13px var(--mono);fill:${line(k)}` }, q.name);
      add(panel, "path", { class: "line", stroke: line(k), d: path(Array.from(own, (v, t) => [this.x(t), y(v)])) });
    });
  }
  dots() {
    if (!this.facts.saturation.length) return;
    add(this.box, "h3", {}, "Saturation");
    add(this.box, "p", { class: "read" }, "One dot a unit: the share of all steps at which its gate is shut (below 0.1) and open (above 0.9). "
      + "At the right end it is always shut, at the top always open, at the origin never at an end.");
    const row = add(this.box, "div", { class: "dots" });
    for (const gate of this.facts.saturation) {
      const svg = add(row, "svg", { width: 190, height: 186 }), x = s => 34 + 145 * s, y = s => 152 - 145 * s;
      add(svg, "path", { class: "tick", fill: "none", d: `M${x(0)} ${y(1)}V${y(0)}H${x(1)}Z` });
      for (const s of [0, 0.5, 1]) {
        add(svg, "text", { x: x(s), y: 167, "text-anchor": "middle" }, `${100 * s}`);
        add(svg, "text", { x: 29, y: y(s) + 4, "text-anchor": "end" }, `${100 * s}`);
      }
      add(svg, "text", { x: x(0.5), y: 182, "text-anchor": "middle" }, "% shut");
      add(svg, "text", { x: x(1), y: y(1) + 8, "text-anchor": "end", style: "font:600 13px var(--mono)" }, `${gate.name}, % open \u2191`);
      gate.shut.forEach((shut, unit) => {
        const dot = add(svg, "circle", { cx: x(shut), cy: y(gate.open[unit]), r: 4, "data-unit": unit });
        add(dot, "title", {}, `unit ${unit}: shut ${Math.round(100 * shut)} %, open ${Math.round(100 * gate.open[unit])} %`);
        dot.onclick = () => this.choose(unit);
      });
    }
  }
}

// --- lines over lags, on a logarithmic scale of values
function chart(parent, title, lines, under) {
  const box = add(parent, "div");
  add(box, "h3", {}, title);
  const known = lines.flatMap(l => l.y).filter(v => v > 0);
  if (!known.length) { add(box, "p", { class: "read" }, "All zero."); return; }
  const wide = 460, tall = 220, left = 50, top = Math.max(...known), last = Math.max(...lines.flatMap(l => l.x), 1);
  const low = Math.log10(Math.max(Math.min(...known), top * 1e-12)), high = Math.log10(top) + 0.05;
  const x = v => left + (wide - left - 8) * v / last, y = v => 8 + (tall - 40) * (high - Math.log10(v)) / (high - low || 1);
  const svg = add(box, "svg", { viewBox: `0 0 ${wide} ${tall}`, width: "100%" });
  for (const v of ticks(low, high, 5)) {
    add(svg, "line", { class: "tick", x1: left, x2: wide - 8, y1: y(10 ** v), y2: y(10 ** v) });
    add(svg, "text", { x: left - 5, y: y(10 ** v) + 4, "text-anchor": "end" }, number(10 ** v));
  }
  for (const v of ticks(0, last, 6)) if (v === Math.round(v)) add(svg, "text", { x: x(v), y: tall - 18, "text-anchor": "middle" }, v);
  add(svg, "text", { x: (left + wide) / 2, y: tall - 3, "text-anchor": "middle" }, under);
  const legend = add(box, "div", { class: "legend" });
  const told = lines.map((l, k) => {
    const points = l.x.map((lag, j) => [x(lag), l.y[j] > 0 && Math.log10(l.y[j]) >= low - 1e-9 ? y(l.y[j]) : null]);
    add(svg, "path", { class: "line", stroke: line(k), d: path(points), ...(l.dashed ? { "stroke-dasharray": "5 4" } : {}) });
    const item = add(legend, "span");
    add(item, "i", { style: `background:${line(k)}` });
    return [add(item, "span", {}, l.name), l];
  });
  const cursor = add(svg, "line", { class: "cursor", y1: 8, y2: tall - 32, visibility: "hidden" });
  svg.onmousemove = event => {
    const frame = svg.getBoundingClientRect(), lag = ((event.clientX - frame.left) / frame.width * wide - left) / (wide - left - 8) * last;
    for (const [label, l] of told) {
      const k = l.x.reduce((best, v, j) => Math.abs(v - lag) < Math.abs(l.x[best] - lag) ? j : best, 0);
      const factor = l.x[k + 1] === l.x[k] + 1 && l.y[k] > 0 ? `, \u00d7 ${number(l.y[k + 1] / l.y[k])} to the next` : "";
      label.textContent = `${l.name}: ${number(l.y[k])} at ${l.x[k]}${factor}`;
      cursor.setAttribute("x1", x(l.x[k])); cursor.setAttribute("x2", x(l.x[k]));
    }
    cursor.setAttribute("visibility", "visible");
  };
  svg.onmouseleave = () => { told.forEach(([label, l]) => { label.textContent = l.name; }); cursor.setAttribute("visibility", "hidden"); };
}

function table() {
  add(main, "h2", {}, "Numbers");
  add(main, "p", { class: "read" }, "Over all rows and steps. Shut and open are the mean shares of time in the lowest and the highest tenth of a range.");
  const made = add(add(main, "div", { class: "table" }), "table");
  const head = add(add(made, "thead"), "tr"), body = add(made, "tbody");
  data.table.columns.forEach(name => add(head, "th", {}, name.replace("_", " ")));
  for (const row of data.table.rows) {
    const line = add(body, "tr");
    row.forEach(v => add(line, "td", {}, typeof v === "number" ? number(+v.toPrecision(3)) : v ?? ""));
  }
}

add(main, "h1", {}, data.title);
const remarks = add(main, "ul");
data.remarks.forEach(text => add(remarks, "li", {}, text));
const sections = data.sections.map(facts => new Section(facts));
add(main, "h2", {}, "Gradient flow");
add(main, "p", { class: "read" }, "How large the gradient of the loss is at a state, so many steps before the end. Where the loss reads several steps, error enters on the way; dashed is what entered at the end alone, and its factor a step tells what becomes of it: a line that falls is an error that vanishes; one that rises explodes.");
const flows = add(main, "div", { class: "charts" });
data.flows.forEach(flow => chart(flows, flow.name, Object.entries(flow.norms).flatMap(([state, y]) => {
  const factor = flow.factors[state] === null ? "" : ` (\u00d7 ${number(flow.factors[state])} a step)`, x = y.map((_, k) => k);
  if (!(state in flow.signal)) return [{ name: state + factor, x, y }];
  return [{ name: state, x, y }, { name: `${state}, of the end alone${factor}`, x, y: flow.signal[state], dashed: true }];
}), "steps before the end"));
add(main, "h2", {}, "Memory span");
add(main, "p", { class: "read" }, "How much the input of one step changes the outcome: by gradient, what a small change does; by exchange, what happens when the step\u2019s input is replaced by the mean input.");
const spans = add(main, "div", { class: "charts" });
data.spans.forEach(span => chart(spans, span.name, [
  { name: "by gradient", x: span.gradient.map((_, k) => k), y: span.gradient },
  { name: "by exchange", x: span.lags, y: span.perturbation, dashed: true }], "steps before the end"));
table();
let waiting = null;
window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(() => sections.forEach(s => s.draw()), 120); });
})();
