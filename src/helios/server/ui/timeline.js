// The time line under the stage: the song's loudness, bands, beats and sections, and where we are.

/** Dark enough for white names on them. */
const SECTION_COLOURS = {
  silence: "#3a3448", intro: "#5166b3", quiet: "#3f6f96", steady: "#7655b8", build: "#a8621a",
  drop: "#c2410c", breakdown: "#2c7a6f", outro: "#6b5f8a",
};
const BAND_HUES = [8, 24, 42, 70, 140, 190, 230, 280];
const JUMP_S = 5;
const MOST_ZOOM = 64;
const SHUTTLE_RATES = [1, 2, 4];

export class Timeline {
  /**
   * @param {HTMLElement} box what is clicked, with a canvas and a playhead in it
   * @param {import("./player.js").Player} player what is moved
   * @param {() => number} fpsOf frames per second of the film
   */
  constructor(box, player, fpsOf) {
    this.box = box;
    this.canvas = /** @type {HTMLCanvasElement} */ (box.querySelector("canvas"));
    this.head = /** @type {HTMLElement} */ (box.querySelector(".playhead"));
    this.player = player;
    this.fpsOf = fpsOf;
    this.levels = [];
    this.plain = null;
    this.heard = null;
    this.songDuration = 0;
    /** Where in the film the song begins. */
    this.songStart = 0;
    this.shuttle = 0;
    /** What is seen of the time: all of it, or a part. */
    this.zoom = 1;
    this.from = 0;
    this.markers = [];
    /** Puts what else stands on the time line where its time is seen now. */
    this.whenDrawn = () => {};
    box.addEventListener("pointerdown", (event) => this.grab(event));
    box.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    document.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => { this.draw(); this.move(); }).observe(box);
  }

  /** Seconds that are seen. */
  get shown() {
    return this.player.duration / this.zoom;
  }

  timeAt(x) {
    return this.from + (x / this.box.clientWidth) * this.shown;
  }

  placeOf(time) {
    return this.shown ? ((time - this.from) / this.shown) * this.box.clientWidth : 0;
  }

  wheel(event) {
    event.preventDefault();
    const { left, width } = this.box.getBoundingClientRect();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.scroll((event.deltaX / width) * this.shown);
    else this.zoomBy(Math.exp(-event.deltaY / 400), this.timeAt(event.clientX - left));
  }

  /** See a shorter part of the time, or a longer one; `time` stays where it is. */
  zoomBy(factor, time = this.player.time) {
    const place = this.placeOf(time) / this.box.clientWidth;
    this.zoom = Math.max(1, Math.min(MOST_ZOOM, this.zoom * factor));
    this.scroll(time - place * this.shown - this.from);
  }

  scroll(by) {
    this.from = Math.max(0, Math.min(this.from + by, this.player.duration - this.shown));
    this.draw();
    this.move();
  }

  /** Set a marker where the clock is, or take away the one that is there. */
  mark() {
    const { time } = this.player;
    const others = this.markers.filter((marker) => Math.abs(marker - time) >= 0.5 / this.fpsOf());
    const isNew = others.length === this.markers.length;
    this.markers = isNew ? [...others, time].toSorted((a, b) => a - b) : others;
    this.draw();
  }

  /** Go to the next marker, or the one before. */
  toMarker(isNext) {
    const { player } = this;
    const isBeyond = (marker) => (marker - player.time) * (isNext ? 1 : -1) > 0.5 / this.fpsOf();
    const marker = isNext ? this.markers.find(isBeyond) : this.markers.findLast(isBeyond);
    if (marker !== undefined) player.seek(marker);
  }

  /** Show a song's loudness, and once it is known what was heard in it. */
  show(levels, songDuration, heard = null) {
    this.levels = levels;
    this.plain = heard;
    if (songDuration !== this.songDuration) [this.zoom, this.from, this.markers] = [1, 0, []];
    this.songDuration = songDuration;
    this.place(this.songStart);
  }

  /** Show the song where it lies in the film; what was heard in it is told in the film's time. */
  place(start) {
    this.songStart = start;
    this.heard = this.plain && {
      ...this.plain,
      start,
      beats: this.plain.beats.map((beat) => beat + start),
      sections: this.plain.sections.map((each) => ({ ...each, start: each.start + start, end: each.end + start })),
    };
    this.draw();
    this.move();
  }

  /** Put the playhead where the clock is. */
  move() {
    const { time, duration } = this.player;
    if (this.player.playing && (time < this.from || time > this.from + this.shown)) this.scroll(time - this.from);
    this.head.style.transform = `translateX(${this.placeOf(time)}px)`;
    this.box.setAttribute("aria-valuemax", duration.toFixed(2));
    this.box.setAttribute("aria-valuenow", time.toFixed(2));
    this.box.setAttribute("aria-valuetext", `${time.toFixed(1)} of ${duration.toFixed(1)} seconds`);
  }

  grab(event) {
    if (event.button) return;
    event.preventDefault();
    this.box.focus({ preventScroll: true });
    const wasPlaying = this.player.playing;
    this.player.pause();
    const seek = ({ clientX }) => {
      this.player.seek(this.timeAt(clientX - this.box.getBoundingClientRect().left));
    };
    const end = () => {
      for (const name of ["pointerup", "pointercancel"]) this.box.removeEventListener(name, end);
      this.box.removeEventListener("pointermove", seek);
      if (wasPlaying) this.player.play();
    };
    this.box.setPointerCapture(event.pointerId);
    this.box.addEventListener("pointermove", seek);
    for (const name of ["pointerup", "pointercancel"]) this.box.addEventListener(name, end);
    seek(event);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (keeps(event.target, event.key)) return;
    const { player } = this;
    const frame = 1 / this.fpsOf();
    const by = (seconds) => () => { player.pause(); player.seek(player.time + seconds); };
    const actions = {
      " ": () => player.toggle(),
      ArrowLeft: by(event.shiftKey ? -1 : -frame),
      ArrowRight: by(event.shiftKey ? 1 : frame),
      PageUp: by(-JUMP_S),
      PageDown: by(JUMP_S),
      Home: () => player.seek(0),
      End: () => { player.pause(); player.seek(player.duration - frame); },
      j: by(-JUMP_S),
      k: () => player.pause(),
      l: () => this.faster(),
      m: () => this.mark(),
      ",": () => this.toMarker(false),
      ".": () => this.toMarker(true),
      "+": () => this.zoomBy(2),
      "-": () => this.zoomBy(1 / 2),
    };
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  /** L plays; again and again it plays faster. */
  faster() {
    const { player } = this;
    this.shuttle = player.playing ? (this.shuttle + 1) % SHUTTLE_RATES.length : 0;
    player.play(SHUTTLE_RATES[this.shuttle]);
  }

  draw() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    const pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    pen.scale(ratio, ratio);
    const across = this.shown ? width / this.shown : 0;
    pen.translate(-this.from * across, 0);
    const top = 19;
    const waveHeight = this.heard ? (height - top) * 0.5 : height - top;
    if (this.heard) {
      this.drawSections(pen, across, top);
      this.drawBands(pen, across, top + waveHeight, height - top - waveHeight);
      this.drawBeats(pen, across, top, waveHeight);
    }
    this.drawWave(pen, across, top, waveHeight);
    if (!this.levels.length) this.drawSeconds(pen, across, height);
    this.drawMarkers(pen, across, height);
    this.whenDrawn();
  }

  /** Without a song, at least the time. */
  drawSeconds(pen, across, height) {
    const every = [1, 5, 10, 30, 60, 300, 600, 3600].find((seconds) => seconds * across > 60) ?? 3600;
    pen.font = "11px system-ui, sans-serif";
    for (let second = 0; second <= this.player.duration; second += every) {
      pen.fillStyle = "#ffffff30";
      pen.fillRect(second * across, 0, 1, height);
      pen.fillStyle = "#a99fb8";
      pen.fillText(`${second} s`, second * across + 5, 14);
    }
  }

  drawMarkers(pen, across, height) {
    pen.fillStyle = "#fff";
    for (const marker of this.markers) {
      const x = marker * across;
      pen.fillRect(x, 0, 1, height);
      pen.beginPath();
      pen.moveTo(x, height - 12);
      pen.lineTo(x + 9, height - 6);
      pen.lineTo(x, height);
      pen.fill();
    }
  }

  drawSections(pen, across, height) {
    pen.font = "600 12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    for (const { start, end, kind } of this.heard.sections) {
      const [x, wide] = [start * across, (end - start) * across];
      pen.fillStyle = SECTION_COLOURS[kind] ?? "#555";
      pen.fillRect(x, 0, Math.max(1, wide - 1), height - 3);
      if (wide > pen.measureText(kind).width + 14) {
        pen.fillStyle = "#fff";
        pen.fillText(kind, x + 8, (height - 3) / 2 + 0.5);
      }
    }
  }

  drawBands(pen, across, y, height) {
    const { bands } = this.heard;
    const tall = height / bands.length;
    const wide = this.songDuration * across;
    bands.forEach((levels, band) => {
      const step = wide / levels.length;
      const at = y + height - (band + 1) * tall;
      levels.forEach((level, n) => {
        if (level < 0.02) return;
        pen.fillStyle = `hsl(${BAND_HUES[band]} 85% 58% / ${level})`;
        pen.fillRect(this.songStart * across + n * step, at, step + 0.6, tall - 0.5);
      });
    });
  }

  drawBeats(pen, across, y, height) {
    const { beats } = this.heard;
    if (beats.length * 4 > this.player.duration * across) return;
    pen.fillStyle = "#ffffff26";
    for (const beat of beats) pen.fillRect(beat * across, y, 1, height);
  }

  drawWave(pen, across, y, height) {
    const { levels } = this;
    const wide = this.songDuration * across;
    const middle = y + height / 2;
    const paint = pen.createLinearGradient(0, 0, wide || 1, 0);
    paint.addColorStop(0, "#ffd08a");
    paint.addColorStop(0.5, "#ff9a3d");
    paint.addColorStop(1, "#f0602a");
    pen.fillStyle = paint;
    const bars = Math.max(1, Math.floor(wide / 3));
    for (let n = 0; n < bars && levels.length; n += 1) {
      const first = Math.floor((n / bars) * levels.length);
      const last = Math.max(first + 1, Math.floor(((n + 1) / bars) * levels.length));
      const tall = Math.max(1.5, Math.max(...levels.slice(first, last)) * height * 0.92);
      pen.fillRect(this.songStart * across + n * 3, middle - tall / 2, 2, tall);
    }
  }
}

/** Whether what has the focus needs a key itself: fields, lists and sliders most of them, a button only what presses it. */
function keeps(target, key) {
  if (target.closest?.("select, textarea, video")) return true;
  if (target instanceof HTMLInputElement && target.type !== "file") {
    const isPressed = ["checkbox", "button"].includes(target.type);
    return !isPressed || key === " ";
  }
  return key === " " && Boolean(target.closest?.("button, a, summary"));
}
