// Web Audio on our clock: every AudioContext is rendered offline, as far as the frame's time.
//
// An analyser then shows at frame n what the sound has at n/fps, to the block of 128 samples that
// the browser renders at once, in every run and from every chunk start.
(helios) => {
  const { shared, define } = helios;
  const Offline = window.OfflineAudioContext;
  if (!Offline || !window.AudioContext) return;
  const LIMIT_S = 1800;
  const BLOCK = 128;
  const contexts = (shared.audioContexts ??= new Set());
  const nativeTime = Object.getOwnPropertyDescriptor(BaseAudioContext.prototype, "currentTime").get;
  const nativeState = Object.getOwnPropertyDescriptor(BaseAudioContext.prototype, "state").get;
  const nativeResume = Offline.prototype.resume;
  const nativeSuspend = Offline.prototype.suspend;
  const nativeRender = Offline.prototype.startRendering;

  for (const [owner, name] of [[BaseAudioContext, "decodeAudioData"], [Offline, "startRendering"]]) {
    const method = owner.prototype[name];
    define(owner.prototype, name, function (...args) {
      return helios.waitFor(method.apply(this, args), name);
    });
  }

  class HeliosAudioContext extends Offline {
    #state = "running";

    #base = shared.now;

    #passed = 0;

    #hasStarted = false;

    constructor(options) {
      const sampleRate = options?.sampleRate ?? 48000;
      super({ numberOfChannels: 1, length: LIMIT_S * sampleRate, sampleRate });
      contexts.add(this);
    }

    get state() { return this.#state; }

    get currentTime() { return nativeTime.call(this); }

    get baseLatency() { return 0; }

    get outputLatency() { return 0; }

    getOutputTimestamp() {
      return { contextTime: nativeTime.call(this), performanceTime: shared.now };
    }

    #become(state) {
      if (this.#state === "closed" || this.#state === state) return Promise.resolve();
      if (this.#state === "running") this.#passed += shared.now - this.#base;
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
      const playing = this.#state === "running" ? shared.now - this.#base : 0;
      const frame = Math.round(((this.#passed + playing) / 1000) * this.sampleRate);
      const block = Math.ceil(frame / BLOCK) * BLOCK;
      if (block <= Math.round(nativeTime.call(this) * this.sampleRate)) return;
      if (block >= this.length) throw new Error(`HeliosCapture:Web Audio is limited to ${LIMIT_S} s`);
      const there = nativeSuspend.call(this, block / this.sampleRate);
      if (this.#hasStarted) nativeResume.call(this);
      else nativeRender.call(this).catch(() => {});
      this.#hasStarted = true;
      await there;
    }

    createMediaElementSource(element) { return helios.elementSource(this, element); }

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

  // A media element as a source: its file, decoded, played from where the element is.
  helios.elementSource = (context, element) => {
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
    update();
    return output;
  };
  define(window, "MediaElementAudioSourceNode", function MediaElementAudioSourceNode(context, options) {
    return helios.elementSource(context, options.mediaElement);
  });

  // Before the callbacks of a frame.
  helios.playSound = async () => {
    for (const context of contexts) {
      for (const update of context.followed ?? []) update();
      await context.advance();
    }
  };
}
