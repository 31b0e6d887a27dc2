// What the page says about itself.
(helios) => {
  const text = (value) => (value === "" || value === null || value === undefined ? null : String(value).trim());
  const meta = (name) => document.querySelector(`meta[name="helios:${name}"]`)?.content;
  helios.declared = () => {
    const page = helios.contract();
    const attributes = document.documentElement.dataset;
    const markup = helios.declaredByMarkup();
    const say = (name) => {
      const key = `helios${name[0].toUpperCase()}${name.slice(1)}`;
      let own = page?.[name];
      if (own !== null && typeof own === "object" && "value" in own) own = own.value;
      return text(own ?? attributes[key] ?? meta(name) ?? markup[name]);
    };
    return { duration: say("duration"), fps: say("fps"), width: say("width"), height: say("height") };
  };
}
