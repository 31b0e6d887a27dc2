"""Reads the files of Ethereal Flame Studio: render configs, template exports, bare settings.

What their renderer lost is kept (layer opacity, colour ramps, sky names in any spelling); what
belongs to its browser preview (masks of the video sky, debug overlays) is left aside, with a
word in the log.
"""

from __future__ import annotations

import logging
from pathlib import PurePath
from typing import Any

from helios.errors import OptionError
from helios.files.near import did_you_mean
from helios.model.formats import export_type
from helios.scene.presets import plain, sky_names, suggestion

logger = logging.getLogger("helios.scene")

CONFIG_VERSION = "1.0"
_QUALITIES = {"fast": "draft", "balanced": "standard", "quality": "high"}
_RESPONSE = (
    "beatSensitivity",
    "attackSpeed",
    "decaySpeed",
    "minBrightness",
    "audioInputGain",
    "audioNoiseGate",
    "audioResponseCurve",
    "audioDynamicRange",
    "audioTransientBoost",
    "audioBeatPulseAmount",
    "audioVisibilityBoost",
    "audioSizeCapAmount",
    "audioPositionCapAmount",
    "audioBassWeight",
    "audioMidsWeight",
    "audioTrebleWeight",
)
_PLAIN = (
    "intensity",
    "layers",
    "skyboxPreset",
    "skyboxRotationSpeed",
    "skyboxAudioReactiveEnabled",
    "skyboxAudioReactivity",
    "skyboxDriftSpeed",
    "skyboxMode",
    "skyboxVideoUrl",
    "skyboxVideoYaw",
    "skyboxVideoPitch",
    "vrComfortMode",
    "orbAnchorMode",
    "orbDistance",
    "orbHeight",
    "orbSideOffset",
    "orbWorldX",
    "orbWorldY",
    "orbWorldZ",
    "cameraLookAtOrb",
    "cameraOrbitEnabled",
    "cameraOrbitRenderOnly",
    "cameraOrbitSpeed",
    "cameraOrbitRadius",
    "cameraOrbitHeight",
    "currentMode",
    "mode",
    "waterEnabled",
    "waterColor",
    "waterReflectivity",
)
_ASIDE = (
    "skyboxMask",
    "skyboxRectMask",
    "skyboxSeam",
    "skyboxHole",
    "skyboxPole",
    "skyboxPatch",
    "vrDebug",
)
_WARM = [[1.0, 0.54, 0.24], [0.94, 0.33, 0.17], [0.7, 0.15, 0.12]]
_PALE_CORES = {"inner-glow", "outer-halo"}
_OPTIONAL = {"name": "name", "enabled": "enabled", "layerOpacity": "opacity"}


def is_upstream(content: object) -> bool:
    """Whether this is one of their files rather than one of our templates."""
    if isinstance(content, list):
        return True
    if not isinstance(content, dict):
        return False
    ours = isinstance(content.get("version"), int) or "name" in content
    return bool(
        "visual" in content
        or "templates" in content
        or "settings" in content
        or ("layers" in content and not ours)
        or content.get("version") == CONFIG_VERSION
    )


def from_upstream(content: object, part: str | None = None) -> dict[str, Any]:
    """The content of one of our templates, of equal meaning.

    Raises:
        OptionError: not one of their files, or no template called ``part`` in it.
    """
    if isinstance(content, dict) and "visual" in content:
        version = content.get("version", CONFIG_VERSION)
        if version != CONFIG_VERSION:
            raise OptionError(
                f"this config has version {str(version)[:80]!r}; "
                f"{CONFIG_VERSION!r} is the one known"
            )
        return _template(_object(content["visual"], "visual"), _config_name(content))
    records = content.get("templates") if isinstance(content, dict) else content
    if isinstance(records, list):
        return _record(_pick(records, part))
    if not isinstance(content, dict):
        raise OptionError("not a template export")
    return _record(content)


def is_render_config(content: object) -> bool:
    """Whether this is a render config: a picture with its sound and its film."""
    return isinstance(content, dict) and "visual" in content and "output" in content


def config_request(content: object) -> dict[str, Any]:
    """What a render config asks for besides its picture, in the words of an export.

    Frames are half-open: ``endFrame`` is the first that is not in the film.

    Raises:
        OptionError: the format is unknown or a part is missing.
    """
    config = _object(content, "config")
    audio, output = _object(config.get("audio") or {}, "audio"), _object(config["output"], "output")
    options = _object(config.get("options") or {}, "options")
    quality = options.get("quality", "balanced")
    if quality not in _QUALITIES:
        raise OptionError(
            f"options.quality: {quality!r} is not known",
            hint=f"There are: {', '.join(_QUALITIES)}.",
        )
    start, end = options.get("startFrame"), options.get("endFrame")
    request = {
        "audio": audio.get("path"),
        "output": output.get("path"),
        "type": export_type(str(output.get("format", "flat-1080p-landscape"))).name,
        "fps": output.get("fps", 30),
        "quality": _QUALITIES[quality],
        "startFrame": start,
        "frameCount": _frame_count(start or 0, end) if end is not None else None,
    }
    return {key: value for key, value in request.items() if value is not None}


def _frame_count(start: object, end: object) -> int:
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end:
        raise OptionError(
            "options.startFrame and endFrame must be whole numbers, the start before the end"
        )
    return end - start


def _config_name(config: dict[str, Any]) -> str:
    output = config.get("output")
    path = str(output.get("path", "")) if isinstance(output, dict) else ""
    return PurePath(path).stem[:80] or "config"


def _pick(records: list[Any], part: str | None) -> dict[str, Any]:
    named = [_object(record, "template") for record in records]
    if not named:
        raise OptionError("this export holds no templates")
    if part is None:
        return named[0]
    for record in named:
        if plain(part) in (plain(str(record.get("name", ""))), plain(str(record.get("id", "")))):
            return record
    known = tuple(str(record.get("name", record.get("id", "?"))) for record in named)
    raise OptionError(f"no template {part!r} in this export", hint=suggestion(part, known))


def _record(record: dict[str, Any]) -> dict[str, Any]:
    if "settings" not in record:
        return _template(record, "imported")
    result = _template(_object(record["settings"], "settings"), str(record.get("name", "imported")))
    result["description"] = str(record.get("description") or "")
    return result


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise OptionError(f"{name} must be a JSON object")
    return value


def _template(settings: dict[str, Any], name: str) -> dict[str, Any]:
    _check_keys(settings)
    mode = settings.get("mode") or settings.get("currentMode") or "flame"
    mode = {"etherealflame": "flame", "etherealmist": "mist", "solarbreath": "solar"}.get(
        plain(str(mode)), mode
    )
    comfort = bool(settings.get("vrComfortMode"))
    layers = settings.get("layers") or []
    if not isinstance(layers, list):
        raise OptionError("layers must be a list")
    result = {
        "name": name[:80] or "imported",
        "mode": mode,
        "layers": [_layer(_object(layer, "layer"), str(mode)) for layer in layers],
        "sky": _sky(settings, comfort=comfort),
        "water": _taken(
            settings, waterEnabled="enabled", waterColor="color", waterReflectivity="reflectivity"
        ),
        "orb": _orb(settings),
        "camera": {
            "orbit": _taken(
                settings,
                cameraOrbitEnabled="enabled",
                cameraOrbitSpeed="speed",
                cameraOrbitRadius="radius",
                cameraOrbitHeight="height",
            )
        },
        "response": {key: settings[key] for key in _RESPONSE if settings.get(key) is not None},
    }
    if settings.get("intensity") is not None:
        result["intensity"] = settings["intensity"]
    return result


def _check_keys(settings: dict[str, Any]) -> None:
    known = (*_PLAIN, *_RESPONSE)
    aside = sorted(key for key in settings if key.startswith(_ASIDE))
    unknown = [key for key in settings if key not in known and key not in aside]
    if unknown:
        raise OptionError(
            f"{unknown[0]}: no such key", hint=did_you_mean(unknown[0], known).rstrip()
        )
    used = [k for k in aside if settings[k] is True or settings[k] in ("luma", "chroma")]
    if used and settings.get("skyboxMode") == "video":
        logger.warning("settings of the video sky that are not drawn: %s", ", ".join(used))


def _taken(settings: dict[str, Any], **names: str) -> dict[str, Any]:
    found = {ours: settings.get(theirs) for theirs, ours in names.items()}
    return {key: value for key, value in found.items() if value is not None}


def _orb(settings: dict[str, Any]) -> dict[str, Any]:
    orb = _taken(
        settings,
        orbAnchorMode="anchor",
        orbDistance="distance",
        orbHeight="height",
        orbSideOffset="side",
    )
    x, y, z = (
        settings.get(f"orbWorld{axis}", d) for axis, d in zip("XYZ", (0, 0.9, 4.5), strict=True)
    )
    return {**orb, "position": [x, y, z], "scale": 1.5}


def _sky(settings: dict[str, Any], *, comfort: bool) -> dict[str, Any]:
    if settings.get("skyboxMode") == "video" and settings.get("skyboxVideoUrl"):
        sky = _taken(
            settings, skyboxVideoUrl="file", skyboxVideoYaw="yaw", skyboxVideoPitch="pitch"
        )
        return {"kind": "video", **sky}
    sky = _taken(
        settings,
        skyboxRotationSpeed="rotationSpeed",
        skyboxDriftSpeed="driftSpeed",
        skyboxAudioReactiveEnabled="audioReactive",
        skyboxAudioReactivity="audioReactivity",
    )
    if comfort:
        sky.update(rotationSpeed=0, driftSpeed=0)
    preset = settings.get("skyboxPreset")
    if isinstance(preset, dict):
        key = str(preset.get("key", ""))
        if len(preset) <= 2 or plain(key) in {plain(name) for name in sky_names()}:
            sky["preset"] = key
        else:
            sky["starNest"] = {k: v for k, v in preset.items() if k not in ("key", "label")}
    elif preset:
        sky["preset"] = str(preset)
    return sky


def _layer(layer: dict[str, Any], mode: str) -> dict[str, Any]:
    """A layer of theirs; the shape of its life comes from its id, as in their renderer."""
    result = {k: v for k, v in layer.items() if k not in _OPTIONAL and v is not None}
    result.update(_taken(layer, **_OPTIONAL))
    name = str(layer.get("id", ""))
    branch = next((kind for kind in ("flame", "mist") if kind in name), "soft")
    result["fade"] = branch
    if branch != "soft":
        result["wobble"] = branch
    if name in _PALE_CORES and mode == "flame":
        result.pop("colorStart", None)
        result.pop("colorEnd", None)
        result["colors"] = _WARM
    result["hueSpread"] = 0.04
    if mode == "flame":
        result.update(rise=0.1, turbulence=0.08)
    elif mode == "mist":
        result["turbulence"] = 0.12
    return result
