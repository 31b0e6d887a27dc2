// What Chromium has and TypeScript's library does not, and what pages and libraries keep on `window`.

interface ElementImage {
  close(): void;
}
interface HTMLCanvasElement {
  requestPaint?(): void;
  captureElementImage?(element: Element): ElementImage;
}
interface OffscreenCanvasRenderingContext2D {
  drawElementImage?(element: Element | ElementImage, x: number, y: number): void;
}
interface CanvasRenderingContext2D {
  drawElementImage?(element: Element | ElementImage, x: number, y: number): void;
}
interface ImageDecoderInit {
  premultiplyAlpha?: string;
}
interface BaseAudioContext {
  /** Ours: what keeps the sound of media elements in step (sound.js). */
  followed?: (() => void)[];
  /** Samples that are worked out at once. */
  readonly renderQuantumSize?: number;
}
interface OfflineAudioContextOptions {
  renderSizeHint?: number | "default" | "hardware";
}
interface ReadableStream<R> {
  values(options?: { preventCancel?: boolean }): AsyncIterableIterator<R>;
}
interface OfflineAudioContextOptions {
  renderSizeHint?: "default" | "hardware" | number;
}
interface OfflineAudioContext {
  readonly renderQuantumSize?: number;
}
interface FileSystemFileHandle {
  createSyncAccessHandle(): Promise<any>;
}
declare class Scheduler {
  postTask(callback: () => unknown, options?: object): Promise<unknown>;
  yield(): Promise<void>;
}
declare const navigation: EventTarget & { [name: string]: any };

interface Window {
  Temporal?: any;
  Scheduler?: typeof Scheduler;
  navigation?: typeof navigation;
  helios?: PageContract | null;
  p5?: any;
  __helios_stage__?: Stage;
  __helios_tell__?(text: string): void;
  __helios_face__?: any;
  __HELIOS_PROPS__?: Record<string, unknown>;
  __HELIOS_VIRTUAL_TIME__?: number;
  __helios_gsap_timeline__?: any;
  __timelines?: any;
  __hyperframes?: any;
  __hfVariables?: any;
  __hfVariablesByComp?: any;
}

declare namespace CSS {
  const paintWorklet: Worklet | undefined;
}

/** Of paint worklets. */
declare var registerPaint: ((name: string, painter: new () => { paint(...what: unknown[]): void }) => void) | undefined;
