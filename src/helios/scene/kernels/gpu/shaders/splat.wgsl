//! with numbers, view, sprites
// Particles over what is behind them, as light.

struct Splat {
  // Pixels of the picture; which projection.
  size: vec4<u32>,
  // Factor of what is behind; focal length in pixels.
  gain: vec4<f32>,
}

@group(0) @binding(0) var<uniform> splat: Splat;
@group(0) @binding(1) var behind: texture_2d<f32>;
@group(0) @binding(2) var out: texture_storage_2d<TARGET, write>;

@compute @workgroup_size(256)
fn add(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let canvas = Canvas(f32(splat.size.x), f32(splat.size.y), splat.size.z, splat.gain.y);
  let column = group.x * TILE + 4u * (local % 16u);
  let row = group.y * BAND + local / 16u;
  var light = Light();
  for (var lane = 0u; lane < 4u; lane++) {
    if (splat.gain.x != 0.0 && column + lane < splat.size.x && row < splat.size.y) {
      let base = splat.gain.x * textureLoad(behind, vec2(column + lane, row), 0).rgb;
      light.red[lane] = base.r;
      light.green[lane] = base.g;
      light.blue[lane] = base.b;
    }
  }
  add_sprites(canvas, group.y, group.x, local, &light);
  for (var lane = 0u; lane < 4u; lane++) {
    if (column + lane < splat.size.x && row < splat.size.y) {
      let shown = vec4(light.red[lane], light.green[lane], light.blue[lane], 1.0);
      textureStore(out, vec2(column + lane, row), shown);
    }
  }
}
