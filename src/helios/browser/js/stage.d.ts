// What the parts of a document's script give to each other, and what Python calls (`EntryPoints`).
// Every part gets the one `Stage` of its document or worker and adds to it; `shared` is one for all
// documents of a page that have its origin. Times are milliseconds since the film's frame 0.

/** Settings from Python (`Page._stage_config`). */
interface StageConfig {
  readonly fpsNum: number;
  readonly fpsDen: number;
  /** 32 bits, unsigned. */
  seed: number;
  /** Pixels of the picture. */
  readonly width: number;
  readonly height: number;
  /** Real milliseconds that a frame may wait for what it needs. */
  readonly patience: number;
  /** Name of the one policy by which our own scripts may load. */
  readonly loadsPolicy: string;
  /** The page is drawn into a canvas of the document around it. */
  readonly insideCanvas: boolean;
  readonly transparent: boolean;
  /** How much of the page's sound is wanted; 0: none. */
  readonly listenMs: number;
  /** How a shader that can draw any direction is drawn: of all around, for one eye or two. */
  readonly around: { coverage_rad: number; eye_radius: number; layout: 0 | 1 | 2 } | null;
  /** Frames of the browser come when Python asks for them. */
  readonly drawsOnCommand: boolean;
  /** The document's time line goes on by itself: it is nobody's to freeze (live.js). */
  readonly timelineRuns?: boolean;
  /** What Date says at frame 0. */
  epoch: number;
  readonly ringWorker: string;
  /** In a worker: the page's time at its start. */
  since?: number;
  /** Whose documents may share memory; empty: only who has asked by headers. */
  readonly isolatedOrigin: string;
  /** Of ours, with nothing in it; an address. */
  readonly emptyFile: string;
  /** The module that comes before all others of a worklet; an address. */
  readonly workletFile: string;
  /** What the addresses of our own documents begin with. */
  readonly ownFiles: string;
}

interface Timer {
  readonly id: number;
  due: number;
  readonly order: number;
  readonly handler: unknown;
  readonly args: unknown[];
  nesting: number;
  /** Of an interval, else -1. */
  readonly wait: number;
  isAlive(): boolean;
  call(handler: unknown, args: unknown[]): void;
}

interface PendingEntry {
  readonly label: string;
  /** A picture can do without it. */
  readonly isOnlyShown: boolean;
  /** The browser works it out by itself, however long that takes here. */
  readonly isSure: boolean;
}

/** State of a page: of all its documents with one origin. */
interface StageShared {
  now: number;
  frame: number;
  timers: Timer[];
  liveTimers?: Map<number, Timer>;
  nextTimer: number;
  nesting: number;
  frameCallbacks: { id: number; callback: FrameRequestCallback | null; isAlive(): boolean }[];
  runningCallbacks?: StageShared["frameCallbacks"] | null;
  nextFrameCallback: number;
  idleCallbacks: { id: number; callback: IdleRequestCallback; isAlive(): boolean; due: number }[];
  readonly documents: Set<Stage>;
  /** Messages that the page sent to itself so far. */
  posted: number;
  /** A frame is under way. */
  running: boolean;
  pumping: boolean;
  isReplaying?: boolean;
  /** Frames are read from the page itself. */
  isReading?: boolean;
  /** Each with what comes when its document is gone. */
  channels?: Map<BroadcastChannel, Promise<unknown>>;

  // The ledger.
  readonly pending: Map<number, PendingEntry>;
  readonly lacking: Map<number, PendingEntry>;
  nextPending: number;
  /** Of what was begun, how much has come: styles and scripts may ask for more once it is there. */
  arrived: number;
  hasAsked?: boolean;
  /** Addresses of modules that others name at their head. */
  readonly dependencies: Set<string>;
  /** Addresses of blobs that may be modules, each with its type: json, css, javascript. */
  readonly codeBlobs: Map<string, string>;
  /** Media have got parts that they did not have when they were sought. */
  hasAppended?: boolean;
  wakeLedger?(): void;

  /** Why this tab no longer shows what the page would elsewhere. */
  spoilt?: string | null;
  /** Why no tab can show it. */
  refusal?: string | null;
  /** That boxes are sorted in depth, and where. */
  depth?: string | null;
  /** Characters that were looked for in the fonts. */
  askedCharacters?: Set<string>;
  hasTransitions?: boolean;
  /** That code speaks of what a browser works out only with a frame of its own. */
  needsFrames?: boolean;
  /** It may move what the browser itself builds. */
  hasInnerAnimations?: boolean;
  wakeInner?(): void;
  /** That what it plays depends on how long a block of Web Audio is. */
  countsBlocks?: boolean;
  hasBackdropFilters?: boolean;
  /** That code has the word random(), as styles have it or scripts. */
  mayThrowDice?: boolean;
  /** Events of the browser's own frames, until they are told. */
  held?: Map<any, Map<string, any>>;
  usesGl?: boolean;
  readonly scripts: Set<string>;
  links?: Set<WorkerLink>;
  workersMade: number;
  /** In a worker: those of its own workers, on their way to the page. */
  readonly pictures: WorkerPicture[];
  /** The page reads the song. */
  hears?: boolean;
  audio?: any;
  /** Bytes of the song's columns: ranges, each from the first to after the last. */
  readSong?(ranges: [number, number][]): Uint8Array;
  shownCanvases?: any;
  drawn?: any;
  lookedAt?: any;

  // Sound.
  media?: Set<HTMLMediaElement>;
  audioContexts?: any;
  playedContexts?: any;
  readonly heard: any[];
  voiceIds?: any;
  nextVoice: number;
  isListening?: boolean;

  // Observers, scrolling.
  sizes?: any;
  crossings?: any;
  scrolled?: any;
  hearsScrolling?: boolean;
  mediaQueries?: any;
}

/** The browser's own, as it was before the page could change it. */
interface NativeParts {
  setTimeout(handler: (...args: any[]) => void, delay_ms?: number): number;
  clearTimeout(id: number): void;
  requestAnimationFrame(callback: FrameRequestCallback): number;
  readonly Date: DateConstructor;
  performanceNow(): number;
  readonly MessageChannel: typeof MessageChannel;
  readonly postMessage: MessagePort["postMessage"];
  Worker?: typeof Worker;
}

/** One end of a conversation with a worker: what came in waits until it is delivered. */
interface Gate {
  sent: number;
  received: number;
  readonly queue: MessageEvent[];
  intercept?(event: MessageEvent): boolean;
  wake?(): void;
  isAlive?(): boolean;
  deliver(): Promise<void>;
  allCame(count: number): Promise<void>;
}

/** The page's end: told of time over a port of its own. */
interface WorkerLink extends Gate {
  readonly url: string;
  told: number;
  isReady: boolean;
  hasNews: boolean;
  isBlocked?: boolean;
  end(): void;
  ask(message: object): Promise<{ sent: number; pictures: WorkerPicture[]; boxes: string; hasHurried: boolean;
    hasNotified: boolean }>;
}

interface WorkerPicture {
  id: number;
  picture: ImageBitmap;
}

/** Where pixels go: a file in shared memory, or a blob that Python asks for. */
interface PixelSink {
  picture(frame: number, slot: number, picture: VideoFrame): Promise<VideoPixelFormat | null>;
  bytes(frame: number, slot: number, bytes: Uint8Array | Uint8ClampedArray): Promise<VideoPixelFormat | null>;
}

/** The file, filled by a worker that also draws. */
interface RingSink extends PixelSink {
  /** From now on it draws what a page has painted; the canvas is given away with the first page. */
  drawOn(canvas: HTMLCanvasElement, tiles: number[][]): Promise<unknown>;
  element(frame: number, slot: number, element: ElementImage): Promise<VideoPixelFormat | null>;
}

/** Why the way in which frames are read does not give this one. */
interface Misfit {
  misfit: string;
  isSpoilt: boolean;
}
type Written = VideoPixelFormat | null | { format: VideoPixelFormat | null; behind?: unknown };

/** A MediaSource that an element may play. */
interface Appended {
  readonly source: MediaSource;
  /** Seconds between two stamps that its files can tell apart; 0: not known yet. */
  tick: number;
  /** The script has said that nothing more comes. */
  isEnded: boolean;
  /** A frame waits until it is open. */
  awaitOpen(): void;
  /** The browser need not wait for more, until a picture is shown. */
  endFor(shown: Promise<unknown>): void;
}

/** A property of the browser that is read by a function, and written by one if it can be written. */
interface Accessor extends PropertyDescriptor {
  get(): any;
  set(value: unknown): void;
}

/** What Python asks of a page's stage, and reads of it: each stands in `browser/stage.py`, and no other does. */
interface EntryPoints {
  // ready.js, ledger.js
  ready(timeout_ms: number, modules: string[]): Promise<string[]>;
  pendingLabels(): string[];

  // stage.js
  step(frame: number): Promise<boolean>;
  replay(from: number, to: number, budget_ms: number): Promise<number>;
  looks(from: number, to: number): Promise<number[] | null>;
  twoFrames(): Promise<void>;

  // animations.js, media.js, sole_canvas.js, depth.js, trouble.js, glyphs.js, fonts.js, inspect.js
  select(selector: string): Element | null;
  adoptAnimation(animation: Animation): void;
  innerAdopted(): void;
  declared(): Record<string, any>;
  judge(): { fits: boolean; reason: string };
  sortsInDepth(): string;
  brokenMedia(): string[];
  tellBoxes(more?: string): void;
  drawsLetters(family: string): boolean;
  /** The fonts that words of all documents ask for; `more`: text that may come in any of them. */
  fontsAsked(more?: string): FontAsked[];
  renderer(): string;
  /** The page but for its words; null if it may be more than elements and styles. */
  likeness(): string | null;

  // sink.js, canvas.js, sole_canvas.js, paint.js, stage.js
  openRing(name: string, token: string, slots: number): Promise<boolean>;
  openBlobs(): boolean;
  openCanvas(selector: string | null): { error: string } | { gl: boolean; premultiplied: boolean };
  watchCanvas(): void;
  openPaint?(inTiles: boolean): boolean;
  paintAside?(): Promise<boolean>;
  startReading(): void;
  grab(frame: number, slot: number): Promise<Written | Misfit>;
  blob?: Blob;

  // sound.js
  listened?(): Promise<{ events: any[]; contexts: number }>;
  soundOf?(index: number): Promise<{ runs: [at_ms: number, context_s: number, ran_s: number][]; sampleRate: number } | null>;
  pcm?: Blob;
}

/** The same of the document around a page that is drawn into a canvas. */
interface HostEntryPoints {
  // host.js
  /** Ends the page; whether nothing of it is left out here. */
  leave(): boolean;
  /** Opens the page once more; its promise is that of the page's load. */
  show(): Promise<null>;
}

interface StageHost extends HostEntryPoints, Pick<Stage, "config" | "native" | "openRing" | "openBlobs" | "sink"> {
  readonly main: Stage;
  canvas: HTMLCanvasElement;
  /** The document is there, and its page has not begun. */
  begin(): void;
  /** Called when the canvas can be drawn into. */
  painted?(): void;
}

/** A font as words ask for it. */
interface FontAsked {
  /** `italic`, a weight that is not 400, or both. */
  style: string;
  /** The families that are not the page's own. */
  families: string;
  /** All of them, if some are the page's own. */
  pageFont: string;
  /** Whether there are letters or digits of ASCII. */
  isLatin: boolean;
  /** Some of the characters beyond Latin. */
  characters: string;
}

interface Stage extends EntryPoints {
  readonly config: StageConfig;
  baseUrl(): string;

  // failures.js
  /** The message names what is waited for. */
  NotReady: new (missing: string) => Error;
  /** The message says why. */
  NotCaptured: new (reason: string) => Error;
  /** What was asked for cannot be had; the message names the option and what to give. */
  Refused: new (reason: string) => Error;

  // clock.js
  native: NativeParts;
  shared: StageShared;
  /** The topmost document of its origin in this page. */
  isRoot: boolean;
  document: Document;
  isAlive(): boolean;
  /** As it is at the moment, of a property that every browser has. */
  accessor(owner: object, name: string): Accessor;
  define(target: object, name: PropertyKey, value: unknown): void;
  defineGetter(target: object, name: PropertyKey, get: () => unknown): void;
  /** Calls, and reports an error as the browser would. */
  guarded(call: () => void): void;
  /** A word to Python (`events.py`). */
  tell(text: string): void;
  /** A macrotask later. */
  turn(): Promise<void>;
  /** A frame of the browser later. */
  nativeFrame(): Promise<void>;
  /** Runs what is due until then, each timer at its own time; gives how many. */
  runTimers(until: number): Promise<number>;
  runLaterTimer(from: number): Promise<boolean>;
  pump(): void;
  runFrameCallbacks(from?: number): number;
  runIdleCallbacks(frame: number): number;
  settle(): Promise<void>;

  // animations.js
  shadowRoots: Set<ShadowRoot>;
  findShadowRoots(scope?: Document | ShadowRoot): void;
  updateAnimations(): boolean;
  moveTransitions(time: number): void;
  workOutStyles?(): void;
  scanAnimations(): boolean;
  takeInner(): Promise<void>;
  updateSmil(): void;
  beginSmil(): void;
  blinkCaret(): void;
  holdsLostFocus(): boolean;

  // layers.js
  refuseLayers(): void;
  watchRandomStyles(): void;

  // depth.js
  lookForDepth?(): string;

  // ledger.js
  waitFor<T>(promise: Promise<T>, label: string, how?: { isOnlyShown?: boolean, isSure?: boolean }): Promise<T>;
  waitInOrder<T>(promise: Promise<T>, kind: string, label: string, how?: { isSure?: boolean }): Promise<T>;
  allArrived(timeout_ms: number, most_ms?: number): Promise<string[]>;
  receiveBetween(): Promise<void>;
  goOnWithout(): string[];
  tellLacking(): void;

  // order.js
  tellInOrder(target: EventTarget, ends: string[], about: {
    label?: string;
    how?: { isOnlyShown?: boolean };
    isUnderWay?(): boolean;
  }): void;
  askNoMore(target: EventTarget): void;

  // sources.js, loads.js, modules.js
  nativeFetch: typeof fetch;
  readNow(address: string): string;
  loaded(image: HTMLImageElement): Promise<void>;
  nativeSetSrc(image: HTMLImageElement, url: string): void;
  nativeSetSrcset(image: HTMLImageElement, url: string): void;
  pictureThere(url: string): Promise<void>;
  noteScript?(url: string): void;
  /** Whether there are style sheets of elements that come from there; they are waited for. */
  awaitSheets?(url: string): boolean;
  /** What else a document waits for, by directive of the policy that tells of it. */
  loadsBegun?: Record<string, (event: SecurityPolicyViolationEvent) => void>;
  watchDocument?(): void;

  // observers.js, scrolling.js
  frameOfBrowser(): Promise<void>;
  tellCrossings(): Promise<number>;
  tellSizes(depth: number): Promise<number>;
  layOut(): void;
  tellViewport(): Promise<void>;

  // hearing.js: the table from Python, taken away at once.
  song?: any;

  // atomics.js
  /** How often a script here has woken somebody who waits for shared memory. */
  notified?: number;
  awaitWoken?(): void;

  // glyphs.js
  lookForBoxes(more?: string): string;
  penned: [font: string, text: string][];
  noteFonts?(asked: Map<string, any>, more?: string): void;

  // stamps.js, media_source.js, courier.js, video.js, sound.js
  stampsOf(url: string): Promise<any>;
  stampsIn(part: (from: number, length: number) => any): Promise<any>;
  /** What a script appends, if the element plays that. */
  streamOf(element: HTMLMediaElement): Appended | null;
  findMedia(): void;
  seekVideos(): Promise<void>;
  /** The videos that may show another picture than when this was asked before. */
  takeMoved(): HTMLMediaElement[];
  presentVideos(): Promise<void>;
  routeMedia(element: HTMLMediaElement): void;
  withFrames(promise: Promise<unknown>): Promise<void>;
  tooLong(): Promise<void>;
  /** A stream of a canvas's pictures, as the browser makes it, when they are asked for. */
  captureCanvas(canvas: HTMLCanvasElement): MediaStream;
  showsCanvas?(stream: MediaProvider | null): boolean;
  takeCanvases?(ofGl: boolean): void;
  showCanvas(track: MediaStreamTrack): void;
  mediaChanged?(element: HTMLMediaElement): void;
  elementSource?(context: BaseAudioContext, element: HTMLMediaElement): AudioNode;
  playSound?(): Promise<void>;

  // svg_pictures.js, pictures.js, libraries.js, timelines.js, variables.js
  isMovingSvg(text: string): boolean;
  movingSvg(image: HTMLImageElement, url: string, text: string): Promise<any>;
  noteMoving?(url: string): void;
  findPictures?(): void;
  updatePictures?(): Promise<void>;
  drawFirst(): Promise<void>;
  declaredByMarkup(): { duration?: number | null; width?: number | null; height?: number | null };
  place(media: HTMLMediaElement): boolean;
  declareInstance(host: HTMLElement, parts: any[]): void;
  bindVariables(within: Document | HTMLElement, roots: string): void;

  // transitions.js
  isInTransition?(): boolean;
  startTransitions(): Promise<void>;
  endTransitions(): Promise<void>;

  // workers.js
  workerMark?: string;
  gate(target: EventTarget): Gate;
  runWorkers(isFrame: boolean, hurry?: "" | "new" | "all"): Promise<number>;

  // stage.js, frame.js, ready.js
  timeOf(frame: number): number;
  contract(): PageContract | null;
  runContract(frame: number): Promise<void>;
  left?: Misfit | null;
  liveFrame(frame: number): Promise<void>;
  stylePictures(): Map<string, string>;
  placeOf(url: string): string;
  wantPictures(): void;
  wantFonts(): void;

  // sole_canvas.js, canvas.js, offscreen.js
  /** What is by chance begins anew. */
  beginChance(): void;
  lineOf(element: Element): Element[];
  soleCanvas(): HTMLCanvasElement | null;
  isWatching?: boolean;
  notAlone(): string;
  contextOf(canvas: HTMLCanvasElement): CanvasEntry | null;
  afterCallbacks?(): void;
  /** Hands over what was painted; set by the way of reading that is open. */
  read?(frame: number, slot: number): Promise<Written>;
  wrapCanvases(data: any, options: any): any;
  unwrapCanvases(message: any): any;
  takePictures(): Promise<WorkerPicture[]>;
  showPictures(pictures: WorkerPicture[]): void;
  nativeTransfer(canvas: HTMLCanvasElement): OffscreenCanvas;

  // sink.js, paint.js
  sink?: PixelSink;
  /** This document is the film's page, and not a frame in it or the one around it. */
  isPage: boolean;
  /** Why the canvases of this document cannot be drawn into another, if they cannot. */
  partCanvases?(): string | null;
  filtersFromTop?(): string | null;
  paint?(): Promise<void>;

  // inspect.js, media.js, trouble.js
  said(name: string, markup?: object): any;
  /** Waits for what unpainted frames have told WebGL to draw. */
  catchUp(): void;
  pixelsOf(gl: any, width: number, height: number, into: Uint8Array): void;
  checkContexts(): void;
  watchCode(root: EventTarget): void;
}

interface CanvasEntry {
  kind: string;
  context?: any;
  [more: string]: any;
}

/** `window.helios`, as a page declares it. */
interface PageContract {
  fps?: number | string;
  duration?: number;
  width?: number;
  height?: number;
  seek?(frame: number): unknown;
  waitUntilStable?(): unknown;
  pictureId?(frame: number): unknown;
  isVirtualTimeBound?: boolean;
  __helios_bound__?: boolean;
  [more: string]: any;
}
