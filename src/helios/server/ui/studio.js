// The stage with its clock and its time line: what is seen and heard of the film that is described.

import { get, Lost } from "./api.js";
import { PageConsole } from "./console.js";
import { byId, clock, element, mayMove, say } from "./element.js";
import { Listening } from "./listening.js";
import { LookAround } from "./look_around.js";
import { Player } from "./player.js";
import { Range } from "./range.js";
import { goesAround } from "./sphere.js";
import { Stage } from "./stage.js";
import { Timeline } from "./timeline.js";

const PLAY = "M7 4v16l13-8z";
const PAUSE = "M6 4h4v16H6zM14 4h4v16h-4z";
const AFTER_MS = 4000;
const UNHEARD = "This browser plays no sound here: the picture moves without it. Allow this page to play sound, and press play again.";
const SAFE_SHARE = 0.05;
const LONG_S = 900;
const SILENT = "This song is silent: nothing in the picture moves with it. Is it the file you meant?";
const WITHOUT_BEATS = "No beats were heard in this song: what moves with the beat rests, what moves with loudness and bands does not.";

/** Set the stage up. `onTime` hears of every moment, with what was heard of the song,
 *  `onRange` of another range that loops, and `onWhole` of a frame that is seen whole; `seen`
 *  comes true once something is to be seen on it. */
export function setUpStudio({ onTime, onRange, onWhole }) {
  /** @type {(value?: unknown) => void} */
  let seen = () => {};
  const whenSeen = new Promise((resolve) => { seen = resolve; });
  setTimeout(seen, AFTER_MS * 3);
  const player = new Player(() => { show(); stage.clockChanged(); }, (isHeard) => {
    note("player", isHeard ? "" : UNHEARD);
  });
  const stage = new Stage(byId("screen"), player, ({ busy, error, composition, frame, whole, totalFrames, console: lines, lived }) => {
    if (busy !== undefined) byId("picture").classList.toggle("busy", busy);
    if (error !== undefined) note("film", error);
    if (error) {
      opening.end();
      posterWanted = false;
    }
    if (lines) pageConsole.draw(lines);
    if (lived) pageConsole.live(lived);
    if (frame === undefined) return;
    seen();
    pictured = composition;
    player.release();
    if (composition === opening.composition) opening.end();
    if (whole) onWhole(composition, byId("screen"));
    around?.changed();
    shapePicture();
    placeSafeZone();
    isWhole = whole;
    byId("poster").disabled = false;
    if (whole && posterWanted) savePoster();
    if (!song && !mix) lengthen(totalFrames / stage.fps);
  });
  const opening = new Opening(byId("opening"));
  const pageConsole = new PageConsole();
  const timeline = new Timeline(byId("timeline"), player, () => stage.fps);
  const range = new Range(player, timeline, () => onRange());
  const listening = new Listening((sound, problem) => {
    mix = sound;
    hear();
    note("mix", problem && `The sound of the film cannot be played here. ${problem}`);
  }, (isBusy) => { byId("playing").textContent = isBusy ? "The sound is being mixed …" : song?.name ?? ""; });
  let song = null;
  /** What is heard in place of the song. */
  let mix = null;
  let film = null;
  let hearing = 0;
  /** The server was lost while the song was listened to. */
  let isUnheard = false;
  /** What there is a picture of. */
  let pictured = "";
  let isWhole = false;
  let posterWanted = false;
  /** What there is to tell of each on the stage: the first that has something is told. */
  const notes = { film: "", song: "", mix: "", player: "", view: "" };

  /** @param {keyof typeof notes} of @param {string} text what there is to tell of it, if anything */
  function note(of, text) {
    notes[of] = text;
    const told = Object.values(notes).find(Boolean) ?? "";
    byId("stage-note").textContent = told;
    byId("stage-note").hidden = !told;
  }

  function lengthen(duration) {
    if (Math.abs(player.duration - duration) < 0.01) return;
    player.duration = duration;
    timeline.draw();
    show();
  }

  function show() {
    player.loop();
    timeline.move();
    range.place();
    const { time } = player;
    onTime(timeline.heard, time);
    // A frame begins at its time: no rounding may put it into the one before.
    const thousandths = Math.floor(time * 1000 + 0.01);
    byId("time").textContent = `${clock(Math.floor(thousandths / 1000))}.${String(thousandths % 1000).padStart(3, "0")}`;
    const last = Math.max(0, Math.ceil(player.duration * stage.fps - 1e-4) - 1);
    byId("frame-number").textContent = `frame ${Math.min(stage.frame, last)}`;
    byId("length").textContent = player.isHeld && !song && !mix ? "…" : clock(player.duration);
    byId("play-icon").setAttribute("d", player.playing ? PAUSE : PLAY);
    byId("play").setAttribute("aria-label", player.playing ? "Pause" : "Play");
    byId("rate").textContent = player.playing && player.rate !== 1 ? `${player.rate}×` : "";
    if (player.playing && !following) follow();
  }

  let following = false;
  function follow() {
    following = player.playing;
    if (!following) return;
    requestAnimationFrame(follow);
    show();
  }

  /** Play the film's mix where there is one, else its song. */
  function hear() {
    if (mix) player.change(mix.address, mix.duration);
    else if (song) player.change(`/api/audio/${song.id}/file`, song.duration);
    else player.change(null, player.duration);
    timeline.draw();
    show();
  }

  async function onSong(given) {
    song = given;
    mix = null;
    const mine = hearing += 1;
    player.load(`/api/audio/${given.id}/file`, given.duration);
    timeline.show(given.levels, given.duration);
    byId("playing").textContent = given.name;
    isUnheard = false;
    say(byId("song-note"), "");
    note("song", given.duration < LONG_S ? "Listening to the song …"
      : `Listening to the song, which is ${clock(given.duration)} long: that may take minutes. The film can be made meanwhile.`);
    // The scene hears the same: once this has come, its frames come at once.
    const heard = await get(`/api/audio/${given.id}/hearing?fps=${film?.fps ?? 30}`).catch((error) => {
      if (mine !== hearing) return null;
      isUnheard = error instanceof Lost;
      note("song", error.message);
      return null;
    });
    if (mine !== hearing) return;
    hearing = 0;
    if (heard) {
      note("song", "");
      timeline.show(given.levels, given.duration, heard);
      if (!given.levels.some(Boolean)) say(byId("song-note"), SILENT);
      else if (!heard.beats.length) say(byId("song-note"), WITHOUT_BEATS);
    }
    if (film) present();
  }

  /** The server is reached again: what could not be had is asked for anew. */
  function regained() {
    if (song && isUnheard) onSong(song);
    else if (player.audio.error) {
      hear();
      note("player", "");
    }
    stage.regained();
  }

  function onFilm(given) {
    film = given;
    if (!given.config.audio && song) {
      song = null;
      isUnheard = false;
      byId("playing").textContent = "";
      say(byId("song-note"), "");
      note("song", "");
      player.load(null, Number(given.config.duration ?? player.duration));
      timeline.show([], 0);
    }
    const tracks = given.config.audio;
    timeline.place(Array.isArray(tracks) ? Number(tracks[0].offset ?? 0) : 0);
    listening.show(given.config, given.isMixed, given.stamp);
    if (!hearing) present();
  }

  /** The film that is described, or the same in the shape that the stage was switched to. */
  function present() {
    const { fps, kinds } = film;
    const aspect = byId("aspect").value;
    const kind = kinds.get(aspect || (film.config.type ?? ""));
    // Of a template there are seconds that ship.
    if (film.config.composition !== pictured && opening.composition !== film.config.composition) player.hold();
    const config = aspect ? { ...film.config, type: aspect } : film.config;
    stage.show(config, fps, Math.max(kind?.width ?? 1920, kind?.height ?? 1080), Boolean(kind && goesAround(kind.projection)));
    lookAround(kind && goesAround(kind.projection) ? kind : null);
  }

  let around = null;
  function lookAround(layout) {
    let problem = "";
    try {
      if (layout) around ??= new LookAround(byId("picture"), byId("screen"));
      around?.show(layout);
    } catch (error) {
      problem = error.message;
    }
    note("view", problem);
  }

  /** Let the picture have the film's shape; what is looked around in has the screen's. */
  function shapePicture() {
    const [screen, layout, { style }] = [byId("screen"), around?.layout, byId("picture")];
    const ratio = String(layout ? 16 / 9 : screen.width / screen.height);
    if (style.getPropertyValue("--ratio") !== ratio) style.setProperty("--ratio", ratio);
  }

  /** Show what screens and players may cut off of the picture: its edge, by EBU R 95. */
  function placeSafeZone() {
    const isOn = byId("safe").getAttribute("aria-pressed") === "true";
    const [screen, box] = [byId("screen"), byId("picture")];
    const scale = Math.min(box.clientWidth / screen.width, box.clientHeight / screen.height);
    const zone = byId("safe-zone");
    zone.hidden = !isOn;
    zone.style.width = `${screen.width * scale * (1 - 2 * SAFE_SHARE)}px`;
    zone.style.height = `${screen.height * scale * (1 - 2 * SAFE_SHARE)}px`;
  }

  byId("safe").addEventListener("click", () => {
    const button = byId("safe");
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    placeSafeZone();
  });
  new ResizeObserver(placeSafeZone).observe(byId("picture"));
  byId("aspect").addEventListener("change", () => { if (film) present(); });
  byId("marker").addEventListener("click", () => timeline.mark());
  const zoom = (factor) => () => {
    timeline.zoomBy(factor);
    byId("zoom-out").disabled = timeline.zoom <= 1;
  };
  byId("zoom-in").addEventListener("click", zoom(2));
  byId("zoom-out").addEventListener("click", zoom(1 / 2));
  byId("play").addEventListener("click", () => player.toggle());
  function savePoster() {
    posterWanted = false;
    byId("screen").toBlob((image) => {
      const name = `${film.config.composition.replace(/[^\p{L}\p{M}\p{N}_.-]+/gu, "-")}-${stage.shown}.png`;
      const link = element("a", { href: URL.createObjectURL(image), download: name });
      link.click();
      URL.revokeObjectURL(link.href);
    }, "image/png");
  }

  // What is on the stage may still be the small picture of a moment: the whole one is waited for.
  byId("poster").addEventListener("click", () => {
    if (isWhole) return savePoster();
    posterWanted = true;
    if (player.playing) player.pause();
    return undefined;
  });
  show();
  return { range: () => player.range, onSong, onFilm, regained, onConsole: (lines) => pageConsole.load(lines), onTemplate: (name, shown) => opening.begin(name, shown), seen: whenSeen };
}

/** What is seen of a template until its first own frame is there: seconds of it that ship. */
class Opening {
  constructor(video) {
    this.video = video;
    this.composition = "";
  }

  begin(composition, shown) {
    if (composition === this.composition) return;
    this.composition = composition;
    this.video.hidden = !shown;
    if (!shown) {
      this.composition = "";
      return;
    }
    this.video.poster = shown.thumbnail;
    if (!mayMove()) return;
    this.video.src = shown.loop;
    this.video.play().catch(() => {});
  }

  end() {
    if (this.video.hidden) return;
    this.video.hidden = true;
    this.video.removeAttribute("src");
    this.video.load();
  }
}
