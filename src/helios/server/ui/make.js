// The form: a song, a template, the films wanted.

import { get, post, call, ServerError, upload } from "./api.js";
import { Costs } from "./costs.js";
import { Dropped } from "./dropped.js";
import { byId, clock, element, length, mayMove, say } from "./element.js";
import { formats, labelOf } from "./formats.js";
import { Frames } from "./frames.js";
import { Looks } from "./look.js";
import { Mix } from "./mix.js";
import { Shape } from "./shape.js";
import { templates as allTemplates, titleOf } from "./templates.js";

const FIRST = "etherealFlame";
const PACKS = { social: "All social", youtube: "All YouTube", vr: "All VR" };
/** What most want, by where it will be seen. */
const USUAL = { "flat-1080p-landscape": "YouTube", shorts: "Shorts", reels: "Reels", tiktok: "TikTok", square: "Square" };
const USUAL_TYPE = "flat-1080p-landscape";
/** The type of a film that has the size its page declares. */
const AS_DECLARED = "";
const SONGLESS_S = "10";
const WATCH_MS = 1000;
// Bytes of a film's name before its suffix.
const LONGEST_STEM = 160;
/**
 * @type {{ stamp: string, table: { name: string, text: string } | null,
 *   more: Record<string, any>, named: { composition: string, kind: string, title: string } | null }}
 */
const chosen = { stamp: "", table: null, more: {}, named: null };
const kinds = new Map();
const compositionKinds = new Map();
const openings = new Map();
/** @type {Record<string, (...heard: any[]) => any>} */
let told = { onFilm: () => {}, onSong: () => {}, onSubmitted: () => {}, onTemplate: () => {}, onConsole: () => {}, range: () => null };
let filmTimer = 0;
const looks = new Looks(() => { shape.update(); tell(); });
const shownFilms = () => ({ ...settings(), ...(dropped.song ? { audio: mix.soundsOf(dropped.song) } : {}) });
const costs = new Costs(shownFilms);
const frames = new Frames(shownFilms);
const dropped = new Dropped((song) => {
  mix.show(song);
  const heard = song ?? (needsSong() ? dropped.demo : null);
  if (heard) told.onSong(heard);
}, () => changed());
const mix = new Mix((file) => upload(file, () => {}, () => {}), () => changed());
const shape = new Shape(looks, (lines) => told.onConsole(lines), chooseTemplate, offerDeclared);


/**
 * Set the form up. `onSubmitted` hears of films that were asked for, `onSong` of a song to play,
 * `onConsole` of what a page told its console, `onTemplate` of the one that was chosen, with its picture and loop if these are there, and `onFilm`
 * of `{ config, fps, kinds }` whenever the film that is described changes; pictures that have to be
 * drawn are asked for once `seen` has come true.
 */
export async function start(listeners, seen) {
  told = listeners;
  const [templates, table, named] = await Promise.all([allTemplates(), formats(), get("/api/named")]);
  for (const kind of [...table.platforms, ...table.formats]) kinds.set(kind.name, kind);
  dropped.setUp();
  for (const { name, kind } of templates) compositionKinds.set(name, kind);
  const cards = templates.map((template) => templateCard(template, seen));
  chosen.named = named.composition && !templates.some(({ name }) => name === named.composition) ? named : null;
  if (chosen.named) cards.unshift(namedCard(chosen.named));
  shape.propsFile = named.propsFile;
  if (Object.keys(named.props).length) looks.begin(named.composition, named.props);
  byId("save").addEventListener("click", saveSettings);
  byId("open").addEventListener("click", () => byId("settings").click());
  byId("settings").addEventListener("change", () => openSettings(table.packs));
  byId("table-open").addEventListener("click", () => byId("table-file").click());
  byId("table-file").addEventListener("change", takeTable);
  byId("table-gone").addEventListener("click", () => showTable(null));
  byId("make").addEventListener("change", changed);
  byId("only-range").addEventListener("change", changed);
  byId("name").addEventListener("input", nameFile);
  byId("aspect").addEventListener("change", summarise);
  byId("make").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  byId("templates").addEventListener("change", showShape);
  byId("templates").replaceChildren(...cards);
  byId("own").hidden = Boolean(chosen.named);
  byId("templates-all").textContent = `Show all ${templates.length} templates`;
  byId("templates-all").addEventListener("click", () => {
    byId("templates").classList.remove("few");
    byId("templates-all").hidden = true;
  });
  const first = named.composition ?? FIRST;
  const inputs = inputsOf("template");
  (inputs.find((input) => input.value === first) ?? inputs[0]).checked = true;
  byId("types").replaceChildren(...formatChoices(table));
  changed({ target: byId("file") });
  await showShape();
  if (named.stamp) setTimeout(() => watch(named.stamp), WATCH_MS);
  changed();
  dropped.offer(await get("/api/audio/demo").catch(() => null));
  if (dropped.demo && !dropped.song && needsSong()) told.onSong(dropped.demo);
  changed();
}

/** The form of what is chosen; only scenes have one. */
function showShape() {
  const [name] = values("template");
  told.onTemplate(name, openings.get(name));
  return shape.show(name, kindOf(name));
}

/** Offer the film as its page declares it, and choose that until something else was chosen. */
function offerDeclared({ width, height, fps }) {
  const before = inputsOf("type").find(({ value }) => value === AS_DECLARED);
  const isNew = !before || kinds.get(AS_DECLARED).width !== width || kinds.get(AS_DECLARED).height !== height;
  const isChosen = before ? before.checked : String(values("type")) === USUAL_TYPE;
  if (fps && !before) choose(byId("fps"), fps);
  if (width && height && isNew) {
    kinds.set(AS_DECLARED, { name: AS_DECLARED, width, height, projection: "perspective", stereo: "mono" });
    before?.closest(".chip")?.remove();
    byId("types").querySelector(".chips").prepend(formatChip(kinds.get(AS_DECLARED), "As the page"));
    if (isChosen) check("type", [AS_DECLARED]);
  } else if (!width || !height) {
    before?.closest(".chip")?.remove();
    if (before?.checked) check("type", [USUAL_TYPE]);
  }
  changed();
}

/** Choose a template by its name; says whether there is one. */
async function chooseTemplate(name) {
  const isThere = inputsOf("template").some((input) => input.value === name);
  if (!isThere) return false;
  check("template", [name]);
  await showShape();
  return true;
}

/** Put what is seen of the named composition on its card, once. */
export function portray(composition, screen) {
  const card = inputsOf("template").find(({ value }) => value === composition)?.closest(".named");
  const art = card?.querySelector(".art");
  if (!art || art.querySelector("img")) return;
  const small = element("canvas", { width: 480, height: 270 });
  const scale = Math.max(480 / screen.width, 270 / screen.height);
  const [width, height] = [screen.width * scale, screen.height * scale];
  small.getContext("2d").drawImage(screen, (480 - width) / 2, (270 - height) / 2, width, height);
  art.replaceChildren(element("img", { alt: "", src: small.toDataURL("image/jpeg", 0.8) }));
}

/** Show how high the sources of the template's features are at a time of a song. */
export function meter(heard, time) {
  shape.features?.meter(heard, time);
}

/** See what is saved in an editor: the film is shown again, at the same time. */
async function watch(before) {
  // A server that says what is wrong, such as that the file has gone, says so on the stage too.
  const wrong = (error) => (error instanceof ServerError ? { stamp: error.message } : null);
  const now = document.hidden ? null : await get("/api/named").catch(wrong);
  if (now && now.stamp !== before) {
    chosen.stamp = now.stamp;
    showShape();
    tell();
  }
  setTimeout(() => watch(now?.stamp ?? before), WATCH_MS);
}

/** Say what film is described, soon: while a slider is drawn along, again and again. */
function tell() {
  filmTimer ||= setTimeout(() => {
    filmTimer = 0;
    offerToTry();
    summarise();
    told.onFilm(film());
  }, 40);
}

/** The film that the form describes, to be seen. */
function film() {
  const { type, output: _output, startFrame: _start, frameCount: _count, ...rest } = settings();
  /** @type {Record<string, any>} */
  const config = { ...rest, type: type[0] ?? USUAL_TYPE };
  if (config.type === AS_DECLARED) delete config.type;
  const song = dropped.song ?? (needsSong() ? dropped.demo : null);
  if (song) config.audio = dropped.song ? mix.soundsOf(song) : song.id;
  else if (needsSong()) config.duration ??= SONGLESS_S;
  const isPage = isNamed(config.composition) && chosen.named?.kind === "page";
  const isMixed = isPage || (Boolean(dropped.song) && mix.isMixed) || config.loudness !== undefined;
  return { config, fps: rateOf(config.fps), kinds, isMixed, stamp: chosen.stamp };
}

/** Scenes move with a song; what the operator named may do without. */
function needsSong() {
  return !isNamed(values("template")[0]) || chosen.named?.kind === "scene";
}

/** What draws a composition: scene, page, python or images. */
function kindOf(composition) {
  return (isNamed(composition) ? chosen.named?.kind : compositionKinds.get(composition)) ?? "scene";
}

/** Whether a composition is the one that the operator named, and none that ships. */
function isNamed(composition) {
  return chosen.named?.composition === composition;
}

function namedCard({ composition, title }) {
  const input = element("input", { type: "radio", name: "template", value: composition });
  return element("label", { className: "template named", title: composition }, input,
    element("span", { className: "art", textContent: "▶" }), element("span", { className: "title", textContent: title }));
}

function templateCard({ name, title, description, colours, thumbnail, loop }, seen) {
  const input = element("input", { type: "radio", name: "template", value: name });
  const art = element("span", { className: "art" });
  if (!loop) art.style.background = glow(colours);
  const card = element("label", { className: "template", title: description }, input, art,
    element("span", { className: "title", textContent: title }));
  if (loop) {
    art.append(element("img", { alt: "", src: thumbnail, width: 480, height: 270 }));
    moveWhenPointedAt(card, art, loop);
    openings.set(name, { thumbnail, loop });
  } else {
    seen.then(() => showPicture(art, thumbnail));
  }
  return card;
}

/** The colours of a template, until its picture is drawn. */
function glow([core = "#ffb347", middle = core, rim = middle]) {
  return `radial-gradient(circle at 50% 55%, ${core}, ${middle} 22%, color-mix(in srgb, ${rim} 45%, transparent) 44%, transparent 70%), #08060c`;
}

/** The picture of a template moves while it is pointed at or has the focus. */
function moveWhenPointedAt(card, art, loop) {
  const begin = () => {
    if (art.querySelector("video") || !mayMove()) return;
    const video = element("video", { src: loop, muted: true, loop: true, playsInline: true });
    video.setAttribute("aria-hidden", "true");
    art.append(video);
    video.play().catch(end);
  };
  const end = () => art.querySelector("video")?.remove();
  for (const kind of ["pointerenter", "focusin"]) card.addEventListener(kind, begin);
  for (const kind of ["pointerleave", "focusout"]) card.addEventListener(kind, end);
}

/** Until its picture is drawn, a template shows its colours. */
async function showPicture(art, address) {
  for (let attempt = 0; attempt < 120; attempt += 1) {
    const reply = await call(address).catch(() => null);
    if (!reply) return;
    if (reply.status === 200) {
      const image = element("img", { alt: "", src: URL.createObjectURL(await reply.blob()) });
      await image.decode().then(() => { art.style.background = "#000"; art.replaceChildren(image); }, () => {});
      return;
    }
    await new Promise((resolve) => { setTimeout(resolve, 1500); });
  }
}

/** The formats that most want, and all others under a heading that opens. */
function formatChoices({ formats: all, platforms, packs }) {
  const usual = Object.entries(USUAL).map(([name, text]) => formatChip(kinds.get(name), text));
  const others = all.filter(({ name }) => !(name in USUAL));
  const flat = others.filter((format) => format.projection === "perspective");
  const named = (prefix) => others.filter(({ name }) => name.startsWith(prefix));
  const more = element("details", { id: "more-types" },
    element("summary", { textContent: "More formats (4k, 360°, VR, dome)" }),
    group("Together", Object.entries(packs).map(packButton)),
    group("Flat", [...flat, ...platforms.filter(({ name }) => !(name in USUAL))].map((format) => formatChip(format, labelOf(format.name)))),
    group("360°", named("360").map((format) => formatChip(format, format.name.replace("360-mono-", "").replace("360-stereo-", "3D ")))),
    group("VR180", named("vr180").map((format) => formatChip(format, format.name.replace("vr180-", "")))),
    group("Dome", named("fulldome").map((format) => formatChip(format, format.name.replace("fulldome-", "")))));
  return [element("div", { className: "chips" }, ...usual), more];
}

/** Several films at once, for the places where they are shown. */
function packButton([name, those]) {
  const button = element("button", { type: "button", className: "quiet", textContent: PACKS[name] ?? labelOf(name), title: those.map(labelOf).join(", ") });
  button.addEventListener("click", () => { check("type", those); changed(); });
  return button;
}

function formatChip(format, text) {
  const input = element("input", { type: "checkbox", name: "type", value: format.name });
  input.checked = format.name === USUAL_TYPE;
  const outline = element("i", { className: format.name.startsWith("fulldome") ? "round" : "" });
  const long = 17 / Math.max(format.width, format.height);
  outline.style.width = `${format.width * long}px`;
  outline.style.height = `${format.height * long}px`;
  const limit = format.maxDuration ? `, at most ${clock(format.maxDuration)}` : "";
  return element("label", { className: "chip", title: `${format.width} × ${format.height}${limit}` },
    input, element("span", {}, outline, text));
}

function group(title, chips) {
  return element("div", { className: "group" },
    element("span", { textContent: title }), element("div", { className: "chips" }, ...chips));
}

/**
 * The choices of a name.
 * @param {string} name
 * @returns {HTMLInputElement[]}
 */
function inputsOf(name) {
  return [...byId("make").querySelectorAll(`input[name="${name}"]`)];
}

function values(name) {
  return inputsOf(name).filter(({ checked }) => checked).map((input) => input.value);
}

function settings() {
  const form = { composition: values("template")[0], type: values("type"), fps: byId("fps").value };
  /** @type {Record<string, any>} */
  const config = { ...chosen.more, ...form };
  for (const name of ["quality", "scale"]) if (byId(name).value) config[name] = byId(name).value;
  if (looks.isChanged) config.props = looks.look;
  if (dropped.words) config.subtitles = dropped.words.id;
  const range = byId("only-range").querySelector("input").checked ? told.range() : null;
  if (range) {
    const rate = rateOf(byId("fps").value);
    config.startFrame = Math.round(range.start * rate);
    config.frameCount = Math.max(1, Math.round(range.end * rate) - config.startFrame);
  }
  const name = byId("name").value.trim();
  if (name) config.output = `${name}.mp4`;
  else if (dropped.song) config.output = filmOf(dropped.song);
  return config;
}

/** Frames per second as a number: they may be a fraction. */
function rateOf(text) {
  const [above, below = "1"] = text.split("/");
  return Number(above) / Number(below);
}

/** Offer to make only the range that loops, while there is one. */
export function offerRange() {
  const offer = byId("only-range");
  const range = told.range();
  offer.hidden = !range;
  if (range) offer.querySelector("span").textContent = `Only this part, ${length(range.end - range.start)}`;
  if (offer.hidden) offer.querySelector("input").checked = false;
  offerToTry();
  summarise();
}

/** Offer what can be had of the films before they are made, once they are described. */
function offerToTry() {
  const isReady = !missing(values("type").length);
  costs.changed(isReady);
  frames.changed(isReady);
}

/** Say what would be made: of what, how large and how long. */
function summarise() {
  const config = settings();
  const [type] = config.type;
  const { width, height } = kinds.get(type) ?? {};
  const [above, below = "1"] = String(config.scale ?? 1).split("/");
  const scaled = (side) => 2 * Math.round((side * Number(above)) / Number(below) / 2);
  const isOther = config.width !== undefined || config.height !== undefined;
  const seconds = config.frameCount ? config.frameCount / rateOf(config.fps) : Number(config.duration ?? (mix.isMixed ? NaN : dropped.song?.duration));
  const name = isNamed(config.composition) ? chosen.named?.title : titleOf(config.composition);
  const facts = [
    config.type.length > 1 ? `${config.type.length} formats` : width && !isOther && `${scaled(width)}\u00a0×\u00a0${scaled(height)}`,
    dropped.songs.length > 1 ? `${dropped.songs.length} songs` : seconds > 0 && length(seconds),
  ].filter(Boolean).join(" · ");
  // The stage may show another shape than the film will have.
  const shown = kinds.get(byId("aspect").value);
  const isOdd = shown && width && Math.abs(shown.width / shown.height - width / height) > 0.01;
  byId("what").replaceChildren(element("span", { textContent: name ?? "" }), element("span", { textContent: facts }),
    ...(isOdd ? [element("span", { className: "odd", textContent: "The preview has another shape than the film." })] : []));
}

/** What has to be chosen before a film can be made. */
function missing(types) {
  if (dropped.busy) return "The song is on its way";
  if (!dropped.song && needsSong()) return "Choose a song first";
  if (!values("template").length) return "Choose a template";
  return types ? "" : "Choose a film";
}

/** The name of a song's film: no longer than disks take, which count bytes. */
function filmOf(song) {
  const stem = song.name.replace(/\.[^.]*$/, "");
  let name = "";
  for (const { segment } of new Intl.Segmenter().segment(stem)) {
    if (new TextEncoder().encode(name + segment).length > LONGEST_STEM) break;
    name += segment;
  }
  return `${name}.mp4`;
}

function changed(event) {
  const isBatch = dropped.songs.length > 1;
  byId("name").disabled = isBatch;
  byId("name").placeholder = isBatch ? "as the songs" : dropped.song || needsSong() ? "as the song" : "as the page";
  byId("demo-offer").querySelector("p").hidden = !needsSong();
  const films = values("type").length * Math.max(1, dropped.songs.length);
  const types = values("type").length;
  byId("go").disabled = Boolean(missing(types));
  offerToTry();
  if (values("template").length) summarise();
  byId("song-title").textContent = needsSong() ? "Song" : "Song (optional)";
  byId("go").textContent = missing(types) || (chosen.table && "Make the films of the table") || (films > 1 ? `Make ${films} films` : "Make film");
  if (event?.target?.type === "file" || event?.target?.closest?.("#shape")) return;
  tell();
}

/** Take a table: of each of its rows a film is made. */
async function takeTable() {
  const [file] = byId("table-file").files;
  byId("table-file").value = "";
  if (file) showTable({ name: file.name, text: await file.text() });
}

function showTable(table) {
  chosen.table = table;
  byId("table-gone").hidden = !table;
  byId("table-open").textContent = table?.name ?? "Choose a CSV file";
  changed({ target: byId("file") });
}

/** What stands before a slash would be taken for a folder. */
function nameFile() {
  const field = byId("name");
  const [name, at] = [field.value.replace(/[\\/]/g, "-"), field.selectionStart];
  const isOther = name !== field.value;
  say(byId("name-note"), isOther ? "The name of a file has no slash: it is a - here." : "");
  if (!isOther) return;
  field.value = name;
  field.setSelectionRange(at, at);
}

/** Ask for a film of each row; what became of the rows. */
async function submitTable() {
  const { type, output, ...rest } = settings();
  const name = byId("name").value.includes("{") ? output : `{row}-${(output ?? "film.mp4").replaceAll(/[{}]/g, "-")}`;
  const config = { ...rest, type, ...(dropped.song ? { audio: mix.soundsOf(dropped.song) } : {}) };
  const { rows } = await post("/api/batch/table", { config, table: chosen.table?.text, output: name });
  return rows.map(({ cells, jobIds, error }) => ({ label: Object.values(cells).join(", "), jobIds, error }));
}

async function submit() {
  say(byId("make-error"), "");
  byId("go").disabled = true;
  try {
    if (chosen.table) {
      told.onSubmitted(await submitTable());
      return;
    }
    const made = [];
    const wrong = [];
    for (const song of dropped.songs.length ? dropped.songs : [null]) {
      const own = song ? { audio: mix.soundsOf(song), ...(dropped.songs.length > 1 ? { output: filmOf(song) } : {}) } : {};
      /** @type {{ jobIds: string[], error: string | null }} */
      const { jobIds, error = null } = await post("/api/render", { ...settings(), ...own }).catch(({ message }) => ({ jobIds: [], error: message }));
      made.push({ label: song?.name ?? "", jobIds, error });
      if (error) {
        wrong.push(song && dropped.songs.length > 1 ? `${song.name}: ${error}` : error);
      }
    }
    say(byId("make-error"), wrong.join(" "));
    if (wrong.length < (dropped.songs.length || 1)) told.onSubmitted(made);
  } catch (error) {
    say(byId("make-error"), error.message);
  } finally {
    changed({ target: byId("file") });
  }
}

function saveSettings() {
  /** @type {Record<string, any>} */
  const config = { ...settings(), audioFile: mix.soundsOf(dropped.song ?? { name: "song.mp3" }, ({ name }) => name) };
  if (config.type.length === 1) [config.type] = config.type;
  if (config.type === AS_DECLARED) delete config.type;
  const text = JSON.stringify(config, null, 2);
  const link = element("a", {
    href: URL.createObjectURL(new Blob([text], { type: "application/json" })),
    download: "helios-settings.json",
  });
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Keys of settings that the form shows, by the names they may have. */
const SHOWN = {
  composition: ["composition", "templateId", "template_id", "template", "input"],
  types: ["type", "exportType", "export_type", "types"],
  pack: ["pack"],
  fps: ["fps"],
  quality: ["quality"],
  scale: ["scale"],
  props: ["props"],
  output: ["output", "outputName", "output_name", "outputPath", "output_path"],
  audio: ["audio", "audioFile", "audio_file", "audioPath", "audio_path"],
};

/** What is wanted of settings: each key the form shows, and `more`, all others as they are. */
function taken(given) {
  const more = { ...given };
  /** @type {any} */
  const found = {};
  for (const [key, names] of Object.entries(SHOWN)) {
    for (const name of names) {
      found[key] ??= more[name];
      delete more[name];
    }
  }
  found.more = more;
  return found;
}

async function openSettings(packs) {
  const [file] = byId("settings").files;
  byId("settings").value = "";
  if (!file) return;
  try {
    const read = JSON.parse(await file.text());
    const opened = read?.config ?? read;
    if (typeof opened !== "object" || opened === null || Array.isArray(opened)) {
      throw new Error("they are no JSON object");
    }
    show(taken(opened), packs);
  } catch (error) {
    say(byId("make-error"), `These settings cannot be read: ${error.message}`);
  }
}

function show({ composition, types, pack, fps, quality, scale, props, output, audio, more }, packs) {
  const wanted = [types ?? [], packs[pack] ?? []].flat().map(String);
  const strangers = [...check("type", wanted), ...check("template", composition ? [String(composition)] : [])];
  if (pack && !packs[pack]) strangers.push(String(pack));
  if (values("template")[0] !== looks.template) showShape();
  if (props !== undefined || looks.isChanged) looks.replace(props ?? {});
  if (fps) choose(byId("fps"), String(fps));
  choose(byId("quality"), String(quality ?? ""));
  choose(byId("scale"), String(scale ?? 1) === "1" ? "" : String(scale));
  if (output) byId("name").value = String(output).replace(/^.*[\\/]/, "").replace(/\.[^.]*$/, "");
  chosen.more = more;
  const kept = Object.keys(more);
  const tracks = [audio ?? []].flat().map((track) => (typeof track === "string" ? { file: track } : track));
  const others = mix.take(tracks);
  mix.show(dropped.song);
  const named = (file) => String(file).split(/[\\/]/).pop();
  const song = tracks.length && !dropped.song ? `They were made for the song ${named(tracks[0].file)}.` : "";
  const beside = others.length ? `Add the other sounds again: ${others.map(named).join(", ")}.` : "";
  const also = kept.length ? `Also used, though not shown above: ${kept.join(", ")}.` : "";
  say(byId("kept"), [also, song, beside].filter(Boolean).join(" "));
  say(byId("make-error"), strangers.length ? `This server does not know ${strangers.join(", ")}.` : "");
  changed();
}

/** Check the inputs of a name whose values are wanted; returns the values there is none of.
 *  Without any, what was chosen stays. */
function check(name, wanted) {
  if (!wanted.length) return [];
  const there = new Set();
  for (const input of inputsOf(name)) {
    there.add(input.value);
    input.checked = wanted.some((value) => value.toLowerCase() === input.value.toLowerCase());
    const folded = input.closest("details");
    if (input.checked && folded) folded.open = true;
  }
  return wanted.filter((value) => ![...there].some((other) => other.toLowerCase() === value.toLowerCase()));
}

/** Choose a value of a list, which gets it if it is not there. */
function choose(list, value) {
  if (![...list.options].some((option) => option.value === value)) {
    list.append(element("option", { value, textContent: value }));
  }
  list.value = value;
}
