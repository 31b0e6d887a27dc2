// Draws a WGSL program by WebGPU, once for each frame of the film.
/** @param {any} program @param {Record<string, any>} parts */
(program, parts) => {
  const stage = /** @type {{ main: Stage }} */ (/** @type {unknown} */ (window.__helios_stage__)).main;
  const { config, shared } = stage;
  class HeliosShaderError extends Error {}

  const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("canvas")); // the page has one (page.py)
  const { width, height } = config;
  Object.assign(canvas, { width, height });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: config.transparent }));
  const size = [width, height];
  const everyFrame = parts.values({ program, parts, config, around: null, size, HeliosShaderError });
  if (config.around) {
    stage.tell(`note ${program.name} is WGSL: its picture is taken as it is for one that goes all around`);
  }
  const [pass] = program.passes;
  const { text, layout, lines } = pass.wgsl;
  const [file] = pass.files;

  // The types of WebGPU are not among those that the scripts are checked with.
  const { gpu } = /** @type {any} */ (navigator);
  const { GPUBufferUsage, GPUTextureUsage, GPUMapMode } = /** @type {any} */ (window);
  const FORMAT = "rgba8unorm";
  const ROW_BYTES = Math.ceil((width * 4) / 256) * 256;
  const prepare = async () => {
    const adapter = await gpu?.requestAdapter();
    if (!adapter) throw new HeliosShaderError(`${program.name}: this browser has no WebGPU, which draws WGSL`);
    const device = await adapter.requestDevice();
    const module = device.createShaderModule({ code: text });
    const { messages } = await module.getCompilationInfo();
    const errors = messages.filter(({ type }) => type === "error");
    if (errors.length) {
      throw new HeliosShaderError(errors.slice(0, 8).map(({ lineNum, message }) => (lineNum <= lines
        ? `${file}:${lineNum}: ${message}`
        : `${file}: ${message} (it is fn mainImage(fragCoord: vec2f) -> vec4f)`)).join("\n"));
    }
    const pipeline = await device.createRenderPipelineAsync({
      layout: "auto", vertex: { module }, fragment: { module, targets: [{ format: FORMAT }] },
    });
    const values = new Float32Array(4 * layout.slots);
    const uniforms = device.createBuffer({
      size: values.byteLength, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer: uniforms } }],
    });
    const target = device.createTexture({
      size, format: FORMAT, usage: GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_SRC,
    });
    const pixels = device.createBuffer({
      size: ROW_BYTES * height, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
    });
    return { device, pipeline, values, uniforms, group, target, pixels };
  };

  // A canvas that WebGPU draws into is not seen without a graphics card: the pixels are read and put.
  const draw = async ({ device, pipeline, values, uniforms, group, target, pixels }) => {
    const { frame, isReplaying } = shared;
    if (isReplaying) return;
    const now = new Map(everyFrame(frame));
    values.set([...size, 1, Number(config.transparent)]);
    for (const [name, slot] of layout.places) values.set([now.get(name)].flat().map(Number), 4 * slot);
    device.queue.writeBuffer(uniforms, 0, values);
    const encoder = device.createCommandEncoder();
    const drawing = encoder.beginRenderPass({
      colorAttachments: [{ view: target.createView(), loadOp: "clear", storeOp: "store" }],
    });
    drawing.setPipeline(pipeline);
    drawing.setBindGroup(0, group);
    drawing.draw(3);
    drawing.end();
    encoder.copyTextureToBuffer({ texture: target }, { buffer: pixels, bytesPerRow: ROW_BYTES }, size);
    device.queue.submit([encoder.finish()]);
    await pixels.mapAsync(GPUMapMode.READ);
    const shown = new Uint8ClampedArray(pixels.getMappedRange().slice(0));
    pixels.unmap();
    pen.putImageData(new ImageData(shown, ROW_BYTES / 4, height), 0, 0);
  };
  const ready = prepare();
  window.helios = { schema: program.schema, seek: () => ready.then(draw) };
}
