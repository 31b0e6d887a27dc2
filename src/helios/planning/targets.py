"""A job as the files that other systems run: pure functions from a job to texts.

Each system runs ``helios job run JOB --chunk N`` for every chunk, on whatever machine it likes, and
then ``helios job run JOB``, which finds all chunks finished and joins them. The job's folder is the
current one everywhere: a shared file system, a volume, or files that are carried along. Chunks that
are finished are not drawn again, so everything here can be submitted again after a failure.
"""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from helios.errors import EXIT_USAGE, JobSpecError
from helios.planning.jobspec import PROGRAM, JobSpec
from helios.planning.needs import MIB, ChunkNeeds

Files = dict[str, str]
"""Texts by file name."""
MOST_IN_A_MATRIX = 256
"""GitHub Actions takes no larger matrix."""
MOST_IN_AN_ARRAY = 10_000
"""AWS Batch takes no larger array."""
_LONGEST_NAME = 50
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a system needs to know beside the job."""

    job_file: str
    """The job file's name in its folder."""
    store: str = ""
    """The address of the store that holds the job; then no machine needs its folder."""
    image: str = ""
    """A container image with Helios, for systems that run containers."""
    claim: str = "films"
    """The Kubernetes volume claim that holds the job's folder."""
    needs: ChunkNeeds = field(default_factory=ChunkNeeds)
    """What a machine must have for a chunk; two cores and some memory, where nothing is said."""

    @property
    def cores(self) -> int:
        """Of a chunk."""
        return math.ceil(self.needs.cpu or 2)

    @property
    def cards(self) -> int:
        """Graphics cards of a chunk: queues give whole ones."""
        return math.ceil(self.needs.gpu or 0)

    def memory_mib(self, otherwise: int) -> int:
        """Of a chunk."""
        return math.ceil((self.needs.memory_bytes or 0) / MIB) or otherwise

    @property
    def name(self) -> str:
        """What the job is called in the system: letters, digits, hyphens, as many as all take."""
        stem = self.job_file.removesuffix(".json").lower()
        kept = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in stem)
        name = f"helios-{kept.strip('-') or 'job'}"
        if stem.isascii() and len(name) <= _LONGEST_NAME:
            return name
        # Two jobs whose names differ in what is left out are two jobs there as well.
        digest = sha256(stem.encode()).hexdigest()[:8]
        return f"{name[: _LONGEST_NAME - 9].rstrip('-')}-{digest}"

    def chunk_argv(self, number: str) -> list[str]:
        """The command of one chunk; ``number`` may be what the system fills in."""
        return [PROGRAM, "job", "run", self.job, "--chunk", number, "--quiet"]

    @property
    def merge_argv(self) -> list[str]:
        """The command that joins the chunks, and draws what is missing."""
        return [PROGRAM, "job", "run", self.job, "--quiet"]

    @property
    def job(self) -> str:
        """The job as commands name it."""
        return self.store or self.job_file


def as_commands(job: JobSpec, target: Target) -> Files:
    """A line for each chunk, for GNU parallel, xargs or HyperQueue, and the merge by itself."""
    _demand_no_needs(target, "commands")
    lines = [shlex.join(target.chunk_argv(str(chunk.id))) for chunk in job.chunks]
    return {
        "chunks.txt": "\n".join(lines) + "\n",
        "merge.sh": f"#!/bin/sh\nexec {shlex.join(target.merge_argv)}\n",
    }


def as_slurm(job: JobSpec, target: Target) -> Files:
    """An array of chunks, and a merge that waits for all of them."""
    folder = 'cd "${SLURM_SUBMIT_DIR:-.}"'
    chunk = _shell(target.chunk_argv("$SLURM_ARRAY_TASK_ID"))
    return {
        "chunks.sbatch": _lines(
            "#!/bin/sh",
            f"#SBATCH --job-name={target.name}",
            f"#SBATCH --array={ranges([chunk.id for chunk in job.chunks])}",
            f"#SBATCH --cpus-per-task={target.cores}",
            f"#SBATCH --mem={target.memory_mib(4096)}M",
            *([f"#SBATCH --gres=gpu:{target.cards}"] if target.cards else []),
            "#SBATCH --requeue",
            "#SBATCH --signal=B:TERM@30",
            "#SBATCH --output=slurm-%A_%a.txt",
            folder,
            f"exec {chunk}",
        ),
        "merge.sbatch": _lines(
            "#!/bin/sh",
            f"#SBATCH --job-name={target.name}-merge",
            "#SBATCH --cpus-per-task=2",
            "#SBATCH --output=slurm-%j.txt",
            folder,
            f"exec {shlex.join(target.merge_argv)}",
        ),
        "submit.sh": _lines(
            "#!/bin/sh",
            "# Submit it again after a failure: finished chunks are not drawn again.",
            "set -e",
            "chunks=$(sbatch --parsable chunks.sbatch)",
            'sbatch --dependency="afterok:$chunks" --kill-on-invalid-dep=yes merge.sbatch',
        ),
    }


def as_openjd(job: JobSpec, target: Target) -> Files:
    """An Open Job Description template (2023-09): a task for each chunk, then the merge."""
    run = {"timeout": 86_400, "cancelation": {"mode": "NOTIFY_THEN_TERMINATE"}}

    def script(argv: Sequence[str]) -> dict[str, Any]:
        text = f'cd "{{{{Param.Folder}}}}"\nexec {shlex.join(argv)}\n'
        # The chunk's number is filled in by the system.
        text = text.replace("'{{Task.Param.Chunk}}'", "{{Task.Param.Chunk}}")
        return {
            "actions": {"onRun": {"command": "sh", "args": ["{{Task.File.Run}}"], **run}},
            "embeddedFiles": [{"name": "Run", "type": "TEXT", "data": text}],
        }

    chunks = {"name": "Chunk", "type": "INT", "range": ranges([c.id for c in job.chunks])}
    template = {
        "specificationVersion": "jobtemplate-2023-09",
        "name": target.name,
        "parameterDefinitions": [
            {
                "name": "Folder",
                "type": "PATH",
                "objectType": "DIRECTORY",
                "dataFlow": "INOUT",
                "default": ".",
                "description": f"Where {target.job_file} and what it names lie.",
            }
        ],
        "steps": [
            {
                "name": "Chunks",
                **_openjd_needs(target.needs),
                "parameterSpace": {"taskParameterDefinitions": [chunks]},
                "script": script(target.chunk_argv("{{Task.Param.Chunk}}")),
            },
            {
                "name": "Merge",
                "dependencies": [{"dependsOn": "Chunks"}],
                "script": script(target.merge_argv),
            },
        ],
    }
    return {"template.json": _json(template)}


def _openjd_needs(needs: ChunkNeeds) -> dict[str, Any]:
    memory_mib = None if needs.memory_bytes is None else math.ceil(needs.memory_bytes / MIB)
    least = {"vcpu": needs.cpu, "memory": memory_mib, "gpu": needs.gpu}
    amounts = [
        {"name": f"amount.worker.{name}", "min": amount}
        for name, amount in least.items()
        if amount is not None
    ]
    return {"hostRequirements": {"amounts": amounts}} if amounts else {}


def as_kubernetes(job: JobSpec, target: Target) -> Files:
    """An Indexed Job of the chunks, and a Job that waits for their records and joins them."""
    _demand_image(target, "kubernetes")
    ids = [chunk.id for chunk in job.chunks]
    if ids != list(range(len(ids))):
        raise JobSpecError("Kubernetes counts chunks from 0 without gaps; this job does not")
    chunk = _shell(target.chunk_argv("$JOB_COMPLETION_INDEX"))
    chunks = _kubernetes_job(target, target.name, ["sh", "-c", f"exec {chunk}"])
    if target.cards:  # a limit, there, is reserved as well
        (container,) = chunks["spec"]["template"]["spec"]["containers"]
        container["resources"]["limits"] = {"nvidia.com/gpu": str(target.cards)}
    chunks["spec"] |= {
        "completions": len(ids),
        "parallelism": min(len(ids), 16),
        "completionMode": "Indexed",
        "backoffLimitPerIndex": _TRIES,
        "podReplacementPolicy": "Failed",
        "podFailurePolicy": {
            "rules": [
                # Input that is wrong stays wrong; an evicted pod is nobody's fault.
                {
                    "action": "FailIndex",
                    "onExitCodes": {"operator": "In", "values": [EXIT_USAGE]},
                },
                {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]},
            ]
        },
    }
    waiting = [PROGRAM, "job", "merge", target.job, "--wait", "--quiet"]
    merge = _kubernetes_job(target, f"{target.name}-merge", waiting)
    merge["spec"]["backoffLimit"] = _TRIES
    return {"chunks.json": _json(chunks), "merge.json": _json(merge)}


def _kubernetes_job(target: Target, name: str, argv: list[str]) -> dict[str, Any]:
    container: dict[str, Any] = {
        "name": "helios",
        "image": target.image,
        "command": argv,
        "resources": {
            "requests": {
                "cpu": f"{target.needs.cpu or 2:g}",
                "memory": f"{target.memory_mib(2048)}Mi",
            },
        },
    }
    pod: dict[str, Any] = {"restartPolicy": "Never", "containers": [container]}
    if target.store:
        # What the store asks for, as variables; without the secret, the pod's own identity counts.
        secret = {"name": "helios-store", "optional": True}
        container["envFrom"] = [{"secretRef": secret}]
    else:
        container |= {
            "workingDir": "/job",
            "volumeMounts": [{"name": "job", "mountPath": "/job"}],
        }
        claim = {"claimName": target.claim}
        pod["volumes"] = [{"name": "job", "persistentVolumeClaim": claim}]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"template": {"spec": pod}},
    }


def as_aws_batch(job: JobSpec, target: Target) -> Files:
    """Inputs of ``aws batch register-job-definition`` and ``submit-job``: an array, then a merge.

    The job's folder is the container's working folder: an EFS volume of the job definition.
    """
    _demand_image(target, "aws-batch")
    ids = [chunk.id for chunk in job.chunks]
    if not 2 <= len(ids) <= MOST_IN_AN_ARRAY or ids != list(range(len(ids))):
        raise JobSpecError(f"AWS Batch takes arrays of 2 to {MOST_IN_AN_ARRAY} chunks, from 0")
    exits = [
        {"onExitCode": str(EXIT_USAGE), "action": "EXIT"},
        {"onReason": "*", "action": "RETRY"},
    ]
    definition = {
        "jobDefinitionName": target.name,
        "type": "container",
        "retryStrategy": {"attempts": _TRIES, "evaluateOnExit": exits},
        "containerProperties": {
            "image": target.image,
            "resourceRequirements": [
                {"type": "VCPU", "value": str(target.cores)},
                {"type": "MEMORY", "value": str(target.memory_mib(4096))},
                *([{"type": "GPU", "value": str(target.cards)}] if target.cards else []),
            ],
        },
    }
    chunk = _shell(target.chunk_argv("$AWS_BATCH_JOB_ARRAY_INDEX"))
    chunks = {
        "jobName": target.name,
        "jobQueue": "QUEUE",
        "jobDefinition": target.name,
        "arrayProperties": {"size": len(ids)},
        "containerOverrides": {"command": ["sh", "-c", f"exec {chunk}"]},
    }
    merge = {
        "jobName": f"{target.name}-merge",
        "jobQueue": "QUEUE",
        "jobDefinition": target.name,
        "containerOverrides": {"command": target.merge_argv},
    }
    return {
        "definition.json": _json(definition),
        "chunks.json": _json(chunks),
        "merge.json": _json(merge),
        "submit.sh": _lines(
            "#!/bin/sh",
            "# QUEUE is the name of your job queue.",
            'set -e; queue="${1:?usage: submit.sh QUEUE}"',
            "aws batch register-job-definition --cli-input-json file://definition.json",
            'chunks=$(aws batch submit-job --cli-input-json file://chunks.json --job-queue "$queue"'
            " --query jobId --output text)",
            'aws batch submit-job --cli-input-json file://merge.json --job-queue "$queue"'
            ' --depends-on "jobId=$chunks"',
        ),
    }


def as_github_actions(job: JobSpec, target: Target) -> Files:
    """A workflow: a matrix of the chunks, then the merge; the job's folder is the repository."""
    _demand_no_needs(target, "github-actions")
    ids = [chunk.id for chunk in job.chunks]
    if len(ids) > MOST_IN_A_MATRIX:
        raise JobSpecError(
            f"GitHub Actions takes {MOST_IN_A_MATRIX} chunks at most, the job has {len(ids)}",
            hint="Emit the job again with a smaller --concurrency.",
        )
    by_id = {chunk.id: chunk.output_file for chunk in job.chunks}
    if target.store:
        raise JobSpecError(
            "--target github-actions carries chunks as artifacts and needs no --store",
            hint="Leave it out, or take another target.",
        )
    begin: list[dict[str, Any]] = [
        {"uses": "actions/checkout@v4"},
        {"uses": "actions/setup-python@v5", "with": {"python-version": "3.12"}},
        {"run": f'pip install "helios-render[scene]=={job.helios_version or "0.1.0"}"'},
    ]
    keep = {
        "uses": "actions/upload-artifact@v4",
        "with": {
            "name": "chunk-${{ matrix.chunk.id }}",
            "path": "${{ matrix.chunk.file }}*",
            "include-hidden-files": True,
        },
    }
    take = {
        "uses": "actions/download-artifact@v4",
        "with": {
            "pattern": "chunk-*",
            "merge-multiple": True,
            "path": str(PurePosixPath(job.output).parent),
        },
    }
    film = {"uses": "actions/upload-artifact@v4", "with": {"name": "film", "path": job.output}}
    matrix = {"chunk": [{"id": number, "file": name} for number, name in by_id.items()]}
    chunk = shlex.join(target.chunk_argv("ID")).replace("ID", "${{ matrix.chunk.id }}")
    workflow = {
        "name": target.name,
        "on": {"workflow_dispatch": {}},
        "jobs": {
            "chunks": {
                "runs-on": "ubuntu-latest",
                "strategy": {"fail-fast": False, "matrix": matrix},
                "steps": [*begin, {"run": chunk}, keep],
            },
            "merge": {
                "needs": "chunks",
                "runs-on": "ubuntu-latest",
                "steps": [*begin, take, {"run": shlex.join(target.merge_argv)}, film],
            },
        },
    }
    # JSON is YAML.
    return {f"{target.name}.yml": _json(workflow)}


TARGETS: Mapping[str, Callable[[JobSpec, Target], Files]] = {
    "commands": as_commands,
    "slurm": as_slurm,
    "openjd": as_openjd,
    "kubernetes": as_kubernetes,
    "aws-batch": as_aws_batch,
    "github-actions": as_github_actions,
}


def _demand_no_needs(target: Target, name: str) -> None:
    if target.needs != ChunkNeeds():
        raise JobSpecError(
            f"--target {name} has no words for --needs",
            hint="Leave it out, and choose the machines where they are started.",
        )


def _demand_image(target: Target, name: str) -> None:
    if not target.image:
        raise JobSpecError(
            f"--target {name} runs containers and needs to know which",
            hint="Give --image NAME: one with helios in it, ./dev docker builds such.",
        )


def _shell(argv: Sequence[str]) -> str:
    """A command for a shell that fills in variables: words that are one are not quoted away."""
    return " ".join(f'"{word}"' if word.startswith("$") else shlex.quote(word) for word in argv)


def ranges(numbers: Sequence[int]) -> str:
    """Numbers as ``0-11`` or ``1,4-6``.

    Example:
        >>> ranges([6, 1, 4, 5])
        '1,4-6'
    """
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ",".join(f"{p[0]}-{p[-1]}" if len(p) > 1 else str(p[0]) for p in parts)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"
