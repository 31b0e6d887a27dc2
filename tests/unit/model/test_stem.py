"""Stems: parts of the song that are heard apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.sounds import wav

from helios.errors import OptionError
from helios.model.audio import AudioTrack
from helios.model.options import RenderOptions
from helios.model.stem import Stem
from helios.planning.flags import argv_to_values, options_to_argv
from helios.rendering.places import absolute
from helios.rendering.sounds import check_stems


def written(path: Path, seconds: float) -> Path:
    path.write_bytes(wav(np.full(round(seconds * 8000), 0.1, np.float32), 8000))
    return path


def test_a_stem_is_a_name_and_a_file() -> None:
    options = RenderOptions.read({"stem": ["drums=a, b=c.wav", "bassLine=bass.wav"]})
    assert options.stem == (
        Stem(name="drums", file="a, b=c.wav"),
        Stem(name="bassLine", file="bass.wav"),
    )
    _, values = argv_to_values(options_to_argv(options))
    assert RenderOptions.read(values) == options


def test_a_stem_lies_where_the_song_lies() -> None:
    song = AudioTrack.parse("song.wav,offset=2,seek=1,rate=1.5,volume=0.5,fade_in=1")
    beside = Stem(name="drums", file="d.wav").beside(song)
    assert beside == AudioTrack.parse("d.wav,offset=2,seek=1,rate=1.5")


def test_the_file_of_a_stem_is_named_from_the_base(tmp_path: Path) -> None:
    options = absolute(RenderOptions.read({"stem": "drums=d.wav"}), tmp_path)
    assert options.stem[0].file == str(tmp_path / "d.wav")


@pytest.mark.parametrize(
    ("stems", "said"),
    [
        (["drums.wav"], "must be NAME=FILE"),
        (["drums="], "must be NAME=FILE"),
        (["The Drums=d.wav"], "--stem"),
        (["a=d.wav", "a=e.wav"], "two stems have the same name"),
        ([f"s{n}=d.wav" for n in range(17)], "17 stems, at most 16"),
    ],
)
def test_what_is_no_stem_is_refused(stems: list[str], said: str) -> None:
    with pytest.raises(OptionError, match=said) as caught:
        RenderOptions.read({"stem": stems})
    assert caught.value.exit_code == 2


def test_stems_are_as_long_as_their_song(tmp_path: Path) -> None:
    song, drums = written(tmp_path / "song.wav", 2), written(tmp_path / "drums.wav", 2.05)
    short = written(tmp_path / "short.wav", 1.5)

    def asked(stem: str, **sounds: str) -> RenderOptions:
        return RenderOptions.read({"stem": stem, **sounds})

    check_stems(asked(f"drums={drums}", audio=str(song)))
    check_stems(asked(f"drums={short}", audio=str(song), react_to=f"{short},offset=1"))
    with pytest.raises(OptionError, match=r"short\.wav has 1\.50 s, song\.wav has 2\.00 s"):
        check_stems(asked(f"drums={short}", audio=str(song)))
    with pytest.raises(OptionError, match="there is none"):
        check_stems(asked(f"drums={drums}"))
    with pytest.raises(OptionError, match=r"--stem drums: .*gone\.wav"):
        check_stems(asked(f"drums={tmp_path / 'gone.wav'}", audio=str(song)))
