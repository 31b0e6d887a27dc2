// Draws a shader program: its buffers and then the picture, once for each frame of the film.
/** @typedef {{ kind: string, file: string, filter: string, wrap: string, flip: boolean }} ShaderChannel */
/** @typedef {{ name: string, files: string[], channels: (ShaderChannel | null)[], source: string, around: string | null }} ShaderPass */
/** @typedef {{ name: string, type: string, default: any, low: number | null, high: number | null }} ShaderParameter */
/**
 * @typedef {{ name: string, passes: ShaderPass[], parameters: ShaderParameter[], schema: object, isStateful: boolean }} ShaderProgram
 */
/** @param {ShaderProgram} program @param {Record<string, any>} parts */
(program, parts) => {
  const stage = /** @type {{ main: Stage }} */ (/** @type {unknown} */ (window.__helios_stage__)).main;
  const { config, shared } = stage;
  const { around } = config;
  class HeliosShaderError extends Error {}

  const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("canvas")); // the page has one (page.py)
  canvas.width = config.width;
  canvas.height = config.height;
  const gl = /** @type {WebGL2RenderingContext} */ (canvas.getContext("webgl2", {
    alpha: config.transparent, premultipliedAlpha: false, antialias: false, depth: false, stencil: false,
  }));
  if (!gl) throw new HeliosShaderError(`${program.name}: this browser has no WebGL 2`);
  gl.getExtension("EXT_color_buffer_float");
  gl.getExtension("OES_texture_float_linear");
  const eyes = { beside: around?.layout === 2 ? 2 : 1, below: around?.layout === 1 ? 2 : 1 };
  const isAround = Boolean(around && program.passes.at(-1)?.around);
  const size = isAround
    ? [canvas.width / eyes.beside, canvas.height / eyes.below]
    : [canvas.width, canvas.height];

  // ---- programs -----------------------------------------------------------------------------------
  const CORNERS = `#version 300 es
    void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0, 1); }`;
  // "ERROR: 2:17: 'x' : undeclared identifier": string 2 is the second part of the pass.
  const explain = (log, pass) => {
    const lines = (log ?? "").replaceAll("\0", "").split("\n").filter(Boolean);
    const shown = lines.map((line) => line.replace(/^(?:ERROR|WARNING): (\d+):(\d+): /, (_, part, at) => {
      const file = pass.files[part - 1];
      return file ? `${file}:${at}: ` : `${pass.name}: `;
    }));
    return shown.slice(0, 8).join("\n") || "it cannot be compiled";
  };
  const compile = (kind, source, pass) => {
    const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) {
      throw new HeliosShaderError(explain(gl.getShaderInfoLog(shader), pass));
    }
    return shader;
  };
  const link = (pass) => {
    const handle = gl.createProgram();
    gl.attachShader(handle, compile(gl.VERTEX_SHADER, CORNERS, pass));
    gl.attachShader(handle, compile(gl.FRAGMENT_SHADER, (isAround && pass.around) || pass.source, pass));
    gl.linkProgram(handle);
    if (!gl.getProgramParameter(handle, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new HeliosShaderError(`${pass.files.at(-1)}: ${explain(gl.getProgramInfoLog(handle), pass)}`);
    }
    const uniforms = new Map();
    for (let n = 0; n < gl.getProgramParameter(handle, gl.ACTIVE_UNIFORMS); n += 1) {
      const { name, type } = /** @type {WebGLActiveInfo} */ (gl.getActiveUniform(handle, n));
      uniforms.set(name.replace("[0]", ""), { place: gl.getUniformLocation(handle, name), type });
    }
    return { handle, uniforms };
  };
  const SETTERS = {
    [gl.FLOAT]: "uniform1fv", [gl.FLOAT_VEC2]: "uniform2fv", [gl.FLOAT_VEC3]: "uniform3fv",
    [gl.FLOAT_VEC4]: "uniform4fv", [gl.INT]: "uniform1iv", [gl.BOOL]: "uniform1iv", [gl.SAMPLER_2D]: "uniform1iv",
    [gl.INT_VEC2]: "uniform2iv", [gl.INT_VEC3]: "uniform3iv", [gl.INT_VEC4]: "uniform4iv",
  };
  const set = (uniforms, name, value) => {
    const uniform = uniforms.get(name);
    if (uniform && SETTERS[uniform.type]) gl[SETTERS[uniform.type]](uniform.place, [value].flat());
  };

  // ---- textures -----------------------------------------------------------------------------------
  const texture = (fill) => {
    const made = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, made);
    fill?.();
    return made;
  };
  const WRAPS = { clamp: gl.CLAMP_TO_EDGE, repeat: gl.REPEAT, mirror: gl.MIRRORED_REPEAT };
  const sampler = ({ filter, wrap }) => {
    const made = gl.createSampler();
    const small = { nearest: gl.NEAREST, linear: gl.LINEAR, mipmap: gl.LINEAR_MIPMAP_LINEAR }[filter];
    gl.samplerParameteri(made, gl.TEXTURE_MIN_FILTER, small);
    gl.samplerParameteri(made, gl.TEXTURE_MAG_FILTER, filter === "nearest" ? gl.NEAREST : gl.LINEAR);
    gl.samplerParameteri(made, gl.TEXTURE_WRAP_S, WRAPS[wrap]);
    gl.samplerParameteri(made, gl.TEXTURE_WRAP_T, WRAPS[wrap]);
    return made;
  };
  const empty = texture(() => gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 1, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4)));
  const loading = [];
  const upload = (source, flip) => {
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, flip);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, source);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
  };
  const openImage = ({ file, filter, flip }) => {
    const made = { texture: texture(), size: [1, 1], time: 0 };
    const picture = new Image();
    picture.src = file;
    loading.push(picture.decode().then(() => {
      made.size = [picture.naturalWidth, picture.naturalHeight];
      gl.bindTexture(gl.TEXTURE_2D, made.texture);
      upload(picture, flip);
      if (filter === "mipmap") gl.generateMipmap(gl.TEXTURE_2D);
    }, () => { throw new HeliosShaderError(`${program.name}: the picture ${file} cannot be read`); }));
    return made;
  };
  // What several passes read alike is there once.
  const opened = new Map();
  const once = (channel, open) => {
    const key = JSON.stringify([channel.kind, channel.file, channel.flip]);
    if (!opened.has(key)) opened.set(key, open(channel));
    return opened.get(key);
  };
  const helpers = { gl, program, config, shared, texture, upload, loading, HeliosShaderError };
  // Nobody presses a key in a film.
  const openKeyboard = () => ({
    texture: texture(() => gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R8, 256, 3)), size: [256, 3], time: 0,
  });
  const KINDS = { image: openImage, keyboard: openKeyboard, sound: parts.sound?.(helpers), video: parts.video?.(helpers) };

  // ---- passes -------------------------------------------------------------------------------------
  const buffers = new Map();
  const isReadSmall = (name) => program.passes.some((pass) =>
    pass.channels.some((channel) => channel?.kind === name && channel?.filter === "mipmap"));
  const openBuffer = (name) => {
    const isSmall = isReadSmall(name);
    const levels = isSmall ? Math.floor(Math.log2(Math.max(canvas.width, canvas.height))) + 1 : 1;
    const side = () => {
      const made = texture(() => gl.texStorage2D(gl.TEXTURE_2D, levels, gl.RGBA32F, canvas.width, canvas.height));
      const target = gl.createFramebuffer();
      gl.bindFramebuffer(gl.FRAMEBUFFER, target);
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, made, 0);
      gl.clearBufferfv(gl.COLOR, 0, [0, 0, 0, 0]);
      return { texture: made, target };
    };
    const [shown, next] = [side(), side()];
    return { shown, next, isSmall, get texture() { return this.shown.texture; }, size: [canvas.width, canvas.height], time: 0 };
  };
  for (const { name } of program.passes.slice(0, -1)) buffers.set(name, openBuffer(name));
  const open = (channel) => {
    if (!channel) return null;
    const shows = buffers.get(channel.kind) ?? once(channel, KINDS[channel.kind]);
    return { shows, sampler: sampler(channel) };
  };
  const passes = program.passes.map((pass) => ({ ...link(pass), pass, channels: pass.channels.map(open) }));
  for (const { pass, channels, uniforms } of passes) {
    channels.forEach((channel, n) => {
      if (channel || !uniforms.has(`iChannel${n}`)) return;
      stage.tell(`note ${pass.files.at(-1)} reads iChannel${n}, which is black: nothing says what it shows. Say so in a `
        + `comment: // helios: iChannel${n} = sound (or a picture, a video, bufferA)`);
    });
  }
  if (around && !isAround) {
    stage.tell(`note ${program.name} has no mainVR: its picture is taken as it is for one that goes all around`);
  }

  const everyFrame = parts.values({ program, parts, config, around, size, HeliosShaderError });
  const drawPass = ({ handle, uniforms, pass, channels }, values) => {
    gl.useProgram(handle);
    for (const [name, value] of values) set(uniforms, name, value);
    const shown = channels.map((channel) => channel?.shows);
    set(uniforms, "iChannelResolution", shown.flatMap((each) => [...(each?.size ?? [0, 0]), each ? 1 : 0]));
    set(uniforms, "iChannelTime", shown.map((each) => each?.time ?? 0));
    channels.forEach((channel, n) => {
      gl.activeTexture(gl.TEXTURE0 + n);
      gl.bindTexture(gl.TEXTURE_2D, channel?.shows.texture ?? empty);
      gl.bindSampler(n, channel?.sampler ?? null);
      set(uniforms, `iChannel${n}`, n);
    });
    const buffer = buffers.get(pass.name);
    gl.bindFramebuffer(gl.FRAMEBUFFER, buffer?.next.target ?? null);
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    if (!buffer) return;
    [buffer.shown, buffer.next] = [buffer.next, buffer.shown];
    if (!buffer.isSmall) return;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, buffer.texture);
    gl.generateMipmap(gl.TEXTURE_2D);
  };
  // A frame that is only lived through has no picture, and needs its buffers only if they keep something.
  const draw = () => {
    const { frame, isReplaying } = shared;
    if (isReplaying && !program.isStateful) return;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindSampler(0, null);
    for (const each of opened.values()) each.update?.(frame);
    const values = everyFrame(frame);
    for (const each of isReplaying ? passes.slice(0, -1) : passes) drawPass(each, values);
    // Frames that are only lived through would queue up in the browser: each is waited for.
    if (isReplaying) gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.FLOAT, new Float32Array(4));
  };
  let isReady = false;
  const ready = Promise.all(loading).then(() => { isReady = true; });
  window.helios = { schema: program.schema, seek: () => (isReady ? draw() : ready.then(draw)) };
}
