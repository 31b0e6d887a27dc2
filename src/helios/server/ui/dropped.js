// What is dropped: songs, of which a film each is made, and subtitles or lyrics to show in it.

import { send, upload } from "./api.js";
import { byId, clock, element, say } from "./element.js";

/** Under what the names of files stand that are on their way, until they have come. */
const ON_ITS_WAY = "helios.upload";
const WORDS = /\.(srt|vtt|ass|ssa|lrc)$/i;
/** @typedef {{ id: string, name: string, duration: number }} Song */
/** @typedef {{ id: string, name: string, cues: number, warnings: string[] }} Words subtitles or lyrics */

export class Dropped {
  /**
   * @param {(song: Song | null) => void} onSong hears of the song that is to be heard, or that there is none
   * @param {() => void} onChange hears of every change
   */
  constructor(onSong, onChange) {
    this.onSong = onSong;
    this.onChange = onChange;
    /** @type {Song | null} */
    this.song = null;
    /** @type {Song[]} */
    this.songs = [];
    /** @type {Song | null} */
    this.demo = null;
    /** @type {Words | null} */
    this.words = null;
    this.busy = false;
  }

  setUp() {
    const drop = byId("drop");
    // The page goes with what it uploads: that is asked before, and told after.
    window.addEventListener("beforeunload", (event) => { if (this.busy) event.preventDefault(); });
    const cut = onItsWay();
    if (cut) say(byId("song-error"), `The upload of ${cut} was cut off when this page was left or loaded anew: choose it again.`);
    noteOnItsWay("");
    for (const kind of ["dragenter", "dragover"]) {
      drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
    }
    for (const kind of ["dragleave", "drop"]) {
      drop.addEventListener(kind, () => drop.classList.remove("over"));
    }
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      this.take([...event.dataTransfer.files]);
    });
    for (const kind of ["dragover", "drop"]) {
      window.addEventListener(kind, (event) => event.preventDefault());
    }
    byId("words").querySelector("button").addEventListener("click", () => this.showWords(null));
    byId("use-demo").addEventListener("click", () => {
      if (!this.demo) return;
      this.songs = [this.demo];
      this.hear(this.demo);
      this.onChange();
    });
    byId("file").addEventListener("change", () => this.take([...byId("file").files]));
    byId("song-change").addEventListener("click", () => byId("file").click());
    byId("song-gone").addEventListener("click", () => {
      this.songs = this.songs.filter((other) => other !== this.song);
      this.hear(this.songs[0] ?? null);
      this.list();
      this.onChange();
      if (!this.song) byId("file").focus();
    });
  }

  /** Offer a song to try with, as long as there is no other. @param {Song | null} demo */
  offer(demo) {
    this.demo = demo;
    this.showSong();
  }

  /** Take what was dropped. @param {File[]} files */
  async take(files) {
    if (this.busy) return;
    byId("file").value = "";
    const words = files.filter(({ name }) => WORDS.test(name));
    const wrong = [];
    for (const file of words) await this.takeWords(file).catch(({ message }) => wrong.push(message));
    await this.takeSongs(files.filter((file) => !words.includes(file)), wrong);
  }

  /** @param {File} file */
  async takeWords(file) {
    say(byId("song-error"), "");
    const kind = { "content-type": "application/octet-stream" };
    this.showWords(await send(`/api/subtitles?name=${encodeURIComponent(file.name.slice(0, 180))}`, file, kind));
  }

  /** Show what of the subtitles is shown in the film, or with null that there are none. @param {Words | null} words */
  showWords(words) {
    this.words = words;
    byId("words").hidden = !words;
    const shown = words ? [`Subtitles: ${words.name}, ${words.cues} ${words.cues === 1 ? "text" : "texts"}.`, ...words.warnings] : [];
    byId("words").querySelector("span").textContent = shown.join(" ");
    this.onChange();
  }

  /**
   * Take songs in the place of those before, once one of them can be had: of each a film is made, the
   * first is heard here.
   * @param {File[]} files
   * @param {string[]} wrong what is to be told beside it
   */
  async takeSongs(files, wrong) {
    if (!files.length) {
      say(byId("song-error"), wrong.join(" "));
      return;
    }
    const taken = [];
    this.busy = true;
    noteOnItsWay(files.map(({ name }) => name).join(", "));
    this.onChange();
    for (const file of files) {
      try {
        const song = await this.uploaded(file);
        if (!taken.some(({ id }) => id === song.id)) taken.push(song);
        this.songs = taken;
        if (!this.song || !taken.includes(this.song)) this.hear(song);
        this.list();
      } catch (error) {
        wrong.push(`${file.name}: ${error.message}`);
      }
    }
    this.busy = false;
    noteOnItsWay("");
    say(byId("song-error"), wrong.join(" "));
    this.onChange();
  }

  /** @param {File} file @returns {Promise<Song>} */
  async uploaded(file) {
    const [bar, text] = [byId("upload"), byId("drop-text")];
    say(byId("song-error"), "");
    bar.hidden = false;
    bar.value = 0;
    text.hidden = false;
    const tell = (isLost) => {
      text.textContent = isLost ? `The connection was lost. The upload of ${file.name} goes on from where it is, as soon as the server is reached.`
        : `${file.name} is being uploaded …`;
    };
    tell(false);
    try {
      return await upload(file, (fraction) => { bar.value = fraction; }, tell);
    } finally {
      bar.hidden = true;
      text.textContent = "Drop a song here, or tap to choose one";
      this.showSong();
    }
  }

  /** Where there are several songs: which is heard, and which are wanted. */
  list() {
    const list = byId("songs");
    list.hidden = this.songs.length < 2;
    list.replaceChildren(...this.songs.map((song) => {
      const hear = element("button", { type: "button", className: "quiet", textContent: song.name });
      hear.setAttribute("aria-pressed", String(song === this.song));
      hear.addEventListener("click", () => { this.hear(song); this.list(); this.onChange(); });
      const gone = element("button", { type: "button", className: "back", textContent: "×" });
      gone.setAttribute("aria-label", `Without ${song.name}`);
      gone.addEventListener("click", () => {
        this.songs = this.songs.filter((other) => other !== song);
        if (song === this.song) this.hear(this.songs[0]);
        this.list();
        this.onChange();
      });
      return element("li", {}, hear, element("span", { textContent: clock(song.duration) }), gone);
    }));
  }

  /** @param {Song | null} song */
  hear(song) {
    this.song = song;
    this.showSong();
    this.onSong(song);
  }

  /** Show the song that was chosen, or where one is dropped. */
  showSong() {
    const { song } = this;
    byId("demo-offer").hidden = !this.demo || Boolean(song);
    byId("drop").classList.toggle("full", Boolean(song));
    byId("drop-text").hidden = byId("file").hidden = Boolean(song);
    byId("song").hidden = !song;
    byId("song-name").textContent = song?.name ?? "";
    byId("song-length").textContent = song ? clock(song.duration) : "";
  }
}

/** The names of files that were on their way when this tab's page was left. */
function onItsWay() {
  try {
    return sessionStorage.getItem(ON_ITS_WAY) ?? "";
  } catch {
    return "";  // a browser that keeps nothing cannot tell
  }
}

/** @param {string} names of files that are on their way now */
function noteOnItsWay(names) {
  try {
    sessionStorage.setItem(ON_ITS_WAY, names);
  } catch { /* as above */ }
}
