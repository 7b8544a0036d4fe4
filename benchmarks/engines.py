"""
What engines bring: images per second of CPU time of networks in torch, in the engine that `extract` chooses, and on the
whole way from files to vectors.

    python benchmarks/engines.py INDEX.csv [--models resnet18:96,...] [--images 600]

INDEX.csv needs a column "path"; labels are not read. Weights are random: they change no speed. Rates are images per second
of CPU time, all cores together, so that other programs disturb little. The share is what the whole way reaches of the
engine alone: in CPU time, which is what counts where all cores are busy anyway, and by the clock. Both ways are measured in
turn, round by round, and the median of the rounds is said; by the clock it means something only on a machine that does
nothing else.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

import morphoexplore as mx
from morphoexplore.methods.engines import Rate, measure_rate, torch_engine
from morphoexplore.methods.squares import fit_square
from morphoexplore.steps import describing
from morphoexplore.steps.drawing import opened_images

MODELS = (
    "mobilenetv2_100:96,mobilenetv2_100:224,resnet18:96,resnet18:224,convnext_atto:224,"
    "vit_small_patch14_dinov2:98,vit_small_patch14_dinov2:224"
)
ROUNDS = 5


def main() -> None:
    """Print one row per network."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("index", type=Path, help="CSV with a column path")
    parser.add_argument("--models", default=MODELS, help="names of timm, with the input size after a colon")
    parser.add_argument("--images", type=int, default=600, help="described on the whole way, at most")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement, by the clock")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = mx.create_project(Path(folder) / "study")
        mx.add(project, options.index)
        print(
            f"{project.count_objects()} images. Images per second of CPU time; median of {options.rounds} rounds."
        )
        print(
            f"{'network':<34}{'torch':>8}{'engine':>8}{'gain':>6}{'whole':>8}{'share':>7}{'clock':>7}{'cosine':>9}  engine"
        )
        for model in options.models.split(","):
            name, _, size = model.partition(":")
            measure(project, name, int(size), options)


def measure(project: mx.Project, name: str, size: int, options: argparse.Namespace) -> None:
    """Measure one network, the ways in turn, so that what disturbs one disturbs all."""
    import torch

    network = describing.start_network(project, name, untrained=True, input_size=size)
    torch.set_num_threads(1)  # several wait for each other, which would be counted
    engine, plain = network.engine, torch_engine(network._module, network.device)
    images = describing.some_images(project, engine.batch)
    squares = np.stack([fit_square(image, network.input_size) for image in images])
    ready = describing.timm_model(project, name, untrained=True, input_size=size)
    rates: dict[str, list[Rate]] = {"torch": [], "engine": [], "whole": []}
    for _ in range(options.rounds):
        for key, one in (("torch", plain), ("engine", engine)):
            rates[key].append(measure_rate(one, squares, seconds=options.seconds))
        # As many images as take about as long.
        most = min(options.images, project.count_objects())
        rates["whole"].append(
            _describe(project, ready, min(most, max(64, int(rates["engine"][-1].clock * options.seconds))))
        )
    in_torch, bare, whole = (float(np.median([rate.cpu for rate in rates[key]])) for key in rates)
    pairs = [np.divide(*pair) for pair in zip(rates["whole"], rates["engine"], strict=True)]
    by_clock, in_cpu = np.median(pairs, axis=0)
    print(
        f"{name + ' @ ' + str(network.input_size):<34}{in_torch:8.0f}{bare:8.0f}{bare / in_torch:6.1f}{whole:8.0f}"
        f"{in_cpu:7.0%}{by_clock:7.0%}{engine.cosine:9.5f}  {engine.name} {engine.precision}",
        flush=True,
    )


def _describe(project: mx.Project, ready: describing.Model, count: int) -> Rate:
    """Go the whole way with some images."""
    begin, begin_cpu = time.perf_counter(), time.process_time()
    with opened_images():
        done = sum(len(part.vectors) for part in ready.describe(project, 0, count))
    return Rate(done / (time.perf_counter() - begin), done / (time.process_time() - begin_cpu))


if __name__ == "__main__":
    main()
