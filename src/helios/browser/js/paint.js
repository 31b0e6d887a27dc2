// Draws the whole page into a canvas of the document around it, and reads that (HTML-in-Canvas).
/** @param {Stage} helios */
(helios) => {
  const { config } = helios;
  const PAGE = "helios-page";
  // Whether this is the composition's own document, not one that it shows or that shows it.
  helios.isPage = !config.insideCanvas && window === window.top;
  const outside = () => {
    try {
      return window.parent.document;
    } catch {
      return null; // of another origin
    }
  };
  const around = config.insideCanvas && window.parent !== window ? outside() : null;
  if (!around) return;
  const frame = window.frameElement;
  if (frame?.id === PAGE) {
    helios.isPage = true;
    // Pages ask these to find out whether they are embedded.
    helios.define(window, "parent", window);
    helios.defineGetter(window, "frameElement", () => null);
  }

  // Only the first canvas of a paint chunk would be drawn, and as it was before: each needs a chunk of its
  // own, which paint containment gives. It gives a stacking context as well, so only where that has no part
  // in what is seen. (A hidden back gives a chunk alone, but then what lies over the canvas may be drawn
  // under it, and within an isolated box the page's process ends.)
  const contained = new CSSStyleSheet();
  contained.replaceSync("canvas { contain: paint !important }");
  const MOST_ELEMENTS = 500;
  const ofDocument = document.getElementsByTagName("canvas");
  const styles = { "": new WeakMap(), "::before": new WeakMap() };
  const styleOf = (element, pseudo = "") => {
    let style = styles[pseudo].get(element);
    if (!style) styles[pseudo].set(element, style = getComputedStyle(element, pseudo));
    return style;
  };
  const isStacked = (style) =>
    style.position !== "static" || style.opacity !== "1" || style.filter !== "none" || style.backdropFilter !== "none"
    || style.mixBlendMode !== "normal" || style.maskImage !== "none" || style.webkitBoxReflect !== "none"
    || style.clipPath !== "none" || style.viewTransitionName !== "none" || style.transform !== "none" || style.rotate !== "none"
    || style.scale !== "none" || style.translate !== "none" || style.perspective !== "none";
  // Whether what is stacked stays over a canvas, or under it, once that is stacked too: at the same height
  // only what comes later in the document does.
  const isRaised = ({ position, zIndex }) => position !== "static" && zIndex !== "auto" && zIndex !== "0";
  const staysInOrder = (stacked, canvas) =>
    isRaised(styleOf(stacked)) || Boolean(canvas.compareDocumentPosition(stacked) & Node.DOCUMENT_POSITION_FOLLOWING);
  // It comes before all that is in the element; where it is, nothing tells.
  const hasStackedBefore = (element) => {
    const style = styleOf(element, "::before");
    return style.content !== "none" && isStacked(style) && !isRaised(style);
  };
  // Whether a canvas may be stacked without a visible change. What only flows would come to lie under it.
  // Boxes once asked for are kept in `boxes`.
  const mayBeStacked = (canvas, boxes) => {
    if (isStacked(styleOf(canvas))) return true;
    const line = helios.lineOf(canvas);
    const among = line.find((item) => isStacked(styleOf(item))) ?? document.documentElement;
    const elements = among.getElementsByTagName("*");
    if (elements.length > MOST_ELEMENTS || helios.shadowRoots.size) return false;
    if (line.slice(1, line.indexOf(among) + 1).some(hasStackedBefore)) return false;
    const known = new Map([[among, null]]);
    const outermost = (element) => {
      if (!known.has(element)) {
        known.set(element, outermost(element.parentElement) ?? (isStacked(styleOf(element)) ? element : null));
      }
      return known.get(element);
    };
    const own = canvas.getBoundingClientRect();
    for (const element of elements) {
      let box = boxes.get(element);
      if (!box) boxes.set(element, box = element.getBoundingClientRect());
      if (box.left >= own.right || own.left >= box.right || box.top >= own.bottom || own.top >= box.bottom) continue;
      if (line.includes(element) || !element.checkVisibility()) continue;
      const stacked = outermost(element);
      if (!stacked || !staysInOrder(stacked, canvas)) return false;
    }
    return true;
  };
  // Chromium draws a canvas in its own pixels from the corner of its border on, whatever the size of
  // what they should fill,
  const isResized = (canvas, style) => {
    const [across, down] = [parseFloat(style.width) - canvas.width, parseFloat(style.height) - canvas.height];
    if (Math.abs(across) + Math.abs(down) < 0.01) return false;
    if (Math.abs(across) >= 0.5 || Math.abs(down) >= 0.5) return true;
    const box = canvas.getBoundingClientRect();
    // It is shown in whole pixels.
    return Math.round(box.right) - Math.round(box.left) !== canvas.width
      || Math.round(box.bottom) - Math.round(box.top) !== canvas.height;
  };
  // One that shows pictures whole (`bitmaprenderer`) may show one of another size than its own.
  const shown = new WeakMap();
  const renderer = window.ImageBitmapRenderingContext?.prototype;
  const nativeTransfer = renderer?.transferFromImageBitmap;
  if (nativeTransfer) {
    helios.define(renderer, "transferFromImageBitmap", function transferFromImageBitmap(...pictures) {
      // Once it is given away, a picture has no size.
      const { width, height } = pictures[0] ?? this.canvas;
      nativeTransfer.apply(this, pictures);
      shown.set(this.canvas, { width, height });
    });
  }
  const showsOther = (canvas) => {
    const { width, height } = shown.get(canvas) ?? canvas;
    return width !== canvas.width || height !== canvas.height;
  };
  const isFitted = (canvas, style) =>
    isResized(canvas, style) || showsOther(canvas) || canvas.currentCSSZoom !== 1
    || style.padding !== "0px" || style.borderWidth !== "0px" || style.objectViewBox !== "none"
    || (style.objectFit !== "fill" && style.objectPosition !== "50% 50%");
  // and leaves out what lies behind them.
  const hasGround = (canvas, style) =>
    (!/^rgba\(.*, 0\)$/.test(style.backgroundColor) || style.backgroundImage !== "none")
    && helios.contextOf(canvas)?.context?.getContextAttributes?.()?.alpha !== false;
  const misfitOf = (canvas) => {
    const style = styleOf(canvas);
    if (!canvas.checkVisibility({ visibilityProperty: true })) return "";
    if (isFitted(canvas, style)) return "a canvas is shown in another size or place than its own";
    return hasGround(canvas, style) ? "a canvas has a background of its own" : "";
  };
  // Says why the canvases of this document cannot be drawn so, if they cannot.
  helios.partCanvases = () => {
    const scopes = [document, ...helios.shadowRoots];
    const canvases = scopes.flatMap((scope) => [...(scope === document ? ofDocument : scope.querySelectorAll("canvas"))]);
    for (const scope of scopes) {
      const there = scope.adoptedStyleSheets;
      if (!there.includes(contained)) there.push(contained);
    }
    for (const canvas of canvases) {
      const reason = misfitOf(canvas);
      if (reason) return reason;
    }
    const boxes = new Map();
    return canvases.every((canvas) => mayBeStacked(canvas, boxes)) ? null : "something lies over a canvas without a position of its own";
  };

  // Chromium ends the page's process where what lies over all else filters what is behind it, also
  // before a frame is looked at: here nothing does, and another tab takes the frame.
  const TOP_LAYER = ":modal, :popover-open, :fullscreen";
  const unfiltered = new CSSStyleSheet();
  unfiltered.replaceSync(`${TOP_LAYER}, ::backdrop { backdrop-filter: none !important }`);
  const refuseFilters = (scope) => {
    const there = scope.adoptedStyleSheets;
    if (!there.includes(unfiltered)) there.push(unfiltered);
  };
  refuseFilters(document);
  helios.filtersFromTop = () => {
    if (!helios.shared.hasBackdropFilters) return null;
    const scopes = [document, ...helios.shadowRoots];
    for (const scope of scopes) refuseFilters(scope);
    const isShown = scopes.some((scope) => scope.querySelector(TOP_LAYER));
    return isShown ? "a dialog or popover may filter what is behind it" : null;
  };

  // A page is drawn within a layer: one as large as the picture would be new memory every frame,
  // which takes longer than most pages do. Sizes are multiples of the 8 pixels that dithering repeats
  // after, and much alike, so that memory is used again.
  const TILE = { width: 384, height: 360 };
  const parts = (whole, most) => {
    const size = Math.ceil(whole / Math.ceil(whole / most) / 8) * 8;
    return Array.from({ length: Math.ceil(whole / size) }, (_, index) => [index * size, size]);
  };
  const tilesOf = ({ width, height }) =>
    parts(height, TILE.height).flatMap(([y, rows]) =>
      parts(width, TILE.width).map(([x, columns]) => [x, y, columns, rows]));

  const view = /** @type {Window & typeof globalThis} */ (around.defaultView); // it is shown
  const host = /** @type {StageHost} */ (/** @type {unknown} */ (view.__helios_stage__));
  // The worker that fills the ring stays when the page goes.
  helios.sink = host.sink;
  helios.openRing = async (name, token, slots) => {
    const isOpen = await host.openRing(name, token, slots);
    helios.sink = host.sink;
    return isOpen;
  };
  const refusal = (error) =>
    new helios.NotCaptured(`the page cannot be drawn into a canvas (${error})`);
  helios.openPaint = (inTiles) => {
    const { canvas } = host;
    const { prototype } = view.CanvasRenderingContext2D;
    const draws = ["drawElementImage", "drawElement", "drawHTMLElement"].find((name) => name in prototype);
    if (!frame || !draws || !canvas.requestPaint) return false;
    const tiles = inTiles ? tilesOf(canvas) : [[0, 0, canvas.width, canvas.height]];
    let ink = null;
    const drawHere = () => {
      ink ??= canvas.getContext("2d", { alpha: config.transparent });
      ink.fillStyle = "#fff";
      if (config.transparent) ink.clearRect(0, 0, canvas.width, canvas.height);
      else ink.fillRect(0, 0, canvas.width, canvas.height);
      for (const tile of tiles) {
        ink.save();
        ink.beginPath();
        ink.rect(...tile);
        ink.clip();
        ink[draws](frame, 0, 0);
        ink.restore();
      }
      return () => new VideoFrame(canvas, { timestamp: 0 });
    };
    /** @type {() => any} */
    let take = drawHere;
    let wake = null;
    host.painted = () => {
      if (!wake) return;
      try {
        wake({ taken: take() });
      } catch (error) {
        wake({ error });
      }
    };
    /** @type {any} A function that makes a picture of what was painted, or what is to be drawn. */
    let taken = null;
    helios.paint = async () => {
      const painted = new Promise((resolve) => { wake = resolve; });
      canvas.requestPaint?.();
      if (config.drawsOnCommand) helios.tell("frame wanted");
      const result = await painted;
      wake = null;
      if (result.error) throw refusal(result.error);
      taken = result.taken;
    };
    // A sink is opened before the first frame is read.
    helios.read = (number, slot) => /** @type {PixelSink} */ (helios.sink).picture(number, slot, taken());
    // Turning what was painted into pixels is most of the work: let the worker that writes the
    // file do it, while the next step runs here.
    helios.paintAside = async () => {
      const offscreen = view.OffscreenCanvasRenderingContext2D?.prototype;
      if (!canvas.captureElementImage || !offscreen?.drawElementImage) return false;
      const ring = /** @type {RingSink} */ (helios.sink); // where there is one (capture.py)
      await ring.drawOn(canvas, tiles);
      take = () => canvas.captureElementImage?.(frame);
      helios.read = (number, slot) =>
        ring.element(number, slot, taken).catch((error) => { throw refusal(error); });
      return true;
    };
    return true;
  };
}
