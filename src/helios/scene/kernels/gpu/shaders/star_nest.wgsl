//! with numbers, view
// The Star Nest sky, four pixels at a time.
//
// Star Nest is by Pablo Román Andrioli (Kali), MIT License, https://www.shadertoy.com/view/XlfGRj.
// The march is bound by the latency of its steps: four pixels of an invocation hide it.

struct Nest {
  view: View,
  // First column and row of the view that is drawn, first row of ``out`` that is written; rays a
  // pixel and axis.
  place: vec4<u32>,
  // Pixels of ``out`` that are written: columns, rows. Steps of the march; whether roots are kept.
  size: vec4<u32>,
  // formuparam, tile, brightness, darkmatter
  shape: vec4<f32>,
  // distfading, saturation, hue, saturation added to it
  fading: vec4<f32>,
  // Factors of the colours, and whether hue and its saturation change anything.
  colour: vec4<f32>,
  origin: vec4<f32>,
  turn: array<vec4<f32>, 3>,
  // How far away the steps of the march are, four in each.
  steps: array<vec4<f32>, 15>,
}

// No uniform: Mesa's software writes uniforms into what it compiles, anew for every picture.
@group(0) @binding(0) var<storage, read> nest: Nest;
@group(0) @binding(1) var<storage, read> decode: array<f32>;
@group(0) @binding(2) var out: texture_storage_2d<rgba16float, write>;

const LIMIT = vec4(1e12);
const ZERO = vec4(0.0);
const ONE = vec4(1.0);

struct Lanes {
  x: vec4<f32>,
  y: vec4<f32>,
  z: vec4<f32>,
}

fn mirrored(p: vec4<f32>) -> vec4<f32> {
  let period = 2.0 * nest.shape.y;
  return abs(nest.shape.y - (p - period * floor(p * (1.0 / period))));
}

// How much the length of a point changes while it is folded.
fn folded(at: Lanes) -> vec4<f32> {
  var x = at.x;
  var y = at.y;
  var z = at.z;
  let shift = vec4(nest.shape.x);
  var squared = x * x + y * y + z * z;
  var inverse = inverseSqrt(squared);
  var before = ZERO;
  var total = ZERO;
  // begin repeated
  {
    let scale = inverse * inverse;
    x = abs(x) * scale - shift;
    y = abs(y) * scale - shift;
    z = abs(z) * scale - shift;
    squared = x * x + y * y + z * z;
    inverse = inverseSqrt(squared);
    let length = squared * inverse;
    total += abs(length - before);
    before = length;
  }
  // end repeated
  return select(LIMIT, total, total < LIMIT);
}

// What the rays see, as display values.
fn marched(d: Lanes) -> Lanes {
  var sum = Lanes(ZERO, ZERO, ZERO);
  var share = ONE;
  for (var step = 0u; step < nest.size.z; step++) {
    let s = nest.steps[step >> 2u][step & 3u];
    let a = folded(Lanes(
      mirrored(nest.origin.x + s * d.x),
      mirrored(nest.origin.y + s * d.y),
      mirrored(nest.origin.z + s * d.z),
    ));
    if (step > 6u) {
      share *= ONE - max(ZERO, nest.shape.w - a * a * 0.001);
    }
    let light = a * a * a * nest.shape.z * share;
    sum.x += share + s * light;
    sum.y += share + s * s * light;
    sum.z += share + s * s * s * s * light;
    share *= nest.fading.x;
  }
  let grey = sqrt(sum.x * sum.x + sum.y * sum.y + sum.z * sum.z) * (1.0 - nest.fading.y);
  return Lanes(
    (grey + sum.x * nest.fading.y) * (nest.colour.x * 0.01),
    (grey + sum.y * nest.fading.y) * (nest.colour.y * 0.01),
    (grey + sum.z * nest.fading.y) * (nest.colour.z * 0.01),
  );
}

// The colour turned by the sky's hue, with its saturation added, by HSV.
fn hued(c: vec3<f32>) -> vec3<f32> {
  let top = max(c.r, max(c.g, c.b));
  let span = top - min(c.r, min(c.g, c.b));
  var h = 0.0;
  if (span > 0.0) {
    if (top == c.r) {
      h = (c.g - c.b) / span;
    } else if (top == c.g) {
      h = 2.0 + (c.b - c.r) / span;
    } else {
      h = 4.0 + (c.r - c.g) / span;
    }
  }
  h = h / 6.0 + nest.fading.z;
  h = 6.0 * (h - floor(h));
  var s = nest.fading.w;
  if (top > 0.0) {
    s += span / top;
  }
  s = clamp(s, 0.0, 1.0);
  let away = vec3(abs(h - 3.0) - 1.0, 2.0 - abs(h - 2.0), 2.0 - abs(h - 4.0));
  return top * (1.0 - s * (1.0 - clamp(away, vec3(0.0), vec3(1.0))));
}

// Within 0 to 1: above the knee, stars get brighter by ever less. See _bounded of cpu/sky.py.
const KNEE = 0.6;
const BRIGHTEST = 24.0;

fn bounded(value: f32) -> f32 {
  let over = log(1.0 + max(value - KNEE, 0.0) / (1.0 - KNEE)) / log(1.0 + (BRIGHTEST - KNEE) / (1.0 - KNEE));
  return clamp(min(value, KNEE) + (1.0 - KNEE) * over, 0.0, 1.0);
}

fn decoded(value: f32) -> f32 {
  let at = bounded(value) * f32(arrayLength(&decode) - 2u);
  let i = u32(at);
  return mix(decode[i], decode[i + 1u], at - f32(i));
}

fn lit(display: vec3<f32>) -> vec3<f32> {
  var shown = display;
  if (nest.colour.w != 0.0) {
    shown = hued(display);
  }
  return vec3(decoded(shown.r), decoded(shown.g), decoded(shown.b));
}

@compute @workgroup_size(8, 8)
fn draw(@builtin(global_invocation_id) id: vec3<u32>) {
  let column = 4u * id.x;
  if (column >= nest.size.x || id.y >= nest.size.y) {
    return;
  }
  let n = nest.place.w;
  var light = Lanes(ZERO, ZERO, ZERO);
  for (var sample = 0u; sample < n * n; sample++) {
    let across = (f32(sample % n) + 0.5) / f32(n);
    let down = (f32(sample / n) + 0.5) / f32(n);
    var d: Lanes;
    for (var lane = 0u; lane < 4u; lane++) {
      let x = f32(nest.place.x + column + lane) + across;
      let r = 0.5 * ray(nest.view, x, f32(nest.place.y + id.y) + down);
      d.x[lane] = dot(nest.turn[0].xyz, r);
      d.y[lane] = dot(nest.turn[1].xyz, r);
      d.z[lane] = dot(nest.turn[2].xyz, r);
    }
    let shown = marched(d);
    for (var lane = 0u; lane < 4u; lane++) {
      let here = lit(vec3(shown.x[lane], shown.y[lane], shown.z[lane]));
      light.x[lane] += here.r;
      light.y[lane] += here.g;
      light.z[lane] += here.b;
    }
  }
  for (var lane = 0u; lane < 4u; lane++) {
    if (column + lane < nest.size.x) {
      var here = vec3(light.x[lane], light.y[lane], light.z[lane]) / f32(n * n);
      if (nest.size.w != 0u) {
        here = sqrt(min(here, vec3(1.0)));
      }
      textureStore(out, vec2(column + lane, nest.place.z + id.y), vec4(here, 1.0));
    }
  }
}
