// Hands pixels to Python: through a file in shared memory, or as a blob over the protocol.
/** @param {Stage} helios */
(helios) => {
  const { config, native } = helios;
  const NativeWorker = /** @type {typeof Worker} */ (native.Worker); // every document has it
  helios.openRing = async (name, token, slots) => {
    const size = config.width * config.height * 4;
    const source = URL.createObjectURL(new Blob([config.ringWorker], { type: "text/javascript" }));
    const worker = new NativeWorker(source);
    const waiting = new Map();
    const reply = (id) => new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    worker.onmessage = ({ data }) => {
      const entry = waiting.get(data.id);
      waiting.delete(data.id);
      if (data.error) entry.reject(new Error(data.error));
      else entry.resolve(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      for (const entry of waiting.values()) entry.reject(new Error(event.message || "no worker"));
      waiting.clear();
    };
    const post = (id, message, transfer) => {
      const done = reply(id);
      worker.postMessage({ id, ...message }, transfer);
      return done;
    };
    await post(-1, { open: { name, token, slots, size } });
    URL.revokeObjectURL(source);
    const spare = [];
    /** @type {OffscreenCanvas | null} */
    let surface = null;
    /** @type {RingSink} */
    const ring = {
      picture(frame, slot, picture) {
        return post(frame, { slot, picture }, [picture]).then(({ format }) => format);
      },
      drawOn(canvas, tiles) {
        const given = surface ? [] : [surface = canvas.transferControlToOffscreen()];
        return post(-1, { surface: given[0], tiles, isTransparent: config.transparent }, given);
      },
      element(frame, slot, element) {
        return post(frame, { slot, element }, [element]).then(({ format }) => format);
      },
      async bytes(frame, slot, bytes) {
        const copy = spare.pop() ?? new Uint8Array(size);
        copy.set(bytes);
        const { buffer } = await post(frame, { slot, buffer: copy.buffer }, [copy.buffer]);
        spare.push(new Uint8Array(buffer));
        return "RGBA";
      },
    };
    helios.sink = ring;
    return true;
  };
  // Without a file: Python asks for the blob that the step's promise resolves to.
  helios.openBlobs = () => {
    helios.sink = {
      async picture(frame, slot, picture) {
        const bytes = new Uint8Array(picture.allocationSize());
        await picture.copyTo(bytes);
        const { format } = picture;
        picture.close();
        helios.blob = new Blob([bytes]);
        return format;
      },
      async bytes(frame, slot, bytes) {
        helios.blob = new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)]);
        return "RGBA";
      },
    };
    return true;
  };
}
