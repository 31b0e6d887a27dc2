// Canvases whose drawing is done elsewhere (transferControlToOffscreen): by a worker, mostly.
//
// The browser would show them at a moment of its own choosing. Instead the script draws into a
// canvas that is connected to nothing, and its picture is put into the page's canvas by us.
/** @param {Stage} helios */
(helios) => {
  const { shared, define } = helios;
  if (!window.OffscreenCanvas) return;
  const nativeBitmap = window.createImageBitmap.bind(window);
  const ids = new WeakMap();
  const here = new Map();
  const used = new WeakSet();
  const nativeContext = OffscreenCanvas.prototype.getContext;
  define(OffscreenCanvas.prototype, "getContext", function getContext(...args) {
    used.add(this);
    return nativeContext.apply(this, args);
  });
  const known = (canvas, id) => {
    ids.set(canvas, id);
    here.set(id, canvas);
  };

  // A message keeps track of the canvases that move with it.
  helios.wrapCanvases = (data, options) => {
    const transfer = Array.isArray(options) ? options : options?.transfer ?? [];
    const canvases = [...transfer].filter((item) => ids.has(item));
    if (!canvases.length) return data;
    const moved = canvases.map((canvas) => ({ canvas, id: ids.get(canvas) }));
    for (const { id } of moved) here.delete(id);
    return { heliosCanvases: moved, data };
  };
  helios.unwrapCanvases = (message) => {
    if (!message?.heliosCanvases) return message;
    for (const { canvas, id } of message.heliosCanvases) known(canvas, id);
    return message.data;
  };
  helios.takePictures = async () => {
    const drawn = [...here].filter(([, canvas]) => used.has(canvas) && canvas.width && canvas.height);
    return Promise.all(drawn.map(async ([id, canvas]) => ({ id, picture: await nativeBitmap(canvas) })));
  };

  if (!window.HTMLCanvasElement) {
    helios.showPictures = (pictures) => shared.pictures.push(...pictures);
    return;
  }
  const shown = (shared.shownCanvases ??= new Map());
  const taken = new WeakSet();
  const nativeTransfer = HTMLCanvasElement.prototype.transferControlToOffscreen;
  helios.nativeTransfer = (canvas) => nativeTransfer.call(canvas);
  const nativeElementContext = HTMLCanvasElement.prototype.getContext;
  define(HTMLCanvasElement.prototype, "transferControlToOffscreen", function () {
    if (taken.has(this) || helios.contextOf(this)) return nativeTransfer.call(this);
    taken.add(this);
    const canvas = new OffscreenCanvas(this.width, this.height);
    const id = shown.size;
    shown.set(id, { element: this, ink: nativeElementContext.call(this, "bitmaprenderer") });
    known(canvas, id);
    return canvas;
  });
  define(HTMLCanvasElement.prototype, "getContext", function getContext(...args) {
    if (taken.has(this)) {
      throw new DOMException("control of the canvas was transferred", "InvalidStateError");
    }
    return nativeElementContext.apply(this, args);
  });
  helios.showPictures = (pictures) => {
    for (const { id, picture } of pictures) {
      const { element, ink } = shown.get(id);
      if (element.width !== picture.width) element.width = picture.width;
      if (element.height !== picture.height) element.height = picture.height;
      ink.transferFromImageBitmap(picture);
    }
  };
}
