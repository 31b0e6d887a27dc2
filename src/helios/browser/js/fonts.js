// Which fonts the words of a page ask this machine for: another one that draws frames must have the same.
/** @param {Stage} helios */
(helios) => {
  const { shared } = helios;
  const MOST_FONTS = 32;
  const MOST_CHARACTERS = 48;
  const MOST_ELEMENTS = 2000; // whose ::before and ::after are looked at
  const SILENT = /^(script|style|title|noscript|template)$/i;
  const NAMES = /"[^"]*"|'[^']*'|[^,]+/g;
  const LATIN = /[A-Za-z0-9]/;
  // What every font of Latin letters has is tried anyhow.
  const FURTHER = /[^\0-\u024f\u2010-\u202f\p{M}\p{C}\p{Z}]/gu;
  // Of an alphabet always the same letters: pages that differ in their words alone ask for the same.
  /** @type {[RegExp, string][]} */
  const ALPHABETS = [
    [/\p{Script=Greek}/u, "αβγδλπσωΔΩ"],
    [/\p{Script=Cyrillic}/u, "абгджзилфыяДЖ"],
    [/\p{Script=Hebrew}/u, "אבגדהש"],
    [/\p{Script=Arabic}/u, "ابجدسلمن"],
    [/\p{Script=Devanagari}/u, "अकखगनम"],
    [/\p{Script=Thai}/u, "กขคงจม"],
  ];
  const bare = (name) => name.trim().replace(/^["']|["']$/g, "").toLowerCase();
  /** @param {Map<string, FontAsked & { letters: Set<string> }>} asked */
  const note = (asked, own, style, weight, list, text) => {
    if (!text.trim()) return;
    const isItalic = /italic|oblique/.test(style);
    const isOwn = own.size > 0 && (list.match(NAMES) ?? []).some((name) => own.has(bare(name)));
    const families = (list.match(NAMES) ?? []).filter((name) => !own.has(bare(name))).map((name) => name.trim());
    const font = {
      style: [isItalic ? "italic" : "", weight === "400" || weight === "normal" ? "" : weight].filter(Boolean).join(" "),
      families: families.join(", ") || "serif",
      pageFont: isOwn ? list : "",
    };
    const key = JSON.stringify(font);
    if (!asked.has(key)) asked.set(key, { ...font, isLatin: false, characters: "", letters: new Set() });
    const found = /** @type {FontAsked & { letters: Set<string> }} */ (asked.get(key));
    found.isLatin ||= LATIN.test(text);
    for (const character of text.match(FURTHER) ?? []) {
      const [, letters] = ALPHABETS.find(([script]) => script.test(character)) ?? [null, character];
      for (const letter of letters) found.letters.add(letter);
    }
  };
  /** Adds what this document asks for; `more`: text that any of its fonts may be asked for. */
  helios.noteFonts = (asked, more = "") => {
    const own = new Set();
    for (const face of document.fonts) if (face.status !== "error") own.add(bare(face.family));
    let looked = 0;
    for (const scope of [document, ...helios.shadowRoots]) {
      for (const element of scope.querySelectorAll("*")) {
        if (SILENT.test(element.localName)) continue;
        let text = "";
        for (const node of element.childNodes) if (node instanceof Text) text += node.data;
        if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) {
          text += element.value || element.placeholder;
        }
        if (text.trim()) {
          const style = getComputedStyle(element);
          note(asked, own, style.fontStyle, style.fontWeight, style.fontFamily, text + more);
        }
        if (looked++ > MOST_ELEMENTS) continue;
        for (const pseudo of ["::before", "::after"]) {
          const style = getComputedStyle(element, pseudo);
          const written = /"(.*)"/s.exec(style.content)?.[1];
          if (written) note(asked, own, style.fontStyle, style.fontWeight, style.fontFamily, written);
        }
      }
    }
    for (const [font, text] of helios.penned) {
      const [, before, list] = /^(.*?)[\d.]+px(?:\/\S+)? (.*)$/.exec(font) ?? [];
      const weight = /\b(\d{3}|bold)\b/.exec(before)?.[1] ?? "400";
      if (list) note(asked, own, before, weight === "bold" ? "700" : weight, list, text);
    }
  };
  helios.fontsAsked = (more = "") => {
    const asked = new Map();
    for (const each of shared.documents) if (each.isAlive()) each.noteFonts?.(asked, each === helios ? more : "");
    return [...asked.keys()].toSorted().slice(0, MOST_FONTS).map((key) => {
      const { letters, ...font } = asked.get(key);
      return { ...font, characters: [...letters].toSorted().slice(0, MOST_CHARACTERS).join("") };
    });
  };
}
