// What the page says about itself.
/** @param {Stage} helios */
(helios) => {
  const text = (value) => (value === "" || value === null || value === undefined ? null : String(value).trim());
  const meta = (name) => {
    const element = document.querySelector(`meta[name="helios:${name}"]`);
    return /** @type {HTMLMetaElement | null} */ (element)?.content;
  };
  // Pages made with Helios' own library say it by signals, which have a value.
  helios.said = (name, markup = {}) => {
    const key = `helios${name[0].toUpperCase()}${name.slice(1)}`;
    let own = helios.contract()?.[name];
    if (own !== null && typeof own === "object" && "value" in own) own = own.value;
    return text(own ?? document.documentElement.dataset[key] ?? meta(name) ?? markup[name]);
  };
  helios.declared = () => {
    const markup = helios.declaredByMarkup();
    const say = (name) => helios.said(name, markup);
    return { duration: say("duration"), fps: say("fps"), width: say("width"), height: say("height") };
  };
}
