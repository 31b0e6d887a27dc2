// Can one canvas stand for all that a page shows? Asked at every frame: what is over, under and
// around it. What is not known to be invisible counts as seen.
/** @param {Stage} helios */
(helios) => {
  const { config } = helios;
  const { getComputedStyle } = window;
  const REPLACED = /^(IMG|VIDEO|AUDIO|SVG|CANVAS|IFRAME|FRAME|FRAMESET|OBJECT|EMBED|INPUT|BUTTON|SELECT|TEXTAREA|METER|PROGRESS|HR|MATH)$/i;
  const SVG_DEFINITION = "defs, symbol, clipPath, mask, pattern, marker, linearGradient, radialGradient, filter";
  const TOP_LAYER = ":modal, :popover-open, :fullscreen";
  const CLEAR = "rgba(0, 0, 0, 0)";
  const MAX_ELEMENTS = 2000;
  // More or less than the canvas's own pixels is seen. Written out, as it is asked in every frame
  // of a film: a loop over names takes twice as long.
  /** @param {CSSStyleDeclaration & { webkitBoxReflect?: string, objectViewBox?: string }} style */
  const hasEffects = (style) =>
    style.opacity !== "1" || style.filter !== "none" || style.transform !== "none"
    || style.rotate !== "none" || style.scale !== "none" || style.translate !== "none"
    || style.perspective !== "none" || style.mixBlendMode !== "normal" || style.clipPath !== "none"
    || style.clip !== "auto" || style.maskImage !== "none" || style.borderRadius !== "0px"
    || style.content !== "normal" || style.backgroundImage !== "none"
    // Not every browser knows these.
    || (style.backdropFilter ?? "none") !== "none" || (style.offsetPath ?? "none") !== "none"
    || (style.webkitMaskBoxImageSource ?? "none") !== "none" || (style.webkitBoxReflect ?? "none") !== "none"
    || (style.objectViewBox ?? "none") !== "none";
  // A computed style is live: one per element, or per pseudo-element of it, is enough for all frames.
  const kept = { "": new WeakMap(), "::before": new WeakMap(), "::after": new WeakMap() };
  const nativeStyle = (element, pseudo = "") => {
    let style = kept[pseudo].get(element);
    if (!style) kept[pseudo].set(element, style = getComputedStyle.call(window, element, pseudo));
    return style;
  };

  const inView = (box) => (box.width > 0 || box.height > 0) && box.right > 0 && box.bottom > 0
    && box.left < innerWidth && box.top < innerHeight;
  const fills = (box) => box.left <= 0 && box.top <= 0 && box.right >= innerWidth && box.bottom >= innerHeight;
  const range = new Range();
  const showsText = (element, style) => {
    for (const node of element.childNodes) {
      if (!(node instanceof Text) || !node.length) continue;
      const isBlank = node.data.trim() === "";
      if (isBlank && (!node.data.length || style.textDecorationLine === "none")) continue;
      range.selectNodeContents(node);
      const boxes = [...range.getClientRects()];
      const isShadowed = boxes.length > 0 && style.textShadow !== "none";
      if (isShadowed || boxes.some(inView)) return true;
    }
    return false;
  };
  const hasBorder = (style) => style.borderTopWidth !== "0px" || style.borderRightWidth !== "0px"
    || style.borderBottomWidth !== "0px" || style.borderLeftWidth !== "0px";
  const isGenerated = (element) =>
    ["::before", "::after"].some((name) => {
      const { content } = nativeStyle(element, name);
      return content !== "none" && content !== "normal";
    });
  // What may be seen of an element besides its background and what replaces it.
  const hasTrim = (style) =>
    style.boxShadow !== "none" || style.outlineStyle !== "none" || style.resize !== "none"
    || style.columnRuleStyle !== "none"
    || (style.display.includes("list-item") && (style.listStyleType !== "none" || style.listStyleImage !== "none"));
  const paints = (element, style) => {
    if (isGenerated(element)) return true;
    if (style.visibility !== "visible") return false;
    if (showsText(element, style) || hasTrim(style) || style.filter.includes("shadow") || style.filter.includes("url")) return true;
    if (element.tagName === "AUDIO" && !element.controls) return false;
    // Inside a drawing all shapes are seen but those of definitions; its own box may be empty.
    if (element instanceof SVGGraphicsElement && element.ownerSVGElement) {
      return !(element instanceof SVGGElement) && !element.closest(SVG_DEFINITION);
    }
    return inView(element.getBoundingClientRect())
      && (REPLACED.test(element.tagName) || style.backgroundColor !== CLEAR || style.backgroundImage !== "none"
        || style.backdropFilter !== "none" || hasBorder(style)
        || (style.content !== "normal" && style.content !== "none"));
  };

  // ---- the tree as it is drawn ------------------------------------------------------------------
  const rootOf = (element) => {
    if (element.shadowRoot || !helios.shadowRoots.size) return element.shadowRoot;
    for (const root of helios.shadowRoots) if (root.host === element) return root;
    return null;
  };
  const parentOf = (element) => {
    if (element.assignedSlot) return element.assignedSlot;
    const parent = element.parentElement;
    if (!parent) return element.getRootNode().host ?? null;
    const inside = rootOf(parent);
    const slots = inside ? [...inside.querySelectorAll("slot")] : [];
    return slots.find((slot) => slot.assignedElements().includes(element)) ?? parent;
  };
  const lineOf = (element) => {
    const line = [];
    for (let item = element; item; item = parentOf(item)) line.push(item);
    return line;
  };
  helios.lineOf = lineOf;
  // Elements that may be seen, with their styles: rendered, and not within one of no opacity.
  const rendered = function* (element) {
    const style = nativeStyle(element);
    const isBoxless = style.display === "contents";
    if (style.opacity === "0" || (!isBoxless && !element.checkVisibility())) return;
    yield [element, style];
    const inside = rootOf(element);
    if (inside) for (const child of inside.children) yield* rendered(child);
    // Those of a host are there if a slot shows them, which their own visibility says.
    for (const child of element.children) yield* rendered(child);
  };

  // ---- the canvas and what it lies in -----------------------------------------------------------
  // What clips a box: ancestors that its position does not step over.
  const isClipped = (line) => {
    const root = document.documentElement;
    const rootStyle = nativeStyle(root);
    const bodyClips = rootStyle.overflowX !== "visible" || rootStyle.overflowY !== "visible";
    let { position } = nativeStyle(line[0]);
    for (const item of line.slice(1)) {
      const style = nativeStyle(item);
      const holds = style.contain !== "none" || style.willChange !== "auto" || style.containerType !== "normal";
      const isStepped = !holds && (position === "fixed" || (position === "absolute" && style.position === "static"));
      if (isStepped || item === root) continue;
      const clips = style.overflowX !== "visible" || style.overflowY !== "visible" || style.contain !== "none"
        || style.contentVisibility !== "visible";
      const isViewport = item === document.body && !bodyClips;
      if (clips && !isViewport && !fills(item.getBoundingClientRect())) return true;
      ({ position } = style);
    }
    return false;
  };
  const isDark = (root) => {
    const scheme = nativeStyle(root).colorScheme;
    const meta = /** @type {HTMLMetaElement | null} */ (document.querySelector("meta[name=color-scheme]"));
    const named = scheme === "normal" ? meta?.content ?? "" : scheme;
    return named.includes("dark") && !named.includes("light");
  };
  // Why the canvas's own pixels, over the colours behind them, are not the picture; or empty.
  const spoils = (canvas, line) => {
    const box = canvas.getBoundingClientRect();
    if (box.x !== 0 || box.y !== 0 || box.width !== innerWidth || box.height !== innerHeight) {
      return "the canvas does not fill the picture";
    }
    if (canvas.width !== config.width || canvas.height !== config.height) {
      return `the canvas has ${canvas.width}x${canvas.height} pixels of its own`;
    }
    const root = document.documentElement;
    let rootColour = CLEAR;
    let isBelow = false;
    let isUnderpainted = false;
    for (const item of line) {
      const style = nativeStyle(item);
      if (hasEffects(style) || hasTrim(style) || hasBorder(style) || isGenerated(item)) return "the canvas is shown with effects";
      if (item === canvas) {
        if (style.objectFit !== "fill" || style.padding !== "0px") return "the canvas is fitted";
      } else if (showsText(item, style)) return "the page shows text";
      if (style.zIndex < 0) isBelow = true;
      if (item === root) rootColour = style.backgroundColor;
      else if (item !== document.body && item !== canvas && style.backgroundColor !== CLEAR) {
        isUnderpainted = true;
        if (!fills(item.getBoundingClientRect())) return "the canvas lies over two colours";
      }
    }
    const { body } = document;
    if (rootColour !== CLEAR && body && line.includes(body) && nativeStyle(body).backgroundColor !== CLEAR) {
      isUnderpainted = true;
      if (!fills(body.getBoundingClientRect())) return "the canvas lies over two colours";
    }
    if (isBelow && isUnderpainted) return "the canvas lies under a colour";
    if (isClipped(line)) return "the canvas is clipped";
    if (!config.transparent && isDark(root)) return "the page is on a dark ground";
    return "";
  };
  const isReadable = (entry) => Boolean(entry) && /^(2d|webgl2?|experimental-webgl|bitmaprenderer)$/.test(entry.kind);
  const judge = () => {
    if (helios.isInTransition?.()) return { reason: "the page is in a view transition" };
    for (const scope of [document, ...helios.shadowRoots]) {
      if (scope.querySelector(TOP_LAYER)) return { reason: "the page shows a dialog or popover" };
    }
    if (getSelection()?.type === "Range") return { reason: "something is selected" };
    if (/** @type {HTMLElement | null} */ (document.activeElement)?.isContentEditable) return { reason: "the page shows a caret" };
    if (!document.documentElement) return { reason: "the page is empty" };
    const all = [];
    const canvases = [];
    for (const entry of rendered(document.documentElement)) {
      all.push(entry);
      if (all.length > MAX_ELEMENTS) return { reason: "the page has many elements" };
      const [element, style] = entry;
      if (element instanceof HTMLCanvasElement && paints(element, style)) canvases.push(element);
    }
    if (canvases.length !== 1) return { reason: `the page shows ${canvases.length || "no"} canvas${canvases.length > 1 ? "es" : ""}` };
    const [canvas] = canvases;
    const line = lineOf(canvas);
    const entry = helios.contextOf(canvas);
    if (!isReadable(entry)) {
      return { reason: `the canvas's content (${entry?.kind ?? "no context"}) cannot be read` };
    }
    if (entry?.context?.isContextLost?.()) return { reason: "the canvas has lost its context" };
    const reason = spoils(canvas, line);
    if (reason) return { reason };
    for (const [item, style] of all) {
      if (!line.includes(item) && paints(item, style)) {
        return { reason: `the page also shows <${item.tagName.toLowerCase()}>` };
      }
    }
    return { canvas, reason: "one canvas fills the picture" };
  };
  const nameOf = (target) => `<${target.tagName.toLowerCase()}>`;
  // At inspection: not only now, but with nothing in sight that would end it.
  helios.judge = () => {
    const { canvas, reason } = judge();
    if (!canvas) return { fits: false, reason };
    for (const root of [document, ...helios.shadowRoots]) {
      for (const { effect } of root.getAnimations()) {
        const target = /** @type {KeyframeEffect | null} */ (effect)?.target;
        if (!target?.checkVisibility()) continue;
        return { fits: false, reason: `CSS moves ${target === canvas ? "the canvas" : nameOf(target)}` };
      }
    }
    return { fits: true, reason };
  };

  // The canvas is chosen once, before the first frame, so that all chunks look at the same.
  helios.soleCanvas = () => judge().canvas ?? document.querySelector("canvas");
  let watched = null;
  helios.watchCanvas = () => {
    watched = helios.soleCanvas();
    helios.isWatching = Boolean(watched);
  };
  // Why the watched canvas is not the whole picture of this frame; empty if it is, or none is watched.
  helios.notAlone = () => {
    if (!watched) return "";
    const { canvas, reason } = judge();
    if (canvas === watched) return "";
    return canvas ? "the page shows another canvas" : reason;
  };
}
