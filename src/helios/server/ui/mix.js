// How the film sounds: the song, and other sounds beside it, each with its place, volume and fades.

import { byId, element, say } from "./element.js";

/** @typedef {{ volume: number, offset: number, fadeIn: number, fadeOut: number }} Place of a sound in the film */
/** @typedef {{ id: string, name: string, duration: number }} Sound */

/** @type {Place} */
const PLAIN = { volume: 1, offset: 0, fadeIn: 0, fadeOut: 0 };
const LONGEST_S = "86400";
/** @type {{ key: keyof Place, name: string, min: string }[]} */
const TIMES = [
  { key: "offset", name: "Starts at", min: `-${LONGEST_S}` },
  { key: "fadeIn", name: "Fade in", min: "0" },
  { key: "fadeOut", name: "Fade out", min: "0" },
];

export class Mix {
  /**
   * @param {(file: File) => Promise<Sound>} upload keeps a sound on the server
   * @param {() => void} onChange hears of every change
   */
  constructor(upload, onChange) {
    this.upload = upload;
    this.onChange = onChange;
    /** Of the song, whichever it is. */
    this.own = { ...PLAIN };
    /** @type {Sound | null} */
    this.song = null;
    /** @type {{ sound: Sound, place: Place }[]} */
    this.others = [];
    byId("mix-add").addEventListener("click", () => byId("mix-file").click());
    byId("mix-file").addEventListener("change", () => this.add());
  }

  /** Whether it sounds otherwise than the song alone. */
  get isMixed() {
    return this.others.length > 0 || isMoved(this.own);
  }

  /** The sounds of a film of a song, as a configuration names them: each by `nameOf` it. */
  soundsOf(song, /** @type {(sound: any) => string} */ nameOf = ({ id }) => id) {
    if (!this.isMixed) return nameOf(song);
    const all = [{ sound: song, place: this.own }, ...this.others];
    return all.map(({ sound, place }) => ({ file: nameOf(sound), ...changes(place) }));
  }

  /** Take the song's place from what a configuration says of its sounds; the others' names. */
  take(tracks) {
    const [first, ...others] = tracks;
    for (const key of /** @type {(keyof Place)[]} */ (Object.keys(PLAIN))) this.own[key] = Number(first?.[key] ?? PLAIN[key]);
    return others.map(({ file }) => String(file));
  }

  /** Show the sounds of a song, or with null that there is none. @param {Sound | null} song */
  show(song) {
    this.song = song;
    byId("mix").hidden = !song;
    byId("mix-sounds").replaceChildren(...(song ? [this.row(song, this.own), ...this.others.map((other) => this.row(other.sound, other.place, other))] : []));
  }

  async add() {
    const [file] = byId("mix-file").files;
    byId("mix-file").value = "";
    if (!file) return;
    say(byId("mix-error"), "");
    byId("mix-add").disabled = true;
    try {
      this.others.push({ sound: await this.upload(file), place: { ...PLAIN } });
      this.show(this.song);
      this.onChange();
    } catch (error) {
      say(byId("mix-error"), error.message);
    } finally {
      byId("mix-add").disabled = false;
    }
  }

  /** @param {Sound} sound @param {Place} place @param {any} other one that can be taken away */
  row(sound, place, other = null) {
    const told = element("output", { textContent: percent(place.volume) });
    const volume = element("input", { type: "range", min: "0", max: "2", step: "0.05", value: String(place.volume) });
    volume.addEventListener("input", () => {
      place.volume = Number(volume.value);
      told.textContent = percent(place.volume);
    });
    const times = TIMES.map(({ key, name, min }) => {
      const input = element("input", { type: "number", min, max: LONGEST_S, step: "any", value: String(place[key]), inputMode: "decimal" });
      input.addEventListener("change", () => {
        if (input.value === "" || !input.checkValidity()) input.value = String(place[key]);
        place[key] = Number(input.value);
      });
      return element("label", {}, `${name}, s`, input);
    });
    const head = element("legend", { textContent: sound.name });
    const gone = other && element("button", { type: "button", className: "back", textContent: "×" });
    gone?.setAttribute("aria-label", `Without ${sound.name}`);
    gone?.addEventListener("click", () => {
      this.others = this.others.filter((each) => each !== other);
      this.show(this.song);
      this.onChange();
    });
    return element("fieldset", { className: "sound" }, head,
      element("label", { className: "amount" }, element("span", { textContent: "Volume" }), volume, told),
      element("div", { className: "row" }, ...times, gone));
  }
}

const percent = (volume) => `${Math.round(100 * volume)} %`;

/** @param {Place} place */
function changes(place) {
  return Object.fromEntries(Object.entries(place).filter(([key, value]) => value !== PLAIN[/** @type {keyof Place} */ (key)]));
}

/** @param {Place} place */
const isMoved = (place) => Object.keys(changes(place)).length > 0;
