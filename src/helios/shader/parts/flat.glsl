void main() {
  helios_colour = vec4(0, 0, 0, 1);
  mainImage(helios_colour, gl_FragCoord.xy);
}
