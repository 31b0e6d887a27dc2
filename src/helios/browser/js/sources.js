// What a script may wait for, by source: each goes into the ledger, and a frame waits until it came.
/** @param {Stage} helios */
(helios) => {
  const { define } = helios;
  const nativeFetch = window.fetch;
  helios.nativeFetch = nativeFetch.bind(window);
  define(window, "fetch", function fetch(...args) {
    const [target, options] = args;
    const answer = nativeFetch.apply(window, args);
    const label = `fetch ${target instanceof Request ? target.url : target}`;
    // What a script is still writing may need the answer to another.
    const isWritten = target instanceof Request || options?.body instanceof ReadableStream;
    return isWritten ? helios.waitFor(answer, label) : helios.waitInOrder(answer, "fetch", label);
  });
  for (const name of ["arrayBuffer", "blob", "bytes", "formData", "json", "text"]) {
    const read = Response.prototype[name];
    if (!read) continue;
    define(Response.prototype, name, function (...args) {
      const body = read.apply(this, args);
      const label = `body of ${this.url}`;
      return this.url ? helios.waitInOrder(body, "body", label) : helios.waitFor(body, label);
    });
  }
  if (window.createImageBitmap) {
    const nativeCreate = window.createImageBitmap;
    define(window, "createImageBitmap", function createImageBitmap(...args) {
      return helios.waitInOrder(nativeCreate.apply(window, args), "bitmap", "createImageBitmap", { isSure: true });
    });
  }
  const nativeLoad = FontFace.prototype.load;
  define(FontFace.prototype, "load", function load() {
    return helios.waitInOrder(nativeLoad.call(this), "font", `font ${this.family}`);
  });
  for (const name of ["compile", "compileStreaming", "instantiate", "instantiateStreaming"]) {
    const make = window.WebAssembly?.[name];
    if (!make) continue;
    define(WebAssembly, name, function (...args) {
      return helios.waitFor(make.apply(WebAssembly, args), "WebAssembly", { isSure: !name.endsWith("Streaming") });
    });
  }
  // What ends by an event of its own.
  const ended = (target, ...types) =>
    new Promise((resolve) => {
      for (const type of types) target.addEventListener(type, resolve, { once: true });
    });
  for (const name of ["readAsArrayBuffer", "readAsBinaryString", "readAsDataURL", "readAsText"]) {
    const read = window.FileReader.prototype[name];
    define(FileReader.prototype, name, function (...args) {
      const result = read.apply(this, args);
      helios.waitFor(ended(this, "loadend"), "FileReader", { isSure: true });
      return result;
    });
  }
  const OF_ITSELF = new Set([window.Blob, window.SubtleCrypto, window.ImageDecoder]);
  const promised = [
    [window.Blob, ["arrayBuffer", "bytes", "text"]],
    [window.Request, ["arrayBuffer", "blob", "bytes", "formData", "json", "text"]],
    [window.CacheStorage, ["open", "match", "has", "keys", "delete"]],
    [window.Cache, ["match", "matchAll", "add", "addAll", "put", "delete", "keys"]],
    [window.StorageManager, ["getDirectory", "estimate", "persist", "persisted"]],
    [window.FileSystemDirectoryHandle, ["getFileHandle", "getDirectoryHandle", "removeEntry", "resolve"]],
    [window.FileSystemFileHandle, ["getFile", "createWritable", "createSyncAccessHandle", "move"]],
    [window.FileSystemWritableFileStream, ["write", "seek", "truncate", "close"]],
    [window.SubtleCrypto, ["encrypt", "decrypt", "sign", "verify", "digest", "generateKey", "deriveKey",
      "deriveBits", "importKey", "exportKey", "wrapKey", "unwrapKey"]],
    [window.ImageDecoder, ["decode"]],
    [window.IDBFactory, ["databases"]],
    [window.CookieStore, ["get", "getAll", "set", "delete"]],
    [window.Permissions, ["query"]],
    [window.MediaCapabilities, ["decodingInfo", "encodingInfo"]],
    [window.MediaDevices, ["enumerateDevices"]],
    [window.RTCPeerConnection, ["createOffer", "createAnswer"]],
    [window.Navigator, ["getBattery"]],
    [/** @type {any} */ (window).NavigatorUAData, ["getHighEntropyValues"]],
  ];
  for (const [owner, names] of /** @type {[any, string[]][]} */ (promised)) {
    for (const name of owner ? names : []) {
      const call = owner.prototype[name];
      if (!call) continue;
      define(owner.prototype, name, function (...args) {
        return helios.waitFor(call.apply(this, args), `${owner.name}.${name}`, { isSure: OF_ITSELF.has(owner) });
      });
    }
  }
  // What a browser may ask its user for; without a window it refuses.
  const permitted = [
    [window.MediaDevices?.prototype, ["getUserMedia", "getDisplayMedia"]],
    [window.Notification, ["requestPermission"]],
    [/** @type {any} */ (window).GPU?.prototype, ["requestAdapter"]],
  ];
  const leftOut = { isOnlyShown: true }; // if no answer comes
  for (const [owner, names] of /** @type {[any, string[]][]} */ (permitted)) {
    for (const name of owner ? names : []) {
      const call = owner[name];
      if (call) define(owner, name, function (...args) {
        return helios.waitFor(call.apply(this, args), name, leftOut);
      });
    }
  }
  const locate = window.Geolocation?.prototype.getCurrentPosition;
  if (locate) define(Geolocation.prototype, "getCurrentPosition", function (found, failed, ...rest) {
    let resolve;
    const answered = new Promise((end) => { resolve = end; });
    const heard = (call) => typeof call !== "function" && call ? call : (answer) => {
      resolve();
      helios.guarded(() => call?.(answer));
    };
    locate.call(this, found && heard(found), heard(failed), ...rest);
    helios.waitFor(answered, "geolocation", leftOut);
  });
  // The browser encodes when it is idle, a second later; the same encoder is there at once.
  if (window.HTMLCanvasElement) {
    const encoded = (canvas, ...args) => {
      const [, type, data] = /^data:([^;,]*)(?:;base64)?,(.*)$/.exec(canvas.toDataURL(...args)) ?? [];
      return data ? new Blob([Uint8Array.from(atob(data), (byte) => byte.charCodeAt(0))], { type }) : null;
    };
    define(HTMLCanvasElement.prototype, "toBlob", function toBlob(callback, ...args) {
      const blob = encoded(this, ...args);
      helios.waitFor(helios.turn().then(() => helios.guarded(() => callback(blob))), "canvas.toBlob");
    });
    const nativeBitmap = window.createImageBitmap;
    define(OffscreenCanvas.prototype, "convertToBlob", function convertToBlob(/** @type {ImageEncodeOptions} */ { type, quality } = {}) {
      const convert = async () => {
        const picture = await nativeBitmap(this);
        const sheet = document.createElement("canvas");
        [sheet.width, sheet.height] = [picture.width, picture.height];
        sheet.getContext("bitmaprenderer")?.transferFromImageBitmap(picture);
        return encoded(sheet, type, quality);
      };
      return helios.waitFor(convert(), "OffscreenCanvas.convertToBlob", { isSure: true });
    });
  }
  // Who asks is told by whose call it is (modules.js): not a module.
  const nativeBeacon = window.Navigator?.prototype.sendBeacon;
  if (nativeBeacon) define(Navigator.prototype, "sendBeacon", function sendBeacon(...args) {
    return nativeBeacon.apply(this, args);
  });
  // Coders of video: a picture comes out for each that went in. Some keep a few back until more come: as
  // many as are missing after a long silence.
  const SILENCE_MS = 1000;
  for (const [name, work] of [["VideoDecoder", "decode"], ["VideoEncoder", "encode"]]) {
    const Native = window[name];
    if (!Native) continue;
    const counts = new WeakMap();
    const wake = (count) => count.waiting.splice(0).forEach((resolve) => resolve());
    const allCame = async (coder, count) => {
      while (coder.state === "configured" && count.begun - count.came > count.kept) {
        const { came } = count;
        await new Promise((resolve) => {
          count.waiting.push(resolve);
          helios.native.setTimeout(resolve, SILENCE_MS);
        });
        if (count.came === came) count.kept = Math.max(count.kept, count.begun - came);
      }
    };
    const { [work]: begin, flush, reset } = Native.prototype;
    define(Native.prototype, work, function (...args) {
      begin.apply(this, args);
      const count = counts.get(this);
      count.begun += 1;
      helios.waitFor(allCame(this, count), name);
    });
    define(Native.prototype, "flush", function () {
      const count = counts.get(this);
      const end = () => {
        count.begun = count.came;
        wake(count);
      };
      const done = flush.call(this);
      done.then(end, end);
      return helios.waitFor(done, `${name}.flush`);
    });
    define(Native.prototype, "reset", function () {
      reset.call(this);
      const count = counts.get(this);
      count.begun = count.came;
      wake(count);
    });
    const { isConfigSupported } = Native;
    define(Native, "isConfigSupported", (...args) =>
      helios.waitFor(isConfigSupported.apply(Native, args), `${name}.isConfigSupported`));
    define(window, name, new Proxy(Native, {
      construct(target, [init, ...rest], made) {
        const count = { begun: 0, came: 0, kept: 0, waiting: [] };
        const heard = (call, came) => typeof call !== "function" ? call : (...args) => {
          count.came += came;
          helios.guarded(() => call(...args));
          wake(count);
        };
        const given = init && { ...init, output: heard(init.output, 1), error: heard(init.error, 0) };
        const coder = Reflect.construct(target, [given, ...rest], made);
        counts.set(coder, count);
        return coder;
      },
    }));
  }
  // Requests to a database, which open and delete ones may be blocked for ever.
  const asks = [
    [window.IDBFactory, ["open", "deleteDatabase"]],
    [window.IDBObjectStore, ["add", "put", "get", "getKey", "getAll", "getAllKeys", "count", "delete", "clear",
      "openCursor", "openKeyCursor"]],
    [window.IDBIndex, ["get", "getKey", "getAll", "getAllKeys", "count", "openCursor", "openKeyCursor"]],
  ];
  for (const [owner, names] of /** @type {[any, string[]][]} */ (asks)) {
    for (const name of owner ? names : []) {
      const ask = owner.prototype[name];
      if (ask) define(owner.prototype, name, function (...args) {
        const request = ask.apply(this, args);
        helios.waitFor(ended(request, "success", "error", "blocked"), `IndexedDB ${name}`);
        return request;
      });
    }
  }
  for (const name of ["continue", "continuePrimaryKey", "advance"]) {
    const go = window.IDBCursor?.prototype[name];
    if (go) define(IDBCursor.prototype, name, function (...args) {
      go.apply(this, args);
      helios.waitFor(ended(this.request, "success", "error"), "IndexedDB cursor");
    });
  }
  const transaction = window.IDBDatabase?.prototype.transaction;
  if (transaction) define(IDBDatabase.prototype, "transaction", function (...args) {
    const made = transaction.apply(this, args);
    helios.waitFor(ended(made, "complete", "abort", "error"), "IndexedDB transaction");
    return made;
  });
  // Timers of other names.
  if ("timeout" in AbortSignal) define(AbortSignal, "timeout", function timeout(delay) {
    const controller = new AbortController();
    window.setTimeout(() => controller.abort(new DOMException("signal timed out", "TimeoutError")), delay);
    return controller.signal;
  });
  const post = window.Scheduler?.prototype.postTask;
  if (post) define(Scheduler.prototype, "postTask", function postTask(task, /** @type {{ delay?: number, signal?: AbortSignal }} */ { delay = 0, ...options } = {}) {
    const { signal } = options;
    const begin = () => {
      // One of low priority may be late; what it does may take time of the film.
      let hasBegun;
      const begun = new Promise((resolve) => { hasBegun = resolve; });
      const result = post.call(this, typeof task === "function" ? (...args) => {
        hasBegun();
        return task(...args);
      } : task, options);
      result.then(hasBegun, hasBegun); // aborted
      helios.waitFor(begun, "scheduler.postTask");
      return result;
    };
    if (!(delay > 0) || signal?.aborted) return begin();
    return new Promise((resolve, reject) => {
      const timer = window.setTimeout(() => resolve(begin()), delay);
      signal?.addEventListener("abort", () => {
        window.clearTimeout(timer);
        reject(signal.reason);
      }, { once: true });
    });
  });
  // A page that goes on for ever in this way does so over time: so often at one moment, then later.
  const MOST_YIELDS = 100;
  const nativeYield = window.Scheduler?.prototype.yield;
  let yields = { at: -1, count: 0 };
  if (nativeYield) define(Scheduler.prototype, "yield", function () {
    if (yields.at !== helios.shared.now) yields = { at: helios.shared.now, count: 0 };
    yields.count += 1;
    if (yields.count > MOST_YIELDS) return new Promise((resolve) => { window.setTimeout(resolve, 1); });
    return helios.waitFor(nativeYield.call(this), "scheduler.yield");
  });
  // Streams of what was loaded or is at hand: there is more to come, or an end.
  const streams = new WeakSet();
  const { prototype: stream } = ReadableStream;
  const isSource = (made) => {
    if (made) streams.add(made);
    return made;
  };
  for (const owner of [Response, Request]) {
    const body = helios.accessor(owner.prototype, "body");
    helios.defineGetter(owner.prototype, "body", function () { return isSource(body.get.call(this)); });
  }
  const blobStream = Blob.prototype.stream;
  define(Blob.prototype, "stream", function () { return isSource(blobStream.call(this)); });
  const { pipeThrough, tee, getReader, values } = stream;
  const OF_BROWSER = ["CompressionStream", "DecompressionStream", "TextDecoderStream", "TextEncoderStream"];
  define(stream, "pipeThrough", function (way, ...rest) {
    const made = pipeThrough.call(this, way, ...rest);
    // A script's own transformation may take its time, which is the film's.
    const isQuick = OF_BROWSER.some((name) => window[name] && way instanceof window[name]);
    return streams.has(this) && isQuick ? isSource(made) : made;
  });
  define(stream, "tee", function () {
    const made = tee.call(this);
    if (streams.has(this)) made.forEach(isSource);
    return made;
  });
  const reading = (reader, owner) => {
    const name = reader.read ? "read" : "next";
    if (streams.has(owner)) define(reader, name, (...args) =>
      helios.waitFor(Object.getPrototypeOf(reader)[name].apply(reader, args), "a stream"));
    return reader;
  };
  const { pipeTo } = stream;
  if (pipeTo) define(stream, "pipeTo", function (target, ...rest) {
    if (!streams.has(this) || this.locked) return pipeTo.call(this, target, ...rest);
    const reader = /** @type {ReadableStreamDefaultReader} */ (getReader.call(this));
    // What a script does with a part may take time of the film; the part itself takes none.
    const parts = new ReadableStream({
      pull: async (made) => {
        const { done, value } = await helios.waitFor(reader.read(), "a stream");
        if (!done) return void made.enqueue(value);
        reader.releaseLock();
        made.close();
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 });
    return pipeTo.call(parts, target, ...rest);
  });
  define(stream, "getReader", function (...args) { return reading(getReader.apply(this, args), this); });
  for (const name of "values" in stream ? ["values", Symbol.asyncIterator] : []) {
    define(stream, name, function (...args) { return reading(values.apply(this, args), this); });
  }
  // A lock that is free is given within the frame; one that is held, when who holds it says so.
  const request = window.LockManager?.prototype.request;
  if (request) {
    const asking = new Set();
    const watchLock = (manager, entry) => {
      const isHeld = async () => (await manager.query()).held.some(({ name }) => name === entry.name);
      const free = isHeld().then((held) => (held ? null : entry.given));
      helios.waitFor(Promise.race([entry.given, free]), `lock ${entry.name}`);
    };
    define(LockManager.prototype, "request", function (name, ...rest) {
      const work = rest.pop();
      if (typeof work !== "function") return request.call(this, name, ...rest, work);
      const entry = { name: String(name) };
      entry.given = new Promise((resolve) => { entry.give = resolve; });
      asking.add(entry);
      const begin = (lock) => {
        asking.delete(entry);
        entry.give();
        return work(lock);
      };
      const end = Reflect.apply(request, this, [name, ...rest, begin]);
      const release = () => {
        asking.delete(entry);
        entry.give();
        for (const other of asking) if (other.name === entry.name) watchLock(this, other);
      };
      end.then(release, release);
      watchLock(this, entry);
      return end;
    });
  }
  // What is recorded of a stream is so by the machine's time.
  const tellOf = (name) => helios.tell(`note ${name} records by the machine's time: what scripts make of that `
    + "may differ in each run and chunk");
  const record = window.MediaRecorder?.prototype.start;
  if (record) define(MediaRecorder.prototype, "start", function (...args) {
    tellOf("MediaRecorder");
    return record.apply(this, args);
  });
  const NativeProcessor = /** @type {any} */ (window).MediaStreamTrackProcessor;
  if (NativeProcessor) define(window, "MediaStreamTrackProcessor", new Proxy(NativeProcessor, {
    construct(target, args, made) {
      tellOf("MediaStreamTrackProcessor");
      return Reflect.construct(target, args, made);
    },
  }));
  // Connections that are always refused say so within the frame.
  for (const [name, ...types] of [["WebSocket", "error", "open", "close"], ["EventSource", "error", "open"]]) {
    const Native = window[name];
    if (!Native) continue;
    define(window, name, new Proxy(Native, {
      construct(target, args, made) {
        const connection = Reflect.construct(target, args, made);
        helios.waitFor(ended(connection, ...types), `${name} ${connection.url}`);
        return connection;
      },
    }));
  }
  // Messages of a channel come when they come: a frame waits for as many as were sent, to documents of
  // the page in its frames too. Who is gone gets none.
  if (window.BroadcastChannel) {
    const Native = window.BroadcastChannel;
    const channels = (helios.shared.channels ??= new Map());
    const gone = ended(window, "pagehide");
    gone.then(() => { for (const [channel, end] of channels) if (end === gone) channels.delete(channel); });
    window.BroadcastChannel = class BroadcastChannel extends Native {
      constructor(name) {
        super(name);
        channels.set(this, gone);
      }

      postMessage(message) {
        for (const [other, end] of channels) {
          if (other === this || other.name !== this.name) continue;
          const come = Promise.race([ended(other, "message", "messageerror"), end]);
          helios.waitFor(come, `BroadcastChannel ${this.name}`);
        }
        super.postMessage(message);
      }

      close() {
        channels.delete(this);
        super.close();
      }
    };
  }
}
