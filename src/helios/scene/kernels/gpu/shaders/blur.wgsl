// Light smoothed along one axis.

struct Blur {
  // Along x (1, 0) or y (0, 1); whether rows go on at their other end; how many taps.
  way: vec4<u32>,
}

@group(0) @binding(0) var<uniform> blur: Blur;
@group(0) @binding(1) var light: texture_2d<f32>;
@group(0) @binding(2) var out: texture_storage_2d<rgba32float, write>;
@group(0) @binding(3) var<storage, read> taps: array<f32>;

fn near(at: vec2<i32>, size: vec2<i32>) -> vec3<f32> {
  var p = at;
  if (blur.way.z != 0u) {
    p.x = (p.x % size.x + size.x) % size.x;
  }
  return textureLoad(light, clamp(p, vec2(0), size - 1), 0).rgb;
}

@compute @workgroup_size(8, 8)
fn smooth_light(@builtin(global_invocation_id) id: vec3<u32>) {
  let size = vec2<i32>(textureDimensions(light));
  let at = vec2<i32>(id.xy);
  if (any(at >= size)) {
    return;
  }
  var total = taps[0] * near(at, size);
  let way = vec2<i32>(blur.way.xy);
  for (var n = 1; n < i32(blur.way.w); n++) {
    total += taps[n] * (near(at - n * way, size) + near(at + n * way, size));
  }
  textureStore(out, id.xy, vec4(total, 1.0));
}
