// Mountains at dusk, flown over; the ridges glow with the bands of the song, the sun with its bass.
// helios: float speed = 1.0 [0, 4] How fast it flies
// helios: float height = 1.0 [0.2, 2] How high the mountains are
// helios: color sky = #ff6a5c Colour of the horizon
// helios: color night = #141a4a Colour overhead and in the shade

float hash(vec2 p) {
  vec3 q = fract(p.xyx * 0.1031);
  q += dot(q, q.yzx + 33.33);
  return fract((q.x + q.y) * q.z);
}
float noise(vec2 p) {
  vec2 i = floor(p), f = fract(p);
  f = f * f * (3.0 - 2.0 * f);
  return mix(mix(hash(i), hash(i + vec2(1, 0)), f.x), mix(hash(i + vec2(0, 1)), hash(i + vec2(1, 1)), f.x), f.y);
}
float ground(vec2 p, int octaves) {
  float h = 0.0, size = 1.0;
  vec2 q = p * 0.16;
  for (int i = 0; i < octaves; i++) {
    float fall = 2.0 * noise(q) - 1.0;
    float ridge = 1.0 - sqrt(fall * fall + 0.012);
    h += size * ridge * ridge;
    q = mat2(1.62, 1.18, -1.18, 1.62) * q + 3.7;
    size *= 0.44;
  }
  float valley = smoothstep(0.4, 3.6, abs(p.x - 1.5 * sin(p.y * 0.1)));
  return height * (3.1 * (h - 0.46) * valley - 0.35);
}
vec3 sunAt() { return normalize(vec3(0.12, 0.16 + 0.015 * sin(iTime * 0.1), -1.0)); }
vec3 heaven(vec3 ray) {
  float up = max(ray.y, 0.0);
  vec3 sun = sunAt();
  float near = max(dot(ray, sun), 0.0);
  vec3 colour = mix(sky * 1.05, night, smoothstep(-0.02, 0.42, up));
  colour += vec3(1.0, 0.55, 0.25) * (0.5 * pow(near, 6.0) + (0.5 + 0.6 * iEnvelopes[1]) * pow(near, 60.0));
  float disc = smoothstep(0.9945, 0.9952, near);
  colour = mix(colour, vec3(1.6, 0.85, 0.42) * (1.1 + 0.4 * iBass), disc);
  vec2 grid = vec2(atan(ray.x, -ray.z), ray.y) * 70.0;
  vec2 own = floor(grid);
  vec2 star_ = fract(grid) - 0.2 - 0.6 * vec2(hash(own + 5.0), hash(own + 9.0));
  float star = pow(hash(own), 14.0) * exp(-220.0 * dot(star_, star_)) * smoothstep(0.1, 0.5, up);
  return colour + star * (0.7 + 0.8 * iHigh);
}
vec3 scene(vec3 eye, vec3 ray) {
  float travel = 3.0 * speed * iTime + 2.5 * iAmplitudeTime;
  vec3 origin = eye + vec3(1.5 * sin(-travel * 0.1), 1.5, -travel);
  float water = ray.y < -0.001 ? (-0.22 * height - origin.y) / ray.y : 1e5;
  float t = 0.2, last = 0.0;
  bool hit = false;
  for (int i = 0; i < 72; i++) {
    vec3 at = origin + ray * t;
    float room = at.y - ground(at.xz, 3);
    if (room < 0.004 * t) { hit = true; break; }
    if (t > min(water, 50.0) || at.y > 4.5 * height && ray.y > 0.0) break;
    last = t;
    t += max(room * 0.45, 0.011 * t);
  }
  vec3 behind = heaven(ray);
  // A river in the valley mirrors the sky; the bass makes waves on it.
  if (water < t || (!hit && water < 1e4)) {
    vec3 at = origin + ray * water;
    vec2 wave = vec2(noise(at.xz * vec2(2.0, 7.0) + iTime * 0.6), noise(at.xz * vec2(5.0, 11.0) - iTime * 0.8)) - 0.5;
    float calm = 1.0 / (1.0 + 0.12 * water);
    vec3 up = normalize(vec3(wave * (0.03 + 0.10 * iBass) * calm, 1.0).xzy);
    vec3 mirrored = heaven(reflect(ray, up) * vec3(1, 0.8, 1));
    float facing = pow(1.0 - max(-ray.y, 0.0), 4.0);
    vec3 colour = mix(night * 0.35, mirrored * 0.85, 0.25 + 0.7 * facing);
    return mix(colour, behind * vec3(0.9, 0.85, 0.95), 1.0 - exp(-0.0010 * water * water));
  }
  if (!hit) return behind;
  for (int i = 0; i < 6; i++) {
    float middle = 0.5 * (t + last);
    vec3 at = origin + ray * middle;
    if (at.y < ground(at.xz, 3)) t = middle; else last = middle;
  }
  vec3 at = origin + ray * t;
  vec2 step_ = vec2(0.012 + 0.004 * t, 0.0);
  float here = ground(at.xz, 5);
  vec3 normal = normalize(vec3(here - ground(at.xz + step_.xy, 5), step_.x, here - ground(at.xz + step_.yx, 5)));
  vec3 sun = sunAt();
  float lit = max(dot(normal, sun), 0.0);
  float rise = smoothstep(0.0, 3.4 * height, at.y);
  vec3 rock = mix(vec3(0.07, 0.05, 0.12), vec3(0.30, 0.2, 0.28), rise);
  rock = mix(rock, vec3(0.85, 0.8, 0.95), smoothstep(0.55, 0.8, rise) * smoothstep(0.35, 0.7, normal.y));
  vec3 colour = rock * (1.5 * lit * vec3(1.0, 0.6, 0.4) + night * (0.8 + 0.8 * normal.y) + 0.06);
  // Lines of equal height, each lit by a band.
  float lines = at.y * 2.2 / height;
  int band = clamp(int(floor(lines)) % 8, 0, 7);
  float line = smoothstep(0.035 + 0.006 * t, 0.0, abs(fract(lines) - 0.5)) * smoothstep(0.12, 0.35, at.y + 0.35 * height);
  colour += line * mix(sky, vec3(0.35, 0.7, 1.0), float(band) / 7.0) * 1.3 * iEnvelopes[band];
  return mix(colour, behind * vec3(0.9, 0.85, 0.95), 1.0 - exp(-0.0010 * t * t));
}
vec3 shown(vec3 colour) { return pow(1.0 - exp(-1.35 * max(colour, 0.0)), vec3(0.85)); }

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y;
  float roll = 0.07 * sin(iTime * 0.31);
  uv *= mat2(cos(roll), -sin(roll), sin(roll), cos(roll));
  vec3 colour = scene(vec3(0), normalize(vec3(uv + vec2(0, -0.05), -1.5)));
  colour *= 1.0 - 0.12 * dot(uv, uv);
  fragColor = vec4(shown(colour) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}

void mainVR(out vec4 fragColor, in vec2 fragCoord, in vec3 fragRayOri, in vec3 fragRayDir) {
  fragColor = vec4(shown(scene(fragRayOri, fragRayDir)), 1.0);
}
