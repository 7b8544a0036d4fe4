"""
What engines bring: images per second of CPU time of networks in torch, in the engine that `extract` chooses, and on the
whole way from files to vectors.

    python benchmarks/engines.py INDEX.csv [--models resnet18:96,...] [--images 600] [--wall]

INDEX.csv needs a column "path"; labels are not read. Weights are random: they change no speed. Counted is CPU time of this
process, all cores together, so that other programs disturb little; rates are those of one core. With --wall it is the clock,
of all cores, on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

import morphoexplore as mx
from morphoexplore.methods.engines import measure_rate, torch_engine
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
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    parser.add_argument("--wall", action="store_true", help="by the clock instead of CPU time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = mx.create_project(Path(folder) / "study")
        mx.add(project, options.index)
        of = "by the clock" if options.wall else "of one core"
        print(f"{project.count_objects()} images. Images per second {of}; best of {ROUNDS} rounds.")
        print(
            f"{'network':<34}{'torch':>8}{'engine':>8}{'gain':>6}{'whole':>8}{'share':>7}{'cosine':>9}  engine"
        )
        for model in options.models.split(","):
            name, _, size = model.partition(":")
            measure(project, name, int(size), options.images, options.seconds, is_wall=options.wall)


def measure(project: mx.Project, name: str, size: int, most: int, seconds: float, *, is_wall: bool) -> None:
    """Measure one network, the ways in turn, so that what disturbs one disturbs all."""
    import torch

    network = describing.start_network(project, name, untrained=True, input_size=size)
    clock = time.perf_counter if is_wall else time.process_time
    if not is_wall:
        torch.set_num_threads(1)  # several wait for each other, which would be counted
    engine, plain = network.engine, torch_engine(network._module, network.device)
    images = describing.some_images(project, engine.batch)
    squares = np.stack([fit_square(image, network.input_size) for image in images])
    ready = describing.timm_model(project, name, untrained=True, input_size=size)
    rates: dict[str, list[float]] = {"torch": [], "engine": [], "whole": []}
    for _ in range(ROUNDS):
        for key, one in (("torch", plain), ("engine", engine)):
            rates[key].append(measure_rate(one, squares, seconds=seconds, clock=clock))
        # As many images as take about as long.
        count = int(min(most, project.count_objects(), max(64, rates["engine"][-1] * seconds)))
        began = clock()
        with opened_images():
            done = sum(len(part.vectors) for part in ready.describe(project, 0, count))
        rates["whole"].append(done / (clock() - began))
    # The best, because other programs only disturb: they take the caches, and CPU time goes by.
    in_torch, bare, whole = (max(rates[key]) for key in ("torch", "engine", "whole"))
    print(
        f"{name + ' @ ' + str(network.input_size):<34}{in_torch:8.0f}{bare:8.0f}{bare / in_torch:6.1f}{whole:8.0f}"
        f"{whole / bare:7.0%}{engine.cosine:9.5f}  {engine.name} {engine.precision}",
        flush=True,
    )


if __name__ == "__main__":
    main()
