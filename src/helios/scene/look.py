"""A look: what is changed of a template, as the props of a scene."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from helios.errors import OptionError
from helios.files.near import nearest
from helios.scene.library import read_template
from helios.scene.template import Template


def with_look(template: Template, look: Mapping[str, Any]) -> Template:
    """The template with what ``look`` changes.

    Objects are merged and ``null`` gives a value back its default, as in a JSON merge patch
    (RFC 7396); ``layers`` may be an object of changes by layer id, where ``null`` leaves a layer
    out. Names that no template has are for others who read props, such as pages over the scene.

    Raises:
        OptionError: the result is no template, or the look names a file.

    Example:
        >>> from helios.scene.library import load_template
        >>> with_look(load_template("aurora"), {"intensity": 0.5}).intensity
        0.5
    """
    changes = {name: value for name, value in look.items() if name in look_names()}
    if not changes:
        return template
    sky = changes.get("sky")
    if isinstance(sky, Mapping) and sky.get("file"):
        raise OptionError("props: a look names no files", hint="Put sky.file into a template.")
    content = template.model_dump(by_alias=True, mode="json")
    layers = changes.pop("layers", None)
    content = _merged(content, changes)
    if isinstance(layers, Mapping):
        content["layers"] = _changed(content["layers"], layers)
    elif layers is not None:
        content["layers"] = layers
    try:
        _forget(content, {layer.id for layer in template.layers})
        return read_template(content)
    except OptionError as error:
        raise OptionError(f"props: {error.message}", hint=error.hint) from error


def look_names() -> frozenset[str]:
    """The names that a look may have at its top."""
    fields = Template.model_fields.items()
    return frozenset(field.alias or name for name, field in fields) - {"version", "name"}


def unread_names(look: Mapping[str, Any]) -> Iterator[str]:
    """What is said of each name that a scene does not read."""
    known = look_names()
    for name in look:
        if name not in known:
            close = nearest(name, known)
            meant = f"; did you mean {close!r}?" if close else ""
            yield f"props: the scene reads no {name!r}{meant}"


def _merged(whole: Any, change: Any) -> Any:
    if not isinstance(change, Mapping):
        return change
    merged = dict(whole) if isinstance(whole, Mapping) else {}
    for name, value in change.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged


def _forget(content: dict[str, Any], before: set[str]) -> None:
    """Leave out what features, score and body say of layers that were left out, and what shots say
    of a body that was.

    What is no template at all is left to whoever reads it.
    """
    layers, score = content["layers"], content["score"]
    if not (isinstance(layers, list | tuple) and isinstance(score, dict)):
        return
    gone = before - {layer.get("id") for layer in layers if isinstance(layer, dict)}
    features, shots, body = content["features"], score.get("shots"), content.get("body")
    if isinstance(body, dict) and isinstance(body.get("hides"), list):
        body["hides"] = [name for name in body["hides"] if name not in gone]
        body["growsWith"] = "" if body.get("growsWith") in gone else body.get("growsWith", "")
    if isinstance(features, list):
        content["features"] = [f for f in features if not _names(f, "layer") & gone]
    if isinstance(shots, list):
        score["shots"] = [_without(shot, gone, has_body=body is not None) for shot in shots]


def _names(part: Any, key: str) -> set[str]:
    named = part.get(key) if isinstance(part, dict) else None
    return {named} if isinstance(named, str) else set()


def _without(shot: Any, gone: set[str], *, has_body: bool) -> Any:
    if not isinstance(shot, dict) or not isinstance(shot.get("layers"), dict):
        return shot
    shot = {name: value for name, value in shot.items() if has_body or name != "body"}
    left = {name: light for name, light in shot["layers"].items() if name not in gone}
    return {**shot, "layers": left}


def _changed(layers: list[dict[str, Any]], changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    known = [layer["id"] for layer in layers]
    unknown = sorted(set(changes) - set(known))
    if unknown:
        raise OptionError(
            f"props: there is no layer {unknown[0]!r}", hint=f"There are: {', '.join(known)}."
        )
    kept = (layer for layer in layers if changes.get(layer["id"], layer) is not None)
    return [{**_merged(layer, changes.get(layer["id"], {})), "id": layer["id"]} for layer in kept]
