// Everything a frame may need is here before time starts.
/** @param {Stage} helios */
(helios) => {
  const { shared } = helios;
  const URLS = /url\(\s*(?:"([^"]*)"|'([^']*)'|([^)'"]*))\s*\)/g;
  const PICTURES = {
    backgroundImage: "the background", maskImage: "the mask", borderImageSource: "the border",
    listStyleImage: "the list's picture", content: "the generated picture",
  };

  const scopes = function* (root) {
    yield root;
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) yield* scopes(element.shadowRoot);
    }
  };
  const stylePictures = (element, found) => {
    for (const pseudo of [null, "::before", "::after"]) {
      const style = getComputedStyle(element, pseudo);
      for (const [name, what] of Object.entries(PICTURES)) {
        const value = style[name];
        if (!value || !value.includes("url(")) continue;
        for (const match of value.matchAll(URLS)) found.set(match[1] ?? match[2] ?? match[3], what);
      }
    }
  };
  // Pictures of styles, each with what shows it.
  helios.stylePictures = () => {
    const found = new Map();
    for (const scope of scopes(document)) {
      for (const element of scope.querySelectorAll("*")) stylePictures(element, found);
    }
    return found;
  };
  const elementPicture = (element) => {
    if (element instanceof HTMLVideoElement) return [element.poster, "the poster"];
    if (element instanceof SVGImageElement) return [element.href.baseVal, "the SVG <image>"];
    if (element instanceof HTMLInputElement && element.type === "image") return [element.src, "the button's picture"];
    return ["", ""];
  };
  // What shows the picture that moves by the browser's own clock; empty if only <img> or scripts do.
  helios.placeOf = (url) => {
    for (const scope of scopes(document)) {
      for (const element of scope.querySelectorAll("video, image, input")) {
        const [own, what] = elementPicture(element);
        if (own && new URL(own, document.baseURI).href === url) return what;
      }
    }
    return helios.stylePictures().get(url) ?? "";
  };
  helios.wantPictures = () => {
    const urls = new Map();
    const loading = [];
    for (const scope of scopes(document)) {
      for (const element of scope.querySelectorAll("*")) {
        if (element instanceof HTMLImageElement) {
          if (element.loading === "lazy") element.loading = "eager";
          if (element.currentSrc || element.src) loading.push(helios.loaded(element));
        }
        const [own, what] = elementPicture(element);
        if (own) urls.set(new URL(own, document.baseURI).href, what);
        stylePictures(element, urls);
      }
    }
    for (const url of urls.keys()) {
      if (/^#|^$/.test(url)) continue;
      loading.push(helios.pictureThere(new URL(url, document.baseURI).href));
      helios.noteMoving?.(new URL(url, document.baseURI).href);
    }
    if (loading.length) helios.waitFor(Promise.all(loading), "pictures");
  };
  helios.wantFonts = () => {
    // A face that no laid-out text uses yet may be used by a canvas or by a later frame; but not
    // each of the hundred subsets that some services declare for other scripts.
    for (const face of document.fonts) {
      const isForLatin = /^U\+0+(-|,|$)/i.test(face.unicodeRange);
      if (face.status === "unloaded" && isForLatin) face.load().catch(() => {});
    }
    helios.waitFor(document.fonts.ready, "fonts");
  };

  const IMPORT_MS = 2000; // a module may wait for a frame, and then it would wait for ever
  const imported = (urls, timeout) => {
    const modules = Promise.allSettled(urls.map((url) => import(url)));
    const enough = new Promise((resolve) => helios.native.setTimeout(resolve, Math.min(timeout, IMPORT_MS)));
    return helios.withFrames(Promise.race([modules, enough]));
  };
  // `modules`: addresses of modules that scripts import; each is waited for with all it imports.
  helios.ready = async (timeout, modules) => {
    const start = helios.native.performanceNow();
    const left = () => timeout - (helios.native.performanceNow() - start);
    for (const each of shared.documents) if (each.isAlive()) each.watchDocument?.();
    // What modules name at their head runs before them and in its order: not to be asked for here.
    const unknown = modules.filter((url) => !shared.scripts.has(url) && !shared.dependencies.has(url));
    if (unknown.length) await imported(unknown, left());
    const missing = await helios.allArrived(left());
    if (missing.length) return missing;
    while (left() > 0 && (await helios.runWorkers(false))) await helios.settle();
    for (const each of shared.documents) {
      if (!each.isAlive()) continue;
      each.findShadowRoots();
      each.wantFonts();
      each.wantPictures();
      each.findMedia();
      each.findPictures?.();
    }
    const late = await helios.allArrived(left());
    if (late.length) return late;
    await helios.twoFrames();
    for (const each of shared.documents) if (each.isAlive()) each.scanAnimations();
    await helios.settle();
    for (let depth = 0; depth < Infinity;) depth = await helios.tellSizes(depth);
    return helios.allArrived(left());
  };
}
