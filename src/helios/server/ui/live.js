// A page that lives in a frame of its own origin, with the clock of the render: it plays as fast as this browser
// draws it. What it is asked and how it answers stands in browser/js/live.js.

import { post } from "./api.js";
import { element } from "./element.js";

const NEAR_S = 1;
const MOST_LINES = 50;
const SILENCE_MS = 3000;
const AGAIN_MS = 1000;

export class Live {
  /**
   * @param {HTMLElement} box what it fills
   * @param {(frame: number) => void} onShown hears of each frame that it shows
   * @param {(lines: string[]) => void} onConsole hears what it has told its console
   */
  constructor(box, onShown, onConsole) {
    this.box = box;
    this.onShown = onShown;
    this.onConsole = onConsole;
    /** @type {{ address: string, width: number, height: number, fps: string, totalFrames: number } | null} */
    this.page = null;
    this.config = null;
    /** Documents of the page: the one that is seen, and one that has to live up to an earlier time. */
    this.seen = /** @type {LiveDocument | null} */ (null);
    this.next = /** @type {LiveDocument | null} */ (null);
    // A page that focuses a field of its own would have the studio's keys: they go back to who had them. Only after
    // the event is it known who has them now.
    let left = /** @type {EventTarget | null} */ (null);
    addEventListener("focusout", ({ target }) => { left = target; });
    addEventListener("blur", () => {
      const had = left;
      setTimeout(() => {
        const { activeElement } = document;
        if (!(activeElement instanceof HTMLIFrameElement) || !box.contains(activeElement)) return;
        if (had instanceof HTMLElement && had.isConnected) had.focus({ preventScroll: true });
        else activeElement.blur();
      });
    });
    addEventListener("focusin", () => { left = null; });
    new ResizeObserver(() => { this.seen?.fit(box); this.next?.fit(box); }).observe(box);
  }

  /** Have the page of a film, once; `side` as its pictures are asked for. Of what cannot live here there is none. */
  async open(config, side) {
    if (this.config === config) return;
    this.close();
    this.config = config;
    // The pictures say what is wrong with it.
    const page = await post("/api/preview/live", { config, side }).catch(() => null);
    if (this.config !== config || !page) return;
    this.page = page;
  }

  close() {
    this.hide();
    this.seen?.end();
    this.next?.end();
    this.page = this.config = this.seen = this.next = null;
    this.onConsole([]);
  }

  /** It is seen, and not the picture over it. */
  see() {
    this.box.classList.add("lives");
  }

  /** The picture over it is seen. */
  hide() {
    this.box.classList.remove("lives");
  }

  /** Ask for the frame of a time, counted in frames; says whether it is shown in a moment. Whether another document may be begun for it, who
   *  asks says: while a time line is dragged along, that would be many. */
  show(time, mayBegin = true) {
    if (!this.page) return false;
    const frame = Math.min(time, this.page.totalFrames - 1);
    const near = NEAR_S * Number(this.page.fps.split("/")[0]) / Number(this.page.fps.split("/")[1] ?? 1);
    if (this.seen?.shown === frame) {
      this.onShown(frame);
      return true;
    }
    if (this.seen?.canReach(frame)) {
      this.next?.end();
      this.next = null;
      this.seen.ask(frame);
      return frame - this.seen.at < near;
    }
    if (!mayBegin) return false;
    // Time goes one way in a document: another one begins anew, behind the one that is seen.
    if (this.next && !this.next.canReach(frame)) {
      this.next.end();
      this.next = null;
    }
    const next = this.next ??= new LiveDocument(this.box, this.page, this);
    next.ask(frame);
    return next.isReady && frame - next.at < near;
  }

  /** @param {LiveDocument} document @param {number} frame that it shows */
  hasShown(document, frame) {
    if (document === this.next) {
      this.seen?.end();
      [this.seen, this.next] = [document, null];
    }
    if (document === this.seen) this.onShown(frame);
  }

  /** It is seen in pictures from now on. @param {LiveDocument} document @param {string} reason @param {string} kind of the line that says so */
  hasFailed(document, reason, kind = "info") {
    this.onConsole([...document.lines, `${kind}: It plays in pictures, as it does not in this browser: ${reason}`]);
    this.seen?.end();
    this.next?.end();
    this.page = this.seen = this.next = null;
    this.hide();
  }
}

/** One document of the page, which lives from its first frame on. */
class LiveDocument {
  /** @param {HTMLElement} box @param {{ address: string, width: number, height: number }} page @param {Live} holder */
  constructor(box, page, holder) {
    this.page = page;
    this.holder = holder;
    /** @type {string[]} */
    this.lines = [];
    /** The frame that it can step to, and the one that is seen in it. */
    this.at = 0;
    this.shown = -1;
    this.isReady = false;
    this.wanted = -1;
    /** Timer of the next question whether it still answers, or of the answer. */
    this.watch = 0;
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    port1.onmessage = ({ data }) => this.hear(data);
    this.frame = element("iframe", { className: "live", title: "The page", tabIndex: -1, inert: true, ariaHidden: "true" });
    this.frame.setAttribute("sandbox", "allow-scripts allow-same-origin");
    this.frame.addEventListener("load", () => {
      this.frame.contentWindow?.postMessage("helios", new URL(page.address).origin, [port2]);
    }, { once: true });
    this.frame.src = page.address;
    this.frame.style.width = `${page.width}px`;
    this.frame.style.height = `${page.height}px`;
    this.fit(box);
    box.prepend(this.frame);
  }

  fit(box) {
    this.frame.style.transform = `scale(${box.clientWidth / this.page.width}, ${box.clientHeight / this.page.height})`;
  }

  hear({ at, shown, line, failed, answers }) {
    if (answers) {
      clearTimeout(this.watch);
      this.watch = setTimeout(() => { this.watch = 0; this.listen(); }, AGAIN_MS);
      return undefined;
    }
    if (line !== undefined) {
      this.lines = [...this.lines, line].slice(-MOST_LINES);
      return this.holder.onConsole(this.lines);
    }
    if (failed !== undefined) return this.holder.hasFailed(this, failed);
    this.at = at;
    this.frame.dataset.at = at;
    if (!this.isReady && this.wanted >= 0) this.send(this.wanted);
    this.isReady = true;
    this.shown = shown ?? this.shown;
    if (shown !== undefined) this.holder.hasShown(this, shown);
    return undefined;
  }

  canReach(frame) {
    return frame >= Math.max(this.at - 1, this.wanted);
  }

  ask(frame) {
    if (frame === this.wanted) return;
    this.wanted = frame;
    if (this.isReady) this.send(frame);
  }

  send(frame) {
    this.port.postMessage({ frame });
    this.listen();
  }

  /** Hear whether it answers, until it shows what is wanted: it may wait for something as long as it likes, but a
   *  script that never ends would hold it for ever. */
  listen() {
    if (this.watch || this.shown === this.wanted) return;
    this.port.postMessage({ asks: true });
    this.watch = setTimeout(() => {
      this.holder.hasFailed(this, `it does not answer after frame ${this.at}, a script of it may run without end.`, "error");
    }, SILENCE_MS);
  }

  end() {
    clearTimeout(this.watch);
    this.port.close();
    this.frame.remove();
  }
}
