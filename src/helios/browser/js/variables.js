// Variables of pages written for HyperFrames: declared with a default, given by a host or as props.
/** @param {Stage} helios */
(helios) => {
  const read = (text) => {
    try {
      return JSON.parse(text ?? "null");
    } catch {
      return null;
    }
  };
  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const declaredBy = (element) => {
    const entries = read(element.dataset?.compositionVariables);
    const usable = Array.isArray(entries) ? entries.filter((each) => isObject(each) && "default" in each) : [];
    return Object.fromEntries(usable.map((each) => [each.id, each.default]));
  };
  const declaredIn = (...roots) => {
    const declaring = roots.flatMap((root) => [...root.querySelectorAll("[data-composition-variables]")]);
    return Object.assign({}, ...declaring.map(declaredBy));
  };
  const givenBy = (host) => {
    const values = read(host.dataset.variableValues);
    return isObject(values) ? values : {};
  };

  // What comes from a file of its own has its variables for itself, each time that it is brought in.
  const instances = new WeakMap();
  helios.declareInstance = (host, parts) => {
    const values = { ...declaredIn(...parts), ...givenBy(host) };
    instances.set(host, values);
    (window.__hfVariablesByComp ??= {})[String(host.dataset.compositionId)] = values;
  };
  const ofPage = () => ({ ...declaredIn(document), ...(window.__hfVariables ?? window.__HELIOS_PROPS__) });
  const variablesOf = (element) => {
    for (let each = element; each; each = each.parentElement) {
      if (instances.has(each)) return instances.get(each);
      if (each.dataset?.variableValues !== undefined) return { ...ofPage(), ...givenBy(each) };
    }
    return ofPage();
  };
  // A script that runs is asked for its place.
  if (helios.isPage) window.__hyperframes = { getVariables: () => ({ ...variablesOf(document.currentScript) }) };

  const isScalar = (value) => ["string", "number", "boolean"].includes(typeof value);
  const cssName = (id) => `--${id.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "node"}`;
  const setProperties = (root) => {
    const style = getComputedStyle(root);
    for (const [id, value] of Object.entries(variablesOf(root))) {
      const word = isScalar(value) ? String(value) : value?.name;
      if (typeof word !== "string" || word === "") continue;
      root.style.setProperty(`--${id}`, word);
      if (!style.getPropertyValue(cssName(id))) root.style.setProperty(cssName(id), word);
    }
  };
  const setText = (element, text) => {
    const own = [...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
    if (own.length === 0) element.prepend(text);
    own.forEach((node, place) => { node.data = place ? "" : text; });
  };
  // `within`: an element or the document, with all that is in it.
  helios.bindVariables = (within, roots) => {
    for (const root of within.querySelectorAll(roots)) setProperties(root);
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (within.querySelectorAll("[data-var-text]"))) {
      const value = variablesOf(element)[String(element.dataset.varText).trim()];
      if (isScalar(value)) setText(element, String(value));
    }
    const shown = /** @type {NodeListOf<HTMLImageElement>} */ (within.querySelectorAll(":is(img, video, audio, source)[data-var-src]"));
    for (const element of shown) {
      const value = variablesOf(element)[String(element.dataset.varSrc).trim()];
      const url = isObject(value) ? value.url : value;
      if (typeof url === "string" && url !== "") element.src = url;
    }
  };
}
