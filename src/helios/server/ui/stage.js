// The stage: the film's picture at the clock's time, played, scrubbed, and whole when it rests.

import { Lost } from "./api.js";
import { Live } from "./live.js";
import { pictures } from "./pictures.js";

const SIDE = 640;
const AROUND_SIDE = 1280;
const REST_MS = 350;
const AHEAD_S = 2;
const RANGE_S = 3;
const LATE_S = 0.6;
const MAX_STEP = 6;

export class Stage {
  /**
   * @param {HTMLCanvasElement} canvas where it is drawn
   * @param {import("./player.js").Player} player its clock
   * @param {(state: object) => void} onState hears `{ busy, error, composition, frame, whole, console, lived }` as they change
   */
  constructor(canvas, player, onState) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.player = player;
    this.onState = onState;
    this.config = null;
    this.fps = 30;
    this.wholeSide = 1920;
    this.quickSide = SIDE;
    this.shown = -1;
    this.step = 1;
    this.ahead = new Map();
    this.last = -1;
    this.wanted = null;
    this.asking = false;
    this.stream = null;
    this.rest = 0;
    this.looking = new AbortController();
    /** What was asked for last did not come, as the server was not reached. */
    this.isLost = false;
    /** A page plays in a frame of its own, as soon as it lives there; its pictures are seen until then, and
     *  where it rests. */
    this.live = new Live(/** @type {HTMLElement} */ (canvas.parentElement), (frame) => this.hasLived(frame),
      (lines) => onState({ lived: lines }));
  }

  /** Show a film: its configuration, frames per second, the longer side of its picture, and
   *  whether only a part of that is looked at. */
  show(config, fps, wholeSide, isAround = false) {
    this.quickSide = isAround ? AROUND_SIDE : SIDE;
    this.config = config;
    this.fps = fps;
    this.wholeSide = wholeSide;
    this.shown = -1;
    this.live.close();
    if (this.player.playing) this.restart();
    else this.look();
  }

  /** @param {Error} error */
  fail(error) {
    this.isLost = error instanceof Lost;
    // There is nothing to play of a film that has not one picture.
    if (this.shown < 0 && this.player.playing) this.player.pause();
    this.onState({ error: error.message });
  }

  succeed() {
    this.isLost = false;
    this.onState({ error: "" });
  }

  /** The server is reached again: what it could not answer is asked anew. */
  regained() {
    if (this.config && this.isLost) this.clockChanged();
  }

  get frame() {
    return Math.floor(this.player.time * this.fps + 1e-4);
  }

  /** The clock has started, stopped or jumped. */
  clockChanged() {
    if (!this.config) return;
    if (this.player.playing) {
      this.restart();
      if (!this.ticking) this.tick();
    } else {
      this.stop();
      this.look();
    }
  }

  /** Draw the frame of a clock that rests: at once small, and whole when it goes on resting. */
  look() {
    clearTimeout(this.rest);
    if (this.isWhole) this.forgetLook();
    this.wanted = null;
    if (this.live.show(this.frame, false)) return this.restSoon();
    this.wanted = { startFrame: this.frame, side: Math.min(this.quickSide, this.wholeSide), encoding: "jpeg" };
    return this.askWanted();
  }

  /** The page in its frame has lived up to one of the film's. */
  hasLived(frame) {
    const { playing } = this.player;
    const isResting = !playing && this.canvas.dataset.whole === "yes" && this.shown === frame;
    if (isResting || (!playing && frame !== Math.min(this.frame, this.totalFrames - 1))) return;
    this.stop();
    this.live.see();
    this.shown = frame;
    Object.assign(this.canvas.dataset, { frame, whole: "", live: "yes" });
    this.onState({ composition: this.config.composition, frame, whole: false, totalFrames: this.totalFrames });
  }

  /** End the request of a clock that rests: a whole picture takes long. */
  forgetLook() {
    this.looking.abort();
    this.looking = new AbortController();
    this.isWhole = false;
  }

  /** One request at a time, the last one wanted: scrubbing shows as many pictures as can be drawn. */
  async askWanted() {
    if (this.asking || !this.wanted) return;
    const range = this.wanted;
    const { config } = this;
    this.wanted = null;
    this.asking = true;
    this.isWhole = range.encoding === "png";
    this.onState({ busy: true });
    let failed = false;
    try {
      await pictures(config, range, this.looking.signal, async (picture) => {
        if (!this.player.playing) await this.paint(picture, range.encoding === "png", config);
      });
      this.succeed();
    } catch (error) {
      failed = true;
      if (error.name !== "AbortError") this.fail(error);
    }
    this.asking = false;
    this.onState({ busy: Boolean(this.wanted) });
    if (this.wanted) this.askWanted();
    else if (!failed && range.encoding === "jpeg") this.restSoon();
  }

  restSoon() {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      if (this.player.playing || this.asking) return;
      this.wanted = { startFrame: this.frame, side: Math.min(this.wholeSide, 4096), encoding: "png" };
      this.askWanted();
    }, REST_MS);
  }

  async paint(picture, isWhole, config) {
    const bitmap = await createImageBitmap(picture.blob);
    this.draw(bitmap, picture, isWhole, config);
    bitmap.close();
  }

  /** Have the page live in its frame, at the clock's time: so it plays at once. */
  async enliven() {
    await this.live.open(this.config, Math.min(this.quickSide, this.wholeSide));
    if (!this.player.playing) this.live.show(this.frame);
  }

  draw(bitmap, picture, isWhole, { composition, type }) {
    if (this.canvas.width !== bitmap.width || this.canvas.height !== bitmap.height) {
      this.canvas.width = bitmap.width;
      this.canvas.height = bitmap.height;
    }
    this.context.drawImage(bitmap, 0, 0);
    this.shown = picture.frame;
    this.totalFrames = picture.totalFrames;
    this.canvas.dataset.type = type;
    this.canvas.dataset.frame = picture.frame;
    this.canvas.dataset.whole = isWhole ? "yes" : "";
    this.canvas.dataset.live = "";
    this.live.hide();
    if (picture.kind === "page" && (isWhole || this.player.playing)) this.enliven();
    this.onState({ composition, frame: picture.frame, whole: isWhole, totalFrames: picture.totalFrames, console: picture.console });
  }

  stop() {
    this.stream?.abort();
    this.stream = null;
    for (const { bitmap } of this.ahead.values()) bitmap.close();
    this.ahead.clear();
  }

  /** Have frames drawn from the clock's time on. */
  restart() {
    clearTimeout(this.rest);
    this.forgetLook();
    this.wanted = null;
    this.stop();
    this.isOver = false;
    this.last = this.frame - 1;
    if (!this.live.show(this.frame)) this.fetchOn();
  }

  async fetchOn() {
    const mine = this.stream = new AbortController();
    const { config, step } = this;
    const range = {
      startFrame: this.last + 1, step, side: Math.min(this.quickSide, this.wholeSide), encoding: "jpeg",
      frameCount: Math.max(1, Math.ceil((RANGE_S * this.fps) / step)),
    };
    const began = performance.now();
    let count = 0;
    try {
      await pictures(config, range, mine.signal, async (picture) => {
        const bitmap = await createImageBitmap(picture.blob);
        if (mine.signal.aborted) return bitmap.close();
        this.last = picture.frame + step - 1;
        this.ahead.set(picture.frame, { bitmap, picture, config });
        count += 1;
        this.isOver = picture.frame + step >= picture.totalFrames;
        return undefined;
      });
      this.succeed();
    } catch (error) {
      if (error.name !== "AbortError") {
        this.isOver = true;  // until the clock is moved or another film shown
        this.fail(error);
      }
    }
    const seconds = (performance.now() - began) / 1000;
    if (count > 4) this.chooseStep(count / seconds);
    if (this.stream === mine) this.stream = null;
  }

  /** Every frame where the machine draws that many, else every second, third, ... */
  chooseStep(rate) {
    this.step = Math.max(1, Math.min(MAX_STEP, Math.ceil((this.fps * 0.95) / rate)));
  }

  tick() {
    this.ticking = this.player.playing;
    if (!this.ticking) return;
    requestAnimationFrame(() => this.tick());
    const now = this.frame;
    const isLive = this.live.show(now);
    if (!isLive) this.showDrawn(now);
    if (this.player.isOver) return this.player.pause();
    if (!isLive) this.drawOn(now);
    return undefined;
  }

  /** Show the last picture that was drawn for the clock's time. */
  showDrawn(now) {
    let best = null;
    for (const [frame, entry] of this.ahead) {
      if (frame > now) continue;
      if (best) best.bitmap.close();
      best = entry;
      this.ahead.delete(frame);
    }
    if (best) {
      this.draw(best.bitmap, best.picture, false, best.config);
      best.bitmap.close();
    }
  }

  /** Have the pictures drawn that follow. */
  drawOn(now) {
    const isLate = this.last < now - LATE_S * this.fps;
    if (isLate && this.stream && this.shown >= 0) {
      // What is drawn now would be late as well: go on where the clock is.
      this.chooseStep(this.fps / (this.step + 1));
      this.restart();
    } else if (!this.stream && !this.isOver && this.last < now + AHEAD_S * this.fps) {
      this.last = Math.max(this.last, now);
      this.fetchOn();
    }
  }
}
