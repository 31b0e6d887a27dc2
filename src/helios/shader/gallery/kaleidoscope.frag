// A kaleidoscope of stained glass: pieces change their places with the beat and their light with the bands. By the parts of the
// song it is a rose, a wall of mirrors, a shaft, a window seen from below and a rose seen from near, each with colours and a light
// of its own: a sun behind it, few panes that are lit, edges that glow, or rings of light; a drop lights all.
// helios: int mirrors = 6 [3, 12] How many mirrors there are
// helios: float speed = 1.0 [0, 4] How fast it turns
// helios: color first = #ff2f5e Glass of the bass
// helios: color second = #ffc23d Glass of the middle
// helios: color third = #1fb6ff Glass of the treble

const float PI = 3.14159265, LEAD = 0.028;
const int ROSE = 0, WALL = 1, SHAFT = 2, DOME = 3, NEAR = 4;
const int SUN = 0, FEW = 1, EDGES = 2, RINGS = 3, DAY = 4;
float hash(vec2 p) {
  vec3 q = fract(p.xyx * 0.1031);
  q += dot(q, q.yzx + 33.33);
  return fract((q.x + q.y) * q.z);
}
vec2 hash2(vec2 p) {
  vec3 q = fract(p.xyx * vec3(0.1031, 0.1030, 0.0973));
  q += dot(q, q.yzx + 33.33);
  return fract((q.xx + q.yz) * q.zy);
}
vec3 hash3(vec3 p) {
  vec3 q = fract(p * vec3(0.1031, 0.1030, 0.0973));
  q += dot(q, q.yxz + 33.33);
  return fract((q.xxy + q.yxx) * q.zyx);
}
// Nearly sin(6.28 * x), and nearly exp(-x * x).
vec2 wave(vec2 x) { x = fract(x) - 0.5; return x * (16.0 * abs(x) - 8.0); }
vec3 wave(vec3 x) { x = fract(x) - 0.5; return x * (16.0 * abs(x) - 8.0); }
float bell(float x) { x = max(1.0 - 0.25 * x * x, 0.0); x *= x; return x * x; }
mat2 turned(float a) { vec2 h = vec2(cos(a), sin(a)); return mat2(h.x, h.y, -h.y, h.x); }
// A colour turned around grey, by degrees.
vec3 hued(vec3 colour, float degrees_) {
  vec3 grey = vec3(0.57735);
  float turn = radians(degrees_), c = cos(turn);
  return max(colour * c + cross(grey, colour) * sin(turn) + grey * dot(grey, colour) * (1.0 - c), 0.0);
}

// Which of five pictures is shown, in which light: others with each act of the song. How calm the song is, and how much the light of
// pieces goes with it: all around they are large.
float part, time, landing, calm, swing = 1.0;
int kind, light_;
// The glass that there is most of, that there is less of, and that there is little of.
vec3 most, less, little;
void begin() {
  part = iAct;
  kind = int(mod(part, 5.0));
  bool first_ = iDrop > 0.5 && iActInSection < 0.5;
  light_ = first_ ? DAY : int(mod(part + floor(part / 5.0), 4.0));
  calm = smoothstep(150.0, 85.0, iBpm);
  time = speed * mix(0.9, 0.6, calm) * (0.12 * iTime + 0.34 * iAmplitudeTime);
  landing = iDrop * exp(-14.0 * iSectionProgress);
  int palette = first_ ? 0 : int(mod(part + 1.0 + floor(part / 6.0), 6.0));
  if (palette == 0) { most = first; less = third; little = second; }
  else if (palette == 1) { most = hued(third, 28.0); less = hued(third, -12.0) * 0.7; little = second; }
  else if (palette == 2) { most = hued(first, 14.0); less = hued(first, -30.0) * vec3(0.40, 0.35, 0.50); little = mix(second, vec3(1), 0.35); }
  else if (palette == 3) { most = hued(third, -55.0) * vec3(0.55, 0.75, 0.7); less = hued(third, -22.0) * 0.8; little = hued(second, 6.0); }
  else if (palette == 4) { most = mix(third, vec3(1), 0.5); less = hued(third, 45.0); little = first; }
  else { most = hued(first, -68.0) * 0.8 + 0.06; less = hued(third, 60.0) * 0.8; little = hued(third, -25.0); }
}
// Each act has pieces of its own size, calm songs have larger ones; the window comes nearer in it; a drop throws it open.
float size() { return (2.5 + 1.3 * hash(vec2(part, 3.0)) - 0.6 * iActProgress) * mix(1.05, 0.7, calm) + 3.8 * landing; }
// An angle as the mirrors show it, how far the nearest of them is, in radians, and whether it is turned round.
vec3 mirrored(float angle) {
  float wedge = PI / float(mirrors), side = mod(angle, 2.0 * wedge) - wedge;
  angle = abs(side);
  return vec3(angle, min(angle, wedge - angle), side < 0.0 ? -1.0 : 1.0);
}

// A piece of glass and its nearest neighbour: their numbers of chance and whether they flicker; where the piece's middle is, seen
// from here; how far the lead between them is.
struct Pieces { vec2 random; vec2 flicker; vec3 to; float lead; };
// The mirrors at work, as seen among the pieces: the normal of each, and how far it is.
vec4 low = vec4(0, 0, 0, 9), high = vec4(0, 0, 0, 9), aside = vec4(0, 0, 0, 9), above = vec4(0, 0, 0, 9);
float past(float away, vec3 across, vec4 wall) {
  float slant = dot(across, wall.xyz), behind = min(wall.w + away * slant, 0.0);
  return behind * behind / max(1.0 - slant * slant, 0.02);
}
// How far the lead between two pieces is, squared. In a mirror it ends: no hair stands out from what lies behind.
// Around the viewer it is measured along the sphere: what cuts it aslant is no wider.
float leadTo(vec3 to, vec3 other, vec3 outwards) {
  vec3 across = other - to;
  float away = 0.5 * dot(to + other, across);
  across -= outwards * dot(across, outwards);
  float scale = inversesqrt(dot(across, across) + 1e-6);
  across *= scale;
  away *= scale;
  float more = max(past(away, across, low), past(away, across, high));
  if (kind == WALL) more = max(more, max(past(away, across, aside), past(away, across, above)));
  return away * away + more;
}
vec2 middle(vec2 cell) { return cell + 0.5 + 0.38 * wave(hash2(cell) + 0.35 * time); }
vec3 middle(vec3 cell) { return cell + 0.5 + 0.38 * wave(hash3(cell) + 0.35 * time); }
Pieces found(vec2 cell, vec2 next, vec3 to, float lead) {
  float beat = mod(iBeatIndex, 512.0);
  return Pieces(vec2(hash(cell + 0.5), hash(next + 0.5)), vec2(hash(cell + beat), hash(next + beat)), to, sqrt(lead));
}
Pieces piecesAt(vec2 p) {
  vec2 base = floor(p), cell = base, next = base, to = vec2(9);
  float one = 81.0, lead = 81.0;
  for (int n = 0; n < 9; n++) {
    vec2 own = base + vec2(n % 3, n / 3) - 1.0, d = middle(own) - p;
    float room = dot(d, d);
    if (room < one) { one = room; cell = own; to = d; }
  }
  for (int n = 0; n < 9; n++) {
    vec2 own = base + vec2(n % 3, n / 3) - 1.0;
    float away = own == cell ? 81.0 : leadTo(vec3(to, 0), vec3(middle(own) - p, 0), vec3(0));
    if (away < lead) { lead = away; next = own; }
  }
  return found(cell, next, vec3(to, 0), lead);
}
// The same of a space that is full of glass.
Pieces piecesAt(vec3 p, vec3 outwards) {
  vec3 base = floor(p), cell = base, next = base, to = vec3(9);
  float one = 81.0, lead = 81.0;
  for (int n = 0; n < 27; n++) {
    vec3 own = base + vec3(n % 3, n / 3 % 3, n / 9) - 1.0, d = middle(own) - p;
    float room = dot(d, d);
    if (room < one) { one = room; cell = own; to = d; }
  }
  for (int n = 0; n < 27; n++) {
    vec3 own = base + vec3(n % 3, n / 3 % 3, n / 9) - 1.0;
    float away = own == cell ? 81.0 : leadTo(to, middle(own) - p, outwards);
    if (away < lead) { lead = away; next = own; }
  }
  return found(cell.xy + 17.0 * cell.z, next.xy + 17.0 * next.z, to, lead);
}
vec3 glass(float random, float far) {
  float turn = fract(random + 0.07 * time + 0.05 * far);
  vec3 hue = mix(most, less, smoothstep(0.44, 0.50, turn));
  hue = mix(hue, little, smoothstep(0.76, 0.82, turn));
  hue = mix(hue, most, smoothstep(0.96, 1.0, turn));
  return mix(hue, hue * hue, 0.6) * (0.65 + 0.35 * fract(random * 37.0));
}
// How much light comes through a piece, so far from where rings begin; sun is 1 where the sun is behind the window.
float through(float random, float flicker, float ring, float sun) {
  float heard = iEnvelopes[int(random * 7.99)], loud = swing * heard * heard, own = fract(random * 53.0);
  float beat = swing * (kind == NEAR ? 0.07 : 0.14) * exp(-3.0 * iBeatPhase) * step(0.8, flicker);
  if (light_ == SUN) return 0.10 + sun * (0.75 + 0.5 * loud) + 0.15 * loud + beat;
  if (light_ == FEW) return 0.045 + smoothstep(0.0, 0.45, 0.36 + 0.12 * swing * heard + 0.15 * iEnergy - own) * (1.2 + 0.7 * loud) + 0.6 * beat;
  if (light_ == EDGES) return 0.08 + 0.14 * loud * own + 0.2 * beat;
  if (light_ == RINGS) {
    float crest = 0.5 + 0.5 * wave(vec2(0.75 * ring - 0.45 * time + 0.12 * own)).x;
    return 0.07 + crest * crest * (0.85 + 0.5 * loud) + beat;
  }
  return 0.36 + 0.42 * loud + 0.35 * iEnergy * iEnergy + beat;
}
vec3 lit(Pieces p, float far, float ring, float sun, float edge) {
  vec3 hue = glass(p.random.x, far), beside = glass(p.random.y, far);
  float light = through(p.random.x, p.flicker.x, ring, sun), spill = through(p.random.y, p.flicker.y, ring, sun);
  // Light comes through from behind, the glass is uneven, and each piece has a bevel.
  vec2 to = p.to.xy + 0.5 * p.to.z, rough = wave(vec2(dot(to, vec2(1.11, 0.64)) + 1.75 * p.random.x, 1.43 * to.y + p.random.x));
  float one = dot(p.to, p.to), bevel = smoothstep(0.18, 0.04, p.lead);
  vec3 colour = hue * light * (1.05 + 0.2 * rough.x + 0.12 * rough.y + 0.9 * bell(2.6 * one)) + hue * 0.03;
  vec2 slope = to * inversesqrt(dot(to, to) + 1e-6);
  colour += (0.25 * hue + 0.18) * light * bevel * smoothstep(0.1, 0.9, dot(slope, vec2(-0.6, 0.8)));
  colour *= 1.0 - 0.55 * bevel * smoothstep(0.0, 0.9, dot(slope, vec2(0.6, -0.8)));
  // Its light falls on its neighbours' rims and on the lead.
  float spread = max(1.0 - 8.0 * p.lead, 0.0), near = 1.0 / (1.0 + 14.0 * p.lead + 250.0 * p.lead * p.lead);
  spread *= spread;
  colour *= smoothstep(LEAD - edge, LEAD + edge, p.lead);
  colour += 0.20 * spread * (beside * max(spill - light, 0.0) + hue * max(light - spill, 0.0)) + 0.04 * near * (hue * light);
  if (light_ == EDGES) {
    float heard = iEnvelopes[int(p.random.x * 7.99)] + iEnvelopes[int(p.random.y * 7.99)];
    float core = bell(p.lead / (0.018 + 0.7 * edge)) * 0.018 / (0.018 + 0.3 * edge);
    colour += (0.42 + 0.28 * heard) * ((hue + beside) * (core + 0.3 * spread) + 0.5 * hue * near) + core * 0.12 * heard;
  }
  return colour;
}
// As bright as the song is loud, slowly: by what is heard and by what was heard of late.
vec4 shown(vec3 colour, vec2 fragCoord) {
  float loud = mix(0.36, 1.0, smoothstep(-36.0, -9.0, iLoudness)) * mix(0.42, 1.05, iEnergy * iEnergy);
  colour = 1.0 - exp(-(2.3 + 0.5 * iDrop + 1.3 * landing) * loud * colour);
  return vec4(mix(colour, sqrt(colour), 0.16) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y, seen = uv, walls = vec2(9), facing = vec2(0);
  begin();
  float reach = 1.9, shade = 1.0, there = smoothstep(0.0, 1.0, iActProgress), scale = size();
  if (kind == WALL) {
    // Four mirrors around: the rose comes again in each of their rooms; one walks towards them.
    uv = abs(mod(turned(0.3 + 0.07 * time) * uv * mix(1.7, 1.0, there) + vec2(0.3 * time, 0.4), 2.0) - 1.0);
    facing = vec2(uv.x < 0.5 ? 1.0 : -1.0, uv.y < 0.5 ? 1.0 : -1.0);
    walls = min(uv, 1.0 - uv);
    scale *= 1.25;
    uv -= vec2(0.35, 0.5);
    reach = 9.0;
  } else if (kind == DOME) {
    // From below, leant against.
    uv = vec2(uv.x + 0.25, uv.y + 0.45) * 1.35 / (1.25 - 0.55 * uv.y);
    reach = 2.6;
  } else if (kind == NEAR) {
    uv = mix(0.42, 0.62, there) * (uv + mix(vec2(1.05, -0.5), vec2(0.55, 0.25), there));
    reach = 9.0;
  }
  float far = length(uv), wedge = PI / float(mirrors);
  vec3 angle = mirrored(atan(uv.y, uv.x) + 0.25 * time);
  vec2 ahead = vec2(cos(angle.x), sin(angle.x)), p;
  mat2 turn = turned(0.7 * time);
  if (kind == SHAFT) {
    // A shaft whose walls come towards the eye.
    p = vec2(1.1 * log(far + 1e-3), 1.25 * angle.x) * scale;
    low = vec4(0, 1, 0, p.y);
    high = vec4(0, -1, 0, 1.25 * wedge * scale - p.y);
    p.x -= 4.5 * time;
    shade = smoothstep(0.03, 0.45, far);
    reach = 9.0;
  } else {
    // What lies between the mirrors turns and drifts; a lens draws its middle in.
    p = far * (1.0 + 0.25 * far) * ahead;
    vec2 side = vec2(sin(wedge), -cos(wedge));
    low = vec4(turn * vec2(0, 1), 0, scale * p.y);
    high = vec4(turn * side, 0, scale * dot(p, side));
    p = turn * (p - vec2(0.55, 0.18)) * scale + 3.0 * vec2(0.5 * time, 0.37 * sin(time));
  }
  if (kind == WALL) {
    // The four as they stand among the pieces.
    vec2 ray = uv / max(far, 1e-4);
    mat2 among = turn * mat2(ahead, vec2(-ahead.y, ahead.x)) * mat2(ray.x, -ray.y * angle.z, ray.y, ray.x * angle.z);
    walls *= scale * (1.0 + 0.3 * far);
    aside = vec4(among[0] * facing.x, 0, walls.x);
    above = vec4(among[1] * facing.y, 0, walls.y);
  }
  Pieces pieces = piecesAt(p + 7.0 * part);
  float sun = bell(0.75 * length(seen - vec2(mix(-1.3, 1.3, fract(0.5 * part) < 0.25 ? there : 1.0 - there), 0.5 - 0.9 * hash(vec2(part, 5.0)))));
  vec3 colour = lit(pieces, far, kind == WALL ? length(seen) : far, sun, min(fwidth(pieces.lead) * 1.5, 0.3));
  // The seams of the mirrors, hardly seen, and the darkness of the tube.
  colour *= 0.86 + 0.14 * smoothstep(0.0, 0.03, angle.y * far);
  colour *= smoothstep(reach, 0.37 * reach, far) * shade;
  colour += mix(little, vec3(1), 0.15) * (kind == WALL ? 0.12 : 0.30) * exp(-9.0 * far) * (0.3 + iEnvelopes[0]);
  colour += mix(second, vec3(1), 0.3) * landing * 0.6 * exp(-2.2 * far);
  fragColor = shown(colour, fragCoord);
}

// All around the mirrors meet in a line through the viewer: a rose stands ahead, another behind.
void mainVR(out vec4 fragColor, in vec2 fragCoord, in vec3 fragRayOri, in vec3 fragRayDir) {
  begin();
  swing = 0.4;
  time *= 0.75;
  vec3 ray = fragRayDir;
  // Aslant, so that no mirror stands upright for long.
  ray.yz = turned(0.35 * sin(1.9 * part + 0.6)) * ray.yz;
  float round_ = length(ray.xy), far = acos(clamp(-ray.z, -1.0, 1.0)), wedge = PI / float(mirrors), scale = size();
  vec3 angle = mirrored(atan(ray.y, ray.x) + 0.25 * time);
  scale *= kind == NEAR ? 0.9 : 1.2 + 0.25 * float(kind * (3 - kind));
  vec3 p = vec3(round_ * vec2(cos(angle.x), sin(angle.x)), ray.z);
  mat2 turn = turned(0.7 * time);
  vec2 side = vec2(sin(wedge), -cos(wedge));
  low = vec4(turn * vec2(0, 1), 0, scale * p.y);
  high = vec4(turn * side, 0, scale * dot(p.xy, side));
  vec3 outwards = vec3(turn * p.xy, p.z);
  p.xy = turn * (p.xy - vec2(0.55, 0.18)) * scale + 3.0 * vec2(0.5 * time, 0.37 * sin(time));
  p.z *= scale;
  if (kind == WALL) {
    float up = p.y < 0.0 ? -1.0 : 1.0;
    p.y *= up;
    low.y *= up;
    high.y *= up;
    outwards.y *= up;
    above = vec4(0, 1, 0, p.y);
  } else if (kind == SHAFT) p.z += 3.0 * time;
  Pieces pieces = piecesAt(p + 7.0 * part, outwards);
  float there = 6.2832 * (0.35 * iActProgress + hash(vec2(part, 5.0))), sun = bell(1.6 * (1.0 - dot(fragRayDir, vec3(0.8 * sin(there), 0.6, 0.8 * cos(there)))));
  vec3 colour = lit(pieces, far, far, sun, min(fwidth(pieces.lead) * 1.5, 0.3));
  colour *= 0.86 + 0.14 * smoothstep(0.0, 0.03, angle.y * round_);
  vec3 light = mix(little, vec3(1), 0.3) * (0.3 + iEnvelopes[0]);
  colour += light * 0.3 * exp(-9.0 * far) + light.bgr * 0.3 * exp(-9.0 * (PI - far));
  colour += mix(second, vec3(1), 0.3) * landing * 0.4 * exp(-2.2 * far);
  fragColor = shown(colour, fragCoord);
}
