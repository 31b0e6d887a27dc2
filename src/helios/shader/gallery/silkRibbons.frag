// Ribbons of silk in the dark: each is a band of the song, and turns its bright side with it.
// helios: float speed = 1.0 [0, 4] How fast they flow
// helios: float width = 1.0 [0.3, 3] How wide they are
// helios: color first = #ff3d7f Colour of the lowest
// helios: color last = #3de0ff Colour of the highest

float hash(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7))) * 43758.5453); }

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y;
  float time = speed * (0.45 * iTime + 0.35 * iAmplitudeTime);
  vec3 colour = mix(vec3(0.010, 0.012, 0.035), vec3(0.035, 0.012, 0.04), 0.5 + 0.5 * uv.y);
  colour += 0.05 * mix(last, first, 0.5 + 0.3 * uv.x) * exp(-2.5 * uv.y * uv.y) * (0.5 + iEnergy);
  for (int i = 0; i < 8; i++) {
    float n = float(i), share = n / 7.0;
    float heard = iEnvelopes[i];
    float x = uv.x * 0.9;
    float swing = 0.30 * sin(x * (1.1 + 0.14 * n) + time * (0.9 + 0.07 * n) + n * 0.9)
      + 0.16 * sin(x * 2.3 - time * 1.3 + n * 1.7) + (0.04 + 0.10 * heard) * sin(x * 5.0 + time * 2.1 + n * 2.3);
    float centre = swing + 0.16 * (n - 3.5) * (0.55 + 0.25 * sin(time * 0.5));
    // The ribbon turns about its own line: its half width is the sine of that turn.
    float turn = x * 1.7 + time * 0.8 + n * 0.55 + 0.6 * sin(x * 0.8 - time * 0.6);
    float half_ = width * (0.006 + (0.10 + 0.05 * heard) * abs(sin(turn)));
    float across = (uv.y - centre) / half_;
    float edge = fwidth(across) * 1.2;
    float inside = smoothstep(1.0 + edge, 1.0 - edge, abs(across));
    float face = across * clamp(5.0 * sin(turn), -1.0, 1.0);
    vec3 hue = mix(first, last, share);
    hue = mix(hue, vec3(0.55, 0.25, 1.0), 0.75 * (1.0 - abs(share * 2.0 - 1.0)));
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
  colour *= 1.0 - 0.10 * dot(uv, uv);
  colour = 1.0 - exp(-1.7 * colour);
  fragColor = vec4(pow(colour, vec3(0.85)) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}
