"""
What a training without labels makes small.

Loads torch at once; import it within functions only.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def contrast_loss(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """
    Return how badly each view finds the other view of its object among all views (NT-Xent).

    Parameters
    ----------
    first, second : float tensor, shape (n, dims)
        Two views of n objects, row by row.
    temperature : float
        Lower looks harder at the most similar wrong views.

    Returns
    -------
    loss : float tensor, shape ()
        ln(2 n - 1) for views without any order, 0 for perfect ones.

    Notes
    -----
    Chen et al. (2020), A simple framework for contrastive learning of visual representations, equation 1.
    """
    views = functional.normalize(torch.cat([first, second]).float(), dim=1)
    n = len(first)
    similarity = views @ views.T / temperature
    itself = torch.eye(2 * n, dtype=torch.bool, device=views.device)
    similarity = similarity.masked_fill(itself, float("-inf"))
    partner = torch.cat([torch.arange(n, 2 * n), torch.arange(n)]).to(views.device)
    return functional.cross_entropy(similarity, partner)
