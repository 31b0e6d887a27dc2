// The clock of the studio: the song's, or where there is none a clock of its own.

const EPSILON_S = 1e-4;

export class Player {
  /**
   * @param {(how: string) => void} onChange hears whenever it starts, stops or jumps
   * @param {(isHeard: boolean) => void} onSound hears whether the browser plays the sound
   */
  constructor(onChange, onSound) {
    this.onSound = onSound;
    this.audio = new Audio();
    this.audio.preload = "auto";
    this.onChange = onChange;
    this.duration = 10;
    this.playing = false;
    this.rate = 1;
    this.silent = true;
    /** Whether there is nothing to see yet: it plays as soon as there is. */
    this.isHeld = false;
    this.from = { time: 0, at: 0 };
    /** What is played again and again: `{ start, end }`, or null for the film, once. */
    this.range = null;
  }

  /** Take a song, or with null none; the film is `duration` seconds long. */
  load(address, duration) {
    this.pause();
    this.silent = !address;
    this.duration = duration;
    if (address) this.audio.src = address;
    else this.audio.removeAttribute("src");
    this.seek(Math.min(this.time, duration));
  }

  /** Hear another sound of the same film, or with null none; the clock goes on. */
  change(address, duration) {
    const { playing, rate } = this;
    this.load(address, duration);
    if (playing) this.play(rate);
  }

  /** Seconds into the film. */
  get time() {
    if (!this.playing || this.isHeld) return this.from.time;
    const time = this.silent
      ? this.from.time + (this.rate * (performance.now() - this.from.at)) / 1000
      : this.audio.currentTime;
    return Math.max(0, Math.min(time, this.duration));
  }

  get isOver() {
    return !this.range && this.isAtEnd;
  }

  get isAtEnd() {
    return this.time >= this.duration - EPSILON_S || (!this.silent && this.audio.ended);
  }

  seek(time) {
    this.from = { time: Math.max(0, Math.min(time, this.duration)), at: performance.now() };
    if (!this.silent) this.audio.currentTime = this.from.time;
    this.onChange("seek");
  }

  /** Go back to the start of the range, where there is one and its end is reached. */
  loop() {
    if (!this.playing || !this.range) return;
    const { start, end } = this.range;
    if (this.time < end && this.time >= start - EPSILON_S && !this.isAtEnd) return;
    this.seek(start);
    if (!this.silent) this.sound();
  }

  async play(rate = 1) {
    if (this.isAtEnd && rate > 0) this.seek(this.range?.start ?? 0);
    this.rate = rate;
    this.from = { time: this.time, at: performance.now() };
    this.playing = true;
    const begun = this.run();
    if (begun) await begun;
    if (this.playing) this.onChange("play");
  }

  /** Let the clock run: with the sound, once that has begun; what comes true then. */
  run() {
    this.from.at = performance.now();
    if (this.silent || this.isHeld) return null;
    this.audio.playbackRate = this.rate;
    return this.sound().then(() => { this.from.at = performance.now(); });
  }

  /** Stand still, though it plays, until something can be seen. */
  hold() {
    if (this.isHeld) return;
    this.from = { time: this.time, at: performance.now() };
    this.isHeld = true;
    this.audio.pause();
  }

  /** Something can be seen. */
  release() {
    if (!this.isHeld) return;
    this.isHeld = false;
    this.from.at = performance.now();
    if (this.playing) this.run();
  }

  /** Begin to be heard. Where a browser plays no sound, as it may before the page was touched, the picture
   *  still moves. */
  async sound() {
    try {
      await this.audio.play();
      this.onSound(true);
    } catch (error) {
      // A sound that is paused before it has begun is refused nothing.
      if (error.name === "AbortError") return;
      this.from = { time: this.from.time, at: performance.now() };
      this.silent = true;
      this.onSound(false);
    }
  }

  pause() {
    if (!this.playing) return;
    const { time } = this;
    this.playing = false;
    this.audio.pause();
    this.silent = !this.audio.getAttribute("src");
    this.from = { time, at: performance.now() };
    this.onChange("pause");
  }

  toggle() {
    return this.playing ? this.pause() : this.play();
  }
}
