// Media elements play on our clock: natively they stay paused, and videos are sought to each
// frame's time. What an element does is also what the film's sound is made of (`heard`).
/** @param {Stage} helios */
(helios) => {
  const { shared, define, defineGetter } = helios;
  const media = HTMLMediaElement.prototype;
  const slot = (name) => helios.accessor(media, name);
  const time = slot("currentTime");
  const rate = slot("playbackRate");
  const nativePause = media.pause;
  const nativePlay = media.play;
  const nativeLoad = media.load;
  const isPaused = slot("paused").get;
  const hasRunOut = slot("ended").get;
  const setStream = slot("srcObject").set;
  const nativeCallback = window.HTMLVideoElement?.prototype.requestVideoFrameCallback;
  const later = window.setTimeout;
  const cancel = window.clearTimeout;
  const states = new WeakMap();
  const known = (shared.media ??= new Set());
  shared.voiceIds ??= new WeakMap();
  shared.isListening = Boolean(helios.config.listenMs);
  // What a file's stamps are rounded to when it does not tell.
  const USUAL_TICK_S = 1e-4;
  // The browser keeps stamps in whole microseconds.
  const INSIDE_S = 2e-6;
  const TIMEUPDATE_MS = 250;
  const END_S = 1e-6;
  // What is appended begins a little late where sound is coded with a lead.
  const GAP_S = 0.1;
  const BEFORE_END_S = 1e-3;
  const NEAR_END_S = 1;
  // Told by us instead, when they happen on our clock.
  const OURS = ["play", "playing", "pause", "ended", "timeupdate", "seeking", "seeked", "waiting", "ratechange"];
  // Told by the browser once of each load. That a frame of the film is sought is no news to a page.
  const READY = ["canplay", "canplaythrough"];
  const [IDLE, LOADING] = [1, 2];
  const HAVE_METADATA = 1;
  const HAVE_CURRENT_DATA = 2;

  // `currentSrc` is chosen a moment later than the attribute is set, and outlives what was let go.
  const sourceOf = (element) => {
    const chosen = element.networkState === IDLE || element.networkState === LOADING ? element.currentSrc : "";
    return element.src || chosen || element.querySelector("source")?.src || "";
  };
  const hasSource = (element) => Boolean(element.srcObject || sourceOf(element));
  const silence = (event) => {
    if (!(event.target instanceof HTMLMediaElement) || !event.isTrusted) return;
    const state = stateOf(event.target);
    if (state.isLive && READY.includes(event.type)) return;
    // It comes by the window and by the element.
    if (state.unready.delete(event.type)) state.readied = event;
    if (state.readied === event) return;
    if (!state.isLive && (event.type === "play" || event.type === "playing")) nativePause.call(event.target);
    if (event.type === "seeked") state.hasSought?.();
    event.stopImmediatePropagation();
  };
  for (const type of [...OURS, ...READY]) window.addEventListener(type, silence, true);

  const stateOf = (element) => {
    let state = states.get(element);
    if (state) return state;
    state = {
      id: shared.nextVoice++, isPlaying: false, base: 0, since: 0, callbacks: [],
      shown: -1, autoplays: true, isKnown: false, provisional: [], isFresh: true, length: null, tick: USUAL_TICK_S, promises: [],
      told: "", wasConnected: false, events: 0, hasRun: false, asked: null, isSought: false, stopsAt: Infinity,
      unready: new Set(READY), readied: null,
    };
    states.set(element, state);
    // One that was in the page before we knew of it may have started by itself.
    state.hasRun = !isPaused.call(element) || hasRunOut.call(element);
    nativePause.call(element);
    shared.voiceIds.set(element, state.id);
    known.add(element);
    for (const type of [...OURS, ...READY]) nativeListen.call(element, type, silence, true);
    return state;
  };
  const nativeListen = EventTarget.prototype.addEventListener;
  define(media, "addEventListener", function addEventListener(...args) {
    stateOf(this);
    return nativeListen.apply(this, args);
  });

  const lengthOf = (element, state) => {
    const { duration } = element;
    if (helios.streamOf(element)?.isEnded === false) return Infinity;
    if (!(duration > 0) || duration === Infinity) return Infinity;
    // A track of sound may go on after the last picture.
    return state.length && Math.abs(state.length - duration) < 2e-3 ? state.length : duration;
  };
  const rawPosition = (element, state) => {
    if (!state.isPlaying) return state.base;
    return state.base + (Math.max(0, shared.now - state.since) / 1000) * rate.get.call(element);
  };
  const positionOf = (element, state) => {
    const position = Math.max(0, rawPosition(element, state));
    const length = lengthOf(element, state);
    if (position < length - END_S) return position;
    return element.loop ? Math.max(0, position % length) : length;
  };
  const hasEnded = (element, state) =>
    !element.loop && element.readyState >= HAVE_METADATA
    && rawPosition(element, state) >= lengthOf(element, state) - END_S;
  const emit = (element, ...types) => {
    for (const type of types) helios.guarded(() => element.dispatchEvent(new Event(type)));
  };
  const soon = (element, state, ...types) => {
    const { events } = state;
    queueMicrotask(() => { if (state.events === events) emit(element, ...types); });
  };

  // ---- what is heard -------------------------------------------------------------------------
  const record = (element, state) => {
    helios.mediaChanged?.(element);
    if (!shared.isListening || state.isDeclared) return;
    const { heliosNoAudio, heliosFadeIn, heliosFadeOut } = element.dataset;
    const isLeftOut = heliosNoAudio !== undefined && heliosNoAudio !== "false";
    const isMute = helios.showsCanvas?.(element.srcObject) && !element.srcObject.getAudioTracks().length;
    const isOn = state.isPlaying && !state.isRouted && !isLeftOut && !isMute && !hasEnded(element, state);
    const volume = element.muted ? 0 : element.volume;
    const at = Math.max(shared.now, state.isPlaying ? state.since : 0);
    const now = { id: state.id, at, isOn };
    if (isOn) {
      Object.assign(now, { url: sourceOf(element) && new URL(sourceOf(element), document.baseURI).href,
        position: shared.now < state.since ? state.base : positionOf(element, state), volume,
        length: Number.isFinite(lengthOf(element, state)) ? lengthOf(element, state) : null, loop: element.loop,
        rate: rate.get.call(element), keepsPitch: element.preservesPitch !== false, isPlaced: Boolean(state.isPlaced),
        fadeIn: heliosFadeIn ?? null, fadeOut: heliosFadeOut ?? null,
        isUnknown: Boolean(element.srcObject) });
    }
    const facts = isOn ? [now.url, volume, now.loop, now.rate, now.length, state.base, state.since] : [];
    const key = facts.join("|");
    if (key === state.told) return;
    state.told = key;
    shared.heard.push(now);
    if (isOn && !state.isKnown) state.provisional.push(now);
  };
  // An <audio> that no script ever plays or stops is a declaration: it sounds from the film's start.
  const declare = (element, state) => {
    if (!shared.isListening || element.tagName !== "AUDIO" || shared.frame >= 0 || element.autoplay) return;
    if (!hasSource(element) || state.isCommanded || state.isPlaced || !element.isConnected) return;
    if (state.isDeclared) return;
    state.isPlaying = true;
    state.isPlaced = true;
    record(element, state);
    state.isPlaying = state.isPlaced = false;
    state.isDeclared = true;
  };
  const command = (state) => {
    if (state.isDeclared) shared.heard.push({ id: state.id, drop: true });
    state.isDeclared = false;
    state.isCommanded = true;
  };
  helios.routeMedia = (element) => {
    const state = stateOf(element);
    command(state);
    state.isRouted = true;
    record(element, state);
  };

  // ---- what happens between frames -----------------------------------------------------------
  const finish = (element, state) => {
    state.base = lengthOf(element, state);
    state.since = shared.now;
    state.isPlaying = false;
    record(element, state);
    emit(element, "timeupdate", "pause", "ended");
  };
  const plan = (element, state) => {
    cancel(state.endTimer);
    cancel(state.stopTimer);
    cancel(state.updateTimer);
    if (!state.isPlaying) return;
    const speed = rate.get.call(element);
    const length = lengthOf(element, state);
    if (!element.loop && length !== Infinity && speed > 0) {
      const left = ((length - rawPosition(element, state)) / speed) * 1000 + Math.max(0, state.since - shared.now);
      state.endTimer = later(() => {
        if (state.isPlaying && hasEnded(element, state)) finish(element, state);
      }, Math.max(0, left));
    }
    const toStop = ((state.stopsAt - rawPosition(element, state)) / speed) * 1000;
    if (toStop > 0 && toStop < Infinity) state.stopTimer = later(() => {
      rebase(element, state, state.stopsAt);
      state.stopsAt = Infinity;
      stop(element, state);
    }, toStop);
    const update = () => {
      if (!state.isPlaying) return;
      emit(element, "timeupdate");
      state.updateTimer = later(update, TIMEUPDATE_MS);
    };
    state.updateTimer = later(update, TIMEUPDATE_MS);
  };
  const rebase = (element, state, position = positionOf(element, state)) => {
    state.base = position;
    state.since = shared.now;
  };
  const changed = (element, state) => {
    plan(element, state);
    record(element, state);
  };

  const isStream = (source) => Boolean(window.MediaStream) && source instanceof MediaStream;
  const playLive = (element, state) => {
    nativePlay.call(element).catch(() => {}); // another source may take its place
    if (helios.showsCanvas?.(element.srcObject)) awaitLive(element, state);
  };
  const awaitLive = (element, state) => {
    state.hasMoved = true;
    const presented = new Promise((resolve) => { nativeCallback?.call(element, resolve); });
    const enough = new Promise((resolve) => { helios.native.setTimeout(resolve, PICTURE_MS); });
    helios.waitFor(helios.withFrames(Promise.race([presented, enough])), "picture of a canvas", { isOnlyShown: true });
  };
  const start = (element, state, position) => {
    rebase(element, state, position);
    state.isPlaying = true;
    state.isFresh = false;
    state.autoplays = false;
    if (state.isLive) playLive(element, state);
    if (element.preload === "none") element.preload = "auto";
    changed(element, state);
    soon(element, state, "play", "playing");
  };
  const playByItself = (element, state) => {
    if (element.autoplay && state.autoplays && hasSource(element)) start(element, state, state.base);
  };
  define(media, "play", function play() {
    const state = stateOf(this);
    command(state);
    if (this.error || (!hasSource(this) && this.networkState === 3)) {
      const refused = Promise.reject(new DOMException("The element has no supported sources.", "NotSupportedError"));
      refused.catch(() => {});
      return refused;
    }
    state.autoplays = false;
    if (!state.isPlaying) {
      // With nothing chosen yet, a source that comes is a new load, which would pause it again.
      start(this, state, hasEnded(this, state) ? 0 : positionOf(this, state));
    }
    watch(this, state);
    if (this.readyState >= HAVE_METADATA) return Promise.resolve();
    const playing = new Promise((resolve, reject) => { state.promises.push({ resolve, reject }); });
    playing.catch(() => {}); // one that nobody looks at breaks no page
    return playing;
  });
  const stop = (element, state) => {
    state.autoplays = false;
    if (!state.isPlaying) return;
    rebase(element, state);
    state.isPlaying = false;
    if (state.isLive) nativePause.call(element);
    changed(element, state);
    const waiting = state.promises.splice(0);
    for (const { reject } of waiting) {
      reject(new DOMException("The play() request was interrupted by a call to pause().", "AbortError"));
    }
    soon(element, state, "timeupdate", "pause");
  };
  define(media, "pause", function pause() {
    command(stateOf(this));
    stop(this, stateOf(this));
  });
  defineGetter(media, "paused", function () { return !stateOf(this).isPlaying; });
  defineGetter(media, "ended", function () { return hasEnded(this, stateOf(this)); });
  defineGetter(media, "seeking", function () { return Boolean(stateOf(this).asked); });
  Object.defineProperty(media, "currentTime", {
    ...time,
    get() { return positionOf(this, stateOf(this)); },
    set(value) {
      const state = stateOf(this);
      const length = lengthOf(this, state);
      const wanted = Number(value);
      if (!Number.isFinite(wanted) || !showsSought(this, state)) time.set.call(this, value);
      command(state);
      state.isFresh = false;
      state.isSought = true;
      rebase(this, state, Math.min(Math.max(0, wanted), length));
      changed(this, state);
      goTo(this, state);
    },
  });
  if ("fastSeek" in media) define(media, "fastSeek", function fastSeek(value) { this.currentTime = value; });
  Object.defineProperty(media, "playbackRate", {
    ...rate,
    set(value) {
      const state = stateOf(this);
      rebase(this, state);
      rate.set.call(this, value);
      changed(this, state);
      soon(this, state, "ratechange");
    },
  });
  for (const name of ["volume", "muted", "loop", "preservesPitch"]) {
    const own = slot(name);
    if (!own) continue;
    Object.defineProperty(media, name, {
      ...own,
      set(value) {
        const state = stateOf(this);
        rebase(this, state);
        own.set.call(this, value);
        changed(this, state);
      },
    });
  }

  // ---- another source ------------------------------------------------------------------------
  // The load algorithm of the standard: it stops, goes back to the start, and may play by itself.
  const reset = (element) => {
    const state = stateOf(element);
    const { promises } = state;
    state.promises = [];
    for (const { reject } of promises) {
      reject(new DOMException("The play() request was interrupted by a new load request.", "AbortError"));
    }
    state.events += 1;
    state.isPlaying = false;
    state.autoplays = true;
    state.isFresh = true;
    Object.assign(state, { base: 0, since: shared.now, shown: -1, length: null, tick: USUAL_TICK_S, hasRun: false,
      asked: null, isSought: false, stopsAt: Infinity, unready: new Set(READY) });
    state.watched = null;
    state.isKnown = false;
    state.provisional = [];
    cancel(state.endTimer);
    cancel(state.stopTimer);
    cancel(state.updateTimer);
    record(element, state);
  };
  const loads = (element, load) => {
    reset(element);
    const result = load();
    nativePause.call(element);
    const state = stateOf(element);
    state.isLive = isStream(element.srcObject);
    if (element.srcObject && !helios.showsCanvas?.(element.srcObject)) {
      helios.tell("note a media element plays a stream (srcObject): it follows the machine's time");
    }
    playByItself(element, state);
    watch(element, state);
    return result;
  };
  const autoplay = slot("autoplay");
  Object.defineProperty(media, "autoplay", {
    ...autoplay,
    set(value) {
      autoplay.set.call(this, value);
      playByItself(this, stateOf(this));
    },
  });
  const src = slot("src");
  Object.defineProperty(media, "src", {
    ...src,
    set(value) { loads(this, () => src.set.call(this, value)); },
  });
  // Loading waits for the first picture of a stream, which scripts may make in the first frame only: an
  // element gets its stream once the page has loaded. A canvas of ours has a picture at once.
  const streamSlot = slot("srcObject");
  const given = new WeakMap();
  const setLater = (element, stream) => {
    given.set(element, stream);
    nativeListen.call(window, "load", () => {
      if (given.get(element) !== stream) return;
      given.delete(element);
      setStream.call(element, stream);
      const state = stateOf(element);
      if (state.isPlaying) playLive(element, state);
    }, { once: true });
  };
  Object.defineProperty(media, "srcObject", {
    ...streamSlot,
    get() { return given.get(this) ?? streamSlot.get.call(this); },
    set(value) {
      const waits = isStream(value) && !helios.showsCanvas?.(value) && document.readyState !== "complete";
      loads(this, () => {
        given.delete(this);
        setStream.call(this, waits ? null : value);
        if (waits) setLater(this, value);
      });
    },
  });
  define(media, "load", function load() { return loads(this, () => nativeLoad.call(this)); });
  for (const name of ["setAttribute", "setAttributeNS"]) {
    const set = Element.prototype[name];
    define(media, name, function (...args) {
      const [attribute] = args.slice(-2);
      if (String(attribute).toLowerCase() === "src") return loads(this, () => set.apply(this, args));
      return set.apply(this, args);
    });
  }
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

  // ---- its data ------------------------------------------------------------------------------
  // The event comes a little before a script that draws the video gets the new picture.
  const PICTURE_MS = 1000;
  const pictured = (element, state) => {
    const presented = new Promise((resolve) => { nativeCallback?.call(element, resolve); });
    const sought = new Promise((resolve) => {
      state.hasSought = resolve;
      nativeListen.call(element, "error", resolve, { once: true });
      nativeListen.call(element, "emptied", resolve, { once: true });
    });
    return sought.then(() => {
      const enough = new Promise((resolve) => { helios.native.setTimeout(resolve, PICTURE_MS); });
      return element.error || element.readyState < HAVE_METADATA ? null : Promise.race([presented, enough]);
    });
  };
  // The part of a source that its address names: "film.mp4#t=1.5,0:04". It is played from there, and once
  // stops at its end.
  const seconds = (text) => text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  const spanOf = (url) => {
    const [, from, to] = /#(?:.*&)?t=(?:npt:)?([\d:.]*)(?:,([\d:.]+))?(?:&|$)/.exec(url) ?? [];
    return { from: seconds(from ?? "") || 0, to: seconds(to ?? "") || Infinity };
  };
  const narrow = (element, state) => {
    const { from, to } = spanOf(element.currentSrc);
    if (from && !state.isSought && from < lengthOf(element, state)) {
      rebase(element, state, positionOf(element, state) + from);
      for (const told of state.provisional) told.position = (told.position ?? 0) + from;
    }
    state.stopsAt = to > from ? to : Infinity;
  };
  // An error may have been told before anybody listened, and differently for every kind of source.
  const decided = async (element, state, token) => {
    const wanted = element.tagName === "VIDEO" ? HAVE_CURRENT_DATA : HAVE_METADATA;
    // A source is chosen a moment after it is asked for; until then there seems to be none.
    await new Promise((resolve) => helios.native.setTimeout(resolve, 0));
    while (state.watched === token && element.readyState < wanted && !element.error
      && element.networkState !== 3 && element.ownerDocument.defaultView) {
      await new Promise((resolve) => helios.native.setTimeout(resolve, 4));
    }
    if (state.watched !== token || element.readyState < wanted) {
      for (const { reject } of state.promises.splice(0)) {
        reject(new DOMException("Failed to load because no supported source was found.", "NotSupportedError"));
      }
      return;
    }
    if (element.tagName === "VIDEO" && !element.srcObject && !helios.streamOf(element)) {
      const found = await helios.stampsOf(element.currentSrc);
      if (state.watched === token && found) Object.assign(state, found);
    }
    if (helios.streamOf(element)) standIn(element, false);
    state.isKnown = true;
    narrow(element, state);
    const length = lengthOf(element, state);
    const facts = { url: element.currentSrc, length: Number.isFinite(length) ? length : null };
    for (const told of state.provisional.splice(0)) Object.assign(told, facts);
    for (const { resolve } of state.promises.splice(0)) resolve();
    changed(element, state);
  };
  // Of what a script appends, an element has what is there; at the end of that it waits for more.
  const rangeAt = (element, position) => {
    const { buffered } = element;
    for (let i = 0; i < buffered.length; i += 1) {
      if (buffered.start(i) - GAP_S <= position && position < buffered.end(i)) return { end: buffered.end(i) };
    }
    return null;
  };
  const isThere = (element, state) => {
    const stream = helios.streamOf(element);
    if (!stream || rangeAt(element, positionOf(element, state))) return true;
    return stream.isEnded && element.buffered.length > 0;
  };
  const stall = (element, state) => {
    if (state.isStalled) rebase(element, state, state.base);
    const isStalled = state.isPlaying && !isThere(element, state);
    if (isStalled && !state.isStalled) rebase(element, state, rangeAt(element, state.base)?.end ?? state.base);
    if (isStalled !== Boolean(state.isStalled)) changed(element, state);
    if (state.isStalled && !isStalled && state.isPlaying) soon(element, state, ...READY);
    state.isStalled = isStalled;
  };
  // A video that has a size and no picture yet would hold up every picture of the page; one with a
  // poster, of no size of its own, does not.
  const NO_POSTER = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>";
  const standIn = (element, isNeeded) => {
    if (isNeeded && element.poster === "") element.poster = NO_POSTER;
    if (!isNeeded && element.poster === NO_POSTER) element.removeAttribute("poster");
  };
  // Waits for what the element loads, once for each source.
  const watch = (element, state) => {
    if (!hasSource(element) || state.watched || element.srcObject) return;
    if (element.preload === "none" && !state.isPlaying && !(element.autoplay && state.autoplays)) return;
    if (!isThere(element, state)) {
      helios.streamOf(element)?.awaitOpen();
      if (element.tagName === "VIDEO") standIn(element, true);
      return;
    }
    const token = {};
    state.watched = token;
    if (element.preload !== "auto") element.preload = "auto";
    state.arriving = decided(element, state, token);
    helios.waitFor(state.arriving, `${element.tagName.toLowerCase()} ${sourceOf(element).slice(0, 100)}`);
  };

  const scopes = () => [document, ...helios.shadowRoots];
  const adopt = (element) => {
    if (!helios.place(element)) return;
    const state = stateOf(element);
    if (!state.isSeen) {
      state.isSeen = true;
      const { heliosOffset, heliosSeek, heliosDuration } = element.dataset;
      if (heliosOffset !== undefined || heliosSeek !== undefined) {
        Object.assign(state, { base: Number(heliosSeek) || 0, since: (Number(heliosOffset) || 0) * 1000,
          isPlaying: true, isPlaced: true, isFresh: false, autoplays: false });
        changed(element, state);
        const end_ms = state.since + Number(heliosDuration) * 1000;
        if (end_ms >= state.since) later(() => stop(element, state), end_ms - shared.now);
      }
    }
    playByItself(element, state);
    watch(element, state);
    declare(element, state);
  };
  // An element that is taken out of the page stops; one that never was in it plays on.
  const leave = (element, state) => {
    if (state.wasConnected && !element.isConnected) stop(element, state);
    state.wasConnected = element.isConnected;
  };
  if (shared.isListening) {
    const look = () => {
      helios.findMedia();
      for (const element of known) if (states.has(element)) leave(element, states.get(element));
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
  }
  helios.findMedia = () => {
    for (const scope of scopes()) {
      for (const element of scope.querySelectorAll("video, audio")) adopt(element);
    }
  };
  const seek = (element, state) => {
    const position = positionOf(element, state);
    const isAtStart = state.isFresh && position === 0 && !state.hasRun;
    if (state.shown === position || isAtStart || !isThere(element, state)) return null;
    state.shown = position;
    state.hasMoved = true;
    // Stamps are rounded: one that is less than half a tick later may have been meant for this moment.
    const tick = helios.streamOf(element)?.tick || state.tick;
    const late = Math.max(tick / 2, INSIDE_S);
    const stream = helios.streamOf(element);
    const end = (stream && rangeAt(element, position)?.end) || Infinity;
    const seeked = pictured(element, state);
    if (end - position < NEAR_END_S) stream?.endFor(seeked);
    time.set.call(element, Math.min(position + late, Math.max(0, Math.min(lengthOf(element, state), end) - BEFORE_END_S)));
    return helios.waitFor(seeked, `video ${element.currentSrc}`).then(() => {
      const waiting = state.callbacks.splice(0);
      const facts = { mediaTime: position, presentationTime: shared.now, expectedDisplayTime: shared.now,
        width: element.videoWidth, height: element.videoHeight, presentedFrames: shared.frame + 1 };
      for (const { callback } of waiting) helios.guarded(() => callback(shared.now, facts));
    });
  };
  // One after the other: what tells that the browser has sought is asked for once.
  const inTurn = (state, job) => (state.seeks = (state.seeks ?? Promise.resolve()).then(job, job));
  const canSeek = (element) => element.readyState >= HAVE_METADATA && !element.error;
  const showsSought = (element, state) =>
    element.tagName === "VIDEO" && Boolean(state.watched) && !shared.isListening && canSeek(element);
  const readiness = (element, state) => (canSeek(element) && !hasEnded(element, state) ? READY : []);
  // A script that sought a picture is told when that is there, for then it draws it.
  const goTo = (element, state) => {
    soon(element, state, "seeking");
    if (!showsSought(element, state)) {
      soon(element, state, "timeupdate", "seeked", ...readiness(element, state));
      return;
    }
    const asked = (state.asked = {});
    const isLast = () => state.asked === asked;
    const there = inTurn(state, () => (isLast() && canSeek(element) ? seek(element, state) : null));
    const patient = Promise.race([there, helios.tooLong()]);
    helios.waitFor(helios.withFrames(patient).then(() => {
      if (!isLast()) return;
      state.asked = null;
      emit(element, "timeupdate", "seeked", ...readiness(element, state));
    }), `video ${element.currentSrc}`);
  };
  // Puts every video on the film's time; resolves when its picture is there.
  helios.seekVideos = async () => {
    helios.findMedia();
    const arriving = [];
    for (const element of known) {
      const state = states.get(element);
      if (element.ownerDocument.defaultView === null) {
        known.delete(element);
        shared.heard.push({ id: shared.voiceIds.get(element), at: shared.now, isOn: false });
      }
      if (!state) continue; // of another document
      leave(element, state);
      stall(element, state);
      watch(element, state);
      if (state.isPlaying && hasEnded(element, state)) finish(element, state);
      record(element, state);
      if (element.tagName !== "VIDEO" || !state.watched || shared.isListening) continue;
      arriving.push(state.arriving.then(() =>
        inTurn(state, () => (canSeek(element) ? seek(element, state) : null))));
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
  helios.takeMoved = () => [...known].filter((element) => {
    const state = states.get(element);
    const hasMoved = Boolean(state?.hasMoved);
    if (state) state.hasMoved = false;
    return hasMoved;
  });
  // The videos that play this track have its next picture within the frame.
  helios.showCanvas = (track) => {
    for (const element of known) {
      const state = states.get(element);
      const { srcObject } = element;
      if (!state?.isPlaying || !isStream(srcObject)) continue;
      if (/** @type {MediaStream} */ (srcObject).getVideoTracks().includes(track)) awaitLive(element, state);
    }
  };
  helios.tooLong = () => new Promise((resolve) => helios.native.setTimeout(resolve, helios.config.patience));
}
