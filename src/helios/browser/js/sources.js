// What a script may wait for, by source: each goes into the ledger, and a frame waits until it came.
(helios) => {
  const { define } = helios;
  const nativeFetch = window.fetch;
  helios.nativeFetch = nativeFetch.bind(window);
  define(window, "fetch", function fetch(...args) {
    const target = args[0] instanceof Request ? args[0].url : String(args[0]);
    return helios.waitFor(nativeFetch.apply(window, args), `fetch ${target}`);
  });
  for (const name of ["arrayBuffer", "blob", "bytes", "formData", "json", "text"]) {
    const read = Response.prototype[name];
    if (!read) continue;
    define(Response.prototype, name, function (...args) {
      return helios.waitFor(read.apply(this, args), `body of ${this.url}`);
    });
  }
  const nativeSend = XMLHttpRequest.prototype.send;
  define(XMLHttpRequest.prototype, "send", function send(...args) {
    const ended = new Promise((resolve) => this.addEventListener("loadend", resolve, { once: true }));
    helios.waitFor(ended, "XMLHttpRequest");
    return nativeSend.apply(this, args);
  });
  if (window.createImageBitmap) {
    const nativeCreate = window.createImageBitmap;
    define(window, "createImageBitmap", function createImageBitmap(...args) {
      return helios.waitFor(nativeCreate.apply(window, args), "createImageBitmap");
    });
  }
  const nativeLoad = FontFace.prototype.load;
  define(FontFace.prototype, "load", function load() {
    return helios.waitFor(nativeLoad.call(this), `font ${this.family}`);
  });
  for (const name of ["compile", "compileStreaming", "instantiate", "instantiateStreaming"]) {
    const make = window.WebAssembly?.[name];
    if (!make) continue;
    define(WebAssembly, name, function (...args) {
      return helios.waitFor(make.apply(WebAssembly, args), "WebAssembly");
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
      helios.waitFor(ended(this, "loadend"), "FileReader");
      return result;
    });
  }
  const promised = [
    [window.Blob, ["arrayBuffer", "bytes", "text"]],
    [window.Request, ["arrayBuffer", "blob", "bytes", "formData", "json", "text"]],
    [window.OffscreenCanvas, ["convertToBlob"]],
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
  ];
  for (const [owner, names] of promised) {
    for (const name of owner ? names : []) {
      const call = owner.prototype[name];
      if (!call) continue;
      define(owner.prototype, name, function (...args) {
        return helios.waitFor(call.apply(this, args), `${owner.name}.${name}`);
      });
    }
  }
  const toBlob = window.HTMLCanvasElement?.prototype.toBlob;
  if (toBlob) define(HTMLCanvasElement.prototype, "toBlob", function (callback, ...args) {
    helios.waitFor(new Promise((resolve) => {
      toBlob.call(this, (blob) => {
        resolve();
        callback(blob);
      }, ...args);
    }), "canvas.toBlob");
  });
  // Requests to a database, which open and delete ones may be blocked for ever.
  const asks = [
    [window.IDBFactory, ["open", "deleteDatabase"]],
    [window.IDBObjectStore, ["add", "put", "get", "getKey", "getAll", "getAllKeys", "count", "delete", "clear",
      "openCursor", "openKeyCursor"]],
    [window.IDBIndex, ["get", "getKey", "getAll", "getAllKeys", "count", "openCursor", "openKeyCursor"]],
  ];
  for (const [owner, names] of asks) {
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
  if (window.AbortSignal?.timeout) define(AbortSignal, "timeout", function timeout(delay) {
    const controller = new AbortController();
    window.setTimeout(() => controller.abort(new DOMException("signal timed out", "TimeoutError")), delay);
    return controller.signal;
  });
  const post = window.Scheduler?.prototype.postTask;
  if (post) define(Scheduler.prototype, "postTask", async function postTask(task, { delay = 0, ...options } = {}) {
    if (delay > 0) {
      await new Promise((resolve, reject) => {
        window.setTimeout(resolve, delay);
        options.signal?.addEventListener("abort", () => reject(options.signal.reason), { once: true });
      });
    }
    const result = post.call(this, task, options);
    const begun = helios.turn();
    helios.waitFor(begun, "scheduler.postTask");
    return result;
  });
  // Messages of a channel come when they come: a frame waits for as many as were sent.
  if (window.BroadcastChannel) {
    const Native = window.BroadcastChannel;
    const channels = new Set();
    window.BroadcastChannel = class BroadcastChannel extends Native {
      constructor(name) {
        super(name);
        channels.add(this);
      }

      postMessage(message) {
        for (const other of channels) {
          if (other !== this && other.name === this.name) {
            helios.waitFor(ended(other, "message", "messageerror"), `BroadcastChannel ${this.name}`);
          }
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
