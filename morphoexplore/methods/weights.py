"""
Get the trained weights of a network of timm: from a file, from the cache of the Hugging Face hub, or from the hub.

The network is tried once and shortly; where nothing answers, one sentence says what to do. Weights are numbers: code in a
file is never run. Everything heavy is imported inside the functions.
"""

from __future__ import annotations

import os
import ssl
import threading
import urllib.error
import urllib.request
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from morphoexplore.errors import ModelError

NETWORK_PATIENCE = 6.0
"""Seconds after which a download that has not begun is given up, name resolution included."""

_HUB_FILES = ("model.safetensors", "pytorch_model.bin")


def find_weights(timm: Any, name: str, weights: Path | None) -> Path:
    """
    Return the file of the weights: the one given, the one in the cache, or a fresh download.

    Parameters
    ----------
    timm : module
        The imported program.
    name : str
        Name of a network that timm knows.
    weights : Path, optional
        A file that is there already.

    Raises
    ------
    ModelError
        If there is no such file, or no such weights, or they cannot be downloaded.
    """
    if weights is not None:
        if not weights.is_file():
            msg = f"There is no file of weights at {weights}."
            raise ModelError(msg)
        return weights
    cfg = timm.get_pretrained_cfg(name)
    if cfg is None or not cfg.hf_hub_id:
        tagged = timm.list_pretrained(f"{name.partition('.')[0]}.*")
        hint = f"Choose one of {', '.join(tagged)}, or give" if tagged else "Give"
        msg = f"timm has no trained weights to download for {name}. {hint} a file with --weights FILE."
        raise ModelError(msg)
    repository, _, revision = cfg.hf_hub_id.partition("@")
    names = (cfg.hf_hub_filename,) if cfg.hf_hub_filename else _HUB_FILES
    cached = _look_in_cache(repository, names, revision or None)
    return cached or _download(name, repository, names, revision or None)


def read_weights(file: Path) -> dict[str, Any]:
    """
    Read a file of weights, never running code from it.

    Raises
    ------
    ModelError
        If it is broken, or holds something else.
    """
    from timm.models import load_state_dict

    try:
        return dict(load_state_dict(str(file), weights_only=True))
    except Exception as error:  # a broken file fails in as many ways as there are formats
        reason = (str(error) or type(error).__name__).splitlines()[0]
        msg = f"The weights in {file} cannot be read ({reason}). Download the file again: .safetensors is safest."
        raise ModelError(msg) from error


def fingerprint(file: Path) -> str:
    """Return the name of a file and a checksum of its content: what tells weights of one name apart."""
    checksum = 0
    with file.open("rb") as stream:
        while part := stream.read(1 << 24):
            checksum = zlib.crc32(part, checksum)
    return f"{file.name} ({checksum:08x})"


def _look_in_cache(repository: str, names: Sequence[str], revision: str | None) -> Path | None:
    """Return the file in the cache of the Hugging Face hub, without any network."""
    from huggingface_hub import try_to_load_from_cache

    for filename in names:
        found = try_to_load_from_cache(repository, filename, revision=revision)
        if isinstance(found, str):
            return Path(found)
    return None


def _download(name: str, repository: str, names: Sequence[str], revision: str | None) -> Path:
    """Download weights; one try, given up at once where nothing answers."""
    from huggingface_hub import constants, hf_hub_download

    address = f"{constants.ENDPOINT}/{repository}/resolve/{revision or 'main'}"
    reason = "HF_HUB_OFFLINE is set"
    if not constants.HF_HUB_OFFLINE:
        filename, reason = _probe([f"{address}/{filename}" for filename in names])
        if filename:
            try:
                return Path(hf_hub_download(repository, filename, revision=revision, etag_timeout=5))
            except Exception as error:  # the hub's errors have no common base
                reason = (str(error) or type(error).__name__).splitlines()[0]
    msg = (
        f"The weights of {name} are not on this machine and cannot be downloaded ({reason}). Download {names[0]} from "
        f"{constants.ENDPOINT}/{repository} on a machine with internet and give it with --weights FILE, "
        "or use --model classic, which needs no weights."
    )
    raise ModelError(msg)


def _probe(addresses: Sequence[str]) -> tuple[str, str]:
    """
    Ask which of several files can be downloaded, within `NETWORK_PATIENCE`.

    The hub's own client tries five times, for 48 s. Name resolution knows no time limit, hence the thread.

    Returns
    -------
    filename, reason : str
        Name of the first file that is there, or "" and why there is none.
    """
    answer = ["", f"no answer within {NETWORK_PATIENCE:g} s"]

    def ask() -> None:
        for address in addresses:
            reachable, reason = _is_there(address)
            answer[:] = [os.path.basename(address) if reachable else "", reason]  # noqa: PTH119
            if reachable or not reason.startswith("404"):
                return

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(NETWORK_PATIENCE)
    filename, reason = tuple(answer)
    return filename, reason


def _is_there(address: str) -> tuple[bool, str]:
    """Ask for the head of a file; return whether it is there, and if not, why."""
    try:
        request = urllib.request.Request(address, method="HEAD", headers={"User-Agent": "morphoexplore"})
        with urllib.request.urlopen(request, timeout=NETWORK_PATIENCE / 2):
            return True, ""
    except urllib.error.HTTPError as error:
        # Files behind a licence are asked for with the user's token, which only the hub's client sends.
        return error.code in (401, 403), f"{error.code} {error.reason}"
    except urllib.error.URLError as error:
        # Python without certificates: the server is there, and the hub's client brings its own.
        return isinstance(error.reason, ssl.SSLCertVerificationError), str(error.reason)
    except OSError as error:
        return False, str(error)
