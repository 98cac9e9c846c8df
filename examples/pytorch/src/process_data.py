"""Turns the Palmer penguins into standardised tensors: the last fifth of a seeded order is held out."""

import pandas
import torch

FEATURES = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm"]
TARGET = "body_mass_g"


def load(path, seed):
    """Features and target of the training and the held-out rows, with the statistics that scaled them."""
    rows = pandas.read_csv(path)[FEATURES + [TARGET]].dropna()
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))
    values = torch.tensor(rows.to_numpy(), dtype=torch.float32)[order]
    held_out = len(values) // 5
    train, test = values[:-held_out], values[-held_out:]
    mean, std = train.mean(0), train.std(0)
    rows_of_test = [int(rows.index[i]) for i in order[-held_out:].tolist()]
    return split((train - mean) / std), split((test - mean) / std), (mean[-1], std[-1]), rows_of_test


def split(values):
    return values[:, :-1], values[:, -1:]
