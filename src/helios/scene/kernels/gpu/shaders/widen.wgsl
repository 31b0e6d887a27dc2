// Fewer columns spread over a whole row of an equirectangular picture: cubic (Catmull-Rom), around
// the edge.

struct Widening {
  // Rows of ``narrow`` that are read, from its first; first row of ``out``; columns of ``narrow``;
  // columns of ``out`` for each of them.
  at: vec4<u32>,
}

@group(0) @binding(0) var<uniform> widening: Widening;
@group(0) @binding(1) var narrow: texture_2d<f32>;
@group(0) @binding(2) var out: texture_storage_2d<rgba16float, write>;

fn column(x: i32, y: u32) -> vec3<f32> {
  let count = i32(widening.at.z);
  return textureLoad(narrow, vec2(u32((x + count) % count), y), 0).rgb;
}

@compute @workgroup_size(64)
fn widen(@builtin(global_invocation_id) id: vec3<u32>) {
  let step = widening.at.w;
  if (id.x >= widening.at.z * step || id.y >= widening.at.x) {
    return;
  }
  let at = (f32(id.x % step) + 0.5) / f32(step) - 0.5;
  let first = select(1, 0, at < 0.0);
  let t = select(at, at + 1.0, at < 0.0);
  let i = i32(id.x / step) + first - 2;
  let light = column(i, id.y) * (0.5 * t * (t * (2.0 - t) - 1.0))
    + column(i + 1, id.y) * (0.5 * (t * t * (3.0 * t - 5.0) + 2.0))
    + column(i + 2, id.y) * (0.5 * t * (t * (4.0 - 3.0 * t) + 1.0))
    + column(i + 3, id.y) * (0.5 * t * t * (t - 1.0));
  textureStore(out, vec2(id.x, widening.at.y + id.y), vec4(max(light, vec3(0.0)), 1.0));
}
