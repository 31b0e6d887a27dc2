// Whether boxes of one 3-D space are sorted by depth: drawn into a canvas, they keep the order of
// the document. A word in a rule is enough, and once it is there, it stays.
/** @param {Stage} helios */
(helios) => {
  const { shared, define } = helios;
  const DEEP = "preserve-3d";
  const REASON = "it sorts boxes in depth (preserve-3d)";
  const note = () => { shared.depth = REASON; };
  const noteText = (text) => {
    if (!shared.depth && String(text).includes(DEEP)) note();
  };
  const isDeep = (element) => element.style?.transformStyle === DEEP;
  // Says whether all of it is there already.
  const readSheet = (sheet) => {
    let isWhole = true;
    try {
      for (const rule of sheet.cssRules) {
        noteText(rule.cssText);
        if (!(rule instanceof CSSImportRule)) continue;
        isWhole = rule.styleSheet ? readSheet(rule.styleSheet) && isWhole : false;
      }
    } catch {
      // of another origin
    }
    return isWhole;
  };
  const known = new WeakSet();
  // Rules that a script adds or changes later are seen when it does.
  const readSheets = (scope) => {
    for (const sheet of [...scope.styleSheets, ...scope.adoptedStyleSheets]) {
      if (!known.has(sheet) && readSheet(sheet)) known.add(sheet);
    }
  };

  // ---- what scripts write -------------------------------------------------------------------------
  const noteObject = (value) => {
    try {
      noteText(value instanceof window.CSSStyleValue ? value : JSON.stringify(value));
    } catch {
      // what cannot be written down is no key frame
    }
  };
  const watchCall = (owner, name) => {
    const method = owner?.prototype[name];
    if (!method) return;
    define(owner.prototype, name, function (...args) {
      for (const value of args) {
        if (typeof value === "string" || typeof value === "number") noteText(value);
        else if (value && typeof value === "object") noteObject(value);
      }
      return method.apply(this, args);
    });
  };
  for (const name of ["insertRule", "addRule", "replace", "replaceSync"]) watchCall(window.CSSStyleSheet, name);
  for (const owner of [window.CSSGroupingRule, window.CSSStyleRule]) watchCall(owner, "insertRule");
  watchCall(window.CSSKeyframesRule, "appendRule");
  watchCall(window.StylePropertyMap, "set");
  watchCall(window.StylePropertyMap, "append");
  watchCall(window.Element, "animate");
  watchCall(window.KeyframeEffect, "setKeyframes");
  watchCall(window.CSSStyleDeclaration, "setProperty");
  const watchSetter = (owner, name) => {
    const slot = Object.getOwnPropertyDescriptor(owner, name);
    const set = slot?.set;
    if (!set) return;
    Object.defineProperty(owner, name, {
      ...slot,
      set(value) {
        noteText(value);
        set.call(this, value);
      },
    });
  };
  // A rule's own style has no setters that could be watched: it is looked at once it was asked for.
  const asked = new Set();
  for (const owner of [window.CSSStyleRule, window.CSSKeyframeRule, window.CSSNestedDeclarations]) {
    const slot = owner && Object.getOwnPropertyDescriptor(owner.prototype, "style");
    const get = slot?.get;
    if (!get) continue;
    Object.defineProperty(owner.prototype, "style", {
      ...slot,
      get() {
        const style = get.call(this);
        asked.add(style);
        return style;
      },
    });
    watchSetter(owner.prototype, "style");
  }
  for (const name of ["cssText", "transformStyle", "transform-style", "webkitTransformStyle", "WebkitTransformStyle", "-webkit-transform-style"]) {
    watchSetter(CSSStyleDeclaration.prototype, name);
  }

  // ---- what the document holds --------------------------------------------------------------------
  const observers = new Map();
  const look = (records) => {
    for (const { type, target, addedNodes } of records) {
      if (shared.depth) return;
      if (type === "attributes") {
        if (isDeep(target)) note();
      } else if (type === "childList") {
        for (const node of addedNodes) {
          if (!(node instanceof Element)) continue;
          if (isDeep(node) || node.querySelector(`[style*="${DEEP}"]`)) note();
        }
      }
    }
  };
  const watchScope = (scope) => {
    const observer = new MutationObserver(look);
    observer.observe(scope, { subtree: true, childList: true, attributes: true, attributeFilter: ["style"] });
    observers.set(scope, observer);
    if (scope.querySelector(`[style*="${DEEP}"]`)) note();
  };
  // The reason, or empty; of this document alone.
  helios.lookForDepth = () => {
    for (const scope of [document, ...helios.shadowRoots]) {
      if (shared.depth) break;
      if (observers.has(scope)) look(observers.get(scope).takeRecords());
      else watchScope(scope);
      readSheets(scope);
    }
    for (const style of asked) if (!shared.depth && style.transformStyle === DEEP) note();
    return shared.depth ?? "";
  };
  // The same of all documents of the page.
  helios.sortsInDepth = () => {
    for (const each of shared.documents) if (each.isAlive()) each.lookForDepth?.();
    return shared.depth ?? "";
  };
}
