// Modules that scripts import, of a page or a worker: code, JSON and style sheets.
//
// Nothing tells of an `import()`, but a policy of content that is only reported (serve.py) has the browser
// tell of each load that it begins, within the same task. Importing the same once more joins the import
// that is under way, and tells when it has run.
/** @param {Stage} helios */
(helios) => {
  const { shared, define, config } = helios;
  const shown = { isOnlyShown: true };
  const MODULE_MS = 2000; // one may wait for a frame, which comes only then
  const isInPage = Boolean(window.Document);
  const isOfElement = (url) => isInPage && (shared.scripts.has(url)
    || [...document.scripts].some(({ src }) => src === url)
    || [.../** @type {NodeListOf<HTMLLinkElement>} */ (document.querySelectorAll("link[rel*=preload i]"))].some(({ href }) => href === url));

  // ---- with an address ------------------------------------------------------------------------
  // Ours has no file where it is injected, and that of the stage where a browser asks for it (live.js).
  const ownFile = `${config.ownFiles}stage.js`;
  const isOurs = ({ sourceFile, lineNumber }) => (!sourceFile || sourceFile === ownFile) && lineNumber > 0;
  // One that has failed is asked for anew by each import, of ours too: without this they would follow each other
  // without end where a script of ours is not to be told from the page's, as in a worker.
  const joining = new Set();
  /** @param {string} url @param {"json" | "css"} [type] */
  const join = async (url, type) => {
    joining.add(url);
    // Who asked for it hears of what is wrong.
    const ran = import(url, type && { with: { type } }).catch(() => {}).then(() => joining.delete(url));
    const enough = new Promise((resolve) => helios.native.setTimeout(resolve, MODULE_MS));
    await Promise.race([ran, enough]);
    await helios.turn(); // who asked for it may ask for more
    await helios.turn();
    if (kinds.size) awaitInside(); // one without an address may have waited for it
  };
  // Those that modules name at their head run before them, in the order of naming: joined one after the
  // other, as a small one could be there, and would run, before a large one.
  /** @type {Promise<void>} */
  let inTurn = Promise.resolve();
  /** @param {SecurityPolicyViolationEvent} event @param {"json" | "css"} [type] */
  const awaitModule = (event, type) => {
    const { blockedURI: url, lineNumber } = event;
    if (isOfElement(url) || joining.has(url)) return;
    // Of those that its own text names, a document that is being read says where it is.
    const isNamed = lineNumber === 0 || (isInPage && document.readyState !== "complete");
    if (lineNumber === 0) shared.dependencies.add(url);
    if (isInPage && shared.frame < 0 && !type) {
      helios.tell(`module ${url}`); // whoever loads the page waits for it (page.py)
      return;
    }
    if (!type) helios.noteScript?.(url);
    const hasCome = isNamed ? inTurn.then(() => join(url, type)) : join(url, type);
    if (isNamed) inTurn = hasCome;
    helios.waitFor(hasCome, `module ${url}`, shown);
  };

  // ---- without one: of `data:` and `blob:` only the kind is told --------------------------------
  // They come in the order of asking, so that an empty one comes after all that were asked for before; but
  // a blob may be large, and is compiled beside the page. Preloading joins what is under way and runs nothing:
  // a blob that was not imported may be meant for a worker.
  const blobs = shared.codeBlobs;
  const come = new Set();
  const { createObjectURL, revokeObjectURL } = URL;
  define(URL, "createObjectURL", function (object) {
    const url = createObjectURL.call(URL, object);
    const [type] = (object instanceof Blob && /json|css|(java|ecma)script/i.exec(object.type)) || [];
    if (type) blobs.set(url, type.toLowerCase());
    return url;
  });
  const forget = (url) => {
    blobs.delete(url);
    come.delete(url);
  };
  define(URL, "revokeObjectURL", function (url) {
    revokeObjectURL.call(URL, url);
    if (blobs.has(url)) helios.turn().then(helios.turn).then(() => forget(url)); // it may be asked for just now
  });
  /** @param {string} url @returns {Promise<void>} */
  const preload = (url) =>
    new Promise((resolve) => {
      const link = Object.assign(document.createElement("link"), { rel: "modulepreload", href: url });
      link.onload = link.onerror = () => {
        link.remove();
        resolve();
      };
      document.documentElement.append(link);
    });
  const awaitBlob = async (url, type) => {
    come.add(url);
    if (type === "json" || type === "css") await import(url, { with: { type } }).catch(() => {});
    else if (isInPage) await preload(url);
  };
  const kinds = new Set();
  let made = 0;
  let untold = 0; // of those that are ours
  let asked = 0;
  let isWaiting = false;
  const importEmpty = async (kind) => {
    const text = `/* ${made++} */`;
    const isBlob = kind === "blob";
    const url = isBlob ? createObjectURL.call(URL, new Blob([text], { type: "text/javascript" }))
      : `data:text/javascript,${text}`;
    untold += 1;
    await import(url).catch(() => {}); // the page's own policy may forbid it
    if (isBlob) revokeObjectURL.call(URL, url);
  };
  const allRan = async () => {
    let seen;
    do {
      seen = asked;
      if (kinds.has("blob")) {
        const unknown = [...blobs].filter(([url]) => !come.has(url));
        await Promise.all(unknown.map(([url, type]) => awaitBlob(url, type)));
      }
      for (const kind of kinds) await importEmpty(kind);
      await helios.turn();
      await helios.turn();
    } while (seen !== asked); // those that came may have asked for others
    isWaiting = false;
  };
  const awaitInside = () => {
    asked += 1;
    if (isWaiting) return;
    isWaiting = true;
    helios.waitFor(allRan(), "modules without an address", shown);
  };

  // ---- what the browser tells -----------------------------------------------------------------
  const begun = (event, type) => {
    const { blockedURI: url } = event;
    if (/^https?:/.test(url)) awaitModule(event, type);
    if (url !== "data" && url !== "blob") return;
    if (untold && isOurs(event)) {
      untold -= 1;
      return;
    }
    kinds.add(url);
    awaitInside();
  };
  const loads = {
    ...helios.loadsBegun,
    "script-src-elem": (event) => begun(event),
    "style-src-elem": (event) => {
      if (!helios.awaitSheets?.(event.blockedURI)) begun(event, "css");
    },
    // What scripts fetch goes through us (sources.js); what is left are modules of JSON.
    "connect-src": (event) => {
      if (!isOurs(event)) begun(event, "json");
    },
  };
  window.addEventListener("securitypolicyviolation", (event) => {
    if (event.disposition !== "report" || event.originalPolicy !== config.loadsPolicy) return;
    event.stopImmediatePropagation();
    loads[event.effectiveDirective]?.(event);
  }, true);
}
