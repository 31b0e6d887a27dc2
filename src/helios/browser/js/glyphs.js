// Characters that no font has, in whatever a frame draws: boxes are there in their place. Each is told once,
// with its frame, so that every chunk says the same.
/** @param {Stage} helios */
(helios) => {
  const { shared, define } = helios;
  const RARE = /[^\0-\u02ff]/;
  // Marks and what joins have no shape of their own.
  const SHAPELESS = /[\p{M}\p{C}\p{Z}]/u;
  const MOST = 2000;
  const Sheet = window.OffscreenCanvas;
  const context = Sheet?.prototype.getContext;
  const asked = (shared.askedCharacters ??= new Set());
  let waiting = [];
  const note = (text, family) => {
    if (!RARE.test(text)) return;
    for (const character of text) {
      if (character < "\u0300" || asked.has(character) || SHAPELESS.test(character)) continue;
      if (asked.size >= MOST) return;
      asked.add(character);
      waiting.push({ character, family });
    }
  };

  // ---- what canvases write --------------------------------------------------------------------
  const SIZE = 24;
  const MOST_PENNED = 500;
  /** With which fonts: the first words that canvases have written. */
  helios.penned = [];
  const pens = [window.CanvasRenderingContext2D, window.OffscreenCanvasRenderingContext2D];
  const nativeFill = pens[1]?.prototype.fillText;
  const nativeRead = pens[1]?.prototype.getImageData;
  for (const pen of pens) {
    for (const name of pen ? ["fillText", "strokeText"] : []) {
      const draw = pen.prototype[name];
      define(pen.prototype, name, function (text, ...rest) {
        if (helios.penned.length < MOST_PENNED) helios.penned.push([this.font, String(text)]);
        if (RARE.test(text)) note(String(text), /px(?:\/\S+)? (.*)$/.exec(this.font)?.[1] ?? "sans-serif");
        return draw.call(this, text, ...rest);
      });
    }
  }

  // ---- what the document writes ----------------------------------------------------------------
  // Text that was not seen yet: what is hidden is drawn only once it is shown.
  const unseen = new Set();
  const hasUnasked = (text) => RARE.test(text)
    && [...text].some((character) => character >= "\u0300" && !asked.has(character) && !SHAPELESS.test(character));
  const add = (node) => { if (hasUnasked(node.data)) unseen.add(node); };
  const addAll = (root) => {
    if (root.nodeType === Node.TEXT_NODE) add(root);
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) add(texts.currentNode);
  };
  const written = (records) => {
    for (const { target, addedNodes } of records) {
      if (target.nodeType === Node.TEXT_NODE) add(target);
      for (const node of addedNodes) addAll(node);
    }
  };
  const followed = new WeakSet();
  const follow = (root) => {
    if (followed.has(root)) return;
    followed.add(root);
    addAll(root);
    new MutationObserver(written).observe(root, { childList: true, characterData: true, subtree: true });
  };
  /** @param {Element} element @param {string | null} [pseudo] */
  const fontOf = (element, pseudo = null) => getComputedStyle(element, pseudo).fontFamily;
  const seeTexts = () => {
    for (const node of unseen) {
      const element = node.parentElement ?? node.parentNode?.host;
      const isLost = !node.isConnected || !element || /^(script|style|title)$/i.test(element.localName);
      if (isLost || !hasUnasked(node.data)) unseen.delete(node);
      else if (element.checkVisibility()) {
        note(node.data, fontOf(element));
        unseen.delete(node);
      }
    }
  };
  // Styles write too, and fields have words of their own.
  const WRITES = /content:[^;}]*(?:[^\0-\u02ff]|attr\()|list-style[^;}]*[^\0-\u02ff]/;
  const rulesOf = (sheet) => {
    try {
      return [...sheet.cssRules];
    } catch {
      return []; // of another origin
    }
  };
  const looked = new WeakMap();
  const writes = (sheet) => {
    const rules = rulesOf(sheet);
    const before = looked.get(sheet) ?? { rules: [], writes: false };
    if (before.rules.length === rules.length) return before.writes;
    const seen = new Set(before.rules);
    const isWriting = before.writes || rules.some((rule) => !seen.has(rule) && WRITES.test(rule.cssText));
    looked.set(sheet, { rules, writes: isWriting });
    return isWriting;
  };
  const seeStyles = (scope) => {
    if (![...scope.styleSheets, ...scope.adoptedStyleSheets].some(writes)) return;
    for (const element of scope.querySelectorAll("*")) {
      for (const pseudo of ["::before", "::after", "::marker"]) {
        const { content, listStyleType } = getComputedStyle(element, pseudo);
        const text = pseudo === "::marker" ? listStyleType : content;
        if (hasUnasked(text) && element.checkVisibility()) note(text, fontOf(element, pseudo));
      }
    }
  };
  // The browser keeps these up to date; a search of all elements in every frame would be felt.
  const ofDocument = window.Document ? ["input", "textarea"].map((name) => document.getElementsByTagName(name)) : [];
  const seeFields = (scope) => {
    const fields = scope === document ? ofDocument.flatMap((each) => [...each]) : scope.querySelectorAll("input, textarea");
    for (const field of /** @type {Iterable<HTMLInputElement>} */ (fields)) {
      const text = `${field.value || field.placeholder}`;
      if (hasUnasked(text) && field.checkVisibility()) note(text, fontOf(field));
    }
  };

  // ---- which of them there are no glyphs for --------------------------------------------------------
  let ink = null;
  const drawn = (text, family) => {
    ink ??= context.call(new Sheet(2 * SIZE, 2 * SIZE), "2d", { willReadFrequently: true });
    ink.clearRect(0, 0, 2 * SIZE, 2 * SIZE);
    ink.font = `${SIZE}px ${family}`;
    nativeFill.call(ink, text, 4, 1.5 * SIZE);
    return nativeRead.call(ink, 0, 0, 2 * SIZE, 2 * SIZE).data.join();
  };
  // A character without a glyph looks like one that can have none.
  const boxes = new Map();
  const isBox = ({ character, family }) => {
    if (!boxes.has(family)) boxes.set(family, drawn("\u{10fffe}", family));
    return drawn(character, family) === boxes.get(family);
  };
  /** Looks at what this document or worker has written since; gives what no font has. `more`: further text. */
  helios.lookForBoxes = (more = "") => {
    if (window.Document) {
      for (const scope of [document, ...helios.shadowRoots]) {
        follow(scope);
        seeStyles(scope);
        seeFields(scope);
      }
      seeTexts();
      if (more) note(more, fontOf(document.documentElement));
    }
    const news = waiting;
    waiting = [];
    return news.filter(isBox).map(({ character }) => character).join("");
  };
  /** Whether a letter leaves any ink: without a single font, text is nothing at all. */
  helios.drawsLetters = (family) => /[1-9]/.test(drawn("A", family));
  helios.tellBoxes = (more = "") => {
    for (const each of shared.documents) {
      const boxed = each.isAlive() ? each.lookForBoxes(each === helios ? more : "") : "";
      if (boxed) helios.tell(`boxes ${shared.frame} ${boxed}`);
    }
  };
}
