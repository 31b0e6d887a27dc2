//! with numbers, view
// An equirectangular picture as sky: straight ahead (-z) is its centre, right is right.

struct Wrap {
  view: View,
  // Yaw, sine and cosine of the pitch.
  angles: vec4<f32>,
}

@group(0) @binding(0) var<uniform> wrap: Wrap;
@group(0) @binding(1) var<storage, read> decode: array<f32>;
@group(0) @binding(2) var picture: texture_2d<u32>;
@group(0) @binding(3) var out: texture_storage_2d<rgba16float, write>;

fn light_of(x: i32, y: i32) -> vec3<f32> {
  let top = arrayLength(&decode) - 2u;
  let i = textureLoad(picture, vec2(x, y), 0).rgb * top / 255u;
  return vec3(decode[i.r], decode[i.g], decode[i.b]);
}

@compute @workgroup_size(8, 8)
fn draw(@builtin(global_invocation_id) id: vec3<u32>) {
  if (f32(id.x) >= wrap.view.size.x || f32(id.y) >= wrap.view.size.y) {
    return;
  }
  let size = vec2<i32>(textureDimensions(picture));
  let d = ray(wrap.view, f32(id.x) + 0.5, f32(id.y) + 0.5);
  let s = wrap.angles.y;
  let c = wrap.angles.z;
  let lon = angle_of(d.x, -(d.y * s + d.z * c)) + wrap.angles.x;
  let lat = arc_sine(clamp(d.y * c - d.z * s, -1.0, 1.0));
  let fx = (lon / (2.0 * PI) + 0.5) * f32(size.x) - 0.5;
  let fy = clamp((0.5 - lat / PI) * f32(size.y) - 0.5, 0.0, f32(size.y) - 1.0);
  let whole = floor(fx);
  let left = (i32(whole) % size.x + size.x) % size.x;
  let right = (left + 1) % size.x;
  let top = min(i32(fy), max(0, size.y - 2));
  let below = min(top + 1, size.y - 1);
  let tx = fx - whole;
  let upper = mix(light_of(left, top), light_of(right, top), tx);
  let lower = mix(light_of(left, below), light_of(right, below), tx);
  textureStore(out, vec2(id.x, id.y), vec4(mix(upper, lower, fy - f32(top)), 1.0));
}
