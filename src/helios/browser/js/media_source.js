// Media that a script appends part by part (MediaSource): what is appended comes within the frame, and its
// head tells how finely its stamps count.
/** @param {Stage} helios */
(helios) => {
  const { shared, define } = helios;
  const streams = new Map(); // by their address
  helios.streamOf = (element) => streams.get(element.currentSrc || element.src) ?? null;
  if (!window.MediaSource) return;
  const listen = EventTarget.prototype.addEventListener;
  const told = (target, type) =>
    new Promise((resolve) => { listen.call(target, type, resolve, { once: true }); });

  const { endOfStream } = MediaSource.prototype;
  const isOpen = ({ readyState, sourceBuffers }) =>
    readyState === "open" && ![...sourceBuffers].some(({ updating }) => updating);
  const made = new WeakMap();
  const streamFor = (source) => {
    if (made.has(source)) return made.get(source);
    const unheard = { sourceended: 0, sourceopen: 0 };
    for (const type of Object.keys(unheard)) {
      listen.call(source, type, (event) => {
        if (!unheard[type]) return;
        unheard[type] -= 1;
        event.stopImmediatePropagation();
      }, true);
    }
    const stream = { source, tick: 0, isEnded: false, awaitOpen, endFor };
    made.set(source, stream);
    let isOpening = false;
    function awaitOpen() {
      if (source.readyState !== "closed" || isOpening) return;
      isOpening = true;
      helios.waitFor(told(source, "sourceopen"), "MediaSource", { isOnlyShown: true });
    }
    // The browser shows the last pictures only when it knows that there are no more, or plays: until
    // `shown` has come it believes so.
    function endFor(shown) {
      if (!isOpen(source)) return;
      const { duration } = source;
      unheard.sourceended += 1;
      endOfStream.call(source);
      const goOn = () => {
        if (source.readyState !== "ended" || stream.isEnded) return;
        unheard.sourceopen += 1;
        const [buffer] = source.sourceBuffers;
        const { timestampOffset } = buffer;
        buffer.timestampOffset = timestampOffset; // which opens it
        source.duration = duration;
      };
      shown.then(goOn).catch(() => {}); // in the middle of a part; the next one opens it
    }
    return stream;
  };
  define(MediaSource.prototype, "endOfStream", function (...args) {
    endOfStream.apply(this, args);
    streamFor(this).isEnded = true;
  });
  const nativeUrl = URL.createObjectURL;
  define(URL, "createObjectURL", function createObjectURL(object) {
    const url = nativeUrl.call(URL, object);
    if (object instanceof MediaSource) streams.set(url, streamFor(object));
    return url;
  });

  // The head may come in several parts, and another quality has a head of its own.
  const HEAD = 1 << 16;
  const heads = new WeakMap();
  const isHead = (bytes) => [..."\x1a\x45\xdf\xa3"].every((letter, i) => bytes[i] === letter.charCodeAt(0))
    || /^(ftyp|moov)$/.test(String.fromCharCode(...bytes.subarray(4, 8)));
  const readHead = async (buffer, data) => {
    const more = new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength).slice(0, HEAD);
    const before = isHead(more) ? new Uint8Array(0) : heads.get(buffer);
    if (!before || before.length >= HEAD) return;
    const head = new Uint8Array(before.length + more.length);
    head.set(before);
    head.set(more, before.length);
    heads.set(buffer, head);
    const found = await helios.stampsIn((from, length) => head.subarray(from, from + length));
    const stream = owners.get(buffer);
    if (found && stream) stream.tick = Math.max(stream.tick, found.tick);
  };

  const owners = new WeakMap();
  const { addSourceBuffer } = MediaSource.prototype;
  define(MediaSource.prototype, "addSourceBuffer", function (...args) {
    const buffer = addSourceBuffer.apply(this, args);
    owners.set(buffer, streamFor(this));
    return buffer;
  });
  const { appendBuffer, remove } = SourceBuffer.prototype;
  const awaitUpdate = async (buffer, work) => {
    await Promise.all([told(buffer, "updateend"), work]);
    shared.hasAppended = true;
  };
  define(SourceBuffer.prototype, "appendBuffer", function (data) {
    appendBuffer.call(this, data);
    if (owners.has(this)) owners.get(this).isEnded = false;
    helios.waitFor(awaitUpdate(this, readHead(this, data)), "SourceBuffer");
  });
  define(SourceBuffer.prototype, "remove", function (...args) {
    remove.apply(this, args);
    helios.waitFor(awaitUpdate(this, null), "SourceBuffer");
  });
}
