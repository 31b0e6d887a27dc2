// The range that is played again and again: two edges on the time line.

import { byId, clock } from "./element.js";

const SHORTEST_S = 0.1;
const HALF_S = 2;
const STEP_S = 0.1;

export class Range {
  /**
   * @param {import("./player.js").Player} player what loops
   * @param {import("./timeline.js").Timeline} timeline where its edges are
   * @param {(range: {start: number, end: number} | null) => void} onChange hears of another range
   */
  constructor(player, timeline, onChange) {
    this.player = player;
    this.timeline = timeline;
    this.onChange = onChange;
    timeline.whenDrawn = () => this.place();
    byId("loop").addEventListener("click", () => this.set(player.range ? null : this.around()));
    for (const edge of ["start", "end"]) this.listen(edge);
    document.addEventListener("keydown", (event) => {
      const edge = { i: "start", o: "end" }[event.key];
      if (!edge || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
      if (/** @type {Element} */ (event.target).closest?.("input, select, textarea")) return;
      this.drag(edge, player.time);
    });
  }

  /** The section of the song that is heard, else some seconds. */
  around() {
    const { time, duration } = this.player;
    const section = this.timeline.heard?.sections.find(({ start, end }) => time >= start && time < end);
    if (section) return { start: section.start, end: Math.min(section.end, duration) };
    return { start: Math.max(0, time - HALF_S), end: Math.min(duration, Math.max(time, HALF_S) + HALF_S) };
  }

  set(range) {
    this.player.range = range;
    byId("loop").setAttribute("aria-pressed", String(Boolean(range)));
    this.place();
    this.onChange(range);
  }

  /** Move an edge; the other one stays beyond it. */
  drag(edge, time) {
    const { duration } = this.player;
    const range = { ...(this.player.range ?? { start: 0, end: duration }) };
    const [low, high] = edge === "start" ? [0, range.end - SHORTEST_S] : [range.start + SHORTEST_S, duration];
    range[edge] = Math.max(low, Math.min(time, high));
    if (range.end > range.start) this.set(range);
  }

  listen(edge) {
    const handle = byId(`range-${edge}`);
    handle.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      event.preventDefault();
      handle.focus({ preventScroll: true });
      handle.setPointerCapture(event.pointerId);
      const move = ({ clientX }) => this.drag(edge, this.timeline.timeAt(clientX - byId("timeline").getBoundingClientRect().left));
      const end = () => {
        handle.removeEventListener("pointermove", move);
        for (const kind of ["pointerup", "pointercancel"]) handle.removeEventListener(kind, end);
      };
      handle.addEventListener("pointermove", move);
      for (const kind of ["pointerup", "pointercancel"]) handle.addEventListener(kind, end);
    });
    handle.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -STEP_S, ArrowRight: STEP_S, PageUp: -1, PageDown: 1 }[event.key];
      if (!by || !this.player.range) return;
      event.preventDefault();
      event.stopPropagation();
      this.drag(edge, this.player.range[edge] + by);
    });
  }

  /** Put the edges where they are on the time line. */
  place() {
    const { range, duration } = this.player;
    const places = range ? [range.start, range.end].map((time) => this.timeline.placeOf(time)) : [0, 0];
    byId("range").hidden = !range;
    byId("range").style.translate = `${places[0]}px 0`;
    byId("range").style.width = `${places[1] - places[0]}px`;
    ["start", "end"].forEach((edge, n) => {
      const handle = byId(`range-${edge}`);
      const isSeen = places[n] >= -1 && places[n] <= byId("timeline").clientWidth + 1;
      handle.hidden = !range || !isSeen;
      if (!range) return;
      handle.style.translate = `${places[n]}px 0`;
      handle.setAttribute("aria-valuemax", duration.toFixed(2));
      handle.setAttribute("aria-valuenow", range[edge].toFixed(2));
      handle.setAttribute("aria-valuetext", clock(range[edge]));
    });
  }
}
