// A sky that was drawn once, all around, and is seen from every side.

struct Seeing {
  // Pixels of the view; pixels between places that are known; places in a row of them.
  size: vec4<u32>,
  // Factors of the light; columns by which a picture all around is turned to the right.
  tint: vec4<f32>,
  // Whether it is upside down; how many places there are.
  flags: vec4<u32>,
}

@group(0) @binding(0) var<uniform> seeing: Seeing;
@group(0) @binding(1) var sky: texture_2d<f32>;
@group(0) @binding(2) var out: texture_storage_2d<rgba16float, write>;
@group(0) @binding(3) var<storage, read> places: array<f32>;

fn place(column: u32, row: u32) -> vec2<f32> {
  let i = row * seeing.size.w + column;
  return vec2(places[i], places[seeing.flags.y + i]);
}

// ``sky`` holds square roots of light; ``places`` are places in it at corners of a grid.
@compute @workgroup_size(8, 8)
fn see(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= seeing.size.x || id.y >= seeing.size.y) {
    return;
  }
  let grid = seeing.size.z;
  let cell = id.xy / grid;
  let t = vec2<f32>(id.xy % grid) / f32(grid);
  let left = mix(place(cell.x, cell.y), place(cell.x, cell.y + 1u), t.y);
  let right = mix(place(cell.x + 1u, cell.y), place(cell.x + 1u, cell.y + 1u), t.y);
  var at = mix(left, right, t.x);
  let size = vec2<f32>(textureDimensions(sky));
  at.x -= size.x * floor(at.x / size.x);
  at.y = clamp(at.y, 0.0, size.y - 1.001);
  let x = min(u32(at.x), u32(size.x) - 1u);
  let next = select(x + 1u, 0u, x + 1u == u32(size.x));
  let y = u32(at.y);
  let part = at - vec2(f32(x), f32(y));
  let upper = mix(textureLoad(sky, vec2(x, y), 0).rgb, textureLoad(sky, vec2(next, y), 0).rgb, part.x);
  let lower = mix(
    textureLoad(sky, vec2(x, y + 1u), 0).rgb, textureLoad(sky, vec2(next, y + 1u), 0).rgb, part.x
  );
  let root = mix(upper, lower, part.y);
  textureStore(out, vec2(id.x, id.y), vec4(seeing.tint.rgb * root * root, 1.0));
}

// ``sky`` holds light, as large as the view.
@compute @workgroup_size(8, 8)
fn turn(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= seeing.size.x || id.y >= seeing.size.y) {
    return;
  }
  let width = i32(seeing.size.x);
  let whole = floor(seeing.tint.w);
  let part = seeing.tint.w - whole;
  let y = select(id.y, seeing.size.y - 1u - id.y, seeing.flags.x != 0u);
  let x = ((i32(id.x) - i32(whole)) % width + width) % width;
  let before = (x + width - 1) % width;
  let light = mix(
    textureLoad(sky, vec2(u32(x), y), 0).rgb, textureLoad(sky, vec2(u32(before), y), 0).rgb, part
  );
  textureStore(out, vec2(id.x, id.y), vec4(seeing.tint.rgb * light, 1.0));
}
