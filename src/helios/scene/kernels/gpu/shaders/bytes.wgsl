// From what a screen shows to a picture's bytes: RGB, or BT.709 limited range with chroma where
// H.264 and HEVC expect it, at the left. Every invocation writes four bytes.

struct Strip {
  // Columns and rows; columns of one eye; first row, within its eye's picture.
  size: vec4<u32>,
  // Where, in words of four bytes, blue and red chroma begin in ``out``.
  planes: vec4<u32>,
}

@group(0) @binding(0) var<uniform> strip: Strip;
@group(0) @binding(1) var<storage, read> shown: array<f32>;
@group(0) @binding(2) var<storage, read> dither: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;

const LUMA = vec3(0.2126, 0.7152, 0.0722);
const ROWS_OF_DITHER = 64u;
const CB = 224.0 / 255.0 / 1.8556 / 8.0;
const CR = 224.0 / 255.0 / 1.5748 / 8.0;

fn word_of(group: vec3<u32>, groups: vec3<u32>, local: u32) -> u32 {
  return (group.y * groups.x + group.x) * 64u + local;
}

fn colour(column: u32, row: u32) -> vec3<f32> {
  let i = row * strip.size.x + column;
  let plane = strip.size.x * strip.size.y;
  return vec3(shown[i], shown[plane + i], shown[2u * plane + i]);
}

fn noise(column: u32, row: u32) -> f32 {
  let y = (strip.size.w + row) % ROWS_OF_DITHER;
  return dither[y * strip.size.z + column % strip.size.z];
}

fn luma(i: u32, levels: f32) -> u32 {
  let column = i % strip.size.x;
  let row = i / strip.size.x;
  if (row >= strip.size.y) {
    return 0u;
  }
  let value = dot(LUMA, colour(column, row));
  return u32(levels * (value * (219.0 / 255.0) + 16.0) + noise(column, row));
}

// Blue and red chroma.
fn chroma(i: u32, levels: f32) -> vec2<u32> {
  let column = 2u * (i % (strip.size.x / 2u));
  let row = 2u * (i / (strip.size.x / 2u));
  if (row >= strip.size.y) {
    return vec2(0u);
  }
  let left = select(column - 1u, column, column % strip.size.z == 0u);
  let sum = colour(left, row) + colour(left, row + 1u)
    + 2.0 * (colour(column, row) + colour(column, row + 1u))
    + colour(column + 1u, row) + colour(column + 1u, row + 1u);
  let light = dot(LUMA, sum);
  let away = vec2((sum.b - light) * CB, (sum.r - light) * CR);
  return vec2<u32>(levels * (away + 128.0) + 0.5);
}

@compute @workgroup_size(64)
fn luma8(@builtin(workgroup_id) g: vec3<u32>, @builtin(num_workgroups) n: vec3<u32>,
         @builtin(local_invocation_index) local: u32) {
  let k = word_of(g, n, local);
  if (k < strip.planes.x) {
    out[k] = luma(4u * k, 1.0) | (luma(4u * k + 1u, 1.0) << 8u)
      | (luma(4u * k + 2u, 1.0) << 16u) | (luma(4u * k + 3u, 1.0) << 24u);
  }
}

@compute @workgroup_size(64)
fn luma10(@builtin(workgroup_id) g: vec3<u32>, @builtin(num_workgroups) n: vec3<u32>,
          @builtin(local_invocation_index) local: u32) {
  let k = word_of(g, n, local);
  if (k < strip.planes.x) {
    out[k] = luma(2u * k, 4.0) | (luma(2u * k + 1u, 4.0) << 16u);
  }
}

@compute @workgroup_size(64)
fn chroma8(@builtin(workgroup_id) g: vec3<u32>, @builtin(num_workgroups) n: vec3<u32>,
           @builtin(local_invocation_index) local: u32) {
  let k = word_of(g, n, local);
  if (k < strip.planes.y - strip.planes.x) {
    let a = chroma(4u * k, 1.0);
    let b = chroma(4u * k + 1u, 1.0);
    let c = chroma(4u * k + 2u, 1.0);
    let d = chroma(4u * k + 3u, 1.0);
    let both = a | (b << vec2(8u)) | (c << vec2(16u)) | (d << vec2(24u));
    out[strip.planes.x + k] = both.x;
    out[strip.planes.y + k] = both.y;
  }
}

@compute @workgroup_size(64)
fn chroma10(@builtin(workgroup_id) g: vec3<u32>, @builtin(num_workgroups) n: vec3<u32>,
            @builtin(local_invocation_index) local: u32) {
  let k = word_of(g, n, local);
  if (k < strip.planes.y - strip.planes.x) {
    let both = chroma(2u * k, 4.0) | (chroma(2u * k + 1u, 4.0) << vec2(16u));
    out[strip.planes.x + k] = both.x;
    out[strip.planes.y + k] = both.y;
  }
}

fn channel(i: u32) -> u32 {
  let column = i / 3u % strip.size.x;
  let row = i / 3u / strip.size.x;
  if (row >= strip.size.y) {
    return 0u;
  }
  return u32(colour(column, row)[i % 3u] + noise(column, row));
}

@compute @workgroup_size(64)
fn rgb8(@builtin(workgroup_id) g: vec3<u32>, @builtin(num_workgroups) n: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let k = word_of(g, n, local);
  if (k < strip.planes.x) {
    out[k] = channel(4u * k) | (channel(4u * k + 1u) << 8u)
      | (channel(4u * k + 2u) << 16u) | (channel(4u * k + 3u) << 24u);
  }
}
