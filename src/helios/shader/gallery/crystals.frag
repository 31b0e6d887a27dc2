// Crystals that float around the viewer in a nebula; light runs through them with each band.
// helios: float speed = 1.0 [0, 4] How fast they turn
// helios: color core = #ff3f9e Colour of the light inside
// helios: color shell = #38b6ff Colour of the surface
// helios: color deep = #1b1040 Colour of the nebula

const float TAU = 6.2831853;
float hash(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7))) * 43758.5453); }
float hash3(vec3 p) {
  p = fract(p * 0.1031);
  p += dot(p, p.zyx + 31.32);
  return fract((p.x + p.y) * p.z);
}
float noise(vec3 p) {
  vec3 i = floor(p), f = fract(p);
  f = f * f * (3.0 - 2.0 * f);
  vec4 low = vec4(hash3(i), hash3(i + vec3(1, 0, 0)), hash3(i + vec3(0, 1, 0)), hash3(i + vec3(1, 1, 0)));
  vec4 top = vec4(hash3(i + vec3(0, 0, 1)), hash3(i + vec3(1, 0, 1)), hash3(i + vec3(0, 1, 1)), hash3(i + vec3(1, 1, 1)));
  vec4 both = mix(low, top, f.z);
  return mix(mix(both.x, both.y, f.x), mix(both.z, both.w, f.x), f.y);
}
mat2 turned(float a) { return mat2(cos(a), sin(a), -sin(a), cos(a)); }
vec3 heaven(vec3 ray) {
  float time = 0.03 * iTime;
  vec3 p = ray * 2.1 + vec3(time, 0.0, -time);
  float warp = noise(p * 1.3 + 4.0);
  float cloud = noise(p + 1.6 * warp) * 0.6 + noise(p * 2.7 + 2.0 * warp) * 0.3 + noise(p * 6.0) * 0.12;
  float thick = smoothstep(0.35, 0.85, cloud);
  vec3 colour = deep * (0.20 + 0.9 * thick) * 0.8 + core * core * 0.30 * pow(thick, 3.0) * (0.4 + iEnergy);
  colour += shell * shell * 0.10 * smoothstep(0.5, 0.9, noise(p * 1.7 - 3.0)) * (0.5 + iEnvelopes[2]);
  vec3 grid = ray * 46.0, own = floor(grid);
  vec3 star = fract(grid) - 0.5;
  colour += pow(hash3(own), 60.0) * exp(-26.0 * dot(star, star)) * (0.8 + iHigh);
  return colour;
}
// The same without what is too fine to be seen in a crystal.
vec3 haze(vec3 ray) {
  vec3 p = ray * 2.1 + 0.03 * vec3(iTime, 0.0, -iTime);
  float thick = smoothstep(0.3, 0.8, noise(p) * 0.7 + noise(p * 2.7) * 0.3);
  return deep * (0.16 + 0.72 * thick) + core * core * 0.30 * thick * thick * thick * (0.4 + iEnergy);
}
// Eight places around the viewer; which one, and a point as that crystal has it.
float number, aside;
vec3 local(vec3 p) {
  float turn = atan(p.x, -p.z) / TAU * 8.0;
  number = mod(floor(turn + 0.5), 8.0);
  aside = abs(turn - floor(turn + 0.5));
  float a = (floor(turn + 0.5)) / 8.0 * TAU;
  p.xz = turned(-a) * p.xz;
  float random = hash(vec2(number, 3.0));
  vec3 q = p - vec3(0.0, 0.45 * sin(number * 2.4) + 0.10 * sin(iTime * 0.6 + number), -2.5 - 0.9 * random);
  q.xy = turned(0.5 * sin(number * 1.7)) * q.xy;
  q.xz = turned(speed * (0.25 * iTime + 0.4 * iAmplitudeTime) + number) * q.xz;
  return q;
}
float crystal(vec3 q) {
  // A hexagonal prism between two pyramids, cut a little off.
  float random = hash(vec2(number, 7.0));
  float thick = 0.42 + 0.14 * random + 0.05 * iEnvelopes[int(number)];
  float long_ = 0.75 + 0.5 * random;
  vec3 a = abs(q);
  float side = max(a.x * 0.866 + a.z * 0.5, a.z);
  float prism = side - thick;
  float tip = (side * 0.82 + (a.y - long_) * 0.57);
  float cut = a.y - long_ - 0.28;
  float facet = abs(dot(q, normalize(vec3(0.7, 0.45, 0.5)))) - 0.62 - 0.25 * random;
  return max(max(prism, tip), max(cut, facet)) * 0.92;
}
float room(vec3 p) { return crystal(local(p)); }
vec3 normalAt(vec3 p) {
  vec2 e = vec2(0.0015, -0.0015);
  return normalize(e.xyy * room(p + e.xyy) + e.yyx * room(p + e.yyx) + e.yxy * room(p + e.yxy) + e.xxx * room(p + e.xxx));
}
vec3 scene(vec3 origin, vec3 ray) {
  float t = 1.4, glow = 0.0, loud = 0.0;
  bool hit = false;
  for (int i = 0; i < 44; i++) {
    vec3 p = origin + ray * t;
    float d = room(p);
    float heard = iEnvelopes[int(number)];
    // It ends before the next one's place, where another glow begins.
    glow += (0.012 + 0.05 * heard) * exp(-5.5 * max(d, 0.0)) * smoothstep(0.5, 0.3, aside);
    if (d < 0.0025) { hit = true; break; }
    // Not over the border to the next one's place in one step.
    t += min(d, 0.35);
    if (t > 5.0 || (abs(p.y) > 2.3 && p.y * ray.y > 0.0)) break;
  }
  vec3 colour;
  if (!hit) colour = heaven(ray);
  else {
    vec3 p = origin + ray * t;
    vec3 q = local(p);
    float own = number, heard = iEnvelopes[int(number)];
    vec3 normal = normalAt(p);
    float facing = max(-dot(ray, normal), 0.0);
    float rim = pow(1.0 - facing, 4.0);
    vec3 mirrored = haze(reflect(ray, normal)) * 1.6;
    // Inside, the light of a thread along the axis, as it is seen through the bent ray.
    vec3 bent = refract(ray, normal, 0.66);
    float inside = 0.0, veins = 0.0;
    for (int i = 0; i < 6; i++) {
      vec3 s = local(p + bent * (0.06 + 0.15 * float(i)));
      number = own;
      float axis = length(s.xz);
      inside += 1.5 * exp(-13.0 * axis) * exp(-1.2 * abs(s.y));
      veins += smoothstep(0.05, 0.0, abs(noise(s * 4.5 + own * 9.0) - 0.5)) * exp(-0.45 * float(i)) * 1.3;
    }
    vec3 body = haze(bent) * 0.8 + shell * 0.10 + core * inside * (0.30 + 1.5 * heard) + shell * veins * (0.06 + 0.35 * heard);
    vec3 light = normalize(vec3(0.4, 0.8, 0.3));
    float shine = pow(max(dot(reflect(ray, normal), light), 0.0), 50.0);
    colour = mix(body, mirrored + shell * 0.5, 0.14 + 0.75 * rim);
    colour += vec3(1.0, 0.95, 1.0) * shine * 0.8 + shell * 0.18 * max(dot(normal, light), 0.0);
  }
  colour += mix(shell, core, 0.6) * glow * (hit ? 0.5 : 1.0);
  return colour;
}
// A colour turned around grey: other ones with each part of the song, and every twenty-four bars of one that lasts.
vec3 hued(vec3 colour) {
  float angle = 1.25 * iAct;
  float c = cos(angle), s = sin(angle);
  vec3 grey = vec3(0.57735);
  return max(colour * c + cross(grey, colour) * s + grey * dot(grey, colour) * (1.0 - c), 0.0);
}
vec3 shown(vec3 colour) {
  float light = 1.6 + 0.3 * iEnergy + 0.15 * iDrop + 0.5 * iDrop * exp(-14.0 * iSectionProgress);
  // As bright as the song is loud.
  light *= mix(0.4, 1.05, smoothstep(-42.0, -12.0, iLoudness));
  return pow(1.0 - exp(-light * hued(colour)), vec3(0.85));
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y;
  vec3 ray = normalize(vec3(uv, -1.1));
  ray.xz = turned(0.10 * iTime) * ray.xz;
  vec3 colour = scene(vec3(0), ray) * (1.0 - 0.12 * dot(uv, uv));
  fragColor = vec4(shown(colour) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}

void mainVR(out vec4 fragColor, in vec2 fragCoord, in vec3 fragRayOri, in vec3 fragRayDir) {
  fragColor = vec4(shown(scene(fragRayOri, fragRayDir)), 1.0);
}
