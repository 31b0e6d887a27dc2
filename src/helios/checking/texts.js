// What a page's texts look like at this frame: where each lies, what cuts it off, its colours.
(() => {
  const MOST = 400, MOST_LINES = 20;
  const number = (value) => parseFloat(value) || 0;
  const rgba = (text) => {
    const found = /^rgba?\(([^)]+)\)/.exec(text);
    if (!found) return null;
    const [r, g, b, a] = found[1].split(/[\s,/]+/).map(Number);
    return [r, g, b, a ?? 1];
  };
  const shows = (style) => {
    const colour = rgba(style.backgroundColor);
    return (colour && colour[3] > 0.05) || style.backgroundImage !== "none"
      || (number(style.borderLeftWidth) > 0 && style.borderLeftStyle !== "none");
  };
  const nameOf = (element) => {
    const parts = [];
    for (let at = element; at && at.parentElement; at = at.parentElement) {
      parts.unshift(`${at.localName}:${[...at.parentElement.children].indexOf(at)}`);
    }
    return parts.join(">");
  };
  const texts = [];
  const look = (node) => {
    const element = node.parentElement;
    const words = node.textContent.replace(/\s+/g, " ").trim();
    if (!words || !element || /^(script|style|noscript|template|title|option|textarea)$/.test(element.localName)) return;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return;
    const style = getComputedStyle(element);
    const range = document.createRange();
    range.selectNodeContents(node);
    const rects = [...range.getClientRects()].filter((rect) => rect.width > 0.5 && rect.height > 0.5);
    if (!rects.length) return;
    const left = Math.min(...rects.map((rect) => rect.left)), right = Math.max(...rects.map((rect) => rect.right));
    const top = Math.min(...rects.map((rect) => rect.top)), bottom = Math.max(...rects.map((rect) => rect.bottom));
    const size = number(style.fontSize) * Math.min(1, Math.max(0.01, rects[0].height / (number(style.fontSize) || 1)));
    let line = element;
    while (line.parentElement && getComputedStyle(line).display.startsWith("inline")) line = line.parentElement;
    let opacity = 1, cutX = 0, cutY = 0, out = 0, flows = true, holder = null, drawn = true;
    for (let at = element; at; at = at.parentElement ?? at.getRootNode().host ?? null) {
      const own = getComputedStyle(at);
      opacity *= number(own.opacity);
      if (own.mixBlendMode !== "normal" || own.filter !== "none" || own.maskImage !== "none") drawn = false;
      const box = at.getBoundingClientRect();
      const isRoot = at === document.documentElement || at === document.body;
      if (!isRoot && own.display !== "inline" && !own.display.startsWith("table-")) {
        const hidesX = own.overflowX !== "visible", hidesY = own.overflowY !== "visible";
        if (hidesX) cutX = Math.max(cutX, box.left - left, right - box.right);
        if (hidesY) cutY = Math.max(cutY, box.top - top, bottom - box.bottom);
        if (!holder && flows && shows(own)) {
          holder = at;
          out = Math.max(box.left - left, right - box.right, (box.top - top) - size * 0.4, (bottom - box.bottom) - size * 0.4);
        }
      }
      if (own.position === "absolute" || own.position === "fixed") flows = false;
    }
    const paint = element instanceof SVGElement ? style.fill : style.webkitTextFillColor || style.color;
    const outlined = style.textShadow !== "none" || number(style.webkitTextStrokeWidth) > 0
      || (element instanceof SVGElement && style.stroke !== "none");
    texts.push({
      name: `${nameOf(element)}#${[...element.childNodes].indexOf(node)}`,
      line: nameOf(line),
      text: words.slice(0, 60),
      box: [left, top, right, bottom],
      lines: rects.slice(0, MOST_LINES).map((rect) => [rect.left, rect.top, rect.right, rect.bottom]),
      size,
      bold: number(style.fontWeight) >= 600,
      colour: drawn && !outlined ? rgba(paint) : null,
      opacity,
      cutX, cutY, out,
    });
  };
  const walk = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walker.nextNode(); node && texts.length < MOST; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) look(node);
      else if (node.shadowRoot) walk(node.shadowRoot);
    }
  };
  walk(document.body ?? document.documentElement);
  const broken = [...document.images].filter((image) => image.complete && !image.naturalWidth && image.currentSrc)
    .map((image) => image.currentSrc.slice(0, 200));
  const tries = document.scripts.length > 0 || document.getAnimations().length > 0;
  return { texts, broken, width: innerWidth, height: innerHeight, tries };
})()
