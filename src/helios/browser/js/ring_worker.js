// Writes frames into a file of the origin's private file system, which Python maps into memory.
// Layout: a page of 4096 bytes (token at 0; from 64 on, one 32-bit frame number + 1 per slot),
// then the slots.
const HEADER = 4096;
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
  handle.write(mark, { at: 64 + slot * 4 });
};
self.onmessage = async ({ data }) => {
  const { id } = data;
  try {
    if (data.open) {
      await open(data.open);
      self.postMessage({ id });
    } else if (data.picture) {
      const { picture } = data;
      const { format } = picture;
      await picture.copyTo(scratch);
      picture.close();
      write(id, data.slot, scratch);
      self.postMessage({ id, format });
    } else {
      write(id, data.slot, new Uint8Array(data.buffer));
      self.postMessage({ id, buffer: data.buffer }, [data.buffer]);
    }
  } catch (error) {
    self.postMessage({ id, error: String(error) });
  }
};
