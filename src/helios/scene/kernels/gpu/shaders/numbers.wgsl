// Functions of one number, to a few units in the last place: WGSL promises far less of its own.
// Coefficients by Stephen L. Moshier's Cephes library (single precision).

const PI = 3.14159265358979;

fn sine_cosine(x: f32) -> vec2<f32> {
  let quarter = round(x * 0.63661977236758);
  let r = ((x - quarter * 1.5703125) - quarter * 4.8375129699707e-4) - quarter * 7.549789948768648e-8;
  let z = r * r;
  let s = r + r * z * (-0.16666654611 + z * (8.3321608736e-3 - z * 1.9515295891e-4));
  let c = 1.0 - 0.5 * z
    + z * z * (4.166664568298827e-2 + z * (-1.388731625493765e-3 + z * 2.443315711809948e-5));
  let turn = i32(quarter) & 3;
  let is_odd = (turn & 1) == 1;
  let sine = select(s, c, is_odd);
  let cosine = select(c, s, is_odd);
  return vec2(select(sine, -sine, turn >= 2), select(cosine, -cosine, turn == 1 || turn == 2));
}

fn arc_tangent(x: f32) -> f32 {
  let a = abs(x);
  var t = a;
  var start = 0.0;
  if (a > 2.414213562373095) {
    t = -1.0 / a;
    start = 0.5 * PI;
  } else if (a > 0.4142135623730950) {
    t = (a - 1.0) / (a + 1.0);
    start = 0.25 * PI;
  }
  let z = t * t;
  let series = (((8.05374449538e-2 * z - 1.38776856032e-1) * z + 1.99777106478e-1) * z
    - 3.33329491539e-1) * z * t + t;
  return sign(x) * (start + series);
}

// The angle of (x, y) from the x axis.
fn angle_of(y: f32, x: f32) -> f32 {
  if (x == 0.0) {
    return sign(y) * 0.5 * PI;
  }
  let angle = arc_tangent(y / x);
  if (x > 0.0) {
    return angle;
  }
  return angle + select(PI, -PI, y < 0.0);
}

fn arc_sine(x: f32) -> f32 {
  return angle_of(x, sqrt(max(0.0, (1.0 - x) * (1.0 + x))));
}
