// Particles added to a tile of 64 by 16 pixels, always in the order of their numbers: sums of light
// do not depend on who draws first.
//
// ``listed`` are sprites (x, y, radius in pixels; red, green, blue), by bands of 16 rows. All
// invocations of a tile look through those of its band, 256 at a time, and keep what touches it.

const TILE = 64u;
const BAND = 16u;
const AT_ONCE = 256u;
// exp(-4.5 u) without its pedestal at u = 1, divided by (1 - u): a fit good to 2e-4.
const GAUSSIAN = array<f32, 6>(0.9998441, -3.535227, 6.44803, -7.282001, 4.800112, -1.384542);

@group(1) @binding(0) var<storage, read> listed: array<f32>;
@group(1) @binding(1) var<storage, read> starts: array<u32>;

// With room for some without light, so that several are added in one round of a loop: Mesa's
// software ends a program after 65535 rounds.
var<workgroup> shapes: array<vec4<f32>, 264>;
var<workgroup> colours: array<vec4<f32>, 264>;
var<workgroup> hits: array<atomic<u32>, 8>;

struct Light {
  red: vec4<f32>,
  green: vec4<f32>,
  blue: vec4<f32>,
  // The share of what is behind that no body has hidden.
  behind: vec4<f32>,
}

struct Canvas {
  width: f32,
  height: f32,
  code: u32,
  focal: f32,
}

fn weight(u: vec4<f32>) -> vec4<f32> {
  let curve = GAUSSIAN[0] + u * (GAUSSIAN[1] + u * (GAUSSIAN[2]
    + u * (GAUSSIAN[3] + u * (GAUSSIAN[4] + u * GAUSSIAN[5]))));
  return curve * max(vec4(1.0) - u, vec4(0.0));
}

fn is_round(code: u32) -> bool {
  return code == EQUIRECT || code == EQUIRECT_180;
}

// How far (in pixels) a sprite on the sphere reaches to the left and right, at its widest.
fn reach_of(canvas: Canvas, y: f32, radius: f32) -> f32 {
  let rho = radius * PI / canvas.height;
  let lat = abs(PI * (0.5 - y / canvas.height));
  if (rho + lat >= 0.5 * PI) {
    return canvas.width;
  }
  let turn = select(PI, 2.0 * PI, canvas.code == EQUIRECT);
  let widest = sine_cosine(rho).x / sine_cosine(lat).y;
  return arc_sine(min(1.0, widest)) / turn * canvas.width * 1.001 + 1.0;
}

fn touches(canvas: Canvas, x: f32, y: f32, radius: f32, first: f32) -> bool {
  if (!is_round(canvas.code)) {
    return x + radius > first && x - radius < first + f32(TILE);
  }
  var away = abs(x - (first + 0.5 * f32(TILE)));
  if (canvas.code == EQUIRECT) {
    away = abs(away - canvas.width * round(away / canvas.width));
  }
  return away < 0.5 * f32(TILE) + reach_of(canvas, y, radius);
}

// What the sums below need of a sprite, whatever the pixel.
fn shape_of(canvas: Canvas, x: f32, y: f32, radius: f32) -> vec4<f32> {
  if (!is_round(canvas.code)) {
    return vec4(x, y, 1.0 / (radius * radius), 0.0);
  }
  let half_chord = sine_cosine(0.5 * radius * PI / canvas.height).x;
  let lat = PI * (0.5 - y / canvas.height);
  let chord = 4.0 * half_chord * half_chord;
  return vec4(x, lat, 1.0 / chord, 4.0 * sine_cosine(lat).y / chord);
}

// Squared distances of four pixels of a row from a sprite's centre; 1 is its edge.
fn distances(canvas: Canvas, shape: vec4<f32>, x: vec4<f32>, row: f32) -> vec4<f32> {
  if (!is_round(canvas.code)) {
    let across = x + 0.5 - shape.x;
    let down = row + 0.5 - shape.y;
    return (across * across + down * down) * shape.z;
  }
  // The squared chord of the sphere.
  let lat = PI * (0.5 - (row + 0.5) / canvas.height);
  let s = sine_cosine(0.5 * (lat - shape.y)).x;
  var away = x + 0.5 - shape.x;
  var turn = PI;
  if (canvas.code == EQUIRECT) {
    away -= canvas.width * round(away / canvas.width);
    turn = 2.0 * PI;
  }
  let h = away * (0.5 * turn / canvas.width);
  let q = h * h;
  let sine = h * (1.0 - q * (1.0 / 6.0) * (1.0 - q * 0.05 * (1.0 - q / 42.0)));
  let chord = 4.0 * s * s * shape.z + shape.w * sine_cosine(lat).y * sine * sine;
  // More than half a turn away is another way around.
  return select(chord, vec4(2.0), abs(h) > vec4(0.5 * PI));
}

// The direction of places of a row of a flat picture, of length 1: to the right, up, ahead.
fn ways(canvas: Canvas, x: vec4<f32>, y: f32) -> array<vec4<f32>, 3> {
  if (canvas.code == FULLDOME) {
    let across = 2.0 * x / canvas.width - 1.0;
    let down = vec4(2.0 * y / canvas.height - 1.0);
    let radius = sqrt(across * across + down * down) + 1e-6;
    var away = vec4(0.0);
    var up = vec4(0.0);
    for (var lane = 0; lane < 4; lane++) {
      let turn = sine_cosine(radius[lane] * 0.5 * PI);
      away[lane] = turn.x / radius[lane];
      up[lane] = turn.y;
    }
    return array(away * across, up, away * down);
  }
  let a = (x - 0.5 * canvas.width) / canvas.focal;
  let b = vec4((0.5 * canvas.height - y) / canvas.focal);
  let length = sqrt(a * a + b * b + 1.0);
  return array(a / length, b / length, 1.0 / length);
}

// What the body hides of the light of four pixels of a row: ``seen`` is the share hidden (below 0)
// and the softness of its edge.
fn hidden(canvas: Canvas, shape: vec4<f32>, seen: vec2<f32>, x: vec4<f32>, row: f32) -> vec4<f32> {
  var u: vec4<f32>;
  if (is_round(canvas.code)) {
    u = distances(canvas, shape, x, row);
  } else {
    let way = ways(canvas, x + 0.5, row + 0.5);
    let a = way[0] - shape.x;
    let b = way[1] - shape.y;
    let c = way[2] - shape.z;
    u = (a * a + b * b + c * c) * shape.w;
  }
  let t = clamp((1.0 - u) / (2.0 * seen.y), vec4(0.0), vec4(1.0));
  return -seen.x * t * t * (3.0 - 2.0 * t);
}

fn body_shape(canvas: Canvas, x: f32, y: f32, radius: f32, rho: f32) -> vec4<f32> {
  if (is_round(canvas.code)) {
    return shape_of(canvas, x, y, radius);
  }
  let way = ways(canvas, vec4(x), y);
  let half_chord = sine_cosine(0.5 * rho).x;
  return vec4(way[0].x, way[1].x, way[2].x, 0.25 / (half_chord * half_chord));
}

fn add_sprites(canvas: Canvas, band: u32, tile: u32, local: u32, light: ptr<function, Light>) {
  let first = f32(tile * TILE);
  let x = vec4(0.0, 1.0, 2.0, 3.0) + first + f32(4u * (local % 16u));
  let row = f32(band * BAND + local / 16u);
  let end = starts[band + 1u];
  for (var next = starts[band]; next < end; next += AT_ONCE) {
    if (local < 8u) {
      atomicStore(&hits[local], 0u);
    }
    workgroupBarrier();
    let i = 6u * (next + local);
    var is_hit = false;
    if (next + local < end) {
      is_hit = touches(canvas, listed[i], listed[i + 1u], listed[i + 2u], first);
    }
    if (is_hit) {
      atomicOr(&hits[local >> 5u], 1u << (local & 31u));
    }
    workgroupBarrier();
    let own = local >> 5u;
    var before = 0u;
    var count = 0u;
    for (var word = 0u; word < 8u; word++) {
      let bits = atomicLoad(&hits[word]);
      if (word < own) {
        before += countOneBits(bits);
      } else if (word == own) {
        before += countOneBits(bits & ((1u << (local & 31u)) - 1u));
      }
      count += countOneBits(bits);
    }
    if (is_hit) {
      shapes[before] = shape_of(canvas, listed[i], listed[i + 1u], listed[i + 2u]);
      colours[before] = vec4(listed[i + 3u], listed[i + 4u], listed[i + 5u], 0.0);
      if (listed[i + 3u] < 0.0) {
        shapes[before]
          = body_shape(canvas, listed[i], listed[i + 1u], listed[i + 2u], listed[i + 5u]);
        colours[before].g = max(listed[i + 4u], 1.0 / listed[i + 2u]);
      }
    }
    if (local < 8u) {
      shapes[count + local] = vec4(0.0);
      colours[count + local] = vec4(0.0);
    }
    workgroupBarrier();
    for (var n = 0u; n < count;) {
      // begin repeated
      {
        let u = distances(canvas, shapes[n], x, row);
        if (colours[n].r < 0.0) {
          let left = 1.0 - hidden(canvas, shapes[n], colours[n].rg, x, row);
          (*light).red *= left;
          (*light).green *= left;
          (*light).blue *= left;
          (*light).behind *= left;
        } else if (any(u < vec4(1.0))) {
          let w = weight(u);
          (*light).red += colours[n].r * w;
          (*light).green += colours[n].g * w;
          (*light).blue += colours[n].b * w;
        }
        n++;
      }
      // end repeated
    }
    workgroupBarrier();
  }
}
