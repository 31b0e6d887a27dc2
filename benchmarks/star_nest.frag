// Star Nest by Pablo Roman Andrioli (Kali), MIT License, https://www.shadertoy.com/view/XlfGRj
// Its march with the original constants, without the mouse.
void main() {
    fragColor.a = 1.0;
    vec3 dir = normalize(vec3(gluv * 0.8, 1.0));
    vec3 from = vec3(1.0, 0.5, 0.5) + vec3(iTime * 0.02, iTime * 0.01, -2.0);
    float s = 0.1, fade = 1.0;
    vec3 v = vec3(0.0);
    for (int r = 0; r < 20; r++) {
        vec3 p = from + s * dir * 0.5;
        p = abs(vec3(0.85) - mod(p, vec3(1.7)));
        float pa = 0.0, a = 0.0;
        for (int i = 0; i < 17; i++) {
            p = abs(p) / dot(p, p) - 0.53;
            a += abs(length(p) - pa);
            pa = length(p);
        }
        float dm = max(0.0, 0.3 - a * a * 0.001);
        a *= a * a;
        if (r > 6) fade *= 1.0 - dm;
        v += fade;
        v += vec3(s, s * s, s * s * s * s) * a * 0.0015 * fade;
        fade *= 0.73;
        s += 0.1;
    }
    v = mix(vec3(length(v)), v, 0.85);
    fragColor.rgb = v * 0.01;
}
