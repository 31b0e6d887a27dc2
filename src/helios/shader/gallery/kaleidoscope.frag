// A kaleidoscope of stained glass: pieces change their places with the beat and their light with the bands. By the parts of the
// song it is a rose, a wall of mirrors, a shaft, a window seen from below and a rose seen from near.
// helios: int mirrors = 6 [3, 12] How many mirrors there are
// helios: float speed = 1.0 [0, 4] How fast it turns
// helios: color first = #ff2f5e Glass of the bass
// helios: color second = #ffc23d Glass of the middle
// helios: color third = #1fb6ff Glass of the treble

const float PI = 3.14159265;
float hash(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7))) * 43758.5453); }
vec2 hash2(vec2 p) { return fract(sin(vec2(dot(p, vec2(127.1, 311.7)), dot(p, vec2(269.5, 183.3)))) * 43758.5453); }
float hash(vec3 p) { return fract(sin(dot(p, vec3(127.1, 311.7, 74.7))) * 43758.5453); }
vec3 hash3(vec3 p) {
  return fract(sin(vec3(dot(p, vec3(127.1, 311.7, 74.7)), dot(p, vec3(269.5, 183.3, 246.1)), dot(p, vec3(113.5, 271.9, 124.6)))) * 43758.5453);
}
mat2 turned(float a) { return mat2(cos(a), sin(a), -sin(a), cos(a)); }
vec3 glass(float turn) {
  turn = fract(turn) * 3.0;
  return turn < 1.0 ? mix(first, second, turn) : turn < 2.0 ? mix(second, third, smoothstep(0.3, 0.7, turn - 1.0)) : mix(third, first, turn - 2.0);
}

// Which of five pictures is shown: another with each act of the song.
float part, kind, time, landing;
void begin() {
  part = iAct;
  kind = mod(part, 5.0);
  time = speed * (0.12 * iTime + 0.34 * iAmplitudeTime);
  landing = iDrop * exp(-14.0 * iSectionProgress);
}
// Each act has pieces of its own size, and the window comes nearer in it; a drop throws it open.
float size() { return 2.6 + 1.5 * hash(vec2(part, 3.0)) - 0.5 * iActProgress + 3.8 * landing; }
// An angle as the mirrors show it, and how far the nearest of them is, in radians.
vec2 mirrored(float angle) {
  float wedge = PI / float(mirrors);
  angle = abs(mod(angle, 2.0 * wedge) - wedge);
  return vec2(angle, min(angle, wedge - angle));
}

// A piece of glass: its numbers of chance, where in it, how far from its middle and from its lead.
struct Piece { float random; float flicker; vec2 to; float one; float lead; };
vec3 lit(Piece piece, float far, float edge) {
  int band = int(piece.random * 7.99);
  float heard = iEnvelopes[band];
  vec3 hue = glass(0.13 * time + 0.72 * piece.random + 0.09 * far + 0.29 * part);
  hue = mix(hue, hue * hue, 0.5);
  // Light comes through from behind, the glass is uneven, and each piece has a bevel.
  float wave = 0.5 + 0.5 * sin(dot(piece.to, vec2(7.0, 4.0)) + 11.0 * piece.random + sin(piece.to.y * 9.0));
  // What is seen from near is large, and would flash.
  float light = 0.33 + 0.2 * wave + (kind > 3.5 ? 0.33 : 0.42) * heard * heard + 0.35 * iEnergy * iEnergy + (kind > 3.5 ? 0.08 : 0.15) * exp(-3.0 * iBeatPhase) * step(0.8, piece.flicker);
  vec3 colour = hue * light * (1.25 + 0.9 * exp(-piece.one * 7.0)) + hue * 0.05;
  float bevel = smoothstep(0.30, 0.06, piece.lead);
  vec2 slope = normalize(piece.to + 1e-4);
  colour += (0.25 * hue + 0.22) * bevel * smoothstep(0.1, 0.9, dot(slope, vec2(-0.6, 0.8))) * (0.7 + 0.5 * heard);
  colour *= 1.0 - 0.55 * bevel * smoothstep(0.0, 0.9, dot(slope, vec2(0.6, -0.8)));
  colour += (hue + 0.3) * 0.7 * exp(-piece.one * 22.0) * heard * heard;
  return colour * smoothstep(0.045 - edge, 0.045 + edge, piece.lead);
}
Piece pieceAt(vec2 p) {
  vec2 base = floor(p), cell = vec2(0), to = vec2(0);
  float one = 9.0, two = 9.0;
  for (int y = -1; y <= 1; y++) {
    for (int x = -1; x <= 1; x++) {
      vec2 own = base + vec2(x, y);
      vec2 d = own + 0.5 + 0.38 * sin(2.0 * PI * hash2(own) + 2.2 * time) - p;
      float room = dot(d, d);
      if (room < one) { two = one; one = room; cell = own; to = d; }
      else two = min(two, room);
    }
  }
  return Piece(hash(cell + 0.5), hash(cell + mod(iBeatIndex, 512.0)), to, one, sqrt(two) - sqrt(one));
}
// The same of a space that is full of glass.
Piece pieceAt(vec3 p) {
  vec3 base = floor(p), cell = vec3(0), to = vec3(0);
  float one = 9.0, two = 9.0;
  for (int n = 0; n < 27; n++) {
    vec3 own = base + vec3(n % 3, n / 3 % 3, n / 9) - 1.0;
    vec3 d = own + 0.5 + 0.38 * sin(2.0 * PI * hash3(own) + 2.2 * time) - p;
    float room = dot(d, d);
    if (room < one) { two = one; one = room; cell = own; to = d; }
    else two = min(two, room);
  }
  return Piece(hash(cell + 0.5), hash(cell + mod(iBeatIndex, 512.0)), to.xy + 0.5 * to.z, one, sqrt(two) - sqrt(one));
}
vec4 shown(vec3 colour, vec2 fragCoord) {
  colour = 1.0 - exp(-(1.1 + 0.6 * iEnergy + 0.35 * iDrop + 1.3 * landing) * colour);
  return vec4(pow(colour, vec3(0.9)) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y;
  begin();
  float reach = 1.9, shade = 1.0;
  if (kind > 0.5 && kind < 1.5) {
    // Four mirrors around: the rose comes again in each of their rooms.
    vec2 q = turned(0.3 + 0.07 * time) * uv * 0.9 + vec2(0.3 * time, 0.4);
    uv = abs(mod(q, 2.0) - 1.0) - vec2(0.35, 0.5);
    reach = 9.0;
  } else if (kind > 2.5 && kind < 3.5) {
    // From below, leant against.
    float away = 1.25 - 0.55 * uv.y;
    uv = vec2(uv.x + 0.25, uv.y + 0.45) * 1.35 / away;
    reach = 2.6;
  } else if (kind > 3.5) {
    uv = 0.42 * (uv + vec2(1.15, -0.55));
    reach = 9.0;
  }
  float far = length(uv);
  vec2 angle = mirrored(atan(uv.y, uv.x) + 0.25 * time);
  vec2 p = far * vec2(cos(angle.x), sin(angle.x));
  if (kind > 1.5 && kind < 2.5) {
    // A shaft whose walls come towards the eye.
    p = vec2(1.1 * log(far + 1e-3) - 1.5 * time, 1.25 * angle.x);
    shade = smoothstep(0.03, 0.45, far);
    reach = 9.0;
  } else {
    // What lies between the mirrors turns and drifts; a lens draws its middle in.
    p *= 1.0 + 0.25 * far;
    p = turned(0.7 * time) * (p - vec2(0.55, 0.18)) + vec2(0.5 * time, 0.37 * sin(time));
  }
  Piece piece = pieceAt(p * size() + 7.0 * part);
  vec3 colour = lit(piece, far, min(fwidth(piece.lead) * 1.5, 0.3));
  // The seams of the mirrors, hardly seen, and the darkness of the tube.
  colour *= 0.86 + 0.14 * smoothstep(0.0, 0.03, angle.y * far);
  colour *= smoothstep(reach, 0.37 * reach, far) * shade;
  colour += mix(second, vec3(1), 0.4) * 0.45 * exp(-9.0 * far) * (0.3 + iEnvelopes[0]);
  colour += mix(second, vec3(1), 0.3) * landing * 0.6 * exp(-2.2 * far);
  fragColor = shown(colour, fragCoord);
}

// All around the mirrors meet in a line through the viewer: a rose stands ahead, another behind.
void mainVR(out vec4 fragColor, in vec2 fragCoord, in vec3 fragRayOri, in vec3 fragRayDir) {
  begin();
  vec3 ray = fragRayDir;
  // Aslant, so that no mirror stands upright for long.
  ray.yz = turned(0.35 * sin(1.9 * part + 0.6)) * ray.yz;
  float round_ = length(ray.xy), far = acos(clamp(-ray.z, -1.0, 1.0));
  vec2 angle = mirrored(atan(ray.y, ray.x) + 0.25 * time);
  vec3 p = vec3(round_ * vec2(cos(angle.x), sin(angle.x)), ray.z);
  p.xy = turned(0.7 * time) * (p.xy - vec2(0.55, 0.18)) + vec2(0.5 * time, 0.37 * sin(time));
  if (kind > 0.5 && kind < 1.5) p.y = abs(p.y);
  else if (kind > 1.5 && kind < 2.5) p.z += 0.8 * time;
  p *= kind > 3.5 ? 0.9 : 1.2 + 0.25 * kind * (3.0 - kind);
  Piece piece = pieceAt(p * size() + 7.0 * part);
  vec3 colour = lit(piece, far, min(fwidth(piece.lead) * 1.5, 0.3));
  colour *= 0.86 + 0.14 * smoothstep(0.0, 0.03, angle.y * round_);
  vec3 light = mix(second, vec3(1), 0.4) * (0.3 + iEnvelopes[0]);
  colour += light * 0.35 * exp(-9.0 * far) + light.bgr * 0.35 * exp(-9.0 * (PI - far));
  colour += mix(second, vec3(1), 0.3) * landing * 0.4 * exp(-2.2 * far);
  fragColor = shown(colour, fragCoord);
}
