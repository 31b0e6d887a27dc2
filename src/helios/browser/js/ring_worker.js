// Writes frames into a file of the origin's private file system, which Python maps into memory.
// Layout: a page of 4096 bytes (token at 0; from 64 on, one 32-bit frame number + 1 per slot),
// then the slots. Given a canvas, it also draws what a page painted, and pages after it.
const HEADER = 4096;
const MARKS = 64;
let handle = null;
let size = 0;
let scratch = null;
const mark = new Uint32Array(1);

const open = async ({ name, token, slots, size: slotSize }) => {
  const root = await navigator.storage.getDirectory();
  const file = await root.getFileHandle(name, { create: true });
  handle = await file.createSyncAccessHandle();
  size = slotSize;
  handle.truncate(HEADER + slots * size);
  handle.write(new Uint8Array(HEADER), { at: 0 });
  handle.write(new TextEncoder().encode(token), { at: 0 });
  scratch = new Uint8Array(size);
  handle.write(scratch.subarray(0, 1), { at: HEADER + slots * size - 1 });
  handle.flush();
};
const write = (frame, slot, bytes) => {
  if (bytes.byteLength !== size) throw new Error(`a frame has ${bytes.byteLength} bytes, not ${size}`);
  let done = 0;
  while (done < size) done += handle.write(bytes.subarray(done), { at: HEADER + slot * size + done });
  mark[0] = frame + 1;
  handle.write(mark, { at: MARKS + slot * 4 });
};
let surface = null;
let ink = null;
let tiles = [];
const takeSurface = (canvas, isTransparent) => {
  surface = canvas;
  ink = canvas.getContext("2d", { alpha: isTransparent });
  ink.fillStyle = "#fff";
  if (!ink.drawElementImage) throw new Error("no drawElementImage in workers");
};
const draw = (element) => {
  const { width, height } = surface;
  if (ink.getContextAttributes().alpha) ink.clearRect(0, 0, width, height);
  else ink.fillRect(0, 0, width, height);
  for (const tile of tiles) {
    ink.save();
    ink.beginPath();
    ink.rect(...tile);
    ink.clip();
    ink.drawElementImage(element, 0, 0);
    ink.restore();
  }
  element.close();
  return new VideoFrame(surface, { timestamp: 0 });
};
const serve = async (data) => {
  const { id, slot } = data;
  if (data.open) {
    await open(data.open);
    return [{ id }];
  }
  if (data.tiles) {
    ({ tiles } = data);
    if (data.surface) takeSurface(data.surface, data.isTransparent);
    handle.write(new Uint8Array(HEADER - MARKS), { at: MARKS });
    return [{ id }];
  }
  if (data.buffer) {
    write(id, slot, new Uint8Array(data.buffer));
    return [{ id, buffer: data.buffer }, [data.buffer]];
  }
  const picture = data.picture ?? draw(data.element);
  const { format } = picture;
  await picture.copyTo(scratch);
  picture.close();
  write(id, slot, scratch);
  return [{ id, format }];
};
// One at a time: they share the scratch memory.
/** @type {Promise<unknown>} */
let tail = Promise.resolve();
self.onmessage = ({ data }) => {
  tail = tail.then(() => serve(data)).catch((error) => [{ id: data.id, error: String(error) }])
    .then((reply) => Reflect.apply(self.postMessage, self, reply));
};
