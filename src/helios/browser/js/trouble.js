// What would make a film wrong without anybody being told.
/** @param {Stage} helios */
(helios) => {
  const { shared } = helios;

  shared.drawn ??= new Set();
  const nativeGet = HTMLCanvasElement.prototype.getContext;
  helios.define(HTMLCanvasElement.prototype, "getContext", function getContext(kind, ...rest) {
    const context = nativeGet.call(this, kind, ...rest);
    if (context && "isContextLost" in context) shared.drawn.add(new WeakRef(context));
    return context;
  });
  // Pages that try themselves give one up and take it back; they are told of both within the frame.
  const givenUp = new WeakMap(); // with whether it may be taken back
  const steered = new WeakSet();
  const listen = EventTarget.prototype.addEventListener;
  const told = (context, type, heard) =>
    new Promise((resolve) => {
      listen.call(context.canvas, type, (event) => {
        // After the page's own listeners.
        helios.turn().then(() => { heard(event); resolve(event); });
      }, { once: true });
    });
  const shown = { isOnlyShown: true };
  const steer = (context, extension) => {
    steered.add(extension);
    const { loseContext, restoreContext } = extension;
    helios.define(extension, "loseContext", function () {
      const isFirst = !context.isContextLost();
      loseContext.call(this);
      if (!isFirst) return;
      givenUp.set(context, false);
      helios.waitFor(told(context, "webglcontextlost", (event) => givenUp.set(context, event.defaultPrevented)),
        "WebGL context", shown);
    });
    helios.define(extension, "restoreContext", function () {
      restoreContext.call(this);
      if (!givenUp.get(context)) return;
      helios.waitFor(told(context, "webglcontextrestored", () => givenUp.delete(context)), "WebGL context", shown);
    });
  };
  for (const kind of [window.WebGLRenderingContext, window.WebGL2RenderingContext]) {
    if (!kind) continue;
    const nativeExtension = kind.prototype.getExtension;
    helios.define(kind.prototype, "getExtension", function getExtension(name) {
      const extension = nativeExtension.call(this, name);
      if (extension && /^webgl_lose_context$/i.test(name) && !steered.has(extension)) steer(this, extension);
      return extension;
    });
  }
  helios.checkContexts = () => {
    for (const reference of shared.drawn) {
      const context = reference.deref();
      if (!context) shared.drawn.delete(reference);
      // Libraries give contexts up on purpose when they take a canvas away.
      else if (context.isContextLost() && context.canvas.isConnected && !givenUp.has(context)) {
        const kind = context.drawImage ? "2d" : "WebGL";
        throw new helios.NotCaptured(`a canvas lost its ${kind} context; what it showed is gone`);
      }
    }
  };
  helios.brokenMedia = () => {
    const addresses = [];
    for (const media of /** @type {NodeListOf<HTMLMediaElement>} */ (document.querySelectorAll("video, audio"))) {
      const address = media.currentSrc || media.src || media.querySelector("source")?.src;
      const isBroken = media.error || media.networkState === HTMLMediaElement.NETWORK_NO_SOURCE;
      if (address && isBroken) addresses.push(address);
    }
    return addresses;
  };

  // A part of the page itself that did not come, unless the page sees to that: an element's own
  // handler may load another copy.
  const handled = new WeakSet();
  for (const { prototype } of [HTMLScriptElement, HTMLLinkElement]) {
    const nativeListen = prototype.addEventListener;
    helios.define(prototype, "addEventListener", function addEventListener(type, ...rest) {
      if (type === "error") handled.add(this);
      return nativeListen.call(this, type, ...rest);
    });
  }
  const FONT_SERVICE = /^fonts?\.|^use\.typekit\.net$/;
  const codeOf = (element) => {
    const name = element.localName;
    if (name === "script") return ["script", element.src || element.href?.baseVal || ""];
    if (name === "style") return ["style sheet", ""];
    if (name === "link" && element.relList?.contains("stylesheet")) return ["style sheet", element.href];
    return [];
  };
  const canDoWithout = (kind, element, url) => {
    if (!url || new URL(url).origin === location.origin) return false;
    return kind === "script" ? element.hasAttribute("async") : FONT_SERVICE.test(new URL(url).hostname);
  };
  helios.watchCode = (root) => root.addEventListener("error", ({ target }) => {
    const element = /** @type {HTMLElement | null} */ (target);
    const [kind, url] = element?.localName ? codeOf(element) : [];
    if (!element || !kind || element.onerror || handled.has(element) || canDoWithout(kind, element, url)) return;
    helios.tell(`at ${shared.frame}`);
    helios.tell(`lost ${kind.replace(" ", "-")} ${url}`);
  }, true);
  helios.watchCode(window);

  // A page that goes elsewhere is not the one that was asked for.
  const leaving = ({ destination, downloadRequest, navigationType, defaultPrevented }) => {
    const { url, sameDocument } = destination;
    if (sameDocument || typeof downloadRequest === "string" || defaultPrevented || navigation.transition) return;
    if (!/^(https?|file|data|blob|about):/.test(url)) return;
    helios.tell(`at ${shared.frame}`);
    helios.tell(`leaves ${navigationType} ${url}`);
  };
  // The page's own listeners come later and may make it a step within the page.
  if (helios.isPage) {
    window.navigation?.addEventListener("navigate", (/** @type {any} */ event) => queueMicrotask(() => leaving(event)));
  }
}
