"""Where every particle is, from its number and the time alone."""

from __future__ import annotations

import math

import numpy as np

from helios.scene.kernels.cpu import bodies
from helios.scene.kernels.cpu import packed_view as v
from helios.scene.kernels.cpu import packing as k
from helios.scene.kernels.cpu.jit import inline, kernel
from helios.scene.kernels.frames import BANDS, RAMP_STEPS, VARIANTS

_M1, _M2, _STEP = (
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
    np.uint64(0x9E3779B97F4A7C15),
)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
_S43, _S22, _S1, _MASK = np.uint64(43), np.uint64(22), np.uint64(1), np.uint64(0x1FFFFF)
_UNIT = np.float32(1 / 2**21)
_TAU = np.float32(2 * math.pi)
_TURN = np.float32(1 / (2 * math.pi))
_MIN_RADIUS = np.float32(1.6)
_RISES = np.float32(4.0)
"""Share of its light that what is one unit above water has in it; all, at most."""
_NEAR = np.float32(0.2)
_BEGUN_S = 2.0
_HIGHEST = np.float32(0.62)
"""Where around pillars the highest band is heard; the lowest is at 0."""
_SECOND = np.float32(0.3)
"""Share of a layer's particles that show the second image that a lens has of them."""
_ONE, _TINY = np.float32(1.0), np.float32(1e-6)


@inline
def mix(x):
    """SplitMix64's finaliser: every bit of the result depends on every bit of ``x``."""
    x = (x ^ (x >> _S30)) * _M1
    x = (x ^ (x >> _S27)) * _M2
    return x ^ (x >> _S31)


@inline
def three(x):
    """Three uniform numbers from 0 to 1 out of one hash."""
    a = np.float32(np.int64(x >> _S43)) * _UNIT
    b = np.float32(np.int64((x >> _S22) & _MASK)) * _UNIT
    c = np.float32(np.int64((x >> _S1) & _MASK)) * _UNIT
    return a, b, c


@inline
def sine(x):
    """Sine to 4e-5, without a library call."""
    t = x * _TURN
    t -= np.floor(t + np.float32(0.5))
    t = t * (np.float32(8.0) - np.float32(16.0) * abs(t))
    return t * (np.float32(0.775) + np.float32(0.225) * abs(t))


@inline
def cosine(x):
    return sine(x + np.float32(math.pi / 2))


@inline
def direction(a, b):
    """A point of the unit sphere from two uniform numbers."""
    z = np.float32(2.0) * a - np.float32(1.0)
    r = np.sqrt(max(np.float32(0.0), np.float32(1.0) - z * z))
    return r * cosine(_TAU * b), z, r * sine(_TAU * b)


@inline
def _spawn(row, a, b, c):
    """Where a life begins, before the layer is turned and moved."""
    radius = row[k.RADIUS]
    shape = row[k.SHAPE]
    reach = np.sqrt(c) if row[k.EXPONENT] == np.float32(0.5) else c ** row[k.EXPONENT]
    if shape == k.BALL:
        x, y, z = direction(a, b)
        reach *= radius * np.float32(1.2)
        return x * reach, y * reach, z * reach
    angle = _TAU * a
    thin = (b - np.float32(0.5)) * np.float32(0.3) * radius
    if shape == k.RING:
        r = radius * (np.float32(1.0) + np.float32(0.12) * (c - np.float32(0.5)))
        return r * cosine(angle), thin * np.float32(0.4), r * sine(angle)
    if shape == k.ARMS:
        arm = np.float32(math.pi) if a < np.float32(0.5) else np.float32(0.0)
        loose = np.float32(2.0) * abs(np.float32(2.0) * a - np.float32(1.0)) - np.float32(1.0)
        angle = arm + np.float32(4.4) * reach + np.float32(0.9) * loose * loose * loose
        thin *= np.float32(1.0) - np.float32(0.7) * reach
    r = radius * reach
    if shape == k.COLUMN:
        thin = (b - np.float32(0.5)) * np.float32(4.0) * radius
    return r * cosine(angle), thin, r * sine(angle)


@inline
def _between(u):
    """0 to 1, smoothly."""
    return u * u * (np.float32(3.0) - np.float32(2.0) * u)


@inline
def _in_order(row, i, born_s):
    """Where particle ``i`` of a layer stands that draws lines: x, y, z, its place among the bands
    (0 is the lowest), and its share of the lift."""
    radius, shape, rows = row[k.RADIUS], row[k.SHAPE], np.int64(row[k.ROWS])
    zero, two, half = np.float32(0.0), np.float32(2.0), np.float32(0.5)
    if shape == k.LATTICE:
        # Every other particle stands on a line that goes away from the viewer.
        line, point = (i >> 1) % rows, (i >> 1) // rows
        across = (np.float32(line) + half) / np.float32(rows)
        along = (np.float32(point) + half) * two * np.float32(rows) / row[k.COUNT]
        x, z = (across, along) if i & 1 else (along, across)
        x, z = radius * (two * x - _ONE), radius * (two * z - _ONE)
        return x, zero, z, min(np.sqrt(x * x + z * z) / radius, _ONE), _ONE
    if shape == k.TOWERS:
        tower = i % (rows * rows)
        share = (np.float32(i // (rows * rows)) + half) * np.float32(rows * rows) / row[k.COUNT]
        a, b, c = three(mix(np.uint64(tower) * _STEP + _M1))
        x = (np.float32(tower % rows) + half + np.float32(0.5) * (a - half)) / np.float32(rows)
        z = (np.float32(tower // rows) + half + np.float32(0.5) * (b - half)) / np.float32(rows)
        x, z = radius * (two * x - _ONE), radius * (two * z - _ONE)
        return x, zero, z, b, share * (np.float32(0.15) + c * c)
    # The last row may be longer than the others.
    point = min((np.float32(i // rows) + half) * np.float32(rows) / row[k.COUNT], _ONE)
    if shape == k.LINE:
        # Ridges: heights that differ along a line and go over into those of the next.
        x, t = radius * (two * point - _ONE), np.float32(born_s)
        ridge = abs(sine(np.float32(1.9) * x + np.float32(0.8) * t) * sine(x - np.float32(0.5) * t))
        ridge += np.float32(0.3) * abs(sine(np.float32(5.3) * x - np.float32(1.7) * t))
        return x, zero, zero, _ONE - abs(two * point - _ONE), np.float32(0.2) + ridge
    if shape == k.LOOP:
        angle = _TAU * (point - np.float32(0.25))
        place = _ONE - abs(two * point - _ONE)
        return radius * cosine(angle), radius * sine(angle), zero, place, _ONE
    turn = np.float32(i % rows) / np.float32(rows)
    # The highest band is not opposite the lowest: whoever stands within saw a mirror.
    place = turn / _HIGHEST if turn < _HIGHEST else (_ONE - turn) / (_ONE - _HIGHEST)
    angle = _TAU * turn
    return radius * sine(angle), zero, radius * cosine(angle), place, point


@inline
def _on_arch(row, seed, arch, u, born_s, level):
    """On an arch over a ball, ``u`` of the way from one foot to the other."""
    # Arches stay for some lives; what flows in the old one then runs out.
    age = np.int64(math.floor(born_s / (5.0 * np.float64(row[k.LIFE])) + 0.37 * arch))
    own = mix(seed + np.uint64(arch) * _M2 + np.uint64(age + 7) * _STEP)
    a, b, c = three(own)
    d, e, f = three(mix(own + _STEP))
    p, q, s = direction(a, b)
    g, h, m = direction(d, e)
    along = g * p + h * q + m * s
    g, h, m = g - along * p, h - along * q, m - along * s
    length = np.sqrt(g * g + h * h + m * m) + np.float32(1e-4)
    span = np.float32(0.12) + np.float32(0.5) * c * c
    angle = span * (u - np.float32(0.5)) * np.float32(2.0)
    v, w = cosine(angle), sine(angle) / length
    radius = row[k.RADIUS]
    rise = span * (np.float32(0.6) + f) * radius + row[k.LIFT] * level * span
    far = radius + rise * np.sqrt(max(np.float32(0.0), sine(np.float32(math.pi) * u)))
    return far * (p * v + g * w), far * (q * v + h * w), far * (s * v + m * w)


@inline
def _heard_at(heard, moment, place, n):
    """What ``place`` of the bands heard at ``moment``, in frames."""
    last = np.float64(heard.shape[0] - 1)
    moment = min(max(moment, 0.0), last)
    before, after = np.int64(moment), np.int64(min(moment + 1.0, last))
    late = np.float32(moment - before)
    band = place * np.float32(BANDS - 1)
    low = np.int64(min(band, np.float32(BANDS - 2)))
    high = _between(band - np.float32(low))
    early_sound = heard[before, low, n] + (heard[before, low + 1, n] - heard[before, low, n]) * high
    late_sound = heard[after, low, n] + (heard[after, low + 1, n] - heard[after, low, n]) * high
    return early_sound + (late_sound - early_sound) * late


@inline
def _flow(x, y, z, scale, phase):
    """An eddying, source-free flow: two octaves of the Arnold-Beltrami-Childress field."""
    p, q, r = x * scale + phase, y * scale - phase * np.float32(1.3), z * scale
    u = sine(r + phase) + cosine(q)
    w = sine(p) + cosine(r + np.float32(1.7))
    s = sine(q) + cosine(p + phase * np.float32(0.7))
    p, q, r = (
        np.float32(2.3) * p + u,
        np.float32(2.3) * q + w - phase,
        np.float32(2.3) * r + s,
    )
    half = np.float32(0.5)
    return (
        u + half * (sine(r) + cosine(q)),
        w + half * (sine(p) + cosine(r)),
        s + half * (sine(q) + cosine(p)),
    )


@inline
def _wobble(kind, age, i):
    a, n = np.float32(age), np.float32(i)
    if kind == k.FLAME_WOBBLE:
        c = cosine(np.float32(4) * a + np.float32(1.3) * n) * np.float32(0.015)
        x = sine(np.float32(6) * a + np.float32(0.7) * n) * np.float32(0.02) + c
        y = sine(np.float32(3) * a + n) * np.float32(0.007)
        z = c + sine(np.float32(2.5) * a + np.float32(2.1) * n) * np.float32(0.01)
        return x, y, z
    x = sine(np.float32(2) * a + np.float32(0.5) * n) * np.float32(0.02)
    return x, np.float32(0.0), np.float32(0.5) * x


@inline
def _moved(row, seed, age, u, kick, i, born_at, level):
    """The particle at ``age``, in world units, for one generation's ``seed``.

    ``born_at`` is where it stands, for layers that stand in order or on arches; ``level`` is what
    raises it.
    """
    age = np.float32(age)
    a, b, c = three(mix(seed + _STEP))
    x, y, z = born_at if row[k.SHAPE] >= k.ARCH else _spawn(row, a, b, c)
    if row[k.LIFT] != 0.0 and row[k.SHAPE] != k.ARCH:
        lift = row[k.LIFT] * level
        if row[k.SHAPE] == k.LOOP:
            grow = _ONE + lift / max(row[k.RADIUS], _TINY)
            x, y = x * grow, y * grow
        else:
            y += lift
    if row[k.DENT] != 0.0:
        near = (x * x + z * z) / (row[k.RADIUS] * row[k.RADIUS])
        y -= row[k.DENT] / (_ONE + np.float32(40.0) * near)
    d, e, f = three(mix(seed + _STEP + _STEP))
    rough = np.float32(0.1) * row[k.SPREAD] if row[k.SHAPE] < k.LINE else np.float32(0.0)
    ux, uy, uz = direction(d, e)
    speed = row[k.SPEED] * age * kick * (np.float32(0.15) + np.float32(0.85) * f)
    if row[k.OUTWARD] != 0.0:
        far = np.sqrt(x * x + y * y + z * z) + np.float32(1e-4)
        grow = _ONE + row[k.OUTWARD] * age * kick / far
        x, y, z = x * grow, y * grow, z * grow
    x, y, z = x + ux * speed, y + uy * speed, z + uz * speed
    if row[k.SWIRL] != 0.0:
        angle = np.float32(row[k.SWIRL] * age)
        s, t = sine(angle), cosine(angle)
        if row[k.SHAPE] == k.LOOP:
            # It stands upright: its axis leads to the viewer.
            x, y = x * t - y * s, x * s + y * t
        else:
            x, z = x * t - z * s, x * s + z * t
    narrow = np.float32(1.0) - row[k.TAPER] * u
    x, y, z = x * row[k.STRETCH] * narrow, y * row[k.STRETCH + 1], z * row[k.STRETCH + 2] * narrow
    o = k.ORIENTATION
    x, y, z = (
        np.float32(row[o] * x + row[o + 1] * y + row[o + 2] * z),
        np.float32(row[o + 3] * x + row[o + 4] * y + row[o + 5] * z),
        np.float32(row[o + 6] * x + row[o + 7] * y + row[o + 8] * z),
    )
    x += rough * (a - b) * u + row[k.OFFSET]
    y += rough * (b - c) * u + row[k.OFFSET + 1]
    z += rough * (c - a) * u + row[k.OFFSET + 2]
    y += np.float32(row[k.RISE] * age) * kick
    x, y, z = x + row[k.DRIFT] * age, y + row[k.DRIFT + 1] * age, z + row[k.DRIFT + 2] * age
    if row[k.TURBULENCE] > 0.0:
        p, q, r = _flow(x, y, z, row[k.TURBULENCE_SCALE], row[k.TURBULENCE_PHASE])
        reach = row[k.TURBULENCE] * (u if row[k.SHAPE] < k.LINE else _ONE)
        x, y, z = x + reach * p, y + reach * q, z + reach * r
    if row[k.WOBBLE] != k.NO_WOBBLE:
        p, q, r = _wobble(row[k.WOBBLE], age, i)
        x, y, z = x + p, y + q, z + r
    spread = row[k.SPREAD]
    return (
        np.float32(row[k.ORIGIN] + x * spread),
        np.float32(row[k.ORIGIN + 1] + y * spread),
        np.float32(row[k.ORIGIN + 2] + z * spread),
    )


@inline
def _size_at(row, u):
    peak, top = row[k.PEAK_AT], row[k.SIZE_PEAK]
    early = row[k.SIZE_BIRTH] + (top - row[k.SIZE_BIRTH]) * (u / max(peak, _TINY))
    share = (u - peak) / max(_ONE - peak, _TINY)
    late = top + (row[k.SIZE_DEATH] - top) * share
    return early if u < peak else late


@inline
def _alpha_at(row, u):
    if row[k.FADE_IN] == 0.0:
        return _ONE
    return min(u / row[k.FADE_IN], _ONE, (_ONE - u) / (_ONE - row[k.FADE_HOLD]))


@inline
def _project(view, x, y, z, half, out):
    """Write where a sphere of radius ``half`` appears; radius 0 where it does not."""
    x, y, z = x - view[v.POSITION], y - view[v.POSITION + 1], z - view[v.POSITION + 2]
    a = np.float32(x * view[v.RIGHT] + y * view[v.RIGHT + 1] + z * view[v.RIGHT + 2])
    b = np.float32(x * view[v.UP] + y * view[v.UP + 1] + z * view[v.UP + 2])
    c = np.float32(x * view[v.FORWARD] + y * view[v.FORWARD + 1] + z * view[v.FORWARD + 2])
    width, height = np.float32(view[v.WIDTH]), np.float32(view[v.HEIGHT])
    out[k.R] = np.float32(0.0)
    if view[v.CODE] == v.PERSPECTIVE:
        if c > _NEAR:
            scale = np.float32(view[v.FOCAL]) / c
            out[k.X] = np.float32(0.5) * width + a * scale
            out[k.Y] = np.float32(0.5) * height - b * scale
            out[k.R] = min(half * scale, np.float32(4.0) * (width + height))
        return
    h2 = a * a + c * c
    eye = np.float32(view[v.EYE])
    lat = math.atan2(b, math.sqrt(h2))
    steep = min(1.0, max(0.0, (abs(lat) - math.pi / 3) / (math.pi / 12)))
    eye *= np.float32(math.cos(0.5 * math.pi * steep))
    h2 = max(h2, np.float32(1e-8))
    if eye * eye >= h2:
        return
    flat = np.sqrt(h2 - eye * eye)
    lon = np.float32(math.atan2(a, c) - math.asin(eye / np.sqrt(h2)))
    lat = math.atan2(b, flat)
    rho = np.float32(math.asin(min(np.float32(1.0), half / np.sqrt(flat * flat + b * b))))
    pi = np.float32(math.pi)
    if view[v.CODE] == v.FULLDOME:
        away = (0.5 - lat / math.pi) * width
        out[k.X] = np.float32(0.5 * width + away * math.sin(lon))
        out[k.Y] = np.float32(0.5 * height + away * math.cos(lon))
        out[k.R] = rho / pi * width
        return
    turn = _TAU if view[v.CODE] == v.EQUIRECT else pi
    out[k.X] = (lon / turn + np.float32(0.5)) * width
    out[k.Y] = np.float32(0.5 - lat / math.pi) * height
    out[k.R] = rho / pi * height


@inline
def _hearing(row, seed, heard, i, band, born, time_s, u):
    """What particle ``i`` follows, of a layer that listens: factors of its size and light, its
    level, how much of the layer's lift it takes, and where it stands."""
    spot, share_of_lift = np.float32(band) / np.float32(BANDS - 1), _ONE
    x, y, z = np.float32(0.0), np.float32(0.0), np.float32(0.0)
    fps, arch = np.float64(row[k.FPS]), i % np.int64(row[k.ROWS])
    if row[k.SHAPE] == k.ARCH:
        spot = np.float32(arch % BANDS) / np.float32(BANDS - 1)
    elif row[k.SHAPE] > k.ARCH:
        x, y, z, spot, share_of_lift = _in_order(row, i, born / fps)
    moment = born if row[k.REMEMBERS] != 0.0 else time_s * fps
    if row[k.ECHO] != 0.0:
        moment -= np.float64(np.sqrt(x * x + z * z) / row[k.ECHO]) * fps
    size_gain = _heard_at(heard, moment, spot, 0) * row[k.HEARD_SIZE]
    light_gain = _heard_at(heard, moment, spot, 1) * row[k.HEARD_LIGHT]
    level = _heard_at(heard, moment, spot, 2)
    if row[k.SHAPE] == k.ARCH:
        x, y, z = _on_arch(row, seed, arch, u, born / fps, level)
    elif row[k.SHAPE] == k.LATTICE:
        # It has no edge.
        light_gain *= _ONE - _between(spot)
    elif row[k.SHAPE] == k.LINE:
        # Nor have lines an end.
        light_gain *= _between(min(np.float32(6.0) * spot, _ONE))
    return size_gain, light_gain, level, share_of_lift, (x, y, z)


@inline
def _ramp_step(row, u, level, share_of_lift):
    """Where in the layer's colours a particle is."""
    along = u
    if row[k.COLOUR_BY] == k.BY_LEVEL:
        along = min(level, _ONE)
    elif row[k.COLOUR_BY] == k.BY_HEIGHT:
        along = min(share_of_lift, _ONE)
    return min(np.int64(along * np.float32(RAMP_STEPS)), RAMP_STEPS - 1)


@inline
def _clock(row, i, own, time_s):
    """Which life of a particle this is, how long it has lasted, and how long it lasts."""
    life_u, phase_u, _ = three(own)
    life = np.float64(row[k.LIFE]) * (0.8 + 0.4 * life_u)
    if row[k.SHAPE] >= k.LINE:
        # Those of a row are born together.
        rows = np.int64(row[k.ROWS])
        life, phase_u = np.float64(row[k.LIFE]), np.float32(i % rows) / np.float32(rows)
    clock = time_s / life + phase_u
    generation = math.floor(clock)
    return generation, (clock - generation) * life, life


@kernel
def place(sprites, start, first, last, row, seed, time_s, births, gains, heard, ramp, view):
    """Particles ``first`` to ``last`` of one layer into ``sprites`` (N, 6) from ``start``.

    ``births`` (frames, 2) holds the share born and the speed at each frame, ``gains`` (8, 2) the
    size and the light of the particles that follow each of the eight bands, ``heard``
    (frames, 8, 3) their size, light and level at each frame.
    """
    for i in range(first, last):
        out = sprites[start + i]
        own = mix(seed + np.uint64(i) * _STEP)
        _life_u, _phase_u, size_u = three(own)
        variant_u, band_u, order_u = three(mix(own + _STEP))
        generation, age, life = _clock(row, i, own, time_s)
        seed_now = mix(own ^ (np.uint64(np.int64(generation) + 1) * _M1))
        born = (time_s - age) * np.float64(row[k.FPS])
        if born < 0.0:
            # As in the first seconds: a film begins in the midst of itself.
            born %= _BEGUN_S * np.float64(row[k.FPS])
        frame = min(np.int64(born), births.shape[0] - 1)
        share, kick = births[frame, 0], births[frame, 1]
        lot, _, _ = three(seed_now)
        out[k.R] = np.float32(0.0)
        if lot >= share:
            continue
        u = np.float32(age / life)
        band = np.int64(band_u * np.float32(BANDS))
        size_gain, light_gain = gains[band, 0], gains[band, 1]
        level, share_of_lift = np.float32(0.0), _ONE
        born_at = (np.float32(0.0), np.float32(0.0), np.float32(0.0))
        if row[k.HEARS] != 0.0:
            size_gain, light_gain, level, share_of_lift, born_at = _hearing(
                row, seed, heard, i, band, born, time_s, u
            )
        x, y, z = _moved(row, seed_now, age, u, kick, i, born_at, level * share_of_lift)
        size = np.float32(row[k.SIZE_LOW] + (row[k.SIZE_HIGH] - row[k.SIZE_LOW]) * size_u)
        size *= _size_at(row, u) * size_gain * np.float32(0.5 * row[k.DIAMETER])
        mirrored = _ONE
        if row[k.MIRROR] != 0.0:
            # Water shows nothing that is below it: that would stand cut off at the horizon.
            level_of_water = np.float32(row[k.MIRROR_HEIGHT])
            mirrored = min((y - level_of_water) * _RISES, _ONE)
            if mirrored <= np.float32(0.0):
                continue
            y = np.float32(2.0) * level_of_water - y
        light = _alpha_at(row, u) * light_gain * mirrored
        if row[k.BODY_LENS] > 0.0:
            x, y, z, larger, lit = bodies.bent(row, view, x, y, z, order_u < _SECOND)
            size *= larger
            light *= lit
        _project(view, x, y, z, size, out)
        radius = out[k.R]
        if row[k.BODY_RADIUS] > 0.0:
            light *= _ONE - bodies.hides(row, view, x, y, z, size)
        if radius < _MIN_RADIUS:
            light *= (radius / _MIN_RADIUS) ** 2
            out[k.R] = _MIN_RADIUS if radius > np.float32(0.0) else radius
        variant = np.int64(variant_u * np.float32(VARIANTS))
        step = _ramp_step(row, u, level, share_of_lift)
        out[k.RED] = ramp[variant, step, 0] * light
        out[k.GREEN] = ramp[variant, step, 1] * light
        out[k.BLUE] = ramp[variant, step, 2] * light
