// What a shader reads that is no texture: the film's numbers, what the song does, and what props set.
/** @param {any} helpers */
({ program, parts, config, around, size, HeliosShaderError }) => {
  const COUNTS = { vec2: 2, vec3: 3, vec4: 4 };
  const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
  const refuse = ({ name, type, low, high }, value) => {
    const range = low === null ? "" : ` from ${low} to ${high}`;
    const wanted = COUNTS[type] ? `a list of ${COUNTS[type]} numbers${range}`
      : { color: "#rrggbb", bool: "true or false", int: `a whole number${range}` }[type] ?? `a number${range}`;
    throw new HeliosShaderError(`${program.name}: the prop ${name} is ${wanted}, not ${JSON.stringify(value)}`);
  };
  const valueOf = (parameter, value) => {
    const { type, low, high } = parameter;
    if (type === "color") {
      if (typeof value !== "string" || !/^#[0-9a-f]{6}$/i.test(value)) refuse(parameter, value);
      return [1, 3, 5].map((at) => parseInt(value.slice(at, at + 2), 16) / 255);
    }
    if (type === "bool") return typeof value === "boolean" ? Number(value) : refuse(parameter, value);
    const numbers = COUNTS[type] ? value : [value];
    const fits = Array.isArray(numbers) && numbers.length === (COUNTS[type] ?? 1)
      && numbers.every((n) => isNumber(n) && (low === null || (n >= low && n <= high)))
      && (type !== "int" || Number.isInteger(value));
    return fits ? numbers : refuse(parameter, value);
  };
  const props = window.__HELIOS_PROPS__ ?? {};
  const OURS = ["duration", "title", "artist", "album", "picture"];
  for (const name of Object.keys(props)) {
    if (program.parameters.some((each) => each.name === name) || OURS.includes(name)) continue;
    const known = program.parameters.map((each) => each.name).join(", ") || "none";
    throw new HeliosShaderError(`${program.name} has no parameter ${name}; there are: ${known}`);
  }
  const settings = program.parameters.map((each) => [each.name, valueOf(each, props[each.name] ?? each.default)]);

  const heard = parts.heard?.({ config });
  const MOMENT = new Date(2024, 0, 1).getTime();
  return (frame) => {
    const time = (frame * config.fpsDen) / config.fpsNum;
    const now = new Date(MOMENT + time * 1000);
    const seconds = now.getHours() * 3600 + now.getMinutes() * 60 + now.getSeconds() + (time % 1);
    return [
      ["iResolution", [...size, 1]], ["iTime", time], ["iGlobalTime", time], ["iFrame", frame],
      ["iTimeDelta", config.fpsDen / config.fpsNum], ["iFrameRate", config.fpsNum / config.fpsDen],
      ["iDate", [now.getFullYear(), now.getMonth(), now.getDate(), seconds]],
      ["iMouse", [0, 0, 0, 0]], ["iSampleRate", 48000], ["iSeed", config.seed / 2 ** 32],
      ["helios_around", [around?.coverage_rad ?? 0, around?.eye_radius ?? 0, around?.layout ?? 0, 0]],
      ...(heard?.(frame) ?? []),
      ...settings,
    ];
  };
}
