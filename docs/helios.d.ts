// What pages find in window.helios.audio; docs/overlays.md says what it means.

/** What the film's sound does in one frame. Levels lie in 0..1. */
interface HeliosFrameAudio {
  readonly frame: number;
  /** Seconds of the film. */
  readonly time: number;
  readonly amplitude: number;
  readonly bass: number;
  readonly mid: number;
  readonly high: number;
  /** Eight bands, low to high; `bandNames` says which. */
  readonly bands: readonly number[];
  /** The same, rising fast and falling slowly. */
  readonly envelopes: readonly number[];
  readonly onset: number;
  readonly isBeat: boolean;
  /** 0 on a beat, 1 just before the next. */
  readonly beatPhase: number;
  /** Number of the last beat, from 0; -1 before the first. */
  readonly beatIndex: number;
  /** Number of its bar; -1 before the first beat. */
  readonly bar: number;
  /** 0 on the *one*; -1 before the first beat. */
  readonly beatInBar: number;
  /** Bars since the song's first, as the frame ends: 3.25 is a quarter through the fourth. It goes on
   * where no beats are heard. */
  readonly barPosition: number;
  /** Number of the section; -1 where there is no sound. */
  readonly section: number;
  /** silence, intro, quiet, steady, build, drop, breakdown, outro; empty where there is no sound. */
  readonly sectionKind: string;
  readonly sectionProgress: number;
  /** Number of the section or of the phrase of one that lasts, from 0: a change of picture. */
  readonly act: number;
  /** The same, from 0 in each section. */
  readonly actInSection: number;
  /** 0 where the act begins, towards 1 where it ends. */
  readonly actProgress: number;
  /** LUFS of the last 400 ms; -70 in silence. */
  readonly loudness: number;
  readonly energy: number;
  /** Hz. */
  readonly centroid: number;
  readonly flatness: number;
  readonly width: number;
  /** The spectrum in 64 bands from 40 Hz to 16 kHz. */
  readonly levels: readonly number[];
  /** The spectrum in as many bands as wanted, low to high. */
  spectrum(count?: number): Float64Array;
}

/** The frame that is drawn, and the whole song. */
interface HeliosAudio extends HeliosFrameAudio {
  readonly hasSound: boolean;
  readonly fps: number;
  /** 0 without a sound. */
  readonly frameCount: number;
  readonly bpm: number | null;
  readonly beatsPerBar: number;
  readonly bandNames: readonly string[];
  /** Seconds of the film. */
  readonly sections: readonly { start: number; end: number; kind: string; energy: number }[];
  /** Every column for all frames, by the names above; `bands`, `envelopes` and `levels` row by row. */
  readonly song: Readonly<Record<string, Float64Array | Float32Array | Int32Array | Uint8Array>>;
  /** Parts of the sound that were given with `--stem`, by name; each is heard like the whole. */
  readonly stems: Readonly<Record<string, HeliosAudio>>;
  /** The frame that is shown at a second of the film. */
  at(time: number): HeliosFrameAudio;
  /** The highest amplitude in each of `count` equal parts, of the whole film or of some seconds. */
  waveform(count: number, start?: number, end?: number | null): Float64Array;
}

interface Window {
  readonly __HELIOS_PROPS__: Record<string, unknown>;
  helios: { readonly audio: HeliosAudio } & Record<string, unknown>;
}
