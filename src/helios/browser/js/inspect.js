// Looks at the page once: can one canvas stand for all of it?
(helios) => {
  const REPLACED = /^(IMG|VIDEO|AUDIO|SVG|CANVAS|IFRAME|OBJECT|EMBED|INPUT|BUTTON|SELECT|TEXTAREA|METER|PROGRESS|HR)$/i;
  const SILENT = /^(HEAD|SCRIPT|STYLE|LINK|META|TITLE|TEMPLATE|NOSCRIPT|BASE|SOURCE|TRACK|BR)$/i;
  const CLEAR = "rgba(0, 0, 0, 0)";
  const MAX_ELEMENTS = 2000;

  const hasText = (element) =>
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== "");
  const edges = (style) =>
    ["Top", "Right", "Bottom", "Left"].some((side) => parseFloat(style[`border${side}Width`]) > 0)
    || style.boxShadow !== "none" || style.outlineStyle !== "none" || style.backgroundImage !== "none";
  const effects = (style) =>
    style.opacity !== "1" || style.filter !== "none" || style.transform !== "none"
    || style.mixBlendMode !== "normal" || style.clipPath !== "none" || style.maskImage !== "none"
    || style.rotate !== "none" || style.scale !== "none" || style.translate !== "none"
    || style.perspective !== "none" || style.borderTopLeftRadius !== "0px";
  const paints = (element) => {
    if (SILENT.test(element.tagName) || !element.checkVisibility({ visibilityProperty: true })) return false;
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const isThere = box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0
      && box.left < innerWidth && box.top < innerHeight;
    const around = ["::before", "::after"].some((name) => {
      const { content } = getComputedStyle(element, name);
      return content !== "none" && content !== "normal";
    });
    if (around || (isThere && hasText(element))) return true;
    if (style.boxShadow !== "none" || style.outlineStyle !== "none") return true;
    if (element.tagName === "AUDIO" && !element.controls) return false;
    return isThere && (REPLACED.test(element.tagName) || style.backgroundColor !== CLEAR || edges(style)
      || style.backdropFilter !== "none");
  };
  const elements = function* (root) {
    for (const element of root.querySelectorAll("*")) {
      yield element;
      const inside = element.shadowRoot
        ?? [...helios.shadowRoots].find((shadow) => shadow.host === element);
      if (inside) yield* elements(inside);
    }
  };
  const judge = () => {
    const all = [];
    for (const element of elements(document)) {
      all.push(element);
      if (all.length > MAX_ELEMENTS) return { reason: "the page has many elements" };
    }
    const isFull = (canvas) => {
      const box = canvas.getBoundingClientRect();
      return box.x === 0 && box.y === 0 && box.width === innerWidth && box.height === innerHeight;
    };
    const canvases = all.filter((item) => item instanceof HTMLCanvasElement && paints(item));
    if (canvases.length !== 1) return { reason: `the page shows ${canvases.length || "no"} canvas${canvases.length > 1 ? "es" : ""}` };
    const [canvas] = canvases;
    if (!isFull(canvas)) return { reason: "the canvas does not fill the picture" };
    if (canvas.width !== innerWidth || canvas.height !== innerHeight) {
      return { reason: `the canvas has ${canvas.width}x${canvas.height} pixels of its own` };
    }
    const entry = helios.contextOf(canvas);
    if (!entry || !/^(2d|webgl2?|experimental-webgl|bitmaprenderer)$/.test(entry.kind)) {
      return { reason: `the canvas's content (${entry?.kind ?? "no context"}) cannot be read` };
    }
    const line = new Set();
    for (let item = canvas; item; item = item.parentElement ?? item.getRootNode().host) line.add(item);
    for (const item of line) {
      const style = getComputedStyle(item);
      if (edges(style) || effects(style)) return { reason: "the canvas is shown with effects" };
      if (item !== canvas && (hasText(item) && paints(item))) return { reason: "the page shows text" };
      if (item === canvas && style.objectFit !== "fill") return { reason: "the canvas is fitted" };
    }
    for (const item of all) {
      if (!line.has(item) && !canvas.contains(item) && paints(item)) {
        return { reason: `the page also shows <${item.tagName.toLowerCase()}>` };
      }
    }
    for (const animation of document.getAnimations()) {
      if (line.has(animation.effect?.target)) return { reason: "the canvas is moved by CSS" };
    }
    return { canvas, reason: "one canvas fills the picture" };
  };
  helios.soleCanvas = judge;
  helios.judge = () => {
    const { canvas, reason } = judge();
    return { fits: Boolean(canvas), reason };
  };

  // A page that shows more later must not lose it silently.
  helios.guardSoleCanvas = () => {
    if (!judge().canvas) return false;
    let isDirty = false;
    const observer = new MutationObserver(() => { isDirty = true; });
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    helios.checkGuard = () => {
      if (!isDirty) return;
      isDirty = false;
      const { canvas, reason } = judge();
      if (!canvas) {
        throw new Error(`HeliosCapture:reading the canvas alone no longer gives the picture: ${reason}`);
      }
    };
    return true;
  };

  // Drawn into a canvas, boxes of one 3-D space keep the order of the document.
  helios.sortsInDepth = () => {
    const DEEP = "preserve-3d";
    const names = (sheet) => {
      try {
        return [...sheet.cssRules].some((rule) => rule.cssText.includes(DEEP));
      } catch {
        return false; // of another origin
      }
    };
    return [document, ...helios.shadowRoots].some((scope) =>
      scope.querySelector(`[style*="${DEEP}"]`)
      || [...scope.styleSheets, ...scope.adoptedStyleSheets].some(names));
  };

  helios.renderer = () => {
    const gl = document.createElement("canvas").getContext("webgl");
    if (!gl) return "";
    const names = gl.getExtension("WEBGL_debug_renderer_info");
    return gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  };
}
