"""A job as the files of other systems: every chunk once, then the merge."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft7Validator

from helios.errors import JobSpecError
from helios.planning.jobspec import JobSpec, RenderJobChunk, RenderJobMetadata
from helios.planning.needs import ChunkNeeds
from helios.planning.targets import TARGETS, Target, ranges

ASKED = Target(job_file="My Film.json", image="example/helios:1")


def job(ids: range | list[int] = range(4)) -> JobSpec:
    chunks = tuple(
        RenderJobChunk(
            id=number,
            start_frame=10 * place,
            frame_count=10,
            output_file=f"out/film_part_{number}.mov",
            command="helios render page.html",
        )
        for place, number in enumerate(ids)
    )
    metadata = RenderJobMetadata(
        total_frames=10 * len(chunks), fps=30, width=64, height=64, duration=len(chunks) / 3
    )
    return JobSpec(
        metadata=metadata, chunks=chunks, merge_command="helios merge", output="out/film.mp4"
    )


NEEDY = replace(ASKED, needs=ChunkNeeds.read("cpu=3,memory=6GiB,gpu=1"))


def document(target: str, name: str, of: JobSpec | None = None, asked: Target = ASKED) -> Any:
    return json.loads(TARGETS[target](of or job(), asked)[name])


def test_commands_are_a_line_for_each_chunk() -> None:
    files = TARGETS["commands"](job([3, 1, 2]), ASKED)
    lines = [shlex.split(line) for line in files["chunks.txt"].splitlines()]
    assert [line[5] for line in lines] == ["3", "1", "2"]
    assert all(line[:4] == ["helios", "job", "run", "My Film.json"] for line in lines)
    assert "exec helios job run 'My Film.json'" in files["merge.sh"]


@pytest.mark.parametrize(
    "names", [("песня.json", "другая.json"), ("söng.json", "sang.json"), ("n" * 80, "n" * 81)]
)
def test_two_jobs_are_two_jobs_in_a_system_as_well(names: tuple[str, str]) -> None:
    called = [Target(job_file=name).name for name in names]
    assert called[0] != called[1]
    for name in called:
        assert re.fullmatch(r"helios-[a-z0-9-]{1,42}[a-z0-9]", name)


def test_slurm_fills_in_the_number_and_merges_after_all() -> None:
    files = TARGETS["slurm"](job([0, 1, 2, 7]), ASKED)
    assert "#SBATCH --array=0-2,7\n" in files["chunks.sbatch"]
    assert '--chunk "$SLURM_ARRAY_TASK_ID"' in files["chunks.sbatch"]
    assert "afterok:$chunks" in files["submit.sh"]


def test_openjd_has_a_task_for_each_chunk_and_a_dependent_merge() -> None:
    template = document("openjd", "template.json")
    chunks, merge = template["steps"]
    (parameter,) = chunks["parameterSpace"]["taskParameterDefinitions"]
    assert parameter == {"name": "Chunk", "type": "INT", "range": "0-3"}
    assert merge["dependencies"] == [{"dependsOn": "Chunks"}]
    text = chunks["script"]["embeddedFiles"][0]["data"]
    assert "--chunk {{Task.Param.Chunk}} --quiet" in text
    assert "'My Film.json'" in text


@pytest.mark.parametrize("asked", [ASKED, NEEDY])
def test_openjd_is_valid_by_its_own_reader(asked: Target) -> None:
    model = pytest.importorskip("openjd.model")
    model.decode_job_template(template=document("openjd", "template.json", asked=asked))


@pytest.mark.parametrize("asked", [ASKED, NEEDY, replace(ASKED, store="s3://bucket/one")])
def test_kubernetes_takes_what_is_written(asked: Target) -> None:
    schemas = pytest.importorskip("kubernetes_validate")
    for text in TARGETS["kubernetes"](job(), asked).values():
        schemas.validate(json.loads(text), schemas.latest_version(), strict=True)


@pytest.mark.parametrize("asked", [ASKED, NEEDY])
def test_batch_takes_what_is_written(asked: Target) -> None:
    session = pytest.importorskip("botocore.session").Session()
    validator = pytest.importorskip("botocore.validate").ParamValidator()
    operations = session.get_service_model("batch").operation_model
    calls = {"definition.json": "RegisterJobDefinition", "chunks.json": "SubmitJob"}
    for name, operation in {**calls, "merge.json": "SubmitJob"}.items():
        text = document("aws-batch", name, asked=asked)
        found = validator.validate(text, operations(operation).input_shape)
        assert not found.has_errors(), found.generate_report()


def test_github_takes_what_is_written() -> None:
    schemas = resources.files(pytest.importorskip("check_jsonschema"))
    schema = json.loads(
        (schemas / "builtin_schemas/vendor/github-workflows.json").read_text("utf-8")
    )
    (text,) = TARGETS["github-actions"](job(), ASKED).values()
    Draft7Validator(schema).validate(json.loads(text))


def test_kubernetes_does_not_try_wrong_input_again() -> None:
    chunks = document("kubernetes", "chunks.json")
    assert chunks["spec"]["completions"] == 4
    first, _ = chunks["spec"]["podFailurePolicy"]["rules"]
    assert first["action"] == "FailIndex"
    assert first["onExitCodes"]["values"] == [2]
    (container,) = document("kubernetes", "merge.json")["spec"]["template"]["spec"]["containers"]
    assert container["command"][:3] == ["helios", "job", "merge"]
    assert "--wait" in container["command"]
    assert re.fullmatch(r"[a-z0-9-]+", chunks["metadata"]["name"])


def test_a_batch_array_is_as_long_as_the_job() -> None:
    chunks = document("aws-batch", "chunks.json")
    assert chunks["arrayProperties"] == {"size": 4}
    assert "$AWS_BATCH_JOB_ARRAY_INDEX" in chunks["containerOverrides"]["command"][-1]


def test_a_workflow_brings_chunks_back_to_their_folder() -> None:
    (text,) = TARGETS["github-actions"](job(), ASKED).values()
    jobs = json.loads(text)["jobs"]
    matrix = jobs["chunks"]["strategy"]["matrix"]["chunk"]
    assert matrix[2] == {"id": 2, "file": "out/film_part_2.mov"}
    taken = next(s for s in jobs["merge"]["steps"] if "download" in s.get("uses", ""))
    assert taken["with"]["path"] == "out"


@pytest.mark.parametrize(
    ("target", "ids", "said"),
    [
        ("kubernetes", [0, 2], "without gaps"),
        ("aws-batch", [0], "arrays of 2"),
        ("github-actions", range(257), "256"),
    ],
)
def test_what_a_system_cannot_take_is_said(target: str, ids: Any, said: str) -> None:
    with pytest.raises(JobSpecError, match=said):
        TARGETS[target](job(ids), ASKED)


def test_what_a_chunk_needs_is_asked_of_each_system_in_its_words() -> None:
    lines = TARGETS["slurm"](job(), NEEDY)["chunks.sbatch"].splitlines()
    assert {f"#SBATCH --{each}" for each in ("cpus-per-task=3", "mem=6144M", "gres=gpu:1")} <= {
        *lines
    }
    chunks, merge = document("openjd", "template.json", asked=NEEDY)["steps"]
    least = {each["name"]: each["min"] for each in chunks["hostRequirements"]["amounts"]}
    assert least == {
        "amount.worker.vcpu": 3,
        "amount.worker.memory": 6144,
        "amount.worker.gpu": 1,
    }
    assert "hostRequirements" not in merge
    pods = [document("kubernetes", f"{name}.json", asked=NEEDY) for name in ("chunks", "merge")]
    chunk, merge = (pod["spec"]["template"]["spec"]["containers"][0]["resources"] for pod in pods)
    assert chunk["requests"] == merge["requests"] == {"cpu": "3", "memory": "6144Mi"}
    assert chunk["limits"] == {"nvidia.com/gpu": "1"}
    assert "limits" not in merge, "joining needs no card"
    batch = document("aws-batch", "definition.json", asked=NEEDY)["containerProperties"]
    asked = {each["type"]: each["value"] for each in batch["resourceRequirements"]}
    assert asked == {"VCPU": "3", "MEMORY": "6144", "GPU": "1"}


@pytest.mark.parametrize("target", ["commands", "github-actions"])
def test_systems_without_a_word_for_needs_say_so(target: str) -> None:
    with pytest.raises(JobSpecError, match="has no words for --needs"):
        TARGETS[target](job(), NEEDY)


@pytest.mark.parametrize("target", ["kubernetes", "aws-batch"])
def test_containers_need_an_image(target: str) -> None:
    with pytest.raises(JobSpecError, match=target) as caught:
        TARGETS[target](job(), Target(job_file="job.json"))
    assert "--image" in caught.value.hint


def test_ranges() -> None:
    assert ranges([0]) == "0"
    assert ranges([5, 0, 1, 2, 7]) == "0-2,5,7"


@pytest.mark.parametrize("target", sorted({*TARGETS} - {"github-actions"}))
def test_a_job_in_a_store_needs_no_folder_of_anybody(target: str) -> None:
    asked = Target(job_file="job.json", image="example/helios:1", store="s3://bucket/films/one")
    texts = "\n".join(TARGETS[target](job(), asked).values())
    assert "job run s3://bucket/films/one --chunk" in texts
    assert "job.json" not in texts.replace("Where job.json", "")
    assert "persistentVolumeClaim" not in texts


def test_a_workflow_has_no_use_for_a_store() -> None:
    with pytest.raises(JobSpecError, match="no --store"):
        TARGETS["github-actions"](job(), Target(job_file="job.json", store="s3://bucket/one"))
