//! with numbers, view
// A plane of water: the scene seen upside down in it, bent by waves.

struct Water {
  view: View,
  // Height of the surface above the viewer, waves, how much it mirrors, the sky's gain.
  surface: vec4<f32>,
  colour: vec4<f32>,
  // Frequency times direction (x, z), steepness (x, z) of each wave.
  waves: array<vec4<f32>, 5>,
  // Their phases, four in each.
  phases: array<vec4<f32>, 2>,
}

@group(0) @binding(0) var<uniform> water: Water;
@group(0) @binding(1) var base: texture_2d<f32>;
@group(0) @binding(2) var reflected: texture_2d<f32>;
@group(0) @binding(3) var out: texture_storage_2d<rgba16float, write>;

// How far away no water is seen any more.
const END = 70.0;

// Cosine to 4e-5, as the particles' on the processor.
fn wave(x: f32) -> f32 {
  var t = (x + 0.5 * PI) * (0.5 / PI);
  t -= floor(t + 0.5);
  t = t * (8.0 - 16.0 * abs(t));
  return t * (0.775 + 0.225 * abs(t));
}

// at + shift, held between 0 and ``last``: shifts end softly towards a picture's edge. Folding what
// lies beyond back in would show everything near an edge twice.
fn inside(at: f32, shift: f32, last: f32) -> f32 {
  let room = 0.5 * select(at, last - at, shift > 0.0);
  var far = abs(shift);
  if (far > room) {
    let over = far - room;
    far = room;
    if (room > 0.0) {
      far += over * room / (over + room);
    }
  }
  return clamp(at + select(-far, far, shift > 0.0), 0.0, last);
}

// The same place of the sphere within the picture: on past the meridian, and past a pole.
fn around(at: vec2<f32>, size: vec2<f32>) -> vec2<f32> {
  var p = at;
  if (p.y < -0.5) {
    p = vec2(p.x + 0.5 * size.x, -1.0 - p.y);
  } else if (p.y > size.y - 0.5) {
    p = vec2(p.x + 0.5 * size.x, 2.0 * size.y - 1.0 - p.y);
  }
  return vec2(p.x - size.x * floor(p.x / size.x), clamp(p.y, 0.0, size.y - 1.0));
}

@compute @workgroup_size(8, 8)
fn flood(@builtin(global_invocation_id) id: vec3<u32>) {
  let size = vec2<i32>(water.view.size.xy);
  let at = vec2<i32>(id.xy);
  if (any(at >= size)) {
    return;
  }
  let is_full = water.view.code.x == EQUIRECT;
  var light = water.surface.w * textureLoad(base, at, 0).rgb;
  let d = ray(water.view, f32(id.x) + 0.5, f32(id.y) + 0.5);
  var far = water.surface.x / select(d.y, 1e-9, d.y == 0.0);
  var share = 0.0;
  if (far > 0.0) {
    share = clamp((END - far) * (1.0 / 45.0), 0.0, 1.0);
    share = share * share * (3.0 - 2.0 * share);
  }
  if (share > 0.0) {
    far = clamp(far, 0.0, END);
    let x = water.view.position.x + d.x * far;
    let z = water.view.position.z + d.z * far;
    var slope = vec2(0.0);
    for (var i = 0u; i < 5u; i++) {
      let w = water.waves[i];
      slope += wave(w.x * x + w.y * z + water.phases[i >> 2u][i & 3u]) * w.zw;
    }
    slope *= water.surface.y / (1.0 + 0.12 * far);
    let facing = max(0.0, -(d.y - d.x * slope.x - d.z * slope.y));
    let away = 1.0 - min(1.0, facing);
    let fresnel = 0.04 + 0.96 * away * away * away;
    let effective = 0.75 * sqrt(water.view.size.x * water.view.size.y);
    let shift = vec2(0.4, 0.9) * slope * effective;
    var p: vec2<f32>;
    if (is_full) {
      // Right below, where every way leads up, shifts would draw a ring.
      let calm = min(1.0, 2.0 * sqrt(max(0.0, 1.0 - d.y * d.y)));
      p = around(vec2<f32>(at) + calm * shift, vec2<f32>(size));
    } else {
      p = vec2(
        inside(f32(id.x), shift.x, f32(size.x) - 1.0), inside(f32(id.y), shift.y, f32(size.y) - 1.0)
      );
    }
    let shine = share * min(1.0, fresnel * (0.35 + 1.6 * water.surface.z));
    let deep = share * (1.0 - fresnel) * 0.35;
    let left = min(i32(p.x), size.x - 1);
    let top = i32(p.y);
    var right = left + 1;
    if (right == size.x) {
      right = select(left, 0, is_full);
    }
    let below = min(top + 1, size.y - 1);
    let part = p - vec2(f32(left), f32(top));
    let upper = mix(
      textureLoad(reflected, vec2(left, top), 0).rgb,
      textureLoad(reflected, vec2(right, top), 0).rgb,
      part.x,
    );
    let lower = mix(
      textureLoad(reflected, vec2(left, below), 0).rgb,
      textureLoad(reflected, vec2(right, below), 0).rgb,
      part.x,
    );
    light = (1.0 - share) * light + shine * mix(upper, lower, part.y) + deep * water.colour.rgb;
  }
  textureStore(out, id.xy, vec4(light, 1.0));
}
