// Ribbons of silk in the dark: each is a band of the song, and turns its bright side with it. With the parts of the song they
// flow across, hang as curtains, close to rings, come out of the distance and are seen from near.
// helios: float speed = 1.0 [0, 4] How fast they flow
// helios: float width = 1.0 [0.3, 3] How wide they are
// helios: color first = #ff3d7f Colour of the lowest
// helios: color last = #3de0ff Colour of the highest

float hash(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7))) * 43758.5453); }

// Which of five pictures is shown: another with each part of the song, and every sixteen bars of one that lasts.
float act() {
  float long_ = iBar < 0.0 ? floor(iTime / 30.0) : floor(iBar / 16.0);
  return mod(max(iSection, 0.0) + long_, 5.0);
}
// A colour turned around grey.
vec3 hued(vec3 colour, float angle) {
  float c = cos(angle), s = sin(angle);
  vec3 grey = vec3(0.57735);
  return max(colour * c + cross(grey, colour) * s + grey * dot(grey, colour) * (1.0 - c), 0.0);
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y;
  float time = speed * (0.45 * iTime + 0.35 * iAmplitudeTime);
  float kind = act(), tight = 1.0, hueTurn = 1.05 * kind;
  float landing = iDrop * exp(-14.0 * iSectionProgress);
  vec3 low = hued(first, hueTurn), high = hued(last, hueTurn);
  vec2 screen = uv;
  if (kind > 0.5 && kind < 1.5) uv = vec2(-uv.y * 0.8, uv.x * 0.62);
  else if (kind > 1.5 && kind < 2.5) {
    // Around the middle; both halves are alike, or there would be a seam.
    float far = length(uv);
    uv = vec2(1.9 * abs(atan(uv.x, uv.y)) - 2.0, (far - 0.62) * 1.15);
    tight = 0.75;
  } else if (kind > 2.5 && kind < 3.5) {
    float depth = 0.35 + 0.75 * smoothstep(-1.9, 1.9, uv.x);
    uv = vec2(1.6 * log(depth) * 2.0, (uv.y + 0.25 * uv.x) / (1.5 * depth));
  } else if (kind > 3.5) uv = mat2(0.88, 0.47, -0.47, 0.88) * uv * 0.45 + vec2(0.2, 0.05);
  uv.y *= 1.0 - 0.4 * landing;
  vec3 colour = mix(vec3(0.010, 0.012, 0.035), vec3(0.035, 0.012, 0.04), 0.5 + 0.5 * uv.y);
  colour += 0.05 * mix(high, low, 0.5 + 0.3 * screen.x) * exp(-2.5 * screen.y * screen.y) * (0.5 + iEnergy + 2.0 * landing);
  for (int i = 0; i < 8; i++) {
    float n = float(i), share = n / 7.0;
    float heard = iEnvelopes[i];
    float x = uv.x * 0.9;
    float swing = 0.30 * sin(x * (1.1 + 0.14 * n) + time * (0.9 + 0.07 * n) + n * 0.9)
      + 0.16 * sin(x * 2.3 - time * 1.3 + n * 1.7) + (0.04 + 0.10 * heard) * sin(x * 5.0 + time * 2.1 + n * 2.3);
    float centre = swing + 0.16 * tight * (n - 3.5) * (0.55 + 0.25 * sin(time * 0.5));
    // The ribbon turns about its own line: its half width is the sine of that turn.
    float turn = x * 1.7 + time * 0.8 + n * 0.55 + 0.6 * sin(x * 0.8 - time * 0.6);
    float half_ = width * (0.006 + (0.10 + 0.05 * heard) * abs(sin(turn)));
    float across = (uv.y - centre) / half_;
    float edge = fwidth(across) * 1.2;
    float inside = smoothstep(1.0 + edge, 1.0 - edge, abs(across));
    float face = across * clamp(5.0 * sin(turn), -1.0, 1.0);
    vec3 hue = mix(low, high, share);
    hue = mix(hue, hued(vec3(0.55, 0.25, 1.0), hueTurn), 0.75 * (1.0 - abs(share * 2.0 - 1.0)));
    hue = mix(hue, hue.brg, 0.14 * sin(turn * 0.5 + n));
    float fold = pow(max(0.0, 1.0 - abs(face - 0.45 * sin(turn * 2.0 + time))), 3.0);
    hue = mix(hue, hue * hue, 0.55);
    vec3 silk = hue * (0.10 + 0.34 * (0.5 + 0.5 * face) + 0.15 * abs(cos(turn)));
    silk += (0.8 * hue + 0.25) * fold * (0.30 + 1.2 * heard);
    silk += hue * 0.5 * smoothstep(0.75, 1.0, abs(across)) * (0.4 + heard);
    // What lies above throws a shadow on what is below, and a little light around.
    float shade = exp(-14.0 * max(abs(uv.y - centre + 0.03) - half_, 0.0));
    colour *= 1.0 - 0.45 * shade * (1.0 - inside);
    colour = mix(colour, silk, inside * 0.94);
    colour += hue * 0.055 * (0.25 + 2.2 * heard) * exp(-9.0 * max(abs(uv.y - centre) - half_, 0.0));
  }
  colour *= 1.0 + 0.25 * exp(-5.0 * iBeatPhase);
  colour *= 1.0 - 0.10 * dot(screen, screen);
  colour = 1.0 - exp(-1.7 * colour);
  fragColor = vec4(pow(colour, vec3(0.85)) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}
