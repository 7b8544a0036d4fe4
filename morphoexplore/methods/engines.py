"""
Run a network over many images: in OpenVINO on CPUs, in half precision on GPUs, in torch where these cannot.

OpenVINO comes with the extra ``fast``. An engine is used only after it has described some real images as torch does;
otherwise torch runs, and says why. Any module of torch will do, as long as its input is one array.
"""

from __future__ import annotations

import importlib
import queue
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

LEAST_COSINE = 0.999
"""Cosine to the numbers of torch that every image must reach."""

LEAST_COSINE_OF_DIFFERENCES = 0.99
"""
The same for what tells the images apart: their distances from the mean image, all together.

Vectors of one network may all point the same way; then even those of different images have a cosine of .999.
"""

ALIKE = 0.01
"""Share of the vectors' length below which images are too alike for their differences to tell anything."""

CPU_BATCH, GPU_BATCH = 16, 128
"""Images at a time: more gain nothing on a CPU, and cost those networks speed that live in its cache."""

EXAMPLES = 16
"""Images on which an engine is compared with torch."""

Numbers = NDArray[np.float32]
Run = Callable[[NDArray[Any]], Numbers]


@dataclass(frozen=True)
class Engine:
    """
    A network that runs. May be called from several threads at once.

    Attributes
    ----------
    name : str
        "OpenVINO" or "torch", with its version.
    precision : str
        "f32", "bf16" or "f16".
    device : str
        "cpu", "cuda" or "mps".
    cosine : float
        Lowest cosine to torch in f32 on the examples; 1 for that itself.
    lanes : int
        How many batches are worked on at once, at most.
    batch : int
        Images of a good batch.
    notes : tuple of str
        Why a faster engine was not taken, one sentence each.
    """

    name: str
    precision: str
    device: str
    cosine: float
    lanes: int
    batch: int
    notes: tuple[str, ...]
    _run: Run = field(repr=False)

    def __call__(self, images: NDArray[Any]) -> Numbers:
        """
        Describe a batch.

        Parameters
        ----------
        images : array, shape (n, ...)
            What the module takes, n at least 1.

        Returns
        -------
        vectors : float32 array, shape (n, dims)
        """
        return self._run(images)

    @property
    def sentence(self) -> str:
        """Say what computes."""
        how = f"{self.name} ({self.precision}, on {'the CPU' if self.device == 'cpu' else self.device})"
        if self.name.startswith("torch") and self.precision == "f32":
            return f"{how}."
        return f"{how}; its lowest cosine to torch is {self.cosine:.4f}."

    def about(self) -> dict[str, Any]:
        """Return name, precision, device and cosine, to be kept with what was computed."""
        return {
            "name": self.name,
            "precision": self.precision,
            "device": self.device,
            "cosine": round(self.cosine, 6),
        }


def start_engine(
    module: Any,
    examples: NDArray[Any],
    *,
    device: str = "cpu",
    threads: int | None = None,
    precision: str | None = None,
) -> Engine:
    """
    Start the fastest engine that agrees with torch.

    Parameters
    ----------
    module : torch.nn.Module
        A network on *device*, in evaluation mode, that takes a batch and returns float numbers of shape (n, dims).
    examples : array, shape (n, ...)
        A batch of real images, on which the engines are compared; 2 at least, `EXAMPLES` are good. Their shape but for n,
        and their type, are those of all batches to come.
    device : str
        "cpu", "cuda" or "mps".
    threads : int, optional
        CPU threads of OpenVINO; by default all cores.
    precision : str, optional
        "f32" refuses shorter numbers. By default bf16 is tried on CPUs that have it in hardware, f16 on GPUs.

    Returns
    -------
    engine : Engine
        At worst torch in f32.

    Examples
    --------
    >>> engine = start_engine(module, canvases[:16])  # doctest: +SKIP
    >>> vectors = engine(canvases[100:116])  # doctest: +SKIP
    """
    plain = torch_engine(module, device)
    expected = plain(examples)
    notes: list[str] = []
    # What torch and OpenVINO deprecate among themselves is nothing that a user could mend.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for label, build in _candidates(module, examples, device, threads, precision, notes):
            try:
                engine = build()
                cosine, of_differences = compare(engine(examples), expected)
            except Exception as error:  # engines fail in as many ways as there are networks
                notes.append(f"{label} cannot run this network ({_first_line(error)}).")
                continue
            if cosine >= LEAST_COSINE and of_differences >= LEAST_COSINE_OF_DIFFERENCES:
                return replace(engine, cosine=cosine, notes=tuple(notes))
            lowest = min(cosine, of_differences)
            notes.append(f"{label} gives other numbers than torch (cosine {lowest:.4f}) and was not used.")
    return replace(plain, notes=tuple(notes))


def torch_engine(module: Any, device: str = "cpu", *, half: bool = False) -> Engine:
    """
    Run a module in torch.

    Parameters
    ----------
    module : torch.nn.Module
        A network on *device*, in evaluation mode.
    device : str
        "cpu", "cuda" or "mps".
    half : bool
        In f16 where torch holds that to be safe (autocast).

    Returns
    -------
    engine : Engine
        Takes one batch at a time; further threads wait.
    """
    import torch

    alone = threading.Lock()

    def run(images: NDArray[Any]) -> Numbers:
        batch = torch.from_numpy(np.ascontiguousarray(images))
        context = torch.autocast(device, torch.float16) if half else _exact(device)
        with alone, torch.inference_mode(), context:
            return np.asarray(module(batch.to(device)).float().cpu().numpy())

    batch = CPU_BATCH if device == "cpu" else GPU_BATCH
    return Engine(f"torch {torch.__version__}", "f16" if half else "f32", device, 1.0, 1, batch, (), run)


class Rate(NamedTuple):
    """Images per second by the clock, and per second of CPU time of this process: fair on a machine that is busy."""

    clock: float
    cpu: float


def measure_rate(engine: Engine, images: NDArray[Any], *, seconds: float = 5.0) -> Rate:
    """
    Measure what an engine alone can do, all of its lanes busy: no reading, decoding or fitting of images.

    Parameters
    ----------
    engine : Engine
        What is measured.
    images : array, shape (n, ...)
        One batch, used again and again.
    seconds : float
        How long, by the clock; a batch that was begun is finished, and each lane does one at least.

    Returns
    -------
    rate : Rate
        Images per second.
    """
    engine(images)  # the first batch sets things up
    batches = [0] * engine.lanes
    begin, begin_cpu = time.perf_counter(), time.process_time()

    def drive(lane: int) -> None:
        while not batches[lane] or time.perf_counter() - begin < seconds:
            engine(images)
            batches[lane] += 1

    lanes = [threading.Thread(target=drive, args=(lane,)) for lane in range(engine.lanes)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    done = sum(batches) * len(images)
    return Rate(done / (time.perf_counter() - begin), done / (time.process_time() - begin_cpu))


def compare(found: Numbers, expected: Numbers) -> tuple[float, float]:
    """
    Compare vectors of the same images.

    Parameters
    ----------
    found, expected : float arrays, shape (n, dims)
        Vectors, not all 0.

    Returns
    -------
    cosine : float
        The lowest of all images; 0 where a number is not finite.
    of_differences : float
        Cosine of the distances from the mean, all together; 1 where the images are alike.

    Examples
    --------
    >>> vectors = np.eye(3, dtype=np.float32)
    >>> [round(cosine, 3) for cosine in compare(vectors + 0.01, vectors)]
    [1.0, 1.0]
    """
    if found.shape != expected.shape or not np.isfinite(found).all():
        return 0.0, 0.0
    ours, theirs = found.astype(np.float64), expected.astype(np.float64)
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    cosine = float(((ours * theirs).sum(axis=1) / np.maximum(lengths, 1e-30)).min())
    ours, differences = ours - ours.mean(axis=0), theirs - theirs.mean(axis=0)
    size = np.linalg.norm(differences)
    if size < ALIKE * np.linalg.norm(theirs):
        return cosine, 1.0
    return cosine, float((ours * differences).sum() / max(np.linalg.norm(ours) * size, 1e-30))


def _candidates(
    module: Any,
    examples: NDArray[Any],
    device: str,
    threads: int | None,
    precision: str | None,
    notes: list[str],
) -> Iterator[tuple[str, Callable[[], Engine]]]:
    """Yield the engines that could be faster than torch in f32, fastest first: what they are called, how they start."""
    if device != "cpu":
        if precision != "f32":
            yield "torch in f16", lambda: torch_engine(module, device, half=True)
        return
    openvino = _import_openvino()
    if openvino is None:
        notes.append("OpenVINO is not installed; it is faster: pip install openvino")
        return
    core = openvino.Core()
    # OpenVINO names bf16 only where the CPU has instructions for it, and there it is never slower.
    if precision != "f32" and "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        yield (
            "OpenVINO in bf16",
            lambda: _openvino_engine(openvino, core, module, examples, threads, "bf16"),
        )
    yield "OpenVINO", lambda: _openvino_engine(openvino, core, module, examples, threads, "f32")


def _openvino_engine(
    openvino: Any, core: Any, module: Any, examples: NDArray[Any], threads: int | None, precision: str
) -> Engine:
    import torch

    example = torch.from_numpy(np.ascontiguousarray(examples))
    with torch.inference_mode():
        # OpenVINO would trace too, and run the network several times more to check what we check ourselves.
        traced = torch.jit.trace(module, example, check_trace=False)
        network = openvino.convert_model(traced, example_input=example, input=[-1, *examples.shape[1:]])
    settings = {
        # Several batches at once, each on few cores, are faster than one on all; and other programs use cores too.
        "PERFORMANCE_HINT": "THROUGHPUT",
        "ENABLE_CPU_PINNING": False,
        "INFERENCE_PRECISION_HINT": precision,
    }
    if threads is not None:
        settings["INFERENCE_NUM_THREADS"] = threads
    compiled = core.compile_model(network, "CPU", settings)
    lanes = int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
    free: queue.SimpleQueue[Any] = queue.SimpleQueue()
    for _ in range(lanes):
        free.put(compiled.create_infer_request())

    def run(images: NDArray[Any]) -> Numbers:
        request = free.get()
        try:
            # Copied, because the next batch is written over it.
            found = request.infer([np.ascontiguousarray(images)], share_inputs=True)[0]
            return np.array(found, np.float32)
        finally:
            free.put(request)

    version = openvino.get_version().split("-")[0]
    return Engine(f"OpenVINO {version}", precision, "cpu", 1.0, lanes, CPU_BATCH, (), run)


def _import_openvino() -> Any | None:
    """
    Import OpenVINO; None where it is not installed.

    Its telemetry reports each import to its makers unless the user knows how to refuse. Without that package it stays
    silent, which is a case that OpenVINO provides for.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        return importlib.import_module("openvino")
    except (ImportError, OSError):
        return None


def _exact(device: str) -> AbstractContextManager[Any]:
    """Return a context in which a GPU computes the same whatever the batch."""
    if device != "cuda":
        return nullcontext()
    import torch

    # Shortened floats (TF32) and tuned kernels differ in the third digit between batches.
    return torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)


def _first_line(error: BaseException) -> str:
    """Return what an error says, short."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
