// What of the song moves what of the scene: a row for each, with a meter of its source.

import { element } from "./element.js";
import { words } from "./words.js";

const FADE_S = 0.3;
const BANDS = ["subBass", "lowBass", "lowMid", "midBand", "upperMid", "presence", "brilliance", "air"];
const WIDE = { bass: [0, 1], mid: [2, 3, 4], high: [5, 6, 7], amplitude: [0, 1, 2, 3, 4, 5, 6, 7] };

/**
 * The rows of a template's features.
 * @param {object[]} own those of the template
 * @param {object} schema of one
 * @param {string[]} layers ids of the template's layers
 * @param {import("./look.js").Looks} looks where changes go
 */
export function featureRows(own, schema, layers, looks) {
  const list = element("div", { className: "features" });
  const { source, target } = schema.properties;
  const now = () => looks.at(["features"]) ?? own;
  const put = (features, settled) => {
    looks.set(["features"], JSON.stringify(features) === JSON.stringify(own) ? undefined : features, settled);
  };
  const change = (n, part, settled) => put(now().map((each, at) => (at === n ? { ...each, ...part } : each)), settled);

  function row(feature, n) {
    const choice = (name, options, label) => {
      const input = element("select", {}, ...options.map(([value, textContent]) => element("option", { value, textContent })));
      input.value = feature[name];
      input.setAttribute("aria-label", `${label} ${n + 1}`);
      input.addEventListener("change", () => change(n, { [name]: input.value }, true));
      return input;
    };
    const number = (name, min, max, label, unit) => {
      const input = element("input", { type: "range", min, max, step: "any", value: feature[name] });
      const told = element("output", { textContent: shown(feature[name], unit) });
      input.setAttribute("aria-label", `${label} ${n + 1}`);
      const read = (settled) => () => {
        const value = Number(Number(input.value).toFixed(2));
        told.textContent = shown(value, unit);
        change(n, { [name]: value }, settled);
      };
      input.addEventListener("input", read(false));
      input.addEventListener("change", read(true));
      return element("label", { className: "amount" }, element("span", { textContent: label }), input, told);
    };
    const named = (values) => values.map((value) => [value, words(value)]);
    const meter = element("meter", { min: 0, max: 1, value: 0 });
    meter.setAttribute("aria-label", `Level of source ${n + 1}`);
    const gone = element("button", { type: "button", className: "back", textContent: "×" });
    gone.setAttribute("aria-label", `Remove row ${n + 1}`);
    gone.addEventListener("click", () => put(now().filter((_, at) => at !== n), true));
    const item = element("fieldset", { className: "feature" },
      element("legend", { className: "unseen", textContent: `Row ${n + 1}` }),
      element("div", { className: "route" }, choice("source", named(source.enum), "Source"), element("span", { textContent: "→" }),
        choice("target", named(target.enum), "Target"), gone),
      meter,
      choice("layer", [["*", "All layers"], ...named(layers)], "Layer"),
      number("amount", -Math.max(2, Math.abs(feature.amount) * 2), Math.max(2, Math.abs(feature.amount) * 2), "Amount", ""),
      number("riseS", 0, Math.max(1, feature.riseS), "Rise", " s"),
      number("fallS", 0, Math.max(2, feature.fallS), "Fall", " s"));
    return { item, meter, source: feature.source };
  }

  let meters = [];
  let drawn = "";
  const more = element("button", { type: "button", className: "quiet", textContent: "Add a row" });
  more.addEventListener("click", () => put([...now(), { source: "bass", target: "size", amount: 0.5, layer: "*", riseS: 0.02, fallS: 0.3 }], true));
  const back = element("button", { type: "button", className: "quiet", textContent: "As the template is" });
  back.addEventListener("click", () => looks.set(["features"], undefined));

  return {
    element: element("details", { className: "moves" }, element("summary", { textContent: "What moves what" }), list,
      element("div", { className: "row tools" }, more, back)),
    rows: [{ row: element("div", { className: "value" }), name: "features source target amount rise fall moves", update() {
      const text = JSON.stringify(now());
      back.disabled = !looks.at(["features"]);
      // While a slider of a row is held, the row stays.
      if (text === drawn || list.contains(document.activeElement) && document.activeElement?.matches("input[type=range]")) return;
      drawn = text;
      const full = now().map((each) => ({ layer: "*", riseS: 0.02, fallS: 0.3, ...each }));
      meters = full.map(row);
      list.replaceChildren(...meters.map(({ item }) => item));
    } }],
    /** Show the levels of the sources at a time of what was heard. */
    meter(heard, time) {
      for (const { meter, source: name } of meters) {
        const level = heard ? levelOf(name, heard, time) : null;
        meter.hidden = level === null;
        if (level !== null) meter.value = level;
      }
    },
  };
}

const shown = (value, unit) => `${Number(Number(value).toFixed(2))}${unit}`;

/** How high a source is at a time, 0 to 1; null where what was heard does not say. */
export function levelOf(source, heard, time) {
  if (source === "beat") {
    const since = heard.beats.reduce((best, beat) => (beat <= time ? time - beat : best), Infinity);
    return Math.max(0, 1 - since / FADE_S);
  }
  if (["energy", "calm"].includes(source)) {
    const section = heard.sections.find(({ start, end }) => time >= start && time < end);
    if (!section) return null;
    return source === "energy" ? section.energy : 1 - section.energy;
  }
  const bands = WIDE[source] ?? [BANDS.indexOf(source)];
  if (bands[0] < 0) return null;
  const levels = bands.map((band) => heard.bands[band] ?? []).filter((each) => each.length);
  if (!levels.length) return null;
  const at = (each) => each[Math.min(each.length - 1, Math.floor(((time - heard.start) / heard.duration) * each.length))] ?? 0;
  return levels.reduce((sum, each) => sum + at(each), 0) / levels.length;
}
