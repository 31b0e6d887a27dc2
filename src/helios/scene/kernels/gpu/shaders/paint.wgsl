//! with numbers, view, sprites
// From light to what a screen shows: what is behind, particles, bloom, tone, sRGB times 255.

struct Paint {
  // Pixels of this eye's picture; first row of the strip; which projection.
  size: vec4<u32>,
  // Columns of the strip, and its rows; the column where this eye begins.
  strip: vec4<u32>,
  // Factor of what is behind, exposure, strength of the bloom, pixels for one of the bloom's.
  light: vec4<f32>,
  // Focal length in pixels.
  lens: vec4<f32>,
}

@group(0) @binding(0) var<uniform> paint: Paint;
@group(0) @binding(1) var behind: texture_2d<f32>;
@group(0) @binding(2) var spilled: texture_2d<f32>;
@group(0) @binding(3) var<storage, read_write> shown: array<f32>;

// Light below this is shown as it is; above, it nears 1 without reaching it.
const KNEE = 0.55;
// What of a channel's light is bounded by itself, and not with its colour kept.
const OWN = 0.65;
// A fit of 1.055 q^(5/3) - 0.055 over the fourth root q.
const CURVE = array<f32, 6>(
  -0.061629706, 0.164974, 1.244214, -0.55755565, 0.27275224, -0.062758992
);

fn bounded(v: f32) -> f32 {
  let over = max(v - KNEE, 0.0) / (1.0 - KNEE);
  return min(v, KNEE) + (1.0 - KNEE) * over / (1.0 + over);
}

// Linear light to sRGB times 255 (IEC 61966-2-1), good to 0.003.
fn encoded(v: f32) -> f32 {
  let q = sqrt(sqrt(max(v, 0.0)));
  let curve = CURVE[0] + q * (CURVE[1] + q * (CURVE[2] + q * (CURVE[3] + q * (CURVE[4] + q * CURVE[5]))));
  return 255.0 * select(curve, v * 12.92, v < 0.0031308);
}

// Between keeping the hue (which looks flat) and bounding each channel (which goes white): as fire
// gets brighter it turns from red through orange to yellow.
fn toned(light: vec3<f32>) -> vec3<f32> {
  let c = paint.light.y * light;
  let peak = max(c.r, max(c.g, c.b));
  let keep = (1.0 - OWN) * bounded(peak) / max(peak, 1e-9);
  return vec3(
    encoded(c.r * keep + OWN * bounded(c.r)),
    encoded(c.g * keep + OWN * bounded(c.g)),
    encoded(c.b * keep + OWN * bounded(c.b)),
  );
}

// Light of particles through which half of what is behind them is seen.
const COVERING = 0.25;

// Bright particles hide what is behind them: stars do not shine through a flame.
fn covered(light: vec3<f32>, behind: vec3<f32>) -> vec3<f32> {
  let over = max(light - behind, vec3(0.0)) / COVERING;
  let own = max(over.r, max(over.g, over.b));
  let hidden = own * own / (1.0 + own * own);
  return light - min(behind, light) * hidden;
}

fn bloom(x: f32, y: f32) -> vec3<f32> {
  let size = vec2<i32>(textureDimensions(spilled));
  let scale = paint.light.w;
  var fx = (x + 0.5) / scale - 0.5;
  let fy = clamp((y + 0.5) / scale - 0.5, 0.0, f32(size.y) - 1.0);
  if (paint.size.w != EQUIRECT) {
    fx = clamp(fx, 0.0, f32(size.x) - 1.0);
  }
  let whole = floor(fx);
  let left = (i32(whole) % size.x + size.x) % size.x;
  let right = (left + 1) % size.x;
  let top = min(i32(fy), max(0, size.y - 2));
  let below = min(top + 1, size.y - 1);
  let ty = fy - f32(top);
  let a = mix(textureLoad(spilled, vec2(left, top), 0).rgb, textureLoad(spilled, vec2(left, below), 0).rgb, ty);
  let b = mix(textureLoad(spilled, vec2(right, top), 0).rgb, textureLoad(spilled, vec2(right, below), 0).rgb, ty);
  return paint.light.z * mix(a, b, fx - whole);
}

// Black outside the circle of a dome.
fn is_cut(x: f32, y: f32) -> bool {
  let size = vec2<f32>(paint.size.xy);
  let down = (2.0 * y + 1.0) / size.y - 1.0;
  let half = 0.5 * size.x * sqrt(max(0.0, 1.0 - down * down));
  return x < ceil(0.5 * size.x - half - 0.5) || x >= floor(0.5 * size.x + half - 0.5) + 1.0;
}

@compute @workgroup_size(256)
fn draw(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let canvas = Canvas(f32(paint.size.x), f32(paint.size.y), paint.size.w, paint.lens.x);
  let column = group.x * TILE + 4u * (local % 16u);
  let band = paint.size.z / BAND + group.y;
  let row = band * BAND + local / 16u;
  let is_in = row < paint.size.y && row - paint.size.z < paint.strip.y;
  var light = Light();
  light.behind = vec4(1.0);
  for (var lane = 0u; lane < 4u; lane++) {
    if (paint.light.x != 0.0 && is_in && column + lane < paint.size.x) {
      let base = paint.light.x * textureLoad(behind, vec2(column + lane, row), 0).rgb;
      light.red[lane] = base.r;
      light.green[lane] = base.g;
      light.blue[lane] = base.b;
    }
  }
  add_sprites(canvas, band, group.x, local, &light);
  let plane = paint.strip.x * paint.strip.y;
  for (var lane = 0u; lane < 4u; lane++) {
    let x = column + lane;
    if (is_in && x < paint.size.x) {
      var here = vec3(light.red[lane], light.green[lane], light.blue[lane]);
      if (paint.light.x != 0.0) {
        let left = paint.light.x * light.behind[lane];
        here = covered(here, left * textureLoad(behind, vec2(x, row), 0).rgb);
      }
      if (paint.light.z > 0.0) {
        here += bloom(f32(x), f32(row));
      }
      if (canvas.code == FULLDOME && is_cut(f32(x), f32(row))) {
        here = vec3(0.0);
      }
      let screen = toned(here);
      let i = (row - paint.size.z) * paint.strip.x + paint.strip.z + x;
      shown[i] = screen.r;
      shown[plane + i] = screen.g;
      shown[2u * plane + i] = screen.b;
    }
  }
}
