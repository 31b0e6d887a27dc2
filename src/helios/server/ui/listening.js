// The sound of the film on the stage: the song itself, or where the film has more, the film's own mix.

import { post } from "./api.js";

const SOON_MS = 800;

export class Listening {
  /** @param {(sound: { address: string, duration: number } | null, problem: string) => void} onSound
   *  hears of a mix that is there, of none, and of one that could not be made
   *  @param {(isBusy: boolean) => void} onBusy hears whether one is being made */
  constructor(onSound, onBusy) {
    this.onSound = onSound;
    this.onBusy = onBusy;
    this.wanted = "";
    this.timer = 0;
    this.asking = new AbortController();
  }

  /** Another film is on the stage; `isMixed` says that more is heard in it than its song, or may
   *  be, and `stamp` changes with the files that it is made of. */
  show(config, isMixed, stamp) {
    const { type: _type, fps: _fps, scale: _scale, quality: _quality, subtitles: _subtitles, ...rest } = config;
    const wanted = isMixed ? JSON.stringify([rest, stamp]) : "";
    if (wanted === this.wanted) return;
    this.wanted = wanted;
    clearTimeout(this.timer);
    this.asking.abort();
    this.onBusy(Boolean(wanted));
    if (!wanted) this.onSound(null, "");
    else this.timer = setTimeout(() => this.ask({ ...rest, fps: config.fps }), SOON_MS);
  }

  async ask(config) {
    const { signal } = this.asking = new AbortController();
    try {
      const mix = await post("/api/preview/sound", { config }, signal);
      if (signal.aborted) return;
      this.onBusy(false);
      this.onSound(mix && { address: `/api/preview/sound/${mix.id}`, duration: mix.duration }, "");
    } catch (error) {
      if (signal.aborted) return;
      this.wanted = "";
      this.onBusy(false);
      this.onSound(null, error.message);
    }
  }
}
