// The film's sound as Shadertoy shows it: 512 levels of the spectrum, and below them the wave.
/** @param {any} helpers */
({ gl, program, config, shared, texture, loading, HeliosShaderError }) => {
  const [WIDTH, SILENCE] = [512, 128];
  const silent = new Uint8Array(2 * WIDTH).fill(SILENCE, WIDTH);
  return () => {
    shared.hears = true;
    let rows = new Uint8Array(0);
    loading.push(fetch("/.helios/sound").then(async (answer) => {
      rows = new Uint8Array(await answer.arrayBuffer());
    }).catch(() => { throw new HeliosShaderError(`${program.name}: the sound cannot be shown: it is too long`); }));
    const made = {
      texture: texture(() => gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R8, WIDTH, 2)),
      size: [WIDTH, 2],
      time: 0,
      update: (frame) => {
        const start = frame * silent.length;
        const row = start < rows.length ? rows.subarray(start, start + silent.length) : silent;
        made.time = (frame * config.fpsDen) / config.fpsNum;
        gl.bindTexture(gl.TEXTURE_2D, made.texture);
        gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, WIDTH, 2, gl.RED, gl.UNSIGNED_BYTE, row);
      },
    };
    return made;
  };
}
