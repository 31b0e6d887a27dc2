// Media elements play on our clock: they stay paused, and videos are sought to each frame's time.
(helios) => {
  const { shared, define, defineGetter } = helios;
  const media = HTMLMediaElement.prototype;
  const time = Object.getOwnPropertyDescriptor(media, "currentTime");
  const rate = Object.getOwnPropertyDescriptor(media, "playbackRate");
  const nativePause = media.pause;
  const nativeCallback = window.HTMLVideoElement?.prototype.requestVideoFrameCallback;
  const states = new WeakMap();
  const found = new WeakSet();
  const known = (shared.media ??= new Set());
  // Into the frame rather than onto its edge, so that rounding cannot show the one before.
  const INSIDE_S = 1e-4;

  const stateOf = (element) => {
    let state = states.get(element);
    if (!state) {
      state = { isPlaying: false, base: time.get.call(element), since: 0, callbacks: [], shown: -1 };
      states.set(element, state);
    }
    known.add(element);
    return state;
  };
  const positionOf = (element, state) => {
    let position = state.base;
    if (state.isPlaying) position += ((shared.now - state.since) / 1000) * rate.get.call(element);
    const { duration } = element;
    if (!(duration > 0) || duration === Infinity || position < duration) return Math.max(0, position);
    return element.loop ? position % duration : duration;
  };
  const rebase = (element, state, position = positionOf(element, state)) => {
    state.base = position;
    state.since = shared.now;
  };
  const emit = (element, ...types) => {
    for (const type of types) element.dispatchEvent(new Event(type));
  };

  define(media, "play", function play() {
    const state = stateOf(this);
    state.isCommanded = true;
    if (!state.isPlaying) {
      const position = positionOf(this, state);
      rebase(this, state, position >= this.duration && !this.loop ? 0 : position);
      state.isPlaying = true;
      queueMicrotask(() => emit(this, "play", "playing"));
    }
    return Promise.resolve();
  });
  define(media, "pause", function pause() {
    const state = stateOf(this);
    state.isCommanded = true;
    if (!state.isPlaying) return;
    rebase(this, state);
    state.isPlaying = false;
    queueMicrotask(() => emit(this, "pause"));
  });
  defineGetter(media, "paused", function () { return !stateOf(this).isPlaying; });
  defineGetter(media, "ended", function () {
    return !this.loop && positionOf(this, stateOf(this)) >= this.duration;
  });
  Object.defineProperty(media, "currentTime", {
    ...time,
    get() { return positionOf(this, stateOf(this)); },
    set(value) {
      const state = stateOf(this);
      state.isPlaced = true;
      rebase(this, state, Number(value));
      time.set.call(this, value);
    },
  });
  Object.defineProperty(media, "playbackRate", {
    ...rate,
    set(value) {
      rebase(this, stateOf(this));
      rate.set.call(this, value);
    },
  });
  if (window.HTMLVideoElement) {
    define(HTMLVideoElement.prototype, "requestVideoFrameCallback", function (callback) {
      const { callbacks } = stateOf(this);
      callbacks.push({ id: shared.nextFrameCallback, callback });
      return shared.nextFrameCallback++;
    });
    define(HTMLVideoElement.prototype, "cancelVideoFrameCallback", function (id) {
      const state = stateOf(this);
      state.callbacks = state.callbacks.filter((entry) => entry.id !== id);
    });
  }

  const once = (element, ...types) =>
    new Promise((resolve) => {
      for (const type of types) element.addEventListener(type, resolve, { once: true });
    });
  // The event comes a little before a script that draws the video gets the new picture.
  const PICTURE_MS = 1000;
  const pictured = (element) => {
    const presented = new Promise((resolve) => { nativeCallback?.call(element, resolve); });
    return once(element, "seeked", "error").then(() => {
      const enough = new Promise((resolve) => { helios.native.setTimeout(resolve, PICTURE_MS); });
      return element.error ? null : Promise.race([presented, enough]);
    });
  };
  // An error may have been told before anybody listened, and differently for every kind of source.
  const decided = async (element) => {
    while (element.readyState < 2 && !element.error && element.networkState !== 3) {
      await new Promise((resolve) => helios.native.setTimeout(resolve, 4));
    }
  };
  const scopes = () => [document, ...helios.shadowRoots];
  helios.findMedia = () => {
    for (const scope of scopes()) {
      for (const element of scope.querySelectorAll("video, audio")) {
        if (found.has(element)) continue;
        found.add(element);
        const state = stateOf(element);
        nativePause.call(element);
        if (!state.isCommanded) state.since = shared.now;
        const { heliosOffset, heliosSeek } = element.dataset;
        if (heliosOffset !== undefined || heliosSeek !== undefined) {
          state.base = Number(heliosSeek) || 0;
          state.since = (Number(heliosOffset) || 0) * 1000;
          state.isPlaying = true;
        } else if (element.autoplay && !state.isCommanded) {
          if (!state.isPlaced) state.base = 0;
          state.isPlaying = true;
        }
        if (element instanceof HTMLVideoElement && (element.currentSrc || element.src
          || element.querySelector("source"))) {
          element.preload = "auto";
          helios.waitFor(decided(element), `video ${element.currentSrc || element.src}`);
        }
      }
    }
  };
  // Puts every video on the film's time; resolves when its picture is there.
  helios.seekVideos = async () => {
    helios.findMedia();
    const arriving = [];
    for (const element of known) {
      const state = states.get(element);
      if (!state || element.ownerDocument.defaultView === null) continue;
      const position = positionOf(element, state);
      if (state.isPlaying && !element.loop && position >= element.duration) {
        rebase(element, state, element.duration);
        state.isPlaying = false;
        emit(element, "pause", "ended");
      }
      if (element.tagName !== "VIDEO" || element.readyState < 1 || shared.isReplaying) continue;
      if (state.shown === position) continue;
      state.shown = position;
      const target = Math.min(position + INSIDE_S, Math.max(0, element.duration - 1e-3));
      const seeked = pictured(element);
      time.set.call(element, target);
      arriving.push(helios.waitFor(seeked, `video ${element.currentSrc}`).then(() => {
        const waiting = state.callbacks.splice(0);
        const facts = { mediaTime: position, presentationTime: shared.now, expectedDisplayTime: shared.now,
          width: element.videoWidth, height: element.videoHeight, presentedFrames: shared.frame + 1 };
        for (const { callback } of waiting) helios.guarded(() => callback(shared.now, facts));
      }));
    }
    if (arriving.length) await helios.withFrames(Promise.race([Promise.all(arriving), helios.tooLong()]));
  };
  // Some things only arrive with a frame, which nobody draws unless told to.
  helios.withFrames = async (promise) => {
    let isDone = false;
    const done = () => { isDone = true; };
    promise.then(done, done);
    await helios.turn();
    while (!isDone) {
      if (helios.config.drawsOnCommand) helios.tell("display wanted");
      await new Promise((resolve) => helios.native.setTimeout(resolve, 2));
    }
  };
  helios.tooLong = () => new Promise((resolve) => helios.native.setTimeout(resolve, helios.config.patience));
}
