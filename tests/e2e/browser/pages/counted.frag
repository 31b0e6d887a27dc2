// The frame number as buffers count it, never having seen iFrame but at the start: bufferA adds one to
// what bufferB showed a frame ago, bufferB passes on what bufferA shows now.
ivec2 cellAt(vec2 place, float height) { return ivec2(place.x, height - place.y) / 20; }

// helios: pass bufferA
// helios: iChannel0 = bufferB, nearest
void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  float before = texelFetch(iChannel0, ivec2(0), 0).r;
  fragColor = vec4(iFrame == 0 ? 0.0 : before + 1.0);
}

// helios: pass bufferB
// helios: iChannel3 = bufferA, nearest
void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  fragColor = texelFetch(iChannel3, ivec2(fragCoord), 0);
}

// helios: pass image
// helios: iChannel0 = bufferB
void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  int count = int(texture(iChannel0, fragCoord / iResolution.xy).r + 0.5);
  ivec2 cell = cellAt(fragCoord, iResolution.y);
  fragColor = vec4(vec3(cell.y == 0 ? float((count >> cell.x) & 1) : 0.2 + 0.001 * float(count)), 1.0);
}
