// The form of a template: every value that can be shown as a slider, a colour, a choice or a switch.

import { get, post } from "./api.js";
import { byId, element, say } from "./element.js";
import { featureRows } from "./features.js";
import { SavedLooks } from "./saved_looks.js";
import { words } from "./words.js";

const GROUPS = [
  ["Whole picture", []], ["Light", ["bloom"]], ["Sky", ["sky"]], ["Reacts to sound", ["response"]],
  ["Orb", ["orb"]], ["Camera", ["camera"]], ["Orbit", ["camera", "orbit"]], ["Water", ["water"]],
];
/** What most want to change of a scene, beside the colours of its largest layer that every film shows. */
const EVERYDAY = [
  ["Brightness", ["exposure"]], ["Glow", ["bloom", "strength"]], ["Size", ["orb", "scale"]], ["Sky", ["sky", "brightness"]],
];
const STEPS = 200;
const ROOM = 4;

/** Shows the form of the template that is chosen, over its look. */
export class Shape {
  /** `onConsole` hears what a page told its console, `onDeclared` what it declares of its film, where one was
   *  asked; `onTemplate` chooses a template. */
  constructor(looks, onConsole, onTemplate, onDeclared) {
    /** The name of the file that props are written to, if the operator named one. */
    this.propsFile = "";
    this.looks = looks;
    this.onConsole = onConsole;
    this.onDeclared = onDeclared;
    this.kind = "scene";
    /** What the page said last of its props: `{ composition, form }`. */
    this.said = /** @type {{ composition: string, form: any } | null} */ (null);
    this.names = [];
    this.features = null;
    this.saved = new SavedLooks(looks, onTemplate);
    this.rows = [];
    byId("undo").addEventListener("click", () => looks.undo());
    byId("redo").addEventListener("click", () => looks.redo());
    byId("reset").addEventListener("click", () => looks.replace({}));
    byId("swap").addEventListener("click", () => looks.swap());
    byId("search").addEventListener("input", () => this.search());
    document.addEventListener("keydown", (event) => this.key(event));
  }

  /** Show the form of a composition of a kind: the values of a template, or the props of others. */
  async show(name, kind) {
    this.looks.template = name;
    this.kind = kind;
    this.features = null;
    this.names = [];
    if (kind !== "page") this.onDeclared({});
    const groups = await (kind === "scene" ? this.sceneGroups(name) : this.propsGroups(name, kind)).catch(() => null);
    if (this.looks.template !== name || !groups) return;
    this.rows = groups.flatMap(({ rows }) => rows);
    byId("shape").hidden = !groups.length;
    const made = groups.map((group) => group.element);
    byId("everyday").replaceChildren(...made.filter((each) => each.matches(".everyday")));
    byId("groups").replaceChildren(...made.filter((each) => !each.matches(".everyday")));
    this.saved.show(this.names);
    this.search();
    this.update();
  }

  async sceneGroups(name) {
    const { template, form } = await get(`/api/templates/${encodeURIComponent(name)}`);
    const groups = [
      ...template.layers.map((layer) => [layer.name || layer.id, ["layers", layer.id], layer, form.$defs.Layer]),
      ...GROUPS.map(([title, path]) => [title, path, ...inside(path, template, form)]),
    ].map(([title, path, values, schema]) => this.group(title, path, values, schema, form.$defs));
    this.names = Object.keys(form.properties);
    this.features = featureRows(template.features, form.$defs.Feature, template.layers.map(({ id }) => id), this.looks);
    return [this.everyday(template, form), this.features, ...groups.filter((group) => group !== null)];
  }

  /** A few of the values that stand below too, in plain words. */
  everyday(template, form) {
    // The colours that most of what is seen has. What surrounds the viewer is in no flat film.
    const seen = template.layers.filter(({ surrounds }) => !surrounds);
    const sharing = (layer) => seen.filter(({ colors }) => JSON.stringify(colors) === JSON.stringify(layer.colors))
      .reduce((sum, { particleCount }) => sum + particleCount, 0);
    const largest = seen.toSorted((a, b) => sharing(b) - sharing(a))[0];
    const of = (path) => inside(path.slice(0, -1), template, form);
    const wanted = EVERYDAY.map(([name, path]) => [name, path, ...of(path)]);
    if (largest) wanted.unshift(["Colours", ["layers", largest.id, "colors"], largest, form.$defs.Layer]);
    const rows = wanted.map(([name, path, values, schema]) =>
      this.row(path, values?.[path.at(-1)], resolved(schema.properties[path.at(-1)], form.$defs), name, alike(path, template)));
    const found = rows.filter((row) => row !== null);
    return { element: element("div", { className: "everyday" }, ...found.map(({ row }) => row)), rows: found };
  }

  /** The props that a page says it takes, and all of them as JSON. */
  async propsGroups(composition, kind) {
    const said = kind === "page" ? await post("/api/preview/words", { config: { composition } }) : null;
    this.onConsole(said?.console ?? []);
    // Of a page that is broken for a moment, what it said before is shown.
    if (said?.loaded) this.said = { composition, form: said.form };
    if (said?.loaded !== false) this.onDeclared(said ?? {});
    const form = this.formSaid(composition) ?? said?.form ?? { properties: {} };
    const group = this.group("Props", [], defaults(form, form.$defs), form, form.$defs);
    if (group) group.element.open = true;
    const json = this.json();
    json.element.open = !group;
    return [group, json].filter((each) => each !== null);
  }

  formSaid(composition) {
    return this.said?.composition === composition ? this.said?.form : null;
  }

  /** Everything that is given to the composition, as it is written. */
  json() {
    const input = element("textarea", { id: "props-json", rows: 6, spellcheck: false });
    const wrong = element("p", { className: "error", hidden: true, role: "alert" });
    input.setAttribute("aria-label", "Props as JSON");
    input.addEventListener("change", () => {
      try {
        const given = JSON.parse(input.value.trim() || "{}");
        if (typeof given !== "object" || given === null || Array.isArray(given)) throw new Error("it is no JSON object");
        say(wrong, "");
        this.looks.replace(given);
      } catch (error) {
        say(wrong, `This cannot be used: ${error.message}`);
      }
    });
    const update = () => {
      if (document.activeElement === input) return;
      input.value = this.looks.isChanged ? JSON.stringify(this.looks.look, null, 2) : "";
      say(wrong, "");
    };
    const row = element("div", { className: "value whole" }, input, wrong);
    input.placeholder = "{ \"title\": \"Hello\" }";
    if (this.propsFile) row.append(this.keeper());
    return {
      element: element("details", {}, element("summary", { textContent: "As JSON" }), row),
      rows: [{ row, name: "json", update }],
    };
  }

  /** What writes the props into their file. */
  keeper() {
    const button = element("button", { id: "props-write", type: "button", className: "quiet", textContent: `Write to ${this.propsFile}` });
    const told = element("p", { className: "hint" });
    told.setAttribute("role", "status");
    button.addEventListener("click", async () => {
      button.disabled = true;
      const wrote = await post("/api/named/props", { props: this.looks.look }).then(() => "Written.", (error) => error.message);
      told.textContent = wrote;
      button.disabled = false;
    });
    return element("div", { className: "keeper" }, button, told);
  }

  group(title, path, values, schema, defs) {
    const rows = Object.entries(schema.properties ?? {}).filter(([name]) => path.length || name !== "version" || this.kind !== "scene")
      .flatMap(([name, field]) => this.rowsOf([...path, name], values[name], resolved(field, defs), defs));
    if (!rows.length) return null;
    const summary = element("summary", { textContent: words(title) });
    return { element: element("details", {}, summary, ...rows.map(({ row }) => row)), rows };
  }

  /** Rows of a value; of one that has parts, theirs. */
  rowsOf(path, value, field, defs) {
    if (this.kind !== "scene" && field.properties && value) {
      return Object.entries(field.properties)
        .flatMap(([name, part]) => this.rowsOf([...path, name], value[name], resolved(part, defs), defs));
    }
    const row = this.row(path, value, field);
    return row ? [row] : [];
  }

  /** A row of a value; `called` where it stands a second time, under another name, and for all `paths`. */
  row(path, value, field, called = "", paths = [path]) {
    const name = called || (this.kind !== "scene" && field.title ? field.title : words(path.at(-1)));
    const id = `${called ? "everyday" : "shape"}-${path.join("-")}`;
    const made = control(value, field, id, this.kind !== "scene") ?? (this.kind === "scene" ? null : written(value, field, id));
    if (!made) return null;
    const { input, read, write, out } = made;
    const back = element("button", { type: "button", className: "back", textContent: "↺", title: "Reset" });
    back.setAttribute("aria-label", `Reset ${name}`);
    const label = element("label", { htmlFor: id, textContent: name, title: field.description ?? "" });
    const row = element("div", { className: "value" }, label, input, out, back);
    const set = (settled) => {
      const given = read();
      this.looks.setAll(paths, JSON.stringify(given) === JSON.stringify(value) ? undefined : given, settled);
    };
    input.addEventListener("input", () => set(false));
    input.addEventListener("change", () => set(true));
    back.addEventListener("click", () => this.looks.setAll(paths, undefined));
    return { row, name: `${path.join(" ")} ${name}`.toLowerCase(), update: () => {
      const own = this.looks.at(path);
      back.disabled = own === undefined;
      row.classList.toggle("changed", own !== undefined);
      write(own ?? value);
    } };
  }

  /** Show what the look says now. */
  update() {
    for (const { update } of this.rows) update();
    byId("undo").disabled = !this.looks.past.length;
    byId("redo").disabled = !this.looks.future.length;
    byId("reset").disabled = !this.looks.isChanged;
    byId("swap").textContent = `Look ${this.looks.side}: see ${this.looks.side === "A" ? "B" : "A"}`;
    byId("shape-tools").hidden = !this.looks.past.length && !this.looks.future.length && !this.looks.isChanged && this.looks.side === "A";
    this.saved.update();
  }

  search() {
    const wanted = byId("search").value.trim().toLowerCase();
    for (const { row, name } of this.rows) row.hidden = !name.includes(wanted);
    byId("everyday").hidden = Boolean(wanted);
    for (const group of byId("groups").children) {
      const isFound = group.matches(".moves") ? "source target features moves".includes(wanted) : group.querySelector(".value:not([hidden])");
      group.hidden = !isFound;
      if (wanted) group.open = true;
    }
  }

  key(event) {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    if (event.target.matches?.("input[type=text], input[type=search], textarea")) return;
    event.preventDefault();
    if (event.shiftKey) this.looks.redo();
    else this.looks.undo();
  }
}

/** The path of a value, and those of the same value of other layers: a flame that is drawn by three has one look. */
function alike(path, template) {
  const [part, id, name] = path;
  if (part !== "layers") return [path];
  const of = (layer) => JSON.stringify(layer[name]);
  const own = template.layers.find((layer) => layer.id === id);
  return [path, ...template.layers.filter((layer) => layer !== own && of(layer) === of(own)).map((layer) => [part, layer.id, name])];
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

/**
 * What shows and takes a value; null for what has no simple control, such as vectors.
 * @param {boolean} isMeant whether the bounds of a number are those that somebody is to choose between
 */
function control(value, field, id, isMeant) {
  if (typeof value === "boolean") {
    const input = element("input", { type: "checkbox", id });
    return { input, out: null, read: () => input.checked, write: (now) => { input.checked = now; } };
  }
  if (Array.isArray(field.enum)) {
    const input = element("select", { id },
      ...field.enum.map((each) => element("option", { value: each, textContent: words(each) })));
    return { input, out: null, read: () => input.value, write: (now) => { input.value = now; } };
  }
  if (typeof value === "number") return slider(value, field, id, isMeant);
  if (isColour(value) && /colou?r/i.test(id)) return colour(id);
  if (Array.isArray(value) && value.every(isColour)) return colours(value, id);
  return null;
}

/** What takes a value that is written as text; of a template that would be names and files. */
function written(value, field, id) {
  if (isHex(value) && (field.format === "color" || /colou?r/i.test(id))) return hexColour(id);
  return typeof value === "string" && field.type === "string" ? text(id) : null;
}

function text(id) {
  const input = element("input", { type: "text", id, autocomplete: "off" });
  const write = (now) => { if (document.activeElement !== input) input.value = now; };
  return { input, out: null, read: () => input.value, write };
}

function isHex(value) {
  return typeof value === "string" && /^#[0-9a-f]{6}$/i.test(value);
}

function hexColour(id) {
  const input = element("input", { type: "color", id });
  return { input, out: null, read: () => input.value, write: (now) => { if (isHex(now)) input.value = now; } };
}

/** What a form starts from: the defaults of its fields, or a value of their kind. */
function defaults(form, defs) {
  const plain = { string: "", number: 0, integer: 0, boolean: false };
  return Object.fromEntries(Object.entries(form.properties ?? {}).map(([name, given]) => {
    const field = resolved(given, defs);
    if (field.default !== undefined) return [name, field.default];
    if (field.properties) return [name, defaults(field, defs)];
    if (field.enum) return [name, field.enum[0]];
    const start = field.format === "color" ? "#ffffff" : plain[field.type];
    return [name, typeof start === "number" ? Math.min(Math.max(start, field.minimum ?? start), field.maximum ?? Infinity) : start];
  }));
}

function slider(value, field, id, isMeant) {
  const isWhole = field.type === "integer";
  const [low, high] = sensible(value, field, isMeant);
  const step = isWhole ? 1 : field.step || 10 ** Math.floor(Math.log10((high - low) / STEPS));
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

/** A range in which a value makes sense: what a template's schema allows may be a thousand times as wide. */
function sensible(value, field, isMeant) {
  const most = field.maximum ?? field.exclusiveMaximum ?? Infinity;
  const least = field.minimum ?? field.exclusiveMinimum ?? -Infinity;
  const reach = ROOM * Math.max(Math.abs(value), Math.abs(field.default ?? 0), field.type === "integer" ? 1 : 0.25);
  const isGiven = isMeant && Number.isFinite(most - least);
  const low = isGiven ? least : Math.max(least, least >= 0 ? 0 : -reach);
  const high = isGiven ? most : Math.min(most, most <= 5 ? most : reach);
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
