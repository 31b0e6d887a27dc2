// How pixels of a picture become rays of the world.

const PERSPECTIVE = 0u;
const EQUIRECT = 1u;
const EQUIRECT_180 = 2u;
const FULLDOME = 3u;

struct View {
  // Width, height and focal length in pixels.
  size: vec4<f32>,
  // Which projection.
  code: vec4<u32>,
  right: vec4<f32>,
  up: vec4<f32>,
  forward: vec4<f32>,
  position: vec4<f32>,
}

// The direction of the place (x, y) of the picture, of length 1.
fn ray(view: View, x: f32, y: f32) -> vec3<f32> {
  var d: vec3<f32>;
  if (view.code.x == PERSPECTIVE) {
    let scale = 1.0 / view.size.z;
    let a = (x - 0.5 * view.size.x) * scale;
    let b = (0.5 * view.size.y - y) * scale;
    d = vec3(a, b, 1.0) * (1.0 / sqrt(a * a + (1.0 + b * b)));
  } else if (view.code.x == FULLDOME) {
    let across = 2.0 * x / view.size.x - 1.0;
    let down = 2.0 * y / view.size.y - 1.0;
    let radius = sqrt(across * across + down * down) + 1e-12;
    let turn = sine_cosine(radius * 0.5 * PI);
    d = vec3(turn.x / radius * across, turn.y, turn.x / radius * down);
  } else {
    let around = select(PI, 2.0 * PI, view.code.x == EQUIRECT) / view.size.x;
    let lat = sine_cosine(PI * (0.5 - y / view.size.y));
    let lon = sine_cosine(around * (x - 0.5 * view.size.x));
    d = vec3(lon.x * lat.y, lat.x, lon.y * lat.y);
  }
  return d.x * view.right.xyz + d.y * view.up.xyz + d.z * view.forward.xyz;
}
