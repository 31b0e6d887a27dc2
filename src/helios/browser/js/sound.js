// Web Audio on our clock: every AudioContext is rendered offline, as far as the frame's time.
//
// An analyser then shows at frame n what the sound has at n/fps, to the block of 128 samples that
// the browser renders at once, in every run and from every chunk start.
/** @param {Stage} helios */
(helios) => {
  const { shared, define } = helios;
  const Offline = window.OfflineAudioContext;
  if (!Offline || !window.AudioContext) return;
  const LIMIT_S = 1800;
  // What a script sets between two blocks acts with the next one. A visitor's blocks are as long, and as
  // good as any of ours: heard in short ones, it acts when it was set.
  const USUAL_BLOCK = 128;
  const SHORT_BLOCK = 32;
  const contexts = (shared.audioContexts ??= new Set());
  shared.playedContexts ??= [];
  const nativeTime = helios.accessor(BaseAudioContext.prototype, "currentTime").get;
  const nativeResume = Offline.prototype.resume;
  const nativeSuspend = Offline.prototype.suspend;
  const nativeRender = Offline.prototype.startRendering;

  for (const [owner, name] of /** @type {[any, string][]} */ ([[BaseAudioContext, "decodeAudioData"], [Offline, "startRendering"]])) {
    const method = owner.prototype[name];
    define(owner.prototype, name, function (...args) {
      return helios.waitFor(method.apply(this, args), name, { isSure: name === "decodeAudioData" });
    });
  }

  class HeliosAudioContext extends Offline {
    /** @type {AudioContextState} */
    #state = "running";

    #base = shared.now;

    #passed = 0;

    /** @type {Promise<AudioBuffer | null> | null} */
    #rendered = null;

    // [ms of the film, seconds of the context, seconds it ran]
    #runs = [];

    constructor(options) {
      const sampleRate = options?.sampleRate ?? 48000;
      const listens = helios.config.listenMs;
      const seconds = listens ? Math.max(1, (listens - shared.now) / 1000 + 0.1) : LIMIT_S;
      const renderSizeHint = options?.renderSizeHint
        ?? (listens && !shared.countsBlocks ? SHORT_BLOCK : "default");
      const length = Math.ceil(seconds * sampleRate);
      super({ numberOfChannels: listens ? 2 : 1, length, sampleRate, renderSizeHint });
      contexts.add(this);
      shared.playedContexts.push(this);
    }

    get state() { return this.#state; }

    #elapsed() {
      return this.#passed + (this.#state === "running" ? shared.now - this.#base : 0);
    }

    // What is scheduled for now is scheduled for this very moment, not for the block's start.
    get currentTime() { return shared.isListening ? this.#elapsed() / 1000 : nativeTime.call(this); }

    get baseLatency() { return 0; }

    get outputLatency() { return 0; }

    getOutputTimestamp() {
      return { contextTime: nativeTime.call(this), performanceTime: shared.now };
    }

    #become(state) {
      if (this.#state === "closed" || this.#state === state) return Promise.resolve();
      if (this.#state === "running") {
        const ran = shared.now - this.#base;
        this.#runs.push([this.#base, this.#passed / 1000, ran / 1000]);
        this.#passed += ran;
      }
      this.#base = shared.now;
      this.#state = state;
      queueMicrotask(() => this.dispatchEvent(new Event("statechange")));
      return Promise.resolve();
    }

    resume() { return this.#become("running"); }

    suspend() { return this.#become("suspended"); }

    close() {
      contexts.delete(this);
      return this.#become("closed");
    }

    // Renders up to the frame's time, and stops there.
    async advance() {
      const frame = Math.round((this.#elapsed() / 1000) * this.sampleRate);
      const size = this.renderQuantumSize ?? USUAL_BLOCK;
      const block = (shared.isListening ? Math.floor(frame / size) : Math.ceil(frame / size)) * size;
      if (block <= Math.round(nativeTime.call(this) * this.sampleRate)) return;
      if (shared.isListening && block >= this.length) return;
      if (block >= this.length) throw new helios.NotCaptured(`Web Audio is limited to ${LIMIT_S} s`);
      const there = nativeSuspend.call(this, block / this.sampleRate);
      if (this.#rendered) nativeResume.call(this);
      else this.#rendered = nativeRender.call(this).catch(() => null);
      await there;
    }

    // Renders to its end: {runs, sampleRate, pcm} with interleaved stereo, or null if it is silent.
    async finish() {
      if (this.#state === "running") await this.suspend();
      if (this.#rendered) nativeResume.call(this).catch(() => {});
      else this.#rendered = nativeRender.call(this).catch(() => null);
      const buffer = await this.#rendered;
      if (!buffer) return null;
      const [left, right] = [buffer.getChannelData(0), buffer.getChannelData(1)];
      const pcm = new Float32Array(left.length * 2);
      let peak = 0;
      for (let i = 0; i < left.length; i += 1) {
        pcm[2 * i] = left[i];
        pcm[2 * i + 1] = right[i];
        peak = Math.max(peak, Math.abs(left[i]), Math.abs(right[i]));
      }
      return peak > 0 ? { runs: this.#runs, sampleRate: this.sampleRate, pcm: new Blob([pcm]) } : null;
    }

    createMediaElementSource(element) { return elementSource(this, element); }

    createMediaStreamSource() {
      throw new DOMException("Helios has no live sound to analyse", "NotSupportedError");
    }

    createMediaStreamDestination() {
      const sink = this.createGain();
      return Object.assign(sink, { stream: new MediaStream() });
    }
  }
  Object.defineProperty(HeliosAudioContext, "name", { value: "AudioContext", configurable: true });
  for (const name of ["AudioContext", "webkitAudioContext"]) {
    if (window[name]) define(window, name, HeliosAudioContext);
  }

  const followers = new WeakMap();
  helios.mediaChanged = (element) => {
    if (shared.isListening) for (const update of followers.get(element) ?? []) update();
  };
  // A media element as a source: its file, decoded, played from where the element is.
  const elementSource = (context, element) => {
    helios.routeMedia(element);
    const output = context.createGain();
    const sounds = new Map();
    let playing = null;
    const stop = () => {
      playing?.node.stop();
      playing?.node.disconnect();
      playing = null;
    };
    const load = async (url) => {
      const data = await (await helios.nativeFetch(url)).arrayBuffer();
      const buffer = await context.decodeAudioData(data);
      sounds.set(url, buffer);
    };
    const update = () => {
      const url = element.currentSrc || element.src;
      if (!url) return;
      if (!sounds.has(url)) {
        sounds.set(url, null);
        helios.waitFor(load(url).catch(() => {}), `sound ${url.slice(0, 80)}`).then(update);
      }
      const buffer = sounds.get(url);
      const isOn = buffer && !element.paused && !element.ended;
      const now = context.currentTime;
      output.gain.value = element.muted ? 0 : element.volume;
      if (playing) playing.node.loop = element.loop;
      if (!isOn) {
        stop();
        return;
      }
      const rate = element.playbackRate;
      const expected = playing && playing.offset + (now - playing.since) * rate;
      const turned = element.loop ? element.currentTime % buffer.duration : element.currentTime;
      const isOff = !playing || Math.abs((expected % buffer.duration) - turned) > 0.05;
      if (playing && playing.url === url && playing.rate === rate && !isOff) return;
      stop();
      const node = context.createBufferSource();
      node.buffer = buffer;
      node.loop = element.loop;
      node.playbackRate.value = rate;
      node.connect(output);
      node.start(now, turned);
      playing = { node, url, rate, offset: turned, since: now };
    };
    (context.followed ??= []).push(update);
    if (!followers.has(element)) followers.set(element, []);
    followers.get(element).push(update);
    update();
    return output;
  };
  helios.elementSource = elementSource;
  define(window, "MediaElementAudioSourceNode", function MediaElementAudioSourceNode(context, options) {
    return elementSource(context, options.mediaElement);
  });

  // Before the callbacks of a frame.
  const playSound = async () => {
    for (const context of contexts) {
      for (const update of context.followed ?? []) update();
      await context.advance();
    }
  };
  helios.playSound = playSound;
  if (!helios.config.listenMs) return;

  // ---- while the page is listened to, to the sample ------------------------------------------
  if (helios.isRoot) {
    const { runTimers } = helios;
    helios.runTimers = async (until) => {
      let fired = 0;
      while (contexts.size && shared.timers[0]?.due <= until + 1e-6) {
        shared.now = Math.max(shared.now, shared.timers[0].due);
        await playSound();
        fired += await runTimers(shared.now);
      }
      return fired + (await runTimers(until));
    };
  }
  const starts = AudioScheduledSourceNode.prototype;
  for (const [owner, name] of /** @type {[object, string][]} */ ([[starts, "start"], [starts, "stop"], [AudioBufferSourceNode.prototype, "start"]])) {
    const method = owner[name];
    define(owner, name, function (when = 0, ...rest) {
      const now = this.context instanceof HeliosAudioContext ? this.context.currentTime : 0;
      return method.call(this, Math.max(when, now), ...rest);
    });
  }
  const owners = new WeakMap();
  const value = helios.accessor(AudioParam.prototype, "value");
  const own = (node) => {
    for (let proto = node; proto && proto !== Object.prototype; proto = Object.getPrototypeOf(proto)) {
      for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(proto))) {
        if (!get || name === "parameters") continue;
        let param = null;
        try { param = get.call(node); } catch { continue; }
        if (param instanceof AudioParam) owners.set(param, node.context);
      }
    }
    return node;
  };
  for (const name of Object.getOwnPropertyNames(BaseAudioContext.prototype)) {
    if (!name.startsWith("create") || typeof BaseAudioContext.prototype[name] !== "function") continue;
    const method = BaseAudioContext.prototype[name];
    define(BaseAudioContext.prototype, name, function (...args) {
      const made = method.apply(this, args);
      return made instanceof AudioNode && this instanceof HeliosAudioContext ? own(made) : made;
    });
  }
  for (const name of Object.getOwnPropertyNames(window)) {
    if (!name.endsWith("Node") || !(window[name]?.prototype instanceof AudioNode)) continue;
    const Node = window[name];
    define(window, name, new Proxy(Node, {
      construct: (target, args, made) => own(Reflect.construct(target, args, made)),
    }));
  }
  const latest = new WeakMap();
  Object.defineProperty(AudioParam.prototype, "value", {
    ...value,
    get() {
      const set = latest.get(this);
      return set && set.at === shared.now ? set.to : value.get.call(this);
    },
    set(to) {
      const context = owners.get(this);
      latest.set(this, { at: shared.now, to });
      try {
        if (!context?.currentTime) throw new Error("at the start");
        this.setValueAtTime(to, context.currentTime);
      } catch {
        value.set.call(this, to);
      }
    },
  });
  // What was heard in all, and how many contexts there are; `soundOf` then gives each.
  helios.listened = async () => {
    await helios.runTimers(helios.config.listenMs - 1e-3);
    shared.now = Math.max(shared.now, helios.config.listenMs);
    return { events: shared.heard, contexts: shared.playedContexts.length };
  };
  helios.soundOf = async (index) => {
    const made = await shared.playedContexts[index].finish();
    helios.pcm = made?.pcm;
    return made && { runs: made.runs, sampleRate: made.sampleRate };
  };
}
