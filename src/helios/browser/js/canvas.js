// Reads one canvas, losslessly, right after it was drawn.
/**
 * `gl`: its own pixels are read, and nothing that is drawn over them.
 * @typedef {{ canvas: HTMLCanvasElement, entry: CanvasEntry | undefined, isOpaque: boolean, gl: boolean, ink?: any }} CanvasSubject
 */
/** @param {Stage} helios */
(helios) => {
  const { config } = helios;
  const DRAWS = [
    "clear", "clearBufferfv", "drawArrays", "drawArraysInstanced", "drawElements",
    "drawElementsInstanced", "drawRangeElements", "blitFramebuffer",
  ];
  const contexts = new WeakMap();
  let pixels = null;
  let isFresh = false;
  let staging = null;

  // The kind of a canvas cannot be asked for afterwards, so it is noted when it is made.
  for (const owner of [HTMLCanvasElement, window.OffscreenCanvas]) {
    if (!owner) continue;
    const nativeGet = owner.prototype.getContext;
    helios.define(owner.prototype, "getContext", function getContext(kind, ...rest) {
      const context = nativeGet.call(this, kind, ...rest);
      if (context) {
        contexts.set(this, { kind: String(kind).toLowerCase(), context });
        if (/webgl/i.test(kind)) helios.shared.usesGl = true;
      }
      return context;
    });
  }
  helios.contextOf = (canvas) => contexts.get(canvas) ?? null;

  const isGl = (entry) => Boolean(entry) && entry.kind.includes("webgl");
  const readGl = (gl) => {
    const { drawingBufferWidth: width, drawingBufferHeight: height } = gl;
    const size = width * height * 4;
    if (!pixels || pixels.byteLength !== size) pixels = new Uint8Array(size);
    helios.pixelsOf(gl, width, height, pixels);
    isFresh = true;
  };
  // The drawing buffer is gone once the compositor has had it, so it is read in the very task
  // that drew.
  const watchGl = (gl) => {
    let isScheduled = false;
    const prototype = Object.getPrototypeOf(gl);
    for (const name of DRAWS) {
      const draw = prototype[name];
      if (!draw) continue;
      helios.define(gl, name, function (...args) {
        isFresh = false;
        if (!isScheduled && helios.shared.running) {
          isScheduled = true;
          queueMicrotask(() => {
            isScheduled = false;
            if (!isFresh && helios.shared.isReading) readGl(gl);
          });
        }
        return draw.apply(gl, args);
      });
    }
    helios.afterCallbacks = () => {
      if (helios.shared.isReading) readGl(gl);
    };
  };

  helios.openCanvas = (selector) => {
    const canvas = selector
      ? helios.select(selector)
      : helios.soleCanvas();
    if (!(canvas instanceof HTMLCanvasElement)) return { error: canvas ? "not a canvas" : "missing" };
    const entry = contexts.get(canvas);
    const gl = isGl(entry);
    if (gl) watchGl(entry.context);
    /** @type {CanvasSubject} */
    const subject = {
      canvas,
      entry,
      isOpaque: !gl && entry?.context?.getContextAttributes?.().alpha === false,
      gl: gl && isWhole(canvas),
    };
    if (gl && !subject.gl) helios.afterCallbacks = () => helios.shared.isReading && stage(subject);
    helios.read = (frame, slot) => readCanvas(subject, frame, slot);
    const premultiplied = entry?.context?.getContextAttributes?.()?.premultipliedAlpha !== false;
    return { gl: subject.gl, premultiplied };
  };
  const isWhole = (canvas) => canvas.width === config.width && canvas.height === config.height;
  const behind = (canvas) => {
    const colours = [];
    for (const element of helios.lineOf(canvas)) {
      const colour = getComputedStyle(element).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)" && colour !== "transparent") colours.push(colour);
    }
    return config.transparent ? colours.reverse() : ["#fff", ...colours.reverse()];
  };
  // Red, green, blue (straight) and alpha of what is behind.
  /** @type {{ colours: string, result: number[] }} */
  let flattened = { colours: "", result: [] };
  const flat = (canvas) => {
    const colours = behind(canvas);
    const name = colours.join();
    if (flattened.colours === name && name) return flattened.result;
    const ink = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(1, 1).getContext("2d"));
    for (const colour of colours) {
      ink.fillStyle = colour;
      ink.fillRect(0, 0, 1, 1);
    }
    flattened = { colours: name, result: [...ink.getImageData(0, 0, 1, 1).data] };
    return flattened.result;
  };
  // The page's own background shows through a canvas that is not opaque.
  const stage = (subject) => {
    staging ??= new OffscreenCanvas(config.width, config.height);
    const { canvas } = subject;
    const ink = (subject.ink ??= staging.getContext("2d", { alpha: config.transparent }));
    if (config.transparent) ink.clearRect(0, 0, config.width, config.height);
    for (const colour of behind(canvas)) {
      ink.fillStyle = colour;
      ink.fillRect(0, 0, config.width, config.height);
    }
    if (canvas.width && canvas.height) ink.drawImage(canvas, 0, 0, config.width, config.height);
    isFresh = true;
  };

  /** @param {CanvasSubject} subject @param {number} frame @param {number} slot @returns {Promise<Written>} */
  const readCanvas = (subject, frame, slot) => {
    const { canvas } = subject;
    const sink = /** @type {PixelSink} */ (helios.sink); // opened before the canvas
    if (!canvas.isConnected) throw new helios.NotCaptured("the canvas was removed from the page");
    if (subject.gl) {
      if (!isWhole(canvas)) throw new helios.NotCaptured("the canvas changed its size");
      const under = flat(canvas);
      return sink.bytes(frame, slot, pixels).then((format) => ({ format, behind: under }));
    }
    if (subject.isOpaque && isWhole(canvas)) return sink.picture(frame, slot, new VideoFrame(canvas, { timestamp: 0 }));
    if (!isGl(subject.entry)) stage(subject);
    return sink.picture(frame, slot, new VideoFrame(staging, { timestamp: 0 }));
  };
}
