"""The geometric estimator: features of the taught picture, found again, and a rigid fit."""
