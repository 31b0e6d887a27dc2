// The form of a template: every value that can be shown as a slider, a colour, a choice or a switch.

import { get } from "./api.js";
import { byId, element } from "./element.js";

const GROUPS = [
  ["Whole picture", []], ["Light", ["bloom"]], ["Sky", ["sky"]], ["Sound", ["response"]],
  ["Orb", ["orb"]], ["Camera", ["camera"]], ["Orbit", ["camera", "orbit"]], ["Water", ["water"]],
];
const STEPS = 200;
const ROOM = 4;

/** Shows the form of the template that is chosen, over its look. */
export class Shape {
  constructor(looks) {
    this.looks = looks;
    this.rows = [];
    byId("undo").addEventListener("click", () => looks.undo());
    byId("redo").addEventListener("click", () => looks.redo());
    byId("reset").addEventListener("click", () => looks.replace({}));
    byId("search").addEventListener("input", () => this.search());
    document.addEventListener("keydown", (event) => this.key(event));
  }

  /** Show the values of a template; what has none, such as Python, has no form. */
  async show(name, isScene) {
    this.looks.template = name;
    const address = `/api/templates/${encodeURIComponent(name)}`;
    const found = isScene ? await get(address).catch(() => null) : null;
    if (this.looks.template !== name) return;
    byId("shape").hidden = !found;
    this.rows = [];
    if (!found) return;
    const { template, form } = found;
    const groups = [
      ...template.layers.map((layer) => [layer.name || layer.id, ["layers", layer.id], layer, form.$defs.Layer]),
      ...GROUPS.map(([title, path]) => [title, path, ...inside(path, template, form)]),
    ].map(([title, path, values, schema]) => this.group(title, path, values, schema, form.$defs));
    byId("groups").replaceChildren(...groups.filter(Boolean));
    this.search();
    this.update();
  }

  group(title, path, values, schema, defs) {
    const rows = Object.entries(schema.properties)
      .map(([name, field]) => this.row([...path, name], values[name], resolved(field, defs)))
      .filter(Boolean);
    if (!rows.length) return null;
    return element("details", {}, element("summary", { textContent: words(title) }), ...rows);
  }

  row(path, value, field) {
    const name = words(path.at(-1));
    const id = `shape-${path.join("-")}`;
    const made = control(value, field, id);
    if (!made) return null;
    const { input, read, write, out } = made;
    const back = element("button", { type: "button", className: "back", textContent: "↺", title: "Reset" });
    back.setAttribute("aria-label", `Reset ${name}`);
    const label = element("label", { htmlFor: id, textContent: name, title: field.description ?? "" });
    const row = element("div", { className: "value" }, label, input, out, back);
    const set = (settled) => {
      const given = read();
      this.looks.set(path, JSON.stringify(given) === JSON.stringify(value) ? undefined : given, settled);
    };
    input.addEventListener("input", () => set(false));
    input.addEventListener("change", () => set(true));
    back.addEventListener("click", () => this.looks.set(path, undefined));
    this.rows.push({ row, name: `${path.join(" ")} ${name}`.toLowerCase(), update: () => {
      const own = this.looks.at(path);
      back.disabled = own === undefined;
      row.classList.toggle("changed", own !== undefined);
      write(own ?? value);
    } });
    return row;
  }

  /** Show what the look says now. */
  update() {
    for (const { update } of this.rows) update();
    byId("undo").disabled = !this.looks.past.length;
    byId("redo").disabled = !this.looks.future.length;
    byId("reset").disabled = !this.looks.isChanged;
  }

  search() {
    const wanted = byId("search").value.trim().toLowerCase();
    for (const { row, name } of this.rows) row.hidden = !name.includes(wanted);
    for (const group of byId("groups").children) {
      const isFound = group.querySelector(".value:not([hidden])");
      group.hidden = !isFound;
      if (wanted) group.open = true;
    }
  }

  key(event) {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    if (event.target.matches?.("input[type=text], input[type=search]")) return;
    event.preventDefault();
    if (event.shiftKey) this.looks.redo();
    else this.looks.undo();
  }
}

/** Values and schema of a part of a template. */
function inside(path, template, form) {
  let [values, schema] = [template, form];
  for (const name of path) {
    values = values[name];
    schema = resolved(schema.properties[name], form.$defs);
  }
  return [values, schema];
}

function resolved(field, defs) {
  const reference = field.$ref ?? field.allOf?.[0]?.$ref;
  return reference ? { ...defs[reference.split("/").at(-1)], ...field } : field;
}

/** What shows and takes a value; null for what has no simple control, such as vectors. */
function control(value, field, id) {
  if (typeof value === "boolean") {
    const input = element("input", { type: "checkbox", id });
    return { input, out: null, read: () => input.checked, write: (now) => { input.checked = now; } };
  }
  if (field.enum) {
    const input = element("select", { id },
      ...field.enum.map((each) => element("option", { value: each, textContent: words(each) })));
    return { input, out: null, read: () => input.value, write: (now) => { input.value = now; } };
  }
  if (typeof value === "number") return slider(value, field, id);
  if (isColour(value) && /colou?r/i.test(id)) return colour(id);
  if (Array.isArray(value) && value.every(isColour)) return colours(value, id);
  return null;
}

function slider(value, field, id) {
  const isWhole = field.type === "integer";
  const [low, high] = sensible(value, field);
  const step = isWhole ? 1 : (high - low) / STEPS;
  const input = element("input", { type: "range", id, min: low, max: high, step: isWhole ? 1 : "any" });
  const out = element("output", { htmlFor: id });
  const told = (now) => Number(now).toLocaleString("en", { maximumSignificantDigits: isWhole ? 9 : 3, useGrouping: false });
  input.addEventListener("input", () => { out.textContent = told(input.value); });
  return {
    input, out,
    read: () => (isWhole ? Math.round(input.value) : Number((Math.round(input.value / step) * step).toPrecision(6))),
    write: (now) => {
      if (now > Number(input.max)) input.max = now;
      if (now < Number(input.min)) input.min = now;
      input.value = now;
      out.textContent = told(now);
    },
  };
}

/** A range in which a value makes sense: what the schema allows may be a thousand times as wide. */
function sensible(value, field) {
  const most = field.maximum ?? field.exclusiveMaximum ?? Infinity;
  const least = field.minimum ?? field.exclusiveMinimum ?? -Infinity;
  const reach = ROOM * Math.max(Math.abs(value), Math.abs(field.default ?? 0), field.type === "integer" ? 1 : 0.25);
  const low = Math.max(least, least >= 0 ? 0 : -reach);
  const high = Math.min(most, most <= 5 ? most : reach);
  const isOpen = field.exclusiveMinimum !== undefined && low === field.exclusiveMinimum;
  return [isOpen ? low + (high - low) / STEPS : low, high];
}

function isColour(value) {
  return Array.isArray(value) && value.length === 3
    && value.every((part) => typeof part === "number" && part >= 0 && part <= 1);
}

function asHex(value) {
  return `#${value.map((part) => Math.round(part * 255).toString(16).padStart(2, "0")).join("")}`;
}

/** A colour as a template has it, unless it is the one that was there. */
function asParts(hex, before) {
  if (before && asHex(before) === hex) return before;
  return [1, 3, 5].map((at) => Number((parseInt(hex.slice(at, at + 2), 16) / 255).toFixed(4)));
}

function colour(id) {
  const input = element("input", { type: "color", id });
  let shown = null;
  return {
    input, out: null, read: () => asParts(input.value, shown),
    write: (now) => { shown = now; input.value = asHex(now); },
  };
}

function colours(value, id) {
  const inputs = value.map((_, n) => element("input", { type: "color", id: n ? `${id}-${n}` : id }));
  inputs.forEach((input, n) => input.setAttribute("aria-label", `Colour ${n + 1}`));
  const input = element("span", { className: "colours" }, ...inputs);
  let shown = value;
  return {
    input, out: null, read: () => inputs.map((each, n) => asParts(each.value, shown[n])),
    write: (now) => {
      shown = now;
      inputs.forEach((each, n) => { each.hidden = n >= now.length; if (now[n]) each.value = asHex(now[n]); });
    },
  };
}

/** A name as people write it: `baseSize` is "Base size". */
function words(name) {
  const apart = name.replaceAll("-", " ").replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return apart[0].toUpperCase() + apart.slice(1);
}
